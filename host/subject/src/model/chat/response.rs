//! The response's body, read leniently: whatever a model said is an answer, however badly it said
//! it. Only what is no chat completion at all is refused.

use crate::model::CarriedField;
use crate::model::protocol::{self, Answer, NoAnswer, label, member, text, tokens};
use record::event::{Reply, ToolCall};
use serde_json::Value;

/// Reads a body; see [`Protocol::parse`](protocol::Protocol::parse). The message's field `carry`
/// is kept as it came.
pub(super) fn parse(
    carry: Option<CarriedField>,
    bytes: &[u8],
    turn: usize,
) -> Result<Answer, NoAnswer> {
    let shape = |what: &str| NoAnswer::Shape(what.to_owned());
    let (json, body) = protocol::json(bytes)?;
    let Some(choice) = body.get("choices").and_then(|choices| choices.get(0)) else {
        return Err(protocol::none(&body, "no choices"));
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
    let carried = carry.and_then(|field| {
        let choice = *protocol::items(member(json, "choices")?).first()?;
        member(member(choice, "message")?, field.as_str()).filter(|value| *value != "null")
    });
    let usage = body.get("usage");
    Ok(Answer {
        cached_tokens: cached(usage),
        carried: carried.map(str::to_owned),
        finish: label(choice.get("finish_reason")),
        id: label(body.get("id")),
        input_tokens: tokens(usage, &["prompt_tokens"]),
        model: label(body.get("model")),
        output_tokens: tokens(usage, &["completion_tokens"]),
        reply: Reply { calls, reasoning: reasoning(message), text: said(message) },
    })
}

/// Tokens of the prompt that came from the cache. Servers say it in one of three places, and some
/// in two: OpenAI and xAI in the details, DeepSeek beside the prompt's tokens, Moonshot plainly.
fn cached(usage: Option<&Value>) -> u64 {
    let details = usage.and_then(|usage| usage.get("prompt_tokens_details"));
    tokens(details, &["cached_tokens"])
        .max(tokens(usage, &["prompt_cache_hit_tokens"]))
        .max(tokens(usage, &["cached_tokens"]))
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
    let function = call.get("function");
    let part = |name: &str| text(function.and_then(|function| function.get(name)));
    protocol::call(part("arguments"), text(call.get("id")), part("name"), turn, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reply(message: &str) -> Reply {
        let body = format!("{{\"choices\":[{{\"message\":{message}}}]}}");
        parse(None, body.as_bytes(), 3).unwrap().reply
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
    fn cached_tokens_stand_in_one_of_three_places() {
        #[track_caller]
        fn check(usage: &str, expected: u64) {
            assert_eq!(cached(Some(&serde_json::from_str(usage).unwrap())), expected);
        }
        check(r#"{"prompt_tokens":125,"prompt_tokens_details":{"cached_tokens":98}}"#, 98);
        check(r#"{"prompt_tokens":9,"prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":3}"#, 6);
        check(r#"{"prompt_cache_hit_tokens":6,"prompt_tokens_details":{"cached_tokens":6}}"#, 6);
        check(r#"{"prompt_tokens":9,"cached_tokens":4}"#, 4);
        check(r#"{"prompt_tokens_details":null}"#, 0);
        check(r#"{"prompt_tokens_details":{"cached_tokens":-1}}"#, 0);
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
    fn what_is_carried_keeps_its_bytes() {
        let body = r#"{"choices":[{"message":{"reasoning_content":"h\u006d",
            "reasoning_details":[ {"signature":"x/"}],"reasoning":null}}]}"#;
        let carried = |field| parse(Some(field), body.as_bytes(), 0).unwrap().carried;
        assert_eq!(carried(CarriedField::ReasoningContent).unwrap(), r#""h\u006d""#);
        assert_eq!(carried(CarriedField::ReasoningDetails).unwrap(), r#"[ {"signature":"x/"}]"#);
        assert_eq!(carried(CarriedField::Reasoning), None);
        assert_eq!(parse(None, body.as_bytes(), 0).unwrap().carried, None);
    }
}
