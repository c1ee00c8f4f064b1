//! What a harness asks of its model and is answered, in its own protocol.
//!
//! A harness builds requests for the server of one provider; what answers here may be another
//! provider's model or none. So a request is [read](read) into a conversation in our own words, and a
//! reply is [written](write) as that provider's server would send it, streamed where it is asked for.
//! Nothing here has state: what was said before stands in the request.
//!
//! Requests come out of a cage and are hostile. They are read leniently, so that a harness's next
//! version still works, and what cannot be read is an error that names the field.

mod anthropic;
mod chat;
mod conversation;
mod finish;
mod google;
mod responses;
mod route;
#[cfg(test)]
mod tests;

pub(crate) use chat::said as chat_reply;
pub(crate) use conversation::{Conversation, no_result};
pub(crate) use route::{Route, route};

use crate::harness::wire::conversation::Reader;
use crate::model::members::Members;
use crate::spec::Provider;
use record::digest::Digest;
use record::event::{Exchange, Replied};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

/// The type of an answer that is one JSON text.
const JSON: &str = "application/json";
/// The type of an answer that is a stream of events: WHATWG HTML, "Server-sent events".
const EVENTS: &str = "text/event-stream";

/// What a harness asks of its model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The request's body, as it came.
    pub(crate) body: Vec<u8>,
    /// The model that the harness names; empty where it names none.
    pub(crate) model: String,
    /// Whose protocol it is asked in.
    pub(crate) protocol: Provider,
    /// Whether the answer is to be a stream of events.
    pub(crate) stream: bool,
}

/// What a harness is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// The body.
    pub(crate) bytes: Vec<u8>,
    /// Its media type.
    pub(crate) content_type: &'static str,
    /// HTTP's.
    pub(crate) status: u16,
}

/// A request that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field}: {problem}")]
pub(crate) struct WireError {
    /// Where in the body.
    pub(crate) field: &'static str,
    /// What was expected there.
    pub(crate) problem: String,
}

impl WireError {
    fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}

/// How one protocol's requests are read and its answers written.
trait Wire: Sync {
    /// Reads the conversation of a request.
    fn read(&self, body: &Members, reader: &mut Reader) -> Result<(), WireError>;

    /// Takes the tools out that the provider's server would run; their names go to `taken`.
    fn withhold(&self, body: &mut Members, taken: &mut Vec<String>);

    /// The answer, whole or as the texts of its events.
    fn write(&self, answer: &Answer<'_>, stream: bool) -> Written;

    /// The body of an error.
    fn error(&self, status: u16, message: &str) -> Value;
}

/// An answer's body.
enum Written {
    /// One JSON text.
    Whole(Members),
    /// A stream, ready to be sent.
    Stream(String),
}

fn wire(protocol: Provider) -> &'static dyn Wire {
    match protocol {
        Provider::OpenAi => &chat::Chat,
        Provider::OpenAiResponses => &responses::Responses,
        Provider::Anthropic => &anthropic::Messages,
        Provider::Google => &google::GenerateContent,
    }
}

/// The conversation of a request.
///
/// # Errors
/// When the body is no request of its protocol, or refers to what only the provider's server knows.
pub(crate) fn read(asked: &Asked) -> Result<Conversation, WireError> {
    let body = members(asked).ok_or_else(|| WireError::new("body", "expected a JSON object"))?;
    let mut reader = Reader::default();
    wire(asked.protocol).read(&body, &mut reader)?;
    Ok(reader.finish())
}

/// Takes out of a request what the provider's server would do beyond the conversation: search, fetch,
/// run code, reach other servers. What the harness itself runs stays. The names of what was taken
/// out, in the order of the request.
pub(crate) fn withhold(asked: &mut Asked) -> Vec<String> {
    let mut taken = Vec::new();
    if let Some(mut body) = members(asked) {
        wire(asked.protocol).withhold(&mut body, &mut taken);
        if !taken.is_empty() {
            asked.body = body.to_json().into_bytes();
        }
    }
    taken
}

/// The answer to a request, as the provider's server would send it. What the reply carries goes back
/// as it came, member for member and byte for byte, where it is of the request's own protocol, and is
/// left out where it is not.
pub(crate) fn write(asked: &Asked, replied: &Replied) -> Response {
    let exchange = replied.exchange.as_ref();
    let digest = Digest::of(&asked.body).to_string();
    let answer = Answer {
        asked,
        exchange,
        id: digest.chars().take(24).collect(),
        model: exchange.map(|e| e.model.as_str()).filter(|m| !m.is_empty()).unwrap_or(&asked.model),
        replied,
    };
    match wire(asked.protocol).write(&answer, asked.stream) {
        Written::Whole(body) => {
            Response { bytes: body.to_json().into_bytes(), content_type: JSON, status: 200 }
        }
        Written::Stream(text) => {
            Response { bytes: text.into_bytes(), content_type: EVENTS, status: 200 }
        }
    }
}

/// An error in the protocol's own form; without a protocol in OpenAI's, which most clients can read.
pub(crate) fn error(protocol: Option<Provider>, status: u16, message: &str) -> Response {
    let body = wire(protocol.unwrap_or(Provider::OpenAi)).error(status, message);
    Response { bytes: body.to_string().into_bytes(), content_type: JSON, status }
}

fn members(asked: &Asked) -> Option<Members> {
    Members::parse(std::str::from_utf8(&asked.body).ok()?)
}

/// The objects of a list that a request must have.
fn objects(body: &Members, field: &'static str) -> Result<Vec<Members>, WireError> {
    let list = body.get(field).filter(|json| json.starts_with('['));
    let list = list.ok_or_else(|| WireError::new(field, "expected a list"))?;
    let object = |item| Members::parse(item);
    let objects: Option<Vec<Members>> =
        crate::model::protocol::items(list).into_iter().map(object).collect();
    objects.ok_or_else(|| WireError::new(field, "expected objects"))
}

/// A message of somebody whom the protocol does not know.
fn unknown_role(role: &str) -> WireError {
    let role: String = role.chars().take(20).collect();
    WireError::new("messages[].role", format!("found {role:?}"))
}

/// A reply on its way to a harness.
struct Answer<'a> {
    asked: &'a Asked,
    exchange: Option<&'a Exchange>,
    /// Made of the request: the same request, the same answer.
    id: String,
    model: &'a str,
    replied: &'a Replied,
}

impl Answer<'_> {
    /// The items of what the reply carries, byte for byte, if each of them is `ours`.
    fn carried(&self, ours: fn(&Members) -> bool) -> Option<Vec<Members>> {
        let carried = self.exchange?.carried.as_deref()?;
        let items = crate::model::protocol::items(carried);
        let items: Option<Vec<Members>> = items.into_iter().map(Members::parse).collect();
        items.filter(|items| !items.is_empty() && items.iter().all(ours))
    }

    /// Why the model stopped, in the server's word.
    fn finish(&self) -> &str {
        self.exchange.map_or("", |exchange| &exchange.finish)
    }

    /// Tokens read, those of them from the cache, and tokens written.
    fn tokens(&self) -> (u64, u64, u64) {
        self.exchange.map_or((0, 0, 0), |e| (e.input_tokens, e.cached_tokens, e.output_tokens))
    }
}

/// One event of a stream. `name` is the event's, for protocols that give one.
fn event(stream: &mut String, name: Option<&str>, data: &impl Serialize) {
    if let Some(name) = name {
        stream.push_str("event: ");
        stream.push_str(name);
        stream.push('\n');
    }
    stream.push_str("data: ");
    stream.push_str(&line(data));
    stream.push_str("\n\n");
}

/// JSON in one line: what is passed on as it came may have been printed in many, and a line end would
/// end the event. Within its strings JSON has none.
fn line(data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).expect("an event has a JSON form");
    json.replace(['\n', '\r'], " ")
}

/// The arguments of a call, for protocols that take an object and nothing else. What a model wrote
/// that is none goes to the harness as a member: its own check then tells the model so.
fn object(arguments: &str) -> Members {
    match Members::parse(arguments) {
        Some(members) => members,
        None if arguments.trim().is_empty() => Members::default(),
        None => Members::default().with("arguments", arguments),
    }
}

/// The text of a message's content, which is a text or a list of parts. What is no text leaves a word
/// for itself: not every model can see it, and none may wonder what was there.
fn content(value: &Value, between: &str) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<String> =
                parts.iter().map(part).filter(|text| !text.is_empty()).collect();
            texts.join(between)
        }
        _ => String::new(),
    }
}

/// A part of a content in OpenAI's and Anthropic's forms.
fn part(part: &Value) -> String {
    let text = |name: &str| part.get(name).and_then(Value::as_str).map(str::to_owned);
    let placed = match part.get("type").and_then(Value::as_str).unwrap_or("text") {
        "text" | "input_text" | "output_text" | "refusal" | "summary_text" | "reasoning_text" => {
            None
        }
        "image" | "image_url" | "input_image" => Some("[image]"),
        "audio" | "input_audio" => Some("[audio]"),
        "document" => match part.pointer("/source/data").and_then(Value::as_str) {
            Some(text) if part.pointer("/source/type").is_some_and(|kind| kind == "text") => {
                return text.to_owned();
            }
            _ => Some("[file]"),
        },
        "file" | "input_file" => Some("[file]"),
        _ => Some(""),
    };
    let text = || text("text").or_else(|| text("refusal")).unwrap_or_default();
    placed.map_or_else(text, str::to_owned)
}
