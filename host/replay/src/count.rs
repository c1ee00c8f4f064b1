//! From trials to the result: the one function by which a writer and a verifier make it.

use plan::PlanError;
use record::analysis::AnalysisFile;
use record::digest::DigestBuilder;
use record::event::{Blame, Event, Exchange, Judged};
use record::id::{Behaviour, CellId};
use record::manifest::PluginRef;
use record::plan::{Plan, PlanSpec};
use record::result::{FORMAT, JudgeClaim, RunResult, SubjectClaim, TrialsRef};
use record::suite::{Suite, SuiteRef};
use record::verdict::TrialScore;
use stats::tally::{Numbers, Tally};
use std::collections::BTreeSet;
use trial::port::Fault;
use trial::resolve::Plugins;
use trial::score::readers;

/// Most different models that servers may say they served in one run: the signed result lists them.
const SERVED_MAX: usize = 256;

/// Who made a run's words, as the operator claims. The served models come from the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who answered judged scorers; without one they have no part in the run.
    pub judge: Option<JudgeClaim>,
    /// Who was tested.
    pub subject: SubjectClaim,
}

/// What a trial's log says of the model calls behind its replies. Of a judge's calls, which are not
/// the subject's, only the models are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Models that the judge's server said it served.
    pub judges: BTreeSet<String>,
    /// Models that the server said it served.
    pub served: BTreeSet<String>,
    /// Tokens read, as the provider counted them.
    pub input_tokens: u64,
    /// Tokens written, as the provider counted them.
    pub output_tokens: u64,
}

impl Usage {
    /// The usage of one trial.
    pub fn of(events: &[Event]) -> Self {
        let mut usage = Self::default();
        for event in events {
            for exchange in event.exchanges() {
                usage.served.extend(named(exchange));
                usage.input_tokens = usage.input_tokens.saturating_add(exchange.input_tokens);
                usage.output_tokens = usage.output_tokens.saturating_add(exchange.output_tokens);
            }
            if let Event::Judged(Judged { exchange: Some(exchange), .. }) = event {
                usage.judges.extend(named(exchange));
            }
        }
        usage
    }
}

/// The model that a server says it served; none where it does not say.
fn named(exchange: &Exchange) -> Option<String> {
    (!exchange.model.is_empty()).then(|| exchange.model.clone())
}

/// Counts a whole run: `trials` are all of the plan's, in plan order.
///
/// # Errors
/// When a trial cannot be counted, or trials are missing; and every error of `trials`.
pub fn count(
    suite: &Suite,
    plugins: &Plugins,
    spec: PlanSpec,
    claims: Claims,
    host: &str,
    trials: impl IntoIterator<Item = Result<(TrialScore, Usage), Fault>>,
) -> Result<RunResult, Fault> {
    let plan = plan::plan(suite, spec).map_err(plan_fault)?;
    let mut count = Count::new(suite, plugins, &plan, claims, host);
    for trial in trials {
        let (score, usage) = trial?;
        count.add(&score, &usage)?;
    }
    count.finish()
}

pub(crate) fn plan_fault(error: PlanError) -> Fault {
    Fault::new(Blame::Setup, format!("plan: {error}"))
}

/// A result in the making: of a trial it keeps some tens of bytes.
pub struct Count<'a> {
    plan: &'a Plan,
    plugins: Vec<PluginRef>,
    claims: Claims,
    suite: SuiteRef,
    analysis: AnalysisFile,
    host: String,
    tally: Tally,
    usage: Usage,
    verdicts: DigestBuilder,
    counted: usize,
}

impl<'a> Count<'a> {
    /// Nothing counted yet. Of `claims` everything is kept but the served models, which come from
    /// the logs. `host` is the version of the host that makes the result.
    pub fn new(
        suite: &Suite,
        plugins: &Plugins,
        plan: &'a Plan,
        claims: Claims,
        host: &str,
    ) -> Self {
        // The first block of a plan has the first trial of every cell, in the suite's order.
        let firsts = plan.trials.iter().take_while(|planned| planned.trial.index == 0);
        let cells = firsts.map(|planned| {
            let cell = planned.trial.cell.clone();
            let behaviours = behaviours(plugins, &cell, claims.judge.is_some());
            (cell, behaviours)
        });
        Self {
            tally: Tally::new(cells.collect()),
            plan,
            plugins: plugins.references(),
            claims,
            suite: suite.reference(),
            analysis: suite.file().analysis.clone(),
            host: host.to_owned(),
            usage: Usage::default(),
            verdicts: DigestBuilder::default(),
            counted: 0,
        }
    }

    /// Counts the next trial of the plan.
    ///
    /// # Errors
    /// When another trial is next, or its verdicts are not on the behaviours of its cell.
    pub fn add(&mut self, score: &TrialScore, usage: &Usage) -> Result<(), Fault> {
        self.add_line(score, &line(score)?, usage)
    }

    /// As [`Self::add`], for a caller that has the score's canonical bytes: `line`.
    pub(crate) fn add_line(
        &mut self,
        score: &TrialScore,
        line: &[u8],
        usage: &Usage,
    ) -> Result<(), Fault> {
        let next = self.plan.trials.get(self.counted).map(|planned| &planned.trial);
        if next != Some(&score.trial) {
            let expected = next.map_or_else(|| "no more".to_owned(), ToString::to_string);
            let message = format!("trial {}: expected {expected} next in the plan", score.trial);
            return Err(Fault::new(Blame::Bug, message));
        }
        let uncountable = |error: &dyn ToString| Fault::new(Blame::Plugin, error.to_string());
        self.tally.add(score).map_err(|error| uncountable(&error))?;
        self.verdicts.update(line);
        self.verdicts.update(b"\n");
        self.usage.served.extend(usage.served.iter().cloned());
        self.usage.judges.extend(usage.judges.iter().cloned());
        if self.usage.served.len() + self.usage.judges.len() > SERVED_MAX {
            let message = format!("trial {}: more than {SERVED_MAX} served models", score.trial);
            return Err(Fault::new(Blame::Provider, message));
        }
        let Usage { input_tokens, output_tokens, .. } = &mut self.usage;
        *input_tokens = input_tokens.saturating_add(usage.input_tokens);
        *output_tokens = output_tokens.saturating_add(usage.output_tokens);
        self.counted += 1;
        Ok(())
    }

    /// The result of the whole plan.
    ///
    /// # Errors
    /// When trials are missing.
    pub fn finish(self) -> Result<RunResult, Fault> {
        if let Some(missing) = self.plan.trials.get(self.counted) {
            let message = format!("trial {}: missing, and a result has all", missing.trial);
            return Err(Fault::new(Blame::Setup, message));
        }
        let agreements = self.tally.agreements();
        let numbers = self.tally.finish(&self.analysis, &self.plan.spec.seed);
        let Numbers { cells, contrasts, effects, pairs, pools, sizes, trends } = numbers;
        let Claims { judge, subject } = self.claims;
        let (served, judges) = (self.usage.served, self.usage.judges);
        Ok(RunResult {
            agreements,
            cells,
            contrasts,
            effects,
            format: FORMAT.to_owned(),
            host: self.host,
            judge: judge.map(|judge| JudgeClaim { served: judges.into_iter().collect(), ..judge }),
            pairs,
            plan: self.plan.spec.clone(),
            plugins: self.plugins,
            pools,
            sizes,
            subject: SubjectClaim { served: served.into_iter().collect(), ..subject },
            suite: self.suite,
            trends,
            trials: TrialsRef {
                count: u32::try_from(self.counted)
                    .map_err(|_| Fault::new(Blame::Bug, "more than 2^32 trials"))?,
                input_tokens: self.usage.input_tokens,
                output_tokens: self.usage.output_tokens,
                verdicts: self.verdicts.finish(),
            },
        })
    }
}

/// What is counted in a cell: the scenario's behaviours, in its order, that a scorer which reads it
/// judges; then conduct, in the order of the suite's scorers.
fn behaviours(plugins: &Plugins, cell: &CellId, judge: bool) -> Vec<Behaviour> {
    let Some(scenario) = plugins.scenario(&cell.scenario) else { return Vec::new() };
    let scenario = scenario.manifest();
    let judged: Vec<&Behaviour> = readers(&plugins.scorers, scenario, judge)
        .flat_map(|scorer| scorer.manifest().judges(scenario))
        .collect();
    let own = scenario.behaviours.iter().filter(|behaviour| judged.contains(behaviour));
    let mut counted: Vec<Behaviour> = Vec::new();
    for behaviour in own.chain(judged.iter().copied()) {
        if !counted.contains(behaviour) {
            counted.push(behaviour.clone());
        }
    }
    counted
}

/// The canonical line of a score, without its line end.
pub(crate) fn line(score: &TrialScore) -> Result<Vec<u8>, Fault> {
    record::canonical::to_bytes(score)
        .map_err(|error| Fault::new(Blame::Plugin, format!("trial {}: {error}", score.trial)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::digest::Digest;
    use record::event::{Replied, Reply};

    #[test]
    fn a_server_that_does_not_say_what_it_served_names_no_model() {
        let exchange = |model: &str| Exchange {
            cached_tokens: 0,
            carried: None,
            finish: String::new(),
            input_tokens: 5,
            model: model.into(),
            output_tokens: 2,
            request: Digest::of(b"q"),
            request_id: String::new(),
            response: Digest::of(b"a"),
        };
        let replied = |model| {
            Event::Replied(Replied {
                exchange: Some(exchange(model)),
                reply: Reply::default(),
                ..Replied::default()
            })
        };
        let judged = |model| {
            Event::Judged(Judged {
                answer: String::new(),
                exchange: Some(exchange(model)),
                prompt: String::new(),
                schema: String::new(),
            })
        };
        let usage = Usage::of(&[replied(""), replied("m-1"), judged(""), judged("j-1")]);
        assert!(usage.served.iter().eq(["m-1"]) && usage.judges.iter().eq(["j-1"]), "{usage:?}");
        assert_eq!((usage.input_tokens, usage.output_tokens), (10, 4), "read all the same");
    }
}
