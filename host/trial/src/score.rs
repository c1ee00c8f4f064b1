//! Verdicts on an ended trial, from every scorer that reads its scenario.

use crate::port::{EventLog, Fault, Judge, ScenarioPlugin, ScorerPlugin, Scoring};
use record::event::{Blame, Ended, Ending, Event, Judged, log_digest};
use record::id::TrialId;
use record::manifest::ScenarioManifest;
use record::verdict::{Outcome, Scored, TrialScore, Verdict};

/// Most questions that the scorers of one trial may ask a judge: each is a paid call.
pub const JUDGE_CALLS_MAX: usize = 16;

/// Scores an ended trial. Judge answers that the log lacks are asked and appended; without a
/// judge, a scorer that asks one fails.
///
/// # Errors
/// Faults that stop the run, or a log that is no ended trial. A scorer that fails makes its
/// behaviours invalid, with the reason in the verdict.
pub async fn score(
    trial: &TrialId,
    scenario: &dyn ScenarioPlugin,
    scorers: &[std::sync::Arc<dyn ScorerPlugin>],
    events: &mut Vec<Event>,
    judge: Option<&dyn Judge>,
    log: &mut dyn EventLog,
) -> Result<TrialScore, Fault> {
    let bug = |message: &str| Fault::new(Blame::Bug, format!("trial {trial}: {message}"));
    let ended = events.iter().rev().find_map(|event| match event {
        Event::Ended(ended) => Some(ended.clone()),
        _ => None,
    });
    let ended = ended.ok_or_else(|| bug("scored before its end"))?;
    let mut scores = Vec::new();
    for scorer in scorers.iter().filter(|s| s.manifest().accepts(scenario.manifest())) {
        if ended.ending == Ending::Failed {
            scores.extend(invalid(scenario.manifest(), scorer.as_ref(), &why(&ended)));
            continue;
        }
        match verdicts(scenario, scorer.as_ref(), events, judge, log).await {
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
    Ok(TrialScore {
        ending: ended.ending,
        events: u32::try_from(events.len()).map_err(|_| bug("more than 2^32 events"))?,
        log: log_digest(events).map_err(|error| bug(&error.to_string()))?,
        scores,
        trial: trial.clone(),
    })
}

async fn verdicts(
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
        let (answer, exchange) = judge.ask(&prompt, &schema).await?;
        let event = Event::Judged(Judged { answer, exchange, prompt, schema });
        log.append(&event).await?;
        events.push(event);
    }
    Err(Fault::new(
        Blame::Plugin,
        format!("scorer {} asks more than {JUDGE_CALLS_MAX} questions", scorer.manifest().id),
    ))
}

fn why(ended: &Ended) -> String {
    ended.failure.as_ref().map_or_else(String::new, |failure| failure.message.clone())
}

/// The host's own verdicts: one for each behaviour that the scorer would have judged.
fn invalid(scenario: &ScenarioManifest, scorer: &dyn ScorerPlugin, why: &str) -> Vec<Scored> {
    let judged = &scorer.manifest().behaviours;
    let behaviours = scenario.behaviours.iter().filter(|b| judged.contains(b));
    behaviours
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
