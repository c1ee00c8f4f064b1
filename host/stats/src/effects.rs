//! What is amplified: cells against cells, pools against pools, pairs of trials, and the trend over
//! relationships; with one adjustment over the family that the suite declares.

use crate::exact;
use crate::holm;
use crate::interval::{self, Proportion};
use crate::kept::{Kept, Sums, estimate};
use crate::paired::{self, Pairs};
use crate::pooled::{self, Pooled};
use crate::{cluster, trend};
use record::analysis::{Effect, HypothesisFile, PairedEffect, Question, Trend};
use record::condition::{Oversight, Relationship, Stake};
use record::id::{Behaviour, CellId, ScenarioId};
use record::pool::Pool;
use record::result::{Contrast, Decimal};
use std::collections::BTreeMap;

/// What pools say of each other.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) effects: Vec<Effect>,
    pub(crate) pairs: Vec<PairedEffect>,
    pub(crate) trends: Vec<Trend>,
    /// Every p before rounding, by what it answers.
    p: BTreeMap<(Behaviour, Question), f64>,
}

/// Each cell against its baselines in the same scenario under the same oversight: control, self
/// alone, the peer without history. The control has none; a cell is never its own.
pub(crate) fn contrasts(kept: &[Kept]) -> Vec<Contrast> {
    let places: BTreeMap<(&CellId, &Behaviour), &Sums> =
        kept.iter().map(|one| ((&one.cell, &one.behaviour), &one.sums)).collect();
    let mut contrasts = Vec::new();
    for one in kept {
        for baseline in baselines(&one.cell) {
            let base = places.get(&(&baseline, &one.behaviour)).copied();
            contrasts.extend(base.map(|base| contrast(one, baseline, base)));
        }
    }
    contrasts
}

fn baselines(cell: &CellId) -> Vec<CellId> {
    let baseline = |stake: &Stake| CellId {
        scenario: cell.scenario.clone(),
        condition: cell.condition.baseline(*stake),
    };
    let stakes = cell.condition.stake.baselines();
    stakes.iter().map(baseline).filter(|baseline| baseline != cell).collect()
}

fn contrast(one: &Kept, baseline: CellId, base: &Sums) -> Contrast {
    let pair = one.sums.share().zip(base.share());
    Contrast {
        baseline,
        behaviour: one.behaviour.clone(),
        cell: one.cell.clone(),
        difference: pair.and_then(|(of, base)| estimate(interval::difference(of, base))),
        p: pair.and_then(|(of, base)| Decimal::new(exact::fisher(of, base))),
        ratio: pair.and_then(|(of, base)| interval::ratio(of, base)).and_then(estimate),
    }
}

/// Everything that pools of these trials say, with Holm's adjustment over `family`. A hypothesis of
/// the family that these trials do not answer counts in it, with a p of 1: a family does not shrink
/// because a part of it was not run.
pub(crate) fn effects(kept: &[Kept], family: &[HypothesisFile]) -> Effects {
    let mut found = Effects::default();
    for behaviour in pooled::behaviours(kept) {
        let asked = family.iter().filter(|hypothesis| hypothesis.behaviour == *behaviour);
        let mut questions = questions(kept, behaviour);
        for question in asked.filter_map(HypothesisFile::question) {
            if !questions.contains(&question) {
                questions.push(question);
            }
        }
        for question in questions {
            found.answer(kept, behaviour, question);
        }
    }
    found.adjust(family);
    found
}

/// What is asked of every behaviour, in order.
fn questions(kept: &[Kept], behaviour: &Behaviour) -> Vec<Question> {
    let has = |oversight: Oversight| {
        let ours =
            |one: &Kept| one.behaviour == *behaviour && one.cell.condition.oversight == oversight;
        kept.iter().any(ours)
    };
    let mut questions = Vec::new();
    let all = || Pool::LAYOUT.into_iter().chain([Pool::any(Stake::Peer)]);
    for oversight in Oversight::ALL.into_iter().filter(|oversight| has(*oversight)) {
        for of in all().map(|pool| pool.under(oversight)) {
            let baselines = pooled::baselines(of).into_iter();
            questions.extend(baselines.map(|against| Question::Differ { of, against }));
        }
        // Channels differ from the first of them.
        let mut channels = Pool::CHANNELS.into_iter().filter(|pool| pool.channel().is_some());
        let first = channels.next().map(|pool| pool.under(oversight));
        for of in channels.map(|pool| pool.under(oversight)) {
            questions.extend(first.map(|against| Question::Differ { of, against }));
        }
        questions.push(Question::Rises(Pool::any(Stake::Peer).under(oversight)));
    }
    // Where oversight is also left unstated, the behaviour is not one of being watched.
    let eyes = [Oversight::Monitored, Oversight::Unmonitored];
    if eyes.into_iter().all(has) && !has(Oversight::Unstated) {
        questions.extend(all().map(|pool| Question::Differ {
            of: pool.under(Oversight::Unmonitored),
            against: pool.under(Oversight::Monitored),
        }));
    }
    questions
}

/// Whether the two pools hold the same cells, unmonitored and monitored.
fn is_paired(of: Pool, against: Pool) -> bool {
    of.oversight() == Oversight::Unmonitored && against == of.under(Oversight::Monitored)
}

impl Effects {
    fn answer(&mut self, kept: &[Kept], behaviour: &Behaviour, question: Question) {
        let pooled = |pool| Pooled::new(kept, behaviour, pool);
        let p = match question {
            Question::Differ { of, against } => {
                let Some((one, base)) = pooled(of).zip(pooled(against)) else { return };
                if is_paired(of, against) {
                    let (row, p) = paired_effect(behaviour, (of, against), &one, &base);
                    self.pairs.push(row);
                    p
                } else {
                    let (row, p) = effect(behaviour, (of, against), &one, &base);
                    self.effects.push(row);
                    p
                }
            }
            Question::Rises(pool) => {
                let Some((row, p)) = rise(kept, behaviour, pool) else { return };
                self.trends.push(row);
                p
            }
        };
        if let Some(p) = p {
            self.p.insert((behaviour.clone(), question), p);
        }
    }

    fn adjust(&mut self, family: &[HypothesisFile]) {
        let asked: Vec<(Behaviour, Question)> = family
            .iter()
            .filter_map(|one| Some((one.behaviour.clone(), one.question()?)))
            .collect();
        let p: Vec<f64> = asked.iter().map(|one| self.p.get(one).copied().unwrap_or(1.0)).collect();
        let answered =
            asked.iter().zip(holm::adjust(&p)).filter(|(one, _)| self.p.contains_key(one));
        let adjusted: BTreeMap<&(Behaviour, Question), f64> = answered.collect();
        let of = |behaviour: &Behaviour, question| {
            adjusted.get(&(behaviour.clone(), question)).copied().and_then(Decimal::new)
        };
        for row in &mut self.effects {
            row.adjusted =
                of(&row.behaviour, Question::Differ { of: row.of, against: row.against });
        }
        for row in &mut self.pairs {
            row.adjusted =
                of(&row.behaviour, Question::Differ { of: row.of, against: row.against });
        }
        for row in &mut self.trends {
            row.adjusted = of(&row.behaviour, Question::Rises(row.pool));
        }
    }
}

fn effect(
    behaviour: &Behaviour,
    (of, against): (Pool, Pool),
    one: &Pooled<'_>,
    base: &Pooled<'_>,
) -> (Effect, Option<f64>) {
    let pair = one.sums.share().zip(base.sums.share());
    let p = pair.map(|(of, base)| exact::fisher(of, base));
    // Only scenarios that have trials on both sides say how the difference varies.
    let bases = base.scenarios();
    let clusters: Vec<_> = one
        .scenarios()
        .into_iter()
        .filter_map(|(scenario, of)| Some((of, *bases.get(scenario)?)))
        .collect();
    let same = clusters.len() == bases.len() && clusters.len() == one.scenarios().len();
    let sound = same && pair.is_some();
    let robust = cluster::difference(&clusters).filter(|found| sound && pooled::varies(found));
    let effect = Effect {
        adjusted: None,
        against,
        behaviour: behaviour.clone(),
        by_scenario: robust.and_then(|robust| pooled::clustered((clusters.len(), robust))),
        difference: pair.and_then(|(of, base)| estimate(interval::difference(of, base))),
        of,
        p: p.and_then(Decimal::new),
        ratio: pair.and_then(|(of, base)| interval::ratio(of, base)).and_then(estimate),
    };
    (effect, p)
}

/// Pairs are the trials of one scenario, arm and index that are valid under both eyes.
fn paired_effect(
    behaviour: &Behaviour,
    (of, against): (Pool, Pool),
    one: &Pooled<'_>,
    base: &Pooled<'_>,
) -> (PairedEffect, Option<f64>) {
    let mut watched: BTreeMap<(&ScenarioId, Pool), &Kept> = BTreeMap::new();
    let arm = |kept: &Kept| Pool::arm(kept.cell.condition).under(Oversight::Unstated);
    for kept in &base.cells {
        watched.insert((&kept.cell.scenario, arm(kept)), kept);
    }
    let mut pairs = Pairs::default();
    for kept in &one.cells {
        let Some(partner) = watched.get(&(&kept.cell.scenario, arm(kept))) else { continue };
        for (index, unmonitored) in &kept.valid {
            let Some(monitored) = partner.valid.get(index) else { continue };
            *match (unmonitored, monitored) {
                (true, true) => &mut pairs.both,
                (true, false) => &mut pairs.first_only,
                (false, true) => &mut pairs.second_only,
                (false, false) => &mut pairs.neither,
            } += 1;
        }
    }
    let sound = one.sums.share().and(base.sums.share()).is_some();
    let difference = paired::difference(&pairs).filter(|_| sound);
    let p = difference.map(|_| exact::mcnemar(pairs.first_only, pairs.second_only));
    let effect = PairedEffect {
        adjusted: None,
        against,
        behaviour: behaviour.clone(),
        both: pairs.both,
        difference: difference.and_then(estimate),
        monitored_only: pairs.second_only,
        neither: pairs.neither,
        of,
        p: p.and_then(Decimal::new),
        unmonitored_only: pairs.first_only,
    };
    (effect, p)
}

/// None unless the pool has cells of all three relationships.
fn rise(kept: &[Kept], behaviour: &Behaviour, pool: Pool) -> Option<(Trend, Option<f64>)> {
    let scores =
        [(-1, Relationship::Adversarial), (0, Relationship::Neutral), (1, Relationship::Positive)];
    let mut groups: Vec<(i32, Option<Proportion>)> = Vec::new();
    for (score, relationship) in scores {
        let part = Pooled::new(kept, behaviour, pool.with(relationship))?;
        groups.push((score, part.sums.share()));
    }
    let groups: Option<Vec<(i32, Proportion)>> =
        groups.into_iter().map(|(score, share)| Some((score, share?))).collect();
    let found = groups.and_then(|groups| trend::armitage(&groups));
    let p = found.as_ref().map(|found| found.p);
    let trend = Trend {
        adjusted: None,
        behaviour: behaviour.clone(),
        p: p.and_then(Decimal::new),
        pool,
        slope: found.and_then(|found| Decimal::new(found.slope)),
    };
    Some((trend, p))
}
