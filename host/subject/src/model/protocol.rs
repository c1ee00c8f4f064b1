//! The seam between one conversation and the protocols of providers: a protocol builds a request
//! from the log, reads a response into an answer and says what an error means. Everything else
//! (tries, limits, key, digests) is the same for all and stands in [`server`](super::server).

use crate::model::Sampling;
use crate::model::talk::Talk;
use record::canonical::INTEGER_MAX;
use record::event::{Reply, ToolCall};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::time::Duration;
use trial::port::Fault;

/// Most characters that are kept of a model's name, a finish reason or a request's id. They are
/// the server's words about the answer, and 36 is the usual length of the longest.
pub(super) const LABEL_CHARS_MAX: usize = 200;

/// What is fixed of a protocol.
pub(super) struct Facts {
    /// What an answer is called, for messages, such as `chat completion`.
    pub(super) answer: &'static str,
    /// Header fields of every request besides the key, names in lower case.
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// The header field that holds the key, in lower case, and what stands before the key in it.
    pub(super) key: (&'static str, &'static str),
    /// The object of the body whose members may be given as `NAME.MEMBER`.
    pub(super) nested: Option<&'static str>,
    /// Fields of the body that are built from the log and the settings, so that no further field
    /// may have the name.
    pub(super) own: &'static [&'static str],
    /// The segments of the path below the base URL.
    pub(super) path: fn(model: &str) -> Vec<String>,
    /// The header field of a response that holds the provider's id of the exchange.
    pub(super) request_id: &'static str,
    /// What the server offers, for messages, such as `chat completions`.
    pub(super) service: &'static str,
}

/// How one kind of server is spoken to.
pub(super) trait Protocol: Send + Sync {
    /// What is fixed.
    fn facts(&self) -> &'static Facts;

    /// The request's body: the same log, the same bytes.
    ///
    /// # Errors
    /// `Plugin` or `Setup` for a tool that cannot be offered in this protocol, `Bug` for a log
    /// that another subject began.
    fn body(&self, sampling: &Sampling, talk: &Talk<'_>) -> Result<Vec<u8>, Fault>;

    /// What a result states of the requests besides temperature and further fields: `NAME=VALUE`.
    fn claims(&self, sampling: &Sampling) -> Vec<String>;

    /// Reads the body of a success. `turn` counts the replies before this one; it names calls that
    /// came without id.
    ///
    /// # Errors
    /// When it is no answer at all.
    fn parse(&self, sampling: &Sampling, bytes: &[u8], turn: usize) -> Result<Answer, NoAnswer>;

    /// What the body of a failure says beyond its status; none where the status says it all.
    fn refused(&self, status: u16, body: &Value) -> Option<Refused>;
}

/// What a response says.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    /// Of the tokens read, those that came from the provider's cache; as the server says, so it may
    /// be more than all.
    pub(super) cached_tokens: u64,
    /// JSON that the next request has to repeat and that cannot be made from the reply.
    pub(super) carried: Option<String>,
    pub(super) finish: String,
    /// The body's own id.
    pub(super) id: String,
    /// Read, the cached ones included, whatever the protocol counts in.
    pub(super) input_tokens: u64,
    pub(super) model: String,
    pub(super) output_tokens: u64,
    pub(super) reply: Reply,
}

/// Why a body is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// Another JSON, or none.
    Shape(String),
    /// The server's own message in place of an answer.
    Error(String),
}

/// What a failure's body says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The account has to pay first.
    Account,
    /// The provider's filter stopped the conversation: an outcome of the subject, with the word
    /// that the provider has for it.
    Content(String),
    /// The request is longer than the model's context, with the word that the provider has for it.
    Context(String),
    /// The key is wrong.
    Key,
    /// It may pass, at the earliest after this time.
    Passing(Option<Duration>),
    /// The account's quota is used up; it does not come back within a run's patience.
    Quota,
    /// A field or value that every trial sends is refused.
    Setting,
}

/// The body as JSON.
pub(super) fn json(bytes: &[u8]) -> Result<(&str, Value), NoAnswer> {
    let not_json = |why: &dyn std::fmt::Display| NoAnswer::Shape(format!("not JSON: {why}"));
    let value = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
    let text = std::str::from_utf8(bytes).map_err(|error| not_json(&error))?;
    Ok((text, value))
}

/// The body has no answer: the server's message, if there is one.
pub(super) fn none(body: &Value, what: &str) -> NoAnswer {
    match error_message(body) {
        Some(message) => NoAnswer::Error(message),
        None => NoAnswer::Shape(what.to_owned()),
    }
}

/// The message of an error body, in the shapes that servers use.
pub(super) fn error_message(body: &Value) -> Option<String> {
    let error = body.get("error").or_else(|| body.get("detail")).unwrap_or(body);
    match error.get("message").unwrap_or(error) {
        Value::String(message) => Some(message.clone()),
        _ => None,
    }
}

/// The server's label, cut to a length that a table can hold; empty where it gives none.
pub(super) fn label(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).map_or_else(String::new, cut_label)
}

/// The same for a label from elsewhere.
pub(super) fn cut_label(text: &str) -> String {
    text.chars().take(LABEL_CHARS_MAX).collect()
}

/// A text as it is, anything else as JSON, nothing for nothing.
pub(super) fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The sum of some token counts; a count that no record can hold counts nothing.
pub(super) fn tokens(usage: Option<&Value>, names: &[&str]) -> u64 {
    let limit = INTEGER_MAX.unsigned_abs();
    let count = |name: &&str| usage.and_then(|usage| usage.get(name)).and_then(Value::as_u64);
    let sum =
        names.iter().filter_map(count).filter(|count| *count <= limit).fold(0, u64::saturating_add);
    sum.min(limit)
}

/// Texts in one, a line each; none for nothing.
pub(crate) fn thoughts<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// A call; one that came without id gets one, because a result is sent back by it.
pub(super) fn call(
    arguments: String,
    id: String,
    name: String,
    turn: usize,
    at: usize,
) -> ToolCall {
    let id = if id.is_empty() { given_id(turn, at) } else { id };
    ToolCall { arguments, id, name }
}

/// The id of call `at` of reply `turn` when the provider gives none.
pub(crate) fn given_id(turn: usize, at: usize) -> String {
    format!("call-{turn}-{at}")
}

/// Whether an id is such a one.
pub(crate) fn is_given(id: &str) -> bool {
    let numbers = id.strip_prefix("call-").and_then(|rest| rest.split_once('-'));
    numbers.is_some_and(|(turn, at)| {
        matches!((turn.parse(), at.parse()), (Ok(turn), Ok(at)) if given_id(turn, at) == id)
    })
}

/// The member of an object, byte for byte.
pub(super) fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(object).ok()?;
    members.get(name).map(|value| value.get())
}

/// The items of a list, byte for byte.
pub(crate) fn items(list: &str) -> Vec<&str> {
    let items: Vec<&RawValue> = serde_json::from_str(list).unwrap_or_default();
    items.into_iter().map(RawValue::get).collect()
}

/// JSON as it is, or the text as a JSON string where it is none.
pub(super) fn raw(text: &str) -> Box<RawValue> {
    serde_json::from_str(text)
        .or_else(|_| serde_json::value::to_raw_value(text))
        .expect("a string has a JSON form")
}

/// Whether two texts are the same JSON value.
pub(super) fn same(one: &str, other: &[u8]) -> bool {
    let (one, other) = (serde_json::from_str::<Value>(one), serde_json::from_slice::<Value>(other));
    matches!((one, other), (Ok(one), Ok(other)) if one == other)
}

/// The schema with `"type":"object"` at its start where it names no type: some protocols refuse
/// `{}`, which says the same of arguments that are an object anyway. Else what is wrong with it.
pub(super) fn object_schema(parameters: &RawValue) -> Result<Box<RawValue>, &'static str> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(parameters.get())
        .map_err(|_| "expected a schema that is a JSON object")?;
    if members.contains_key("type") {
        return Ok(parameters.to_owned());
    }
    let rest = parameters.get().trim_start().trim_start_matches('{').trim_start();
    let comma = if rest.starts_with('}') { "" } else { "," };
    Ok(raw(&format!("{{\"type\":\"object\"{comma}{rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_without_type_is_an_object() {
        #[track_caller]
        fn check(schema: &str, expected: Result<&str, &str>) {
            let schema: Box<RawValue> = serde_json::from_str(schema).unwrap();
            let made = object_schema(&schema);
            assert_eq!(made.as_ref().map(|made| made.get()).map_err(|why| *why), expected);
        }
        check("{}", Ok(r#"{"type":"object"}"#));
        check("{ }", Ok(r#"{"type":"object"}"#));
        check(r#"{"required":["z","a"]}"#, Ok(r#"{"type":"object","required":["z","a"]}"#));
        check(r#"{"required":[],"type":"object"}"#, Ok(r#"{"required":[],"type":"object"}"#));
        check("true", Err("expected a schema that is a JSON object"));
    }

    #[test]
    fn a_count_that_no_record_can_hold_is_none() {
        let usage: Value =
            serde_json::from_str(r#"{"a":9007199254740992,"b":-1,"c":3,"d":4,"e":"5"}"#).unwrap();
        assert_eq!(tokens(Some(&usage), &["a", "b", "e", "x"]), 0);
        assert_eq!(tokens(Some(&usage), &["a", "c", "d"]), 7);
        assert_eq!(tokens(None, &["c"]), 0);
    }

    #[test]
    fn parts_of_json_keep_their_bytes() {
        let body = r#"{"a": [ {"x" : 1e2}, "\u00e9" ],"b":2}"#;
        let list = member(body, "a").unwrap();
        assert_eq!(items(list), [r#"{"x" : 1e2}"#, r#""\u00e9""#]);
        assert_eq!(member(body, "c"), None);
        assert!(items("{}").is_empty());
    }
}
