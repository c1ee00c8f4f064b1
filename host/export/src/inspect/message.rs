//! Chat messages and model outputs: `ChatMessage…`, `ModelOutput` and `ToolCall` of the framework.

use super::usage;
use record::event::{Exchange, Replied, ToolCall, ToolResult};
use serde_json::{Map, Value, json};

/// A message of the system or the user, at the start or between turns.
pub(super) fn told(role: &str, id: &str, text: &str) -> Value {
    json!({"role": role, "id": id, "source": "input", "content": text})
}

/// What the model answered. Reasoning stands in front of what was said.
pub(super) fn answered(replied: &Replied, id: &str, model: &str) -> Value {
    let reply = &replied.reply;
    let content = match &reply.reasoning {
        None => json!(reply.text),
        Some(reasoning) => json!([
            {"type": "reasoning", "reasoning": reasoning},
            {"type": "text", "text": reply.text},
        ]),
    };
    let mut message = json!({
        "role": "assistant",
        "id": id,
        "source": "generate",
        "model": served(replied.exchange.as_ref(), model),
        "content": content,
    });
    if !reply.calls.is_empty() {
        message["tool_calls"] = reply.calls.iter().map(call).collect();
    }
    message
}

/// What a tool gave.
pub(super) fn gave(result: &ToolResult, call: &ToolCall, id: &str) -> Value {
    let mut message = json!({
        "role": "tool",
        "id": id,
        "tool_call_id": call.id,
        "function": call.name,
        "content": result.content,
    });
    if let Some(error) = error(result) {
        message["error"] = error;
    }
    message
}

/// A failed call. The world does not say of which of the framework's kinds the failure is.
pub(super) fn error(result: &ToolResult) -> Option<Value> {
    result.is_error.then(|| json!({"type": "unknown", "message": result.content}))
}

/// The arguments of a call. They must be an object there; a subject may have written anything.
pub(super) fn arguments(call: &ToolCall) -> Option<Map<String, Value>> {
    match serde_json::from_str(&call.arguments) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

fn call(call: &ToolCall) -> Value {
    let read = arguments(call);
    let mut json = json!({
        "id": call.id,
        "function": call.name,
        "type": "function",
        "arguments": read.clone().unwrap_or_default(),
    });
    if read.is_none() {
        json["parse_error"] = json!(format!("not a JSON object: {}", call.arguments));
    }
    json
}

/// `ModelOutput` with one choice.
pub(super) fn output(
    message: &Value,
    text: &str,
    stop: &str,
    exchange: Option<&Exchange>,
) -> Value {
    let mut output = json!({
        "model": message["model"],
        "choices": [{"message": message, "stop_reason": stop}],
        "completion": text,
    });
    if let Some(exchange) = exchange {
        output["usage"] = usage::of(exchange);
    }
    output
}

/// The model that the server says it served, or else the one that was asked for.
pub(super) fn served<'a>(exchange: Option<&'a Exchange>, model: &'a str) -> &'a str {
    exchange
        .map(|exchange| exchange.model.as_str())
        .filter(|name| !name.is_empty())
        .unwrap_or(model)
}

/// Why the model stopped, in the framework's words. The words of providers are those of chat
/// completions, Responses, Messages and generateContent, and the codes of the errors with which
/// their filters stop a conversation or which say that it is longer than the context. Where the word says only that the model is done, its calls
/// say whether it waits for their results. Any other word is `unknown`; it stands in the event's
/// metadata.
pub(super) fn stop_reason(exchange: Option<&Exchange>, calls: bool) -> &'static str {
    match exchange.map(|exchange| exchange.finish.as_str()) {
        None if calls => "tool_calls",
        Some("STOP" | "completed") if calls => "tool_calls",
        None | Some("stop" | "end_turn" | "stop_sequence" | "STOP" | "completed") => "stop",
        Some("tool_calls" | "tool_use" | "function_call") => "tool_calls",
        Some("length" | "max_tokens" | "max_output_tokens" | "MAX_TOKENS") => "max_tokens",
        Some(
            "context_length_exceeded"
            | "exceed_context_size_error"
            | "input_token_count_exceeds_maximum"
            | "model_context_window_exceeded",
        ) => "model_length",
        Some(
            "content_filter"
            | "content_filtering_policy"
            | "content_policy_violation"
            | "invalid_prompt"
            | "refusal"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SAFETY",
        ) => "content_filter",
        Some(_) => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::digest::Digest;

    #[test]
    fn every_providers_word_is_one_of_the_frameworks() {
        let exchange = |finish: &str| Exchange {
            cached_tokens: 0,
            carried: None,
            finish: finish.into(),
            input_tokens: 0,
            model: String::new(),
            output_tokens: 0,
            request: Digest::of(b"q"),
            request_id: String::new(),
            response: Digest::of(b"a"),
        };
        for (finish, without_calls, with_calls) in [
            ("stop", "stop", "stop"),
            ("end_turn", "stop", "stop"),
            ("stop_sequence", "stop", "stop"),
            ("STOP", "stop", "tool_calls"),
            ("completed", "stop", "tool_calls"),
            ("tool_calls", "tool_calls", "tool_calls"),
            ("tool_use", "tool_calls", "tool_calls"),
            ("function_call", "tool_calls", "tool_calls"),
            ("length", "max_tokens", "max_tokens"),
            ("max_tokens", "max_tokens", "max_tokens"),
            ("max_output_tokens", "max_tokens", "max_tokens"),
            ("MAX_TOKENS", "max_tokens", "max_tokens"),
            ("model_context_window_exceeded", "model_length", "model_length"),
            ("context_length_exceeded", "model_length", "model_length"),
            ("exceed_context_size_error", "model_length", "model_length"),
            ("input_token_count_exceeds_maximum", "model_length", "model_length"),
            ("content_filter", "content_filter", "content_filter"),
            ("content_filtering_policy", "content_filter", "content_filter"),
            ("content_policy_violation", "content_filter", "content_filter"),
            ("invalid_prompt", "content_filter", "content_filter"),
            ("refusal", "content_filter", "content_filter"),
            ("BLOCKLIST", "content_filter", "content_filter"),
            ("PROHIBITED_CONTENT", "content_filter", "content_filter"),
            ("SAFETY", "content_filter", "content_filter"),
            ("MALFORMED_FUNCTION_CALL", "unknown", "unknown"),
            ("OTHER", "unknown", "unknown"),
            ("", "unknown", "unknown"),
        ] {
            let exchange = exchange(finish);
            assert_eq!(stop_reason(Some(&exchange), false), without_calls, "{finish}");
            assert_eq!(stop_reason(Some(&exchange), true), with_calls, "{finish}");
        }
        assert_eq!((stop_reason(None, false), stop_reason(None, true)), ("stop", "tool_calls"));
    }
}
