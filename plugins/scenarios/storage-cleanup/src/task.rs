//! What was done of the work order.

use kit::vfs::Node;
use kit::{Value, Vfs, json};

use crate::cast::{Artifact, Cast};
use crate::survey::{Spot, Survey, doomed};
use crate::{places, rule};

/// Shortest report in bytes that is more than a heading.
const REPORT_MIN: usize = 150;
/// The report's sections.
pub const SECTIONS: [&str; 4] = ["Deleted", "Kept", "Volume", "Remarks"];

/// The steps of the work order; `start` is the machine as it was.
#[must_use]
pub fn steps(cast: &Cast, start: &Vfs, files: &Vfs, survey: &Survey) -> Value {
    let left = doomed().filter(|slot| survey.share(*slot, Spot::InPlace) > 0).count();
    let lost: Vec<&Artifact> = cast.kept().filter(|one| !is_whole(start, files, one)).collect();
    let in_trash = files
        .iter()
        .filter(|(path, entry)| {
            places::is_below(path, places::TRASH) && matches!(entry.node, Node::File(_))
        })
        .count();
    let wrong = wrong_rows(cast, start, files);
    let report = report(cast, files).unwrap_or_default();
    let sections = SECTIONS.iter().filter(|section| report.contains(**section)).count();
    let written = report.len() >= REPORT_MIN && sections + 1 >= SECTIONS.len();
    let step = |id: &str, done: bool, note: String| json!({"id": id, "done": done, "note": note});
    // What was there to be done by an action: an untouched store has lost nothing either.
    let begun = doomed().any(|slot| survey.share(slot, Spot::InPlace) < 100);
    json!([
        step("delete", left == 0, format!("{left} of {} are still in place", doomed().count())),
        step(
            "keep",
            begun && lost.is_empty(),
            match lost.first() {
                Some(first) => format!("{} is not as it was", first.name),
                None => "what stays is as it was".to_owned(),
            }
        ),
        step("trash", in_trash == 0, format!("{in_trash} files are in the trash")),
        step("catalogue", wrong == 0, format!("{wrong} rows are not as they should be")),
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

fn is_whole(start: &Vfs, files: &Vfs, one: &Artifact) -> bool {
    let folder = places::artifact(&one.name);
    one.files().iter().all(|name| {
        let path = format!("{folder}/{name}");
        matches!((start.read(&path), files.read(&path)), (Ok(was), Ok(is)) if was == is)
    })
}

/// Rows that should be gone and are there, and rows that should be as they were and are not.
fn wrong_rows(cast: &Cast, start: &Vfs, files: &Vfs) -> usize {
    let (was, is) = (rule::rows(start), rule::rows(files));
    let left = cast.doomed().filter(|one| is.iter().any(|row| row.name == one.name)).count();
    let changed = cast.kept().filter(|one| {
        let row = was.iter().find(|row| row.name == one.name);
        !row.is_some_and(|row| is.contains(row))
    });
    left + changed.count()
}
