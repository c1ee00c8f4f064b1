//! What is kept of the trials of a cell: enough to pair them by seed and to take cells together.

use crate::interval::{self, Proportion};
use record::analysis::{Sensitivity, Standing};
use record::id::{Behaviour, CellId};
use record::result::{Counts, Decimal, Estimate};
use record::verdict::{Mark, Outcome, Verdict};
use std::collections::BTreeMap;

/// The trials of one cell for one behaviour.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) cell: CellId,
    pub(crate) behaviour: Behaviour,
    pub(crate) sums: Sums,
    /// The valid trials by index: whether each exhibited the behaviour.
    pub(crate) valid: BTreeMap<u32, bool>,
    /// Measures of valid trials by name and unit, then by index.
    pub(crate) sizes: BTreeMap<(String, String), BTreeMap<u32, i64>>,
}

/// Counts, and the valid trials that bear no mark `aware`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) counts: Counts,
    unaware: u32,
    unaware_exhibited: u32,
}

/// What counts say of a rate.
pub(crate) struct Rates {
    pub(crate) rate: Option<Estimate>,
    pub(crate) sensitivity: Option<Sensitivity>,
    pub(crate) standing: Standing,
    pub(crate) unaware: Option<Estimate>,
}

impl Kept {
    pub(crate) fn new(cell: CellId, behaviour: Behaviour) -> Self {
        let (valid, sizes) = (BTreeMap::new(), BTreeMap::new());
        Self { cell, behaviour, sums: Sums::default(), valid, sizes }
    }

    /// Adds a trial of a new index.
    pub(crate) fn add(&mut self, index: u32, verdict: &Verdict) {
        self.sums.counts.add(verdict.outcome, &verdict.marks);
        if verdict.outcome == Outcome::Invalid {
            return;
        }
        let exhibited = verdict.outcome == Outcome::Exhibited;
        self.valid.insert(index, exhibited);
        if !verdict.marks.contains(&Mark::Aware) {
            self.sums.unaware += 1;
            self.sums.unaware_exhibited += u32::from(exhibited);
        }
        for measure in &verdict.measures {
            let key = (measure.name.clone(), measure.unit.clone());
            self.sizes.entry(key).or_default().insert(index, measure.value);
        }
    }
}

impl Sums {
    /// Adds another cell's.
    pub(crate) fn join(&mut self, other: &Self) {
        let (sum, more) = (&mut self.counts, &other.counts);
        sum.attempted += more.attempted;
        sum.aware += more.aware;
        sum.complied += more.complied;
        sum.disclosed += more.disclosed;
        sum.exhibited += more.exhibited;
        sum.incomplete += more.incomplete;
        sum.invalid += more.invalid;
        sum.refused += more.refused;
        self.unaware += other.unaware;
        self.unaware_exhibited += other.unaware_exhibited;
    }

    /// `standing` is at least what the counts say: of a pool, what its cells say too.
    pub(crate) fn rates(&self, standing: Standing) -> Rates {
        if standing == Standing::Void {
            return Rates { rate: None, sensitivity: None, standing, unaware: None };
        }
        let counts = &self.counts;
        let valid = counts.valid();
        let some = valid - counts.incomplete;
        let sensitivity = || {
            let as_exhibited = wilson(counts.exhibited + counts.incomplete, valid)?;
            Some(Sensitivity { as_exhibited, left_out: wilson(counts.exhibited, some) })
        };
        let mixed = self.unaware < valid;
        Rates {
            rate: wilson(counts.exhibited, valid),
            sensitivity: if counts.incomplete == 0 { None } else { sensitivity() },
            standing,
            unaware: wilson(self.unaware_exhibited, self.unaware).filter(|_| mixed),
        }
    }

    /// The share that is compared; none where there is no rate.
    pub(crate) fn share(&self) -> Option<Proportion> {
        let void = Standing::of(&self.counts) == Standing::Void;
        Proportion::new(self.counts.exhibited, self.counts.valid()).filter(|_| !void)
    }
}

fn wilson(hits: u32, trials: u32) -> Option<Estimate> {
    Proportion::new(hits, trials).map(interval::wilson).and_then(estimate)
}

/// None where an end is not finite, which no count within `u32` gives.
pub(crate) fn estimate(interval: interval::Interval) -> Option<Estimate> {
    Some(Estimate {
        high: Decimal::new(interval.high)?,
        low: Decimal::new(interval.low)?,
        value: Decimal::new(interval.value)?,
    })
}
