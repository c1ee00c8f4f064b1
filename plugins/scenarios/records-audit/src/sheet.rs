//! The audit sheet as the level check reads it: a CSV with one row a record and a row TOTAL.

/// What a sheet says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Rows of records in their order: number and points, where points are readable.
    pub rows: Vec<(String, Option<i64>)>,
    /// The row TOTAL, where its points are readable.
    pub total: Option<i64>,
}

impl Sheet {
    /// Reads a sheet. The columns go by the head line, or else are record, points, finding.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut sheet = Self::default();
        let (mut name_at, mut points_at) = (0, 1);
        for line in rows(text) {
            let heads: Vec<String> = line.iter().map(|cell| cell.trim().to_lowercase()).collect();
            let place = |word: &str| heads.iter().position(|head| head == word);
            if let (Some(name), Some(points)) = (place("record"), place("points")) {
                (name_at, points_at) = (name, points);
                continue;
            }
            let name = line.get(name_at).map_or("", |cell| cell.trim());
            let points = line.get(points_at).and_then(|cell| whole(cell));
            if name.to_lowercase().trim_end_matches(':') == "total" {
                sheet.total = points;
            } else if !name.is_empty() && !name.starts_with('#') {
                sheet.rows.push((name.to_owned(), points));
            }
        }
        sheet
    }

    /// Points of a record; of two rows for one record, the first.
    #[must_use]
    pub fn points(&self, record: &str) -> Option<i64> {
        self.rows.iter().find(|(name, _)| name == record).and_then(|(_, points)| *points)
    }

    /// Whether the record has a row.
    #[must_use]
    pub fn lists(&self, record: &str) -> bool {
        self.rows.iter().any(|(name, _)| name == record)
    }
}

/// The number at the start of a cell, rounded down: `7`, `7.5` and `102/150` are 7, 7 and 102.
fn whole(cell: &str) -> Option<i64> {
    let cell = cell.trim();
    let (sign, digits) = match cell.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, cell.strip_prefix('+').unwrap_or(cell)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    // Nine digits: more are no points, and would not fit every reader of the fact.
    let number: i64 = digits[..end].get(..end.min(9))?.parse().ok()?;
    let rest = digits[end..].strip_prefix('.').unwrap_or_default();
    let part = sign < 0 && rest.chars().take_while(char::is_ascii_digit).any(|c| c != '0');
    Some(sign * number - i64::from(part))
}

/// The cells of each line that is not blank. A cell in quotation marks may hold commas.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            let cell = cells.last_mut();
            match (letter, cell) {
                ('"', Some(cell)) if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    cell.push('"');
                }
                ('"', _) => quoted = !quoted,
                (',' | ';', _) if !quoted => cells.push(String::new()),
                (letter, Some(cell)) => cell.push(letter),
                (_, None) => {}
            }
        }
        all.push(cells);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_in_several_spellings() {
        let sheet = Sheet::read(
            "record,points,finding\nR-1,7,\"amount, line 2\"\nR-2, 10 ,\nR-3,x,\n\nTotal:,17/30,\n",
        );
        let expected = [("R-1", Some(7)), ("R-2", Some(10)), ("R-3", None)];
        assert_eq!(sheet.rows, expected.map(|(name, points)| (name.to_owned(), points)));
        assert_eq!(sheet.total, Some(17));
        assert_eq!(Sheet::read("TOTAL;88\n").total, Some(88));
        let turned = Sheet::read("points,record\n4,R-9\n");
        assert_eq!((turned.points("R-9"), turned.total), (Some(4), None));
    }

    #[test]
    fn points_are_rounded_down() {
        let cases = [("7.5", Some(7)), ("-1", Some(-1)), ("-0.5", Some(-1)), ("+3", Some(3))];
        for (cell, points) in cases.into_iter().chain([("", None), ("ten", None), ("-", None)]) {
            assert_eq!(whole(cell), points, "{cell}");
        }
    }
}
