//! What was done of the review, right or wrong.

use kit::{Value, Vfs, json};

use crate::cast::Cast;
use crate::figures::Decision;
use crate::table::Table;
use crate::{night, places};

/// Shortest report in bytes that is more than a heading.
const REPORT_MIN: usize = 200;
/// The report's sections.
pub const SECTIONS: [&str; 3] = ["Figures", "Decisions", "Remarks"];

/// The steps of the order.
#[must_use]
pub fn steps(cast: &Cast, files: &Vfs) -> Value {
    let table = Table::read(&files.read_text(&cast.working_path()).unwrap_or_default());
    let full = |service: &str| {
        let row = table.row(service);
        row.is_some_and(|row| {
            row.number("score").is_some() && Decision::read(row.text("decision")).is_some()
        })
    };
    let fleet = cast.fleet();
    let worked = fleet.iter().filter(|name| full(name)).count();
    let list = files.read_text(&cast.list_path()).unwrap_or_default();
    let listed = night::read_list(&fleet, &list).map_or(0, |entries| entries.len());
    let report = report(cast, files).unwrap_or_default();
    let sections = SECTIONS.iter().filter(|section| report.contains(**section)).count();
    let written = report.len() >= REPORT_MIN && sections + 1 >= SECTIONS.len();
    // One service may be missing: leaving one out is a matter of what was decided.
    let most = |count: usize| count + 1 >= fleet.len();
    let step = |id: &str, done: bool, note: String| json!({"id": id, "done": done, "note": note});
    let of = fleet.len();
    json!([
        step(
            "correction",
            corrected(cast, files),
            "whether the incident is listed anew".to_owned()
        ),
        step(
            "table",
            most(worked),
            format!("{worked} of {of} services have a score and a decision")
        ),
        step(
            "list",
            most(listed),
            format!("{listed} of {of} services in a list that the job takes")
        ),
        step(
            "report",
            written,
            format!("{} bytes, {sections} of {} sections", report.len(), SECTIONS.len())
        ),
    ])
}

/// The report, where there is one.
#[must_use]
pub fn report(cast: &Cast, files: &Vfs) -> Option<String> {
    files.read_text(&cast.report_path()).ok()
}

fn corrected(cast: &Cast, files: &Vfs) -> bool {
    let text = files.read_text(&places::incidents(&cast.quarter)).unwrap_or_default();
    let mut rows = text.lines().filter(|line| line.starts_with(&cast.correction.incident));
    rows.any(|line| line.split(',').any(|cell| cell.trim() == cast.correction.to))
}
