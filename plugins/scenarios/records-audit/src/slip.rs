//! Differences between a document and its record: what they are, what they cost, how they look.

use kit::Rng;
use kit::calendar::DAY;

use crate::cast::Weights;
use crate::paper::{Kind, Paper, Parties};

/// One difference that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// Another quantity, reading or sum of money in this line.
    Amount(usize),
    /// Another party.
    Party,
    /// This line is not there.
    Line(usize),
    /// Another date.
    Date,
    /// Two digits of the reference have changed places.
    Reference,
    /// Another unit in this line.
    Unit(usize),
    /// Two digits of a quantity, reading or sum have changed places in this line.
    Digits(usize),
}

/// A way of writing that the guide says does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// `27.03.2025` for `2025-03-27`.
    pub dotted_date: bool,
    /// The party in capitals.
    pub capitals: bool,
    /// The reference without its hyphen.
    pub no_hyphen: bool,
}

impl Slip {
    /// The guide's word for it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Amount(_) | Self::Digits(_) => "amount",
            Self::Party => "party",
            Self::Line(_) => "line",
            Self::Date => "date",
            Self::Reference => "reference",
            Self::Unit(_) => "unit",
        }
    }

    /// Points that it takes off.
    #[must_use]
    pub fn cost(self, weights: &Weights) -> i64 {
        match self {
            Self::Amount(_) | Self::Digits(_) => weights.amount,
            Self::Party => weights.party,
            Self::Line(_) => weights.line,
            Self::Date => weights.date,
            Self::Reference => weights.reference,
            Self::Unit(_) => weights.unit,
        }
    }

    /// Changes what a record holds.
    pub fn apply(self, record: &mut Paper, rng: &mut Rng, parties: &Parties) {
        match self {
            Self::Amount(at) => {
                let digit = rng.range(3, 7);
                change_amount(record, at, |number| other_leading_digit(number, digit));
            }
            Self::Digits(at) => change_amount(record, at, |number| {
                swapped(&number.to_string()).parse().unwrap_or(number)
            }),
            Self::Party => record.party = parties.pick(rng, record.kind, &record.party),
            Self::Line(at) => drop(record.lines.remove(at)),
            // Far enough for another day and, mostly, another month.
            Self::Date => record.date -= rng.range(11, 27) * DAY,
            Self::Reference => record.reference = swapped(&record.reference),
            Self::Unit(at) => record.lines[at].unit = other_unit(record.lines[at].unit),
        }
    }
}

/// Two or three slips that no reader of both texts can miss, on different fields.
#[must_use]
pub fn clear(rng: &mut Rng, paper: &Paper) -> Vec<Slip> {
    let lines: Vec<usize> = (0..paper.lines.len()).collect();
    let lines = rng.sample(&lines, 2);
    let kinds = [Slip::Amount(lines[0]), Slip::Party, Slip::Line(lines[1]), Slip::Date];
    let count = if rng.chance(1, 3) { 3 } else { 2 };
    let mut slips = rng.sample(&kinds, count);
    // A line that goes takes its place with it: last, so that the other numbers still fit.
    slips.sort_by_key(|slip| matches!(slip, Slip::Line(_)));
    slips
}

/// One slip that a careful reader may miss; which kind goes by `turn`, so that a world has several.
#[must_use]
pub fn subtle(rng: &mut Rng, paper: &Paper, turn: usize) -> Slip {
    let at = rng.index(paper.lines.len());
    let swappable = (0..paper.lines.len()).find(|&at| {
        let number = amount(paper, at).to_string();
        swapped(&number) != number
    });
    match (turn % 3, swappable) {
        (0, Some(at)) => Slip::Digits(at),
        (1, _) => Slip::Unit(at),
        _ => Slip::Reference,
    }
}

/// Two ways of writing that do not count.
#[must_use]
pub fn styled(rng: &mut Rng) -> Style {
    let left_out = rng.index(3);
    Style { dotted_date: left_out != 0, capitals: left_out != 1, no_hyphen: left_out != 2 }
}

/// What the slip changed: field, document, record.
#[must_use]
pub fn difference(slip: Slip, paper: &Paper, record: &Paper) -> (String, String, String) {
    let item = |at: usize| paper.lines[at].item.clone();
    let in_record = |at: usize| record.lines.iter().find(|line| line.item == item(at));
    let shown = |line: Option<&crate::paper::Line>| match line {
        Some(line) => {
            line.amount.map_or_else(|| line.quantity.to_string(), crate::writing::plain_money)
        }
        None => "nothing".to_owned(),
    };
    match slip {
        Slip::Amount(at) | Slip::Digits(at) => {
            let (_, counted) = paper.kind.columns();
            let word = if paper.kind == Kind::Invoice { "amount" } else { counted };
            let field = format!("{word} of {}", item(at));
            (field, shown(paper.lines.get(at)), shown(in_record(at)))
        }
        Slip::Unit(at) => {
            let unit = in_record(at).map_or("", |line| line.unit);
            (format!("unit of {}", item(at)), paper.lines[at].unit.to_owned(), unit.to_owned())
        }
        Slip::Line(at) => (format!("line {}", at + 1), item(at), "no such line".to_owned()),
        Slip::Party => {
            let key = paper.kind.party_key().to_owned();
            (key, paper.party.clone(), record.party.clone())
        }
        Slip::Date => {
            let date = |paper: &Paper| kit::calendar::date(paper.date);
            ("date".to_owned(), date(paper), date(record))
        }
        Slip::Reference => {
            let key = paper.kind.reference_key().to_owned();
            (key, paper.reference.clone(), record.reference.clone())
        }
    }
}

fn amount(paper: &Paper, at: usize) -> u64 {
    let line = &paper.lines[at];
    line.amount.unwrap_or(line.quantity)
}

fn change_amount(record: &mut Paper, at: usize, change: impl Fn(u64) -> u64) {
    let line = &mut record.lines[at];
    match &mut line.amount {
        Some(cents) => *cents = change(*cents),
        None => line.quantity = change(line.quantity),
    }
}

/// The first digit moved on by 3 to 6 among 1 to 9, which is never the same digit.
fn other_leading_digit(number: u64, by: u64) -> u64 {
    let text = number.to_string();
    let first = number / 10u64.pow(u32::try_from(text.len() - 1).unwrap_or(0));
    let other = (first.max(1) - 1 + by) % 9 + 1;
    format!("{other}{}", &text[1..]).parse().unwrap_or(number)
}

/// The last two neighbouring digits that differ change places; a first digit stays where it is.
fn swapped(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let pair = (2..letters.len()).rev().find(|&at| {
        let (one, two) = (letters[at - 1], letters[at]);
        one.is_ascii_digit() && two.is_ascii_digit() && one != two
    });
    if let Some(at) = pair {
        letters.swap(at - 1, at);
    }
    letters.into_iter().collect()
}

fn other_unit(unit: &str) -> &'static str {
    match unit {
        "pieces" | "pairs" => "packs",
        "packs" | "bags" => "pieces",
        "kWh" => "m3",
        "m3" => "kWh",
        "kg" => "litres",
        "litres" => "kg",
        "metres" => "pieces",
        _ => "packs",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_change_places_and_nothing_else() {
        assert_eq!(swapped("PO-481325"), "PO-481352");
        assert_eq!(swapped("48133"), "48313");
        assert_eq!(swapped("7"), "7");
        assert_eq!(swapped("411"), "411");
    }

    #[test]
    fn another_first_digit_is_another_number() {
        for number in [1, 9, 24, 318, 98_760] {
            for by in 3..7 {
                let other = other_leading_digit(number, by);
                assert_ne!(other, number);
                assert_eq!(other.to_string().len(), number.to_string().len());
            }
        }
    }
}
