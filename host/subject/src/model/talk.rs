//! The log as a conversation: what every protocol tells its server in its own words.

use record::event::{Blame, Event, Next, Reply, Step, ToolResult};
use record::id::TrialId;
use serde_json::value::RawValue;
use trial::port::Fault;

/// A conversation up to the reply that is asked for.
pub(super) struct Talk<'a> {
    /// What the server shall hold the answer to.
    pub(super) schema: Option<Box<RawValue>>,
    pub(super) system: &'a str,
    pub(super) tools: Vec<Offer<'a>>,
    pub(super) trial: &'a TrialId,
    pub(super) turns: Vec<Turn<'a>>,
}

/// A tool; its schema is raw, so that the model reads it in its author's order.
pub(super) struct Offer<'a> {
    pub(super) description: &'a str,
    pub(super) name: &'a str,
    pub(super) parameters: Box<RawValue>,
}

/// One side's turn.
pub(super) enum Turn<'a> {
    /// A message of the user.
    User(&'a str),
    /// The subject's reply.
    Subject(Said<'a>),
    /// What its calls gave, in order.
    Results(Vec<Gave<'a>>),
}

/// A reply of the past.
pub(super) struct Said<'a> {
    /// What the provider wants back, where the reply does not say it all.
    pub(super) carried: Option<&'a RawValue>,
    pub(super) reply: &'a Reply,
    /// How many replies came before it.
    pub(super) turn: usize,
}

/// The result of a call.
pub(super) struct Gave<'a> {
    /// The number of the call in its reply.
    pub(super) at: usize,
    /// The tool that was called; empty where no call stands at this place.
    pub(super) name: &'a str,
    pub(super) result: &'a ToolResult,
    /// The number of the reply.
    pub(super) turn: usize,
}

impl<'a> Talk<'a> {
    /// Reads a log that this kind of subject can have begun.
    ///
    /// # Errors
    /// `Plugin` for a tool whose parameters are not JSON, `Bug` for any other log.
    pub(super) fn read(trial: &'a TrialId, events: &'a [Event]) -> Result<Self, Fault> {
        let mut talk =
            Self { schema: None, system: "", tools: Vec::new(), trial, turns: Vec::new() };
        let mut replies = Vec::new();
        for (number, event) in events.iter().enumerate() {
            match event {
                Event::Opened(_) => {}
                Event::Briefed(briefing) => {
                    talk.system = &briefing.system;
                    for tool in &briefing.tools {
                        let parameters = serde_json::from_str(&tool.parameters);
                        let parameters = parameters.map_err(|error| {
                            talk.tool_fault(
                                Blame::Plugin,
                                &tool.name,
                                &format!("not JSON: {error}"),
                            )
                        })?;
                        let (description, name) = (&tool.description, &tool.name);
                        talk.tools.push(Offer { description, name, parameters });
                    }
                    talk.turns.push(Turn::User(&briefing.user));
                }
                Event::Replied(replied) => {
                    let carried = replied.exchange.as_ref().and_then(|e| e.carried.as_deref());
                    let carried = carried.map(serde_json::from_str).transpose().map_err(|e| {
                        talk.bug(&format!("event {number}: exchange.carried: not JSON: {e}"))
                    })?;
                    let reply = &replied.reply;
                    talk.turns.push(Turn::Subject(Said { carried, reply, turn: replies.len() }));
                    replies.push(reply);
                }
                Event::Stepped(step) => talk.stepped(step, &replies),
                other => {
                    return Err(talk.bug(&format!(
                        "event {number}: {} stands in the log of another kind of subject",
                        other.kind()
                    )));
                }
            }
        }
        Ok(talk)
    }

    fn stepped(&mut self, step: &'a Step, replies: &[&'a Reply]) {
        let calls = replies.last().map_or(&[][..], |reply| &reply.calls[..]);
        let turn = replies.len().saturating_sub(1);
        let gave = |(at, result): (usize, &'a ToolResult)| {
            let name = calls.get(at).map_or("", |call| call.name.as_str());
            Gave { at, name, result, turn }
        };
        let results: Vec<Gave<'a>> = step.results.iter().enumerate().map(gave).collect();
        if !results.is_empty() {
            self.turns.push(Turn::Results(results));
        }
        if let Next::Ask(message) = &step.next {
            self.turns.push(Turn::User(message));
        }
    }

    /// Checks that what is carried is lists, for protocols that make lists of a reply: anything
    /// else would leave a reply out without a word.
    ///
    /// # Errors
    /// `Bug` for a log that was begun in another protocol or dialect.
    pub(super) fn carries_lists(&self) -> Result<(), Fault> {
        for turn in &self.turns {
            if let Turn::Subject(Said { carried: Some(carried), turn, .. }) = turn
                && !carried.get().starts_with('[')
            {
                return Err(self.bug(&format!("reply {turn}: exchange.carried: expected a list")));
            }
        }
        Ok(())
    }

    /// A fault about a tool's parameters.
    pub(super) fn tool_fault(&self, blame: Blame, tool: &str, what: &str) -> Fault {
        Fault::new(blame, format!("trial {}: tool {tool}: parameters: {what}", self.trial))
    }

    /// A fault of ours.
    pub(super) fn bug(&self, what: &str) -> Fault {
        Fault::new(Blame::Bug, format!("trial {}: {what}", self.trial))
    }

    /// The bytes of a body.
    ///
    /// # Errors
    /// `Bug`, if a body has no JSON form.
    pub(super) fn bytes(&self, body: &impl serde::Serialize) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(body).map_err(|error| self.bug(&format!("request: {error}")))
    }
}
