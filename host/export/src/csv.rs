//! The table as CSV (RFC 4180): UTF-8, a header, CRLF, quotes where a field needs them.
//!
//! Null and empty text are both an empty field: formats that keep the difference are the others.
//!
//! A spreadsheet takes a cell that begins with `=` for a formula, and a subject may have written
//! it. So text gets an apostrophe before it when its first character that is not white space is
//! one of `=`, `+`, `-`, `@` or their full-width forms, when it begins with a tab or a line break,
//! and when it begins with an apostrophe itself: taking one leading apostrophe away gives every
//! text back. Numbers and booleans are Kinship's own and stay as they are.

use crate::columns::Column;
use crate::row::{Cell, Row};
use crate::table::TableError;
use ::csv::{Terminator, Writer, WriterBuilder};
use std::io::{self, Write};

pub(crate) struct CsvTable<'c, W: Write> {
    columns: &'c [Column],
    writer: Writer<W>,
}

impl<'c, W: Write> CsvTable<'c, W> {
    pub(crate) fn begin(columns: &'c [Column], sink: W) -> Result<Self, TableError> {
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(sink);
        writer.write_record(columns.iter().map(|column| &column.name)).map_err(io_error)?;
        Ok(Self { columns, writer })
    }

    pub(crate) fn add(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        for column in self.columns {
            let written = match column.cell(row) {
                Cell::Null => self.writer.write_field(""),
                Cell::Text(text) if is_formula(&text) => {
                    self.writer.write_field(format!("'{text}"))
                }
                Cell::Text(text) => self.writer.write_field(text.as_bytes()),
                Cell::Integer(number) => self.writer.write_field(number.to_string()),
                Cell::Flag(flag) => self.writer.write_field(if flag { "true" } else { "false" }),
                Cell::Real(number) => self.writer.write_field(number.to_string()),
            };
            written.map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)?;
        Ok(())
    }

    pub(crate) fn end(mut self) -> Result<(), TableError> {
        Ok(self.writer.flush()?)
    }
}

/// The characters are those that OWASP's page on CSV injection names.
fn is_formula(text: &str) -> bool {
    const STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    text.starts_with(['\'', '\t', '\r', '\n']) || text.trim_start().starts_with(STARTS)
}

fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::is_formula;

    #[test]
    fn what_a_spreadsheet_would_run_is_told_from_text() {
        for text in ["=1+1", "+1", "-1", "@x", "\t=1", "\r", "\n", "  =1", "\u{a0}=1", "'", "＝1"]
        {
            assert!(is_formula(text), "{text:?}");
        }
        for text in ["", "a=1", "{\"a\":1}", "[]", "é", " a"] {
            assert!(!is_formula(text), "{text:?}");
        }
    }
}
