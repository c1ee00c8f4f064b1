//! Anthropic's Messages (`POST /messages`), version 2023-06-01.
//!
//! * `max_tokens` has no default there and is always sent.
//! * An empty system text is not sent, and no empty text or message: the server refuses them, and
//!   puts nothing of its own in their place. What the user says then stands in one message.
//! * A reply goes back as the list of blocks that came, byte for byte, where they hold more than
//!   the reply does: thoughts with their signatures, which the server checks. Left out are only
//!   texts without a visible character, for the reason above, and thoughts that nothing follows,
//!   which the limit of tokens cut off: the server refuses them at the end of a reply.
//! * `input_schema` has to name its type: `"type":"object"` is added where it is missing.

use crate::model::protocol::{
    self, Answer, Facts, NoAnswer, Protocol, Refused, label, member, raw, text, tokens,
};
use crate::model::talk::{Gave, Said, Talk, Turn};
use crate::model::{Sampling, extra};
use record::event::{Blame, Reply};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use trial::port::Fault;

/// The version of the protocol that this file speaks.
const VERSION: &str = "2023-06-01";

/// Keywords that the server refuses at the top of a tool's schema.
const REFUSED_KEYWORDS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// Messages.
pub(super) struct Messages;

const FACTS: Facts = Facts {
    answer: "message",
    headers: &[("anthropic-version", VERSION)],
    key: ("x-api-key", ""),
    nested: None,
    own: &["model", "max_tokens", "system", "messages", "tools", "temperature", "stream"],
    path: |_| vec!["messages".to_owned()],
    request_id: "request-id",
    service: "Messages",
};

impl Protocol for Messages {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn body(&self, sampling: &Sampling, talk: &Talk<'_>) -> Result<Vec<u8>, Fault> {
        talk.carries_lists()?;
        let mut messages: Vec<Message<'_>> = Vec::new();
        for turn in &talk.turns {
            let (role, content) = match turn {
                Turn::User(said) => ("user", texts(said)),
                Turn::Subject(said) => ("assistant", assistant(said)),
                Turn::Results(results) => ("user", results.iter().map(result).collect()),
            };
            match messages.last_mut() {
                _ if content.is_empty() => {}
                Some(last) if last.role == role => last.content.extend(content),
                _ => messages.push(Message { role, content }),
            }
        }
        if messages.last().is_none_or(|last| last.role != "user") {
            // The server refuses it, or writes the subject's own last reply on.
            let what = "the world goes on without a result or a word, which Messages cannot say";
            return Err(Fault::new(Blame::Plugin, format!("trial {}: {what}", talk.trial)));
        }
        let mut tools = Vec::new();
        for offer in &talk.tools {
            let schema = input_schema(&offer.parameters)
                .map_err(|(blame, what)| talk.tool_fault(blame, offer.name, &what))?;
            tools.push(Tool {
                name: offer.name,
                description: offer.description,
                input_schema: schema,
            });
        }
        let body = Body {
            model: &sampling.model,
            max_tokens: sampling.max_output_tokens,
            system: (!talk.system.trim().is_empty()).then_some(talk.system),
            messages,
            tools,
            temperature: sampling.temperature,
        };
        Ok(extra::append(talk.bytes(&body)?, &sampling.extra, None))
    }

    fn claims(&self, sampling: &Sampling) -> Vec<String> {
        vec![
            format!("anthropic-version={VERSION}"),
            format!("max_tokens={}", sampling.max_output_tokens),
        ]
    }

    fn parse(&self, _: &Sampling, bytes: &[u8], turn: usize) -> Result<Answer, NoAnswer> {
        let (json, body) = protocol::json(bytes)?;
        let Some(Value::Array(blocks)) = body.get("content") else {
            return Err(protocol::none(&body, "no content"));
        };
        let came = protocol::items(member(json, "content").unwrap_or("[]"));
        let reply = reply(blocks, &came, turn);
        let usage = body.get("usage");
        Ok(Answer {
            cached_tokens: tokens(usage, &["cache_read_input_tokens"]),
            carried: carried(&reply, blocks, &came, turn),
            finish: label(body.get("stop_reason")),
            id: label(body.get("id")),
            // What the cache gave and what it took are counted apart here.
            input_tokens: tokens(
                usage,
                &["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"],
            ),
            model: label(body.get("model")),
            output_tokens: tokens(usage, &["output_tokens"]),
            reply,
        })
    }

    fn refused(&self, status: u16, body: &Value) -> Option<Refused> {
        let error = |name: &str| {
            body.get("error").and_then(|error| error.get(name)).and_then(Value::as_str)
        };
        match (status, error("type"), error("message")) {
            (_, Some("billing_error"), _) => Some(Refused::Account),
            // An empty account is told as a wrong request; only the words differ.
            (400, _, Some(said)) if said.contains("credit balance") => Some(Refused::Account),
            // So is what a filter behind the model stopped.
            (400, _, Some(said)) if said.contains("content filtering policy") => {
                Some(Refused::Content("content_filtering_policy".to_owned()))
            }
            // And what is longer than the context: alone, or with the tokens that it may write. The
            // word is the one that newer models stop with when they fill it while they write.
            (400, _, Some(said))
                if said.starts_with("prompt is too long")
                    || said.contains("exceed context limit") =>
            {
                Some(Refused::Context("model_context_window_exceeded".to_owned()))
            }
            _ => None,
        }
    }
}

/// The schema of a tool's input; else whose matter it is, and what.
fn input_schema(parameters: &RawValue) -> Result<Box<RawValue>, (Blame, String)> {
    let schema = protocol::object_schema(parameters);
    let schema = schema.map_err(|what| (Blame::Plugin, what.to_owned()))?;
    for keyword in REFUSED_KEYWORDS {
        if member(schema.get(), keyword).is_some() {
            let what = format!("{keyword} at the top, which Messages refuses; test another model");
            return Err((Blame::Setup, what));
        }
    }
    Ok(schema)
}

/// What a reply says, from its blocks and their bytes.
fn reply(blocks: &[Value], came: &[&str], turn: usize) -> Reply {
    let kind = |block: &Value| text(block.get("type"));
    let mut reply = Reply::default();
    for (block, bytes) in blocks.iter().zip(came) {
        match kind(block).as_str() {
            "text" => reply.text.push_str(&text(block.get("text"))),
            "tool_use" => {
                let arguments = match block.get("input") {
                    Some(Value::String(input)) => input.clone(),
                    _ => member(bytes, "input").unwrap_or_default().to_owned(),
                };
                let (id, name) = (text(block.get("id")), text(block.get("name")));
                let call = protocol::call(arguments, id, name, turn, reply.calls.len());
                reply.calls.push(call);
            }
            _ => {}
        }
    }
    let thinking = blocks.iter().filter(|block| kind(block) == "thinking");
    reply.reasoning =
        protocol::thoughts(thinking.filter_map(|block| block.get("thinking")?.as_str()));
    reply
}

/// The blocks that go back, where the reply alone would make others.
fn carried(reply: &Reply, blocks: &[Value], came: &[&str], turn: usize) -> Option<String> {
    let blank = |block: &Value| {
        block.get("type").and_then(Value::as_str) == Some("text")
            && text(block.get("text")).trim().is_empty()
    };
    let thought = |block: &Value| {
        matches!(block.get("type").and_then(Value::as_str), Some("thinking" | "redacted_thinking"))
    };
    let mut kept: Vec<(&Value, &str)> =
        blocks.iter().zip(came.iter().copied()).filter(|(block, _)| !blank(block)).collect();
    while kept.pop_if(|(block, _)| thought(block)).is_some() {}
    let kept: Vec<&str> = kept.into_iter().map(|(_, bytes)| bytes).collect();
    let kept = format!("[{}]", kept.join(","));
    let made = serde_json::to_vec(&assistant(&Said { carried: None, reply, turn }));
    (!made.is_ok_and(|made| protocol::same(&kept, &made))).then_some(kept)
}

fn assistant<'a>(said: &Said<'a>) -> Vec<Block<'a>> {
    if let Some(carried) = said.carried {
        return protocol::items(carried.get())
            .into_iter()
            .map(|item| Block::Came(raw(item)))
            .collect();
    }
    let mut blocks = texts(&said.reply.text);
    blocks.extend(said.reply.calls.iter().map(|call| Block::ToolUse {
        r#type: "tool_use",
        id: &call.id,
        name: &call.name,
        input: raw(&call.arguments),
    }));
    blocks
}

fn texts(text: &str) -> Vec<Block<'_>> {
    let text = (!text.trim().is_empty()).then_some(text);
    text.map(|text| Block::Text { r#type: "text", text }).into_iter().collect()
}

fn result<'a>(gave: &Gave<'a>) -> Block<'a> {
    let result = gave.result;
    Block::ToolResult {
        r#type: "tool_result",
        tool_use_id: &result.id,
        content: (!result.content.is_empty()).then_some(result.content.as_str()),
        is_error: result.is_error.then_some(true),
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<&'a str>,
    messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Vec<Block<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Block<'a> {
    Came(Box<RawValue>),
    Text {
        r#type: &'static str,
        text: &'a str,
    },
    ToolUse {
        r#type: &'static str,
        id: &'a str,
        name: &'a str,
        input: Box<RawValue>,
    },
    ToolResult {
        r#type: &'static str,
        tool_use_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        is_error: Option<bool>,
    },
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    description: &'a str,
    input_schema: Box<RawValue>,
}
