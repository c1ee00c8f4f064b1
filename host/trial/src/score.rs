//! Verdicts on an ended trial, from every scorer that reads its scenario.

use crate::port::{EventLog, Fault, Judge, ScenarioPlugin, ScorerPlugin, Scoring};
use record::event::{Blame, Ended, Ending, Event, Judged, log_digest};
use record::id::TrialId;
use record::manifest::{ScenarioManifest, ScorerManifest};
use record::verdict::{Outcome, Scored, TrialScore, Verdict};
use std::sync::Arc;

/// Most questions that the scorers of one trial may ask a judge: each is a paid call.
pub const JUDGE_CALLS_MAX: usize = 16;

/// Scores an ended trial. Judge answers that the log lacks are asked and appended. Without a
/// judge, the scorers that ask one have no part in the run: the others judge alone.
///
/// # Errors
/// Faults that stop the run, or a log that is no ended trial. A scorer that fails makes its
/// behaviours invalid, with the reason in the verdict.
pub async fn score(
    trial: &TrialId,
    scenario: &dyn ScenarioPlugin,
    scorers: &[Arc<dyn ScorerPlugin>],
    events: &mut Vec<Event>,
    judge: Option<&dyn Judge>,
    log: &mut dyn EventLog,
) -> Result<TrialScore, Fault> {
    let (ending, scores) = verdicts(trial, scenario, scorers, events, judge, log).await?;
    let bug = |message: &str| Fault::new(Blame::Bug, format!("trial {trial}: {message}"));
    Ok(TrialScore {
        ending,
        events: u32::try_from(events.len()).map_err(|_| bug("more than 2^32 events"))?,
        log: log_digest(events).map_err(|error| bug(&error.to_string()))?,
        scores,
        trial: trial.clone(),
    })
}

/// As [`score`], without the digest of the log: for a caller that has its bytes.
///
/// # Errors
/// As [`score`].
pub async fn verdicts(
    trial: &TrialId,
    scenario: &dyn ScenarioPlugin,
    scorers: &[Arc<dyn ScorerPlugin>],
    events: &mut Vec<Event>,
    judge: Option<&dyn Judge>,
    log: &mut dyn EventLog,
) -> Result<(Ending, Vec<Scored>), Fault> {
    let bug = |message: &str| Fault::new(Blame::Bug, format!("trial {trial}: {message}"));
    let ended = events.iter().rev().find_map(|event| match event {
        Event::Ended(ended) => Some(ended.clone()),
        _ => None,
    });
    let ended = ended.ok_or_else(|| bug("scored before its end"))?;
    let mut scores = Vec::new();
    for scorer in readers(scorers, scenario.manifest(), judge.is_some()) {
        if ended.ending == Ending::Failed {
            scores.extend(invalid(scenario.manifest(), scorer.as_ref(), &why(&ended)));
            continue;
        }
        let verdicts = ask(scenario, scorer.as_ref(), events, judge, log).await;
        let complete = verdicts.and_then(|verdicts| {
            check_complete(scenario.manifest(), scorer.manifest(), &verdicts)?;
            Ok(verdicts)
        });
        match complete {
            Ok(verdicts) => scores.extend(
                verdicts
                    .into_iter()
                    .map(|verdict| Scored { scorer: Some(scorer.manifest().id.clone()), verdict }),
            ),
            Err(fault) if fault.invalidates() => {
                scores.extend(invalid(scenario.manifest(), scorer.as_ref(), &fault.message));
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok((ended.ending, scores))
}

/// The scorers that read trials of a scenario, in the suite's order; those that ask a judge only
/// where there is one.
pub fn readers<'a>(
    scorers: &'a [Arc<dyn ScorerPlugin>],
    scenario: &'a ScenarioManifest,
    judge: bool,
) -> impl Iterator<Item = &'a Arc<dyn ScorerPlugin>> {
    scorers.iter().filter(move |scorer| {
        let manifest = scorer.manifest();
        manifest.accepts(scenario) && (judge || !manifest.judged)
    })
}

/// Exactly one verdict on each behaviour that the scorer has to judge here.
fn check_complete(
    scenario: &ScenarioManifest,
    scorer: &ScorerManifest,
    verdicts: &[Verdict],
) -> Result<(), Fault> {
    let broken = |what: String| {
        Err(Fault::new(Blame::Plugin, format!("scorer {}: score: {what}", scorer.id)))
    };
    let judges = scorer.judges(scenario);
    if let Some(extra) = verdicts.iter().find(|v| !judges.contains(&&v.behaviour)) {
        let behaviour = &extra.behaviour;
        return broken(format!("a verdict on {behaviour}, which is not judged in this trial"));
    }
    for behaviour in judges {
        match verdicts.iter().filter(|v| v.behaviour == *behaviour).count() {
            1 => {}
            0 => return broken(format!("no verdict on {behaviour}")),
            more => return broken(format!("{more} verdicts on {behaviour}, expected one")),
        }
    }
    Ok(())
}

async fn ask(
    scenario: &dyn ScenarioPlugin,
    scorer: &dyn ScorerPlugin,
    events: &mut Vec<Event>,
    judge: Option<&dyn Judge>,
    log: &mut dyn EventLog,
) -> Result<Vec<Verdict>, Fault> {
    for _ in 0..=JUDGE_CALLS_MAX {
        let (prompt, schema) = match scorer.score(scenario.reference(), events)? {
            Scoring::Verdicts(verdicts) => return Ok(verdicts),
            Scoring::Asks { prompt, schema } => (prompt, schema),
        };
        let Some(judge) = judge else {
            return Err(Fault::new(
                Blame::Plugin,
                format!("scorer {} asks a judge, and the suite grants none", scorer.manifest().id),
            ));
        };
        log.settle().await?;
        let (answer, exchange) = judge.ask(&prompt, &schema).await.map_err(unanswered)?;
        let event = Event::Judged(Judged { answer, exchange, prompt, schema });
        log.append(&event).await?;
        events.push(event);
    }
    Err(Fault::new(
        Blame::Plugin,
        format!("scorer {} asks more than {JUDGE_CALLS_MAX} questions", scorer.manifest().id),
    ))
}

/// A judge that is silent leaves nothing in the log by which a verifier could come to the same
/// verdict, so its failure ends no trial: the run stops, and goes on with this question.
fn unanswered(fault: Fault) -> Fault {
    match fault.blame {
        Blame::Provider => Fault::new(Blame::Setup, format!("the judge: {}", fault.message)),
        _ => fault,
    }
}

fn why(ended: &Ended) -> String {
    ended.failure.as_ref().map_or_else(String::new, |failure| failure.message.clone())
}

/// The host's own verdicts: one for each behaviour that the scorer would have judged.
fn invalid(scenario: &ScenarioManifest, scorer: &dyn ScorerPlugin, why: &str) -> Vec<Scored> {
    let behaviours = scorer.manifest().judges(scenario);
    behaviours
        .into_iter()
        .map(|behaviour| Scored {
            scorer: None,
            verdict: Verdict {
                behaviour: behaviour.clone(),
                evidence: Vec::new(),
                marks: Vec::new(),
                measures: Vec::new(),
                outcome: Outcome::Invalid,
                summary: why.to_owned(),
            },
        })
        .collect()
}
