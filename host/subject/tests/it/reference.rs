//! Reference policies play the scenario's own exemplars, and the log is all that they know.

use crate::scenario::{Scenario, TURNS, briefing, planned, scenario, step};
use async_trait::async_trait;
use record::digest::{Digest, Seed};
use record::event::{Blame, Event, Next, Opened, Replied, Reply, TrialLimits};
use record::verdict::Outcome;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use subject::SourceSettings;
use trial::port::{EventLog, Fault, ScenarioPlugin, Subject, SubjectSource};

const EXEMPLARS: [(&str, Outcome); 5] = [
    ("work", Outcome::Complied),
    ("mask", Outcome::Exhibited),
    ("edit", Outcome::Exhibited),
    ("cron", Outcome::Exhibited),
    ("no", Outcome::Refused),
];

fn source(spec: &str, profile: Option<&str>) -> Result<Arc<dyn SubjectSource>, Fault> {
    let profile = profile.map(|text| text.as_bytes().to_vec());
    subject::source(&spec.parse().unwrap(), SourceSettings { profile, ..SourceSettings::default() })
}

fn subject(spec: &str, seed: u8, scenario: &Arc<Scenario>) -> Result<Box<dyn Subject>, Fault> {
    let scenario: Arc<dyn ScenarioPlugin> = Arc::<Scenario>::clone(scenario);
    source(spec, None).ok().unwrap().subject(&planned("w/control", seed), &scenario)
}

async fn first_word(subject: &mut dyn Subject) -> String {
    let replied = subject.reply(&[Event::Briefed(briefing())]).await.unwrap();
    assert_eq!(replied.exchange, None);
    replied.reply.text.split(' ').next().unwrap().to_owned()
}

struct Nowhere;

#[async_trait]
impl EventLog for Nowhere {
    async fn append(&mut self, _: &Event) -> Result<(), Fault> {
        Ok(())
    }
}

fn opened(scenario: &Scenario) -> Opened {
    let trial = planned("w/control", 1);
    Opened {
        condition: trial.trial.cell.condition,
        limits: TrialLimits { output_bytes: 10_000, turns: 10 },
        scenario: scenario.reference().clone(),
        seed: trial.seed,
        trial: trial.trial,
        own_tools: false,
    }
}

#[tokio::test]
async fn each_policy_plays_its_outcome() {
    let scenario = scenario(&EXEMPLARS);
    for (spec, name) in [("reference:comply", "work"), ("reference:refuse", "no")] {
        let mut subject = subject(spec, 1, &scenario).ok().unwrap();
        assert_eq!(first_word(&mut *subject).await, name);
        let claim = source(spec, None).ok().unwrap().claim();
        assert_eq!((claim.spec.as_str(), claim.model.as_str()), (spec, ""));
        assert!(claim.settings.is_empty() && claim.served.is_empty());
    }
}

#[tokio::test]
async fn the_seed_chooses_among_exemplars_by_the_documented_rule() {
    let scenario = scenario(&EXEMPLARS);
    let mut played = BTreeSet::new();
    for seed in 0..30 {
        let mut bytes = b"kinship/exemplar/v0".to_vec();
        bytes.extend([seed; 32]);
        bytes.extend(b"w/control");
        let number = u64::from_str_radix(&Digest::of(&bytes).to_string()[..16], 16).unwrap() % 3;
        let mut subject = subject("reference:exhibit", seed, &scenario).ok().unwrap();
        let name = first_word(&mut *subject).await;
        assert_eq!(name, ["mask", "edit", "cron"][usize::try_from(number).unwrap()]);
        played.insert(name);
    }
    assert_eq!(played.len(), 3, "every exemplar gets its turn");
}

#[tokio::test]
async fn a_policy_goes_on_at_every_place_of_the_log() {
    let scenario = scenario(&EXEMPLARS);
    let opened = opened(&scenario);
    let mut whole = subject("reference:exhibit", 1, &scenario).ok().unwrap();
    let events = trial::run::run(&*scenario, &opened, &mut *whole, vec![], &mut Nowhere).await;
    let events = events.unwrap();
    assert_eq!(events.len(), 2 + 2 * TURNS + 1);
    assert_eq!(scenario.made.load(Ordering::Relaxed), 1, "one exemplar serves the whole trial");
    for kept in 0..events.len() {
        let mut late = subject("reference:exhibit", 1, &scenario).ok().unwrap();
        let past = events[..kept].to_vec();
        let again = trial::run::run(&*scenario, &opened, &mut *late, past, &mut Nowhere).await;
        assert_eq!(again.unwrap(), events, "killed after {kept} events");
    }
}

#[tokio::test]
async fn one_that_is_asked_twice_answers_the_same() {
    let scenario = scenario(&EXEMPLARS);
    let mut subject = subject("reference:refuse", 1, &scenario).ok().unwrap();
    let events = [Event::Briefed(briefing())];
    let first = subject.reply(&events).await.unwrap();
    assert_eq!(subject.reply(&events).await.unwrap(), first);
}

#[tokio::test]
async fn a_trial_that_another_subject_began_is_not_ended() {
    let scenario = scenario(&EXEMPLARS);
    let mut subject = subject("reference:refuse", 1, &scenario).ok().unwrap();
    let reply = Reply { text: "work 0 saw nothing".into(), ..Reply::default() };
    let events = [
        Event::Opened(opened(&scenario)),
        Event::Briefed(briefing()),
        Event::Replied(Replied { exchange: None, reply, ..Replied::default() }),
        step(Next::Observe, &[("1", "x")]),
    ];
    let fault = subject.reply(&events).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Tampered);
    assert_eq!(
        fault.message,
        "trial w/control/1, event 2: not the reply of exemplar no; the log was changed, or \
         another subject began this trial"
    );
}

#[test]
fn a_scenario_without_the_outcome_is_named_with_what_it_has() {
    #[track_caller]
    fn check(exemplars: &[(&str, Outcome)], message: &str) {
        let fault = subject("reference:refuse", 1, &scenario(exemplars)).err().unwrap();
        assert_eq!(fault.message, message);
        assert_eq!(fault.blame, Blame::Setup);
    }
    check(
        &EXEMPLARS[..3],
        "scenario w: no exemplar of outcome refused; it has: complied (work), exhibited (mask, \
         edit)",
    );
    check(&[], "scenario w: no exemplar of outcome refused; it has: none");
}

const PROFILE: &str = "format = 0\n\
    [[cell]]\nmatch = \"w/peer\"\nexhibited = 0.5\nrefused = 0.5\n\
    [[cell]]\nmatch = \"*/self\"\nincomplete = 1.0\n";

#[tokio::test]
async fn a_profile_draws_the_outcome_of_each_trial() {
    let source = source("reference:profile=/some/where/p.toml", Some(PROFILE)).ok().unwrap();
    let claim = source.claim();
    assert_eq!(claim.spec, "reference:profile=p.toml");
    assert_eq!(claim.settings, [format!("profile=sha256:{}", Digest::of(PROFILE.as_bytes()))]);

    let scenario: Arc<dyn ScenarioPlugin> = scenario(&[EXEMPLARS[1], EXEMPLARS[4]]);
    let mut refused = 0;
    for number in 0..200_u32 {
        let seed = Seed::from_bytes(*Digest::of(&number.to_be_bytes()).as_bytes());
        let trial = record::plan::PlannedTrial { seed, ..planned("w/peer", 0) };
        let mut first = source.subject(&trial, &scenario).ok().unwrap();
        let mut again = source.subject(&trial, &scenario).ok().unwrap();
        let name = first_word(&mut *first).await;
        assert_eq!(first_word(&mut *again).await, name, "the same trial, the same outcome");
        refused += u32::from(name == "no");
    }
    // Half of 200, and five standard errors of 7.
    assert!((65..=135).contains(&refused), "{refused}");

    let fault = source.subject(&planned("w/self", 0), &scenario).err().unwrap();
    assert_eq!(
        fault.message,
        "scenario w: no exemplar of outcome incomplete; it has: exhibited (mask), refused (no)"
    );
    let fault = source.subject(&planned("w/control", 0), &scenario).err().unwrap();
    assert_eq!(fault.blame, Blame::Setup);
    assert_eq!(
        fault.message,
        "reference:profile=p.toml: no [[cell]] matches w/control and there is no [default]: add one"
    );
}

#[test]
fn a_profile_with_problems_is_refused_with_all_of_them() {
    let text = "format = 2\n[[cell]]\nmatch = \"w/peer\"\nexhibited = 0.5\n";
    let fault = source("reference:profile=some/p.toml", Some(text)).err().unwrap();
    assert_eq!(fault.blame, Blame::Setup);
    assert_eq!(
        fault.message,
        "profile some/p.toml: line 1: format: expected 0, found 2\n\
         profile some/p.toml: line 3: cell: probabilities: expected a sum of 1, found 0.5"
    );
}
