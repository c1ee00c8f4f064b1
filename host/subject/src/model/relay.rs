//! Answers to what a harness asks, from whatever server the model is on.
//!
//! Where the harness speaks the server's own protocol, its request is passed on: system text, history
//! and parameters are the harness's, and only these fields are set. The model is the one under test.
//! Nothing is streamed, because an answer is recorded whole before the harness has any of it. The
//! limit of tokens is the smaller one of the harness's and the operator's, because the run's budget
//! reckons with the operator's. Temperature and further fields are set where the operator gives them,
//! as the result claims. Reasoning that a chat completions server wants back is put in where the
//! harness dropped it.
//!
//! Where it speaks another, the conversation is told anew, as the built-in loop would tell it. Its
//! parameters (temperature, thinking, which tool must be called) are left out: they are chosen for
//! other models, and many servers refuse another one's. What cannot be said in every protocol is
//! said in one that all know:
//!
//! * Names of tools that some server refuses get another one there, and their own one back in
//!   the reply.
//! * Calls have the ids that the model gave them; a call that the harness made up, or one of an older
//!   model, gets one of ours. Results have those of their calls.
//! * A reply that the log knows is the one of the log, with what the provider wants back.
//! * A schema for the answer is told in words at the end of the system text.
//! * A conversation that ends with the model's words is continued by [`CONTINUE`]: not every server
//!   writes them on.

use crate::harness::wire::{self, Asked, Conversation, no_result};
use crate::model::dialect::{self, Dialect};
use crate::model::members::Members;
use crate::model::protocol::{given_id, is_given, raw, same};
use crate::model::server::Call;
use crate::model::talk::Talk;
use crate::model::{CarriedField, Model, Sampling, Shared, TokensField, extra, protocol};
use crate::spec::Provider;
use record::event::{Blame, Event, Next, Replied, Reply, Step, ToolCall};
use record::id::TrialId;
use std::collections::BTreeMap;
use trial::port::Fault;

/// What the user says where nobody did.
const CONTINUE: &str = "Continue.";

/// Longest name of a tool: OpenAI's and Google's limit; Anthropic's is 128.
const NAME_BYTES_MAX: usize = 64;

/// Keywords that Anthropic refuses at the top of a tool's schema. Without them the schema allows more;
/// the harness checks what it is called with all the same.
const TOP_KEYWORDS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

impl Model {
    /// The answer to what a harness asks. `past` are the replies that the trial's log holds, oldest
    /// first, those beside its turns too; `turn` is how many turns came before.
    ///
    /// # Errors
    /// Those of a reply in the built-in loop; `Bug` for a request that cannot be read.
    pub(crate) async fn relay(
        &self,
        trial: &TrialId,
        turn: usize,
        asked: &Asked,
        past: &[&Replied],
    ) -> Result<Replied, Fault> {
        let Shared { sampling, server } = &*self.shared;
        let unread = |what: String| {
            Fault::new(Blame::Bug, format!("trial {trial}: the harness's request: {what}"))
        };
        if asked.protocol == sampling.provider && sampling.dialect == Dialect::Native {
            let text = std::str::from_utf8(&asked.body).ok();
            let body = text.and_then(Members::parse);
            let body = body.ok_or_else(|| unread("expected a JSON object".to_owned()))?;
            let body = own(sampling, body, past).to_json().into_bytes();
            return server.ask(Call { body, sampling, trial: Some(trial), turn }).await;
        }
        let conversation = wire::read(asked).map_err(|error| unread(error.to_string()))?;
        let mut told = Told::new(conversation, past, sampling);
        let spoken = told.events(trial, sampling)?;
        let mut sampling = sampling.clone();
        let limit = told.output_tokens_max.unwrap_or(u32::MAX);
        sampling.max_output_tokens = sampling.max_output_tokens.min(limit);
        let mut talk = Talk::read(trial, &spoken)?;
        if sampling.dialect == Dialect::ConstrainedText {
            talk.schema = Some(dialect::schema(trial, &told.events)?);
        }
        let body = protocol(sampling.provider).body(&sampling, &talk)?;
        let call = Call { body, sampling: &sampling, trial: Some(trial), turn };
        let mut replied = server.ask(call).await?;
        if sampling.dialect != Dialect::Native {
            replied = dialect::heard(replied, turn);
        }
        told.rename_back(&mut replied.reply);
        Ok(replied)
    }
}

/// The harness's own body with the fields set that are not the harness's to choose.
fn own(sampling: &Sampling, mut body: Members, past: &[&Replied]) -> Members {
    for name in ["stream", "stream_options", "background"] {
        body.remove(name);
    }
    let limit = |object: &Members, names: &[&str]| {
        let limits = names.iter().filter_map(|name| object.value(name).as_u64());
        limits.fold(sampling.max_output_tokens.into(), u64::min)
    };
    if sampling.provider == Provider::Google {
        body.remove("model");
        let config = body.get("generationConfig").and_then(Members::parse);
        let mut config = config.unwrap_or_default();
        config.set("maxOutputTokens", limit(&config, &["maxOutputTokens"]));
        if let Some(degrees) = sampling.temperature {
            config.set("temperature", degrees);
        }
        extra::set(&mut config, &sampling.extra, Some("generationConfig"));
        body.set("generationConfig", config);
    } else {
        body.set("model", &sampling.model);
        let (name, names): (_, &[&str]) = match sampling.provider {
            Provider::OpenAi => (
                sampling.tokens_field.as_str(),
                &[TokensField::MaxCompletionTokens.as_str(), TokensField::MaxTokens.as_str()],
            ),
            Provider::OpenAiResponses => ("max_output_tokens", &["max_output_tokens"]),
            _ => ("max_tokens", &["max_tokens"]),
        };
        let tokens = limit(&body, names);
        for other in names.iter().filter(|other| **other != name) {
            body.remove(other);
        }
        body.set(name, tokens);
        if let Some(degrees) = sampling.temperature {
            body.set("temperature", degrees);
        }
    }
    extra::set(&mut body, &sampling.extra, None);
    if let Some(field) = sampling.carry {
        carry(&mut body, field, past);
    }
    body
}

/// Puts the reasoning back that a chat completions server wants and the harness did not keep.
fn carry(body: &mut Members, field: CarriedField, past: &[&Replied]) {
    let mut left = past;
    let messages: Vec<Members> = body.objects("messages").collect();
    if messages.len() != body.items("messages").len() {
        return;
    }
    let messages = messages.into_iter().map(|mut message| {
        if message.text("role") != "assistant" {
            return message;
        }
        let known = known(&wire::chat_reply(&message), &mut left);
        let carried = known.and_then(|known| known.exchange.as_ref()?.carried.as_deref());
        if let Some(carried) = carried
            && message.get(field.as_str()).is_none()
        {
            message.set(field.as_str(), raw(carried));
        }
        message
    });
    let messages: Vec<Members> = messages.collect();
    body.set("messages", messages);
}

/// The reply of the log that a harness repeats, and those after it as what is left: a harness may drop
/// what is old, and repeats the rest in order.
fn known<'a>(reply: &Reply, left: &mut &[&'a Replied]) -> Option<&'a Replied> {
    let at = left.iter().position(|past| is_same(&past.reply, reply))?;
    let found = left[at];
    *left = &left[at + 1..];
    Some(found)
}

/// Whether a reply of the log and one of a request are the same: by the ids of their calls, or, where
/// the harness gives its own, by what they say and do.
fn is_same(past: &Reply, reply: &Reply) -> bool {
    let calls = || past.calls.iter().zip(&reply.calls);
    if past.calls.len() != reply.calls.len() || calls().any(|(a, b)| a.name != b.name) {
        return false;
    }
    if !past.calls.is_empty() && calls().all(|(a, b)| a.id == b.id) {
        return true;
    }
    past.text.trim() == reply.text.trim()
        && calls()
            .all(|(a, b)| a.arguments == b.arguments || same(&a.arguments, b.arguments.as_bytes()))
}

/// A conversation as the model's server is told it.
struct Told {
    events: Vec<Event>,
    /// The names of tools there, by those that the harness has for them.
    names: BTreeMap<String, String>,
    output_tokens_max: Option<u32>,
}

impl Told {
    fn new(conversation: Conversation, past: &[&Replied], sampling: &Sampling) -> Self {
        let Conversation { mut events, output_tokens_max, schema } = conversation;
        recall(&mut events, past);
        end(&mut events);
        let names = names(&events);
        for event in &mut events {
            match event {
                Event::Briefed(briefing) => {
                    if let Some(schema) = &schema {
                        briefing.system.push_str(&in_words(&briefing.system, schema));
                    }
                    for tool in &mut briefing.tools {
                        tool.name.clone_from(&names[&tool.name]);
                        if sampling.provider == Provider::Anthropic {
                            tool.parameters = without_choices(&tool.parameters);
                        }
                    }
                }
                Event::Replied(replied) => {
                    for call in &mut replied.reply.calls {
                        call.name.clone_from(&names[&call.name]);
                    }
                }
                _ => {}
            }
        }
        Self { events, names, output_tokens_max }
    }

    /// The events as the dialect tells them.
    fn events(&mut self, trial: &TrialId, sampling: &Sampling) -> Result<Vec<Event>, Fault> {
        if sampling.dialect == Dialect::Native {
            return Ok(self.events.clone());
        }
        for event in &mut self.events {
            if let Event::Replied(Replied { exchange, reply, .. }) = event
                && exchange.is_none()
                && !reply.calls.is_empty()
            {
                // The model did not write it, so it stands as it would have.
                reply.text = written(reply);
            }
        }
        dialect::spoken(trial, &self.events)
    }

    /// Gives the calls of a reply the names that the harness has for its tools.
    fn rename_back(&self, reply: &mut Reply) {
        for call in &mut reply.calls {
            let own = self.names.iter().find(|(_, there)| **there == call.name);
            if let Some((own, _)) = own {
                call.name.clone_from(own);
            }
        }
    }
}

/// Puts the log's own replies in the place of those that the harness repeats, and ids that are right
/// for both.
fn recall(events: &mut [Event], past: &[&Replied]) {
    let mut left = past;
    let mut turn = 0;
    let mut ids: Vec<String> = Vec::new();
    for event in events {
        match event {
            Event::Replied(replied) => {
                let known = known(&replied.reply, &mut left);
                if let Some(known) = known {
                    let (exchange, reply) = (known.exchange.clone(), known.reply.clone());
                    *replied = Replied { exchange, reply, ..Replied::default() };
                }
                for (at, call) in replied.reply.calls.iter_mut().enumerate() {
                    if known.is_none() || is_given(&call.id) {
                        call.id = given_id(turn, at);
                    }
                }
                ids = replied.reply.calls.iter().map(|call| call.id.clone()).collect();
                turn += 1;
            }
            Event::Stepped(step) => {
                for (result, id) in step.results.iter_mut().zip(&ids) {
                    result.id.clone_from(id);
                }
            }
            _ => {}
        }
    }
}

/// Lets the user have the last word.
fn end(events: &mut Vec<Event>) {
    let (answered, calls): (bool, &[ToolCall]) = match events.last() {
        Some(Event::Briefed(briefing)) => (!briefing.user.trim().is_empty(), &[]),
        Some(Event::Stepped(Step { next: Next::Ask(text), results })) => {
            (!text.trim().is_empty() || !results.is_empty(), &[])
        }
        Some(Event::Stepped(step)) => (!step.results.is_empty(), &[]),
        Some(Event::Replied(replied)) => (false, &replied.reply.calls),
        _ => (false, &[]),
    };
    if !answered {
        let results = calls.iter().map(no_result).collect();
        events.push(Event::Stepped(Step { next: Next::Ask(CONTINUE.to_owned()), results }));
    }
}

/// A name that every server takes for each name of a tool: letters, digits, `_` and `-`, not a digit or
/// `-` first, [`NAME_BYTES_MAX`] at most, no two alike. Most names are their own.
fn names(events: &[Event]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let mut taken = Vec::new();
    for event in events {
        let used: Vec<&String> = match event {
            Event::Briefed(briefing) => briefing.tools.iter().map(|tool| &tool.name).collect(),
            Event::Replied(replied) => replied.reply.calls.iter().map(|call| &call.name).collect(),
            _ => Vec::new(),
        };
        for name in used {
            if names.contains_key(name) {
                continue;
            }
            let plain = plain_name(name);
            let mut there = plain.clone();
            let mut number = 2;
            while taken.contains(&there) {
                let end = format!("_{number}");
                there = plain.chars().take(NAME_BYTES_MAX - end.len()).collect::<String>() + &end;
                number += 1;
            }
            taken.push(there.clone());
            names.insert(name.clone(), there);
        }
    }
    names
}

fn plain_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let mut there: String = name.chars().map(plain).collect();
    if !there.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        there.insert(0, '_');
    }
    there.truncate(NAME_BYTES_MAX);
    there
}

fn without_choices(schema: &str) -> String {
    let Some(mut members) = Members::parse(schema) else { return schema.to_owned() };
    for keyword in TOP_KEYWORDS {
        members.remove(keyword);
    }
    members.to_json()
}

fn in_words(system: &str, schema: &str) -> String {
    let before = if system.is_empty() { "" } else { "\n\n" };
    format!(
        "{before}Answer with one JSON value and nothing else, no fence around it. Its JSON Schema: \
         {schema}"
    )
}

/// A reply in the text dialect.
fn written(reply: &Reply) -> String {
    let action = |call: &ToolCall| {
        let arguments = Members::parse(&call.arguments);
        let object = Members::default().with("tool", &call.name);
        match arguments {
            Some(arguments) => object.with("arguments", arguments),
            None => object.with("arguments", &call.arguments),
        }
    };
    let actions: Vec<Members> = reply.calls.iter().map(action).collect();
    Members::default().with("say", &reply.text).with("actions", actions).to_json()
}

#[cfg(test)]
mod tests;
