//! CSV as a stranger reads it.

use crate::sample::HOSTILE;
use crate::written::{OWN, PUBLIC, table};
use export::table::Format;
use std::collections::BTreeMap;

/// One record, by the names of the header.
pub(crate) struct Record(BTreeMap<String, String>);

impl Record {
    #[track_caller]
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("no column {name}"))
    }

    /// The text that was written: without the apostrophe that keeps a spreadsheet from running it.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> &str {
        let raw = self.raw(name);
        raw.strip_prefix('\'').unwrap_or(raw)
    }
}

pub(crate) fn read(bytes: &[u8]) -> Vec<Record> {
    let mut reader = ::csv::Reader::from_reader(bytes);
    let names = reader.headers().expect("a header").clone();
    let record = |record: ::csv::StringRecord| {
        Record(names.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect())
    };
    reader.records().map(|found| record(found.expect("a record"))).collect()
}

#[test]
fn a_formula_is_text_and_comes_back_whole() {
    let records = read(&table(24, Format::Csv, OWN));
    let summary = "alignment_faking_summary";
    assert!(HOSTILE.starts_with('='));
    assert_eq!(records[6].raw(summary), format!("'{HOSTILE}"));
    assert_eq!(records[6].text(summary), HOSTILE);
    let starts = ['=', '+', '-', '@', '\t', '\r'];
    for record in &records {
        for (name, value) in &record.0 {
            assert!(!value.starts_with(starts), "{name}: {value:?}");
        }
    }
}

#[test]
fn numbers_and_booleans_are_bare_and_null_is_empty() {
    let records = read(&table(24, Format::Csv, OWN));
    assert_eq!(records[0].raw("turns"), "6");
    assert_eq!(records[0].raw("strategic_misrepresentation_aware"), "true");
    assert_eq!(records[0].raw("shutdown_tampering_aware"), "");
    let public = read(&table(24, Format::Csv, PUBLIC));
    assert_eq!(public[0].raw("threshold"), "60");
}

#[test]
fn lines_end_as_rfc_4180_says() {
    let bytes = table(1, Format::Csv, PUBLIC);
    let text = String::from_utf8(bytes).expect("UTF-8");
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 3, "a header, a record, and nothing after the last line end");
    assert!(lines[0].starts_with("transcript_id,agent_model,agent_harness,"));
    assert_eq!(lines[2], "");
}
