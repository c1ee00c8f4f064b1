//! The response's body, read leniently: whatever a model said is an answer, however badly it said
//! it. Only what is no chat completion at all is refused.

use record::canonical::INTEGER_MAX;
use record::event::{Reply, ToolCall};
use serde_json::Value;

/// Most characters that are kept of a model's name, a finish reason or a request's id. They are
/// the server's words about the answer, and 36 is the usual length of the longest.
const LABEL_CHARS_MAX: usize = 200;

/// What a response says.
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) finish: String,
    /// The body's own id.
    pub(super) id: String,
    pub(super) input_tokens: u64,
    pub(super) model: String,
    pub(super) output_tokens: u64,
}

/// Why a body is no chat completion.
pub(super) enum NoAnswer {
    /// Another JSON, or none.
    Shape(String),
    /// The server's own message in place of an answer.
    Error(String),
}

/// Reads a body. `turn` counts the replies before this one; it names calls that came without id.
pub(super) fn parse(bytes: &[u8], turn: usize) -> Result<Answer, NoAnswer> {
    let shape = |what: &str| NoAnswer::Shape(what.to_owned());
    let body: Value =
        serde_json::from_slice(bytes).map_err(|e| NoAnswer::Shape(format!("not JSON: {e}")))?;
    let Some(choice) = body.get("choices").and_then(|choices| choices.get(0)) else {
        return Err(match error_message(&body) {
            Some(message) => NoAnswer::Error(message),
            None => shape("no choices"),
        });
    };
    let message = choice.get("message").filter(|message| message.is_object());
    let message = message.ok_or_else(|| shape("no choices[0].message"))?;
    let calls = match message.get("tool_calls") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(calls)) => {
            calls.iter().enumerate().map(|(number, call)| tool_call(call, turn, number)).collect()
        }
        Some(_) => return Err(shape("choices[0].message.tool_calls is no list")),
    };
    let usage = |name: &str| {
        let count = body.get("usage").and_then(|usage| usage.get(name)).and_then(Value::as_u64);
        count.filter(|count| *count <= INTEGER_MAX.unsigned_abs()).unwrap_or(0)
    };
    Ok(Answer {
        finish: label(choice.get("finish_reason")),
        id: label(body.get("id")),
        input_tokens: usage("prompt_tokens"),
        model: label(body.get("model")),
        output_tokens: usage("completion_tokens"),
        reply: Reply { calls, reasoning: reasoning(message), text: said(message) },
    })
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

/// What the model said: its text, and a refusal that the server tells apart.
fn said(message: &Value) -> String {
    let mut text = message.get("content").map_or_else(String::new, content);
    if let Some(refusal) = message.get("refusal").and_then(Value::as_str) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(refusal);
    }
    text
}

/// A text, or the texts of a list of parts.
fn content(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part.get("text").or_else(|| part.get("refusal")))
            .filter_map(Value::as_str)
            .collect(),
        other => other.to_string(),
    }
}

fn reasoning(message: &Value) -> Option<String> {
    ["reasoning_content", "reasoning"]
        .iter()
        .filter_map(|name| message.get(name).and_then(Value::as_str))
        .find(|text| !text.is_empty())
        .map(str::to_owned)
}

fn tool_call(call: &Value, turn: usize, number: usize) -> ToolCall {
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let function = call.get("function");
    let part = |name: &str| text(function.and_then(|function| function.get(name)));
    let id = text(call.get("id"));
    // A result is sent back by the id of its call, so there has to be one.
    let id = if id.is_empty() { format!("call-{turn}-{number}") } else { id };
    ToolCall { arguments: part("arguments"), id, name: part("name") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reply(message: &str) -> Reply {
        let body = format!("{{\"choices\":[{{\"message\":{message}}}]}}");
        parse(body.as_bytes(), 3).ok().expect("an answer").reply
    }

    #[test]
    fn text_comes_in_several_shapes() {
        #[track_caller]
        fn check(message: &str, text: &str) {
            assert_eq!(reply(message).text, text);
        }
        check("{}", "");
        check(r#"{"content":null}"#, "");
        check(r#"{"content":"a"}"#, "a");
        check(r#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#, "ab");
        check(r#"{"content":null,"refusal":"I will not."}"#, "I will not.");
        check(r#"{"content":"a","refusal":"I will not."}"#, "a\nI will not.");
        check(r#"{"content":7}"#, "7");
    }

    #[test]
    fn reasoning_has_two_names() {
        let thought = Some("hm".to_owned());
        assert_eq!(reply(r#"{"reasoning_content":"hm"}"#).reasoning, thought);
        assert_eq!(reply(r#"{"reasoning_content":"","reasoning":"hm"}"#).reasoning, thought);
        assert_eq!(reply(r#"{"reasoning":null}"#).reasoning, None);
    }

    #[test]
    fn arguments_stay_as_they_were_written() {
        let calls = reply(
            r#"{"tool_calls":[
                {"id":"a","function":{"name":"f","arguments":"{\"x\": 1"}},
                {"function":{"name":"g","arguments":{"y":[1,null]}}},
                {"id":null,"function":{"name":"h"}},
                {}]}"#,
        )
        .calls;
        let call = |arguments: &str, id: &str, name: &str| ToolCall {
            arguments: arguments.into(),
            id: id.into(),
            name: name.into(),
        };
        assert_eq!(
            calls,
            [
                call("{\"x\": 1", "a", "f"),
                call("{\"y\":[1,null]}", "call-3-1", "g"),
                call("", "call-3-2", "h"),
                call("", "call-3-3", ""),
            ]
        );
    }

    #[test]
    fn a_count_that_no_record_can_hold_is_none() {
        let body = r#"{"choices":[{"message":{}}],
            "usage":{"prompt_tokens":9007199254740992,"completion_tokens":-1}}"#;
        let answer = parse(body.as_bytes(), 0).ok().expect("an answer");
        assert_eq!((answer.input_tokens, answer.output_tokens), (0, 0));
    }
}
