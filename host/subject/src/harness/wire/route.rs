//! Which of a provider's endpoints a request is for. Only those that ask a model for a reply go on;
//! what clients ask besides is answered here, because there is no server to ask.

use crate::harness::wire::{Asked, JSON, Response, error, members};
use crate::spec::Provider;
use serde_json::{Value, json};

/// Bytes of a request that are told as one token where a client asks for a count: the rule of thumb
/// of the providers, as in the gate. Nothing that is recorded depends on it.
const BYTES_A_TOKEN: usize = 4;

/// What a request to the proxy is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// It asks a model for a reply.
    Call(Asked),
    /// It asks for something else, and this is the answer.
    Other(Response),
}

/// Reads a request's method, path with query, and body. Whatever stands before the protocol's own
/// part of the path is the base URL that the harness was given.
pub(crate) fn route(method: &str, path_and_query: &str, body: Vec<u8>) -> Route {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let path = path.trim_end_matches('/');
    if let Some((_, google)) = path.rsplit_once("/models/") {
        return generate(method, google, query, body);
    }
    let called = [
        ("/chat/completions", Provider::OpenAi),
        ("/responses", Provider::OpenAiResponses),
        ("/messages", Provider::Anthropic),
    ];
    let called = called.into_iter().find(|(end, _)| path.ends_with(end));
    match (method, called) {
        ("POST", Some((_, protocol))) => Route::Call(asked(protocol, body)),
        (_, Some((_, protocol))) => no_such(Some(protocol), method, path),
        ("POST", None) if path.ends_with("/messages/count_tokens") => {
            found(&json!({"input_tokens": tokens(&body)}))
        }
        ("GET", None) if path.ends_with("/models") => found(&json!({
            "object": "list", "data": [], "models": [],
            "has_more": false, "first_id": null, "last_id": null
        })),
        _ => no_such(None, method, path),
    }
}

/// Google names model and method in the path: `MODEL:METHOD`.
fn generate(method: &str, path: &str, query: &str, body: Vec<u8>) -> Route {
    let google = Some(Provider::Google);
    let (model, action) = path.rsplit_once(':').unwrap_or((path, ""));
    let stream = match action {
        "generateContent" => false,
        "streamGenerateContent" => true,
        "countTokens" if method == "POST" => {
            return found(&json!({"totalTokens": tokens(&body)}));
        }
        _ => return no_such(google, method, path),
    };
    if method != "POST" {
        return no_such(google, method, path);
    }
    if stream && !query.split('&').any(|pair| pair == "alt=sse") {
        let what = "streamGenerateContent: expected alt=sse, the one form that is offered here";
        return Route::Other(error(google, 400, what));
    }
    Route::Call(Asked { body, model: model.to_owned(), protocol: Provider::Google, stream })
}

/// The others name the model in the body.
fn asked(protocol: Provider, body: Vec<u8>) -> Asked {
    let mut asked = Asked { body, model: String::new(), protocol, stream: false };
    if let Some(members) = members(&asked) {
        asked.model = members.text("model");
        asked.stream = members.value("stream") == Value::Bool(true);
    }
    asked
}

fn tokens(body: &[u8]) -> usize {
    body.len().div_ceil(BYTES_A_TOKEN)
}

fn found(body: &Value) -> Route {
    let bytes = body.to_string().into_bytes();
    Route::Other(Response { bytes, content_type: JSON, status: 200 })
}

fn no_such(protocol: Option<Provider>, method: &str, path: &str) -> Route {
    let path: String = path.chars().take(80).collect();
    Route::Other(error(protocol, 404, &format!("no {method} {path} here")))
}
