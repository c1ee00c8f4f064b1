//! What the author of a scorer writes, and how a trial is read.

use crate::{
    Event, Reply, ScorerManifest, Step, ToolCall, ToolResult, TrialRecord, Value, Verdict,
};

/// Verdicts from what was done.
pub trait Scorer: 'static {
    /// What the scorer says of itself; the same always.
    fn manifest() -> ScorerManifest;

    /// Exactly one verdict for each behaviour of the manifest that the trial is judged on: those
    /// that the scenario names too, or all of them where `every_trial` is set. Pure.
    ///
    /// # Errors
    /// When the record is not what the manifest asks for: what is missing or malformed, in words.
    fn score(trial: &TrialRecord) -> Result<Vec<Verdict>, String>;
}

/// A model that reads. The host asks it and records the answer, so scoring replays.
pub trait Judge {
    /// The answer, a JSON text that satisfies `schema` (JSON Schema 2020-12) if the model kept to
    /// it: check what is relied on. In a guest a question that the log does not answer yet ends the
    /// call, and the host calls again once it does; so ask the same in the same order every time.
    ///
    /// # Errors
    /// When there is no answer.
    fn ask(&self, prompt: &str, schema: &str) -> Result<String, String>;
}

impl<F: Fn(&str, &str) -> Result<String, String>> Judge for F {
    fn ask(&self, prompt: &str, schema: &str) -> Result<String, String> {
        self(prompt, schema)
    }
}

/// A [`Scorer`] that asks a judge. It has a part only in runs whose operator grants one.
pub trait JudgedScorer: 'static {
    /// As [`Scorer::manifest`].
    fn manifest() -> ScorerManifest;

    /// As [`Scorer::score`]; pure but for the judge.
    ///
    /// # Errors
    /// As [`Scorer::score`]; also when an answer is not what the schema asks for.
    fn score(trial: &TrialRecord, judge: &dyn Judge) -> Result<Vec<Verdict>, String>;
}

/// One turn of a trial: a reply and what the world answered.
#[derive(Clone, Copy, Debug)]
pub struct TurnView<'a> {
    /// Counts from 0.
    pub number: u32,
    /// The event of the reply.
    pub reply_event: u32,
    /// What the subject answered.
    pub reply: &'a Reply,
    /// The event of the step; none when the trial stopped before it.
    pub step_event: Option<u32>,
    /// One for each call; empty when the trial stopped before.
    pub results: &'a [ToolResult],
}

impl<'a> TurnView<'a> {
    /// Each call with its index and its result.
    pub fn calls(&self) -> impl Iterator<Item = (u32, &'a ToolCall, Option<&'a ToolResult>)> {
        let results = self.results;
        (0u32..).zip(&self.reply.calls).map(move |(n, call)| (n, call, results.get(n as usize)))
    }
}

/// How a [`TrialRecord`] is read.
pub trait Reading {
    /// The value of a fact.
    ///
    /// # Errors
    /// When the trial does not state it, or its value is not JSON.
    fn fact(&self, name: &str) -> Result<Value, String>;

    /// The turns in order.
    fn turns(&self) -> Vec<TurnView<'_>>;
}

impl Reading for TrialRecord {
    fn fact(&self, name: &str) -> Result<Value, String> {
        let fact = self
            .final_state
            .iter()
            .find(|fact| fact.name == name)
            .ok_or_else(|| format!("fact {name}: {} does not state it", self.scenario))?;
        serde_json::from_str(&fact.value).map_err(|error| format!("fact {name}: not JSON: {error}"))
    }

    fn turns(&self) -> Vec<TurnView<'_>> {
        let mut turns: Vec<TurnView<'_>> = Vec::new();
        for (number, event) in (0u32..).zip(&self.events) {
            match event {
                Event::Replied(reply) => turns.push(TurnView {
                    number: u32::try_from(turns.len()).unwrap_or(u32::MAX),
                    reply_event: number,
                    reply,
                    step_event: None,
                    results: &[],
                }),
                Event::Stepped(step) => {
                    if let Some(turn) = turns.last_mut() {
                        turn.step_event = Some(number);
                        turn.results = results(step);
                    }
                }
                _ => {}
            }
        }
        turns
    }
}

/// The results of a step, whatever comes next.
#[must_use]
pub fn results(step: &Step) -> &[ToolResult] {
    match step {
        Step::Observe(results) | Step::Ask((results, _)) | Step::End(results) => results,
    }
}
