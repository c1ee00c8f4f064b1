//! Transcripts, as data for the page's script.
//!
//! ```text
//! { strings: [text], transcripts: [
//!   { log, ending, verdicts: [[behaviour, outcome, marks, summary, scorer, [measure]]],
//!     notes: [[number, behaviour, place, note, found]], more: notes left out,
//!     events: [[kind, [label, role, folded, [stretch]]…]] } ] }
//! ```
//!
//! Texts are places in `strings`; `outcome` and `marks` are as in [`super::trials`], `found` and
//! `folded` are 0 or 1. A stretch is a text alone, or `[text, [note], bytes left out, rest]`.

use super::STRETCH_BYTES_MAX;
use super::TRANSCRIPTS_BYTES_MAX;
use super::packed::Strings;
use super::trials::{marks, outcome};
use crate::text::ending;
use crate::transcript::{Note, Part, Run, Transcript, read};
use crate::visible;
use record::event::Event;
use record::id::TrialId;
use record::verdict::{Scored, TrialScore};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The transcripts that fit.
pub(super) struct Whole {
    /// In the order of the data.
    pub(super) shown: Vec<TrialId>,
    pub(super) data: Value,
}

/// As many of `chosen`, in its order, as have [`TRANSCRIPTS_BYTES_MAX`] bytes of text together,
/// each text counted once. One that is no trial of `scores` has no row to be reached from and is
/// left out.
pub(super) fn data(scores: &[TrialScore], chosen: &[(TrialScore, Vec<Event>)]) -> Whole {
    let known: BTreeSet<&TrialId> = scores.iter().map(|score| &score.trial).collect();
    let mut strings = Strings::default();
    let mut shown = Vec::new();
    let mut transcripts = Vec::new();
    for (score, events) in chosen {
        if !known.contains(&score.trial) || shown.contains(&score.trial) {
            continue;
        }
        let before = strings.len();
        let one = transcript(&mut strings, score, &read(score, events));
        if strings.bytes() > TRANSCRIPTS_BYTES_MAX {
            strings.back_to(before);
            break;
        }
        shown.push(score.trial.clone());
        transcripts.push(one);
    }
    let data = json!({ "strings": strings.into_value(), "transcripts": transcripts });
    Whole { shown, data }
}

fn transcript(strings: &mut Strings, score: &TrialScore, laid: &Transcript) -> Value {
    let verdicts: Vec<Value> = score.scores.iter().map(|s| verdict(strings, s)).collect();
    let notes: Vec<Value> = laid.notes.iter().map(|one| note(strings, one)).collect();
    let events = laid.entries.iter().map(|entry| {
        let kind = strings.place(entry.kind);
        let parts = entry.parts.iter().map(|one| part(strings, one));
        let parts: Vec<Value> = parts.collect();
        json!([kind, parts])
    });
    let events: Vec<Value> = events.collect();
    json!({
        "ending": strings.place(ending(score.ending)),
        "events": events,
        "log": strings.place(score.log.to_string()),
        "more": laid.left_out,
        "notes": notes,
        "verdicts": verdicts,
    })
}

fn verdict(strings: &mut Strings, scored: &Scored) -> Value {
    let verdict = &scored.verdict;
    let scorer = scored.scorer.as_ref().map_or("the host".to_owned(), ToString::to_string);
    let measures = verdict.measures.iter().map(|m| {
        let (name, unit) = (visible::line(&m.name), visible::line(&m.unit));
        strings.place(format!("{name}: {} {unit}", m.value))
    });
    let measures: Vec<usize> = measures.collect();
    json!([
        strings.place(verdict.behaviour.to_string()),
        outcome(verdict),
        marks(verdict),
        strings.place(visible::line(&verdict.summary)),
        strings.place(scorer),
        measures,
    ])
}

fn note(strings: &mut Strings, note: &Note) -> Value {
    json!([
        note.number,
        strings.place(note.behaviour.as_str()),
        strings.place(visible::line(&note.place)),
        strings.place(visible::line(&note.note)),
        u8::from(note.found),
    ])
}

fn part(strings: &mut Strings, part: &Part) -> Value {
    let label = strings.place(visible::line(&part.label));
    let role = strings.place(part.role.as_str());
    let stretches: Vec<Value> = part.runs.iter().map(|run| stretch(strings, run)).collect();
    json!([label, role, u8::from(part.fold), stretches])
}

/// A stretch of text on one set of notes; the middle of a long one is left out.
fn stretch(strings: &mut Strings, run: &Run) -> Value {
    let text = &run.text;
    if text.len() > STRETCH_BYTES_MAX {
        let head = text.floor_char_boundary(STRETCH_BYTES_MAX / 2);
        let rest = text.ceil_char_boundary(text.len() - STRETCH_BYTES_MAX / 2);
        let place = strings.place(visible::block(&text[..head]));
        let after = strings.place(visible::block(&text[rest..]));
        return json!([place, run.notes, rest - head, after]);
    }
    let place = strings.place(visible::block(text));
    if run.notes.is_empty() { json!(place) } else { json!([place, run.notes]) }
}
