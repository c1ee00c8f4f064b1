//! Cells taken together: rates of pools, and the intervals that trials in clusters allow.

use crate::cluster::{self, Cluster};
use crate::interval::{self, Interval};
use crate::kept::{Kept, Rates, Sums, estimate};
use record::analysis::{Clustered, PoolResult, SCENARIOS_MIN, Standing};
use record::condition::{Oversight, Relationship, Stake};
use record::id::{Behaviour, ScenarioId};
use record::pool::Pool;
use std::collections::{BTreeMap, BTreeSet};

/// The cells of a pool for one behaviour.
pub(crate) struct Pooled<'a> {
    pub(crate) cells: Vec<&'a Kept>,
    pub(crate) sums: Sums,
}

impl<'a> Pooled<'a> {
    /// None where no cell belongs to it.
    pub(crate) fn new(kept: &'a [Kept], behaviour: &Behaviour, pool: Pool) -> Option<Self> {
        let ours = |one: &&Kept| one.behaviour == *behaviour && pool.has(one.cell.condition);
        let cells: Vec<&Kept> = kept.iter().filter(ours).collect();
        let mut sums = Sums::default();
        for cell in &cells {
            sums.join(&cell.sums);
        }
        (!cells.is_empty()).then_some(Self { cells, sums })
    }

    /// As the sum of the counts has it, and flagged where any cell is flagged or void.
    fn standing(&self) -> Standing {
        let doubtful = |one: &&Kept| Standing::of(&one.sums.counts) != Standing::Sound;
        match Standing::of(&self.sums.counts) {
            Standing::Sound if self.cells.iter().any(doubtful) => Standing::Flagged,
            standing => standing,
        }
    }

    /// Hits and valid trials of each scenario, by its name.
    pub(crate) fn scenarios(&self) -> BTreeMap<&'a ScenarioId, Cluster> {
        let mut clusters: BTreeMap<&ScenarioId, Cluster> = BTreeMap::new();
        for cell in &self.cells {
            let counts = &cell.sums.counts;
            let cluster = clusters.entry(&cell.cell.scenario).or_default();
            cluster.hits += counts.exhibited;
            cluster.trials += counts.valid();
        }
        clusters.retain(|_, cluster| cluster.trials > 0);
        clusters
    }

    /// Hits and valid trials of each world: one scenario and index have one seed in every cell.
    fn worlds(&self) -> Vec<Cluster> {
        let mut clusters: BTreeMap<(&ScenarioId, u32), Cluster> = BTreeMap::new();
        for cell in &self.cells {
            for (index, exhibited) in &cell.valid {
                let cluster = clusters.entry((&cell.cell.scenario, *index)).or_default();
                cluster.hits += u32::from(*exhibited);
                cluster.trials += 1;
            }
        }
        clusters.into_values().collect()
    }
}

/// Every pool that has cells, by behaviour: behaviours as they come, those that are read in every
/// scenario last; then by oversight, then in the order of [`pools`].
pub(crate) fn results(kept: &[Kept]) -> Vec<PoolResult> {
    let mut results = Vec::new();
    for behaviour in behaviours(kept) {
        for oversight in Oversight::ALL {
            for pool in pools() {
                let pool = pool.under(oversight);
                let pooled = Pooled::new(kept, behaviour, pool);
                results.extend(pooled.map(|pooled| result(behaviour, pool, &pooled)));
            }
        }
    }
    results
}

/// The pools of a result, oversight left open: the study's layout, the channels, and each peer arm
/// with a history in every scenario.
pub(crate) fn pools() -> Vec<Pool> {
    let mut pools: Vec<Pool> = Pool::LAYOUT.into_iter().chain(Pool::CHANNELS).collect();
    for relationship in Relationship::KNOWN {
        let by_channel = Pool::CHANNELS.into_iter().filter(|pool| pool.channel().is_some());
        pools.extend(by_channel.map(|pool| pool.with(relationship)));
    }
    pools
}

/// Behaviours as they come, those that are read in every scenario last.
pub(crate) fn behaviours(kept: &[Kept]) -> Vec<&Behaviour> {
    let mut scenarios: BTreeMap<&Behaviour, BTreeSet<&ScenarioId>> = BTreeMap::new();
    let mut behaviours: Vec<&Behaviour> = Vec::new();
    for one in kept {
        scenarios.entry(&one.behaviour).or_default().insert(&one.cell.scenario);
        if !behaviours.contains(&&one.behaviour) {
            behaviours.push(&one.behaviour);
        }
    }
    let all: BTreeSet<&ScenarioId> = scenarios.values().flatten().copied().collect();
    behaviours.sort_by_key(|behaviour| scenarios[behaviour].len() == all.len());
    behaviours
}

fn result(behaviour: &Behaviour, pool: Pool, pooled: &Pooled<'_>) -> PoolResult {
    let standing = pooled.standing();
    let Rates { rate, sensitivity, standing, unaware } = pooled.sums.rates(standing);
    let scenarios: Vec<Cluster> = pooled.scenarios().into_values().collect();
    let worlds = pooled.worlds();
    let shared = worlds.iter().any(|world| world.trials > 1);
    let robust = |clusters: &[Cluster]| {
        let interval = cluster::rate(clusters).filter(|found| rate.is_some() && varies(found));
        interval.map(|interval| (clusters.len(), interval))
    };
    let by_scenario = robust(&scenarios);
    let by_world = if shared { robust(&worlds) } else { None };
    let naive = pooled.sums.share().map(interval::wilson);
    let many = by_scenario.filter(|(clusters, _)| *clusters >= SCENARIOS_MIN);
    let robust = [by_world, many].into_iter().flatten().map(|(_, interval)| interval);
    let widest = naive.into_iter().chain(robust).reduce(wider);
    PoolResult {
        behaviour: behaviour.clone(),
        board: widest.and_then(estimate),
        by_scenario: by_scenario.and_then(clustered),
        by_world: by_world.and_then(clustered),
        cells: u32::try_from(pooled.cells.len()).unwrap_or(u32::MAX),
        counts: pooled.sums.counts,
        pool,
        rate,
        sensitivity,
        standing,
        unaware,
    }
}

pub(crate) fn clustered((clusters, interval): (usize, Interval)) -> Option<Clustered> {
    Some(Clustered { clusters: u32::try_from(clusters).ok()?, estimate: estimate(interval)? })
}

/// Clusters that are all alike say nothing of how clusters vary: an interval without width would
/// claim certainty.
pub(crate) fn varies(robust: &Interval) -> bool {
    robust.high > robust.low
}

/// The first where both are as wide.
fn wider(one: Interval, other: Interval) -> Interval {
    if other.high - other.low > one.high - one.low { other } else { one }
}

/// The pools whose stake has what `pool` amplifies, in order: control, self alone, the peer without
/// history. Never the pool itself.
pub(crate) fn baselines(pool: Pool) -> Vec<Pool> {
    let plain = |stake: &Stake| Pool::plain(*stake).under(pool.oversight());
    pool.stake().baselines().iter().map(plain).filter(|baseline| *baseline != pool).collect()
}
