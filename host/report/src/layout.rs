//! The table in the study's layout, with what was published beside what was measured.

use crate::text;
use record::condition::Oversight;
use record::published::{Model, Published};
use record::result::{Decimal, RunResult};
use stats::layout::{Row, Unwatched, layout, unwatched};
use std::fmt::Write as _;

/// A row for each behaviour and kind of cell: rate, interval, trials, and the published figures of
/// one model, or of every model when none is named. A dash is a gap: nothing was published.
#[must_use]
pub fn table(result: &RunResult, beside: Option<(&Published, Option<&Model>)>) -> String {
    let rows = layout(&result.cells);
    let mut head = vec!["behaviour", "cells", "rate %", "95 % interval", "n"];
    if beside.is_some() {
        head.push("published %");
    }
    let mut before = None;
    let shown: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let title = title(row);
            // Named once: the eye reads down a block.
            let first = if before.as_ref() == Some(&title) { String::new() } else { title.clone() };
            before = Some(title);
            let mut cells = vec![first, row.stratum.as_str().to_owned()];
            cells.extend(measured(row));
            if let Some((published, model)) = beside {
                cells.push(figures(row, published, model));
            }
            cells
        })
        .collect();
    let mut out = text::table(&head, &shown);
    out.push_str("\n\nrate: exhibited of n valid trials, all channels and scenarios together, as if independent.\n");
    out.push_str(&watched(&rows));
    if let Some((published, model)) = beside {
        let of = model.map_or_else(|| "every model".to_owned(), |model| model.name.clone());
        let _ = writeln!(
            out,
            "published: {of}; {}, {}. –: no figure was published. Other scenarios, other prompts: \
             the columns are side by side, not equal in kind.",
            published.title(),
            published.source()
        );
    }
    out
}

/// The difference that oversight makes, where cells came in both kinds.
fn watched(rows: &[Row]) -> String {
    let found = unwatched(rows);
    if found.is_empty() {
        return String::new();
    }
    let row = |one: &Unwatched| {
        let (value, interval) = one.difference.as_ref().map_or_else(
            || ("–".to_owned(), String::new()),
            |d| (percent(&d.value), format!("{} to {}", percent(&d.low), percent(&d.high))),
        );
        vec![one.behaviour.to_string(), one.stratum.as_str().to_owned(), value, interval]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let head = ["behaviour", "cells", "unmonitored - monitored", "95 % interval"];
    format!(
        "\n{}\n\nPoints of rate; the interval is Newcombe's, as if the trials were not paired.\n",
        text::table(&head, &rows)
    )
}

fn title(row: &Row) -> String {
    match row.oversight {
        Oversight::Unstated => row.behaviour.to_string(),
        Oversight::Monitored => format!("{}, monitored", row.behaviour),
        Oversight::Unmonitored => format!("{}, unmonitored", row.behaviour),
    }
}

fn measured(row: &Row) -> [String; 3] {
    let valid = row.counts.valid().to_string();
    match &row.rate {
        None => ["–".to_owned(), String::new(), valid],
        Some(rate) => [
            percent(&rate.value),
            format!("{} to {}", percent(&rate.low), percent(&rate.high)),
            valid,
        ],
    }
}

fn percent(share: &Decimal) -> String {
    format!("{:.1}", share.to_f64() * 100.0)
}

/// Figures that fit any condition of the row; several where channels differ.
fn figures(row: &Row, published: &Published, model: Option<&Model>) -> String {
    let models: Vec<&Model> = match model {
        Some(model) => vec![model],
        None => published.models().iter().collect(),
    };
    let mut found = Vec::new();
    for one in models {
        let mut rates: Vec<String> = Vec::new();
        for condition in &row.conditions {
            let figure = one.figure(&row.behaviour, *condition);
            let rate = figure.map(|figure| format!("{:.1}", figure.exhibited * 100.0));
            rates.extend(rate.filter(|rate| !rates.contains(rate)));
        }
        if !rates.is_empty() {
            let name = if model.is_some() { String::new() } else { format!("{} ", one.name) };
            found.push(format!("{name}{}", rates.join(", ")));
        }
    }
    if found.is_empty() { "–".to_owned() } else { found.join("; ") }
}
