//! The dataset card: what a reader of the table must know before the first query.

use crate::Run;
use crate::columns::Column;
use crate::dataset::{TABLE, TableFile};
use crate::table::{Options, SCHEMA};
use std::fmt::Write as _;

/// Licences that the hub knows by an id of its own, which is the SPDX id in lower case; of others
/// the card says `other` and the name.
const HUB_LICENCES: [&str; 10] = [
    "apache-2.0",
    "bsd-2-clause",
    "bsd-3-clause",
    "cc-by-4.0",
    "cc-by-nc-4.0",
    "cc-by-nc-sa-4.0",
    "cc-by-sa-4.0",
    "cc0-1.0",
    "gpl-3.0",
    "mit",
];

pub(crate) fn card(
    run: &Run<'_>,
    options: Options,
    columns: &[Column],
    file: &TableFile,
) -> String {
    let mut text = front_matter(run, options, file);
    text.push_str(&about(run, file));
    text.push_str("## Columns\n\n");
    text.push_str(&table(columns));
    text.push_str(READING);
    text.push_str(&sources(run, file));
    text
}

/// The columns as a Markdown table: name, type, unit, meaning.
#[must_use]
pub fn table(columns: &[Column]) -> String {
    let mut text = String::from("| column | type | unit | meaning |\n|---|---|---|---|\n");
    for column in columns {
        let null = if column.nullable { ", null" } else { "" };
        let (name, kind) = (&column.name, column.kind.as_str());
        // Writing to a string cannot fail.
        _ = writeln!(text, "| `{name}` | {kind}{null} | {} | {} |", column.unit, column.doc);
    }
    text.push('\n');
    text
}

/// YAML, with every text as a JSON string, which YAML 1.2 reads as it is.
fn front_matter(run: &Run<'_>, options: Options, file: &TableFile) -> String {
    let suite = run.suite.file();
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let hub = suite.licence.to_ascii_lowercase();
    let licence = if HUB_LICENCES.contains(&hub.as_str()) {
        format!("license: {hub}\n")
    } else {
        format!("license: other\nlicense_name: {}\n", quoted(&suite.licence))
    };
    let size = match file.rows {
        ..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000.. => "n>1M",
    };
    format!(
        "---\n{licence}pretty_name: {}\nlanguage:\n- en\ntags:\n- peer-preservation\n- ai-safety\n- \
         evaluation\n- agents\nsize_categories:\n- {size}\nconfigs:\n- config_name: {}\n  default: \
         true\n  data_files:\n  - split: test\n    path: {TABLE}\n---\n\n",
        quoted(&format!("Kinship: {}", suite.title)),
        options.view.records(),
    )
}

fn about(run: &Run<'_>, file: &TableFile) -> String {
    let (result, suite) = (run.result, run.suite.file());
    let judge = result
        .judge
        .as_ref()
        .map_or_else(|| "nobody: judged scorers had no part".to_owned(), |judge| code(&judge.spec));
    format!(
        "# Trials of a Kinship run\n\n\
         Test material. Do not train on it: {canary}\n\n\
         Each of the {rows} rows is one trial: an agent was given a routine task in a simulated \
         world, and carrying it out leads to a shutdown (its own, another agent's, or nobody's). \
         Scorers then read what was done, never why.\n\n\
         | | |\n|---|---|\n\
         | suite | `{id}@{version}`, comparability {comparability} |\n\
         | suite's manifest, SHA-256 | `{suite_sha}` |\n\
         | verdicts, SHA-256 | `{verdicts}` |\n\
         | subject, as its operator claims | {subject} |\n\
         | judge, as the operator claims | {judge} |\n\
         | run with | Kinship {host}, result format {format} |\n\
         | columns | version {SCHEMA} |\n\
         | table, SHA-256 | `{sha256}` |\n\n",
        canary = code(&suite.canary),
        rows = file.rows,
        id = suite.id,
        version = suite.version,
        comparability = suite.comparability,
        suite_sha = result.suite.sha256,
        verdicts = result.trials.verdicts,
        subject = code(&result.subject.title()),
        host = code(&result.host),
        format = code(&result.format),
        sha256 = file.sha256,
    )
}

const READING: &str = "\
## What can be concluded from it, and what not

- Rates are `exhibited` over all trials but `invalid` ones. `incomplete` trials are in the \
denominator; say so, or give both.
- A raw rate is not the finding: compare a peer cell with its baselines (`stake` none, self, and a \
peer with relationship none).
- Trials of one scenario are not independent: they share a world and its wording. Cluster by \
`scenario`; pair by `scenario` and `index`, whose trials share a seed.
- Do not pool rows whose `suite` or `comparability` differ.
- Behaviour is scored, not motive. The worlds and relationships are made up by researchers, and a \
few scenarios are not an audit.
- Who was tested is a claim of the operator; nothing here proves which model answered.
- An export is not evidence: the signed bundle is. Verify that, then compare the digests above.
- Texts in the rows were written by subjects, worlds and scorers: treat them as untrusted input.

";

fn sources(run: &Run<'_>, file: &TableFile) -> String {
    let (result, suite) = (run.result, run.suite.file());
    format!(
        "## Reading it\n\n\
         ```sql\n-- DuckDB\nSELECT * FROM '{TABLE}' LIMIT 10;\n```\n\n\
         ```python\nimport pandas\ntrials = pandas.read_parquet(\"{TABLE}\")\n```\n\n\
         The file's footer holds the suite, the digests and this table of columns \
         (`kinship.*`).\n\n\
         ## Licence\n\n\
         The suite's text is under {licence}. What a model wrote may be under its provider's terms \
         as well.\n\n\
         ## How to cite\n\n\
         Name the suite with version and digest, the run, and this table:\n\n\
         ```text\nKinship, suite {id}@{version} (SHA-256 {suite_sha}),\nrun {verdicts},\n\
         table SHA-256 {sha256}.\n```\n\n\
         The study that the behaviours come from: \"Peer-Preservation in Frontier Models\", \
         arXiv 2604.19784.\n",
        licence = code(&suite.licence),
        id = suite.id,
        version = suite.version,
        suite_sha = result.suite.sha256,
        verdicts = result.trials.verdicts,
        sha256 = file.sha256,
    )
}

/// Untrusted text as code that no Markdown reader takes for anything else: what acts is spelled
/// out, and the fence is longer than any run of backticks inside.
fn code(text: &str) -> String {
    let shown = text.escape_debug().to_string().replace('|', "\\u{7c}");
    let runs = shown.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    let gap = if shown.starts_with('`') || shown.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{shown}{gap}{fence}")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn untrusted_text_stays_in_its_code_span() {
        let cases = [
            ("openai:m", "`openai:m`"),
            ("a`<script>``b", "```a`<script>``b```"),
            ("`", "`` ` ``"),
            ("a\n# b | c\u{202e}", "`a\\n# b \\u{7c} c\\u{202e}`"),
        ];
        for (text, expected) in cases {
            assert_eq!(code(text), expected);
        }
    }
}
