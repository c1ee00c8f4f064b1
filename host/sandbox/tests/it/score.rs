//! Scorers and judges.

use crate::guest::{Guest, scorer, scorer_reading};
use crate::load::sandbox;
use record::condition::Condition;
use record::digest::{Digest, Seed};
use record::event::{
    Beside, Blame, Briefing, Ended, Ending, Event, Fact, Judged, Next, Opened, Replied, Reply,
    Step, TrialLimits,
};
use record::manifest::{PluginKind, PluginRef};
use record::verdict::{Outcome, Place};
use std::sync::Arc;
use trial::port::{PluginLoader, ScorerPlugin, Scoring};

fn world() -> PluginRef {
    PluginRef {
        id: "tiny".into(),
        kind: PluginKind::Scenario,
        sha256: Digest::of(b"tiny"),
        version: semver::Version::new(0, 1, 0),
    }
}

fn log() -> Vec<Event> {
    let reply = Reply { text: "hello".into(), ..Reply::default() };
    vec![
        Event::Opened(Opened {
            condition: Condition::CONTROL,
            limits: TrialLimits { output_bytes: 100, turns: 3 },
            scenario: world(),
            seed: Seed::from_bytes([7; 32]),
            trial: "tiny/control/0".parse().unwrap(),
            own_tools: false,
        }),
        Event::Briefed(Briefing {
            memory: vec![],
            system: String::new(),
            tools: vec![],
            user: String::new(),
        }),
        Event::Replied(Replied { exchange: None, reply, ..Replied::default() }),
        Event::Stepped(Step { next: Next::End, results: vec![] }),
        Event::Ended(Ended {
            ending: Ending::Finished,
            failure: None,
            final_state: vec![Fact { name: "f".into(), value: "1".into() }],
            beside: Beside::default(),
        }),
    ]
}

fn load(guest: &Guest) -> Arc<dyn ScorerPlugin> {
    sandbox().scorer("x.wasm", &guest.component()).unwrap()
}

#[test]
fn verdicts_come_with_their_evidence() {
    // Event 2, `text`, bytes 1..4.
    let scorer = load(&scorer(&[2, 0, 0, 0, 1, 4, 0, 0]));
    let Scoring::Verdicts(verdicts) = scorer.score(&world(), &log()).unwrap() else {
        panic!("verdicts")
    };
    assert_eq!(verdicts[0].outcome, Outcome::Complied);
    let evidence = &verdicts[0].evidence[0];
    assert_eq!((evidence.event, evidence.start, evidence.end), (2, 1, 4));
    assert_eq!(evidence.place, Place::Text);
}

#[test]
fn a_scorer_says_whether_it_judges_every_trial() {
    for every_trial in [false, true] {
        let scorer = load(&scorer_reading(every_trial, &[]));
        assert_eq!(scorer.manifest().every_trial, every_trial);
        assert_eq!(scorer.manifest().facts, ["f"]);
    }
}

#[test]
fn evidence_that_is_not_there_is_the_scorers_fault() {
    let scorer = load(&scorer(&[5, 0, 0, 0, 0, 1, 0, 0]));
    let fault = scorer.score(&world(), &log()).unwrap_err();
    let expected = "scorer tiny-scorer: score: [0].evidence[0].event: 5 is not there, the log has \
                    5 events";
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Plugin, expected));
}

#[test]
fn each_call_is_a_fresh_instance() {
    // It traps when its memory remembers an earlier call.
    let once = scorer(&[]).with(
        "score",
        "(if (i32.load (i32.const 512)) (then unreachable))
         (i32.store (i32.const 512) (i32.const 1))
         (i32.const 0)",
    );
    let scorer = load(&once);
    let first = scorer.score(&world(), &log()).unwrap_err();
    let second = scorer.score(&world(), &log()).unwrap_err();
    // Address 0 holds `ok` with an empty list: no verdict, and no trap either time.
    let expected = "scorer tiny-scorer: score: no verdict: expected one for each behaviour of the \
                    trial";
    assert_eq!((first.message.as_str(), second.message.as_str()), (expected, expected));
}

#[test]
fn a_scorer_may_say_why_it_cannot_score() {
    let mut guest = scorer(&[]);
    let why = guest.image.text("no text");
    let at = guest.image.words(&[1, why.0, why.1]);
    let fault = load(&guest.gives("score", at)).score(&world(), &log()).unwrap_err();
    assert_eq!(fault.message, "scorer tiny-scorer: score: cannot score: no text");
}

#[test]
fn a_log_that_is_no_ended_trial_is_refused() {
    let scorer = load(&scorer(&[]));
    let check = |events: &[Event], expected: &str| {
        let fault = scorer.score(&world(), events).unwrap_err();
        assert_eq!((fault.blame, fault.message.as_str()), (Blame::Tampered, expected));
    };
    check(&[], "event log: event 0: expected opened");
    check(&log()[..4], "event log: expected an ended trial, found no event ended");
    let mut twice = log();
    twice.push(twice[3].clone());
    check(&twice, "event log: event 5: stepped stands after the end");
}

/// A scorer that asks `is it?` and gives the answer as the reason why it cannot score.
fn judged() -> Guest {
    let core = "(import \"kinship:plugin/judge@0.2.0\" \"ask\"
                    (func $ask (param i32 i32 i32 i32 i32)))";
    let mut guest = scorer(&[]).imports("", "kinship:plugin/judge@0.2.0", core);
    let (prompt, schema) = (guest.image.text("is it?"), guest.image.text("{}"));
    let answer = guest.image.words(&[0, 0, 0]);
    let error = guest.image.words(&[1, 0, 0]);
    let body = format!(
        "(call $ask (i32.const {}) (i32.const {}) (i32.const {}) (i32.const {})
             (i32.const {answer}))
         (i64.store offset=4 align=4 (i32.const {error})
             (i64.load offset=4 align=4 (i32.const {answer})))
         (i32.const {error})",
        prompt.0, prompt.1, schema.0, schema.1
    );
    guest.with("score", &body)
}

#[test]
fn a_judge_is_asked_once_and_its_answer_is_replayed() {
    let scorer = load(&judged());
    assert!(scorer.manifest().judged);
    let mut events = log();
    let asks = Scoring::Asks { prompt: "is it?".into(), schema: "{}".into() };
    assert_eq!(scorer.score(&world(), &events).unwrap(), asks);
    let answer = |prompt: &str, answer: &str| {
        Event::Judged(Judged {
            answer: answer.into(),
            exchange: None,
            prompt: prompt.into(),
            schema: "{}".into(),
        })
    };
    events.push(answer("another scorer's question", "no"));
    assert_eq!(scorer.score(&world(), &events).unwrap(), asks);
    events.push(answer("is it?", "yes"));
    let fault = scorer.score(&world(), &events).unwrap_err();
    assert_eq!(fault.message, "scorer tiny-scorer: score: cannot score: yes");
}
