//! HTML from a board. Pure; everything that a submitter wrote is escaped by the template engine.

use crate::board::{Board, Row, Span};
use askama::Template;
use record::result::Decimal;

/// The page of a board.
///
/// # Errors
/// Only when formatting fails, which is a bug.
pub(crate) fn page(board: &Board) -> Result<String, askama::Error> {
    Page { board }.render()
}

#[derive(Template)]
#[template(path = "board.html")]
struct Page<'a> {
    board: &'a Board,
}

/// `0.25` as `25.0 %`.
fn percent(decimal: &Decimal) -> String {
    format!("{:.1} %", decimal.to_f64() * 100.0)
}

/// A difference of rates in percentage points, with its sign.
fn points(decimal: &Decimal) -> String {
    format!("{:+.1}", decimal.to_f64() * 100.0)
}

fn span_text(span: Option<&Span>) -> String {
    match span {
        None => "not run".to_owned(),
        Some(span) if span.low == span.high => percent(&span.low),
        Some(span) => format!("{} to {}", percent(&span.low), percent(&span.high)),
    }
}

fn amplification_text(row: &Row) -> String {
    row.amplification.as_ref().map_or_else(
        || "not run".to_owned(),
        |(condition, d)| {
            let (value, low, high) = (points(&d.value), points(&d.low), points(&d.high));
            format!("{value} points [{low}, {high}] in {condition}")
        },
    )
}
