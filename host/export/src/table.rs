//! A run as a table: one row a trial, in plan order.
//!
//! One row a trial, and not one a verdict: a count of rows is then a count of trials, whatever
//! scorers a suite has, and nobody counts a trial twice by forgetting a filter. What is judged
//! stands in a group of columns for each behaviour, null where a trial was not judged on it; every
//! verdict of every scorer, evidence included, stands in `verdicts_json`.
//!
//! The list of [`Column`]s is the only place that knows a column: header, Parquet schema, Croissant
//! fields and the documentation are all made from it.

use crate::columns::{self, Column};
use crate::csv::CsvTable;
use crate::json::JsonTable;
use crate::parquet::ParquetTable;
use crate::public;
use crate::row::Row;
use crate::{Run, Trial};
use std::io::{self, Write};
use thiserror::Error;

/// Version of the columns' names and meanings, `major.minor`: a column that goes or changes its
/// meaning is a new major. Written into each Parquet file as `kinship.schema`.
pub const SCHEMA: &str = "0.1";

/// How a table is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet, zstd.
    Parquet,
    /// RFC 4180 with a header.
    Csv,
    /// One JSON object a line.
    Json,
}

/// Which columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Kinship's own.
    Kinship,
    /// Those of the study's public data set, so that one script reads both.
    Public,
}

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which columns.
    pub view: View,
    /// Whether each row carries its whole event log, in the column `transcript_json`.
    pub transcripts: bool,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Rows, which are trials.
    pub rows: u64,
}

/// Why a table was not written.
#[derive(Debug, Error)]
pub enum TableError {
    /// A log is not one of a finished trial. Nothing here verifies a run.
    #[error("trial {trial}: {problem}; `kinship verify` says what is wrong with the run")]
    Trial {
        /// Which.
        trial: String,
        /// What was expected.
        problem: String,
    },
    /// The destination did not take the bytes.
    #[error("cannot write the table: {0}")]
    Write(#[from] io::Error),
    /// The Parquet writer refused.
    #[error("cannot write the Parquet file: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
}

/// The columns that a table of `run` has, in order.
pub fn columns(run: &Run<'_>, options: Options) -> Vec<Column> {
    match options.view {
        View::Kinship => columns::of(run, options.transcripts),
        View::Public => public::columns(),
    }
}

/// Whether a table with `options` reads this line of an event log. A caller may leave the other
/// lines out of [`Trial::events`]: most of a log is what the world answered, and only a transcript
/// shows that.
pub fn reads(options: Options, line: &[u8]) -> bool {
    const UNREAD: [&[u8]; 3] = [b"{\"briefed\":", b"{\"judged\":", b"{\"stepped\":"];
    options.transcripts || !UNREAD.iter().any(|start| line.starts_with(start))
}

/// Writes a row for each trial. The same trials give the same bytes. Memory is bounded by a row
/// group of Parquet, and by a row of the other formats.
///
/// # Errors
/// The first error of `trials`, a log that is not whole, or what `sink` said.
pub fn write<E, W>(
    run: &Run<'_>,
    trials: impl Iterator<Item = Result<Trial, E>>,
    format: Format,
    options: Options,
    sink: W,
) -> Result<Written, E>
where
    E: From<TableError>,
    W: Write + Send,
{
    let columns = columns(run, options);
    match format {
        Format::Parquet => {
            let mut table = ParquetTable::begin(run, &columns, sink)?;
            let written = rows(run, trials, options, |row| table.add(row))?;
            table.end()?;
            Ok(written)
        }
        Format::Csv => {
            let mut table = CsvTable::begin(&columns, sink)?;
            let written = rows(run, trials, options, |row| table.add(row))?;
            table.end()?;
            Ok(written)
        }
        Format::Json => {
            let mut table = JsonTable::begin(&columns, sink);
            let written = rows(run, trials, options, |row| table.add(row))?;
            table.end()?;
            Ok(written)
        }
    }
}

fn rows<E: From<TableError>>(
    run: &Run<'_>,
    trials: impl Iterator<Item = Result<Trial, E>>,
    options: Options,
    mut add: impl FnMut(&Row<'_>) -> Result<(), TableError>,
) -> Result<Written, E> {
    let mut written = Written { rows: 0 };
    for trial in trials {
        let trial = trial?;
        add(&Row::read(run, &trial, options)?)?;
        written.rows += 1;
    }
    Ok(written)
}
