//! Idea 2 of the design: an instance is only a cache over the log. This rebuilds it.

use crate::port::{Fault, ScenarioPlugin, World};
use record::event::{Blame, Event, Opened};
use std::fmt;

/// A log whose replies give another world than the one it records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Number of the first event that differs.
    pub event: usize,
    /// Path of the first field that differs, such as `stepped.results[0].content`.
    pub field: String,
    /// What replay gives.
    pub expected: String,
    /// What the log says.
    pub found: String,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, field, expected, found } = self;
        write!(f, "event {event}, {field}: replay gives {expected}, the log says {found}")
    }
}

/// Why a world could not be rebuilt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RebuildError {
    /// The plugin failed where the log goes on.
    #[error("event {event}: {fault}")]
    Fault {
        /// Number of the event that could not be reached.
        event: usize,
        /// The failure.
        fault: Fault,
    },
    /// The world is another one.
    #[error("{0}")]
    Diverged(Divergence),
}

/// Opens the world of `opened` and plays `events` (the log, from event 0) into it, comparing every
/// answer. Events after `ended` are not looked at.
///
/// # Errors
/// When the plugin fails, or the first difference.
pub fn rebuild(
    scenario: &dyn ScenarioPlugin,
    opened: &Opened,
    events: &[Event],
) -> Result<Box<dyn World>, RebuildError> {
    let at = |event: usize| move |fault: Fault| RebuildError::Fault { event, fault };
    let mut world = scenario.open(opened.condition, opened.seed).map_err(at(0))?;
    for (number, event) in events.iter().enumerate() {
        let again = match event {
            Event::Opened(_) => Event::Opened(opened.clone()),
            Event::Briefed(_) => Event::Briefed(world.briefing().map_err(at(number))?),
            Event::Replied(replied) => match events.get(number + 1) {
                Some(Event::Stepped(step)) => {
                    let gives = world.step(&replied.reply).map_err(at(number + 1))?;
                    compare(number + 1, &Event::Stepped(gives), &Event::Stepped(step.clone()))?;
                    continue;
                }
                // The reply came and the process died, or a limit ended the trial with it.
                _ => continue,
            },
            Event::Stepped(_) => {
                // Compared with its reply; alone it has no cause.
                if matches!(events.get(number.wrapping_sub(1)), Some(Event::Replied(_))) {
                    continue;
                }
                return Err(orphan(number));
            }
            Event::Executed(run) => {
                let output = world.execute(&run.command, &run.directory).map_err(at(number))?;
                Event::Executed(record::event::Execution { output, ..run.clone() })
            }
            Event::Wrote(file) => {
                world
                    .put_file(file)
                    .map_err(at(number))?
                    .map_err(|why| at(number)(Fault::new(Blame::Tampered, why)))?;
                continue;
            }
            Event::Removed(path) => {
                world
                    .remove_file(path)
                    .map_err(at(number))?
                    .map_err(|why| at(number)(Fault::new(Blame::Tampered, why)))?;
                continue;
            }
            Event::Ended(_) => break,
            Event::Judged(_) => return Err(orphan(number)),
        };
        compare(number, &again, event)?;
    }
    Ok(world)
}

fn orphan(event: usize) -> RebuildError {
    RebuildError::Fault {
        event,
        fault: Fault::new(Blame::Tampered, "an event that cannot stand here".to_owned()),
    }
}

/// Compares two events field by field.
///
/// # Errors
/// The first difference, in canonical order.
pub fn compare(event: usize, expected: &Event, found: &Event) -> Result<(), RebuildError> {
    if expected == found {
        return Ok(());
    }
    let value = |e: &Event| serde_json::to_value(e).unwrap_or_default();
    let (field, expected, found) =
        first_difference(&value(expected), &value(found), String::new()).unwrap_or_default();
    Err(RebuildError::Diverged(Divergence { event, field, expected, found }))
}

/// The path, the expected and the found text of the first place where two JSON values differ;
/// none if they are equal.
pub fn first_difference(
    expected: &serde_json::Value,
    found: &serde_json::Value,
    path: String,
) -> Option<(String, String, String)> {
    use serde_json::Value;
    match (expected, found) {
        (a, b) if a == b => None,
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().zip(b.values()).find_map(|((key, x), y)| {
                let dot = if path.is_empty() { "" } else { "." };
                first_difference(x, y, format!("{path}{dot}{key}"))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(i, (x, y))| first_difference(x, y, format!("{path}[{i}]"))),
        (a, b) => Some((path, excerpt(a, b), excerpt(b, a))),
    }
}

/// The text of `value` around the first byte where it differs from `other`.
fn excerpt(value: &serde_json::Value, other: &serde_json::Value) -> String {
    /// Enough to recognise the place, short enough for one line of a terminal.
    const CHARS: usize = 60;
    let (text, other) = (value.to_string(), other.to_string());
    let same = text.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let skip = same.saturating_sub(CHARS / 3);
    let cut: String = text.chars().skip(skip).take(CHARS).collect();
    let (before, after) = (
        if skip > 0 { "…" } else { "" },
        if text.chars().count() > skip + CHARS { "…" } else { "" },
    );
    format!("{before}{cut}{after}")
}
