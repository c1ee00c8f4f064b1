//! Anthropic's Messages, from the server's side: see
//! <https://docs.anthropic.com/en/api/messages> and its page on streaming.

use crate::harness::wire::conversation::{Gave, Reader};
use crate::harness::wire::finish::Finish;
use crate::harness::wire::{
    Answer, Wire, WireError, Written, chat, content, event, object, objects, unknown_role,
};
use crate::model::members::Members;
use crate::model::protocol::thoughts;
use record::event::{Reply, ToolCall};
use serde_json::{Value, json};

/// Words for the end of a reply that clients of this protocol know.
const FINISHES: [&str; 6] = [
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "refusal",
    "model_context_window_exceeded",
];

/// The blocks that a reply may carry back.
const BLOCKS: [&str; 4] = ["text", "thinking", "redacted_thinking", "tool_use"];

/// Fields beside the tools that reach other servers.
const REACHES: [&str; 2] = ["mcp_servers", "container"];

pub(super) struct Messages;

impl Wire for Messages {
    fn read(&self, body: &Members, reader: &mut Reader) -> Result<(), WireError> {
        reader.system(content(&body.value("system"), "\n\n"));
        for tool in body.objects("tools") {
            let (name, description) = (tool.text("name"), tool.text("description"));
            reader.tool(name, description, tool.get("input_schema"));
        }
        reader.limit(&body.value("max_tokens"));
        let (config, format) = (body.value("output_config"), body.value("output_format"));
        let schema = config.pointer("/format/schema").or_else(|| format.get("schema"));
        reader.schema = schema.map(Value::to_string);
        for message in objects(body, "messages")? {
            let mut blocks: Vec<Members> = message.objects("content").collect();
            let text = message.text("content");
            if !text.is_empty() {
                blocks.push(Members::default().with("type", "text").with("text", text));
            }
            match message.text("role").as_str() {
                "assistant" => reader.said(said(&blocks)),
                "user" => user(&blocks, reader),
                role => return Err(unknown_role(role)),
            }
        }
        Ok(())
    }

    fn withhold(&self, body: &mut Members, taken: &mut Vec<String>) {
        // A tool of the harness's own needs no type.
        chat::withhold(body, taken, |kind| matches!(kind, "" | "custom"), &["tool_choice"]);
        taken.extend(REACHES.iter().filter(|name| body.remove(name)).map(|n| (*n).to_owned()));
    }

    fn write(&self, answer: &Answer<'_>, stream: bool) -> Written {
        let calls = &answer.replied.reply.calls;
        let word = answer.finish();
        let finish = if FINISHES.contains(&word) {
            word
        } else {
            match Finish::of(word, !calls.is_empty()) {
                Finish::Done => "end_turn",
                Finish::Calls => "tool_use",
                Finish::Length => "max_tokens",
                Finish::Filter => "refusal",
            }
        };
        let ours = |item: &Members| BLOCKS.contains(&item.text("type").as_str());
        let blocks = answer.carried(ours).unwrap_or_else(|| blocks(&answer.replied.reply));
        if stream {
            return Written::Stream(events(answer, &blocks, finish));
        }
        let body = head(answer, &blocks).with("stop_reason", finish);
        Written::Whole(body.with("stop_sequence", Value::Null).with("usage", usage(answer, true)))
    }

    fn error(&self, status: u16, message: &str) -> Value {
        let kind = match status {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            500..=599 => "api_error",
            _ => "invalid_request_error",
        };
        json!({"type": "error", "error": {"type": kind, "message": message}})
    }
}

fn said(blocks: &[Members]) -> Reply {
    let mut reply = Reply::default();
    let mut told = Vec::new();
    for block in blocks {
        match block.text("type").as_str() {
            "text" => reply.text.push_str(&block.text("text")),
            "thinking" => told.push(block.text("thinking")),
            "tool_use" => reply.calls.push(ToolCall {
                arguments: block.get("input").unwrap_or("{}").to_owned(),
                id: block.text("id"),
                name: block.text("name"),
            }),
            _ => {}
        }
    }
    reply.reasoning = thoughts(told.iter().map(String::as_str));
    reply
}

fn user(blocks: &[Members], reader: &mut Reader) {
    let mut texts = Vec::new();
    for block in blocks {
        if block.text("type") == "tool_result" {
            reader.result(Gave {
                content: content(&block.value("content"), "\n"),
                id: block.text("tool_use_id"),
                is_error: block.value("is_error") == Value::Bool(true),
                name: String::new(),
            });
        } else {
            let block = serde_json::from_str(&block.to_json()).unwrap_or_default();
            texts.push(super::part(&block));
        }
    }
    texts.retain(|text| !text.is_empty());
    if !texts.is_empty() {
        reader.user(texts.join("\n\n"));
    }
}

fn block(kind: &str) -> Members {
    Members::default().with("type", kind)
}

fn blocks(reply: &Reply) -> Vec<Members> {
    let Reply { calls, reasoning, text } = reply;
    let mut blocks = Vec::new();
    if let Some(reasoning) = reasoning {
        blocks.push(block("thinking").with("thinking", reasoning).with("signature", ""));
    }
    if !text.is_empty() {
        blocks.push(block("text").with("text", text));
    }
    blocks.extend(calls.iter().map(|call| {
        let called = block("tool_use").with("id", &call.id).with("name", &call.name);
        called.with("input", object(&call.arguments))
    }));
    blocks
}

fn head(answer: &Answer<'_>, blocks: &[Members]) -> Members {
    Members::default()
        .with("id", format!("msg_{}", answer.id))
        .with("type", "message")
        .with("role", "assistant")
        .with("model", answer.model)
        .with("content", blocks)
}

/// What came from the cache is counted apart here.
fn usage(answer: &Answer<'_>, whole: bool) -> Value {
    let (read, cached, wrote) = answer.tokens();
    json!({
        "input_tokens": read.saturating_sub(cached), "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cached, "output_tokens": if whole { wrote } else { 0 }
    })
}

fn events(answer: &Answer<'_>, blocks: &[Members], finish: &str) -> String {
    let mut stream = String::new();
    let mut tell = |name: &str, data: Members| {
        let data = Members::default().with("type", name).merged(data);
        event(&mut stream, Some(name), &data);
    };
    let message = head(answer, &[])
        .with("stop_reason", Value::Null)
        .with("stop_sequence", Value::Null)
        .with("usage", usage(answer, false));
    tell("message_start", Members::default().with("message", message));
    for (index, block) in blocks.iter().enumerate() {
        let at = || Members::default().with("index", index);
        let (begun, deltas) = pieces(block);
        tell("content_block_start", at().with("content_block", begun));
        for delta in deltas {
            tell("content_block_delta", at().with("delta", delta));
        }
        tell("content_block_stop", at());
    }
    let delta = json!({"stop_reason": finish, "stop_sequence": null});
    let ended = Members::default().with("delta", delta).with("usage", usage(answer, true));
    tell("message_delta", ended);
    tell("message_stop", Members::default());
    stream
}

/// A block as it begins, and what is added to it.
fn pieces(block: &Members) -> (Members, Vec<Members>) {
    let mut begun = block.clone();
    let delta = |kind: &str, name: &str, text: String| {
        Members::default().with("type", kind).with(name, text)
    };
    let deltas = match block.text("type").as_str() {
        "text" => {
            begun.set("text", "");
            vec![delta("text_delta", "text", block.text("text"))]
        }
        "thinking" => {
            begun.set("thinking", "");
            begun.set("signature", "");
            vec![
                delta("thinking_delta", "thinking", block.text("thinking")),
                delta("signature_delta", "signature", block.text("signature")),
            ]
        }
        "tool_use" => {
            begun.set("input", json!({}));
            let input = block.get("input").unwrap_or("{}").to_owned();
            vec![delta("input_json_delta", "partial_json", input)]
        }
        _ => Vec::new(),
    };
    (begun, deltas)
}
