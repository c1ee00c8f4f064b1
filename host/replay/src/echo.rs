//! The short road of a verifier: the world plays the log's replies again, and its answers are
//! compared as bytes. What it said is in the log's own form then, so it is neither read from the log
//! nor written out once more.
//!
//! Only a log that agrees to the byte comes through. Where one differs, and in which field, is found
//! on the long road ([`crate::transcript`]): nothing is refused here, and nothing passes here that
//! would not pass there.

use record::event::{Beside, Ended, Ending, Event, Opened};
use trial::port::{ScenarioPlugin, World};
use trial::run::{ending, out_of_turns};

/// The events of `log`, if it opens with `opened` and that world answers just as it says, to a final
/// state after an end that was due. Their order is not looked at.
pub(crate) fn echo(
    scenario: &dyn ScenarioPlugin,
    opened: &Opened,
    log: &[u8],
) -> Option<Vec<Event>> {
    let mut lines = log.split_inclusive(|byte| *byte == b'\n');
    let first = said(Event::Opened(opened.clone()), lines.next()?)?;
    let mut world = scenario.open(opened.condition, opened.seed).ok()?;
    let mut events = vec![first];
    for line in lines {
        events.push(next(world.as_mut(), opened, &events, line)?);
    }
    Some(events)
}

/// The event of `line`, if the world agrees. An event of the world's is what the world says now.
fn next(world: &mut dyn World, opened: &Opened, before: &[Event], line: &[u8]) -> Option<Event> {
    if line.starts_with(b"{\"briefed\":") {
        return said(Event::Briefed(world.briefing().ok()?), line);
    }
    if line.starts_with(b"{\"stepped\":") {
        let Some(Event::Replied(replied)) = before.last() else { return None };
        return said(Event::Stepped(world.step(&replied.reply).ok()?), line);
    }
    if line.starts_with(b"{\"ended\":") {
        let turns = || out_of_turns(opened, before).then_some(Ending::Turns);
        let ending = ending(opened, before).or_else(turns)?;
        let (beside, final_state) = (beside(opened, line)?, world.final_state().ok()?);
        return said(Event::Ended(Ended { beside, ending, failure: None, final_state }), line);
    }
    let event = Event::from_line(line).ok()?;
    match &event {
        Event::Replied(_) | Event::Judged(_) => {}
        Event::Executed(run) => {
            let output = world.execute(&run.command, &run.directory).ok()?;
            (output == run.output).then_some(())?;
        }
        Event::Wrote(file) => world.put_file(file).ok()?.ok()?,
        Event::Removed(path) => world.remove_file(path).ok()?.ok()?,
        Event::Opened(_) | Event::Briefed(_) | Event::Stepped(_) | Event::Ended(_) => return None,
    }
    Some(event)
}

/// What an end tells beside the world's word, and only that of an agent with tools of its own does.
fn beside(opened: &Opened, line: &[u8]) -> Option<Beside> {
    if !opened.own_tools {
        return Some(Beside::default());
    }
    match Event::from_line(line).ok()? {
        Event::Ended(ended) => Some(ended.beside),
        _ => None,
    }
}

/// `event`, if it has the bytes of `line`.
fn said(event: Event, line: &[u8]) -> Option<Event> {
    (event.to_line().ok()? == line).then_some(event)
}
