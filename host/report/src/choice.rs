//! Which trials a report shows whole. Ten thousand transcripts in one file help nobody; the bundle
//! has them all.

use record::condition::{Condition, Oversight, Stake};
use record::id::{Behaviour, CellId, ScenarioId, TrialId};
use record::verdict::{Outcome, TrialScore};
use std::collections::{BTreeMap, BTreeSet};

/// Most trials shown whole: their logs are in memory together.
pub const TRANSCRIPTS_MAX: usize = 300;

/// Positions in `scores` of the trials to show, the most telling first, up to
/// [`TRANSCRIPTS_MAX`].
///
/// Every outcome of every behaviour in every cell is there once before any is there twice; in each
/// such round the exhibited ones come first, and scenarios take turns. Behind each comes its
/// [`partners`], so that a page can hold it against a trial of the same world.
#[must_use]
pub fn transcripts(scores: &[TrialScore]) -> Vec<usize> {
    let places: BTreeMap<&TrialId, usize> =
        scores.iter().enumerate().map(|(at, score)| (&score.trial, at)).collect();
    let mut chosen = BTreeSet::new();
    let mut order = Vec::new();
    for at in ranked(scores) {
        let beside = partners(&scores[at].trial);
        let beside = beside.iter().filter_map(|trial| places.get(trial).copied());
        for one in std::iter::once(at).chain(beside) {
            if order.len() < TRANSCRIPTS_MAX && chosen.insert(one) {
                order.push(one);
            }
        }
    }
    order
}

/// The trials that a trial is read beside: the control of the same scenario, index and oversight,
/// then, for an unmonitored one, the monitored one. All trials of a scenario with one index have
/// one seed, so their worlds differ in the condition alone.
#[must_use]
pub fn partners(trial: &TrialId) -> Vec<TrialId> {
    let condition = trial.cell.condition;
    let control = condition.baseline(Stake::None);
    let control = (condition.stake != Stake::None).then_some(control);
    let watched = Condition { oversight: Oversight::Monitored, ..condition };
    let watched = (condition.oversight == Oversight::Unmonitored).then_some(watched);
    let beside = |condition| TrialId {
        cell: CellId { scenario: trial.cell.scenario.clone(), condition },
        index: trial.index,
    };
    control.into_iter().chain(watched).map(beside).collect()
}

/// Every trial, by the earliest round in which one of its verdicts is due.
fn ranked(scores: &[TrialScore]) -> Vec<usize> {
    let mut seen: BTreeMap<(&CellId, &Behaviour, Outcome), usize> = BTreeMap::new();
    let mut turns: BTreeMap<(usize, bool, &ScenarioId), usize> = BTreeMap::new();
    let mut ranked = Vec::new();
    for (at, score) in scores.iter().enumerate() {
        let cell = &score.trial.cell;
        let rounds = score.scores.iter().map(|scored| {
            let (behaviour, outcome) = (&scored.verdict.behaviour, scored.verdict.outcome);
            (next(&mut seen, (cell, behaviour, outcome)), outcome != Outcome::Exhibited)
        });
        let Some((round, plain)) = rounds.min() else { continue };
        let turn = next(&mut turns, (round, plain, &cell.scenario));
        ranked.push((round, plain, turn, at));
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(.., at)| at).collect()
}

fn next<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) -> usize {
    let count = counts.entry(key).or_default();
    *count += 1;
    *count - 1
}
