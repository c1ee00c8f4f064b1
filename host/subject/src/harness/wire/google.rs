//! Gemini's generateContent and streamGenerateContent, from the server's side: see
//! <https://ai.google.dev/api/generate-content>.

use crate::harness::wire::conversation::{Gave, Reader};
use crate::harness::wire::finish::Finish;
use crate::harness::wire::{Answer, Wire, WireError, Written, line, object, objects};
use crate::model::members::Members;
use crate::model::protocol::{is_given, thoughts};
use record::event::{Reply, ToolCall};
use serde_json::{Value, json};

/// The two names of what the harness itself runs; every other member of a tool is the server's.
const FUNCTIONS: [&str; 2] = ["functionDeclarations", "function_declarations"];

/// Words for the end of a reply that clients of this protocol know.
const FINISHES: [&str; 9] = [
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "UNEXPECTED_TOOL_CALL",
];

pub(super) struct GenerateContent;

impl Wire for GenerateContent {
    fn read(&self, body: &Members, reader: &mut Reader) -> Result<(), WireError> {
        for system in ["systemInstruction", "system_instruction"] {
            let system = body.value(system);
            reader.system(words(system.get("parts").and_then(Value::as_array), "\n"));
        }
        for tool in body.objects("tools") {
            for function in FUNCTIONS.iter().flat_map(|name| tool.items(name)) {
                function_declaration(function, reader);
            }
        }
        let config = Members::parse(body.get("generationConfig").unwrap_or("{}"));
        let config = config.unwrap_or_default();
        reader.limit(&config.value("maxOutputTokens"));
        if config.text("responseMimeType") == "application/json" {
            let schema = config.get("responseJsonSchema").map(str::to_owned);
            let schema = schema.or_else(|| config.get("responseSchema").map(json_schema));
            reader.schema = schema.or_else(|| Some("{}".to_owned()));
        }
        for content in objects(body, "contents")? {
            let parts: Vec<Members> = content.objects("parts").collect();
            if content.text("role") == "model" {
                reader.said(said(&parts));
            } else {
                user(&parts, reader);
            }
        }
        Ok(())
    }

    fn withhold(&self, body: &mut Members, taken: &mut Vec<String>) {
        let mut kept = Vec::new();
        for tool in body.items("tools") {
            let Some(mut tool) = Members::parse(tool) else { continue };
            let theirs = |name: &&str| !FUNCTIONS.contains(name);
            let names: Vec<String> = tool.names().filter(theirs).map(str::to_owned).collect();
            for name in names {
                tool.remove(&name);
                taken.push(name);
            }
            kept.extend((!tool.is_empty()).then_some(tool));
        }
        if taken.is_empty() {
            return;
        }
        if kept.is_empty() {
            for name in ["tools", "toolConfig", "tool_config"] {
                body.remove(name);
            }
        } else {
            body.set("tools", kept);
        }
    }

    fn write(&self, answer: &Answer<'_>, stream: bool) -> Written {
        let Reply { calls, text, .. } = &answer.replied.reply;
        let word = answer.finish();
        let finish = if FINISHES.contains(&word) {
            word
        } else {
            match Finish::of(word, !calls.is_empty()) {
                Finish::Done | Finish::Calls => "STOP",
                Finish::Length => "MAX_TOKENS",
                Finish::Filter => "SAFETY",
            }
        };
        // A call that the server could not read is told beside the parts, and there are none.
        let unread = matches!(finish, "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL");
        let parts = answer.carried(ours).unwrap_or_else(|| parts(answer, unread));
        let candidate = Members::default()
            .with("content", Members::default().with("parts", &parts).with("role", "model"))
            .with("finishReason", finish)
            .with_some("finishMessage", (unread && parts.is_empty()).then_some(text))
            .with("index", 0);
        let (read, cached, wrote) = answer.tokens();
        let mut usage = json!({
            "promptTokenCount": read, "candidatesTokenCount": wrote,
            "totalTokenCount": read.saturating_add(wrote)
        });
        if cached > 0 {
            usage["cachedContentTokenCount"] = cached.into();
        }
        let body = Members::default()
            .with("candidates", [candidate])
            .with("usageMetadata", usage)
            .with("modelVersion", answer.model)
            .with("responseId", &answer.id);
        if stream {
            Written::Stream(format!("data: {}\r\n\r\n", line(&body)))
        } else {
            Written::Whole(body)
        }
    }

    fn error(&self, status: u16, message: &str) -> Value {
        // The names of google.rpc.Code that its servers give with these.
        let name = match status {
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            500..=599 => "INTERNAL",
            _ => "INVALID_ARGUMENT",
        };
        json!({"error": {"code": status, "message": message, "status": name}})
    }
}

fn function_declaration(function: &str, reader: &mut Reader) {
    let Some(function) = Members::parse(function) else { return };
    let schema = function.get("parametersJsonSchema").map(str::to_owned);
    let schema = schema.or_else(|| function.get("parameters").map(json_schema));
    reader.tool(function.text("name"), function.text("description"), schema.as_deref());
}

/// Gemini's own schemas as JSON Schema: they differ in the case of the types' names.
fn json_schema(schema: &str) -> String {
    fn lower(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(lower),
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(kind) if name == "type" => kind.make_ascii_lowercase(),
                        member => lower(member),
                    }
                }
            }
            _ => {}
        }
    }
    let mut schema: Value = serde_json::from_str(schema).unwrap_or_default();
    lower(&mut schema);
    schema.to_string()
}

fn is_thought(part: &Members) -> bool {
    part.value("thought") == Value::Bool(true)
}

fn said(parts: &[Members]) -> Reply {
    let mut reply = Reply::default();
    let mut told = Vec::new();
    for part in parts {
        if let Some(call) = part.get("functionCall").and_then(Members::parse) {
            let arguments = call.get("args").unwrap_or("{}").to_owned();
            let (id, name) = (call.text("id"), call.text("name"));
            reply.calls.push(ToolCall { arguments, id, name });
        } else if is_thought(part) {
            told.push(part.text("text"));
        } else {
            reply.text.push_str(&part.text("text"));
        }
    }
    reply.reasoning = thoughts(told.iter().map(String::as_str));
    reply
}

fn user(parts: &[Members], reader: &mut Reader) {
    let mut texts = Vec::new();
    for part in parts {
        match part.get("functionResponse").and_then(Members::parse) {
            Some(response) => reader.result(gave(&response)),
            None => texts.push(placed(part)),
        }
    }
    texts.retain(|text| !text.is_empty());
    if !texts.is_empty() {
        reader.user(texts.join("\n\n"));
    }
}

/// A result. Clients wrap a text as `output` or `error`; anything else is told as the JSON that it is.
fn gave(response: &Members) -> Gave {
    let given = response.get("response").unwrap_or("{}");
    let only = Members::parse(given).and_then(|members| {
        let mut names = members.names();
        let name = names.next().filter(|name| matches!(*name, "output" | "error" | "result"))?;
        let text = match members.value(name) {
            Value::String(text) => text,
            _ => members.get(name)?.to_owned(),
        };
        names.next().is_none().then(|| (text, name == "error"))
    });
    let (mut content, is_error) = only.unwrap_or_else(|| (given.to_owned(), false));
    for part in response.objects("parts") {
        content.push('\n');
        content.push_str(&placed(&part));
    }
    Gave { content, id: response.text("id"), is_error, name: response.text("name") }
}

/// A part's text, or a word for what is none.
fn placed(part: &Members) -> String {
    let Some(data) = part.get("inlineData").or_else(|| part.get("fileData")) else {
        return part.text("text");
    };
    let kind = Members::parse(data).unwrap_or_default().text("mimeType");
    match kind.split_once('/').map_or("", |(kind, _)| kind) {
        "image" => "[image]",
        "audio" => "[audio]",
        "video" => "[video]",
        _ => "[file]",
    }
    .to_owned()
}

fn words(parts: Option<&Vec<Value>>, between: &str) -> String {
    let texts = parts.into_iter().flatten().filter_map(|part| part.get("text")?.as_str());
    texts.collect::<Vec<_>>().join(between)
}

/// Whether an item of what a reply carries is a part of this protocol.
fn ours(item: &Members) -> bool {
    let known = ["text", "functionCall", "thoughtSignature", "inlineData", "executableCode"];
    item.get("type").is_none() && item.names().any(|name| known.contains(&name))
}

fn parts(answer: &Answer<'_>, unread: bool) -> Vec<Members> {
    let Reply { calls, reasoning, text } = &answer.replied.reply;
    let mut parts = Vec::new();
    if let Some(reasoning) = reasoning {
        parts.push(Members::default().with("text", reasoning).with("thought", true));
    }
    if !text.is_empty() && !unread {
        parts.push(Members::default().with("text", text));
    }
    for call in calls {
        let call = Members::default()
            .with_some("id", their_id(&call.id))
            .with("name", &call.name)
            .with("args", object(&call.arguments));
        parts.push(Members::default().with("functionCall", call));
    }
    if parts.is_empty() && !unread {
        parts.push(Members::default().with("text", ""));
    }
    parts
}

/// An id that the call came with. This protocol's servers give none, and its clients make their own
/// then.
fn their_id(id: &str) -> Option<&str> {
    (!is_given(id)).then_some(id)
}
