//! One span for each call of a model, in the words of OpenTelemetry's GenAI conventions
//! (open-telemetry/semantic-conventions-genai, "Inference" spans, still in development), through
//! the facade of `tracing` alone: who wants none pays for none.
//!
//! Names, counts and times, never what was said and never a key: of a failure the kind, because a
//! server's message may repeat the request. `otel.name`, `otel.kind` and `otel.status_code` are the
//! words in which `tracing-opentelemetry` is told what the facade has no place for.

use crate::model::failure::Origin;
use crate::spec::Provider;
use record::event::Exchange;
use record::id::TrialId;
use std::time::Duration;
use tracing::field::Empty;
use tracing::{Span, info_span, warn};

/// The span of a call, not entered yet. `trial` is none for a judge's call.
pub(super) fn call(
    origin: &Origin,
    output_tokens_max: u32,
    trial: Option<&TrialId>,
    turn: usize,
) -> Span {
    let Origin { address, model, port, provider, .. } = origin;
    let (operation, name) = (operation(*provider), provider_name(*provider));
    info_span!(
        target: "kinship::model",
        "call",
        otel.name = format!("{operation} {model}"),
        otel.kind = "client",
        otel.status_code = Empty,
        error.r#type = Empty,
        gen_ai.operation.name = operation,
        gen_ai.provider.name = name,
        gen_ai.request.max_tokens = output_tokens_max,
        gen_ai.request.model = model,
        gen_ai.response.finish_reasons = Empty,
        gen_ai.response.id = Empty,
        gen_ai.response.model = Empty,
        gen_ai.usage.cache_read.input_tokens = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        kinship.queued_ms = Empty,
        kinship.tries = Empty,
        kinship.trial = trial.map(tracing::field::display),
        kinship.turn = turn,
        server.address = address,
        server.port = port,
    )
}

/// The call has its answer; `id` is the answer's own, which is another than a header's.
pub(super) fn answered(span: &Span, exchange: &Exchange, id: &str) {
    let text = |name: &str, value: &str| {
        if !value.is_empty() {
            span.record(name, value);
        }
    };
    if !exchange.finish.is_empty() {
        // A list in the conventions, one for each choice; the facade has no lists.
        let reasons = serde_json::json!([exchange.finish]).to_string();
        text("gen_ai.response.finish_reasons", &reasons);
    }
    text("gen_ai.response.id", id);
    text("gen_ai.response.model", &exchange.model);
    span.record("gen_ai.usage.cache_read.input_tokens", exchange.cached_tokens);
    span.record("gen_ai.usage.input_tokens", exchange.input_tokens);
    span.record("gen_ai.usage.output_tokens", exchange.output_tokens);
}

/// The call has failed for good.
pub(super) fn failed(span: &Span, kind: &str) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", kind);
}

/// How the call went, whatever came of it.
pub(super) fn went(span: &Span, tries: u32, queued: Duration) {
    span.record("kinship.tries", tries);
    span.record("kinship.queued_ms", millis(queued));
}

/// A try has failed and another will follow.
pub(super) fn retry(span: &Span, attempt: u32, kind: &str, wait: Duration) {
    warn!(
        target: "kinship::model",
        parent: span,
        attempt,
        error.r#type = kind,
        wait_ms = millis(wait),
        "retry"
    );
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What the conventions call what is done.
const fn operation(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAi | Provider::OpenAiResponses | Provider::Anthropic => "chat",
        Provider::Google => "generate_content",
    }
}

/// What they call who does it: the protocol's owner, as far as a client knows.
const fn provider_name(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAi | Provider::OpenAiResponses => "openai",
        Provider::Anthropic => "anthropic",
        Provider::Google => "gcp.gemini",
    }
}
