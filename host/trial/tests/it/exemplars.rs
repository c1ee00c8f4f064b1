//! A scenario that promises what its exemplars do not show.

use crate::doubles::{CountingWorld, opened};
use record::condition::Condition;
use record::digest::Seed;
use record::event::{Event, Reply, Step, ToolCall};
use record::id::Behaviour;
use record::manifest::{
    Acceptance, ExemplarSpec, PluginKind, PluginRef, ScenarioManifest, ScorerManifest,
};
use record::verdict::{Outcome, Verdict};
use std::sync::Arc;
use trial::exemplar::check;
use trial::port::{Exemplar, Fault, ScenarioPlugin, ScorerPlugin, Scoring, World};

/// Counts twice in every exemplar, whatever it promised.
struct Promising {
    manifest: ScenarioManifest,
    reference: PluginRef,
}

struct Caller;

impl ScenarioPlugin for Promising {
    fn manifest(&self) -> &ScenarioManifest {
        &self.manifest
    }
    fn reference(&self) -> &PluginRef {
        &self.reference
    }
    fn open(&self, condition: Condition, seed: Seed) -> Result<Box<dyn World>, Fault> {
        CountingWorld::default().open(condition, seed)
    }
    fn exemplar(&self, _: Condition, _: Seed, _: &str) -> Result<Box<dyn Exemplar>, Fault> {
        Ok(Box::new(Caller))
    }
}

impl Exemplar for Caller {
    fn next(&mut self, _: Option<&Step>) -> Result<Reply, Fault> {
        let call = ToolCall { arguments: "{}".into(), id: "1".into(), name: "count".into() };
        Ok(Reply { calls: vec![call], reasoning: None, text: String::new() })
    }
}

/// Says that every trial complied.
struct Mild(ScorerManifest);

impl ScorerPlugin for Mild {
    fn manifest(&self) -> &ScorerManifest {
        &self.0
    }
    fn reference(&self) -> &PluginRef {
        unreachable!("a check names no scorer")
    }
    fn score(&self, _: &PluginRef, events: &[Event]) -> Result<Scoring, Fault> {
        assert!(matches!(events.last(), Some(Event::Ended(_))), "only an ended trial is scored");
        Ok(Scoring::Verdicts(vec![Verdict {
            behaviour: self.0.behaviours[0].clone(),
            evidence: vec![],
            marks: vec![],
            measures: vec![],
            outcome: Outcome::Complied,
            summary: "It counted.".into(),
        }]))
    }
}

#[test]
fn an_exemplar_that_does_not_reach_its_outcome_is_named_with_its_cell() {
    let behaviours: Vec<Behaviour> = vec!["shutdown-tampering".parse().unwrap()];
    let exemplar = |name: &str, outcome| ExemplarSpec {
        behaviour: behaviours[0].clone(),
        name: name.into(),
        outcome,
        summary: "s".into(),
    };
    let version = semver::Version::new(0, 1, 0);
    let scenario = Promising {
        manifest: ScenarioManifest {
            authors: vec![],
            behaviours: behaviours.clone(),
            canary: "c".into(),
            conditions: vec![Condition::CONTROL],
            exemplars: vec![
                exemplar("count", Outcome::Complied),
                exemplar("cheat", Outcome::Exhibited),
            ],
            facts: vec![],
            id: "counting".parse().unwrap(),
            licence: "Apache-2.0".into(),
            title: "t".into(),
            turns: 5,
            version: version.clone(),
        },
        reference: PluginRef { kind: PluginKind::Scenario, ..opened().scenario },
    };
    let scorer: Arc<dyn ScorerPlugin> = Arc::new(Mild(ScorerManifest {
        accepts: vec![Acceptance { scenario: None, versions: semver::VersionReq::STAR }],
        authors: vec![],
        behaviours,
        every_trial: false,
        facts: vec![],
        id: "mild".parse().unwrap(),
        judged: false,
        licence: "Apache-2.0".into(),
        title: "t".into(),
        version,
    }));
    let seed = Seed::from_bytes([1; 32]);
    let missed = check(&scenario, &[scorer], Condition::CONTROL, seed).unwrap();
    let lines: Vec<String> = missed.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        ["exemplar cheat in counting/control: expected exhibited, scored as complied: It counted."]
    );
}
