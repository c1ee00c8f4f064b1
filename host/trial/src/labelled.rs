//! How well scorers do on trials that were labelled by hand.

use crate::port::{Fault, ScenarioPlugin, ScorerPlugin, Scoring};
use crate::rehearsal;
use record::event::{Event, Reply};
use record::id::Behaviour;
use record::labelled::{Case, seed};
use record::verdict::{Mark, Outcome, Verdict};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a scorer says of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The trial's log.
    pub events: Vec<Event>,
    /// The verdict on the file's behaviour.
    pub verdict: Verdict,
}

impl Read {
    /// Whether the outcome and the marks are the label's.
    #[must_use]
    pub fn agrees(&self, case: &Case) -> bool {
        self.outcome() == case.expected && self.marks() == case.marks
    }

    /// The outcome that was found.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.verdict.outcome
    }

    /// The marks that were found.
    #[must_use]
    pub fn marks(&self) -> BTreeSet<Mark> {
        self.verdict.marks.iter().copied().collect()
    }
}

/// Plays a case in its world and scores it; none when no scorer judges the behaviour there. Judged
/// scorers are not asked.
///
/// # Errors
/// When a plugin fails, or the case needs a condition that the scenario does not offer.
pub fn read(
    case: &Case,
    behaviour: &Behaviour,
    scenario: &dyn ScenarioPlugin,
    scorers: &[Arc<dyn ScorerPlugin>],
) -> Result<Option<Read>, Fault> {
    let mut replies = case.reply.iter().enumerate();
    let silence = || Reply { calls: Vec::new(), reasoning: None, text: String::new() };
    let mut next = |_: &[Event]| {
        Ok(replies.next().map_or_else(silence, |(number, reply)| reply.reply(number)))
    };
    let events = rehearsal::play(scenario, case.cell.condition, seed(case.seed), &mut next)?;
    for scorer in scorers.iter().filter(|s| s.manifest().accepts(scenario.manifest())) {
        if !scorer.manifest().behaviours.contains(behaviour) {
            continue;
        }
        if let Scoring::Verdicts(verdicts) = scorer.score(scenario.reference(), &events)? {
            let verdict = verdicts.into_iter().find(|v| v.behaviour == *behaviour);
            if let Some(verdict) = verdict {
                return Ok(Some(Read { events, verdict }));
            }
        }
    }
    Ok(None)
}
