//! Counts of a run, cell by cell, and every number that follows from them.

use crate::agreement::Table;
use crate::effects;
use crate::kept::{Kept, Rates};
use crate::pooled;
use crate::sizes;
use record::analysis::{AnalysisFile, Effect, PairedEffect, PoolResult, Size, Standing, Trend};
use record::digest::Seed;
use record::id::{Behaviour, CellId, ScorerId, TrialId};
use record::result::{Agreement, CellResult, Contrast, Decimal};
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
    kept: Vec<Kept>,
    seen: BTreeSet<u32>,
}

/// Every number of a run. Each list has the order that [`record::result::RunResult`] states.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Cell by cell.
    pub cells: Vec<CellResult>,
    /// Cells against cells.
    pub contrasts: Vec<Contrast>,
    /// Pools against pools.
    pub effects: Vec<Effect>,
    /// Pairs of trials.
    pub pairs: Vec<PairedEffect>,
    /// Pools.
    pub pools: Vec<PoolResult>,
    /// Measures.
    pub sizes: Vec<Size>,
    /// Over relationships.
    pub trends: Vec<Trend>,
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
                tally.rows.push(Row { kept: Vec::new(), seen: BTreeSet::new() });
            }
            let kept = &mut tally.rows[place].kept;
            for behaviour in behaviours {
                if kept.iter().all(|known| known.behaviour != behaviour) {
                    kept.push(Kept::new(cell.clone(), behaviour));
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
            if row.kept.iter().all(|known| known.behaviour != *behaviour) {
                let behaviour = behaviour.clone();
                return Err(TallyError::UnknownBehaviour { trial: trial(), behaviour });
            }
        }
        let mut first: Vec<&Verdict> = Vec::with_capacity(row.kept.len());
        for Kept { behaviour, .. } in &row.kept {
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
        for (kept, verdict) in row.kept.iter_mut().zip(first) {
            kept.add(score.trial.index, verdict);
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

    /// Every number, for the analysis that the suite declares. Bootstrap intervals draw from `seed`,
    /// the run's.
    #[must_use]
    pub fn finish(self, analysis: &AnalysisFile, seed: &Seed) -> Numbers {
        let kept: Vec<Kept> = self.rows.into_iter().flat_map(|row| row.kept).collect();
        let found = effects::effects(&kept, &analysis.family);
        Numbers {
            cells: kept.iter().map(cell).collect(),
            contrasts: effects::contrasts(&kept),
            effects: found.effects,
            pairs: found.pairs,
            pools: pooled::results(&kept),
            sizes: sizes::sizes(&kept, &analysis.sizes, seed),
            trends: found.trends,
        }
    }
}

fn cell(kept: &Kept) -> CellResult {
    let standing = Standing::of(&kept.sums.counts);
    let Rates { rate, sensitivity, standing, unaware } = kept.sums.rates(standing);
    CellResult {
        behaviour: kept.behaviour.clone(),
        cell: kept.cell.clone(),
        counts: kept.sums.counts,
        rate,
        sensitivity,
        standing,
        unaware,
    }
}
