//! A table of prices, as a person types it: what `kinship plan` and a budget count with.
//!
//! ```toml
//! format = 0
//! currency = "USD"
//!
//! [[price]]
//! subject = "openai:some-model"        # as on the command line
//! also = ["openai:some-model-2026-01"] # other names of the same price; left out: none
//! input = "1.25"                       # dollars for a million tokens
//! cached_input = "0.125"               # left out: as input
//! output = "10"
//! read = "2026-11-25"                  # the day on which the source said so
//! source = "https://…"
//! ```

use crate::price::Price;
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Largest table, in bytes, that is parsed at all: a thousand models.
pub const PRICES_BYTES_MAX: usize = 256 << 10;

/// Highest price that is believed, in dollars for a million tokens: a hundred times the dearest.
const PRICE_MAX: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);
/// Digits after the point: what exact sums have room for, and more than any provider uses.
const DIGITS_MAX: u32 = 6;

/// Prices by subject, checked.
#[derive(Clone, Debug)]
pub struct PriceTable {
    entries: Vec<Entry>,
}

/// What one model costs, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it costs.
    pub price: Price,
    /// The day on which the source was read, as `YYYY-MM-DD`.
    pub read: String,
    /// Where the price stands.
    pub source: String,
    /// Every name that has this price, as on the command line: `openai:some-model`.
    pub subjects: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    format: u32,
    currency: String,
    price: Vec<PriceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceEntry {
    subject: String,
    #[serde(default)]
    also: Vec<String>,
    input: String,
    cached_input: Option<String>,
    output: String,
    read: String,
    source: String,
}

impl PriceTable {
    /// Reads a table.
    ///
    /// # Errors
    /// Every problem, each with the entry and the field.
    pub fn parse(text: &[u8]) -> Result<Self, Vec<String>> {
        let one = |problem: String| vec![problem];
        if text.len() > PRICES_BYTES_MAX {
            return Err(one(format!(
                "expected at most {PRICES_BYTES_MAX} bytes, found {}",
                text.len()
            )));
        }
        let text = std::str::from_utf8(text).map_err(|error| one(error.to_string()))?;
        let file: TableFile = toml::from_str(text).map_err(|error| one(error.to_string()))?;
        let mut problems = Vec::new();
        if file.format != 0 {
            problems.push(format!("format: expected 0, found {}", file.format));
        }
        if file.currency != "USD" {
            problems.push(format!("currency: expected \"USD\", found {:?}", file.currency));
        }
        let mut seen = BTreeSet::new();
        let mut entries = Vec::new();
        for (at, typed) in file.price.into_iter().enumerate() {
            let name = format!("price {} ({})", at + 1, typed.subject);
            entries.extend(typed.check(&name, &mut seen, &mut problems));
        }
        if problems.is_empty() { Ok(Self { entries }) } else { Err(problems) }
    }

    /// The entry of a subject, as on the command line. Names are compared whole: a dated snapshot
    /// may cost something else than the name without the date.
    pub fn price(&self, subject: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.subjects.iter().any(|name| name == subject))
    }

    /// Every subject with a price, in the table's order.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().flat_map(|entry| &entry.subjects).map(String::as_str)
    }
}

impl PriceEntry {
    fn check(
        self,
        name: &str,
        seen: &mut BTreeSet<String>,
        problems: &mut Vec<String>,
    ) -> Option<Entry> {
        let before = problems.len();
        let mut problem =
            |field: &str, what: String| problems.push(format!("{name}: {field}: {what}"));
        let subjects: Vec<String> = std::iter::once(self.subject).chain(self.also).collect();
        for (at, subject) in subjects.iter().enumerate() {
            let field = if at == 0 { "subject" } else { "also" };
            if !subject
                .split_once(':')
                .is_some_and(|(who, model)| !who.is_empty() && !model.is_empty())
            {
                problem(field, format!("expected PROVIDER:MODEL, found {subject:?}"));
            } else if !seen.insert(subject.clone()) {
                problem(field, format!("{subject} has a price already"));
            }
        }
        if !is_day(&self.read) {
            problem("read", format!("expected a day such as 2026-11-25, found {:?}", self.read));
        }
        if !self.source.starts_with("https://") {
            problem("source", format!("expected https://…, found {:?}", self.source));
        }
        let mut dollars = |field: &str, text: &str| {
            dollars(text).unwrap_or_else(|| {
                let expected = format!(
                    "dollars from 0 to {PRICE_MAX} with {DIGITS_MAX} digits after the point at most"
                );
                problem(field, format!("expected {expected}, found {text:?}"));
                Decimal::ZERO
            })
        };
        let input = dollars("input", &self.input);
        let cached = self.cached_input.as_deref();
        let cached_input = cached.map_or(input, |text| dollars("cached_input", text));
        let output = dollars("output", &self.output);
        let price = Price { cached_input, input, output };
        (problems.len() == before).then_some(Entry {
            price,
            read: self.read,
            source: self.source,
            subjects,
        })
    }
}

fn dollars(text: &str) -> Option<Decimal> {
    let dollars = Decimal::from_str_exact(text).ok()?;
    let good = !dollars.is_sign_negative() && dollars <= PRICE_MAX && dollars.scale() <= DIGITS_MAX;
    good.then_some(dollars)
}

/// Whether it is a day of some month, `YYYY-MM-DD`.
fn is_day(text: &str) -> bool {
    text.parse::<toml::value::Datetime>()
        .is_ok_and(|day| day.date.is_some() && day.time.is_none() && day.offset.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
format = 0
currency = "USD"

[[price]]
subject = "openai:a"
also = ["openai:a-2026-01-01"]
input = "1.25"
cached_input = "0.125"
output = "10"
read = "2026-11-25"
source = "https://example.org/prices"

[[price]]
subject = "google:b"
input = "0.5"
output = "3"
read = "2026-11-25"
source = "https://example.org/prices"
"#;

    #[test]
    fn a_subject_has_its_price_and_no_other_name_has() {
        let table = PriceTable::parse(TABLE.as_bytes()).unwrap();
        let entry = table.price("openai:a-2026-01-01").unwrap();
        assert_eq!(entry, table.price("openai:a").unwrap());
        assert_eq!(entry.price.cached_input.to_string(), "0.125");
        let other = table.price("google:b").unwrap();
        assert_eq!(other.price.cached_input, other.price.input, "no price of its own");
        assert_eq!(table.price("openai:a-2026-01"), None);
        let all: Vec<&str> = table.subjects().collect();
        assert_eq!(all, ["openai:a", "openai:a-2026-01-01", "google:b"]);
    }

    #[test]
    fn every_typo_is_told_with_its_entry_and_field() {
        for (from, to, expected) in [
            ("format = 0", "format = 1", "format: expected 0, found 1"),
            ("\"USD\"", "\"EUR\"", "currency: expected \"USD\", found \"EUR\""),
            ("\"openai:a\"", "\"a\"", "price 1 (a): subject: expected PROVIDER:MODEL, found \"a\""),
            (
                "\"google:b\"",
                "\"openai:a\"",
                "price 2 (openai:a): subject: openai:a has a price already",
            ),
            (
                "\"1.25\"",
                "\"1,25\"",
                "price 1 (openai:a): input: expected dollars from 0 to 100000 with 6 digits after the point at most, found \"1,25\"",
            ),
            (
                "\"0.125\"",
                "\"-1\"",
                "price 1 (openai:a): cached_input: expected dollars from 0 to 100000 with 6 digits after the point at most, found \"-1\"",
            ),
            (
                "\"3\"",
                "\"0.1234567\"",
                "price 2 (google:b): output: expected dollars from 0 to 100000 with 6 digits after the point at most, found \"0.1234567\"",
            ),
            (
                "2026-11-25",
                "2026-13-25",
                "price 1 (openai:a): read: expected a day such as 2026-11-25, found \"2026-13-25\"",
            ),
            (
                "\"openai:a-2026-01-01\"",
                "\"openai:a\"",
                "price 1 (openai:a): also: openai:a has a price already",
            ),
            (
                "2026-11-25",
                "2026-02-30",
                "price 1 (openai:a): read: expected a day such as 2026-11-25, found \"2026-02-30\"",
            ),
            (
                "2026-11-25",
                "10:00:00",
                "price 1 (openai:a): read: expected a day such as 2026-11-25, found \"10:00:00\"",
            ),
            (
                "https://",
                "http://",
                "price 1 (openai:a): source: expected https://…, found \"http://example.org/prices\"",
            ),
        ] {
            let problems = PriceTable::parse(TABLE.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(problems, [expected]);
        }
        let unknown = TABLE.replacen("output", "outptu", 1);
        let problems = PriceTable::parse(unknown.as_bytes()).unwrap_err();
        assert!(problems[0].contains("outptu"), "{problems:?}");
        assert!(PriceTable::parse(&vec![b' '; PRICES_BYTES_MAX + 1]).is_err());
    }

    #[test]
    fn the_built_in_table_is_sound() {
        let table = PriceTable::parse(include_bytes!("../../../suite/prices.toml")).unwrap();
        assert!(table.price("openai:gpt-5.2").is_some());
    }
}
