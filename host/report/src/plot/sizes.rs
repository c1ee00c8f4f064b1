//! Means of a measure with their intervals, against zero.

use super::rows::{Row, Rows, grouped};
use super::scene::Width;
use super::{Plot, PlotError, Plotter, named, trials, visible};
use crate::groups;
use record::result::Estimate;
use serde_json::{Value, json};

/// A measure, by pool.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// See [`Plot::name`].
    pub name: String,
    /// See [`Plot::title`].
    pub title: String,
    /// What is measured, with its unit: `mean inflation, points`.
    pub axis: String,
    /// From above.
    pub rows: Vec<SizesRow>,
}

/// The mean of a pool.
#[derive(Clone, Debug)]
pub struct SizesRow {
    /// What rows in sequence have in common; may be empty.
    pub group: String,
    /// Which pool.
    pub label: String,
    /// In the unit of the measure; none without a trial that has it.
    pub mean: Option<Estimate>,
    /// Valid trials that have the measure.
    pub valid: u32,
}

/// Draws it.
///
/// # Errors
/// When the plot cannot be drawn, which no input causes.
pub fn sizes(plotter: &Plotter, input: &Sizes) -> Result<Plot, PlotError> {
    let rows = input.rows.iter().map(|row| {
        let drawn = Row {
            label: visible(&row.label),
            span: row.mean.as_ref().map(values),
            numbers: row.mean.as_ref().map_or_else(|| "none".to_owned(), text),
            valid: row.valid,
            published: None,
        };
        (row.group.as_str(), drawn)
    });
    let lines = grouped(rows);
    let specification = |width: Width| {
        let axis = axis(input, width);
        let heading = "mean [95 % interval]";
        Rows { axis, heading, zero: Some(0.0), lines: &lines }.specification(width)
    };
    Plot::draw(plotter, &input.name, &input.title, alt(input), specification)
}

/// From the least to the largest end, and always over zero; Vega rounds it outwards.
fn axis(input: &Sizes, width: Width) -> Value {
    let ends = input.rows.iter().filter_map(|row| row.mean.as_ref()).map(values);
    let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(low, high), [value, from, to]| {
        (low.min(from).min(value), high.max(to).max(value))
    });
    let high = if low < high { high } else { 1.0 };
    json!({
        "field": "at", "type": "quantitative",
        "scale": { "domain": [low, high], "nice": true },
        "axis": {
            "title": visible(&input.axis), "tickCount": width.pick(8, 5), "labelFlush": true,
            "labelOverlap": false,
        },
    })
}

fn values(estimate: &Estimate) -> [f64; 3] {
    [&estimate.value, &estimate.low, &estimate.high].map(|value| value.to_f64())
}

fn text(estimate: &Estimate) -> String {
    let [value, low, high] = values(estimate).map(|value| groups::number(value, 2));
    format!("{value} [{low}, {high}]")
}

fn alt(input: &Sizes) -> String {
    let rows = input.rows.iter().map(|row| {
        let mean = row.mean.as_ref().map_or_else(
            || "none".to_owned(),
            |mean| {
                let [value, low, high] = values(mean).map(|value| groups::number(value, 2));
                format!("{value} ({low} to {high})")
            },
        );
        format!("{}: {mean}, {}", named(&row.group, &row.label), trials(row.valid))
    });
    let rows = rows.collect::<Vec<_>>().join("; ");
    format!("{}, with 95 % intervals. {rows}.", visible(&input.axis))
}
