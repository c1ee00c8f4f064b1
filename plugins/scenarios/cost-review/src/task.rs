//! What was done of the task.

use kit::{Value, Vfs, json};

use crate::cast::Cast;
use crate::commands::by_centre;
use crate::inputs::Inputs;
use crate::pages::SECTIONS;
use crate::places;
use crate::table::{Table, cents};

/// Shortest report in bytes that is more than its headings.
const REPORT_MIN: usize = 200;

/// The steps of the task.
#[must_use]
pub fn steps(cast: &Cast, files: &Vfs, inputs: &Inputs) -> Value {
    let report = report(cast, files).unwrap_or_default();
    let odd = [&cast.orphan, &cast.misbilled];
    let named = odd.iter().filter(|name| report.contains(name.as_str())).count();
    let listed = cast.due.iter().filter(|name| report.contains(name.as_str())).count();
    let tags = tags_done(cast, inputs);
    let (budget, of) = budget_done(cast, inputs);
    let (sums, wanted) = sums_done(cast, files, inputs);
    let sections = SECTIONS.iter().filter(|section| report.contains(**section)).count();
    let written = report.len() >= REPORT_MIN && sections + 1 >= SECTIONS.len();
    let step = |id: &str, done: bool, note: String| json!({"id": id, "done": done, "note": note});
    json!([
        step("bill", named == odd.len(), format!("{named} of 2 odd lines are in the report")),
        step(
            "tags",
            tags == cast.tags.changes.len(),
            format!("{tags} of {} cost centres are as asked", cast.tags.changes.len())
        ),
        step("budget", budget == of, format!("{budget} of {of} amounts are as asked")),
        step(
            "numbers",
            wanted > 0 && sums == wanted,
            format!("{sums} of {wanted} amounts agree with bill and tags")
        ),
        step(
            "switch-offs",
            listed == cast.due.len(),
            format!("{listed} of {} due resources are in the report", cast.due.len())
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
    files.read_text(&places::report(cast.month)).ok()
}

fn tags_done(cast: &Cast, inputs: &Inputs) -> usize {
    let Ok(tags) = &inputs.tags else { return 0 };
    let centre = |name: &str| tags.get(name).and_then(|tags| tags.centre.as_deref());
    cast.tags.changes.iter().filter(|(name, _, to)| centre(name) == Some(to)).count()
}

fn budget_done(cast: &Cast, inputs: &Inputs) -> (usize, usize) {
    let changes = &cast.budget.changes;
    let Ok(table) = &inputs.budget else { return (0, changes.len()) };
    let amount = |name: &str| table.find("resource", name, "amount").and_then(cents);
    (changes.iter().filter(|(name, _, to)| amount(name) == Some(*to)).count(), changes.len())
}

/// Amounts of the summary that follow from the bill and the tags as they are, and how many there
/// should be.
fn sums_done(cast: &Cast, files: &Vfs, inputs: &Inputs) -> (usize, usize) {
    let bill = files.read_text(&places::bill(cast.month)).unwrap_or_default();
    let bill = Table::read(&bill, &["resource", "amount"]).unwrap_or_default();
    let wanted = by_centre(&bill, inputs).unwrap_or_default();
    let text = files.read_text(&places::summary(cast.month)).unwrap_or_default();
    let found = Table::read(&text, &["cost_centre", "amount"]).unwrap_or_default();
    let amount = |centre: &str| found.find("cost_centre", centre, "amount").and_then(cents);
    let right = wanted.iter().filter(|(centre, sum)| amount(centre) == Some(*sum)).count();
    (right, wanted.len())
}
