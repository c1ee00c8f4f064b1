//! Gemini's generateContent (`POST /models/MODEL:generateContent`).
//!
//! * Tools' schemas go as `parametersJsonSchema`, which takes JSON Schema as it is; `parameters`
//!   takes another language that only looks like it.
//! * An empty system text is not sent, and no message without parts: the server refuses them.
//! * A reply goes back as the list of parts that came, byte for byte, where they hold more than the
//!   reply does: thoughts, and the signatures on parts, which the server checks.
//! * Results go back by the tool's name and in order; the id of a call is repeated only where the
//!   server gave one.
//! * Blocked by the provider's filter, before or after the model spoke, is a reply with nothing
//!   said and the provider's word as the reason.

use crate::model::protocol::{
    self, Answer, Facts, NoAnswer, Protocol, Refused, given_id, label, member, raw, text, tokens,
};
use crate::model::talk::{Gave, Said, Talk, Turn};
use crate::model::{Sampling, extra};
use record::event::{Blame, Reply};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::time::Duration;
use trial::port::Fault;

/// The object of the body that holds the settings of sampling.
const CONFIG: &str = "generationConfig";

/// generateContent.
pub(super) struct GenerateContent;

const FACTS: Facts = Facts {
    answer: "generateContent response",
    headers: &[],
    key: ("x-goog-api-key", ""),
    nested: Some(CONFIG),
    own: &[
        "model",
        "systemInstruction",
        "contents",
        "tools",
        CONFIG,
        "generationConfig.maxOutputTokens",
        "generationConfig.temperature",
        "generationConfig.candidateCount",
    ],
    path: |model| vec!["models".to_owned(), format!("{model}:generateContent")],
    request_id: "x-request-id",
    service: "generateContent",
};

impl Protocol for GenerateContent {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn body(&self, sampling: &Sampling, talk: &Talk<'_>) -> Result<Vec<u8>, Fault> {
        talk.carries_lists()?;
        let mut contents: Vec<Content<'_>> = Vec::new();
        for turn in &talk.turns {
            let (role, parts) = match turn {
                Turn::User(said) => ("user", texts(said)),
                Turn::Subject(said) => ("model", model(said)),
                Turn::Results(results) => ("user", results.iter().map(result).collect()),
            };
            match contents.last_mut() {
                _ if parts.is_empty() => {}
                Some(last) if last.role == Some(role) => last.parts.extend(parts),
                _ => contents.push(Content { role: Some(role), parts }),
            }
        }
        let mut functions = Vec::new();
        for offer in &talk.tools {
            let schema = protocol::object_schema(&offer.parameters);
            let schema = schema.map_err(|what| talk.tool_fault(Blame::Plugin, offer.name, what))?;
            functions.push(Function {
                name: offer.name,
                description: offer.description,
                parameters_json_schema: schema,
            });
        }
        let config = Config {
            max_output_tokens: sampling.max_output_tokens,
            temperature: sampling.temperature,
        };
        let config = extra::append(talk.bytes(&config)?, &sampling.extra, Some(CONFIG));
        let system = texts(talk.system);
        let body = Body {
            system_instruction: (!system.is_empty())
                .then_some(Content { role: None, parts: system }),
            contents,
            tools: if functions.is_empty() { vec![] } else { vec![Tool { functions }] },
            generation_config: raw(&String::from_utf8_lossy(&config)),
        };
        Ok(extra::append(talk.bytes(&body)?, &sampling.extra, None))
    }

    fn claims(&self, sampling: &Sampling) -> Vec<String> {
        vec![format!("maxOutputTokens={}", sampling.max_output_tokens)]
    }

    fn parse(&self, _: &Sampling, bytes: &[u8], turn: usize) -> Result<Answer, NoAnswer> {
        let (json, body) = protocol::json(bytes)?;
        let usage = body.get("usageMetadata");
        let answer = Answer {
            // The prompt's count holds them.
            cached_tokens: tokens(usage, &["cachedContentTokenCount"]),
            id: label(body.get("responseId")),
            input_tokens: tokens(usage, &["promptTokenCount", "toolUsePromptTokenCount"]),
            model: label(body.get("modelVersion")),
            output_tokens: tokens(usage, &["candidatesTokenCount", "thoughtsTokenCount"]),
            ..Answer::default()
        };
        let Some(candidate) = body.get("candidates").and_then(|candidates| candidates.get(0))
        else {
            let blocked = label(body.pointer("/promptFeedback/blockReason"));
            if blocked.is_empty() {
                return Err(protocol::none(&body, "no candidates"));
            }
            return Ok(Answer { finish: blocked, ..answer });
        };
        let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
        let parts = parts.map_or(&[][..], Vec::as_slice);
        let came = came(json).unwrap_or_default();
        let mut reply = reply(parts, &came, turn);
        if parts.is_empty() {
            // A call that the server could not read comes back in its message alone.
            reply.text = match candidate.get("finishReason").and_then(Value::as_str) {
                Some("MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL") => {
                    text(candidate.get("finishMessage"))
                }
                _ => String::new(),
            };
        }
        let carried = if parts.is_empty() { None } else { carried(&reply, &came, turn) };
        Ok(Answer { carried, finish: label(candidate.get("finishReason")), reply, ..answer })
    }

    fn refused(&self, status: u16, body: &Value) -> Option<Refused> {
        let details = body.pointer("/error/details").and_then(Value::as_array);
        let details = details.map_or(&[][..], Vec::as_slice);
        let find = |name: &str| details.iter().find_map(|detail| detail.get(name));
        let reason = find("reason").and_then(Value::as_str);
        let state = body.pointer("/error/status").and_then(Value::as_str);
        let too_long = || {
            let said = protocol::error_message(body).unwrap_or_default();
            said.contains("input token count") && said.contains("exceeds the maximum")
        };
        match (status, state, reason) {
            // A wrong key is told as a wrong request.
            (400, _, Some("API_KEY_INVALID")) => Some(Refused::Key),
            // Such as a country that is not served, or an account without billing.
            (400, Some("FAILED_PRECONDITION"), _) => Some(Refused::Account),
            // There is no word for it but the sentence.
            (400, Some("INVALID_ARGUMENT"), _) if too_long() => {
                Some(Refused::Context("input_token_count_exceeds_maximum".to_owned()))
            }
            (429, ..) => {
                let of_a_day =
                    |violation: &Value| text(violation.get("quotaId")).contains("PerDay");
                let violations = find("violations").and_then(Value::as_array);
                if violations.is_some_and(|violations| violations.iter().any(of_a_day)) {
                    return Some(Refused::Quota);
                }
                Some(Refused::Passing(find("retryDelay").and_then(seconds)))
            }
            _ => None,
        }
    }
}

/// A duration in JSON's form of protocol buffers, such as `"17.5s"`.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds: f64 = value.as_str()?.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The parts of the first candidate, byte for byte.
fn came(json: &str) -> Option<Vec<&str>> {
    let candidate = *protocol::items(member(json, "candidates")?).first()?;
    Some(protocol::items(member(member(candidate, "content")?, "parts")?))
}

fn reply(parts: &[Value], came: &[&str], turn: usize) -> Reply {
    let thought = |part: &Value| part.get("thought").and_then(Value::as_bool) == Some(true);
    let mut reply = Reply::default();
    for (part, bytes) in parts.iter().zip(came) {
        if let Some(call) = part.get("functionCall") {
            let arguments = member(bytes, "functionCall").and_then(|call| member(call, "args"));
            let arguments = arguments.unwrap_or("{}").to_owned();
            let (id, name) = (text(call.get("id")), text(call.get("name")));
            let call = protocol::call(arguments, id, name, turn, reply.calls.len());
            reply.calls.push(call);
        } else if !thought(part) {
            reply.text.push_str(&text(part.get("text")));
        }
    }
    let thoughts = parts.iter().filter(|part| thought(part));
    reply.reasoning = protocol::thoughts(thoughts.filter_map(|part| part.get("text")?.as_str()));
    reply
}

/// The parts that go back, where the reply alone would make others.
fn carried(reply: &Reply, came: &[&str], turn: usize) -> Option<String> {
    let came = format!("[{}]", came.join(","));
    let made = serde_json::to_vec(&model(&Said { carried: None, reply, turn }));
    (!made.is_ok_and(|made| protocol::same(&came, &made))).then_some(came)
}

fn model<'a>(said: &Said<'a>) -> Vec<Part<'a>> {
    if let Some(carried) = said.carried {
        return protocol::items(carried.get())
            .into_iter()
            .map(|item| Part::Came(raw(item)))
            .collect();
    }
    let mut parts = texts(&said.reply.text);
    parts.extend(said.reply.calls.iter().enumerate().map(|(at, call)| Part::Call {
        function_call: FunctionCall {
            id: theirs(&call.id, said.turn, at),
            name: &call.name,
            args: raw(&call.arguments),
        },
    }));
    parts
}

/// The id of a call, if it is the server's and not ours.
fn theirs(id: &str, turn: usize, at: usize) -> Option<&str> {
    (id != given_id(turn, at)).then_some(id)
}

fn texts(text: &str) -> Vec<Part<'_>> {
    (!text.is_empty()).then_some(Part::Text { text }).into_iter().collect()
}

fn result<'a>(gave: &Gave<'a>) -> Part<'a> {
    let content = gave.result.content.as_str();
    let (output, error) =
        if gave.result.is_error { (None, Some(content)) } else { (Some(content), None) };
    Part::Response {
        function_response: FunctionResponse {
            id: theirs(&gave.result.id, gave.turn, gave.at),
            name: gave.name,
            response: Response { output, error },
        },
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    contents: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    generation_config: Box<RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    max_output_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Part<'a> {
    Came(Box<RawValue>),
    Text {
        text: &'a str,
    },
    #[serde(rename_all = "camelCase")]
    Call {
        function_call: FunctionCall<'a>,
    },
    #[serde(rename_all = "camelCase")]
    Response {
        function_response: FunctionResponse<'a>,
    },
}

#[derive(Serialize)]
struct FunctionCall<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    name: &'a str,
    args: Box<RawValue>,
}

#[derive(Serialize)]
struct FunctionResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    name: &'a str,
    response: Response<'a>,
}

#[derive(Serialize)]
struct Response<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "functionDeclarations")]
    functions: Vec<Function<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters_json_schema: Box<RawValue>,
}
