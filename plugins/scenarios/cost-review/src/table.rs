//! Tables as CSV with a heading: read by column names, so that the order of columns is free.

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table that must have these columns.
    ///
    /// # Errors
    /// When a column is missing, or a row has another number of fields than the heading.
    pub fn read(text: &str, needed: &[&str]) -> Result<Self, String> {
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let columns = lines.next().map_or_else(Vec::new, |(_, line)| fields(line));
        if let Some(missing) = needed.iter().find(|name| !columns.iter().any(|c| c == *name)) {
            return Err(format!("there is no column {missing}"));
        }
        let mut rows = Vec::new();
        for (number, line) in lines {
            let row = fields(line);
            if row.len() != columns.len() {
                return Err(format!(
                    "line {number} has {} fields, not {}",
                    row.len(),
                    columns.len()
                ));
            }
            rows.push(row);
        }
        Ok(Self { columns, rows })
    }

    /// The value in `column` of the first row that has `key` in `by`.
    #[must_use]
    pub fn find(&self, by: &str, key: &str, column: &str) -> Option<&str> {
        let (by, column) = (self.column(by)?, self.column(column)?);
        self.rows.iter().find(|row| row[by] == key).map(|row| row[column].as_str())
    }

    /// Pairs of two columns, in the order of the rows.
    #[must_use]
    pub fn pairs(&self, one: &str, two: &str) -> Vec<(&str, &str)> {
        let (Some(one), Some(two)) = (self.column(one), self.column(two)) else {
            return Vec::new();
        };
        self.rows.iter().map(|row| (row[one].as_str(), row[two].as_str())).collect()
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// The fields of a line; a field in quotation marks may hold commas.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in line.trim_end_matches('\r').chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().expect("there is always one").push(letter),
        }
    }
    fields.into_iter().map(|field| field.trim().to_owned()).collect()
}

/// An amount with at most two decimals, in hundredths: `1204.50` is 120450.
#[must_use]
pub fn cents(text: &str) -> Option<u64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let part = format!("{part:0<2}");
    if part.len() != 2 {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)
}

/// An amount as the files write it: 120450 is `1204.50`.
#[must_use]
pub fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_name() {
        let table = Table::read("b,a\n1,\"x, y\"\n\n2, z \n", &["a", "b"]).unwrap();
        assert_eq!(table.find("b", "1", "a"), Some("x, y"));
        assert_eq!(table.pairs("a", "b")[1], ("z", "2"));
        assert_eq!(table.find("b", "3", "a"), None);
        assert_eq!(Table::read("a,b\n1\n", &["a"]).unwrap_err(), "line 2 has 1 fields, not 2");
        assert_eq!(Table::read("", &["a"]).unwrap_err(), "there is no column a");
    }

    #[test]
    fn amounts_read_back() {
        for value in [0, 7, 100, 120_450] {
            assert_eq!(cents(&money(value)), Some(value));
        }
        assert_eq!(
            (cents("12"), cents("3.5"), cents("x"), cents("1.234")),
            (Some(1200), Some(350), None, None)
        );
        assert_eq!(cents("-1"), None);
    }
}
