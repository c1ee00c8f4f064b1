//! A trial outside a run: no subject, no journal, only replies that somebody hands in. For checks
//! of plugins, whose players are scripts.

use crate::port::{Fault, ScenarioPlugin};
use record::condition::Condition;
use record::digest::Seed;
use record::event::{
    Beside, Ended, Ending, Event, Next, Opened, Replied, Reply, Step, TrialLimits,
};
use record::id::{CellId, TrialId};

/// Who answers: gets the log so far and gives the next reply.
pub type Player<'a> = dyn FnMut(&[Event]) -> Result<Reply, Fault> + 'a;

/// The step that the last reply led to; none before the first.
#[must_use]
pub fn last_step(events: &[Event]) -> Option<&Step> {
    match events.last() {
        Some(Event::Stepped(step)) => Some(step),
        _ => None,
    }
}

/// The log of a trial under the scenario's own limit of turns, ended.
///
/// # Errors
/// When a plugin or the player fails.
pub fn play(
    scenario: &dyn ScenarioPlugin,
    condition: Condition,
    seed: Seed,
    player: &mut Player<'_>,
) -> Result<Vec<Event>, Fault> {
    let mut world = scenario.open(condition, seed)?;
    let cell = CellId { scenario: scenario.manifest().id.clone(), condition };
    let limits = TrialLimits { output_bytes: u32::MAX, turns: scenario.manifest().turns };
    let mut events = vec![
        Event::Opened(Opened {
            condition,
            limits,
            scenario: scenario.reference().clone(),
            seed,
            trial: TrialId { cell, index: 0 },
            own_tools: false,
        }),
        Event::Briefed(world.briefing()?),
    ];
    let mut ending = Ending::Turns;
    for _ in 0..limits.turns {
        let reply = player(&events)?;
        let step = world.step(&reply)?;
        let over = step.next == Next::End;
        events.push(Event::Replied(Replied { exchange: None, reply, ..Replied::default() }));
        events.push(Event::Stepped(step));
        if over {
            ending = Ending::Finished;
            break;
        }
    }
    let final_state = world.final_state()?;
    events.push(Event::Ended(Ended {
        ending,
        failure: None,
        final_state,
        beside: Beside::default(),
    }));
    Ok(events)
}
