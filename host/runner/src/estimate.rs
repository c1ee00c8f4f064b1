//! What a run will use, before it is begun: from the scenarios' own exemplars, or from a run that
//! went before.
//!
//! A scenario plays its exemplars in the sandbox, and their logs say what every request of such a
//! trial would hold: a call sends the system text, the tools and everything said so far, so input
//! grows with the square of the turns. What nobody knows beforehand is how long the model goes on
//! and how much it thinks, so there is a range: its low end is the shortest exemplar, its high end
//! the turn limit at the pace of the most talkative one.

use crate::budget::tokens;
use record::condition::Condition;
use record::digest::Seed;
use record::event::{Event, Next};
use record::id::ScenarioId;
use record::plan::Plan;
use record::price::{Money, Price, Tokens};
use record::suite::Suite;
use std::collections::BTreeMap;
use trial::exemplar;
use trial::port::{Fault, ScenarioPlugin};
use trial::resolve::Plugins;

/// Bytes of a token: prose has four and more (the rule of thumb of OpenAI's documentation), JSON
/// and listings of files have fewer.
pub const BYTES_A_TOKEN: [f64; 2] = [4.5, 3.0];
/// Tokens of reasoning that a call is allowed at the high end; many models think less, some more.
pub const REASONING_TOKENS: u64 = 1_000;

/// What trials of one scenario use, each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrialUse {
    /// Calls of the model.
    pub calls: f64,
    /// Tokens read from the provider's cache, of those read.
    pub cached: f64,
    /// Tokens read.
    pub input: f64,
    /// Tokens written.
    pub output: f64,
}

/// A range, and a guess within it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    /// Low, but no bound.
    pub low: TrialUse,
    /// On average.
    pub likely: TrialUse,
    /// High, but no bound.
    pub high: TrialUse,
}

/// What each scenario's trials use.
pub type Uses = BTreeMap<ScenarioId, Range>;

impl TrialUse {
    fn plus(self, other: Self, times: f64) -> Self {
        Self {
            calls: self.calls + times * other.calls,
            cached: self.cached + times * other.cached,
            input: self.input + times * other.input,
            output: self.output + times * other.output,
        }
    }

    fn each(self, other: Self, of: fn(f64, f64) -> f64) -> Self {
        Self {
            calls: of(self.calls, other.calls),
            cached: of(self.cached, other.cached),
            input: of(self.input, other.input),
            output: of(self.output, other.output),
        }
    }

    /// What a trial's log says; none where no model was asked.
    pub fn of(log: &[Event]) -> Option<Self> {
        let calls = log.iter().flat_map(Event::exchanges).count();
        let (Tokens { cached, input, output }, _) = tokens(log);
        (calls > 0).then_some(Self {
            calls: calls as f64,
            cached: cached as f64,
            input: input as f64,
            output: output as f64,
        })
    }

    /// In whole tokens.
    pub fn tokens(self) -> Tokens {
        let whole = |count: f64| count.round() as u64;
        Tokens { cached: whole(self.cached), input: whole(self.input), output: whole(self.output) }
    }
}

/// What a whole plan uses.
pub fn total(uses: &Uses, plan: &Plan) -> Range {
    let mut counts: BTreeMap<&ScenarioId, f64> = BTreeMap::new();
    for planned in &plan.trials {
        *counts.entry(&planned.trial.cell.scenario).or_default() += 1.0;
    }
    let mut sum = Range::default();
    for (scenario, trials) in counts {
        let Some(each) = uses.get(scenario) else { continue };
        sum.low = sum.low.plus(each.low, trials);
        sum.likely = sum.likely.plus(each.likely, trials);
        sum.high = sum.high.plus(each.high, trials);
    }
    sum
}

/// What a trial of the plan is expected to cost, on average.
pub fn trial_cost(uses: &Uses, plan: &Plan, price: Price) -> Money {
    price.of(total(uses, plan).likely.tokens()).over(plan.trials.len() as u64)
}

/// What the scenarios' exemplars say.
///
/// # Errors
/// When a plugin fails.
pub fn from_exemplars(plugins: &Plugins, suite: &Suite, plan: &Plan) -> Result<Uses, Fault> {
    let mut planned: BTreeMap<&ScenarioId, Vec<Condition>> = BTreeMap::new();
    for trial in &plan.trials {
        let conditions = planned.entry(&trial.trial.cell.scenario).or_default();
        if !conditions.contains(&trial.trial.cell.condition) {
            conditions.push(trial.trial.cell.condition);
        }
    }
    let mut uses = Uses::new();
    for (id, conditions) in planned {
        let Some(scenario) = plugins.scenario(id) else { continue };
        // The first and the last: a control, and a cell with most in it.
        let ends = [conditions.first(), conditions.last()];
        let conditions: Vec<Condition> = ends.into_iter().flatten().copied().collect();
        let turns = suite.limits(scenario.manifest().turns).turns;
        uses.insert(id.clone(), of_scenario(scenario.as_ref(), &conditions, turns)?);
    }
    Ok(uses)
}

fn of_scenario(
    scenario: &dyn ScenarioPlugin,
    conditions: &[Condition],
    turns: u32,
) -> Result<Range, Fault> {
    let mut sizes = Vec::new();
    for condition in conditions {
        for exemplar in &scenario.manifest().exemplars {
            // One seed: what others differ in, names and numbers, changes lengths little.
            let log =
                exemplar::play(scenario, *condition, Seed::from_bytes([0; 32]), &exemplar.name)?;
            sizes.push(Size::of(&log));
        }
    }
    Ok(range(&sizes, turns))
}

/// A trial's conversation, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Size {
    /// What every request begins with.
    start: usize,
    /// Each reply, and what was said after it.
    turns: Vec<(usize, usize)>,
}

impl Size {
    fn of(log: &[Event]) -> Self {
        let mut size = Self::default();
        for event in log {
            match event {
                Event::Briefed(briefing) => {
                    let tool = |tool: &record::event::Tool| {
                        tool.name.len() + tool.description.len() + tool.parameters.len()
                    };
                    let tools: usize = briefing.tools.iter().map(tool).sum();
                    size.start = briefing.system.len() + briefing.user.len() + tools;
                }
                Event::Replied(replied) => size.turns.push((replied.reply.bytes(), 0)),
                Event::Stepped(step) => {
                    let asked = match &step.next {
                        Next::Ask(message) => message.len(),
                        Next::Observe | Next::End => 0,
                    };
                    let results: usize =
                        step.results.iter().map(|result| result.content.len()).sum();
                    if let Some((_, after)) = size.turns.last_mut() {
                        *after = results + asked;
                    }
                }
                _ => {}
            }
        }
        size
    }

    /// Bytes of all requests, and of those the bytes that the request before held too.
    fn input(&self) -> (f64, f64) {
        let (mut all, mut again, mut last, mut now) = (0, 0, 0, self.start);
        for (reply, after) in &self.turns {
            all += now;
            again += last;
            last = now;
            now += reply + after;
        }
        (all as f64, again as f64)
    }

    fn output(&self) -> f64 {
        self.turns.iter().map(|(reply, _)| *reply).sum::<usize>() as f64
    }

    fn uses(&self, bytes_a_token: f64, reasoning: f64) -> TrialUse {
        let calls = self.turns.len() as f64;
        let (input, again) = self.input();
        TrialUse {
            calls,
            cached: again / bytes_a_token,
            input: input / bytes_a_token,
            output: self.output() / bytes_a_token + calls * reasoning,
        }
    }

    /// The same conversation at its own pace for that many turns.
    fn stretched(&self, turns: u32) -> Self {
        let count = self.turns.len().max(1);
        let mean = |part: fn(&(usize, usize)) -> usize| {
            self.turns.iter().map(part).sum::<usize>().div_ceil(count)
        };
        let turn = (mean(|turn| turn.0), mean(|turn| turn.1));
        Self { start: self.start, turns: vec![turn; turns as usize] }
    }
}

fn range(sizes: &[Size], turns: u32) -> Range {
    let [sparse, dense] = BYTES_A_TOKEN;
    let low = sizes.iter().map(|size| size.uses(sparse, 0.0));
    let high = sizes.iter().map(|size| {
        // Nothing is sure to come from a cache.
        TrialUse { cached: 0.0, ..size.stretched(turns).uses(dense, REASONING_TOKENS as f64) }
    });
    let middle = (sparse + dense) / 2.0;
    let count = sizes.len().max(1) as f64;
    let likely = sizes.iter().fold(TrialUse::default(), |sum, size| {
        let use_ = size.uses(middle, REASONING_TOKENS as f64 / 2.0);
        sum.plus(TrialUse { cached: 0.0, ..use_ }, 1.0 / count)
    });
    // Each part by itself: the one that reads least need not write least.
    let least = low.reduce(|a, b| a.each(b, f64::min));
    let most = high.reduce(|a, b| a.each(b, f64::max));
    Range { low: least.unwrap_or_default(), likely, high: most.unwrap_or_default() }
}

/// What trials of an earlier run used: their mean, with the interval of `t` standard errors to
/// either side; `t` is Student's quantile for one less than the trials. Of no trial, nothing.
pub fn mean(trials: &[TrialUse], t: f64) -> Range {
    if trials.is_empty() {
        return Range::default();
    }
    let part = |of: fn(&TrialUse) -> f64| {
        let n = trials.len() as f64;
        let mean = trials.iter().map(of).sum::<f64>() / n;
        let squares: f64 = trials.iter().map(|one| (of(one) - mean).powi(2)).sum();
        // One trial says nothing of how they differ.
        let half = if n > 1.0 { t * (squares / (n - 1.0) / n).sqrt() } else { mean };
        [(mean - half).max(0.0), mean, mean + half]
    };
    let calls = part(|one| one.calls);
    let [cached, input, output] =
        [part(|one| one.cached), part(|one| one.input), part(|one| one.output)];
    let at = |i: usize| TrialUse {
        calls: calls[i],
        // Less from the cache costs more.
        cached: cached[2 - i].min(input[i]),
        input: input[i],
        output: output[i],
    };
    Range { low: at(0), likely: at(1), high: at(2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size() -> Size {
        Size { start: 900, turns: vec![(90, 210), (150, 0)] }
    }

    #[test]
    fn every_request_holds_the_conversation_so_far() {
        // 900, then 900 + 300; the second repeats the 900 of the first.
        assert_eq!(size().input(), (2_100.0, 900.0));
        let uses = size().uses(3.0, 10.0);
        assert_eq!((uses.calls, uses.input, uses.cached, uses.output), (2.0, 700.0, 300.0, 100.0));
    }

    #[test]
    fn the_range_goes_from_the_shortest_exemplar_to_the_turn_limit() {
        let short = Size { start: 900, turns: vec![(90, 0)] };
        let range = range(&[size(), short], 4);
        assert_eq!((range.low.calls, range.low.input), (1.0, 200.0));
        // Four turns of 120 + 105 bytes on average: 4 * 900 + 225 * (1 + 2 + 3).
        assert_eq!((range.high.calls, range.high.input), (4.0, 4_950.0 / 3.0));
        assert_eq!((range.high.cached, range.high.output), (0.0, 480.0 / 3.0 + 4_000.0));
        assert_eq!(range.likely.calls, 1.5);
    }

    #[test]
    fn each_part_of_a_range_has_its_own_end() {
        let brief = Size { start: 300, turns: vec![(900, 0)] };
        let range = range(&[size(), brief], 2);
        assert_eq!((range.low.input, range.low.output), (300.0 / 4.5, 240.0 / 4.5));
        assert_eq!((range.high.input, range.high.output), (2_025.0 / 3.0, 1_800.0 / 3.0 + 2_000.0));
    }

    #[test]
    fn an_earlier_run_gives_a_mean_with_its_interval() {
        let trial = |input| TrialUse { calls: 2.0, cached: 0.0, input, output: 5.0 };
        let range = mean(&[trial(100.0), trial(200.0), trial(300.0)], 2.0);
        assert_eq!(range.likely, trial(200.0));
        // s = 100, over the root of 3.
        assert!((range.high.input - 315.470).abs() < 0.001, "{range:?}");
        assert!((range.low.input - 84.530).abs() < 0.001, "{range:?}");
        assert_eq!((range.low.calls, range.high.output), (2.0, 5.0));
    }
}
