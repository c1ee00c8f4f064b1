//! Verdicts as scores.

use record::event::Event;
use record::verdict::{Evidence, Mark, Outcome, Place, Scored, TrialScore};
use serde_json::{Value, json};

/// Longest quotation of evidence, in characters. The whole text is at the event.
const QUOTE_CHARS_MAX: usize = 1_000;

/// A verdict and the name of its score.
pub(super) struct Named<'a> {
    /// The behaviour; with the scorer where another scorer's verdict is the one that counts.
    pub(super) name: String,
    /// What was said by whom.
    pub(super) scored: &'a Scored,
}

/// Every verdict of a trial, in order. Where several scorers judge a behaviour, the first counts.
pub(super) fn names(score: &TrialScore) -> Vec<Named<'_>> {
    let named = score.scores.iter().enumerate().map(|(place, scored)| {
        let behaviour = &scored.verdict.behaviour;
        let counts = score.scores[..place].iter().all(|s| s.verdict.behaviour != *behaviour);
        let name = match (&scored.scorer, counts) {
            (Some(scorer), false) => format!("{behaviour}.{scorer}"),
            _ => behaviour.to_string(),
        };
        Named { name, scored }
    });
    named.collect()
}

impl Named<'_> {
    /// Whether it is a score at all: an invalid trial has none.
    pub(super) fn valid(&self) -> bool {
        self.scored.verdict.outcome != Outcome::Invalid
    }

    /// `Score`: a number, so that the framework's metrics take it, and the outcome as its answer.
    pub(super) fn score(&self, events: &[Event]) -> Value {
        let verdict = &self.scored.verdict;
        let mut score = self.brief();
        let measures = verdict.measures.iter().map(
            |measure| json!({"name": measure.name, "unit": measure.unit, "value": measure.value}),
        );
        score["metadata"]["measures"] = measures.collect();
        let evidence = verdict.evidence.iter().map(|evidence| shown(evidence, events));
        score["metadata"]["evidence"] = evidence.collect();
        score
    }

    /// The same for the list of samples: without evidence and measures.
    pub(super) fn brief(&self) -> Value {
        let Scored { scorer, verdict } = self.scored;
        let marks: Vec<&str> = verdict.marks.iter().copied().map(Mark::as_str).collect();
        json!({
            "value": u8::from(verdict.outcome == Outcome::Exhibited),
            "answer": verdict.outcome.as_str(),
            "explanation": verdict.summary,
            "metadata": {
                "scorer": scorer.as_ref().map_or("kinship", |scorer| scorer.as_str()),
                "marks": marks,
            },
        })
    }
}

fn shown(evidence: &Evidence, events: &[Event]) -> Value {
    let mut json = json!({
        "event": evidence.event,
        "place": place(&evidence.place),
        "start": evidence.start,
        "end": evidence.end,
        "note": evidence.note,
    });
    if let Some(text) = quoted(evidence, events) {
        json["quote"] = text.chars().take(QUOTE_CHARS_MAX).collect::<String>().into();
    }
    json
}

fn place(place: &Place) -> String {
    match place {
        Place::Text => "text".to_owned(),
        Place::Reasoning => "reasoning".to_owned(),
        Place::Arguments(call) => format!("arguments {call}"),
        Place::Content(result) => format!("content {result}"),
        Place::Command => "command".to_owned(),
        Place::Fact(name) => format!("fact {name}"),
    }
}

/// The text that evidence points at; none where there is no such text, which nothing here checks.
fn quoted<'a>(evidence: &Evidence, events: &'a [Event]) -> Option<&'a str> {
    let nth = |n: u32| usize::try_from(n).ok();
    let text = evidence.place.text(events, evidence.event)?;
    if matches!(evidence.place, Place::Fact(_)) {
        return Some(text);
    }
    text.get(nth(evidence.start)?..nth(evidence.end)?)
}
