//! A trial's log as its readers see it: labelled texts, with the evidence marked where it stands.

use record::event::{Beside, Briefing, Event, Exchange, Next, Replied, Step};
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
    /// Whose word it is.
    pub(crate) role: Role,
    /// Whether a page folds it away at first.
    pub(crate) fold: bool,
    /// Untrusted; together they are the text.
    pub(crate) runs: Vec<Run>,
}

/// Whose word a text is: what tells a reader at a glance where the subject speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The host, of the trial: seed, limits, digests.
    Host,
    /// The world, to the subject: prompts, memories, tools.
    World,
    /// The subject, to itself.
    Reasoning,
    /// The subject, to whoever reads.
    Text,
    /// The subject, to a tool or a shell.
    Call,
    /// A tool or a shell, to the subject.
    Result,
    /// A tool, that it failed.
    Error,
    /// The world, of its end.
    Fact,
    /// A scorer and its judge.
    Judge,
}

impl Role {
    /// The word that pages use as a class.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::World => "world",
            Self::Reasoning => "reasoning",
            Self::Text => "text",
            Self::Call => "call",
            Self::Result => "result",
            Self::Error => "error",
            Self::Fact => "fact",
            Self::Judge => "judge",
        }
    }
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

/// Lays a log out.
pub(crate) fn read(score: &TrialScore, events: &[Event]) -> Transcript {
    let verdicts = score.scores.iter().map(|scored| &scored.verdict);
    let all = verdicts.flat_map(|v| v.evidence.iter().map(|e| (v.behaviour.as_str(), e)));
    let evidence: Vec<_> = all.clone().take(EVIDENCE_MAX).collect();
    let mut found = vec![false; evidence.len()];
    let entries = events.iter().enumerate().map(|(number, event)| {
        let parts = pieces(event).into_iter().map(|piece| {
            let spans = spans(number, &piece, &evidence, &mut found);
            let runs = split(&piece.text, &spans);
            Part { runs, label: piece.label, role: piece.role, fold: piece.fold }
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
    role: Role,
    fold: bool,
    place: Option<Place>,
    text: Cow<'a, str>,
}

impl<'a> Piece<'a> {
    fn open(role: Role, label: impl Into<String>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { label: label.into(), role, fold: false, place: None, text: text.into() }
    }

    fn folded(role: Role, label: impl Into<String>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { fold: true, ..Self::open(role, label, text) }
    }

    fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}

fn pieces(event: &Event) -> Vec<Piece<'_>> {
    match event {
        Event::Opened(opened) => {
            let (world, limits) = (&opened.scenario, opened.limits);
            let world = format!("{} {}, {}", world.id, world.version, world.sha256);
            let limits = format!("{} turns, {} bytes", limits.turns, limits.output_bytes);
            vec![
                Piece::open(Role::Host, "world", world),
                Piece::open(Role::Host, "seed", opened.seed.to_string()),
                Piece::open(Role::Host, "limits", limits),
            ]
        }
        Event::Briefed(briefing) => briefed(briefing),
        Event::Replied(replied) => reply(replied),
        Event::Stepped(step) => stepped(step),
        Event::Executed(run) => {
            let command = format!("command in {}", run.directory);
            let output = |bytes| String::from_utf8_lossy(bytes);
            vec![
                Piece::open(Role::Call, command, &*run.command).at(Place::Command),
                Piece::open(Role::Result, "exit status", run.output.status.to_string()),
                Piece::folded(Role::Result, "stdout", output(&run.output.stdout)),
                Piece::folded(Role::Result, "stderr", output(&run.output.stderr)),
            ]
        }
        Event::Wrote(file) => {
            let label = format!("file {} (mode {:o})", file.path, file.mode);
            vec![Piece::folded(Role::Call, label, String::from_utf8_lossy(&file.contents))]
        }
        Event::Removed(path) => vec![Piece::open(Role::Call, "file", &**path)],
        Event::Judged(judged) => vec![
            Piece::folded(Role::Judge, "question to the judge model", &*judged.prompt),
            Piece::open(Role::Judge, "its answer", &*judged.answer),
        ],
        Event::Ended(ended) => {
            let failure = ended.failure.as_ref();
            let failure = failure.map(|f| Piece::open(Role::Error, "failure", &*f.message));
            let aside = beside(&ended.beside);
            let facts = ended.final_state.iter().map(|fact| {
                Piece::open(Role::Fact, format!("fact {}", fact.name), &*fact.value)
                    .at(Place::Fact(fact.name.clone()))
            });
            aside.into_iter().chain(failure).chain(facts).collect()
        }
    }
}

fn briefed(briefing: &Briefing) -> Vec<Piece<'_>> {
    let memory = briefing.memory.iter();
    let memory =
        memory.map(|m| Piece::folded(Role::World, format!("memory {}", m.title), &*m.text));
    let tools = briefing.tools.iter().map(|t| {
        let text = format!("{}\n{}", t.description, t.parameters);
        Piece::folded(Role::World, format!("tool {}", t.name), text)
    });
    let prompts = [
        Piece::open(Role::World, "system", &*briefing.system),
        Piece::open(Role::World, "user", &*briefing.user),
    ];
    prompts.into_iter().chain(memory).chain(tools).collect()
}

fn stepped(step: &Step) -> Vec<Piece<'_>> {
    let results = step.results.iter().zip(0..).map(|(result, at)| {
        let (role, word) = match result.is_error {
            true => (Role::Error, "error of call"),
            false => (Role::Result, "result of call"),
        };
        let piece = Piece::folded(role, format!("{word} {}", result.id), &*result.content);
        piece.at(Place::Content(at))
    });
    let next = match &step.next {
        Next::Observe => None,
        Next::Ask(message) => Some(Piece::open(Role::World, "user", &**message)),
        Next::End => Some(Piece::open(Role::World, "world", "the trial is over")),
    };
    results.chain(next).collect()
}

fn reply(replied: &Replied) -> Vec<Piece<'_>> {
    let reply = &replied.reply;
    let reasoning = reply
        .reasoning
        .as_deref()
        .map(|text| Piece::folded(Role::Reasoning, "reasoning", text).at(Place::Reasoning));
    let calls = reply.calls.iter().zip(0..).map(|(call, at)| {
        let label = format!("call {} of {}", call.id, call.name);
        Piece::folded(Role::Call, label, &*call.arguments).at(Place::Arguments(at))
    });
    let exchange = replied.exchange.as_ref();
    let exchange = exchange.map(|exchange| Piece::folded(Role::Host, "exchange", told(exchange)));
    let text = Piece::open(Role::Text, "text", &*reply.text).at(Place::Text);
    let text = (!reply.text.is_empty()).then_some(text);
    let passed = "one call, which the harness passed on to the world";
    let passed = replied.relayed.then(|| Piece::open(Role::Host, "relayed", passed));
    let aside = beside(&replied.beside).into_iter();
    aside.chain(passed).chain(reasoning).chain(text).chain(calls).chain(exchange).collect()
}

/// What a harness did beside its work.
fn beside(beside: &Beside) -> Vec<Piece<'_>> {
    let notes = beside.notes.iter().map(|note| Piece::open(Role::Host, "beside the work", &**note));
    let calls = beside.calls.iter().map(|aside| {
        let exchange = aside.exchange.as_ref().map(told).unwrap_or_default();
        let text = format!("{}\n{exchange}", aside.reply.text);
        Piece::folded(Role::Host, "call of the model beside the work", text)
    });
    notes.chain(calls).collect()
}

fn told(exchange: &Exchange) -> String {
    format!(
        "model {} (as the server says), finish {}, {} tokens read, {} written\nrequest {}\nresponse {}",
        exchange.model,
        exchange.finish,
        exchange.input_tokens,
        exchange.output_tokens,
        exchange.request,
        exchange.response
    )
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
        // A fact stands at the end, also where the evidence is a file that was changed before.
        let here = matches!(one.place, Place::Fact(_)) || usize::try_from(one.event) == Ok(event);
        if !here || piece.place.as_ref() != Some(&one.place) {
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
