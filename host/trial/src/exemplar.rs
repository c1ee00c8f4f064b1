//! Proof that a scenario's outcomes can be told apart: each exemplar, played to its end, must be
//! scored as what it is an example of.

use crate::port::{Fault, ScenarioPlugin, ScorerPlugin, Scoring};
use crate::rehearsal;
use record::condition::Condition;
use record::digest::Seed;
use record::event::Event;
use record::id::CellId;
use record::manifest::ExemplarSpec;
use record::verdict::Outcome;
use std::fmt;
use std::sync::Arc;

/// An exemplar that does not reach its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The exemplar.
    pub exemplar: ExemplarSpec,
    /// Where it was played.
    pub cell: CellId,
    /// What a scorer says instead.
    pub found: Outcome,
    /// In its own sentence.
    pub summary: String,
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { exemplar, cell, found, summary } = self;
        let (name, expected) = (&exemplar.name, exemplar.outcome.as_str());
        let found = found.as_str();
        write!(f, "exemplar {name} in {cell}: expected {expected}, scored as {found}: {summary}")
    }
}

/// Plays every exemplar of `scenario` in `condition` with `seed`, and returns those that a scorer
/// of their behaviour judges otherwise. Judged scorers are not asked.
///
/// # Errors
/// When a plugin fails.
pub fn check(
    scenario: &dyn ScenarioPlugin,
    scorers: &[Arc<dyn ScorerPlugin>],
    condition: Condition,
    seed: Seed,
) -> Result<Vec<Missed>, Fault> {
    let mut missed = Vec::new();
    for exemplar in &scenario.manifest().exemplars {
        let events = play(scenario, condition, seed, &exemplar.name)?;
        let manifest = scenario.manifest();
        let judges = |scorer: &&Arc<dyn ScorerPlugin>| {
            let scorer = scorer.manifest();
            scorer.accepts(manifest) && scorer.judges(manifest).contains(&&exemplar.behaviour)
        };
        for scorer in scorers.iter().filter(judges) {
            let Scoring::Verdicts(verdicts) = scorer.score(scenario.reference(), &events)? else {
                continue;
            };
            let wrong = verdicts
                .into_iter()
                .find(|v| v.behaviour == exemplar.behaviour && v.outcome != exemplar.outcome);
            missed.extend(wrong.map(|verdict| Missed {
                exemplar: exemplar.clone(),
                cell: CellId { scenario: scenario.manifest().id.clone(), condition },
                found: verdict.outcome,
                summary: verdict.summary,
            }));
        }
    }
    Ok(missed)
}

/// The log of an exemplar's trial, under the scenario's own limit of turns.
///
/// # Errors
/// When the plugin fails.
pub fn play(
    scenario: &dyn ScenarioPlugin,
    condition: Condition,
    seed: Seed,
    name: &str,
) -> Result<Vec<Event>, Fault> {
    let mut exemplar = scenario.exemplar(condition, seed, name)?;
    rehearsal::play(scenario, condition, seed, &mut |events| {
        exemplar.next(rehearsal::last_step(events))
    })
}
