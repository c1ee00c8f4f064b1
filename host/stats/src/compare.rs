//! Runs of comparable suites, side by side.

use crate::exact;
use crate::holm;
use crate::interval::{self, Interval, Proportion};
use crate::kept::estimate;
use crate::rank;
use record::analysis::{PoolResult, Standing};
use record::condition::{Oversight, Stake};
use record::id::Behaviour;
use record::pool::Pool;
use record::result::{Decimal, Estimate, RunResult};

/// One kind of cells in every run.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Of what.
    pub behaviour: Behaviour,
    /// Which cells.
    pub pool: Pool,
    /// For each run: the rate with the board's interval.
    pub rates: Vec<Option<Estimate>>,
    /// For each run: the places that it may hold, 1 being the lowest rate; a range where intervals
    /// overlap.
    pub places: Vec<Option<(usize, usize)>>,
    /// For each run after the first: how it differs from the first.
    pub against_first: Vec<Versus>,
}

/// A run against the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Versus {
    /// Its rate minus the first's, with the Newcombe hybrid-score interval.
    pub difference: Option<Estimate>,
    /// Two-sided p of Fisher's exact test.
    pub p: Option<Decimal>,
    /// `p` after Holm's adjustment over every comparison of [`compare`].
    pub adjusted: Option<Decimal>,
}

/// Whether two runs may be compared: one suite, or versions of one suite that say so. A
/// comparability number of 0 says that no other may.
#[must_use]
pub fn comparable(one: &RunResult, other: &RunResult) -> bool {
    let (a, b) = (&one.suite, &other.suite);
    let number = a.comparability == b.comparability && a.comparability != 0;
    a.sha256 == b.sha256 || (a.id == b.id && number)
}

/// A row for each behaviour and kind of cell of the study's layout, and every peer with a history,
/// that all of `runs` have, in the order of the first. Runs are taken as independent: where two
/// share a seed their trials share worlds, and intervals are wider than they need be.
#[must_use]
pub fn compare(runs: &[&RunResult]) -> Vec<Compared> {
    let Some((first, others)) = runs.split_first() else { return Vec::new() };
    let mut raw: Vec<Option<f64>> = Vec::new();
    let mut rows = Vec::new();
    for one in first.pools.iter().filter(|one| is_shown(one.pool)) {
        let rest: Option<Vec<&PoolResult>> = others.iter().map(|run| find(run, one)).collect();
        let Some(rest) = rest else { continue };
        let all: Vec<&PoolResult> = std::iter::once(one).chain(rest.iter().copied()).collect();
        let mut against_first = Vec::new();
        for other in rest {
            let pair = share(other).zip(share(one));
            let p = pair.map(|(of, base)| exact::fisher(of, base));
            raw.push(p);
            against_first.push(Versus {
                difference: pair.and_then(|(of, base)| estimate(interval::difference(of, base))),
                p: p.and_then(Decimal::new),
                adjusted: None,
            });
        }
        let intervals: Vec<Option<Interval>> = all.iter().map(|pool| board(pool)).collect();
        rows.push(Compared {
            behaviour: one.behaviour.clone(),
            pool: one.pool,
            rates: all.iter().map(|pool| pool.board.clone()).collect(),
            places: rank::ranges(&intervals),
            against_first,
        });
    }
    adjust(&mut rows, &raw);
    rows
}

fn is_shown(pool: Pool) -> bool {
    let plain = pool.under(Oversight::Unstated);
    Pool::LAYOUT.contains(&plain) || plain == Pool::any(Stake::Peer)
}

fn find<'a>(run: &'a RunResult, like: &PoolResult) -> Option<&'a PoolResult> {
    run.pools.iter().find(|one| one.behaviour == like.behaviour && one.pool == like.pool)
}

fn share(pool: &PoolResult) -> Option<Proportion> {
    let sound = pool.standing != Standing::Void;
    Proportion::new(pool.counts.exhibited, pool.counts.valid()).filter(|_| sound)
}

fn board(pool: &PoolResult) -> Option<Interval> {
    let Estimate { low, value, high } = pool.board.as_ref()?;
    Some(Interval { low: low.to_f64(), value: value.to_f64(), high: high.to_f64() })
}

/// `raw` has a p for each comparison, in the rows' order.
fn adjust(rows: &mut [Compared], raw: &[Option<f64>]) {
    let tested: Vec<f64> = raw.iter().flatten().copied().collect();
    let mut adjusted = holm::adjust(&tested).into_iter();
    let all = rows.iter_mut().flat_map(|row| &mut row.against_first);
    for (versus, _) in all.zip(raw).filter(|(_, p)| p.is_some()) {
        versus.adjusted = adjusted.next().and_then(Decimal::new);
    }
}
