//! What is left of a plan, run to its end.

use crate::budget::{Budget, Prices};
use crate::gate::Gate;
use crate::in_line::{IN_LINE, InLine};
use crate::journal::{Journal, Scored};
use record::canonical;
use record::event::{Beside, Blame, Ended, Ending, Event, Opened};
use record::id::Behaviour;
use record::plan::{Plan, PlannedTrial};
use record::price::Money;
use record::result::Counts;
use record::suite::Suite;
use record::verdict::TrialScore;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, timeout_at};
use trial::port::{Agent, EventLog, Fault, Judge, ScenarioPlugin, SubjectSource};
use trial::resolve::Plugins;

/// What is to be run, and how.
pub struct Job {
    /// The run's money, and what its models cost.
    pub budget: Arc<Budget>,
    /// Trials at once.
    pub concurrency: usize,
    /// What a trial is expected to cost, until some have ended and their mean is known.
    pub expected_cost: Option<Money>,
    /// The gates of the run's models. They are closed when a fault stops the run: calls that are sent
    /// are answered and kept, and no other is sent.
    pub gates: Vec<Gate>,
    /// Who answers judged scorers; without one they have no part in the run.
    pub judge: Option<Arc<dyn Judge>>,
    /// Every trial of the run.
    pub plan: Plan,
    /// The suite's plugins.
    pub plugins: Plugins,
    /// What the run's models cost.
    pub prices: Prices,
    /// Who is tested.
    pub subject: Arc<dyn SubjectSource>,
    /// The suite, for its limits.
    pub suite: Suite,
    /// A trial that takes longer becomes invalid: nothing may hang for ever. It is far above what
    /// the slowest model needs for a trial; its reply deadline is the subject's. The time that a
    /// trial waits at gates does not count.
    pub trial_deadline: Duration,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The budget does not hold another trial, or did not hold another call.
    pub budget_used_up: bool,
    /// Trials that are finished, by earlier processes too.
    pub done: u32,
    /// The fault that stops the run, while calls that are sent are waited for.
    pub fault: Option<Fault>,
    /// Trials that were begun and are left open for another process, by the run's own limits.
    pub parked: u32,
    /// What the verdicts came to that rates count: on what the scenarios are about, those on conduct
    /// left out.
    pub counts: BTreeMap<Behaviour, Counts>,
    /// Trials under way.
    pub running: u32,
    /// What the calls of finished trials cost.
    pub spent_on_done: Money,
    /// Trials of the plan.
    pub total: u32,
}

/// Runs every trial of the plan that the journal does not have. When `stop` turns true, or the
/// budget is used up, no new trial is begun, and those under way are finished as far as they may.
///
/// # Errors
/// The first fault that stops a run. Trials under way end at their next call, or, after a fault that
/// leaves nothing to trust, at their last kept event. The same call continues.
pub async fn run(
    job: &Arc<Job>,
    journal: &Journal,
    stop: &watch::Receiver<bool>,
    progress: &(dyn Fn(&Progress) + Sync),
) -> Result<Progress, Fault> {
    let finished = journal.finished().await?;
    let mut at = count_finished(job, journal).await?;
    job.budget.charge(at.spent_on_done + journal.begun().map(|log| job.prices.of(log)).sum());
    progress(&at);
    let left: Vec<u32> = (0..at.total).filter(|ordinal| !finished.contains(ordinal)).collect();
    let mut left = left.into_iter();
    let mut trials: JoinSet<Result<Ran, Fault>> = JoinSet::new();
    loop {
        at.running = trials.len() as u32;
        while trials.len() < job.concurrency.max(1) && !*stop.borrow() && at.fault.is_none() {
            at.budget_used_up |= left.len() > 0 && !affords(job, &at);
            if at.budget_used_up {
                break;
            }
            let Some(ordinal) = left.next() else { break };
            trials.spawn(one(job.clone(), journal.clone(), ordinal));
            at.running = trials.len() as u32;
        }
        progress(&at);
        let Some(joined) = trials.join_next_with_id().await else { break };
        match joined.map_err(|error| panicked(error.id(), &error)).and_then(|(_, ran)| ran) {
            Ok(ran) => at.add(&ran.score, ran.cost, &job.plugins),
            Err(fault) if fault.parks => {
                at.parked += 1;
                at.budget_used_up |= job.budget.is_over();
            }
            Err(fault) => {
                let operators = fault.blame == Blame::Setup;
                at.fault.get_or_insert(fault);
                if operators {
                    // Answers that are on their way are paid for.
                    job.gates.iter().for_each(Gate::close);
                } else {
                    trials.shutdown().await;
                }
            }
        }
    }
    let Some(fault) = at.fault else { return Ok(at) };
    // The writer may still hold events of trials that were dropped; whoever continues the run must
    // find them. The fault that is told is the first one.
    let _ = journal.flush().await;
    Err(fault)
}

/// Whether the budget holds another trial, if those under way cost what trials cost: a trial that
/// is begun shall be ended, or short ones would be counted more often than long ones.
fn affords(job: &Job, at: &Progress) -> bool {
    let mean = match at.done {
        // What is expected may be far too much: the first trial will tell, and its calls are held
        // to the budget one by one.
        0 if at.running == 0 => Money::ZERO,
        0 => job.expected_cost.unwrap_or(Money::ZERO),
        done => at.spent_on_done.over(done.into()),
    };
    job.budget.holds(at.spent_on_done + mean.times(at.running.into()), mean)
}

impl Progress {
    fn add(&mut self, score: &TrialScore, cost: Money, plugins: &Plugins) {
        self.done += 1;
        self.spent_on_done += cost;
        let scenario = plugins.scenario(&score.trial.cell.scenario);
        for behaviour in scenario.map_or(&[][..], |scenario| &scenario.manifest().behaviours) {
            let mut verdicts = score.scores.iter().map(|scored| &scored.verdict);
            let first = verdicts.find(|verdict| verdict.behaviour == *behaviour);
            if let Some(verdict) = first {
                let counts = self.counts.entry(behaviour.clone()).or_default();
                counts.add(verdict.outcome, &verdict.marks);
            }
        }
    }
}

async fn count_finished(job: &Job, journal: &Journal) -> Result<Progress, Fault> {
    /// Scores that are in memory at once.
    const PAGE: u32 = 4096;
    let mut at = Progress { total: job.plan.trials.len() as u32, ..Progress::default() };
    let mut from = 0;
    loop {
        let page = journal.scores(from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(at) };
        from = last.ordinal + 1;
        for Scored { judge, ordinal, score, subject } in &page {
            let score = canonical::from_bytes(score).map_err(|error| {
                Fault::new(Blame::Tampered, format!("trial number {ordinal}: {error}"))
            })?;
            at.add(&score, job.prices.of_tokens(*subject, *judge), &job.plugins);
        }
    }
}

fn panicked(task: Id, error: &tokio::task::JoinError) -> Fault {
    Fault::new(Blame::Bug, format!("a trial's task ({task}) ended early: {error}"))
}

/// A trial that is finished.
struct Ran {
    cost: Money,
    score: TrialScore,
}

/// One trial to its finished row.
async fn one(job: Arc<Job>, journal: Journal, ordinal: u32) -> Result<Ran, Fault> {
    let planned = &job.plan.trials[ordinal as usize];
    let cell = &planned.trial.cell;
    let scenario = job.plugins.scenario(&cell.scenario).ok_or_else(|| {
        Fault::new(Blame::Bug, format!("trial {}: its scenario is not loaded", planned.trial))
    })?;
    let agent = job.subject.agent(planned, scenario)?;
    let opened = opened(&job.suite, planned, scenario.as_ref(), agent.is_some());
    let past = journal.past(ordinal);
    let mut log = journal.log(ordinal, past.len());
    let played = {
        let playing = play(&job, planned, (scenario, agent), &opened, past, &mut log);
        within(job.trial_deadline, playing).await
    };
    let mut events = match played {
        Some(events) => events?,
        None => give_up(&job, &journal, ordinal).await?,
    };
    if job.judge.is_some() {
        // The judge may be asked next, and what comes before a paid call is kept.
        journal.flush().await?;
    }
    let mut log = journal.log(ordinal, events.len());
    let scorers = &job.plugins.scorers;
    let score = trial::score::score(
        &planned.trial,
        scenario.as_ref(),
        scorers,
        &mut events,
        job.judge.as_deref(),
        &mut log,
    )
    .await?;
    journal.finish(ordinal, &score, &events).await?;
    Ok(Ran { cost: job.prices.of(&events), score })
}

/// The trial's turns, by whoever is tested.
async fn play(
    job: &Job,
    planned: &PlannedTrial,
    (scenario, agent): (&Arc<dyn ScenarioPlugin>, Option<Box<dyn Agent>>),
    opened: &Opened,
    past: Vec<Event>,
    log: &mut dyn EventLog,
) -> Result<Vec<Event>, Fault> {
    let world = scenario.as_ref();
    match agent {
        Some(mut agent) => trial::bench::run(world, opened, agent.as_mut(), past, log).await,
        None => {
            let mut subject = job.subject.subject(planned, scenario)?;
            trial::run::run(world, opened, subject.as_mut(), past, log).await
        }
    }
}

/// What comes of `playing`, unless it takes longer than `limit`; waits at gates do not count.
async fn within<T>(limit: Duration, playing: impl Future<Output = T>) -> Option<T> {
    /// How soon a trial that waits at a gate is looked at again.
    const LOOK: Duration = Duration::from_secs(1);
    let begun = Instant::now();
    let in_line = Arc::new(InLine::default());
    let playing = IN_LINE.scope(in_line.clone(), playing);
    tokio::pin!(playing);
    let mut until = begun + limit;
    loop {
        if let Ok(played) = timeout_at(until, &mut playing).await {
            return Some(played);
        }
        let waited = begun + limit + in_line.waited();
        if waited <= until {
            return None;
        }
        until = waited.max(Instant::now() + LOOK);
    }
}

/// Event 0 of a planned trial.
pub fn opened(
    suite: &Suite,
    planned: &PlannedTrial,
    scenario: &dyn ScenarioPlugin,
    own_tools: bool,
) -> Opened {
    Opened {
        condition: planned.trial.cell.condition,
        limits: suite.limits(scenario.manifest().turns),
        scenario: scenario.reference().clone(),
        seed: planned.seed,
        trial: planned.trial.clone(),
        own_tools,
    }
}

/// Ends a trial that took too long, after the last event that was kept.
async fn give_up(job: &Job, journal: &Journal, ordinal: u32) -> Result<Vec<Event>, Fault> {
    // An event may have been on its way when the trial was dropped.
    journal.flush().await?;
    let mut events = journal.events(ordinal).await?;
    if !matches!(events.last(), Some(Event::Ended(_))) {
        let message = format!("no end after {} s", job.trial_deadline.as_secs());
        let event = Event::Ended(Ended {
            ending: Ending::Failed,
            failure: Some(Fault::new(Blame::Provider, message).into()),
            final_state: Vec::new(),
            beside: Beside::default(),
        });
        journal.log(ordinal, events.len()).append(&event).await?;
        events.push(event);
    }
    Ok(events)
}
