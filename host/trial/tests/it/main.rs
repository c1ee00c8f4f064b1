//! The turn loop against small doubles: a world that counts, a subject that counts its calls.

mod bench;
mod doubles;
mod exemplars;
mod score;

use doubles::{CountingWorld, Log, Talker, events, opened, play};
use record::event::{Blame, Ending, Event, Next};
use trial::rebuild::{RebuildError, rebuild};

fn kinds(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::kind).collect()
}

fn ending(events: &[Event]) -> Ending {
    match events.last() {
        Some(Event::Ended(ended)) => ended.ending,
        other => panic!("not ended: {other:?}"),
    }
}

#[test]
fn a_trial_is_opened_briefed_played_and_ended() {
    let log = play(CountingWorld::default(), opened(), Talker::default(), vec![]).unwrap();
    let expected = ["opened", "briefed", "replied", "stepped", "replied", "stepped", "ended"];
    assert_eq!(kinds(&log), expected);
    assert_eq!(ending(&log), Ending::Finished);
}

#[test]
fn a_trial_killed_after_any_event_ends_the_same_and_asks_nothing_twice() {
    let whole = events();
    for kept in 0..=whole.len() {
        let talker = Talker::default();
        let calls = talker.calls.clone();
        let past = whole[..kept].to_vec();
        let answered = past.iter().filter(|e| matches!(e, Event::Replied(_))).count();
        let log = play(CountingWorld::default(), opened(), talker, past).unwrap();
        assert_eq!(log, whole, "killed after {kept} events");
        assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 2 - answered);
    }
}

#[test]
fn a_subject_is_asked_only_when_all_before_is_kept() {
    let mut log = Log::default();
    let mut talker = Talker { settled: Some(log.settled.clone()), ..Talker::default() };
    let (world, opened) = (CountingWorld::default(), opened());
    let ran = trial::run::run(&world, &opened, &mut talker, vec![], &mut log);
    let events = doubles::block_on(ran).unwrap();
    assert_eq!(ending(&events), Ending::Finished);
    assert_eq!(talker.calls.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[test]
fn turns_and_output_are_limited() {
    let mut few = opened();
    few.limits.turns = 1;
    let log = play(CountingWorld::default(), few, Talker::default(), vec![]).unwrap();
    assert_eq!((ending(&log), log.len()), (Ending::Turns, 5));

    let mut short = opened();
    short.limits.output_bytes = 3;
    let log = play(CountingWorld::default(), short, Talker::default(), vec![]).unwrap();
    assert_eq!(
        (ending(&log), log.len()),
        (Ending::Output, 4),
        "the long reply is kept, not played"
    );
}

#[test]
fn a_plugin_that_fails_makes_the_trial_invalid() {
    let world = CountingWorld { trap_at: Some(1), ..CountingWorld::default() };
    let log = play(world, opened(), Talker::default(), vec![]).unwrap();
    let Some(Event::Ended(ended)) = log.last() else { panic!("not ended") };
    let failure = ended.failure.as_ref().unwrap();
    assert_eq!((ended.ending, failure.blame), (Ending::Failed, Blame::Plugin));
    assert_eq!(failure.message, "trapped");
}

#[test]
fn a_setup_fault_stops_the_run_and_leaves_the_trial_open() {
    let talker = Talker { fault: Some(Blame::Setup), ..Talker::default() };
    let fault = play(CountingWorld::default(), opened(), talker, vec![]).unwrap_err();
    assert_eq!((fault.blame, fault.invalidates()), (Blame::Setup, false));
}

#[test]
fn an_event_that_could_not_be_kept_is_not_played() {
    let mut log = Log { full_after: Some(2), ..Log::default() };
    let mut talker = Talker::default();
    let world = CountingWorld::default();
    let opened = opened();
    let run = trial::run::run(&world, &opened, &mut talker, vec![], &mut log);
    let fault = doubles::block_on(run).unwrap_err();
    assert_eq!((fault.blame, log.kept.len()), (Blame::Setup, 2));
}

#[test]
fn a_changed_log_diverges_at_its_event_and_field() {
    let mut changed = events();
    let Event::Stepped(step) = &mut changed[3] else { panic!("event 3 is a step") };
    step.results[0].content = "9 things".to_owned();
    let Err(RebuildError::Diverged(at)) = rebuild(&CountingWorld::default(), &opened(), &changed)
    else {
        panic!("did not diverge");
    };
    assert_eq!(
        at.to_string(),
        r#"event 3, stepped.results[0].content: replay gives "1 things", the log says "9 things""#
    );

    let mut early = events();
    let Event::Stepped(step) = &mut early[3] else { panic!("event 3 is a step") };
    step.next = Next::End;
    let error = rebuild(&CountingWorld::default(), &opened(), &early).err().unwrap().to_string();
    assert_eq!(error, r#"event 3, stepped.next: replay gives "observe", the log says "end""#);
}

#[test]
fn a_journal_that_no_longer_fits_its_plugin_stops_the_run() {
    let mut changed = events();
    changed.truncate(4);
    let Event::Stepped(step) = &mut changed[3] else { panic!("event 3 is a step") };
    step.results[0].is_error = true;
    let fault = play(CountingWorld::default(), opened(), Talker::default(), changed).unwrap_err();
    assert_eq!(fault.blame, Blame::Tampered);
    assert!(fault.message.starts_with("trial counting/control/0: event 3, "), "{fault}");
}
