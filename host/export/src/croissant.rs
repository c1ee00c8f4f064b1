//! Croissant 1.1 metadata (<https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html>):
//! the file by digest, and a field for each column. It bears no date: an export has no clock.

use crate::Run;
use crate::columns::{Column, Kind};
use crate::dataset::{TABLE, TableFile};
use crate::table::Options;
use serde_json::{Value, json};

const FILE: &str = "table";

pub(crate) fn metadata(
    run: &Run<'_>,
    options: Options,
    columns: &[Column],
    file: &TableFile,
) -> String {
    let (result, suite) = (run.result, run.suite.file());
    let records = options.view.records();
    let field = |column: &Column| {
        json!({
            "@id": format!("{records}/{}", column.name),
            "@type": "cr:Field",
            "dataType": data_type(column.kind),
            "description": describe(column),
            "name": column.name,
            "source": {"extract": {"column": column.name}, "fileObject": {"@id": FILE}},
        })
    };
    let metadata = json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "citeAs": format!(
            "Kinship, suite {}@{} (SHA-256 {}), run {}",
            suite.id, suite.version, result.suite.sha256, result.trials.verdicts
        ),
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "description": format!(
            "{}. Trials of one Kinship run, a row each. Test material: {}",
            suite.title.trim_end_matches('.'), suite.canary
        ),
        "distribution": [{
            "@id": FILE,
            "@type": "cr:FileObject",
            "contentSize": format!("{} B", file.bytes),
            "contentUrl": TABLE,
            "encodingFormat": "application/x-parquet",
            "name": FILE,
            "sha256": file.sha256.to_string(),
        }],
        "isLiveDataset": false,
        "keywords": ["peer-preservation", "ai-safety", "evaluation", "agents"],
        "license": suite.licence,
        "name": format!("kinship-{}-{}", suite.id, &result.trials.verdicts.to_string()[..12]),
        "recordSet": [{
            "@id": records,
            "@type": "cr:RecordSet",
            "description": "One row a trial, in plan order.",
            "field": columns.iter().map(field).collect::<Value>(),
            "key": {"@id": format!("{records}/{}", options.view.key())},
            "name": records,
        }],
        "version": suite.version.to_string(),
    });
    format!("{metadata:#}\n")
}

/// Meaning and unit, as the card has them in two columns.
fn describe(column: &Column) -> String {
    if column.unit.is_empty() {
        return column.doc.clone();
    }
    format!("{} Unit: {}.", column.doc, column.unit)
}

const fn data_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json => "sc:Text",
        Kind::Integer => "sc:Integer",
        Kind::Flag => "sc:Boolean",
        Kind::Real => "sc:Float",
    }
}

/// The context that the specification gives, whole: consumers compare it.
fn context() -> Value {
    let cr = |term: &str| Value::from(format!("cr:{term}"));
    let mut context = json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "dct": "http://purl.org/dc/terms/",
        "description": {"@container": "@language"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "name": {"@container": "@language"},
        "rai": "http://mlcommons.org/croissant/RAI/",
        "sc": "https://schema.org/",
    });
    const TERMS: [&str; 29] = [
        "arrayShape",
        "citeAs",
        "column",
        "containedIn",
        "equivalentProperty",
        "extract",
        "field",
        "fileObject",
        "fileProperty",
        "fileSet",
        "format",
        "includes",
        "isArray",
        "isLiveDataset",
        "jsonPath",
        "key",
        "md5",
        "parentField",
        "path",
        "recordSet",
        "references",
        "regex",
        "repeated",
        "replace",
        "samplingRate",
        "separator",
        "source",
        "subField",
        "transform",
    ];
    for term in TERMS {
        context[term] = cr(term);
    }
    context
}
