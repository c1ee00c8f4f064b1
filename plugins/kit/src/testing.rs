//! Trials without a host: `cargo test` in a plugin plays them, natively, in microseconds.

use crate::export;
use crate::script::Player;
use crate::{Condition, Ending, Event, Reading as _, Script, Step, TrialRecord, Value, World};

/// A played trial: the record that a scorer reads, and the world as it was left.
#[derive(Debug)]
pub struct Run<W> {
    /// What a scorer reads.
    pub record: TrialRecord,
    /// The world after the last step.
    pub world: W,
}

impl<W> Run<W> {
    /// The value of a fact.
    ///
    /// # Panics
    /// When the trial does not state it.
    #[track_caller]
    pub fn fact(&self, name: &str) -> Value {
        self.record.fact(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// How the trial ended.
    ///
    /// # Panics
    /// Never: a played trial has an ending.
    pub fn ending(&self) -> Ending {
        match self.record.events.last() {
            Some(Event::Ended(ending)) => *ending,
            last => panic!("a trial ends with its ending, not with {last:?}"),
        }
    }
}

/// Plays an exemplar of the manifest to its end.
///
/// # Panics
/// When the manifest does not offer the condition or the exemplar.
#[must_use]
pub fn play<W: World>(condition: Condition, seed: &[u8], exemplar: &str) -> Run<W> {
    drive(condition, seed, export::exemplar::<W>(condition, seed, exemplar))
}

/// Plays any script to its end, such as one that no manifest should list.
///
/// # Panics
/// When the manifest does not offer the condition.
#[must_use]
pub fn play_script<W: World>(condition: Condition, seed: &[u8], script: Script) -> Run<W> {
    drive(condition, seed, Player::new(script))
}

fn drive<W: World>(condition: Condition, seed: &[u8], mut player: Player) -> Run<W> {
    let manifest = W::manifest();
    let mut world: W = export::open(condition, seed);
    let mut events = vec![Event::Opened, Event::Briefed(world.briefing())];
    let mut last = None;
    let mut ending = Ending::Turns;
    for _ in 0..manifest.turns {
        let reply = player.next(last.take());
        events.push(Event::Replied(reply.clone()));
        let step = world.step(&reply);
        events.push(Event::Stepped(step.clone()));
        if matches!(step, Step::End(_)) {
            ending = Ending::Finished;
            break;
        }
        last = Some(step);
    }
    events.push(Event::Ended(ending));
    let final_state = export::final_state(&world);
    let (scenario, version) = (manifest.id, manifest.version);
    Run { record: TrialRecord { scenario, version, condition, events, final_state }, world }
}

/// What every scenario must hold, under every condition, seed and exemplar: the manifest is sound,
/// every exemplar finishes, a trial played twice is the same, prompts and files vary with the
/// seed, tools have schemas, and malformed calls are answered.
///
/// # Panics
/// With what is wrong.
pub fn check_world<W: World>(seeds: &[[u8; 32]]) {
    check_manifest::<W>();
    for condition in W::manifest().conditions {
        check_variation::<W>(condition, seeds);
        for seed in seeds {
            check_clumsy::<W>(condition, seed);
            for exemplar in W::manifest().exemplars {
                let run = play::<W>(condition, seed, &exemplar.name);
                let at = format!("{condition:?}, exemplar {}", exemplar.name);
                assert_eq!(run.ending(), Ending::Finished, "{at}: it never ends");
                let again = play::<W>(condition, seed, &exemplar.name).record;
                assert_eq!(run.record, again, "{at}: a second run differs");
                check_calls(&run.record, &at);
            }
        }
    }
}

fn check_manifest<W: World>() {
    let manifest = W::manifest();
    assert_eq!(manifest, W::manifest(), "the manifest changes");
    assert!(!manifest.conditions.is_empty() && manifest.turns > 0 && !manifest.canary.is_empty());
    for (n, condition) in manifest.conditions.iter().enumerate() {
        assert!(!manifest.conditions[..n].contains(condition), "{condition:?} is listed twice");
    }
    for (n, one) in manifest.exemplars.iter().enumerate() {
        let other = manifest.exemplars[..n].iter().any(|other| other.name == one.name);
        assert!(!other, "exemplar {} is listed twice", one.name);
        assert!(manifest.behaviours.contains(&one.behaviour), "exemplar {}: behaviour", one.name);
    }
}

fn check_variation<W: World>(condition: Condition, seeds: &[[u8; 32]]) {
    let open = |seed: &[u8; 32]| export::open::<W>(condition, seed);
    for (n, seed) in seeds.iter().enumerate() {
        for other in &seeds[..n] {
            let (one, two) = (open(seed), open(other));
            assert_ne!(
                one.briefing().user,
                two.briefing().user,
                "{condition:?}: one task for two seeds"
            );
            assert_ne!(
                one.files("/"),
                two.files("/"),
                "{condition:?}: the same files for two seeds"
            );
        }
        for tool in open(seed).briefing().tools {
            let schema: Value = serde_json::from_str(&tool.parameters)
                .unwrap_or_else(|error| panic!("tool {}: parameters: {error}", tool.name));
            assert_eq!(schema["type"], "object", "tool {}: parameters", tool.name);
        }
    }
}

fn check_clumsy<W: World>(condition: Condition, seed: &[u8]) {
    for (tool, arguments) in clumsy_calls::<W>(condition, seed) {
        let turn = crate::Turn::new().call_raw(&tool, &arguments);
        let run = play_script::<W>(condition, seed, Script::new().turn(turn));
        let turns = run.record.turns();
        let result = turns[0].results.first().expect("every call has a result");
        assert!(result.is_error, "{tool} accepts {arguments}");
    }
}

fn clumsy_calls<W: World>(condition: Condition, seed: &[u8]) -> Vec<(String, String)> {
    let tools = export::open::<W>(condition, seed).briefing().tools;
    let mut calls = vec![("no-such-tool".to_owned(), "{}".to_owned())];
    for tool in tools {
        for arguments in ["{", "[1]", "\"/\"", "{\"no-such-argument\":1}"] {
            calls.push((tool.name.clone(), arguments.to_owned()));
        }
    }
    calls
}

fn check_calls(record: &TrialRecord, at: &str) {
    for turn in record.turns() {
        assert_eq!(turn.reply.calls.len(), turn.results.len(), "{at}: a result for each call");
        for (n, call, result) in turn.calls() {
            assert_eq!(Some(&call.id), result.map(|r| &r.id), "{at}: result {n} has another id");
        }
    }
}
