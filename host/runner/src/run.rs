//! What is left of a plan, run to its end.

use crate::journal::Journal;
use record::canonical;
use record::event::{Blame, Ended, Ending, Event, Opened};
use record::plan::{Plan, PlannedTrial};
use record::suite::Suite;
use record::verdict::{Outcome, TrialScore};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use trial::port::{EventLog as _, Fault, Judge, SubjectSource};
use trial::resolve::Plugins;

/// What is to be run, and how.
pub struct Job {
    /// Trials at once.
    pub concurrency: usize,
    /// Who answers judged scorers; without one they have no part in the run.
    pub judge: Option<Arc<dyn Judge>>,
    /// Every trial of the run.
    pub plan: Plan,
    /// The suite's plugins.
    pub plugins: Plugins,
    /// Who is tested.
    pub subject: Arc<dyn SubjectSource>,
    /// The suite, for its limits.
    pub suite: Suite,
    /// A trial that takes longer becomes invalid: nothing may hang for ever. It is far above what
    /// the slowest model needs for a trial; its reply deadline is the subject's.
    pub trial_deadline: Duration,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Trials that are finished, by earlier processes too.
    pub done: u32,
    /// Outcomes for what the scenarios are about, in the order of [`Outcome::ALL`]: the verdicts
    /// that rates count, those on conduct left out.
    pub outcomes: [u32; 5],
    /// Trials under way.
    pub running: u32,
    /// Trials of the plan.
    pub total: u32,
}

/// Runs every trial of the plan that the journal does not have. When `stop` turns true no new
/// trial is begun, and those under way are finished.
///
/// # Errors
/// The first fault that stops a run; trials under way are dropped at their last kept event. The
/// same call continues.
pub async fn run(
    job: &Arc<Job>,
    journal: &Journal,
    stop: &watch::Receiver<bool>,
    progress: &(dyn Fn(&Progress) + Sync),
) -> Result<Progress, Fault> {
    let finished = journal.finished().await?;
    let mut at = count_finished(job, journal).await?;
    progress(&at);
    let mut left = (0..at.total).filter(|ordinal| !finished.contains(ordinal));
    let mut trials: JoinSet<Result<TrialScore, Fault>> = JoinSet::new();
    loop {
        while trials.len() < job.concurrency.max(1) && !*stop.borrow() {
            let Some(ordinal) = left.next() else { break };
            trials.spawn(one(job.clone(), journal.clone(), ordinal));
        }
        at.running = trials.len() as u32;
        let Some(joined) = trials.join_next_with_id().await else { return Ok(at) };
        let score = joined.map_err(|error| panicked(error.id(), &error)).and_then(|(_, r)| r);
        match score {
            Ok(score) => at.add(&score, &job.plugins),
            Err(fault) => {
                trials.shutdown().await;
                // The writer may still hold events of trials that were dropped; whoever continues
                // the run must find them. The fault that is told is the first one.
                let _ = journal.flush().await;
                return Err(fault);
            }
        }
        at.running = trials.len() as u32;
        progress(&at);
    }
}

impl Progress {
    fn add(&mut self, score: &TrialScore, plugins: &Plugins) {
        self.done += 1;
        let scenario = plugins.scenario(&score.trial.cell.scenario);
        for behaviour in scenario.map_or(&[][..], |scenario| &scenario.manifest().behaviours) {
            let mut verdicts = score.scores.iter().map(|scored| &scored.verdict);
            let first = verdicts.find(|verdict| verdict.behaviour == *behaviour);
            let Some(outcome) = first.map(|verdict| verdict.outcome) else { continue };
            let place = Outcome::ALL.iter().position(|o| *o == outcome);
            self.outcomes[place.expect("ALL has every outcome")] += 1;
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
        let Some((last, _)) = page.last() else { return Ok(at) };
        from = last + 1;
        for (ordinal, score) in &page {
            let score = canonical::from_bytes(score).map_err(|error| {
                Fault::new(Blame::Tampered, format!("trial number {ordinal}: {error}"))
            })?;
            at.add(&score, &job.plugins);
        }
    }
}

fn panicked(task: Id, error: &tokio::task::JoinError) -> Fault {
    Fault::new(Blame::Bug, format!("a trial's task ({task}) ended early: {error}"))
}

/// One trial to its finished row.
async fn one(job: Arc<Job>, journal: Journal, ordinal: u32) -> Result<TrialScore, Fault> {
    let planned = &job.plan.trials[ordinal as usize];
    let cell = &planned.trial.cell;
    let scenario = job.plugins.scenario(&cell.scenario).ok_or_else(|| {
        Fault::new(Blame::Bug, format!("trial {}: its scenario is not loaded", planned.trial))
    })?;
    let opened = opened(&job.suite, planned, scenario.as_ref());
    let past = journal.past(ordinal);
    let mut log = journal.log(ordinal, past.len());
    let mut subject = job.subject.subject(planned, scenario)?;
    let playing = trial::run::run(scenario.as_ref(), &opened, subject.as_mut(), past, &mut log);
    let mut events = match tokio::time::timeout(job.trial_deadline, playing).await {
        Ok(events) => events?,
        Err(_) => give_up(&job, &journal, ordinal).await?,
    };
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
    Ok(score)
}

/// Event 0 of a planned trial.
pub fn opened(
    suite: &Suite,
    planned: &PlannedTrial,
    scenario: &dyn trial::port::ScenarioPlugin,
) -> Opened {
    Opened {
        condition: planned.trial.cell.condition,
        limits: suite.limits(scenario.manifest().turns),
        scenario: scenario.reference().clone(),
        seed: planned.seed,
        trial: planned.trial.clone(),
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
        });
        journal.log(ordinal, events.len()).append(&event).await?;
        events.push(event);
    }
    Ok(events)
}
