//! One tiny call of every kind of server: what it says, and what it says of a key that is wrong.

use crate::openai::{KEY, settings};
use crate::server::{Server, completion, http};
use record::event::Blame;
use record::price::Tokens;
use std::time::{Duration, SystemTime};
use subject::model::{Limits, Models, Probe, Probed, probe};
use subject::spec::Provider;
use trial::port::Fault;

/// The answer to a probe, and the head and the body of what was asked.
async fn ask(
    provider: Provider,
    asked: Probe<'_>,
    head: &str,
    body: &str,
) -> (Result<Probed, Fault>, String, String, String) {
    let server = Server::start(vec![http(head, body)]).await;
    let probed = probe(provider, settings(&server.host).0, asked).await;
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "one call");
    let body = String::from_utf8(requests[0].body.clone()).unwrap();
    (probed, requests[0].head.clone(), body, server.host)
}

const OPENAI: &str = r#"{"object":"list","data":[{"id":"m-1","object":"model"},{"id":"m-2"}]}"#;

#[tokio::test]
async fn every_server_lists_its_models_for_nothing() {
    for (provider, list, path, key) in [
        (Provider::OpenAi, OPENAI, "/v1/models", format!("authorization: Bearer {KEY}")),
        (Provider::OpenAiResponses, OPENAI, "/v1/models", format!("authorization: Bearer {KEY}")),
        (
            Provider::Anthropic,
            r#"{"data":[{"type":"model","id":"m-1"},{"type":"model","id":"m-2"}],"has_more":false}"#,
            "/v1/models?limit=1000",
            format!("x-api-key: {KEY}"),
        ),
        (
            Provider::Google,
            r#"{"models":[{"name":"models/m-1","version":"1"},{"name":"models/m-2"}]}"#,
            "/v1/models?pageSize=1000",
            format!("x-goog-api-key: {KEY}"),
        ),
    ] {
        for (wanted, among) in [(Some("m-2"), Some(true)), (Some("m"), Some(false)), (None, None)] {
            let head = "200 OK\r\ndate: Tue, 01 Sep 2026 12:00:00 GMT";
            let asked = Probe::Models { wanted };
            let (probed, request, body, _) = ask(provider, asked, head, list).await;
            let probed = probed.unwrap();
            assert_eq!(probed.models, Some(Models { listed: 2, wanted: among }), "{provider:?}");
            let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_788_264_000);
            assert_eq!(probed.date, Some(date));
            assert_eq!((probed.tokens, probed.served.as_str()), (Tokens::default(), ""));
            assert!(probed.took < Duration::from_secs(20));
            assert!(request.starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{request}");
            assert!(request.contains(&key), "{request}");
            let version = request.contains("anthropic-version: 2023-06-01");
            assert_eq!(version, provider == Provider::Anthropic);
            assert_eq!(body, "");
        }
    }
}

#[tokio::test]
async fn a_model_on_another_page_is_not_said_to_be_missing() {
    let more = [
        (Provider::Anthropic, r#"{"data":[{"id":"m-1"}],"has_more":true}"#),
        (Provider::Google, r#"{"models":[{"name":"models/m-1"}],"nextPageToken":"x"}"#),
    ];
    for (provider, list) in more {
        for (wanted, among) in [("m-1", Some(true)), ("m-2", None)] {
            let asked = Probe::Models { wanted: Some(wanted) };
            let (probed, ..) = ask(provider, asked, "200 OK", list).await;
            assert_eq!(probed.unwrap().models, Some(Models { listed: 1, wanted: among }));
        }
    }
    let bare = r#"[{"id":"m-1"},{"id":"m-2"},{"id":"m-3"}]"#;
    let asked = Probe::Models { wanted: Some("m-3") };
    let (probed, ..) = ask(Provider::OpenAi, asked, "200 OK", bare).await;
    assert_eq!(probed.unwrap().models, Some(Models { listed: 3, wanted: Some(true) }));
}

#[tokio::test]
async fn every_model_is_asked_for_a_few_tokens_in_its_own_protocol() {
    for (provider, path, limit, answer) in [
        (
            Provider::OpenAi,
            "/v1/chat/completions",
            r#""max_completion_tokens":16"#,
            completion(r#"{"content":"ready"}"#),
        ),
        (
            Provider::OpenAiResponses,
            "/v1/responses",
            r#""max_output_tokens":16"#,
            r#"{"id":"x-1","model":"m-2026","status":"completed","output":[],"usage":{"input_tokens":11,"output_tokens":7}}"#.into(),
        ),
        (
            Provider::Anthropic,
            "/v1/messages",
            r#""max_tokens":16"#,
            r#"{"id":"x-1","model":"m-2026","content":[{"type":"text","text":"ready"}],"usage":{"input_tokens":11,"output_tokens":7}}"#.into(),
        ),
        (
            Provider::Google,
            "/v1/models/m-1:generateContent",
            r#""maxOutputTokens":16"#,
            r#"{"responseId":"x-1","modelVersion":"m-2026","candidates":[{"content":{"parts":[{"text":"ready"}]}}],"usageMetadata":{"promptTokenCount":11,"candidatesTokenCount":7}}"#.into(),
        ),
    ] {
        let (probed, request, body, _) =
            ask(provider, Probe::Model("m-1"), "200 OK", &answer).await;
        let probed = probed.unwrap();
        assert_eq!((probed.served.as_str(), probed.models), ("m-2026", None));
        assert_eq!(probed.tokens, Tokens { cached: 0, input: 11, output: 7 });
        assert_eq!(probed.date, None);
        assert!(request.starts_with(&format!("POST {path} HTTP/1.1\r\n")), "{request}");
        assert!(body.contains(limit) && body.contains("Reply with the word ready."), "{body}");
    }
}

#[tokio::test]
async fn limits_are_read_from_the_headers_that_providers_have() {
    async fn check(provider: Provider, headers: &str, requests: Option<u64>, tokens: Option<u64>) {
        let head = format!("200 OK{headers}");
        let asked = Probe::Models { wanted: None };
        let (probed, ..) = ask(provider, asked, &head, r#"{"data":[]}"#).await;
        assert_eq!(probed.unwrap().limits, Limits { requests, tokens });
    }
    check(
        Provider::OpenAi,
        "\r\nx-ratelimit-limit-requests: 500\r\nx-ratelimit-limit-tokens: 200000",
        Some(500),
        Some(200_000),
    )
    .await;
    check(
        Provider::Anthropic,
        "\r\nanthropic-ratelimit-requests-limit: 1000\r\nanthropic-ratelimit-tokens-limit: 96000\
         \r\nanthropic-ratelimit-input-tokens-limit: 80000",
        Some(1000),
        Some(80_000),
    )
    .await;
    let tokens = "\r\nanthropic-ratelimit-tokens-limit: 96000";
    check(Provider::Anthropic, tokens, None, Some(96_000)).await;
    check(Provider::Google, "\r\nx-ratelimit-limit-requests: many", None, None).await;
}

#[tokio::test]
async fn what_does_not_work_is_told_with_the_way_out() {
    let models = Probe::Models { wanted: None };
    let model = Probe::Model("m-1");
    let again = "set THE_KEY and run the same command again";
    for provider in Provider::ALL {
        let name = provider.as_str();
        for asked in [models, model] {
            let said = format!(r#"{{"error":{{"message":"wrong: {KEY}"}}}}"#);
            let (probed, _, _, host) = ask(provider, asked, "401 No", &said).await;
            let fault = probed.unwrap_err();
            let what = format!("401 from {host}: the key is refused (wrong: [key]); {again}");
            assert_eq!((fault.message, fault.blame), (format!("{name}: {what}"), Blame::Setup));

            let (probed, _, _, host) = ask(provider, asked, "503 Busy", "busy").await;
            let fault = probed.unwrap_err();
            let what = format!("{name}: {host}: 503: busy");
            assert_eq!((fault.message, fault.blame), (what, Blame::Provider));
        }
        let (probed, _, _, host) = ask(provider, models, "404 No", "").await;
        let what = "404: it lists no models below this base URL; check the base URL, or ask for a \
                    model by its name";
        assert_eq!(probed.unwrap_err().message, format!("{name}: {host}: {what}"));
        let page = "<html>Sign in</html>";
        let (probed, _, _, host) = ask(provider, models, "200 OK", page).await;
        let what = format!("200 OK, but no list of models; check the base URL: {page}");
        assert_eq!(probed.unwrap_err().message, format!("{name}: {host}: {what}"));
    }
}
