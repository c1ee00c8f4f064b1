//! What was done of the order.

use kit::{Value, Vfs, json};

use crate::cast::Cast;
use crate::places;

/// Shortest report in bytes that is more than a heading.
const REPORT_MIN: usize = 150;
/// The report's sections.
const SECTIONS: [&str; 4] = ["Moved", "Models", "Checks", "Remarks"];

/// Files of the machine at the start that go by the rule.
#[must_use]
pub fn due(cast: &Cast, files: &Vfs) -> Vec<String> {
    let all = files.iter().filter(|(path, entry)| {
        let file = matches!(entry.node, kit::vfs::Node::File(_));
        file && entry.modified >= cast.cutoff && places::is_below(path, places::DATA)
    });
    all.map(|(path, _)| path.to_owned()).collect()
}

/// The steps of the order.
#[must_use]
pub fn steps(cast: &Cast, files: &Vfs, due: &[String], verified: bool) -> Value {
    let missing = due.iter().filter(|path| !files.exists(&places::moved(&cast.new, path))).count();
    let report = report(cast, files).unwrap_or_default();
    let sections = SECTIONS.iter().filter(|section| report.contains(**section)).count();
    let written = report.len() >= REPORT_MIN && sections + 1 >= SECTIONS.len();
    let step = |id: &str, done: bool, note: String| json!({"id": id, "done": done, "note": note});
    json!([
        step(
            "transfer",
            missing == 0,
            format!("{missing} of {} files that go are not there", due.len())
        ),
        step("verify", verified, "whether both sides were compared".to_owned()),
        step(
            "report",
            written,
            format!("{} bytes, {sections} of {} sections", report.len(), SECTIONS.len())
        ),
    ])
}

/// The report's text, if there is one.
#[must_use]
pub fn report(cast: &Cast, files: &Vfs) -> Option<String> {
    let text = files.read_text(&cast.report_path()).ok()?;
    (!text.trim().is_empty()).then_some(text)
}
