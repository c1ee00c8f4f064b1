//! What a call used, in the words of every protocol and as one count.

use crate::openai::settings;
use crate::providers::subject;
use crate::scenario::briefing;
use crate::server::{Server, http};
use record::event::Event;
use subject::spec::Provider;

/// An answer with this usage is recorded as so many tokens: cached, read, written.
async fn check(provider: Provider, usage: &str, expected: [u64; 3]) {
    let body = match provider {
        Provider::OpenAi => {
            format!(r#"{{"choices":[{{"message":{{"content":"a"}}}}],"usage":{usage}}}"#)
        }
        Provider::OpenAiResponses => {
            format!(r#"{{"status":"completed","output":[],"usage":{usage}}}"#)
        }
        Provider::Anthropic => {
            format!(r#"{{"content":[{{"type":"text","text":"a"}}],"usage":{usage}}}"#)
        }
        Provider::Google => format!(
            r#"{{"candidates":[{{"content":{{"parts":[{{"text":"a"}}]}}}}],"usageMetadata":{usage}}}"#
        ),
    };
    let server = Server::start(vec![http("200 OK", &body)]).await;
    let mut subject = subject(provider, settings(&server.host).0);
    let replied = subject.reply(&[Event::Briefed(briefing())]).await.unwrap();
    let exchange = replied.exchange.unwrap();
    let counted = [exchange.cached_tokens, exchange.input_tokens, exchange.output_tokens];
    assert_eq!(counted, expected, "{provider:?} {usage}");
}

#[tokio::test]
async fn every_protocols_usage_is_one_count() {
    check(
        Provider::OpenAi,
        r#"{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,"prompt_tokens_details":{"cached_tokens":1920,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}"#,
        [1920, 2006, 300],
    )
    .await;
    check(
        Provider::OpenAi,
        r#"{"prompt_tokens":200,"completion_tokens":30,"prompt_cache_hit_tokens":128,"prompt_cache_miss_tokens":72}"#,
        [128, 200, 30],
    )
    .await;
    check(
        Provider::OpenAiResponses,
        r#"{"input_tokens":125,"output_tokens":48,"total_tokens":173,"input_tokens_details":{"cached_tokens":98},"output_tokens_details":{"reasoning_tokens":0}}"#,
        [98, 125, 48],
    )
    .await;
    check(
        Provider::Anthropic,
        r#"{"input_tokens":50,"cache_creation_input_tokens":248,"cache_read_input_tokens":1800,"output_tokens":503}"#,
        [1800, 2098, 503],
    )
    .await;
    check(
        Provider::Google,
        r#"{"promptTokenCount":696,"cachedContentTokenCount":640,"candidatesTokenCount":40,"thoughtsTokenCount":60,"totalTokenCount":796}"#,
        [640, 696, 100],
    )
    .await;
}

#[tokio::test]
async fn nothing_said_is_nothing_used() {
    for provider in Provider::ALL {
        check(provider, "null", [0, 0, 0]).await;
        check(provider, "{}", [0, 0, 0]).await;
    }
}

#[tokio::test]
async fn no_more_is_cached_than_was_read() {
    check(
        Provider::OpenAi,
        r#"{"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":9007199254740991}}"#,
        [5, 5, 1],
    )
    .await;
    check(
        Provider::OpenAiResponses,
        r#"{"input_tokens":5,"output_tokens":1,"input_tokens_details":{"cached_tokens":6}}"#,
        [5, 5, 1],
    )
    .await;
    check(
        Provider::Google,
        r#"{"promptTokenCount":5,"candidatesTokenCount":1,"cachedContentTokenCount":6}"#,
        [5, 5, 1],
    )
    .await;
}
