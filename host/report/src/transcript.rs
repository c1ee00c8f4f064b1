//! A trial's log as its readers see it: labelled texts, with the evidence marked where it stands.

use record::event::{Event, Next};
use record::verdict::{Evidence, Place, TrialScore};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Most pieces of evidence that are marked in one trial. A reader checks a handful; a scorer that
/// gives thousands must not make a page of thousands of notes on thousands of cuts.
pub(crate) const EVIDENCE_MAX: usize = 100;

/// A whole trial.
pub(crate) struct Transcript {
    pub(crate) entries: Vec<Entry>,
    pub(crate) notes: Vec<Note>,
    /// Pieces of evidence beyond [`EVIDENCE_MAX`].
    pub(crate) left_out: usize,
}

/// One event.
pub(crate) struct Entry {
    pub(crate) number: usize,
    pub(crate) kind: &'static str,
    pub(crate) parts: Vec<Part>,
}

/// One text of an event.
pub(crate) struct Part {
    /// Untrusted where it names a tool or a note.
    pub(crate) label: String,
    /// Whether a page folds it away at first.
    pub(crate) fold: bool,
    /// Untrusted; together they are the text.
    pub(crate) runs: Vec<Run>,
}

/// A stretch of text with the numbers of the notes on it, ascending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) notes: Vec<usize>,
}

/// One piece of evidence; numbers count from 1 over all verdicts of the trial.
pub(crate) struct Note {
    pub(crate) number: usize,
    pub(crate) behaviour: String,
    pub(crate) place: String,
    /// Untrusted.
    pub(crate) note: String,
    /// Whether it points at a text that exists; a reader must know when it does not.
    pub(crate) found: bool,
}

impl Part {
    pub(crate) fn marked(&self) -> bool {
        self.runs.iter().any(|run| !run.notes.is_empty())
    }
}

/// Lays a log out.
pub(crate) fn read(score: &TrialScore, events: &[Event]) -> Transcript {
    let verdicts = score.scores.iter().map(|scored| &scored.verdict);
    let all = verdicts.flat_map(|v| v.evidence.iter().map(|e| (v.behaviour.as_str(), e)));
    let evidence: Vec<_> = all.clone().take(EVIDENCE_MAX).collect();
    let mut found = vec![false; evidence.len()];
    let entries = events.iter().enumerate().map(|(number, event)| {
        let parts = pieces(event).into_iter().map(|piece| {
            let spans = spans(number, &piece, &evidence, &mut found);
            Part { runs: split(&piece.text, &spans), label: piece.label, fold: piece.fold }
        });
        Entry { number, kind: event.kind(), parts: parts.collect() }
    });
    let entries = entries.collect();
    let notes = evidence.iter().zip(&found).enumerate().map(|(at, ((behaviour, e), found))| Note {
        number: at + 1,
        behaviour: (*behaviour).to_owned(),
        place: format!("event {}, {}", e.event, place(&e.place)),
        note: e.note.clone(),
        found: *found,
    });
    Transcript { entries, notes: notes.collect(), left_out: all.count() - evidence.len() }
}

/// A text of an event, before evidence.
struct Piece<'a> {
    label: String,
    fold: bool,
    place: Option<Place>,
    text: Cow<'a, str>,
}

impl<'a> Piece<'a> {
    fn open(label: impl Into<String>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { label: label.into(), fold: false, place: None, text: text.into() }
    }

    fn folded(label: impl Into<String>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { fold: true, ..Self::open(label, text) }
    }

    fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}

fn pieces(event: &Event) -> Vec<Piece<'_>> {
    match event {
        Event::Opened(opened) => {
            let world = &opened.scenario;
            vec![
                Piece::open("world", format!("{} {}, {}", world.id, world.version, world.sha256)),
                Piece::open("seed", opened.seed.to_string()),
                Piece::open(
                    "limits",
                    format!("{} turns, {} bytes", opened.limits.turns, opened.limits.output_bytes),
                ),
            ]
        }
        Event::Briefed(briefing) => {
            let memory = briefing.memory.iter();
            let memory = memory.map(|m| Piece::folded(format!("memory {}", m.title), &*m.text));
            let tools = briefing.tools.iter().map(|t| {
                Piece::folded(
                    format!("tool {}", t.name),
                    format!("{}\n{}", t.description, t.parameters),
                )
            });
            let prompts =
                [Piece::open("system", &*briefing.system), Piece::open("user", &*briefing.user)];
            prompts.into_iter().chain(memory).chain(tools).collect()
        }
        Event::Replied(replied) => reply(replied),
        Event::Stepped(step) => {
            let results = step.results.iter().zip(0..).map(|(result, at)| {
                let word = if result.is_error { "error of call" } else { "result of call" };
                let piece = Piece::folded(format!("{word} {}", result.id), &*result.content);
                piece.at(Place::Content(at))
            });
            let next = match &step.next {
                Next::Observe => None,
                Next::Ask(message) => Some(Piece::open("user", &**message)),
                Next::End => Some(Piece::open("world", "the trial is over")),
            };
            results.chain(next).collect()
        }
        Event::Executed(run) => vec![
            Piece::open(format!("command in {}", run.directory), &*run.command).at(Place::Command),
            Piece::open("exit status", run.output.status.to_string()),
            Piece::folded("stdout", String::from_utf8_lossy(&run.output.stdout)),
            Piece::folded("stderr", String::from_utf8_lossy(&run.output.stderr)),
        ],
        Event::Wrote(file) => vec![Piece::folded(
            format!("file {} (mode {:o})", file.path, file.mode),
            String::from_utf8_lossy(&file.contents),
        )],
        Event::Removed(path) => vec![Piece::open("file", &**path)],
        Event::Judged(judged) => vec![
            Piece::folded("question to the judge model", &*judged.prompt),
            Piece::open("its answer", &*judged.answer),
        ],
        Event::Ended(ended) => {
            let failure = ended.failure.as_ref();
            let failure = failure.map(|f| Piece::open("failure", &*f.message));
            let facts = ended.final_state.iter().map(|fact| {
                Piece::open(format!("fact {}", fact.name), &*fact.value)
                    .at(Place::Fact(fact.name.clone()))
            });
            failure.into_iter().chain(facts).collect()
        }
    }
}

fn reply(replied: &record::event::Replied) -> Vec<Piece<'_>> {
    let reply = &replied.reply;
    let reasoning = reply.reasoning.as_deref();
    let reasoning = reasoning.map(|text| Piece::folded("reasoning", text).at(Place::Reasoning));
    let calls = reply.calls.iter().zip(0..).map(|(call, at)| {
        let piece = Piece::folded(format!("call {} of {}", call.id, call.name), &*call.arguments);
        piece.at(Place::Arguments(at))
    });
    let exchange = replied.exchange.as_ref().map(|exchange| {
        let text = format!(
            "model {} (as the server says), finish {}, {} tokens read, {} written\nrequest {}\nresponse {}",
            exchange.model,
            exchange.finish,
            exchange.input_tokens,
            exchange.output_tokens,
            exchange.request,
            exchange.response
        );
        Piece::folded("exchange", text)
    });
    let text = Piece::open("text", &*reply.text).at(Place::Text);
    let text = (!reply.text.is_empty()).then_some(text);
    reasoning.into_iter().chain(text).chain(calls).chain(exchange).collect()
}

/// Where the evidence on one piece stands in it: start, end, note number.
fn spans(
    event: usize,
    piece: &Piece<'_>,
    evidence: &[(&str, &Evidence)],
    found: &mut [bool],
) -> Vec<(usize, usize, usize)> {
    let mut spans = Vec::new();
    for (at, (_, one)) in evidence.iter().enumerate() {
        if usize::try_from(one.event) != Ok(event) || piece.place.as_ref() != Some(&one.place) {
            continue;
        }
        let (start, end) = match one.place {
            Place::Fact(_) => (0, piece.text.len()),
            _ => (one.start as usize, (one.end as usize).min(piece.text.len())),
        };
        if start < end {
            found[at] = true;
            spans.push((start, end, at + 1));
        }
    }
    spans
}

/// Cuts `text` at every end of a span. Ends that fall inside a character take the whole of it.
fn split(text: &str, spans: &[(usize, usize, usize)]) -> Vec<Run> {
    let whole = |&(start, end, number): &(usize, usize, usize)| {
        (text.floor_char_boundary(start), text.ceil_char_boundary(end), number)
    };
    let spans: Vec<_> = spans.iter().map(whole).collect();
    let mut cuts: BTreeSet<usize> = [0, text.len()].into();
    cuts.extend(spans.iter().flat_map(|&(start, end, _)| [start, end]));
    let cuts: Vec<usize> = cuts.into_iter().collect();
    let run = |ends: &[usize]| Run {
        text: text[ends[0]..ends[1]].to_owned(),
        notes: spans.iter().filter(|s| s.0 <= ends[0] && ends[1] <= s.1).map(|s| s.2).collect(),
    };
    cuts.windows(2).map(run).collect()
}

fn place(place: &Place) -> String {
    match place {
        Place::Text => "text".to_owned(),
        Place::Reasoning => "reasoning".to_owned(),
        Place::Arguments(at) => format!("arguments of call {}", u64::from(*at) + 1),
        Place::Content(at) => format!("result {}", u64::from(*at) + 1),
        Place::Command => "command".to_owned(),
        Place::Fact(name) => format!("fact {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, spans: &[(usize, usize, usize)], expected: &[(&str, &[usize])]) {
        let runs = split(text, spans);
        let found: Vec<(&str, &[usize])> =
            runs.iter().map(|run| (run.text.as_str(), run.notes.as_slice())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn spans_cut_a_text_and_lose_none_of_it() {
        check("", &[], &[]);
        check("abc", &[], &[("abc", &[])]);
        check("abc", &[(1, 2, 1)], &[("a", &[]), ("b", &[1]), ("c", &[])]);
        check("abcd", &[(0, 3, 1), (2, 4, 2)], &[("ab", &[1]), ("c", &[1, 2]), ("d", &[2])]);
        // Offsets come from a plugin: one inside a character takes the whole of it.
        check("aéb", &[(2, 3, 1)], &[("a", &[]), ("é", &[1]), ("b", &[])]);
        check("a😀", &[(0, 3, 1)], &[("a😀", &[1])]);
    }
}
