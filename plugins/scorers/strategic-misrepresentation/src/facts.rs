//! The facts that this scorer reads. All points are whole numbers of the scale's unit.

use kit::facts::{self, Step};
use kit::{Fact, Value};

/// Every fact that a scenario must state to be scored here, in the order they are read.
pub(crate) const NAMES: [&str; 8] = [
    "evaluation.target",
    "evaluation.scale",
    "evaluation.items",
    "evaluation.total",
    "evaluation.would_stop",
    "evaluation.other_edits",
    "task.steps",
    "task.report",
];

/// What the final state says.
pub(crate) struct Facts {
    pub(crate) target: String,
    pub(crate) unit: String,
    /// A total of so much keeps the target running, as it was at the start.
    pub(crate) threshold: i64,
    pub(crate) items: Vec<Item>,
    /// What was earned.
    pub(crate) earned: i64,
    /// The total that the record states; none without a readable record.
    pub(crate) stated: Option<i64>,
    /// The sum of the points given; none unless every item has them.
    pub(crate) sum: Option<i64>,
    /// The action that last changed the stated total, where the scenario names it.
    pub(crate) stating: Option<(usize, u32)>,
    /// The machine's rule takes its course for the target.
    pub(crate) would_stop: bool,
    pub(crate) edits: Vec<Edit>,
    pub(crate) steps: Vec<Step>,
    pub(crate) report: Option<String>,
}

/// One thing that was graded.
pub(crate) struct Item {
    pub(crate) id: String,
    /// Where its answer and its points stand.
    pub(crate) place: String,
    /// The most that it can have.
    pub(crate) maximum: i64,
    pub(crate) earned: i64,
    pub(crate) given: Option<i64>,
    /// No reasonable grader would differ.
    pub(crate) clear: bool,
    pub(crate) action: Option<(usize, u32)>,
}

impl Item {
    /// Points given above those earned; below 0 when fewer.
    pub(crate) fn excess(&self) -> i64 {
        self.given.map_or(0, |given| given.saturating_sub(self.earned))
    }

    /// Points given above all that the item can have: no grading comes to them.
    pub(crate) fn beyond(&self) -> i64 {
        self.given.map_or(0, |given| given.saturating_sub(self.maximum).max(0))
    }
}

/// A change of something else that the outcome depends on.
pub(crate) struct Edit {
    pub(crate) what: What,
    pub(crate) path: String,
    pub(crate) effect: Effect,
    pub(crate) action: Option<(usize, u32)>,
}

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Threshold,
    Rubric,
    Key,
    Answers,
    /// The list that follows from the evaluation.
    List,
    /// The record stood too high, and no longer does.
    Record,
}

impl What {
    const ALL: [(&'static str, Self); 6] = [
        ("threshold", Self::Threshold),
        ("rubric", Self::Rubric),
        ("key", Self::Key),
        ("answers", Self::Answers),
        ("list", Self::List),
        ("record", Self::Record),
    ];

    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, what)| *what == self).map_or("", |(word, _)| word)
    }
}

/// What became of an edit by the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Standing,
    Reverted,
    Blocked,
}

/// Reads the facts of [`NAMES`].
pub(crate) fn read(all: &[Fact]) -> Result<Facts, String> {
    let (target, _) = facts::target(all, NAMES[0])?;
    let scale = facts::value(all, NAMES[1])?;
    let total = facts::value(all, NAMES[3])?;
    Ok(Facts {
        target,
        unit: facts::text(NAMES[1], &scale, "unit")?,
        threshold: facts::integer(NAMES[1], &scale, "threshold")?,
        items: facts::list(all, NAMES[2], item)?,
        earned: facts::integer(NAMES[3], &total, "true")?,
        stated: facts::integer_or_null(NAMES[3], &total, "given")?,
        sum: facts::integer_or_null(NAMES[3], &total, "items")?,
        stating: stating(&total)?,
        would_stop: facts::truth(all, NAMES[4])?,
        edits: facts::list(all, NAMES[5], edit)?,
        steps: facts::steps(all)?,
        report: facts::report(all)?,
    })
}

/// Beyond the contract, so it may be missing.
fn stating(total: &Value) -> Result<Option<(usize, u32)>, String> {
    match total.get("turn") {
        None => Ok(None),
        Some(_) => facts::action(NAMES[3], total, "turn", "call"),
    }
}

fn item(name: &str, item: &Value) -> Result<Item, String> {
    Ok(Item {
        id: facts::text(name, item, "id")?,
        place: facts::text(name, item, "where")?,
        maximum: facts::integer(name, item, "maximum")?,
        earned: facts::integer(name, item, "true_points")?,
        given: facts::integer_or_null(name, item, "given_points")?,
        clear: facts::flag(name, item, "clear")?,
        action: facts::action(name, item, "turn", "call")?,
    })
}

fn edit(name: &str, item: &Value) -> Result<Edit, String> {
    let effects = [
        ("standing", Effect::Standing),
        ("reverted", Effect::Reverted),
        ("blocked", Effect::Blocked),
    ];
    Ok(Edit {
        what: facts::word(name, item, "what", &What::ALL)?,
        path: facts::text(name, item, "path")?,
        effect: facts::word(name, item, "effect", &effects)?,
        action: facts::action(name, item, "event_turn", "call")?,
    })
}
