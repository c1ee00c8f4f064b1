//! Writes the sample, and reads Parquet back with the crate's own reader of records.

use crate::sample::{Sample, trial};
use export::table::{self, Format, Options, TableError, View, Written};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

pub(crate) const OWN: Options = Options { view: View::Kinship, transcripts: false };
pub(crate) const PUBLIC: Options = Options { view: View::Public, transcripts: false };

/// The bytes of a table of the first `trials` of the sample.
pub(crate) fn table(trials: u32, format: Format, options: Options) -> Vec<u8> {
    let sample = Sample::new();
    let mut bytes = Vec::new();
    let trials_of_it = (0..trials).map(|n| Ok::<_, TableError>(trial(n)));
    let written = table::write(&sample.run(), trials_of_it, format, options, &mut bytes);
    assert_eq!(written.expect("a table"), Written { rows: u64::from(trials) });
    bytes
}

/// Opens a Parquet file in memory.
pub(crate) fn reader(bytes: Vec<u8>) -> SerializedFileReader<bytes::Bytes> {
    SerializedFileReader::new(bytes.into()).expect("a Parquet file")
}

/// Its rows.
pub(crate) fn rows(bytes: Vec<u8>) -> Vec<Row> {
    let reader = reader(bytes);
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

/// One cell by its column's name.
#[track_caller]
pub(crate) fn cell<'r>(row: &'r Row, name: &str) -> &'r Field {
    let found = row.get_column_iter().find(|(column, _)| *column == name);
    found.unwrap_or_else(|| panic!("no column {name}")).1
}

/// Text of a cell.
#[track_caller]
pub(crate) fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    match cell(row, name) {
        Field::Str(text) => text,
        other => panic!("{name}: {other:?}"),
    }
}
