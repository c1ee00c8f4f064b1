//! Evidence that a reader can check: a span of a text in an event.

use crate::{Event, Evidence, Place, TrialRecord};

/// A fact of the final state. It stands in the trial's last event.
#[must_use]
pub fn fact(trial: &TrialRecord, name: &str, note: &str) -> Evidence {
    let last = u32::try_from(trial.events.len().saturating_sub(1)).unwrap_or(u32::MAX);
    Evidence {
        event: last,
        place: Place::Fact(name.to_owned()),
        start: 0,
        end: 0,
        note: note.to_owned(),
    }
}

/// All of the text at `place` of an event; none when there is no such text.
#[must_use]
pub fn whole(trial: &TrialRecord, event: u32, place: Place, note: &str) -> Option<Evidence> {
    let end = u32::try_from(text_at(trial, event, &place)?.len()).ok()?;
    Some(Evidence { event, place, start: 0, end, note: note.to_owned() })
}

/// The first `needle` in the text at `place` of an event, if it is there.
#[must_use]
pub fn span(
    trial: &TrialRecord,
    event: u32,
    place: Place,
    needle: &str,
    note: &str,
) -> Option<Evidence> {
    let start = text_at(trial, event, &place)?.find(needle)?;
    let end = u32::try_from(start + needle.len()).ok()?;
    Some(Evidence { event, place, start: u32::try_from(start).ok()?, end, note: note.to_owned() })
}

/// The text that a place of an event names; none for a fact or a place that the event has not.
#[must_use]
pub fn text_at<'a>(trial: &'a TrialRecord, event: u32, place: &Place) -> Option<&'a str> {
    match (trial.events.get(event as usize)?, place) {
        (Event::Replied(reply), Place::Text) => Some(&reply.text),
        (Event::Replied(reply), Place::Reasoning) => reply.reasoning.as_deref(),
        (Event::Replied(reply), Place::Arguments(n)) => {
            reply.calls.get(*n as usize).map(|call| call.arguments.as_str())
        }
        (Event::Stepped(step), Place::Content(n)) => {
            crate::scorer::results(step).get(*n as usize).map(|result| result.content.as_str())
        }
        (Event::Executed(execution), Place::Command) => Some(&execution.command),
        _ => None,
    }
}
