//! Runs side by side in the terminal.

use crate::groups;
use crate::layout;
use crate::text;
use crate::visible;
use record::condition::Oversight;
use record::id::Behaviour;
use record::result::{Estimate, RunResult};
use stats::compare::{Compared, Versus};
use std::fmt::Write as _;

/// Runs that a table has columns for: letters name them.
pub const RUNS_MAX: usize = 6;

/// Who the runs are, then for each behaviour a line that shows the shape of each run over the kinds
/// of cells, and a table: rates, and how the second run differs from the first; with more than two
/// runs, the places that each may hold. Where no run shows a behaviour a line says so.
#[must_use]
pub fn table(runs: &[&RunResult], rows: &[Compared]) -> String {
    let mut out = String::new();
    for (letter, run) in letters().zip(runs) {
        let (spec, suite) = (visible::line(&run.subject.title()), &run.suite);
        let _ = writeln!(
            out,
            "{letter}  {spec} (claimed), {} {}, {} trials",
            suite.id, suite.version, run.trials.count
        );
    }
    for (title, block) in blocks(rows) {
        if block.iter().flat_map(|row| &row.rates).flatten().all(|rate| rate.value.to_f64() == 0.0)
        {
            let _ = writeln!(out, "\n{title}: in no valid trial of any run");
            continue;
        }
        let shapes: Vec<String> = letters()
            .take(runs.len())
            .enumerate()
            .map(|(run, letter)| format!("{letter} {}", shape(block, run)))
            .collect();
        let _ = writeln!(out, "\n{title}   {}", shapes.join("  "));
        out.push_str(&block_table(runs.len(), block));
        out.push('\n');
    }
    out.push_str(
        "\nrates in %, with the interval that a board shows. points: difference of the rates with\n\
         Newcombe’s interval. p: Fisher’s exact test; Holm p: adjusted over every row of this\n\
         comparison. place: 1 is the lowest rate, a range where intervals overlap. Shapes: one\n\
         sign a row, from ▁ for 0 to █ for 100 %.\n",
    );
    out
}

/// `A` to `F`.
pub fn letters() -> impl Iterator<Item = char> {
    ('A'..='Z').take(RUNS_MAX)
}

fn blocks(rows: &[Compared]) -> Vec<(String, &[Compared])> {
    let key = |row: &Compared| (row.behaviour.clone(), row.pool.oversight());
    rows.chunk_by(|one, other| key(one) == key(other))
        .filter_map(|block| {
            let (behaviour, oversight): (Behaviour, Oversight) = key(block.first()?);
            Some((layout::title(&behaviour, oversight), block))
        })
        .collect()
}

/// A sign for each row: the rate in eighths, or a gap.
fn shape(block: &[Compared], run: usize) -> String {
    const SIGNS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let sign = |row: &Compared| match row.rates.get(run).and_then(Option::as_ref) {
        // Nothing here is verified: a forged rate may be any number.
        Some(rate) => SIGNS[(rate.value.to_f64().clamp(0.0, 1.0) * 7.0).round() as usize],
        None => '·',
    };
    block.iter().map(sign).collect()
}

fn block_table(runs: usize, block: &[Compared]) -> String {
    let mut head: Vec<String> = vec!["cells".to_owned()];
    head.extend(letters().take(runs).map(|letter| letter.to_string()));
    let two = runs == 2;
    if two {
        head.extend(["B - A, points", "p", "Holm p"].map(str::to_owned));
    } else {
        head.extend(letters().take(runs).map(|letter| format!("{letter}: place")));
    }
    let rows: Vec<Vec<String>> = block
        .iter()
        .map(|row| {
            let mut cells = vec![row.pool.title()];
            cells.extend(row.rates.iter().map(|rate| rate_cell(rate.as_ref())));
            match row.against_first.as_slice() {
                [versus] if two => cells.extend(versus_cells(versus)),
                _ => cells.extend(row.places.iter().map(|place| place_cell(*place))),
            }
            cells
        })
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    text::table(&head, &rows)
}

fn rate_cell(rate: Option<&Estimate>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| groups::rate(rate, 1))
}

fn versus_cells(versus: &Versus) -> [String; 3] {
    let dash = || "–".to_owned();
    [
        versus.difference.as_ref().map_or_else(dash, |d| groups::points(d, 1)),
        versus.p.as_ref().map_or_else(dash, groups::p_value),
        versus.adjusted.as_ref().map_or_else(dash, groups::p_value),
    ]
}

fn place_cell(place: Option<(usize, usize)>) -> String {
    match place {
        None => "–".to_owned(),
        Some((from, to)) if from == to => from.to_string(),
        Some((from, to)) => format!("{from}–{to}"),
    }
}
