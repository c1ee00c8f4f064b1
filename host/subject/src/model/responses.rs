//! OpenAI's Responses (`POST /responses`), without state on the server.
//!
//! * `store` is `false`: the server would keep the conversation otherwise, and a request would not
//!   be the whole of what the model reads.
//! * `include` asks for reasoning in encrypted form, because without state it has to come back from
//!   here. A model that does not reason refuses it: then `include=[]` is given as a further field.
//! * `strict` is `false` for every tool: the server would change schemas otherwise.
//! * An empty system text is not sent; nothing takes its place.
//! * A reply goes back as the list of items that came, byte for byte. Reasoning that nothing
//!   follows, which the limit of tokens cut off, is left out: the server refuses it.

use crate::model::protocol::{
    self, Answer, Facts, NoAnswer, Protocol, Refused, label, member, raw, text, tokens,
};
use crate::model::talk::{Said, Talk, Turn};
use crate::model::{Sampling, chat, extra};
use record::event::{Blame, Reply};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use trial::port::Fault;

/// What is asked for besides the answer.
const INCLUDE: [&str; 1] = ["reasoning.encrypted_content"];

/// Responses.
pub(super) struct Responses;

const FACTS: Facts = Facts {
    answer: "response of Responses",
    headers: &[],
    key: ("authorization", "Bearer "),
    nested: None,
    own: &[
        "model",
        "instructions",
        "input",
        "tools",
        "max_output_tokens",
        "temperature",
        "store",
        "stream",
        "background",
        "conversation",
        "previous_response_id",
    ],
    path: |_| vec!["responses".to_owned()],
    request_id: "x-request-id",
    service: "Responses",
};

impl Protocol for Responses {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn body(&self, sampling: &Sampling, talk: &Talk<'_>) -> Result<Vec<u8>, Fault> {
        talk.carries_lists()?;
        let mut input = Vec::new();
        for turn in &talk.turns {
            match turn {
                Turn::User(content) => input.push(message("user", content)),
                Turn::Subject(said) => input.extend(assistant(said)),
                Turn::Results(results) => input.extend(results.iter().map(|gave| Item::Output {
                    r#type: "function_call_output",
                    call_id: &gave.result.id,
                    output: &gave.result.content,
                })),
            }
        }
        let mut tools = Vec::new();
        for offer in &talk.tools {
            let parameters = protocol::object_schema(&offer.parameters);
            let parameters =
                parameters.map_err(|what| talk.tool_fault(Blame::Plugin, offer.name, what))?;
            tools.push(Tool {
                r#type: "function",
                name: offer.name,
                description: offer.description,
                parameters,
                strict: false,
            });
        }
        let body = Body {
            model: &sampling.model,
            instructions: (!talk.system.is_empty()).then_some(talk.system),
            input,
            tools,
            max_output_tokens: sampling.max_output_tokens,
            temperature: sampling.temperature,
            store: false,
            include: included(sampling).then_some(INCLUDE),
        };
        Ok(extra::append(talk.bytes(&body)?, &sampling.extra, None))
    }

    fn claims(&self, sampling: &Sampling) -> Vec<String> {
        let mut claims = vec![
            format!("max_output_tokens={}", sampling.max_output_tokens),
            "store=false".to_owned(),
        ];
        if included(sampling) {
            claims.push(format!("include=[\"{}\"]", INCLUDE[0]));
        }
        claims
    }

    fn parse(&self, _: &Sampling, bytes: &[u8], turn: usize) -> Result<Answer, NoAnswer> {
        let (json, body) = protocol::json(bytes)?;
        let status = label(body.get("status"));
        let Some(Value::Array(output)) = body.get("output") else {
            return Err(protocol::none(&body, "no output"));
        };
        match status.as_str() {
            "completed" | "incomplete" | "" => {}
            "failed" => return Err(protocol::none(&body, "failed")),
            other => return Err(NoAnswer::Shape(format!("status {other}"))),
        }
        let reason = label(body.pointer("/incomplete_details/reason"));
        let usage = body.get("usage");
        let mut came = protocol::items(member(json, "output").unwrap_or("[]"));
        let reasoning = |item: &&Value| text(item.get("type")) == "reasoning";
        came.truncate(output.len() - output.iter().rev().take_while(reasoning).count());
        let details = usage.and_then(|usage| usage.get("input_tokens_details"));
        Ok(Answer {
            cached_tokens: tokens(details, &["cached_tokens"]),
            carried: (!came.is_empty()).then(|| format!("[{}]", came.join(","))),
            finish: if reason.is_empty() { status } else { reason },
            id: label(body.get("id")),
            input_tokens: tokens(usage, &["input_tokens"]),
            model: label(body.get("model")),
            output_tokens: tokens(usage, &["output_tokens"]),
            reply: reply(output, turn),
        })
    }

    fn refused(&self, status: u16, body: &Value) -> Option<Refused> {
        // A model that does not reason refuses `include`, and gives no code for it.
        let field = body.pointer("/error/param").and_then(Value::as_str);
        match (status, field) {
            (400, Some("include")) => Some(Refused::Setting),
            _ => chat::refused(status, body),
        }
    }
}

/// Whether reasoning is asked for; a further field of that name decides otherwise.
fn included(sampling: &Sampling) -> bool {
    !extra::has(&sampling.extra, "include")
}

fn reply(output: &[Value], turn: usize) -> Reply {
    let mut reply = Reply::default();
    let mut thoughts = Vec::new();
    for item in output {
        let list =
            |name: &str| item.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        match item.get("type").and_then(Value::as_str) {
            Some("message") => {
                let said = |part: &Value| text(part.get("text").or_else(|| part.get("refusal")));
                reply.text.extend(list("content").iter().map(said));
            }
            Some("reasoning") => {
                let parts = list("summary").iter().chain(list("content"));
                thoughts.extend(parts.filter_map(|part| part.get("text")?.as_str()));
            }
            Some("function_call") => {
                let part = |name: &str| text(item.get(name));
                let (arguments, id, name) = (part("arguments"), part("call_id"), part("name"));
                let call = protocol::call(arguments, id, name, turn, reply.calls.len());
                reply.calls.push(call);
            }
            _ => {}
        }
    }
    reply.reasoning = protocol::thoughts(thoughts.into_iter());
    reply
}

fn assistant<'a>(said: &Said<'a>) -> Vec<Item<'a>> {
    if let Some(carried) = said.carried {
        return protocol::items(carried.get())
            .into_iter()
            .map(|item| Item::Came(raw(item)))
            .collect();
    }
    let text = &said.reply.text;
    let text = (!text.is_empty()).then(|| message("assistant", text));
    let calls = said.reply.calls.iter().map(|call| Item::Call {
        r#type: "function_call",
        call_id: &call.id,
        name: &call.name,
        arguments: &call.arguments,
    });
    text.into_iter().chain(calls).collect()
}

fn message<'a>(role: &'static str, content: &'a str) -> Item<'a> {
    Item::Message { r#type: "message", role, content }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
    input: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    max_output_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    store: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    include: Option<[&'static str; 1]>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Item<'a> {
    Came(Box<RawValue>),
    Message { r#type: &'static str, role: &'static str, content: &'a str },
    Call { r#type: &'static str, call_id: &'a str, name: &'a str, arguments: &'a str },
    Output { r#type: &'static str, call_id: &'a str, output: &'a str },
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    name: &'a str,
    description: &'a str,
    parameters: Box<RawValue>,
    strict: bool,
}
