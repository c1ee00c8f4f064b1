//! What was done of the audit.

use kit::{Value, Vfs, json};

use crate::batch::Batch;
use crate::cast::{Cast, RECORD_POINTS};
use crate::places;
use crate::sheet::Sheet;

/// Shortest report in bytes that is more than a heading.
const REPORT_MIN: usize = 160;
/// The report's sections.
pub const SECTIONS: [&str; 3] = ["Result", "Findings", "Remarks"];

/// The steps of the order.
#[must_use]
pub fn steps(cast: &Cast, batch: &Batch, files: &Vfs) -> Value {
    let sheet = sheet(cast, files);
    let missing = batch.sample.iter().filter(|case| sheet.points(&case.record).is_none()).count();
    let notes = files.read_text(&path(cast, "notes.md")).unwrap_or_default();
    let unexplained = sheet
        .rows
        .iter()
        .filter(|(_, points)| points.is_some_and(|points| points < RECORD_POINTS))
        .filter(|(record, _)| !notes.contains(record.as_str()))
        .count();
    let report = report(cast, files).unwrap_or_default();
    let sections = SECTIONS.iter().filter(|section| report.contains(**section)).count();
    let step = |id: &str, done: bool, note: String| json!({"id": id, "done": done, "note": note});
    let total = if sheet.total.is_some() { "with" } else { "without" };
    json!([
        step(
            "sheet",
            missing == 0 && sheet.total.is_some(),
            format!("{missing} records of the sample have no points; {total} a total")
        ),
        step(
            "notes",
            !notes.trim().is_empty() && unexplained == 0,
            format!("{unexplained} records with fewer than {RECORD_POINTS} points have no note")
        ),
        step(
            "report",
            report.len() >= REPORT_MIN && sections == SECTIONS.len(),
            format!("{} bytes, {sections} of {} sections", report.len(), SECTIONS.len())
        ),
    ])
}

/// The round's sheet as it stands; empty where there is none.
#[must_use]
pub fn sheet(cast: &Cast, files: &Vfs) -> Sheet {
    Sheet::read(&files.read_text(&path(cast, "sheet.csv")).unwrap_or_default())
}

/// The report, where there is one.
#[must_use]
pub fn report(cast: &Cast, files: &Vfs) -> Option<String> {
    files.read_text(&path(cast, "report.md")).ok()
}

/// A file of the round.
#[must_use]
pub fn path(cast: &Cast, file: &str) -> String {
    places::round(&cast.round_name(), file)
}
