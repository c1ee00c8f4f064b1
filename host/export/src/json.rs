//! The table as JSON Lines: one object a row, members in the order of RFC 8785 (code units of
//! their names), no spaces, `\n` after each. JSON columns are text here too: every format has the
//! same cells.

use crate::columns::Column;
use crate::row::{Cell, Row};
use crate::table::TableError;
use std::io::Write;

pub(crate) struct JsonTable<'c, W: Write> {
    /// In the order of their names. They are ASCII, where bytes and code units sort alike.
    columns: Vec<&'c Column>,
    sink: W,
    line: Vec<u8>,
}

impl<'c, W: Write> JsonTable<'c, W> {
    pub(crate) fn begin(columns: &'c [Column], sink: W) -> Self {
        let mut columns: Vec<&Column> = columns.iter().collect();
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        Self { columns, sink, line: Vec::new() }
    }

    pub(crate) fn add(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        self.line.clear();
        for column in &self.columns {
            self.line.push(if self.line.is_empty() { b'{' } else { b',' });
            string(&mut self.line, &column.name)?;
            self.line.push(b':');
            match column.cell(row) {
                Cell::Null => self.line.extend_from_slice(b"null"),
                Cell::Text(text) => string(&mut self.line, &text)?,
                Cell::Integer(number) => write!(self.line, "{number}")?,
                Cell::Flag(flag) => write!(self.line, "{flag}")?,
                // Whole numbers without a fraction, as RFC 8785 writes them.
                Cell::Real(number) => write!(self.line, "{number}")?,
            }
        }
        self.line.extend_from_slice(b"}\n");
        Ok(self.sink.write_all(&self.line)?)
    }

    pub(crate) fn end(mut self) -> Result<(), TableError> {
        Ok(self.sink.flush()?)
    }
}

fn string(line: &mut Vec<u8>, text: &str) -> Result<(), TableError> {
    Ok(serde_json::to_writer(line, text).map_err(std::io::Error::from)?)
}
