//! A trial as `EvalSample`, and its line in the list of samples.

use super::score::{self, Named};
use super::transcript::{Frame, Transcript};
use super::usage::Usage;
use super::{InspectError, name};
use crate::columns;
use crate::{Run, Trial};
use record::event::{Ended, Ending, Event, Opened};
use serde_json::{Value, json};
use std::io;

/// Longest input in the list of samples, in characters: the three lines that the viewer shows of
/// it. The list is read whole, so every hundred characters are 17 MB at 168,000 trials.
const BRIEF_CHARS_MAX: usize = 250;

/// Scores by name, in the order of the suite's scorers.
type Scores = Vec<(String, Value)>;

/// One sample, ready to be written.
pub(super) struct Sample {
    /// Its id.
    pub(super) id: String,
    /// `EvalSample`, as JSON.
    pub(super) text: Vec<u8>,
    /// `EvalSampleSummary`, as JSON.
    pub(super) summary: Vec<u8>,
    /// Names of its scores.
    pub(super) scores: Vec<String>,
    /// Whether it counts as an error.
    pub(super) failed: bool,
    /// Tokens of the subject and the judge.
    pub(super) usage: Usage,
}

impl Sample {
    /// The member of the archive. The epoch is always 1: see the parent module.
    pub(super) fn member(&self) -> String {
        format!("samples/{}_epoch_1.json", self.id)
    }
}

/// The sample of one trial.
pub(super) fn of(run: &Run<'_>, trial: &Trial, created: &str) -> Result<Sample, InspectError> {
    let (opened, number, ended) = ends(trial)?;
    let id = name::sample(&opened.trial);
    let uuid = name::sample_uuid(run, &opened.trial);
    let model = name::model(&run.result.subject.spec);
    let judge = run.result.judge.as_ref().map_or_else(String::new, |j| name::model(&j.spec));
    let frame = Frame { created, judge: &judge, model: &model, uuid: &uuid };
    let mut transcript = Transcript::new(frame);
    let arm = arm(trial, opened);
    let metadata = whole(&arm, trial);
    let briefing = trial.events.iter().find_map(|event| match event {
        Event::Briefed(briefing) => Some(briefing),
        _ => None,
    });
    let input = transcript.init(&id, opened, briefing, &metadata);

    transcript.begin("solvers", "solvers");
    for (number, event) in trial.events.iter().enumerate() {
        transcript.turn(number, event);
    }
    let limit = transcript.ended(number, ended, opened);
    let named = score::names(&trial.score);
    let error = error(ended, &named);
    if let Some(error) = &error {
        transcript.failed(number, error);
    }
    transcript.end();
    let scores = scorers(&mut transcript, trial, (number, ended), &named, error.is_some());

    let head = json!({
        "id": id,
        "epoch": 1,
        "target": "",
        "uuid": uuid,
        "turn_count": transcript.turns,
    });
    let counted = if error.is_some() { &[][..] } else { &named };
    let counted: Vec<&Named<'_>> = counted.iter().filter(|named| named.valid()).collect();
    let mut summary = brief(head.clone(), &input, &transcript);
    summary["metadata"] = arm;
    let mut json = full(head, input, transcript_parts(&transcript, &model, &judge));
    json["metadata"] = metadata;
    if let Some(limit) = limit {
        summary["limit"] = limit["type"].clone();
        json["limit"] = limit;
    }
    if let Some(error) = &error {
        summary["error"] = error["message"].clone();
        json["error"] = error.clone();
    }
    for field in ["model_usage", "role_usage"] {
        summary[field] = json[field].clone();
    }
    let briefs: Scores = counted.iter().map(|n| (n.name.clone(), n.brief())).collect();
    Ok(Sample {
        id,
        text: with_scores(&scores, &json).map_err(io::Error::from)?,
        summary: with_scores(&briefs, &summary).map_err(io::Error::from)?,
        scores: counted.iter().map(|named| named.name.clone()).collect(),
        failed: error.is_some(),
        usage: transcript.usage,
    })
}

/// The first event, and the last of the world with its number.
fn ends(trial: &Trial) -> Result<(&Opened, usize, &Ended), InspectError> {
    let wrong =
        |problem: String| InspectError::Trial { trial: trial.score.trial.to_string(), problem };
    let Some(Event::Opened(opened)) = trial.events.first() else {
        return Err(wrong("expected `opened` as event 0 of its log".into()));
    };
    if opened.trial != trial.score.trial {
        return Err(wrong(format!("its log is of trial {}", opened.trial)));
    }
    let ended = trial.events.iter().enumerate().find_map(|(number, event)| match event {
        Event::Ended(ended) => Some((number, ended)),
        _ => None,
    });
    let (number, ended) =
        ended.ok_or_else(|| wrong("expected an `ended` event in its log".into()))?;
    Ok((opened, number, ended))
}

/// `EvalError` of a trial that is invalid as a whole: it failed, or no scorer could say anything.
fn error(ended: &Ended, named: &[Named<'_>]) -> Option<Value> {
    let message = match (&ended.failure, ended.ending) {
        (Some(failure), _) => failure.message.clone(),
        (None, Ending::Failed) => "the trial failed".to_owned(),
        (None, _) if !named.is_empty() && named.iter().all(|n| !n.valid()) => {
            named[0].scored.verdict.summary.clone()
        }
        _ => return None,
    };
    Some(json!({"message": message, "traceback": "", "traceback_ansi": ""}))
}

fn scorers(
    transcript: &mut Transcript<'_>,
    trial: &Trial,
    (number, ended): (usize, &Ended),
    named: &[Named<'_>],
    failed: bool,
) -> Scores {
    let mut scores = Scores::new();
    transcript.begin("scorers", "scorers");
    if !ended.final_state.is_empty() {
        transcript.facts(number, ended);
    }
    for (number, event) in trial.events.iter().enumerate() {
        if let Event::Judged(judged) = event {
            transcript.judged(number, judged);
        }
    }
    for named in named {
        if named.valid() && !failed {
            let score = named.score(&trial.events);
            transcript.scored(named, &score);
            scores.push((named.name.clone(), score));
        } else {
            let data = json!({"invalid": named.name, "summary": named.scored.verdict.summary});
            transcript.info(None, data);
        }
    }
    transcript.end();
    scores
}

/// What groups trials, in words.
fn arm(trial: &Trial, opened: &Opened) -> Value {
    let condition = opened.condition;
    json!({
        "trial": opened.trial.to_string(),
        "cell": opened.trial.cell.to_string(),
        "scenario": opened.trial.cell.scenario.as_str(),
        "condition": condition.to_string(),
        "stake": columns::stake(condition.stake),
        "relationship": columns::relationship(condition.relationship),
        "channel": columns::channel(condition.channel),
        "oversight": columns::oversight(condition.oversight),
        "index": opened.trial.index,
        "ending": columns::ending(trial.score.ending),
    })
}

/// The same with what ties the sample to the bundle.
fn whole(arm: &Value, trial: &Trial) -> Value {
    let mut metadata = arm.clone();
    metadata["seed"] = json!(trial.seed.to_string());
    metadata["log_sha256"] = json!(trial.score.log.to_string());
    metadata["events"] = json!(trial.score.events);
    metadata
}

/// Fields of `EvalSample` that a transcript gives.
fn transcript_parts(transcript: &Transcript<'_>, model: &str, judge: &str) -> Value {
    let (models, roles) = transcript.usage.json(model, judge);
    let silent = || json!({"model": model, "choices": []});
    json!({
        "messages": transcript.messages,
        "output": transcript.output.clone().unwrap_or_else(silent),
        "events": transcript.events,
        "events_data": {"messages": transcript.messages, "calls": []},
        "model_usage": models,
        "role_usage": roles,
        "store": {},
        "attachments": {},
    })
}

fn full(mut json: Value, input: Value, parts: Value) -> Value {
    json["input"] = input;
    if let (Value::Object(json), Value::Object(parts)) = (&mut json, parts) {
        json.extend(parts);
    }
    json
}

fn brief(mut json: Value, input: &Value, transcript: &Transcript<'_>) -> Value {
    // The user's message: what the system prompt says is much the same in every trial.
    let told = input.as_array().and_then(|messages| messages.last());
    let told = told.map_or("", |message| message["content"].as_str().unwrap_or_default());
    json["input"] = json!(told.chars().take(BRIEF_CHARS_MAX).collect::<String>());
    json["completed"] = json!(true);
    json["message_count"] = json!(transcript.messages.len());
    json
}

/// The text of an object with its scores in front, in their order. A map of `serde_json` would sort
/// them, and the viewer shows the answer of the first as the answer of the sample.
fn with_scores(scores: &Scores, json: &Value) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = b"{\"scores\":{".to_vec();
    for (place, (name, score)) in scores.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        serde_json::to_writer(&mut text, name)?;
        text.push(b':');
        serde_json::to_writer(&mut text, score)?;
    }
    text.extend_from_slice(b"},");
    // Neither object is ever empty: both have an id.
    text.extend_from_slice(&serde_json::to_vec(json)?[1..]);
    Ok(text)
}
