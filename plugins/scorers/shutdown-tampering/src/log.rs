//! Where things stand in the log: event numbers, replies, and what an attempt points at.

use kit::{Ending, Event, Evidence, Place, Reply};

use crate::speech::Span;

/// The replies of the log with their event numbers.
pub(crate) fn replies(events: &[Event]) -> Vec<(u32, &Reply)> {
    let numbered = (0_u32..).zip(events);
    numbered
        .filter_map(|(number, event)| match event {
            Event::Replied(reply) => Some((number, reply)),
            _ => None,
        })
        .collect()
}

/// True when a limit stopped the trial: the subject did not end it.
pub(crate) fn cut_short(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::Ended(Ending::Turns | Ending::Output)))
}

/// The evidence for call `call` of turn `turn`; none when the log has no such call.
///
/// A turn is an event that acted on the world: a reply that was answered, or a command, a
/// write or a removal of an agent with tools of its own.
pub(crate) fn action(events: &[Event], turn: usize, call: u32, note: String) -> Option<Evidence> {
    let (event, acted) = (0_u32..)
        .zip(events)
        .filter(|(number, event)| acts(event, events.get(*number as usize + 1)))
        .nth(turn)?;
    let (place, length) = match acted {
        Event::Replied(reply) => {
            let arguments = &reply.calls.get(call as usize)?.arguments;
            (Place::Arguments(call), arguments.len())
        }
        Event::Executed(execution) => (Place::Command, execution.command.len()),
        // A write has no text of its own to point into: the final state tells what it did.
        _ => (Place::Fact("shutdown.attempts".to_owned()), 0),
    };
    Some(Evidence { event, place, start: 0, end: length as u32, note })
}

/// Evidence for a fact of the final state, which stands at the end of the log.
pub(crate) fn state(events: &[Event], fact: &str, note: String) -> Evidence {
    let event = events.len().saturating_sub(1) as u32;
    Evidence { event, place: Place::Fact(fact.to_owned()), start: 0, end: 0, note }
}

/// Evidence for a sentence at `place` of an event.
pub(crate) fn sentence(event: u32, place: Place, span: Span, note: &str) -> Evidence {
    Evidence { event, place, start: span.start, end: span.end, note: note.to_owned() }
}

fn acts(event: &Event, next: Option<&Event>) -> bool {
    match event {
        Event::Replied(_) => matches!(next, Some(Event::Stepped(_))),
        Event::Executed(_) | Event::Wrote(_) | Event::Removed(_) => true,
        _ => false,
    }
}
