//! The table in the study's layout, with what was published beside what was measured, and below it
//! what the pools say of each other.

use crate::groups;
use crate::text;
use record::analysis::{Effect, PairedEffect, PoolResult, Size, Standing, Trend};
use record::condition::Oversight;
use record::id::Behaviour;
use record::pool::Pool;
use record::published::{Model, Published};
use record::result::{Decimal, Estimate, RunResult};
use std::fmt::Write as _;

/// A row for each behaviour and kind of cell: rate, interval, trials, and the published figures of
/// one model, or of every model when none is named. A dash is a gap: nothing was published.
#[must_use]
pub fn table(result: &RunResult, beside: Option<(&Published, Option<&Model>)>) -> String {
    let mut head = vec!["behaviour", "cells", "rate %", "", "95 % interval", "n"];
    if beside.is_some() {
        head.push("published %");
    }
    let mut before = None;
    let shown: Vec<Vec<String>> = rows(result)
        .map(|row| {
            let title = title(&row.behaviour, row.pool.oversight());
            // Named once: the eye reads down a block.
            let first = if before.as_ref() == Some(&title) { String::new() } else { title.clone() };
            before = Some(title);
            let mut cells = vec![first, row.pool.title()];
            cells.extend(measured(row));
            if let Some((published, model)) = beside {
                cells.push(figures(result, row, published, model));
            }
            cells
        })
        .collect();
    let mut out = text::table(&head, &shown);
    out.push_str(
        "\n\nrate: exhibited of n valid trials, channels and scenarios taken together. interval: what a\n\
         board shows, the wider of Wilson’s and that with worlds as clusters; with fewer than five\n\
         scenarios it speaks of these scenarios. * flagged, ! void: too many invalid trials.\n",
    );
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

/// What pools say of each other: the family that the suite declared, every peer pool against its
/// control, the trend, watched against unwatched, and sizes.
#[must_use]
pub fn effects(result: &RunResult) -> String {
    let mut out = String::new();
    section(
        &mut out,
        "amplification",
        &["behaviour", "of", "against", "points", "ratio", "p", "Holm p"],
        result.effects.iter().filter(|effect| shown(effect)).map(effect_row).collect(),
        "points: difference of the rates with Newcombe’s interval. p: Fisher’s exact test. Holm p:\n\
         adjusted over the family that the suite declares; –: not of the family, so it explores.",
    );
    section(
        &mut out,
        "unmonitored and monitored, pairs of one seed",
        &["behaviour", "cells", "pairs", "only un.", "only mon.", "points", "p", "Holm p"],
        result.pairs.iter().map(pair_row).collect(),
        "points: unmonitored minus monitored with Newcombe’s paired interval.\np: McNemar’s exact test.",
    );
    section(
        &mut out,
        "from adversarial over neutral to positive",
        &["behaviour", "cells", "points a step", "p", "Holm p"],
        result.trends.iter().map(trend_row).collect(),
        "p: Cochran-Armitage.",
    );
    section(
        &mut out,
        "sizes",
        &["measure", "cells", "mean", "minus control", "n"],
        result
            .sizes
            .iter()
            .filter(|size| Pool::LAYOUT.contains(&plain(size.pool)))
            .map(size_row)
            .collect(),
        "95 % bootstrap intervals, drawn from the run’s seed.",
    );
    section(
        &mut out,
        "what incomplete and aware trials could change",
        &[
            "behaviour",
            "cells",
            "rate %",
            "without incomplete",
            "with all of them",
            "without aware",
        ],
        rows(result).filter_map(doubt_row).collect(),
        "Incomplete trials count as not exhibited. Aware: the subject said that this looks like a test.",
    );
    out
}

/// None where there was nothing to take otherwise.
fn doubt_row(row: &PoolResult) -> Option<Vec<String>> {
    let doubted = row.sensitivity.is_some() || row.unaware.is_some();
    let rate = |rate: Option<&Estimate>| or_dash(rate.map(|rate| groups::rate(rate, 1)));
    let sensitivity = row.sensitivity.as_ref();
    doubted.then(|| {
        vec![
            title(&row.behaviour, row.pool.oversight()),
            row.pool.title(),
            rate(row.rate.as_ref()),
            rate(sensitivity.and_then(|one| one.left_out.as_ref())),
            rate(sensitivity.map(|one| &one.as_exhibited)),
            rate(row.unaware.as_ref()),
        ]
    })
}

/// The pools of the study's layout, in the result's order.
pub(crate) fn rows(result: &RunResult) -> impl Iterator<Item = &PoolResult> {
    result.pools.iter().filter(|row| Pool::LAYOUT.contains(&plain(row.pool)))
}

fn plain(pool: Pool) -> Pool {
    pool.under(Oversight::Unstated)
}

/// Of the family, or of a peer pool against its control.
pub(crate) fn shown(effect: &Effect) -> bool {
    let control = plain(effect.against) == Pool::LAYOUT[0];
    effect.adjusted.is_some() || (control && effect.difference.is_some())
}

fn section(out: &mut String, title: &str, head: &[&str], rows: Vec<Vec<String>>, note: &str) {
    if !rows.is_empty() {
        let table = text::table(head, &rows);
        let _ = write!(out, "\n{title}\n{table}\n\n{note}\n");
    }
}

fn effect_row(effect: &Effect) -> Vec<String> {
    vec![
        title(&effect.behaviour, effect.of.oversight()),
        effect.of.title(),
        effect.against.title(),
        or_dash(effect.difference.as_ref().map(|d| groups::points(d, 0))),
        or_dash(effect.ratio.as_ref().map(groups::ratio)),
        or_dash(effect.p.as_ref().map(groups::p_value)),
        or_dash(effect.adjusted.as_ref().map(groups::p_value)),
    ]
}

fn pair_row(pair: &PairedEffect) -> Vec<String> {
    let pairs = pair.both + pair.neither + pair.monitored_only + pair.unmonitored_only;
    vec![
        pair.behaviour.to_string(),
        pair.of.title(),
        pairs.to_string(),
        pair.unmonitored_only.to_string(),
        pair.monitored_only.to_string(),
        or_dash(pair.difference.as_ref().map(|d| groups::points(d, 1))),
        or_dash(pair.p.as_ref().map(groups::p_value)),
        or_dash(pair.adjusted.as_ref().map(groups::p_value)),
    ]
}

fn trend_row(trend: &Trend) -> Vec<String> {
    vec![
        title(&trend.behaviour, trend.pool.oversight()),
        trend.pool.title(),
        or_dash(trend.slope.as_ref().map(groups::signed_points)),
        or_dash(trend.p.as_ref().map(groups::p_value)),
        or_dash(trend.adjusted.as_ref().map(groups::p_value)),
    ]
}

fn size_row(size: &Size) -> Vec<String> {
    vec![
        format!("{}, {}", size.measure, size.unit),
        size.pool.title(),
        groups::amount(&size.mean),
        or_dash(size.difference.as_ref().map(groups::signed_amount)),
        size.trials.to_string(),
    ]
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// `alignment-faking, monitored`.
#[must_use]
pub fn title(behaviour: &Behaviour, oversight: Oversight) -> String {
    match oversight {
        Oversight::Unstated => behaviour.to_string(),
        Oversight::Monitored => format!("{behaviour}, monitored"),
        Oversight::Unmonitored => format!("{behaviour}, unmonitored"),
    }
}

fn measured(row: &PoolResult) -> [String; 4] {
    let valid = row.counts.valid().to_string();
    let sign = match row.standing {
        Standing::Sound => "",
        Standing::Flagged => " *",
        Standing::Void => " !",
    };
    match &row.board {
        None => [format!("–{sign}"), String::new(), String::new(), valid],
        Some(rate) => [
            format!("{}{sign}", percent(&rate.value)),
            bar(rate),
            format!("{} to {}", percent(&rate.low), percent(&rate.high)),
            valid,
        ],
    }
}

/// A rate as a bar of eight columns, by eighths of one.
pub(crate) fn bar(rate: &Estimate) -> String {
    const COLUMNS: usize = 8;
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    // Nothing here is verified: a forged rate may be any number.
    let share = rate.value.to_f64().clamp(0.0, 1.0);
    let eighths = (share * (COLUMNS * 8) as f64).round() as usize;
    let (whole, rest) = (eighths / 8, eighths % 8);
    format!("{}{}", "█".repeat(whole), EIGHTHS[rest])
}

fn percent(share: &Decimal) -> String {
    groups::percent(share.to_f64(), 1)
}

/// Figures that fit any condition of the row; several where channels differ.
pub(crate) fn figures(
    result: &RunResult,
    row: &PoolResult,
    published: &Published,
    model: Option<&Model>,
) -> String {
    let models: Vec<&Model> = match model {
        Some(model) => vec![model],
        None => published.models().iter().collect(),
    };
    let mut found = Vec::new();
    for one in models {
        let mut rates: Vec<String> = Vec::new();
        let cells = result.cells.iter().filter(|cell| cell.behaviour == row.behaviour);
        for cell in cells.filter(|cell| row.pool.has(cell.cell.condition)) {
            let figure = one.figure(&row.behaviour, cell.cell.condition);
            let rate = figure.map(|figure| groups::percent(figure.exhibited, 1));
            rates.extend(rate.filter(|rate| !rates.contains(rate)));
        }
        if !rates.is_empty() {
            let name = if model.is_some() { String::new() } else { format!("{} ", one.name) };
            found.push(format!("{name}{}", rates.join(", ")));
        }
    }
    if found.is_empty() { "–".to_owned() } else { found.join("; ") }
}
