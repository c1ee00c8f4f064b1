//! OpenAI's Responses, from the server's side: see
//! <https://platform.openai.com/docs/api-reference/responses> and its page on streaming.

use crate::harness::wire::chat::{openai_error, withhold};
use crate::harness::wire::conversation::{Gave, Reader};
use crate::harness::wire::finish::Finish;
use crate::harness::wire::{Answer, Wire, WireError, Written, content, event};
use crate::model::members::Members;
use crate::model::protocol::{items, thoughts};
use record::event::{Reply, ToolCall};
use serde_json::{Value, json};

/// What a tool is called that the harness itself runs.
const FUNCTIONS: [&str; 2] = ["function", "custom"];

/// The items that a reply may carry back.
const ITEMS: [&str; 4] = ["message", "reasoning", "function_call", "custom_tool_call"];

/// Fields that refer to a conversation on the provider's server.
const ELSEWHERE: [&str; 3] = ["previous_response_id", "conversation", "prompt"];

/// What stands between the texts of a message that is a list of parts.
const BETWEEN: &str = "\n\n";

pub(super) struct Responses;

impl Wire for Responses {
    fn read(&self, body: &Members, reader: &mut Reader) -> Result<(), WireError> {
        for field in ELSEWHERE {
            if body.get(field).is_some_and(|value| value != "null") {
                let problem = "refers to what a provider's server kept; expected the whole input";
                return Err(WireError::new(field, problem));
            }
        }
        reader.system(body.text("instructions"));
        for tool in body.objects("tools") {
            if tool.text("type") == "function" {
                let (name, description) = (tool.text("name"), tool.text("description"));
                reader.tool(name, description, tool.get("parameters"));
            }
        }
        reader.limit(&body.value("max_output_tokens"));
        let text = body.value("text");
        reader.schema = match text.pointer("/format/type").and_then(Value::as_str) {
            Some("json_object") => Some("{}".to_owned()),
            Some("json_schema") => {
                Some(text.pointer("/format/schema").map_or("{}".to_owned(), Value::to_string))
            }
            _ => None,
        };
        match body.value("input") {
            Value::String(text) => reader.user(text),
            Value::Array(_) => {
                for item in items(body.get("input").unwrap_or("[]")) {
                    let item = Members::parse(item)
                        .ok_or_else(|| WireError::new("input", "expected objects"))?;
                    read_item(&item, reader)?;
                }
            }
            _ => return Err(WireError::new("input", "expected a text or a list")),
        }
        Ok(())
    }

    fn withhold(&self, body: &mut Members, taken: &mut Vec<String>) {
        let choice = ["tool_choice", "parallel_tool_calls", "max_tool_calls"];
        withhold(body, taken, |kind| FUNCTIONS.contains(&kind), &choice);
    }

    fn write(&self, answer: &Answer<'_>, stream: bool) -> Written {
        let ours = |item: &Members| ITEMS.contains(&item.text("type").as_str());
        let items = answer.carried(ours).unwrap_or_else(|| made(answer));
        if stream {
            Written::Stream(Events::default().all(answer, &items))
        } else {
            Written::Whole(ended(answer, &items))
        }
    }

    fn error(&self, status: u16, message: &str) -> Value {
        openai_error(status, message)
    }
}

fn read_item(item: &Members, reader: &mut Reader) -> Result<(), WireError> {
    let call = |arguments: &str| ToolCall {
        arguments: item.text(arguments),
        id: item.text("call_id"),
        name: item.text("name"),
    };
    let said = |call| Reply { calls: vec![call], ..Reply::default() };
    match item.text("type").as_str() {
        "message" | "" => {
            let words = item.value("content");
            match item.text("role").as_str() {
                "assistant" => {
                    let text = content(&words, "");
                    reader.said(Reply { text, ..Reply::default() });
                }
                "system" | "developer" => reader.system(content(&words, BETWEEN)),
                _ => reader.user(content(&words, BETWEEN)),
            }
        }
        "reasoning" => {
            let told: Vec<String> = ["summary", "content"]
                .iter()
                .map(|list| content(&item.value(list), "\n"))
                .collect();
            let reasoning = thoughts(told.iter().map(String::as_str));
            reader.said(Reply { reasoning, ..Reply::default() });
        }
        "function_call" => reader.said(said(call("arguments"))),
        "custom_tool_call" => reader.said(said(call("input"))),
        "function_call_output" | "custom_tool_call_output" => reader.result(Gave {
            content: content(&item.value("output"), "\n"),
            id: item.text("call_id"),
            ..Gave::default()
        }),
        "item_reference" => {
            let problem = "refers to what a provider's server kept; expected the item itself";
            return Err(WireError::new("input[].item_reference", problem));
        }
        // What a provider's own tools did says nothing to another model.
        _ => {}
    }
    Ok(())
}

fn item(kind: &str, id: String) -> Members {
    Members::default().with("type", kind).with("id", id)
}

/// The reply as items.
fn made(answer: &Answer<'_>) -> Vec<Members> {
    let Reply { calls, reasoning, text } = &answer.replied.reply;
    let mut items = Vec::new();
    if let Some(reasoning) = reasoning {
        let summary = json!([{"type": "summary_text", "text": reasoning}]);
        items.push(item("reasoning", format!("rs_{}", answer.id)).with("summary", summary));
    }
    if !text.is_empty() || calls.is_empty() {
        let part = json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []});
        items.push(
            item("message", format!("msg_{}", answer.id))
                .with("status", "completed")
                .with("role", "assistant")
                .with("content", [part]),
        );
    }
    for (at, call) in calls.iter().enumerate() {
        items.push(
            item("function_call", format!("fc_{}_{at}", answer.id))
                .with("status", "completed")
                .with("call_id", &call.id)
                .with("name", &call.name)
                .with("arguments", &call.arguments),
        );
    }
    items
}

/// The response around its items.
fn response(answer: &Answer<'_>, status: &str, reason: Option<&str>) -> Members {
    Members::default()
        .with("id", format!("resp_{}", answer.id))
        .with("object", "response")
        .with("created_at", 0)
        .with("status", status)
        .with("error", Value::Null)
        .with("incomplete_details", reason.map(|reason| json!({"reason": reason})))
        .with("instructions", Value::Null)
        .with("metadata", json!({}))
        .with("model", answer.model)
        .with("parallel_tool_calls", true)
        .with("previous_response_id", Value::Null)
        .with("store", false)
        .with("temperature", Value::Null)
        .with("tool_choice", "auto")
        .with("tools", json!([]))
        .with("top_p", Value::Null)
}

fn ended(answer: &Answer<'_>, items: &[Members]) -> Members {
    let (read, cached, wrote) = answer.tokens();
    let reason = match Finish::of(answer.finish(), !answer.replied.reply.calls.is_empty()) {
        Finish::Done | Finish::Calls => None,
        Finish::Length => Some("max_output_tokens"),
        Finish::Filter => Some("content_filter"),
    };
    let status = if reason.is_some() { "incomplete" } else { "completed" };
    let usage = json!({
        "input_tokens": read, "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": wrote, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read.saturating_add(wrote)
    });
    response(answer, status, reason).with("output", items).with("usage", usage)
}

/// A stream of this protocol: its events are numbered.
#[derive(Default)]
struct Events {
    number: usize,
    stream: String,
}

impl Events {
    fn all(mut self, answer: &Answer<'_>, items: &[Members]) -> String {
        for name in ["response.created", "response.in_progress"] {
            let begun = response(answer, "in_progress", None).with("output", json!([]));
            let begun = begun.with("usage", Value::Null);
            self.tell(name, Members::default().with("response", begun));
        }
        for (index, item) in items.iter().enumerate() {
            self.item(index, item);
        }
        let ended = ended(answer, items);
        let name = format!("response.{}", ended.text("status"));
        self.tell(&name, Members::default().with("response", ended));
        self.stream
    }

    fn tell(&mut self, name: &str, data: Members) {
        let data =
            Members::default().with("type", name).with("sequence_number", self.number).merged(data);
        self.number += 1;
        event(&mut self.stream, Some(name), &data);
    }

    fn item(&mut self, index: usize, item: &Members) {
        let id = item.text("id");
        let at = || Members::default().with("item_id", &id).with("output_index", index);
        let none: [Value; 0] = [];
        let mut begun = item.clone();
        let kind = item.text("type");
        match kind.as_str() {
            "message" => begun.set("content", none),
            "reasoning" => begun.set("summary", none),
            "function_call" => begun.set("arguments", ""),
            _ => {}
        }
        if item.get("status").is_some() {
            begun.set("status", "in_progress");
        }
        let output = || Members::default().with("output_index", index);
        self.tell("response.output_item.added", output().with("item", begun));
        match kind.as_str() {
            "message" => {
                for (part_at, part) in item.items("content").into_iter().enumerate() {
                    self.part(part, || at().with("content_index", part_at));
                }
            }
            "reasoning" => {
                for (part_at, part) in item.items("summary").into_iter().enumerate() {
                    self.thought(part, || at().with("summary_index", part_at));
                }
            }
            "function_call" => {
                let (name, arguments) = (item.text("name"), item.text("arguments"));
                let delta = at().with("delta", &arguments);
                self.tell("response.function_call_arguments.delta", delta);
                let done = at().with("name", name).with("arguments", &arguments);
                self.tell("response.function_call_arguments.done", done);
            }
            _ => {}
        }
        self.tell("response.output_item.done", output().with("item", item));
    }

    /// A part of a message: a text, or a refusal.
    fn part(&mut self, part: &str, at: impl Fn() -> Members) {
        let Some(part) = Members::parse(part) else { return };
        let refuses = part.text("type") == "refusal";
        let (name, member) = if refuses { ("refusal", "refusal") } else { ("output_text", "text") };
        let text = part.text(member);
        let mut begun = part.clone();
        begun.set(member, "");
        self.tell("response.content_part.added", at().with("part", begun));
        self.tell(&format!("response.{name}.delta"), at().with("delta", &text));
        self.tell(&format!("response.{name}.done"), at().with(member, &text));
        self.tell("response.content_part.done", at().with("part", part));
    }

    /// A part of what a reasoning item tells.
    fn thought(&mut self, part: &str, at: impl Fn() -> Members) {
        let Some(part) = Members::parse(part) else { return };
        let text = part.text("text");
        let mut begun = part.clone();
        begun.set("text", "");
        self.tell("response.reasoning_summary_part.added", at().with("part", begun));
        self.tell("response.reasoning_summary_text.delta", at().with("delta", &text));
        self.tell("response.reasoning_summary_text.done", at().with("text", &text));
        self.tell("response.reasoning_summary_part.done", at().with("part", part));
    }
}
