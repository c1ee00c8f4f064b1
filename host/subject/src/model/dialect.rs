//! How a model acts: through the tools of its protocol, or, where it has none, through a JSON
//! object in the text of its reply.
//!
//! The text dialect stands between the log and the protocol. Towards the server the log is
//! rewritten as a plain conversation ([`spoken`]): the tools are described at the end of the system text,
//! results are messages of the user, and the model's own replies stand as it wrote them. What comes
//! back is read into calls ([`heard`]); a reply that holds no such object is a reply in words, and
//! none of what the model wrote is lost. The words are the same for every model and scenario, and
//! the claim names the dialect, because a model asked in this way is measured in another way.

use crate::model::protocol::{self, items, member, raw};
use crate::model::{NameError, named};
use record::event::{Blame, Briefing, Event, Next, Replied, Reply, Step, Tool, ToolCall};
use record::id::TrialId;
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt::Write;
use std::str::FromStr;
use trial::port::Fault;

/// How a model acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// By the calls of its protocol.
    Native,
    /// By a JSON object in its text.
    Text,
    /// By a JSON object in its text, to which the server holds it with a JSON Schema
    /// (`response_format`); chat completions only.
    ConstrainedText,
}

impl Dialect {
    pub(super) const ALL: [Self; 3] = [Self::Native, Self::Text, Self::ConstrainedText];

    /// Its name, in flags and in claims.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Text => "text",
            Self::ConstrainedText => "constrained-text",
        }
    }
}

impl FromStr for Dialect {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        named(text, Self::ALL, Self::as_str)
    }
}

/// Most places at which an object is looked for; each costs a pass over the rest of the text.
const STARTS_MAX: usize = 32;

/// What stands between the system text and the list of tools.
const MANUAL: &str = "\
You act by writing. Each of your replies is one JSON object and nothing else:
{\"say\": \"what you tell the user\", \"actions\": [{\"tool\": \"the name of a tool\", \
\"arguments\": {}}]}
\"say\" may be empty. \"actions\" lists the tools that you use, in order; it is empty when you use \
none. The next message tells you what they gave.";

/// The log as a conversation without tools.
///
/// # Errors
/// `Bug` for a log that was begun in another dialect.
pub(super) fn spoken(trial: &TrialId, events: &[Event]) -> Result<Vec<Event>, Fault> {
    let mut calls: &[ToolCall] = &[];
    let mut spoken = Vec::with_capacity(events.len());
    for (number, event) in events.iter().enumerate() {
        spoken.push(match event {
            Event::Briefed(briefing) => Event::Briefed(Briefing {
                system: format!("{}{}", briefing.system, manual(briefing)),
                tools: Vec::new(),
                ..briefing.clone()
            }),
            Event::Replied(replied) => {
                calls = &replied.reply.calls;
                let text = written(replied).ok_or_else(|| {
                    let what = format!("event {number}: exchange.carried: expected a JSON string");
                    Fault::new(Blame::Bug, format!("trial {trial}: {what}"))
                })?;
                let reply = Reply { text, ..Reply::default() };
                Event::Replied(Replied { exchange: None, reply, ..Replied::default() })
            }
            Event::Stepped(step) => Event::Stepped(told(step, calls)),
            other => other.clone(),
        });
    }
    Ok(spoken)
}

/// The reply as the model wrote it.
fn written(replied: &Replied) -> Option<String> {
    match replied.exchange.as_ref().and_then(|exchange| exchange.carried.as_ref()) {
        Some(carried) => serde_json::from_str(carried).ok(),
        None => Some(replied.reply.text.clone()),
    }
}

fn manual(briefing: &Briefing) -> String {
    let mut manual = String::new();
    if !briefing.system.is_empty() {
        manual.push_str("\n\n");
    }
    manual.push_str(MANUAL);
    manual.push_str("\n\nTools:");
    for Tool { description, name, parameters } in &briefing.tools {
        let _ = write!(manual, "\n\n{name}: {description}\nSchema of its arguments: {parameters}");
    }
    if briefing.tools.is_empty() {
        manual.push_str(" none.");
    }
    manual
}

/// A step as a message of the user.
fn told(step: &Step, calls: &[ToolCall]) -> Step {
    let result = |(at, result): (usize, &record::event::ToolResult)| {
        let name = calls.get(at).map_or("", |call| call.name.as_str());
        let state = if result.is_error { "failed" } else { "gave" };
        format!("Action {} ({name}) {state}:\n{}", at + 1, result.content)
    };
    let mut parts: Vec<String> = step.results.iter().enumerate().map(result).collect();
    let next = match &step.next {
        Next::End => Next::End,
        Next::Observe if parts.is_empty() => Next::Observe,
        Next::Observe => Next::Ask(parts.join("\n\n")),
        Next::Ask(message) => {
            parts.push(message.clone());
            Next::Ask(parts.join("\n\n"))
        }
    };
    Step { next, results: Vec::new() }
}

/// The reply with the calls that its text holds. What the model wrote is kept in `carried` where
/// the reply no longer shows it.
pub(super) fn heard(replied: Replied, turn: usize) -> Replied {
    let Replied { exchange, reply, .. } = replied;
    let written = reply.text.clone();
    let reply = match read(&written, turn, reply.calls.len()) {
        Some((text, calls)) => {
            Reply { calls: reply.calls.into_iter().chain(calls).collect(), text, ..reply }
        }
        None => reply,
    };
    let carried = (written != reply.text || !reply.calls.is_empty())
        .then(|| Value::String(written).to_string());
    let exchange = exchange.map(|exchange| record::event::Exchange { carried, ..exchange });
    Replied { exchange, reply, ..Replied::default() }
}

/// What a text says and which calls it holds; none where it holds no object of the dialect.
/// `before` calls have a number already.
///
/// Models like to put words or a fence around the object, so it may begin at the first brace or at
/// the first one of a line. It does not begin elsewhere: the arguments of a broken object would
/// pass for an object.
fn read(written: &str, turn: usize, before: usize) -> Option<(String, Vec<ToolCall>)> {
    starts(written).into_iter().find_map(|start| {
        let rest = serde_json::Deserializer::from_str(&written[start..]);
        let object: &RawValue = rest.into_iter().next()?.ok()?;
        let (said, calls) = acted(object.get(), turn, before)?;
        let around = (&written[..start], &written[start + object.get().len()..]);
        let parts = [unfenced(around.0), said, unfenced(around.1)];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Some((parts.join("\n"), calls))
    })
}

/// Where an object may begin: at the first brace, and at the first of a line.
fn starts(written: &str) -> Vec<usize> {
    let mut starts: Vec<usize> = written.find('{').into_iter().collect();
    let mut line_start = 0;
    for line in written.split_inclusive('\n') {
        let start = line_start + line.len() - line.trim_start().len();
        if written[start..].starts_with('{') && !starts.contains(&start) {
            starts.push(start);
        }
        if starts.len() == STARTS_MAX {
            break;
        }
        line_start += line.len();
    }
    starts
}

/// What an object of the dialect says and does.
fn acted(object: &str, turn: usize, before: usize) -> Option<(String, Vec<ToolCall>)> {
    let value: Value = serde_json::from_str(object).ok()?;
    let actions = match value.get("actions") {
        None | Some(Value::Null) if value.get("say").is_some() => Vec::new(),
        Some(Value::Array(_)) => items(member(object, "actions")?),
        _ => return None,
    };
    let calls = actions.iter().enumerate().map(|(at, action)| {
        let value: Value = serde_json::from_str(action).unwrap_or_default();
        let arguments = match value.get("arguments") {
            Some(Value::String(arguments)) => arguments.clone(),
            Some(_) => member(action, "arguments").unwrap_or_default().to_owned(),
            // Whatever it is, the world answers that it is no call of a tool.
            None => (*action).to_owned(),
        };
        let name = protocol::text(value.get("tool"));
        protocol::call(arguments, String::new(), name, turn, before + at)
    });
    Some((protocol::text(value.get("say")), calls.collect()))
}

/// Words around an object, without the fence that belongs to it.
fn unfenced(words: &str) -> String {
    let words = words.trim();
    let words = words.strip_suffix("json").filter(|rest| rest.ends_with("```")).unwrap_or(words);
    words.trim_matches(|c: char| c == '`' || c.is_whitespace()).to_owned()
}

/// The schema of an object of the dialect, for the tools of the log. Its order is the order in which
/// a server that follows it makes the model write: words first.
///
/// # Errors
/// `Plugin` for a tool whose parameters are no schema of an object.
pub(super) fn schema(trial: &TrialId, events: &[Event]) -> Result<Box<RawValue>, Fault> {
    let tools = events.iter().flat_map(|event| match event {
        Event::Briefed(briefing) => &briefing.tools[..],
        _ => &[],
    });
    let mut actions = Vec::new();
    for tool in tools {
        let parameters =
            serde_json::from_str(&tool.parameters).map_err(|e| format!("not JSON: {e}"));
        let parameters = parameters.and_then(|parameters: &RawValue| {
            protocol::object_schema(parameters).map_err(str::to_owned)
        });
        let parameters = parameters.map_err(|what| {
            let what = format!("tool {}: parameters: {what}", tool.name);
            Fault::new(Blame::Plugin, format!("trial {trial}: {what}"))
        })?;
        let name = Value::String(tool.name.clone());
        actions.push(format!(
            "{{\"type\":\"object\",\"properties\":{{\"tool\":{{\"type\":\"string\",\"enum\":[{name}]}},\
             \"arguments\":{parameters}}},\"required\":[\"tool\",\"arguments\"],\
             \"additionalProperties\":false}}"
        ));
    }
    let actions = match actions.len() {
        0 => "\"maxItems\":0".to_owned(),
        _ => format!("\"items\":{{\"anyOf\":[{}]}}", actions.join(",")),
    };
    Ok(raw(&format!(
        "{{\"type\":\"object\",\"properties\":{{\"say\":{{\"type\":\"string\"}},\
         \"actions\":{{\"type\":\"array\",{actions}}}}},\"required\":[\"say\",\"actions\"],\
         \"additionalProperties\":false}}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, text: &str, calls: &[(&str, &str)]) {
        let reply = Reply { text: written.to_owned(), ..Reply::default() };
        let reply = heard(Replied { exchange: None, reply, ..Replied::default() }, 2).reply;
        let found: Vec<(&str, &str)> =
            reply.calls.iter().map(|c| (c.name.as_str(), c.arguments.as_str())).collect();
        assert_eq!((reply.text.as_str(), &found[..]), (text, calls));
        assert!(reply.calls.iter().enumerate().all(|(n, c)| c.id == format!("call-2-{n}")));
    }

    #[test]
    fn an_object_holds_words_and_calls() {
        check(
            r#"{"say": "On it.", "actions": [{"tool": "shell", "arguments": {"z": 1.0}}, {"tool": "look", "arguments": {}}]}"#,
            "On it.",
            &[("shell", r#"{"z": 1.0}"#), ("look", "{}")],
        );
        check(r#"{"say":"Done."}"#, "Done.", &[]);
        check(r#"{"actions":[]}"#, "", &[]);
        check(
            "I think so.\n```json\n{\"say\":\"a\",\"actions\":[]}\n```\nThat is all.",
            "I think so.\na\nThat is all.",
            &[],
        );
    }

    #[test]
    fn braces_around_it_are_words() {
        check(r#"{"say":"a","actions":[]} and {x}"#, "a\nand {x}", &[]);
        check("I use {x}:\n {\"say\":\"a\"}", "I use {x}:\na", &[]);
        let broken = r#"{"say": "x, "actions": [{"tool": "t", "arguments": {"say": "hi"}}]}"#;
        check(broken, broken, &[]);
        let deep = format!("{{{}", "\n{".repeat(100_000));
        check(&deep, &deep, &[]);
    }

    #[test]
    fn what_is_no_such_object_is_words() {
        for text in [
            "",
            "no",
            "{",
            "}{",
            "{}",
            "[1]",
            r#"{"tool":"shell"}"#,
            r#"{"actions":"x"}"#,
            "{\"say\":",
        ] {
            check(text, text, &[]);
        }
    }

    #[test]
    fn a_broken_call_is_a_call() {
        check(
            r#"{"actions":["x",{"tool":"shell"},{"tool":7,"arguments":"{"}]}"#,
            "",
            &[("", "\"x\""), ("shell", r#"{"tool":"shell"}"#), ("7", "{")],
        );
    }
}
