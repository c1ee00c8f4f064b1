//! Logs that are signed and counted, and are not what the pinned world did.

use crate::doubles::SCORER;
use crate::forge::{FIRST, Run, judged_run, refused, run, run_with};
use record::event::{Beside, Blame, Ended, Ending, Event, Failure, Judged, Next};

/// A liar's bundle: one trial's log is changed, and honestly scored and counted.
#[track_caller]
fn lie(run: Run, place: usize, change: impl FnOnce(&mut Vec<Event>), message: &str) {
    let mut run = run;
    let mut events = run.events(place);
    change(&mut events);
    let has_end = events.iter().any(|e| matches!(e, Event::Ended(_)));
    if has_end {
        run.trials[place] = run.score(events);
    } else {
        run.replace(place, |log| *log = events);
    }
    run.recount();
    refused(&run.forged(), message);
}

/// Log 0 is: opened, briefed, replied, stepped, replied, stepped (end), ended.
fn log_zero() -> Run {
    let run = run(2);
    assert_eq!(run.events(0).len(), 7);
    run
}

fn ended(events: &mut [Event]) -> &mut Ended {
    match events.last_mut() {
        Some(Event::Ended(ended)) => ended,
        _ => panic!("the last event is the end"),
    }
}

#[test]
fn a_changed_answer_of_the_world_is_named() {
    let change = |events: &mut Vec<Event>| {
        let Event::Stepped(step) = &mut events[3] else { panic!("no step") };
        step.results[0].content = "look {} was call 9".into();
    };
    let message = format!(
        "trial {FIRST}, event 3, stepped.results[0].content: \
         replay gives \"look {{}} was call 1\", the bundle says \"look {{}} was call 9\""
    );
    lie(log_zero(), 0, change, &message);
}

#[test]
fn a_changed_final_state_is_named() {
    let change = |events: &mut Vec<Event>| ended(events).final_state[1].value = "true".into();
    let message = format!(
        "trial {FIRST}, event 6, ended.final_state[1].value: \
         replay gives \"false\", the bundle says \"true\""
    );
    lie(log_zero(), 0, change, &message);
}

#[test]
fn a_changed_reply_moves_the_world() {
    // Tampered with, and said that it only looked.
    let change = |events: &mut Vec<Event>| {
        let Event::Replied(replied) = &mut events[2] else { panic!("no reply") };
        replied.reply.calls[0].name = "look".into();
    };
    lie(run(2), 1, change, "trial yard/self/0, event 3, stepped.results[0].content: replay gives");
}

#[test]
fn transcripts_exchanged_between_cells_under_each_others_opening_are_refused() {
    let mut run = run(2);
    let (first, second) = (run.events(0), run.events(1));
    run.trials[0] = run.score([&first[..1], &second[1..]].concat());
    run.trials[1] = run.score([&second[..1], &first[1..]].concat());
    run.recount();
    let message = format!(
        "trial {FIRST}, event 1, briefed.system: \
         replay gives \"control\", the bundle says \"self\""
    );
    refused(&run.forged(), &message);
}

#[test]
fn whole_transcripts_exchanged_are_refused() {
    let mut run = run(2);
    let (first, second) = (run.trials[0].clone(), run.trials[1].clone());
    (run.trials[0], run.trials[1]) = (second, first);
    // Named by the verdicts, which moved along.
    run.redigest();
    refused(&run.forged(), "trial yard/self/0: out of order; the plan has yard/control/0");
}

#[test]
fn events_out_of_order_are_refused() {
    let at = |event: usize, text: &str| format!("trial {FIRST}: event {event}: {text}");
    let cannot = |event: usize, kind: &str, after: &str| {
        at(event, &format!("{kind} cannot stand after {after}"))
    };
    lie(log_zero(), 0, |e| e.swap(2, 3), &cannot(2, "stepped", "briefed"));
    lie(log_zero(), 0, |e| drop(e.remove(1)), &cannot(1, "replied", "opened"));
    lie(log_zero(), 0, |e| drop(e.remove(3)), &cannot(3, "replied", "replied"));
    lie(log_zero(), 0, |e| e.insert(2, e[1].clone()), &cannot(2, "briefed", "briefed"));
    lie(log_zero(), 0, |e| e.push(e[2].clone()), &cannot(7, "replied", "ended"));
    lie(log_zero(), 0, |e| e.push(e[6].clone()), &cannot(7, "ended", "ended"));
    let removed = Event::Removed("/a".into());
    lie(log_zero(), 0, |e| e.insert(3, removed.clone()), &cannot(3, "removed", "replied"));
}

#[test]
fn a_log_that_stops_early_is_refused() {
    // Before its end, in the middle of a turn, and with an end that nothing brought about.
    lie(
        log_zero(),
        0,
        |e| e.truncate(6),
        &format!("trial {FIRST}: event 6: missing; the log stops before its end"),
    );
    lie(
        log_zero(),
        0,
        |e| drop(e.drain(4..6)),
        &format!(
            "trial {FIRST}, event 4, ended.ending: replay gives not yet, the bundle says finished"
        ),
    );
    lie(
        log_zero(),
        0,
        |e| {
            e.drain(4..6);
            ended(e).ending = Ending::Turns;
        },
        &format!(
            "trial {FIRST}, event 4, ended.ending: replay gives not yet, the bundle says turns"
        ),
    );
}

#[test]
fn a_log_that_goes_on_after_its_end_is_refused() {
    // The world ended with event 5: two more events, though the world would answer.
    let more = |events: &mut Vec<Event>| {
        let again = events[2..4].to_vec();
        events.splice(6..6, again);
    };
    let message =
        format!("trial {FIRST}: event 6: replied follows, where the trial ends (Finished)");
    lie(log_zero(), 0, more, &message);
    // Place 2 looks until its turns are used up.
    let run = run(2);
    assert_eq!(run.trials[2].0.ending, Ending::Turns);
    let more = |events: &mut Vec<Event>| {
        let again = events[2..4].to_vec();
        let at = events.len() - 1;
        events.splice(at..at, again);
    };
    let message = "trial yard/peer+positive+file/0: event 10: replied follows, \
                   where the trial ends (Turns)";
    lie(run, 2, more, message);
}

#[test]
fn a_step_that_claims_to_end_the_world_is_refused() {
    let change = |events: &mut Vec<Event>| {
        let Event::Stepped(step) = &mut events[3] else { panic!("no step") };
        step.next = Next::End;
        events.drain(4..6);
    };
    let message = format!("trial {FIRST}, event 3, stepped.next: replay gives \"observe\"");
    lie(log_zero(), 0, change, &message);
}

fn fail(blame: Blame) -> Event {
    Event::Ended(Ended {
        ending: Ending::Failed,
        failure: Some(Failure { blame, message: "trapped".into() }),
        final_state: vec![],
        beside: Beside::default(),
    })
}

#[test]
fn a_failure_that_did_not_happen_is_refused() {
    // A trial that would have been counted, called invalid by its plugin's fault: after a reply,
    // at the end of the world, and before anything.
    for cut in [5, 6, 1] {
        let change = |events: &mut Vec<Event>| {
            events.truncate(cut);
            events.push(fail(Blame::Plugin));
        };
        let message = format!(
            "trial {FIRST}, event {cut}, ended.failure: \
             replay gives no failure: the plugin answers, the bundle says trapped"
        );
        lie(log_zero(), 0, change, &message);
    }
    // The provider cannot fail where nobody asks it, and nobody else's fault makes a trial invalid.
    for (cut, blame) in [(5, Blame::Provider), (4, Blame::Setup), (1, Blame::Provider)] {
        let change = |events: &mut Vec<Event>| {
            events.truncate(cut);
            events.push(fail(blame));
        };
        let message =
            format!("trial {FIRST}: event {cut}: a failure by {blame:?} cannot stand here");
        lie(log_zero(), 0, change, &message);
    }
    // A failure without a failure.
    let message =
        format!("trial {FIRST}: event 6: a failed trial has a failure and no final state");
    lie(log_zero(), 0, |e| ended(e).ending = Ending::Failed, &message);
}

#[test]
fn a_failed_trial_with_an_outcome_is_refused() {
    let mut run = run_with(SCORER, 1, |_| vec!["tamper"]);
    run.trials[0].0.scores[0].verdict.outcome = record::verdict::Outcome::Complied;
    run.recount();
    let message = format!(
        "trial {FIRST}, verdict: scores[0].verdict.outcome: \
         replay gives \"invalid\", the bundle says \"complied\""
    );
    refused(&run.forged(), &message);
}

#[test]
fn a_judges_answer_that_nobody_asked_for_is_refused() {
    let answer = || {
        Event::Judged(Judged {
            answer: "\"no\"".into(),
            exchange: None,
            prompt: "did it?".into(),
            schema: "{}".into(),
        })
    };
    let message = format!("trial {FIRST}: event 7: a judge's answer that nobody asked for");
    lie(log_zero(), 0, |e| e.push(answer()), &message);
    let mut run = judged_run();
    run.replace(0, |events| {
        let Some(Event::Judged(judged)) = events.last_mut() else { panic!("no answer") };
        judged.prompt = "really?".into();
    });
    run.recount();
    refused(&run.forged(), &format!("trial {FIRST}: a scorer asks another question"));
}

#[test]
fn a_line_that_is_not_canonical_is_refused() {
    let mut run = run(1);
    let log = String::from_utf8(run.trials[0].1.clone()).unwrap();
    let spaced = log.replacen("{\"briefed\":", "{\"briefed\": ", 1).into_bytes();
    run.trials[0].1 = spaced;
    refused(
        &run.forged(),
        &format!("trial {FIRST}: event 1: not in canonical form (RFC 8785): byte 11 differs"),
    );
}
