//! OpenAI's chat completions, from the server's side: see
//! <https://platform.openai.com/docs/api-reference/chat>.

use crate::harness::wire::conversation::{Gave, Reader};
use crate::harness::wire::finish::Finish;
use crate::harness::wire::{
    Answer, Wire, WireError, Written, content, event, objects, unknown_role,
};
use crate::model::members::Members;
use record::event::{Reply, ToolCall};
use serde_json::{Value, json};

/// Words for the end of a reply that clients of this protocol know.
const FINISHES: [&str; 4] = ["stop", "length", "tool_calls", "content_filter"];

/// What a tool is called that the harness itself runs.
const FUNCTIONS: [&str; 2] = ["function", "custom"];

/// Fields beside the tools that make some servers search.
const SEARCHES: [&str; 2] = ["web_search_options", "plugins"];

/// What stands between the texts of a message that is a list of parts.
const BETWEEN: &str = "\n\n";

pub(super) struct Chat;

impl Wire for Chat {
    fn read(&self, body: &Members, reader: &mut Reader) -> Result<(), WireError> {
        for tool in body.objects("tools") {
            if let Some(function) = tool.get("function").and_then(Members::parse) {
                let (name, description) = (function.text("name"), function.text("description"));
                reader.tool(name, description, function.get("parameters"));
            }
        }
        for limit in ["max_completion_tokens", "max_tokens"] {
            reader.limit(&body.value(limit));
        }
        reader.schema = body.get("response_format").and_then(Members::parse).and_then(schema);
        for message in objects(body, "messages")? {
            let words = message.value("content");
            match message.text("role").as_str() {
                "system" | "developer" => reader.system(content(&words, BETWEEN)),
                "user" => reader.user(content(&words, BETWEEN)),
                "assistant" => reader.said(said(&message)),
                "tool" | "function" => reader.result(Gave {
                    content: content(&words, "\n"),
                    id: message.text("tool_call_id"),
                    is_error: false,
                    name: message.text("name"),
                }),
                role => return Err(unknown_role(role)),
            }
        }
        Ok(())
    }

    fn withhold(&self, body: &mut Members, taken: &mut Vec<String>) {
        let choice = ["tool_choice", "parallel_tool_calls"];
        withhold(body, taken, |kind| FUNCTIONS.contains(&kind), &choice);
        taken.extend(SEARCHES.iter().filter(|name| body.remove(name)).map(|n| (*n).to_owned()));
    }

    fn write(&self, answer: &Answer<'_>, stream: bool) -> Written {
        let calls = &answer.replied.reply.calls;
        let word = answer.finish();
        let finish = if FINISHES.contains(&word) && (calls.is_empty() || word != "stop") {
            word
        } else {
            match Finish::of(word, !calls.is_empty()) {
                Finish::Done => "stop",
                Finish::Calls => "tool_calls",
                Finish::Length => "length",
                Finish::Filter => "content_filter",
            }
        };
        if stream {
            Written::Stream(chunks(answer, finish))
        } else {
            let choice = Members::default()
                .with("index", 0)
                .with("message", message(answer))
                .with("logprobs", Value::Null)
                .with("finish_reason", finish);
            let body = head(answer, "chat.completion").with("choices", [choice]);
            Written::Whole(body.with("usage", usage(answer)))
        }
    }

    fn error(&self, status: u16, message: &str) -> Value {
        openai_error(status, message)
    }
}

/// An error as all of OpenAI's protocols tell it.
pub(super) fn openai_error(status: u16, message: &str) -> Value {
    let kind = match status {
        401 | 403 => "authentication_error",
        429 => "rate_limit_error",
        500..=599 => "server_error",
        _ => "invalid_request_error",
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": null}})
}

/// Takes the tools out whose type is not one that the harness runs; with the last one goes what
/// chooses among them.
pub(super) fn withhold(
    body: &mut Members,
    taken: &mut Vec<String>,
    is_theirs: fn(&str) -> bool,
    choice: &[&str],
) {
    let mut kept = Vec::new();
    for tool in body.objects("tools") {
        let kind = tool.text("type");
        if is_theirs(&kind) {
            kept.push(tool);
        } else {
            taken.push(kind);
        }
    }
    if taken.is_empty() {
        return;
    }
    if kept.is_empty() {
        body.remove("tools");
        for name in choice {
            body.remove(name);
        }
    } else {
        body.set("tools", kept);
    }
}

fn schema(format: Members) -> Option<String> {
    match format.text("type").as_str() {
        "json_object" => Some("{}".to_owned()),
        "json_schema" => {
            let schema = format.get("json_schema").and_then(Members::parse)?;
            Some(schema.get("schema").unwrap_or("{}").to_owned())
        }
        _ => None,
    }
}

/// The reply that a message of the assistant repeats.
pub(crate) fn said(message: &Members) -> Reply {
    let calls = message.objects("tool_calls");
    let calls = calls.map(|call| {
        // A custom tool takes a text.
        let function = call.get("function").or_else(|| call.get("custom"));
        let function = function.and_then(Members::parse).unwrap_or_default();
        let arguments = match function.value("arguments") {
            Value::Null => function.text("input"),
            Value::String(arguments) => arguments,
            _ => function.get("arguments").unwrap_or_default().to_owned(),
        };
        ToolCall { arguments, id: call.text("id"), name: function.text("name") }
    });
    let thoughts = ["reasoning_content", "reasoning"].map(|name| message.text(name));
    let mut text = content(&message.value("content"), "");
    text.push_str(&message.text("refusal"));
    Reply {
        calls: calls.collect(),
        reasoning: thoughts.into_iter().find(|thought| !thought.is_empty()),
        text,
    }
}

/// What all bodies and chunks of an answer begin with. The time is none that anybody measured.
fn head(answer: &Answer<'_>, object: &str) -> Members {
    Members::default()
        .with("id", format!("chatcmpl-{}", answer.id))
        .with("object", object)
        .with("created", 0)
        .with("model", answer.model)
}

fn usage(answer: &Answer<'_>) -> Value {
    let (read, cached, wrote) = answer.tokens();
    json!({
        "prompt_tokens": read, "completion_tokens": wrote,
        "total_tokens": read.saturating_add(wrote),
        "prompt_tokens_details": {"cached_tokens": cached}
    })
}

/// What the server wants back of its reasoning, where that is a list: texts are the reasoning itself.
fn details(answer: &Answer<'_>) -> Option<Vec<Members>> {
    answer.carried(|item| item.text("type").starts_with("reasoning."))
}

fn tool_call(call: &ToolCall) -> Members {
    let function = Members::default().with("name", &call.name).with("arguments", &call.arguments);
    Members::default().with("id", &call.id).with("type", "function").with("function", function)
}

fn message(answer: &Answer<'_>) -> Members {
    let Reply { calls, reasoning, text } = &answer.replied.reply;
    let content = (!text.is_empty() || calls.is_empty()).then_some(text);
    let calls: Vec<Members> = calls.iter().map(tool_call).collect();
    Members::default()
        .with("role", "assistant")
        .with("content", content)
        .with_some("reasoning_content", reasoning.as_ref())
        .with_some("reasoning_details", details(answer))
        .with_some("tool_calls", (!calls.is_empty()).then_some(calls))
}

fn chunks(answer: &Answer<'_>, finish: &str) -> String {
    let Reply { calls, reasoning, text } = &answer.replied.reply;
    let mut stream = String::new();
    let mut chunk = |delta: Members, finish: Option<&str>| {
        let choice = Members::default()
            .with("index", 0)
            .with("delta", delta)
            .with("logprobs", Value::Null)
            .with("finish_reason", finish);
        let body = head(answer, "chat.completion.chunk").with("choices", [choice]);
        event(&mut stream, None, &body);
    };
    chunk(Members::default().with("role", "assistant").with("content", ""), None);
    if let Some(reasoning) = reasoning {
        chunk(Members::default().with("reasoning_content", reasoning), None);
    }
    if let Some(details) = details(answer) {
        chunk(Members::default().with("reasoning_details", details), None);
    }
    if !text.is_empty() {
        chunk(Members::default().with("content", text), None);
    }
    for (index, call) in calls.iter().enumerate() {
        let call = Members::default().with("index", index).merged(tool_call(call));
        chunk(Members::default().with("tool_calls", [call]), None);
    }
    chunk(Members::default(), Some(finish));
    let wanted = super::members(answer.asked).is_some_and(|body| {
        body.value("stream_options").pointer("/include_usage") == Some(&Value::Bool(true))
    });
    if wanted {
        let none: [Value; 0] = [];
        let body = head(answer, "chat.completion.chunk").with("choices", none);
        event(&mut stream, None, &body.with("usage", usage(answer)));
    }
    stream.push_str("data: [DONE]\n\n");
    stream
}
