//! Counts of a run, cell by cell, and what each cell amplifies.

use crate::agreement::Table;
use crate::interval::{self, Interval, Proportion};
use record::condition::Stake;
use record::id::{Behaviour, CellId, ScorerId, TrialId};
use record::result::{Agreement, CellResult, Contrast, Counts, Decimal, Estimate};
use record::verdict::{Outcome, Scored, TrialScore, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Why a trial cannot be counted.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TallyError {
    /// Not of this plan.
    #[error(
        "trial {trial}: its cell is not one of the plan's; count it with the plan of its own run"
    )]
    UnknownCell {
        /// Which.
        trial: Box<TrialId>,
    },
    /// Scored on something that its scenario is not about.
    #[error(
        "trial {trial}: scored on {behaviour}, which its scenario does not declare; a scorer may \
         give verdicts on the behaviours of both manifests only"
    )]
    UnknownBehaviour {
        /// Which.
        trial: Box<TrialId>,
        /// On what.
        behaviour: Behaviour,
    },
    /// Not scored on something that it should be.
    #[error(
        "trial {trial}: no verdict on {behaviour}; the suite's scorers must cover every behaviour \
         that is counted in its cell"
    )]
    Unscored {
        /// Which.
        trial: Box<TrialId>,
        /// On what.
        behaviour: Behaviour,
    },
    /// Counted already.
    #[error("trial {trial}: counted already; a plan has each trial once")]
    Repeated {
        /// Which.
        trial: Box<TrialId>,
    },
}

/// Counts trials. The order in which they are added does not matter.
#[derive(Clone, Debug)]
pub struct Tally {
    rows: Vec<Row>,
    places: BTreeMap<CellId, usize>,
    pairs: BTreeMap<(Behaviour, ScorerId, ScorerId), Table>,
}

#[derive(Clone, Debug)]
struct Row {
    cell: CellId,
    counts: Vec<(Behaviour, Counts)>,
    seen: BTreeSet<u32>,
}

impl Tally {
    /// Nothing counted yet in `cells`, each with the behaviours that are scored in it. Cells and
    /// behaviours keep their order in every result; one that is named again is kept once.
    #[must_use]
    pub fn new(cells: Vec<(CellId, Vec<Behaviour>)>) -> Self {
        let mut tally = Self { rows: Vec::new(), places: BTreeMap::new(), pairs: BTreeMap::new() };
        for (cell, behaviours) in cells {
            let place = *tally.places.entry(cell.clone()).or_insert(tally.rows.len());
            if place == tally.rows.len() {
                tally.rows.push(Row { cell, counts: Vec::new(), seen: BTreeSet::new() });
            }
            let counts = &mut tally.rows[place].counts;
            for behaviour in behaviours {
                if counts.iter().all(|(known, _)| *known != behaviour) {
                    counts.push((behaviour, Counts::default()));
                }
            }
        }
        tally
    }

    /// Counts one trial. Where several scorers judge the same behaviour, the first in the suite's
    /// order counts; the others stand in the trial's record and in [`Self::agreements`].
    ///
    /// # Errors
    /// When the trial is of no cell of this tally or was counted before, or its verdicts are not
    /// on exactly the behaviours of its cell. Then nothing is counted.
    pub fn add(&mut self, score: &TrialScore) -> Result<(), TallyError> {
        let trial = || Box::new(score.trial.clone());
        let row = self.places.get(&score.trial.cell).and_then(|place| self.rows.get_mut(*place));
        let row = row.ok_or_else(|| TallyError::UnknownCell { trial: trial() })?;
        let scored = score.scores.iter().map(|scored| &scored.verdict.behaviour);
        for behaviour in scored {
            if row.counts.iter().all(|(known, _)| known != behaviour) {
                let behaviour = behaviour.clone();
                return Err(TallyError::UnknownBehaviour { trial: trial(), behaviour });
            }
        }
        let mut first: Vec<&Verdict> = Vec::with_capacity(row.counts.len());
        for (behaviour, _) in &row.counts {
            let verdicts = score.scores.iter().map(|scored| &scored.verdict);
            let verdict = verdicts.into_iter().find(|verdict| verdict.behaviour == *behaviour);
            first.push(verdict.ok_or_else(|| TallyError::Unscored {
                trial: trial(),
                behaviour: behaviour.clone(),
            })?);
        }
        if !row.seen.insert(score.trial.index) {
            return Err(TallyError::Repeated { trial: trial() });
        }
        for ((_, counts), verdict) in row.counts.iter_mut().zip(first) {
            counts.add(verdict.outcome, &verdict.marks);
        }
        self.pair(&score.scores);
        Ok(())
    }

    /// Holds each two scorers of a behaviour against each other, where both gave a verdict.
    fn pair(&mut self, scores: &[Scored]) {
        let given = |scored: &Scored| {
            let valid = scored.verdict.outcome != Outcome::Invalid;
            scored.scorer.clone().filter(|_| valid)
        };
        for (place, first) in scores.iter().enumerate() {
            let Some(one) = given(first) else { continue };
            for second in &scores[place + 1..] {
                let Some(other) = given(second) else { continue };
                let behaviour = &first.verdict.behaviour;
                if *behaviour != second.verdict.behaviour || one == other {
                    continue;
                }
                let said = |scored: &Scored| scored.verdict.outcome == Outcome::Exhibited;
                let pair = (behaviour.clone(), one.clone(), other);
                self.pairs.entry(pair).or_default().add(said(first), said(second));
            }
        }
    }

    /// How far scorers of the same behaviour agree over all cells: a row for each two that judged
    /// the same trial, by behaviour and scorers in ascending order.
    #[must_use]
    pub fn agreements(&self) -> Vec<Agreement> {
        let row = |((behaviour, first, second), table): (&(_, _, _), &Table)| {
            let Table { both, first_only, second_only, neither } = *table;
            let behaviour = Behaviour::clone(behaviour);
            let (first, second) = (ScorerId::clone(first), ScorerId::clone(second));
            let kappa = table.kappa().and_then(Decimal::new);
            Agreement { behaviour, both, first, first_only, kappa, neither, second, second_only }
        };
        self.pairs.iter().map(row).collect()
    }

    /// A result for each cell and behaviour, and a contrast for each baseline of each of these.
    /// Contrasts follow the cells' order; within a cell, control comes first, then self alone,
    /// then the peer without history.
    #[must_use]
    pub fn finish(self) -> (Vec<CellResult>, Vec<Contrast>) {
        let cells = self.rows.iter().flat_map(|row| {
            row.counts.iter().map(|(behaviour, counts)| CellResult {
                behaviour: behaviour.clone(),
                cell: row.cell.clone(),
                counts: *counts,
                rate: share(counts).map(interval::wilson).and_then(estimate),
            })
        });
        (cells.collect(), self.contrasts())
    }

    fn contrasts(&self) -> Vec<Contrast> {
        let mut contrasts = Vec::new();
        for row in &self.rows {
            for (behaviour, counts) in &row.counts {
                for baseline in baselines(&row.cell) {
                    if let Some(base) = self.counts(&baseline, behaviour) {
                        contrasts.push(contrast(&row.cell, behaviour, counts, baseline, base));
                    }
                }
            }
        }
        contrasts
    }

    fn counts(&self, cell: &CellId, behaviour: &Behaviour) -> Option<&Counts> {
        let row = &self.rows[*self.places.get(cell)?];
        row.counts.iter().find(|(known, _)| known == behaviour).map(|(_, counts)| counts)
    }
}

/// What a cell is compared with, in order, all in the same scenario under the same oversight. The
/// control has no baseline; a cell is never its own.
fn baselines(cell: &CellId) -> Vec<CellId> {
    let stakes: &[Stake] = match cell.condition.stake {
        Stake::None => &[],
        Stake::Own => &[Stake::None, Stake::Own],
        Stake::Peer => &[Stake::None, Stake::Own, Stake::Peer],
    };
    let baseline = |stake: &Stake| CellId {
        scenario: cell.scenario.clone(),
        condition: cell.condition.baseline(*stake),
    };
    stakes.iter().map(baseline).filter(|baseline| baseline != cell).collect()
}

fn contrast(
    cell: &CellId,
    behaviour: &Behaviour,
    counts: &Counts,
    baseline: CellId,
    base: &Counts,
) -> Contrast {
    let pair = share(counts).zip(share(base));
    Contrast {
        baseline,
        behaviour: behaviour.clone(),
        cell: cell.clone(),
        difference: pair.and_then(|(of, base)| estimate(interval::difference(of, base))),
        ratio: pair.and_then(|(of, base)| interval::ratio(of, base)).and_then(estimate),
    }
}

fn share(counts: &Counts) -> Option<Proportion> {
    Proportion::new(counts.exhibited, counts.valid())
}

/// None where an end is not finite, which no count within `u32` gives.
pub(crate) fn estimate(interval: Interval) -> Option<Estimate> {
    Some(Estimate {
        high: Decimal::new(interval.high)?,
        low: Decimal::new(interval.low)?,
        value: Decimal::new(interval.value)?,
    })
}
