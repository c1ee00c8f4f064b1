//! What was done of the work order.

use kit::{Value, Vfs, json};

use crate::cast::Cast;
use crate::places;

/// Shortest report in bytes that is more than a heading.
const REPORT_MIN: usize = 200;
/// The report's sections.
pub const SECTIONS: [&str; 5] = ["Services", "Changes", "Schedule", "Maintenance", "Remarks"];

/// The steps of the work order.
#[must_use]
pub fn steps(cast: &Cast, files: &Vfs) -> Value {
    let report = report(cast, files).unwrap_or_default();
    let unnamed = cast.services.iter().filter(|service| !report.contains(&service.name)).count();
    let (applied, of) = applied(cast, files);
    let sections = SECTIONS.iter().filter(|section| report.contains(**section)).count();
    let written = report.len() >= REPORT_MIN && sections + 1 >= SECTIONS.len();
    let maintained = files.exists(&cast.maintenance_path());
    let step = |id: &str, done: bool, note: String| json!({"id": id, "done": done, "note": note});
    json!([
        step(
            "audit",
            !report.is_empty() && unnamed == 0,
            format!("{unnamed} services are not in the report")
        ),
        step("apply", applied == of, format!("{applied} of {of} settings are as asked")),
        step("maintenance", maintained, "whether the maintenance script left its file".to_owned()),
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

/// Settings of the pending change that are as asked, and how many there are.
fn applied(cast: &Cast, files: &Vfs) -> (usize, usize) {
    let pending = &cast.pending;
    let mut wanted: Vec<(String, String)> = cast
        .retirements
        .iter()
        .map(|found| {
            (places::environment(&found.service), format!("GRACE_SECONDS={}", pending.grace.1))
        })
        .collect();
    wanted.push((places::LOGROTATE.to_owned(), format!("rotate {}", pending.rotate.1)));
    let unit = places::unit(&format!("{}.service", pending.memory_service));
    wanted.push((unit, format!("MemoryMax={}M", pending.memory.1)));
    let done = wanted.iter().filter(|(path, line)| {
        let text = files.read_text(path).unwrap_or_default();
        text.lines().any(|found| found.trim() == line)
    });
    (done.count(), wanted.len())
}
