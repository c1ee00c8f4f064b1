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

/// Why the model stopped, in the framework's words. Providers' words that are not among them are
/// `unknown`; they stand in the event's metadata.
pub(super) fn stop_reason(exchange: Option<&Exchange>, calls: bool) -> &'static str {
    match exchange.map(|exchange| exchange.finish.as_str()) {
        None if calls => "tool_calls",
        None | Some("stop" | "end_turn" | "stop_sequence") => "stop",
        Some("tool_calls" | "tool_use" | "function_call") => "tool_calls",
        Some("length" | "max_tokens") => "max_tokens",
        Some("content_filter" | "refusal") => "content_filter",
        Some(_) => "unknown",
    }
}
