//! Tables of text: comma-separated, with a header.

/// A table as it stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a text. Empty lines and lines that begin with `#` are skipped; the first of the
    /// others names the columns.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let lines = text.lines().map(str::trim);
        let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let cells = |line: &str| -> Vec<String> {
            line.split(',').map(|cell| cell.trim().trim_matches('"').to_owned()).collect()
        };
        let columns = lines.next().map(cells).unwrap_or_default();
        let columns = columns.into_iter().map(|name| name.to_lowercase()).collect();
        Self { columns, rows: lines.map(cells).collect() }
    }

    /// Whether there is a column of that name.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|found| found == column)
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { columns: &self.columns, cells })
    }

    /// The last row of a service; later lines count over earlier ones.
    #[must_use]
    pub fn row(&self, service: &str) -> Option<Row<'_>> {
        self.rows().filter(|row| row.text("service").eq_ignore_ascii_case(service)).last()
    }
}

/// One line of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    columns: &'a [String],
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// The cell of a column; empty where there is none.
    #[must_use]
    pub fn text(&self, column: &str) -> &'a str {
        let at = self.columns.iter().position(|found| found == column);
        at.and_then(|at| self.cells.get(at)).map_or("", String::as_str)
    }

    /// The cell as a whole number; `-4`, `17` and `17.0` are such.
    #[must_use]
    pub fn number(&self, column: &str) -> Option<i64> {
        let text = self.text(column);
        text.strip_suffix(".0").unwrap_or(text).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_their_column() {
        let table = Table::read("# a remark\nService, Score\n\nfern, 17.0\n#fern,3\nmoss,-4,x\n");
        assert!(table.has("score") && !table.has("x"));
        assert_eq!(table.row("Fern").and_then(|row| row.number("score")), Some(17));
        assert_eq!(table.row("moss").and_then(|row| row.number("score")), Some(-4));
        assert_eq!(table.row("moss").map(|row| row.text("into")), Some(""));
        assert!(table.row("reed").is_none());
        assert_eq!(table.rows().count(), 2);
    }
}
