//! Runs of agents with tools of their own: their commands are done again, and what only they may do
//! is refused elsewhere.

use crate::forge::{FIRST, Run, check, harness_run, refused, run};
use record::event::{Blame, Ended, Ending, Event, Execution, Failure};
use replay::verify::Options;

/// As in `transcript`: a log is changed, and honestly scored and counted.
#[track_caller]
fn lie(mut run: Run, place: usize, change: impl FnOnce(&mut Vec<Event>), message: &str) {
    let mut events = run.events(place);
    change(&mut events);
    run.trials[place] = run.score(events);
    run.recount();
    refused(&run.forged(), message);
}

fn kinds(run: &Run, place: usize) -> Vec<&'static str> {
    run.events(place).iter().map(Event::kind).collect()
}

#[test]
fn a_run_in_a_harness_is_verified_without_it() {
    let run = harness_run(2);
    assert_eq!(
        kinds(&run, 0)[2..],
        [
            "replied", "executed", "replied", "replied", "stepped", "replied", "executed",
            "replied", "replied", "stepped", "ended"
        ]
    );
    assert_eq!(run.trials[2].0.ending, Ending::Turns);
    let replayed = check(&run.written(), &Options::default()).unwrap();
    let harness = replayed.value().subject.harness.as_ref().unwrap();
    assert_eq!((harness.name.as_str(), replayed.report().trials), ("hands", 6));
    assert_eq!(replayed.value().subject.title(), "openai:parrot in hands 1.0.0");
}

#[test]
fn a_command_that_gave_something_else_is_named() {
    let change = |events: &mut Vec<Event>| {
        let Event::Executed(Execution { output, .. }) = &mut events[3] else { panic!() };
        output.status = 1;
    };
    let message = format!(
        "trial {FIRST}, event 3, executed.output.status: replay gives 0, the bundle says 1"
    );
    lie(harness_run(1), 0, change, &message);
}

#[test]
fn a_command_left_out_or_put_in_moves_the_world() {
    // The world's tool counts the calls before it.
    let out = |events: &mut Vec<Event>| drop(events.remove(3));
    let message = format!("trial {FIRST}, event 5, stepped.results[0].content: replay gives");
    lie(harness_run(1), 0, out, &message);
    let twice = |events: &mut Vec<Event>| events.insert(3, events[3].clone());
    let message = format!("trial {FIRST}, event 7, stepped.results[0].content: replay gives");
    lie(harness_run(1), 0, twice, &message);
}

#[test]
fn what_only_an_agent_with_tools_does_is_refused_of_a_subject_without() {
    let executed = harness_run(1).events(0)[3].clone();
    let at = |event: usize, text: &str| format!("trial {FIRST}: event {event}: {text}");
    lie(run(2), 0, |e| e.insert(4, executed), &at(4, "executed cannot stand after stepped"));
    let relayed = harness_run(1).events(0)[5].clone();
    lie(run(2), 0, |e| e[4] = relayed, &at(4, "replied cannot stand after stepped"));
    let beside = harness_run(1).events(0)[4].clone();
    lie(run(2), 0, |e| e[4] = beside, &at(4, "replied cannot stand after stepped"));
}

#[test]
fn a_harness_that_answers_for_the_world_is_refused() {
    // A step after a reply that the agent's own tools were to carry out.
    let change = |events: &mut Vec<Event>| {
        let step = events[6].clone();
        events.insert(3, step);
    };
    let message = format!("trial {FIRST}: event 3: stepped cannot stand after replied");
    lie(harness_run(1), 0, change, &message);
}

#[test]
fn more_turns_than_there_are_and_fewer_are_refused() {
    let more = |events: &mut Vec<Event>| {
        let again = events[2..4].to_vec();
        let at = events.len() - 1;
        events.splice(at..at, again);
    };
    let message = "trial yard/peer+positive+file/0: event 10: replied follows, where the trial \
                   ends (Turns)";
    lie(harness_run(1), 2, more, message);
    let fewer = |events: &mut Vec<Event>| drop(events.drain(8..10));
    let message = "trial yard/peer+positive+file/0, event 8, ended.ending: \
                   replay gives not yet, the bundle says turns";
    lie(harness_run(1), 2, fewer, message);
}

#[test]
fn a_harness_may_fail_after_any_reply_and_only_a_harness_may() {
    let fail = |events: &mut Vec<Event>| {
        events.truncate(3);
        events.push(Event::Ended(Ended {
            beside: record::event::Beside::default(),
            ending: Ending::Failed,
            failure: Some(Failure { blame: Blame::Provider, message: "it exited".into() }),
            final_state: vec![],
        }));
    };
    let mut good = harness_run(1);
    let mut events = good.events(0);
    fail(&mut events);
    good.trials[0] = good.score(events);
    good.recount();
    check(&good.written(), &Options::default()).unwrap();
    let message = format!("trial {FIRST}: event 3: a failure by Provider cannot stand here");
    lie(run(2), 0, fail, &message);
}
