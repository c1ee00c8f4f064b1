//! OpenAI's chat completions (`POST /chat/completions`), which many servers speak.
//!
//! The system message is sent even when it is empty: some servers put one of their own in its
//! place. Arguments go back as the subject wrote them, tools' schemas as their author wrote them.
//! Reasoning goes back only where [`CarriedField`] says so.

mod response;

use crate::model::protocol::{self, Answer, Facts, NoAnswer, Protocol, Refused};
use crate::model::talk::{Offer, Said, Talk, Turn};
use crate::model::{CarriedField, Sampling, TokensField, extra};
use record::event::{Blame, Reply};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use trial::port::Fault;

/// Codes of a 400 that the same settings get in every trial, so that the run stops instead of
/// spending its trials: a field or value that the model does not take.
const SETTING_CODES: [&str; 5] = [
    "unsupported_parameter",
    "unsupported_value",
    "unknown_parameter",
    "invalid_value",
    "model_not_found",
];

/// Codes of a 400 with which a filter in front of the model stops a conversation.
const FILTER_CODES: [&str; 3] = ["content_filter", "content_policy_violation", "invalid_prompt"];

/// Words with which a 400 says that a request is longer than the model's context: OpenAI's code, the
/// type that llama.cpp's server gives, and what is said by servers that give neither (vLLM, DeepSeek
/// and OpenRouter; SGLang; Moonshot).
const CONTEXT_CODES: [&str; 2] = ["context_length_exceeded", "exceed_context_size_error"];
const CONTEXT_SAYINGS: [&str; 3] = [
    "maximum context length",
    "longer than the model's context length",
    "exceeded model token limit",
];

/// Chat completions.
pub(super) struct Chat;

const FACTS: Facts = Facts {
    answer: "chat completion",
    headers: &[],
    key: ("authorization", "Bearer "),
    nested: None,
    own: &[
        "model",
        "messages",
        "tools",
        "response_format",
        "max_completion_tokens",
        "max_tokens",
        "temperature",
        "stream",
        "n",
    ],
    path: |_| vec!["chat".to_owned(), "completions".to_owned()],
    request_id: "x-request-id",
    service: "chat completions",
};

impl Protocol for Chat {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn body(&self, sampling: &Sampling, talk: &Talk<'_>) -> Result<Vec<u8>, Fault> {
        let mut messages = vec![Message::System { content: talk.system }];
        for turn in &talk.turns {
            match turn {
                Turn::User(content) => messages.push(Message::User { content }),
                Turn::Subject(said) => messages.push(assistant(sampling, said)),
                Turn::Results(results) => {
                    messages.extend(results.iter().map(|gave| Message::Tool {
                        content: &gave.result.content,
                        tool_call_id: &gave.result.id,
                    }));
                }
            }
        }
        let tools = talk.tools.iter().map(|Offer { description, name, parameters }| Tool {
            r#type: "function",
            function: Function { name, description, parameters },
        });
        let response_format = talk.schema.as_deref().map(response_format);
        let body = body(sampling, messages, tools.collect(), response_format);
        Ok(extra::append(talk.bytes(&body)?, &sampling.extra, None))
    }

    fn claims(&self, sampling: &Sampling) -> Vec<String> {
        let field = sampling.tokens_field.as_str();
        let mut claims = vec![format!("{field}={}", sampling.max_output_tokens)];
        claims.extend(sampling.carry.map(|carry| format!("carry={}", carry.as_str())));
        claims
    }

    fn parse(&self, sampling: &Sampling, bytes: &[u8], turn: usize) -> Result<Answer, NoAnswer> {
        response::parse(sampling.carry, bytes, turn)
    }

    fn refused(&self, status: u16, body: &Value) -> Option<Refused> {
        refused(status, body)
    }
}

/// What OpenAI's error bodies say, the same in chat completions and Responses.
pub(super) fn refused(status: u16, body: &Value) -> Option<Refused> {
    let error = |name: &str| body.pointer(name).and_then(Value::as_str).unwrap_or_default();
    let code = error("/error/code");
    match status {
        429 if code == "insufficient_quota" => Some(Refused::Quota),
        400 if FILTER_CODES.contains(&code) => Some(Refused::Content(code.to_owned())),
        400 if SETTING_CODES.contains(&code) => Some(Refused::Setting),
        400 => longer_than_context([code, error("/error/type")], body),
        _ => None,
    }
}

fn longer_than_context(words: [&str; 2], body: &Value) -> Option<Refused> {
    let word = words.into_iter().find(|word| CONTEXT_CODES.contains(word));
    let said = || {
        let said = protocol::error_message(body).unwrap_or_default();
        CONTEXT_SAYINGS.iter().any(|saying| said.contains(saying)).then_some(CONTEXT_CODES[0])
    };
    word.or_else(said).map(|word| Refused::Context(word.to_owned()))
}

/// The body of the request that asks a judge: one message, and the schema of the answer.
///
/// # Errors
/// `Plugin` for a schema that is not JSON.
pub(super) fn question(sampling: &Sampling, prompt: &str, schema: &str) -> Result<Vec<u8>, Fault> {
    let schema: Box<RawValue> = serde_json::from_str(schema).map_err(|error| {
        Fault::new(Blame::Plugin, format!("a scorer asks with a schema that is not JSON: {error}"))
    })?;
    let messages = vec![Message::User { content: prompt }];
    let body = body(sampling, messages, Vec::new(), Some(response_format(&schema)));
    let bytes = serde_json::to_vec(&body)
        .map_err(|error| Fault::new(Blame::Bug, format!("judge: request: {error}")))?;
    Ok(extra::append(bytes, &sampling.extra, None))
}

fn response_format(schema: &RawValue) -> ResponseFormat<'_> {
    let json_schema = JsonSchema { name: "answer", strict: true, schema };
    ResponseFormat { r#type: "json_schema", json_schema }
}

fn body<'a>(
    sampling: &'a Sampling,
    messages: Vec<Message<'a>>,
    tools: Vec<Tool<'a>>,
    response_format: Option<ResponseFormat<'a>>,
) -> Body<'a> {
    let limit = |field| (sampling.tokens_field == field).then_some(sampling.max_output_tokens);
    Body {
        model: &sampling.model,
        messages,
        tools,
        response_format,
        max_completion_tokens: limit(TokensField::MaxCompletionTokens),
        max_tokens: limit(TokensField::MaxTokens),
        temperature: sampling.temperature,
    }
}

fn assistant<'a>(sampling: &Sampling, said: &Said<'a>) -> Message<'a> {
    let reply: &'a Reply = said.reply;
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
    let carried = |field| said.carried.filter(|_| sampling.carry == Some(field));
    Message::Assistant {
        content,
        reasoning: carried(CarriedField::Reasoning),
        reasoning_content: carried(CarriedField::ReasoningContent),
        reasoning_details: carried(CarriedField::ReasoningDetails),
        tool_calls,
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
}

/// Structured output: the server holds the model to the schema.
#[derive(Serialize)]
struct ResponseFormat<'a> {
    r#type: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'static str,
    strict: bool,
    schema: &'a RawValue,
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
        #[serde(skip_serializing_if = "Option::is_none")]
        reasoning: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reasoning_content: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reasoning_details: Option<&'a RawValue>,
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
    parameters: &'a RawValue,
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
