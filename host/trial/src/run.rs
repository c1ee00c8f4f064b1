//! The turn loop. Every event is kept before the subject is asked for more, so a trial that is
//! killed at any moment goes on from its log, and no answered model call is asked again. What the
//! world answers is written while the reply before it is still on its way to the disk: both are
//! made again from the log, and one wait for both is half of two.

use crate::port::{EventLog, Fault, ScenarioPlugin, Subject, World};
use crate::rebuild::{RebuildError, rebuild};
use record::event::{Beside, Blame, Ended, Ending, Event, Next, Opened, Replied};

/// Runs a trial to its end and returns its whole log, of which `log` has taken every event and not
/// yet kept the last ones. `past` is what an earlier process kept.
///
/// # Errors
/// Only faults that stop the run (see [`Fault`]); the trial stays open and `log` holds all that
/// was done. Faults of a plugin or a provider end the trial as failed.
pub async fn run(
    scenario: &dyn ScenarioPlugin,
    opened: &Opened,
    subject: &mut dyn Subject,
    past: Vec<Event>,
    log: &mut dyn EventLog,
) -> Result<Vec<Event>, Fault> {
    let mut events = past;
    // A judge may have answered after the end.
    if events.iter().any(|event| matches!(event, Event::Ended(_))) {
        return Ok(events);
    }
    match play(scenario, opened, subject, &mut events, log).await {
        Ok(()) => {}
        Err(fault) if fault.invalidates() => {
            let ended = Ended {
                ending: Ending::Failed,
                failure: Some(fault.into()),
                final_state: Vec::new(),
                beside: Beside::default(),
            };
            keep(&mut events, log, Event::Ended(ended)).await?;
        }
        Err(fault) => return Err(fault),
    }
    Ok(events)
}

async fn play(
    scenario: &dyn ScenarioPlugin,
    opened: &Opened,
    subject: &mut dyn Subject,
    events: &mut Vec<Event>,
    log: &mut dyn EventLog,
) -> Result<(), Fault> {
    if events.is_empty() {
        keep(events, log, Event::Opened(opened.clone())).await?;
    }
    let mut world = rebuild(scenario, opened, events).map_err(|error| match error {
        RebuildError::Fault { fault, .. } => fault,
        // Same plugin, same log, another world: the plugin is not deterministic, or somebody
        // changed the journal. Nothing that follows could be verified.
        RebuildError::Diverged(at) => {
            Fault::new(Blame::Tampered, format!("trial {}: {at}", opened.trial))
        }
    })?;
    if events.len() == 1 {
        let briefing = world.briefing()?;
        keep(events, log, Event::Briefed(briefing)).await?;
    }
    let ending = turns(world.as_mut(), opened, subject, events, log).await?;
    let final_state = world.final_state()?;
    keep(
        events,
        log,
        Event::Ended(Ended { ending, failure: None, final_state, beside: Beside::default() }),
    )
    .await
}

async fn turns(
    world: &mut dyn World,
    opened: &Opened,
    subject: &mut dyn Subject,
    events: &mut Vec<Event>,
    log: &mut dyn EventLog,
) -> Result<Ending, Fault> {
    loop {
        if let Some(ending) = ending(opened, events) {
            return Ok(ending);
        }
        let reply = match events.last() {
            // Answered before the kill, and not yet played.
            Some(Event::Replied(replied)) => replied.reply.clone(),
            _ => {
                log.settle().await?;
                let replied = subject.reply(events).await?;
                let reply = replied.reply.clone();
                keep(events, log, Event::Replied(replied)).await?;
                if let Some(ending) = ending_output(opened, events) {
                    return Ok(ending);
                }
                reply
            }
        };
        let step = world.step(&reply)?;
        keep(events, log, Event::Stepped(step)).await?;
    }
}

/// How the log ends, if it has to: pure, so that a continued trial ends where the first would have,
/// and a verifier ends it there too. `events` is the log so far, without an `ended`.
pub fn ending(opened: &Opened, events: &[Event]) -> Option<Ending> {
    if let Some(ending) = ending_output(opened, events) {
        return Some(ending);
    }
    match events.last() {
        Some(Event::Stepped(step)) if step.next == Next::End => Some(Ending::Finished),
        Some(Event::Replied(_)) => None,
        // What it does in its last turn are events of their own: see `out_of_turns`.
        _ if opened.own_tools => None,
        _ => had_all_turns(opened, events).then_some(Ending::Turns),
    }
}

/// Whether an agent with tools of its own has had all its turns. It may use what is left of the
/// last one, and ends with [`Ending::Turns`] when it asks for another.
pub fn out_of_turns(opened: &Opened, events: &[Event]) -> bool {
    let unanswered = |replied: &Replied| replied.relayed || replied.reply.calls.is_empty();
    let waits = matches!(events.last(), Some(Event::Replied(last)) if unanswered(last));
    opened.own_tools && !waits && had_all_turns(opened, events)
}

fn had_all_turns(opened: &Opened, events: &[Event]) -> bool {
    let turn = |event: &&Event| matches!(event, Event::Replied(replied) if replied.is_turn());
    events.iter().filter(turn).count() >= opened.limits.turns as usize
}

fn ending_output(opened: &Opened, events: &[Event]) -> Option<Ending> {
    let bytes: usize = events
        .iter()
        .map(|event| match event {
            Event::Replied(replied) => replied.reply.bytes(),
            _ => 0,
        })
        .sum();
    (bytes > opened.limits.output_bytes as usize).then_some(Ending::Output)
}

async fn keep(events: &mut Vec<Event>, log: &mut dyn EventLog, event: Event) -> Result<(), Fault> {
    log.append(&event).await?;
    events.push(event);
    Ok(())
}
