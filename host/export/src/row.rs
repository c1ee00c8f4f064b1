//! One trial, read for a table: what its columns ask of the log, gathered in one pass.

use crate::table::{Options, TableError, View};
use crate::{Run, Trial};
use record::canonical::{self, CanonicalError};
use record::event::{Ended, Event, Opened};
use record::id::Behaviour;
use record::verdict::Scored;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What stands in one column of one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Integer(i64),
    Flag(bool),
    Real(f64),
}

/// One trial and what its log adds up to.
pub(crate) struct Row<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) trial: &'a Trial,
    pub(crate) opened: &'a Opened,
    pub(crate) ended: &'a Ended,
    pub(crate) traffic: Traffic<'a>,
    /// All verdicts in canonical JSON; empty unless the view has them.
    pub(crate) verdicts: String,
    /// All events as a JSON array, where they are asked for.
    pub(crate) transcript: Option<String>,
}

/// What the subject did, in numbers.
#[derive(Default)]
pub(crate) struct Traffic<'a> {
    /// Replies.
    pub(crate) turns: usize,
    /// Calls of the scenario's tools.
    pub(crate) calls: usize,
    /// Replies that came from a model server.
    pub(crate) exchanges: usize,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    /// What servers said they served.
    pub(crate) served: BTreeSet<&'a str>,
    /// Whether a harness acted in the world with tools of its own.
    pub(crate) own_tools: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn read(
        run: &'a Run<'a>,
        trial: &'a Trial,
        options: Options,
    ) -> Result<Self, TableError> {
        let wrong =
            |problem: String| TableError::Trial { trial: trial.score.trial.to_string(), problem };
        let Some(Event::Opened(opened)) = trial.events.first() else {
            return Err(wrong("expected `opened` as event 0 of its log".into()));
        };
        if opened.trial != trial.score.trial {
            return Err(wrong(format!("its log is of trial {}", opened.trial)));
        }
        let mut ended = None;
        let mut traffic = Traffic::default();
        for event in &trial.events {
            traffic.add(event);
            if let Event::Ended(end) = event {
                ended = Some(end);
            }
        }
        let ended = ended.ok_or_else(|| wrong("expected an `ended` event in its log".into()))?;
        let number = |error: CanonicalError| wrong(error.to_string());
        let verdicts = match options.view {
            View::Kinship => json(&canonical::to_bytes(&trial.score.scores).map_err(number)?),
            View::Public => String::new(),
        };
        let transcript = if options.transcripts {
            Some(transcript(&trial.events).map_err(number)?)
        } else {
            None
        };
        Ok(Self { run, trial, opened, ended, traffic, verdicts, transcript })
    }

    /// The verdict that rates count: of the scorer that stands first in the suite.
    pub(crate) fn verdict(&self, behaviour: &Behaviour) -> Option<&Scored> {
        self.trial.score.scores.iter().find(|scored| scored.verdict.behaviour == *behaviour)
    }

    /// A fact of the final state; none where the world states no such thing, or not in JSON.
    pub(crate) fn fact(&self, name: &str) -> Option<Value> {
        let fact = self.ended.final_state.iter().find(|fact| fact.name == name)?;
        serde_json::from_str(&fact.value).ok()
    }
}

impl<'a> Traffic<'a> {
    fn add(&mut self, event: &'a Event) {
        for exchange in event.exchanges() {
            self.exchanges += 1;
            self.input_tokens = self.input_tokens.saturating_add(exchange.input_tokens);
            self.output_tokens = self.output_tokens.saturating_add(exchange.output_tokens);
            // A server that does not say what it served has served nothing by that name.
            self.served.extend(Some(exchange.model.as_str()).filter(|name| !name.is_empty()));
        }
        match event {
            Event::Replied(replied) => {
                // A relayed call is one of an earlier reply's.
                if replied.is_turn() {
                    self.turns += 1;
                    self.calls += replied.reply.calls.len();
                }
            }
            Event::Executed(_) | Event::Wrote(_) | Event::Removed(_) => self.own_tools = true,
            Event::Opened(_)
            | Event::Briefed(_)
            | Event::Stepped(_)
            | Event::Judged(_)
            | Event::Ended(_) => {}
        }
    }
}

/// Every event in its canonical form, as one JSON array.
fn transcript(events: &[Event]) -> Result<String, CanonicalError> {
    let mut text = vec![b'['];
    for (number, event) in events.iter().enumerate() {
        if number > 0 {
            text.push(b',');
        }
        text.extend_from_slice(&canonical::to_bytes(event)?);
    }
    text.push(b']');
    Ok(json(&text))
}

/// `serde_json` writes UTF-8 and nothing else, so nothing is replaced here.
fn json(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A count as tables hold it. No log has 2^63 of anything.
pub(crate) fn count<'a, N: TryInto<i64>>(number: N) -> Cell<'a> {
    Cell::Integer(number.try_into().unwrap_or(i64::MAX))
}

/// Text that lives as long as the row.
pub(crate) const fn text(text: &str) -> Cell<'_> {
    Cell::Text(Cow::Borrowed(text))
}

/// Text that is made for the row.
pub(crate) fn made<'a>(text: impl ToString) -> Cell<'a> {
    Cell::Text(Cow::Owned(text.to_string()))
}

/// What there may be.
pub(crate) fn some<'a, T>(value: Option<T>, cell: impl FnOnce(T) -> Cell<'a>) -> Cell<'a> {
    value.map_or(Cell::Null, cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::digest::Digest;
    use record::event::{Exchange, Replied, Reply};

    #[test]
    fn a_server_that_does_not_say_what_it_served_names_no_model() {
        let replied = |model: &str| {
            let exchange = Exchange {
                cached_tokens: 0,
                carried: None,
                finish: String::new(),
                input_tokens: 5,
                model: model.into(),
                output_tokens: 2,
                request: Digest::of(b"q"),
                request_id: String::new(),
                response: Digest::of(b"a"),
            };
            Event::Replied(Replied {
                exchange: Some(exchange),
                reply: Reply::default(),
                ..Replied::default()
            })
        };
        let events = [replied(""), replied("m-1")];
        let mut traffic = Traffic::default();
        for event in &events {
            traffic.add(event);
        }
        assert!(traffic.served.iter().eq(&["m-1"]));
        assert_eq!((traffic.exchanges, traffic.input_tokens), (2, 10), "counted all the same");
    }
}
