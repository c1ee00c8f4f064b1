//! One trial, done again from its log.

use crate::count::{Usage, line};
use crate::echo::echo;
use crate::verify::{Difference, VerifyError};
use async_trait::async_trait;
use futures::executor::block_on;
use record::digest::Digest;
use record::event::{Blame, Ended, Ending, Event, Exchange, Failure, Judged, Opened, Replied};
use record::id::TrialId;
use record::plan::PlannedTrial;
use record::suite::Suite;
use record::verdict::TrialScore;
use std::collections::VecDeque;
use std::sync::Mutex;
use trial::port::{EventLog, Fault, Judge, ScenarioPlugin, World};
use trial::rebuild::{RebuildError, compare, first_difference, rebuild};
use trial::resolve::Plugins;
use trial::run::{ending, out_of_turns};
use trial::score::verdicts;

/// A trial whose log and verdicts hold.
pub(crate) struct Checked {
    pub(crate) score: TrialScore,
    pub(crate) usage: Usage,
    /// The bytes of `score`.
    pub(crate) verdict: Vec<u8>,
}

/// What a trial is held against.
pub(crate) struct Standard<'a> {
    /// Whether the run had a judge.
    pub(crate) judge: bool,
    /// Whether its subject is an agent with tools of its own.
    pub(crate) own_tools: bool,
    pub(crate) suite: &'a Suite,
    pub(crate) plugins: &'a Plugins,
}

impl Standard<'_> {
    /// Rebuilds and rescores one trial.
    pub(crate) fn check(
        &self,
        planned: &PlannedTrial,
        verdict: Vec<u8>,
        log: &[u8],
    ) -> Result<Checked, VerifyError> {
        let trial = &planned.trial;
        let scenario = self.plugins.scenario(&trial.cell.scenario);
        let scenario = scenario.ok_or_else(|| wrong(trial, "its scenario is not the suite's"))?;
        let opened = self.opened(planned, scenario.as_ref());
        let events = match echo(scenario.as_ref(), &opened, log) {
            Some(events) => {
                check_order(trial, &opened, &events)?;
                events
            }
            None => {
                let events = read(trial, log)?;
                check_log(trial, scenario.as_ref(), &opened, &events)?;
                events
            }
        };
        let usage = Usage::of(&events);
        let score = self.rescore(trial, scenario.as_ref(), events, Digest::of(log))?;
        check_score(trial, &score, &verdict)?;
        Ok(Checked { score, usage, verdict })
    }

    /// The event 0 that a planned trial must have.
    fn opened(&self, planned: &PlannedTrial, scenario: &dyn ScenarioPlugin) -> Opened {
        Opened {
            condition: planned.trial.cell.condition,
            limits: self.suite.limits(scenario.manifest().turns),
            scenario: scenario.reference().clone(),
            seed: planned.seed,
            trial: planned.trial.clone(),
            own_tools: self.own_tools,
        }
    }

    /// Scores the world's part of the log; a judge's answers are given again as they are asked for.
    /// `log` is the digest of the log's bytes, which are those of `events`.
    fn rescore(
        &self,
        trial: &TrialId,
        scenario: &dyn ScenarioPlugin,
        mut events: Vec<Event>,
        log: Digest,
    ) -> Result<TrialScore, VerifyError> {
        let end = events.iter().position(|e| matches!(e, Event::Ended(_))).map_or(0, |at| at + 1);
        let judged = events.split_off(end).into_iter().filter_map(|event| match event {
            Event::Judged(judged) => Some(judged),
            _ => None,
        });
        let judged: VecDeque<Judged> = judged.collect();
        let all = events.len() + judged.len();
        let answers = RecordedJudge(Mutex::new(judged));
        let judge: Option<&dyn Judge> = self.judge.then_some(&answers);
        let scorers = &self.plugins.scorers;
        let mut nothing = Forgetful;
        let scored = verdicts(trial, scenario, scorers, &mut events, judge, &mut nothing);
        let (ending, scores) = block_on(scored).map_err(|fault| of_trial(trial, fault))?;
        let at = events.len();
        if at != all {
            let message = format!("event {at}: a judge's answer that nobody asked for");
            return Err(wrong(trial, &message));
        }
        let events = u32::try_from(all).map_err(|_| wrong(trial, "more than 2^32 events"))?;
        Ok(TrialScore { ending, events, log, scores, trial: trial.clone() })
    }
}

/// Gives the log's answers, in order, to the questions that they answered.
struct RecordedJudge(Mutex<VecDeque<Judged>>);

#[async_trait]
impl Judge for RecordedJudge {
    async fn ask(&self, prompt: &str, schema: &str) -> Result<(String, Option<Exchange>), Fault> {
        let next = self.0.lock().map(|mut answers| answers.pop_front()).unwrap_or_default();
        match next {
            Some(judged) if judged.prompt == prompt && judged.schema == schema => {
                Ok((judged.answer, judged.exchange))
            }
            Some(_) => Err(Fault::new(Blame::Tampered, "a scorer asks another question")),
            None => Err(Fault::new(Blame::Tampered, "a scorer asks more than the log answers")),
        }
    }
}

/// Scoring again writes nothing down.
struct Forgetful;

#[async_trait]
impl EventLog for Forgetful {
    async fn append(&mut self, _: &Event) -> Result<(), Fault> {
        Ok(())
    }
}

fn read(trial: &TrialId, log: &[u8]) -> Result<Vec<Event>, VerifyError> {
    let lines = log.split_inclusive(|byte| *byte == b'\n').enumerate();
    lines
        .map(|(number, line)| {
            Event::from_line(line)
                .map_err(|error| wrong(trial, &format!("event {number}: {error}")))
        })
        .collect()
}

/// The log is that of the expected world, from its opening to its end.
fn check_log(
    trial: &TrialId,
    scenario: &dyn ScenarioPlugin,
    opened: &Opened,
    events: &[Event],
) -> Result<(), VerifyError> {
    let differs = |error| rebuild_error(trial, error);
    let first = events.first().ok_or_else(|| wrong(trial, "its log is empty"))?;
    compare(0, &Event::Opened(opened.clone()), first).map_err(differs)?;
    let (at, ended, due) = check_order(trial, opened, events)?;
    let world = rebuild(scenario, opened, &events[..at]);
    if let (Ending::Failed, Some(failure)) = (ended.ending, &ended.failure) {
        return check_failure(opened, &events[..at], due, failure, world);
    }
    let final_state = world
        .and_then(|mut world| {
            world.final_state().map_err(|fault| RebuildError::Fault { event: at, fault })
        })
        .map_err(differs)?;
    let expected = Event::Ended(Ended {
        ending: ended.ending,
        failure: None,
        final_state,
        beside: ended.beside.clone(),
    });
    compare(at, &expected, &events[at]).map_err(differs)
}

/// Every event stands where the turn loop can have put it. Returns the number of the `ended` event,
/// the event, and how the trial was due to end there.
fn check_order<'a>(
    trial: &TrialId,
    opened: &Opened,
    events: &'a [Event],
) -> Result<(usize, &'a Ended, Option<Ending>), VerifyError> {
    let out_of_order = |number: usize, after: &Event| {
        let (found, after) = (events[number].kind(), after.kind());
        wrong(trial, &format!("event {number}: {found} cannot stand after {after}"))
    };
    for (number, pair) in events.windows(2).enumerate() {
        let (before, event, number) = (&pair[0], &pair[1], number + 1);
        use Event as E;
        if !fits(opened.own_tools, before, event) {
            return Err(out_of_order(number, before));
        }
        let so_far = &events[..number];
        let decides = matches!(before, E::Briefed(_) | E::Replied(_) | E::Stepped(_))
            || matches!(event, E::Ended(_));
        let mut due = if decides { ending(opened, so_far) } else { None };
        // Out of turns, an agent with tools of its own may still act, and no more than that.
        if matches!(event, E::Ended(_)) || matches!(event, E::Replied(replied) if replied.is_turn())
        {
            due = due.or_else(|| out_of_turns(opened, so_far).then_some(Ending::Turns));
        }
        match event {
            E::Ended(ended) => {
                check_judged(trial, events, number)?;
                check_ending(trial, number, ended, due)?;
                return Ok((number, ended, due));
            }
            _ => {
                if let Some(due) = due {
                    let message = format!(
                        "event {number}: {} follows, where the trial ends ({due:?})",
                        event.kind()
                    );
                    return Err(wrong(trial, &message));
                }
            }
        }
    }
    Err(wrong(trial, &format!("event {}: missing; the log stops before its end", events.len())))
}

/// Whether an event can follow another. Without tools of its own every reply of a subject is the
/// world's to answer; with them, only one that calls nothing or was passed on to it.
fn fits(own_tools: bool, before: &Event, event: &Event) -> bool {
    use Event as E;
    let answered =
        |replied: &Replied| !own_tools || replied.relayed || replied.reply.calls.is_empty();
    let told = match event {
        E::Replied(replied) if replied.relayed => {
            own_tools && replied.exchange.is_none() && replied.reply.calls.len() == 1
        }
        E::Executed(_) | E::Wrote(_) | E::Removed(_) => own_tools,
        E::Replied(Replied { beside, .. }) | E::Ended(Ended { beside, .. }) => {
            own_tools || beside.is_nothing()
        }
        _ => true,
    };
    told && match (before, event) {
        (E::Opened(_), E::Briefed(_)) | (E::Opened(_) | E::Replied(_), E::Ended(_)) => true,
        (E::Replied(replied), E::Stepped(_)) => answered(replied),
        (E::Opened(_) | E::Ended(_) | E::Judged(_), _) => false,
        (_, E::Opened(_) | E::Briefed(_) | E::Stepped(_) | E::Judged(_)) => false,
        (E::Replied(replied), _) => !answered(replied),
        _ => true,
    }
}

/// After the end only a judge speaks.
fn check_judged(trial: &TrialId, events: &[Event], end: usize) -> Result<(), VerifyError> {
    let other = |event: &Event| !matches!(event, Event::Judged(_));
    match events[end + 1..].iter().position(other) {
        None => Ok(()),
        Some(at) => {
            let (number, kind) = (end + 1 + at, events[end + 1 + at].kind());
            Err(wrong(trial, &format!("event {number}: {kind} cannot stand after ended")))
        }
    }
}

fn check_ending(
    trial: &TrialId,
    number: usize,
    ended: &Ended,
    due: Option<Ending>,
) -> Result<(), VerifyError> {
    if ended.ending == Ending::Failed {
        let told = ended.failure.is_some() && ended.final_state.is_empty();
        let message = format!("event {number}: a failed trial has a failure and no final state");
        return if told { Ok(()) } else { Err(wrong(trial, &message)) };
    }
    if due == Some(ended.ending) {
        return Ok(());
    }
    let word = |ending: Option<Ending>| ending.map_or("not yet".into(), |e| format!("{e:?}"));
    Err(VerifyError::differs(Difference {
        trial: Some(trial.clone()),
        event: Some(number),
        field: "ended.ending".into(),
        expected: word(due).to_lowercase(),
        found: word(Some(ended.ending)).to_lowercase(),
    }))
}

/// A failure is what it says: a plugin's is seen again, a provider's can only come where the
/// subject was asked. `events` is the log without its end, `world` what rebuilding it gave.
fn check_failure(
    opened: &Opened,
    events: &[Event],
    due: Option<Ending>,
    failure: &Failure,
    world: Result<Box<dyn World>, RebuildError>,
) -> Result<(), VerifyError> {
    let (number, trial) = (events.len(), &opened.trial);
    // An agent with tools of its own may fail at any time.
    let asked = due.is_none()
        && match events.last() {
            Some(Event::Opened(_)) => false,
            Some(Event::Replied(_)) => opened.own_tools,
            _ => true,
        };
    let mut world = match (world, failure.blame) {
        // It does not even open.
        (Err(RebuildError::Fault { event: 0, fault }), Blame::Plugin)
            if number == 1 && fault.blame == Blame::Plugin =>
        {
            return Ok(());
        }
        (Err(error), _) => return Err(rebuild_error(trial, error)),
        // The subject's side failed: no replay can show that, so such trials are counted apart.
        (Ok(_), Blame::Provider | Blame::Plugin) if asked => return Ok(()),
        (Ok(world), Blame::Plugin) => world,
        (Ok(_), blame) => {
            let message = format!("event {number}: a failure by {blame:?} cannot stand here");
            return Err(wrong(trial, &message));
        }
    };
    let again = match events.last() {
        _ if due.is_some() => world.final_state().map(drop),
        Some(Event::Replied(replied)) => world.step(&replied.reply).map(drop),
        _ => world.briefing().map(drop),
    };
    match again {
        Err(fault) if fault.blame == Blame::Plugin => Ok(()),
        Err(fault) => Err(of_trial(trial, fault)),
        Ok(()) => Err(VerifyError::differs(Difference {
            trial: Some(trial.clone()),
            event: Some(number),
            field: "ended.failure".into(),
            expected: "no failure: the plugin answers".into(),
            found: failure.message.chars().take(200).collect(),
        })),
    }
}

fn check_score(trial: &TrialId, score: &TrialScore, found: &[u8]) -> Result<(), VerifyError> {
    let expected = line(score).map_err(|fault| of_trial(trial, fault))?;
    if expected == found {
        return Ok(());
    }
    Err(bytes_differ(Some(trial), "verdict", &expected, found))
}

/// Names the first field in which two canonical texts differ.
pub(crate) fn bytes_differ(
    trial: Option<&TrialId>,
    what: &str,
    expected: &[u8],
    found: &[u8],
) -> VerifyError {
    let value = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let differs = match (value(expected), value(found)) {
        (Some(a), Some(b)) => first_difference(&a, &b, String::new()),
        _ => None,
    };
    // The same values in another spelling: the bytes are what is compared.
    let unseen = || (String::new(), "its canonical bytes".to_owned(), "other bytes".to_owned());
    let (field, expected, found) = differs.unwrap_or_else(unseen);
    let field = if field.is_empty() { what.to_owned() } else { format!("{what}: {field}") };
    VerifyError::differs(Difference { trial: trial.cloned(), event: None, field, expected, found })
}

fn wrong(trial: &TrialId, problem: &str) -> VerifyError {
    of_trial(trial, Fault::new(Blame::Tampered, problem))
}

fn of_trial(trial: &TrialId, fault: Fault) -> VerifyError {
    let Fault { blame, message, .. } = fault;
    VerifyError::fault(Fault::new(blame, format!("trial {trial}: {message}")))
}

fn rebuild_error(trial: &TrialId, error: RebuildError) -> VerifyError {
    match error {
        RebuildError::Diverged(at) => VerifyError::differs(Difference {
            trial: Some(trial.clone()),
            event: Some(at.event),
            field: at.field,
            expected: at.expected,
            found: at.found,
        }),
        // The machine that verifies is at fault, not the log.
        RebuildError::Fault { fault, .. } if matches!(fault.blame, Blame::Setup | Blame::Bug) => {
            of_trial(trial, fault)
        }
        RebuildError::Fault { event, fault } => {
            wrong(trial, &format!("event {event}: replay cannot reach it: {}", fault.message))
        }
    }
}
