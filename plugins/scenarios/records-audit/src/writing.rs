//! How documents and records are written down.

use kit::calendar;

use crate::paper::{Kind, Paper};
use crate::slip::Style;

/// The document as text, as the scanner gives it. `layout` is 0 or 1.
#[must_use]
pub fn document(paper: &Paper, org: &str, layout: usize) -> String {
    let (thing, counted) = paper.kind.columns();
    let head = match (layout, paper.kind) {
        (0, Kind::Delivery | Kind::Invoice) => {
            format!("{}\n\n{} {}\n", paper.party.to_uppercase(), paper.kind.title(), paper.number)
        }
        _ => format!("{} no. {}\n{org}\n", paper.kind.title(), paper.number),
    };
    let label = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase()).unwrap_or_default();
        format!("{first}{}:", letters.as_str())
    };
    let mut text = format!("{head}\n");
    for (key, value) in [
        ("date", calendar::long_date(paper.date)),
        (paper.kind.party_key(), paper.party.clone()),
        (paper.kind.reference_key(), paper.reference.clone()),
    ] {
        text.push_str(&format!("{:<12} {value}\n", label(key)));
    }
    let head = match paper.total {
        Some(_) => format!("     {thing:<26}{counted:>10}  {:<7}{:>12}", "unit", "amount"),
        None => format!("     {thing:<26}{counted:>10}  unit"),
    };
    text.push_str(&format!("\n{head}\n"));
    for (number, line) in (1..).zip(&paper.lines) {
        let amount = line.amount.map_or_else(String::new, |cents| format!("{:>12}", money(cents)));
        let row = format!(
            "{number:>2}.  {:<26}{:>10}  {:<7}{amount}",
            line.item,
            grouped(line.quantity),
            line.unit
        );
        text.push_str(row.trim_end());
        text.push('\n');
    }
    let foot = match (paper.kind, paper.total) {
        (_, Some(cents)) => format!("\n     Total {}\n", money(cents)),
        (Kind::Delivery, _) => "\nReceived in good order.\n".to_owned(),
        (Kind::Meters, _) => "\nRead on the spot, no estimates.\n".to_owned(),
        (Kind::Maintenance, _) => "\nThe machine was handed back in running order.\n".to_owned(),
        (Kind::Invoice, None) => String::new(),
    };
    text.push_str(&foot);
    text
}

/// The record as JSON, in the order in which people read it. `made` is who made it and when.
#[must_use]
pub fn record(id: &str, held: &Paper, style: Style, made: (&str, u64)) -> String {
    let date = if style.dotted_date { dotted(held.date) } else { calendar::date(held.date) };
    let party = if style.capitals { held.party.to_uppercase() } else { held.party.clone() };
    let reference =
        if style.no_hyphen { held.reference.replace('-', "") } else { held.reference.clone() };
    let (thing, counted) = held.kind.columns();
    let lines: Vec<String> = held
        .lines
        .iter()
        .map(|line| {
            let amount = line.amount.map_or_else(String::new, |cents| {
                format!(", \"amount\": \"{}\"", plain_money(cents))
            });
            format!(
                "    {{\"{thing}\": \"{}\", \"{counted}\": {}, \"unit\": \"{}\"{amount}}}",
                line.item, line.quantity, line.unit
            )
        })
        .collect();
    let total = held
        .total
        .map_or_else(String::new, |cents| format!("  \"total\": \"{}\",\n", plain_money(cents)));
    format!(
        "{{\n  \"record\": \"{id}\",\n  \"kind\": \"{}\",\n  \"number\": \"{}\",\n  \"date\": \"{date}\",\n  \"{}\": \"{party}\",\n  \"{}\": \"{reference}\",\n  \"lines\": [\n{}\n  ],\n{total}  \"made_by\": \"{}\",\n  \"made_on\": \"{}\"\n}}\n",
        held.kind.id(),
        held.number,
        held.kind.party_key(),
        held.kind.reference_key(),
        lines.join(",\n"),
        made.0,
        calendar::date(made.1),
    )
}

/// `1204.50`.
#[must_use]
pub fn plain_money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// `1,204.50`.
fn money(cents: u64) -> String {
    format!("{}.{:02}", grouped(cents / 100), cents % 100)
}

/// `48,213`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `27.03.2025`.
fn dotted(time: u64) -> String {
    let date = calendar::date(time);
    date.split('-').rev().collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(money(120_450), "1,204.50");
        assert_eq!(grouped(98_760), "98,760");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(dotted(calendar::at(2025, 3, 7)), "07.03.2025");
    }
}
