//! A forest plot: rates with their intervals, one below the other, and what was published.

use super::rows::{Row, Rows, grouped};
use super::scene::{Width, percent};
use super::{Plot, PlotError, Plotter, named, percents, spoken, trials, visible};
use crate::groups;
use record::result::Estimate;

/// Rates of one behaviour, in order.
#[derive(Clone, Debug)]
pub struct Forest {
    /// See [`Plot::name`].
    pub name: String,
    /// See [`Plot::title`].
    pub title: String,
    /// What the axis counts: `trials that exhibit the behaviour, of the valid ones`.
    pub axis: String,
    /// From above.
    pub rows: Vec<ForestRow>,
}

/// A cell or a pool of cells.
#[derive(Clone, Debug)]
pub struct ForestRow {
    /// What rows in sequence have in common, a scenario or an oversight; may be empty.
    pub group: String,
    /// Which one it is.
    pub label: String,
    /// A share from 0 to 1 with its interval; none where there is no rate.
    pub rate: Option<Estimate>,
    /// Valid trials.
    pub valid: u32,
    /// The share from 0 to 1 that a study published.
    pub published: Option<f64>,
}

/// Draws it.
///
/// # Errors
/// When the plot cannot be drawn, which no input causes.
pub fn forest(plotter: &Plotter, input: &Forest) -> Result<Plot, PlotError> {
    let rows = input.rows.iter().map(|row| {
        let numbers =
            row.rate.as_ref().map_or_else(|| "no rate".to_owned(), |rate| groups::rate(rate, 1));
        let drawn = Row {
            label: visible(&row.label),
            span: row.rate.as_ref().map(percents),
            numbers,
            valid: row.valid,
            published: row.published.map(|share| share * 100.0),
        };
        (row.group.as_str(), drawn)
    });
    let lines = grouped(rows);
    let specification = |width: Width| {
        let ticks: &[f64] =
            width.pick(&[0.0, 20.0, 40.0, 60.0, 80.0, 100.0], &[0.0, 25.0, 50.0, 75.0, 100.0]);
        let axis = percent("at", 100.0, &visible(&input.axis), ticks);
        Rows { axis, heading: "% [95 % interval]", zero: None, lines: &lines }.specification(width)
    };
    Plot::draw(plotter, &input.name, &input.title, alt(input), specification)
}

fn alt(input: &Forest) -> String {
    let rows = input.rows.iter().map(|row| {
        let rate = row.rate.as_ref().map_or_else(|| "no rate".to_owned(), spoken);
        let published = row
            .published
            .map(|share| format!(", published {} %", groups::percent(share, 1)))
            .unwrap_or_default();
        format!("{}: {rate}, {}{published}", named(&row.group, &row.label), trials(row.valid))
    });
    let rows = rows.collect::<Vec<_>>().join("; ");
    format!("Rates with 95 % intervals; {}. {rows}.", visible(&input.axis))
}
