//! The request's body, from the log.

use crate::openai::{Sampling, TokensField};
use record::event::{Blame, Briefing, Event, Next, Reply};
use record::id::TrialId;
use serde::Serialize;
use serde_json::value::RawValue;
use trial::port::Fault;

/// The body of the request that asks for the reply to `events`: the same log, the same bytes.
///
/// The system message is sent even when it is empty: some servers put one of their own in its
/// place. Reasoning is not sent back. Arguments go back as the subject wrote them.
///
/// # Errors
/// `Plugin` for a tool whose parameters are not JSON, `Bug` for a log that this subject cannot
/// have begun.
pub(super) fn body(
    sampling: &Sampling,
    trial: &TrialId,
    events: &[Event],
) -> Result<Vec<u8>, Fault> {
    let bug = |why: String| Fault::new(Blame::Bug, format!("trial {trial}: {why}"));
    let mut messages = Vec::new();
    let mut tools = Vec::new();
    for (number, event) in events.iter().enumerate() {
        match event {
            Event::Opened(_) => {}
            Event::Briefed(briefing) => {
                tools = offered(briefing).map_err(|(tool, error)| {
                    Fault::new(
                        Blame::Plugin,
                        format!("trial {trial}: tool {tool}: parameters: not JSON: {error}"),
                    )
                })?;
                messages.push(Message::System { content: &briefing.system });
                messages.push(Message::User { content: &briefing.user });
            }
            Event::Replied(replied) => messages.push(assistant(&replied.reply)),
            Event::Stepped(step) => {
                messages.extend(step.results.iter().map(|result| Message::Tool {
                    content: &result.content,
                    tool_call_id: &result.id,
                }));
                if let Next::Ask(content) = &step.next {
                    messages.push(Message::User { content });
                }
            }
            other => {
                return Err(bug(format!(
                    "event {number}: {} stands in the log of another kind of subject",
                    other.kind()
                )));
            }
        }
    }
    let limit = |field| (sampling.tokens_field == field).then_some(sampling.max_output_tokens);
    let body = Body {
        model: &sampling.model,
        messages,
        tools,
        response_format: None,
        max_completion_tokens: limit(TokensField::MaxCompletionTokens),
        max_tokens: limit(TokensField::MaxTokens),
        temperature: sampling.temperature,
    };
    serde_json::to_vec(&body).map_err(|error| bug(format!("request: {error}")))
}

/// The body of the request that asks a judge: one message, and the schema of the answer.
///
/// # Errors
/// `Plugin` for a schema that is not JSON.
pub(super) fn question(sampling: &Sampling, prompt: &str, schema: &str) -> Result<Vec<u8>, Fault> {
    let schema: Box<RawValue> = serde_json::from_str(schema).map_err(|error| {
        Fault::new(Blame::Plugin, format!("a scorer asks with a schema that is not JSON: {error}"))
    })?;
    let json_schema = JsonSchema { name: "answer", strict: true, schema };
    let limit = |field| (sampling.tokens_field == field).then_some(sampling.max_output_tokens);
    let body = Body {
        model: &sampling.model,
        messages: vec![Message::User { content: prompt }],
        tools: Vec::new(),
        response_format: Some(ResponseFormat { r#type: "json_schema", json_schema }),
        max_completion_tokens: limit(TokensField::MaxCompletionTokens),
        max_tokens: limit(TokensField::MaxTokens),
        temperature: sampling.temperature,
    };
    serde_json::to_vec(&body)
        .map_err(|error| Fault::new(Blame::Bug, format!("judge: request: {error}")))
}

fn offered(briefing: &Briefing) -> Result<Vec<Tool<'_>>, (&str, serde_json::Error)> {
    let tool = |tool: &record::event::Tool| {
        // Raw, so that the model reads the schema in its author's order.
        serde_json::from_str::<Box<RawValue>>(&tool.parameters)
    };
    briefing
        .tools
        .iter()
        .map(|offer| {
            let parameters = tool(offer).map_err(|error| (offer.name.as_str(), error))?;
            let function =
                Function { name: &offer.name, description: &offer.description, parameters };
            Ok(Tool { r#type: "function", function })
        })
        .collect()
}

fn assistant(reply: &Reply) -> Message<'_> {
    let tool_calls: Vec<Call<'_>> = reply
        .calls
        .iter()
        .map(|call| Call {
            id: &call.id,
            r#type: "function",
            function: Called { name: &call.name, arguments: &call.arguments },
        })
        .collect();
    // Servers refuse a message with neither, and some refuse an empty text beside calls.
    let content = (!reply.text.is_empty() || tool_calls.is_empty()).then_some(reply.text.as_str());
    Message::Assistant { content, tool_calls }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
}

/// Structured output: the server holds the model to the schema.
#[derive(Serialize)]
struct ResponseFormat {
    r#type: &'static str,
    json_schema: JsonSchema,
}

#[derive(Serialize)]
struct JsonSchema {
    name: &'static str,
    strict: bool,
    schema: Box<RawValue>,
}

#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
enum Message<'a> {
    System {
        content: &'a str,
    },
    User {
        content: &'a str,
    },
    Assistant {
        content: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<Call<'a>>,
    },
    Tool {
        content: &'a str,
        tool_call_id: &'a str,
    },
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: Box<RawValue>,
}

#[derive(Serialize)]
struct Call<'a> {
    id: &'a str,
    r#type: &'static str,
    function: Called<'a>,
}

#[derive(Serialize)]
struct Called<'a> {
    name: &'a str,
    arguments: &'a str,
}
