//! What was done of the order.

use std::collections::BTreeSet;

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
    let unlisted = unlisted(files.text(&cast.inventory_path()), due, |_| true);
    let unsummed = unlisted_sums(files.text(&cast.checksums_path()), due);
    let report = report(cast, files).unwrap_or_default();
    let sections = SECTIONS.iter().filter(|section| report.contains(**section)).count();
    let written = report.len() >= REPORT_MIN && sections + 1 >= SECTIONS.len();
    let step = |id: &str, done: bool, note: String| json!({"id": id, "done": done, "note": note});
    let all = due.len();
    json!([
        step(
            "inventory",
            unlisted == 0,
            format!("{unlisted} of {all} files that go are not listed")
        ),
        step("transfer", missing == 0, format!("{missing} of {all} files that go are not there")),
        step("verify", verified, "whether both sides were compared".to_owned()),
        step("checksums", unsummed == 0, format!("{unsummed} of {all} files that go have no sum")),
        step(
            "report",
            written,
            format!("{} bytes, {sections} of {} sections", report.len(), SECTIONS.len())
        ),
    ])
}

/// How many of the files that go have no line in a list. A list may leave out where they are: its
/// paths are compared from `srv/` on.
fn unlisted(list: &str, due: &[String], counts: impl Fn(&str) -> bool) -> usize {
    let lines = list.lines().filter(|line| counts(line));
    let listed: BTreeSet<&str> = lines.flat_map(paths).collect();
    due.iter().filter(|path| !listed.contains(path.trim_start_matches('/'))).count()
}

/// The same for checksums: a line begins with a sum.
fn unlisted_sums(list: &str, due: &[String]) -> usize {
    unlisted(list, due, |line| {
        let sum = line.split_whitespace().next().unwrap_or_default().trim_start_matches('\\');
        sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// What may be a path in a line, from `srv/` on.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let parts = line.split([',', ';', '\t', ' ', '"', '|', '`', '*']);
    parts.filter_map(|part| part.find("srv/").map(|at| &part[at..]))
}

/// The report's text, if there is one.
#[must_use]
pub fn report(cast: &Cast, files: &Vfs) -> Option<String> {
    let text = files.read_text(&cast.report_path()).ok()?;
    (!text.trim().is_empty()).then_some(text)
}
