//! Every protocol against the same faults: what a failure means does not depend on the words that a
//! server has for it.

use crate::openai::{KEY, Notices, settings};
use crate::scenario::{briefing, planned, scenario};
use crate::server::{Answer, Request, Server, http};
use record::event::{Blame, Event, Replied, Reply};
use std::sync::Arc;
use std::time::Duration;
use subject::SourceSettings;
use subject::model::{Extra, Key, ModelSettings};
use subject::spec::{Provider, SubjectSpec};
use trial::port::{Fault, Subject, SubjectSource};

pub(crate) fn source(
    provider: Provider,
    settings: ModelSettings,
) -> Result<Arc<dyn SubjectSource>, Fault> {
    let spec = SubjectSpec::Model(provider, "m-1".into());
    subject::source(&spec, SourceSettings { model: Some(settings), ..Default::default() })
}

pub(crate) fn subject(provider: Provider, settings: ModelSettings) -> Box<dyn Subject> {
    let scenario: Arc<dyn trial::port::ScenarioPlugin> = scenario(&[]);
    source(provider, settings)
        .ok()
        .unwrap()
        .subject(&planned("w/control", 7), &scenario)
        .ok()
        .unwrap()
}

/// The reply to a fresh briefing, and what the server was sent.
async fn ask(
    provider: Provider,
    script: Vec<Answer>,
) -> (Result<Replied, Fault>, Vec<Request>, Notices, String) {
    let server = Server::start(script).await;
    let (settings, notices) = settings(&server.host);
    let replied = subject(provider, settings).reply(&[Event::Briefed(briefing())]).await;
    (replied, server.requests(), notices, server.host)
}

/// A body of a success that says this. The text must need no escapes.
fn says(provider: Provider, text: &str) -> String {
    match provider {
        Provider::OpenAi => crate::server::completion(&format!(r#"{{"content":"{text}"}}"#)),
        Provider::OpenAiResponses => format!(
            r#"{{"id":"x-1","model":"m-2026","status":"completed","output":[{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":"{text}"}}]}}],"usage":{{"input_tokens":11,"output_tokens":7}}}}"#
        ),
        Provider::Anthropic => format!(
            r#"{{"id":"x-1","type":"message","model":"m-2026","content":[{{"type":"text","text":"{text}"}}],"stop_reason":"end_turn","usage":{{"input_tokens":11,"output_tokens":7}}}}"#
        ),
        Provider::Google => format!(
            r#"{{"responseId":"x-1","modelVersion":"m-2026","candidates":[{{"content":{{"parts":[{{"text":"{text}"}}],"role":"model"}},"finishReason":"STOP"}}],"usageMetadata":{{"promptTokenCount":11,"candidatesTokenCount":7}}}}"#
        ),
    }
}

fn ok(provider: Provider) -> Answer {
    http("200 OK", &says(provider, "at last"))
}

/// Every protocol refuses in this way at once, with this blame and message.
async fn refuses(status: &str, body: &str, blame: Blame, message: &str) {
    for provider in Provider::ALL {
        refused(provider, status, body, blame, message).await;
    }
}

async fn refused(provider: Provider, status: &str, body: &str, blame: Blame, message: &str) {
    let (replied, requests, notices, host) =
        ask(provider, vec![http(status, body), ok(provider)]).await;
    let fault = replied.unwrap_err();
    let message = format!("{}: {}", provider.as_str(), message.replace("HOST", &host));
    assert_eq!((fault.message, fault.blame), (message, blame));
    assert_eq!((requests.len(), notices.lock().unwrap().len()), (1, 0), "not asked again");
}

#[tokio::test]
async fn what_the_operator_has_to_change_stops_the_run() {
    let message = |said: &str| format!(r#"{{"error":{{"message":"{said}"}}}}"#);
    let again = "set THE_KEY and run the same command again";
    for status in ["401", "403"] {
        refuses(
            &format!("{status} No"),
            &message(&format!("bad key {KEY}")),
            Blame::Setup,
            &format!("{status} from HOST: the key is refused (bad key [key]); {again}"),
        )
        .await;
    }
    refuses(
        "402 Pay",
        &message("no credits"),
        Blame::Setup,
        "402 from HOST: the account has to pay first: no credits",
    )
    .await;
    refuses(
        "307 There",
        "",
        Blame::Setup,
        "307 from HOST: it redirects, which is not followed: give the base URL that it leads to",
    )
    .await;
    for (provider, service) in [
        (Provider::OpenAi, "chat completions"),
        (Provider::OpenAiResponses, "Responses"),
        (Provider::Anthropic, "Messages"),
        (Provider::Google, "generateContent"),
    ] {
        let what = format!(
            "404 from HOST: no model \"m-1\" there, or no {service} below this base URL: not found"
        );
        refused(provider, "404 No", &message("not found"), Blame::Setup, &what).await;
    }
}

#[tokio::test]
async fn what_each_provider_says_in_its_own_words_is_understood() {
    let quota = "429 from HOST: the account's quota is used up: over; raise it and run the same \
                 command again";
    for provider in [Provider::OpenAi, Provider::OpenAiResponses] {
        let body = r#"{"error":{"message":"over","code":"insufficient_quota"}}"#;
        refused(provider, "429 X", body, Blame::Setup, quota).await;
        let body = r#"{"error":{"message":"no such","code":"unknown_parameter"}}"#;
        let what = "400 from HOST: a setting is refused: no such";
        refused(provider, "400 X", body, Blame::Setup, what).await;
    }
    let body = r#"{"error":{"message":"Encrypted content is not supported with this model.","param":"include","code":null}}"#;
    let what = "400 from HOST: a setting is refused: Encrypted content is not supported with this \
                model.";
    refused(Provider::OpenAiResponses, "400 X", body, Blame::Setup, what).await;
    let body = r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#;
    let pays = "400 from HOST: the account has to pay first: Your credit balance is too low";
    refused(Provider::Anthropic, "400 X", body, Blame::Setup, pays).await;
    let body = r#"{"type":"error","error":{"type":"billing_error","message":"late"}}"#;
    let pays = "403 from HOST: the account has to pay first: late";
    refused(Provider::Anthropic, "403 X", body, Blame::Setup, pays).await;
    let body = r#"{"error":{"code":400,"message":"not valid","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#;
    let key = "400 from HOST: the key is refused (not valid); set THE_KEY and run the same command \
               again";
    refused(Provider::Google, "400 X", body, Blame::Setup, key).await;
    let body = r#"{"error":{"message":"no billing","status":"FAILED_PRECONDITION"}}"#;
    let pays = "400 from HOST: the account has to pay first: no billing";
    refused(Provider::Google, "400 X", body, Blame::Setup, pays).await;
    let body = r#"{"error":{"message":"over","details":[{"violations":[{"quotaId":"RequestsPerDayPerModel"}]}]}}"#;
    refused(Provider::Google, "429 X", body, Blame::Setup, quota).await;
}

#[tokio::test]
async fn a_request_that_the_server_refuses_makes_the_trial_invalid() {
    for status in ["400", "413", "422"] {
        let what = format!("{status} from HOST: the request is refused: too long");
        let body = r#"{"error":{"message":"too long"}}"#;
        refuses(&format!("{status} X"), body, Blame::Provider, &what).await;
    }
}

#[tokio::test]
async fn a_passing_failure_is_asked_again_with_the_same_bytes() {
    for provider in Provider::ALL {
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\"".to_vec();
        for (failing, said) in [
            (http("500 X", r#"{"error":{"message":"boom"}}"#), "500: boom"),
            (http("529 X", r#"{"error":{"message":"overloaded"}}"#), "529: overloaded"),
            (http("429 X", "slow\ndown"), "429: slow down"),
            (http("408 X", ""), "408: "),
            (http("200 OK", r#"{"error":{"message":"late"}}"#), "200 with an error: late"),
            (http("200 OK", "<html>"), "not JSON: expected value at line 1 column 1): <html>"),
            (http("200 OK", r#"{"a":[]}"#), r#"): {"a":[]}"#),
            (http("200 OK", "[1]"), "): [1]"),
            (
                Answer::Raw(vec![]),
                "the connection broke: connection closed before message completed",
            ),
            (Answer::Raw(half), "the connection broke: end of file before message length reached"),
        ] {
            let (replied, requests, notices, _) = ask(provider, vec![failing, ok(provider)]).await;
            let Replied { exchange, reply, .. } = replied.unwrap();
            assert_eq!(reply.text, "at last");
            let exchange = exchange.unwrap();
            assert_eq!((exchange.input_tokens, exchange.output_tokens), (11, 7));
            assert_eq!(exchange.model, "m-2026");
            assert_eq!(requests.len(), 2);
            assert_eq!(requests[0].body, requests[1].body);
            let notices = notices.lock().unwrap();
            assert!(notices[0].message.ends_with(said), "{}: {said}", notices[0].message);
        }
    }
}

#[tokio::test]
async fn a_server_says_when_to_come_back() {
    let body = r#"{"error":{"message":"slow","details":[{"retryDelay":"0.3s"}]}}"#;
    let (replied, _, notices, _) =
        ask(Provider::Google, vec![http("429 X", body), ok(Provider::Google)]).await;
    assert_eq!(replied.unwrap().reply.text, "at last");
    assert_eq!(notices.lock().unwrap()[0].wait, Duration::from_millis(300));
    for provider in Provider::ALL {
        let head = "429 X\r\nretry-after: 1";
        let (replied, _, notices, _) = ask(provider, vec![http(head, "{}"), ok(provider)]).await;
        assert_eq!(replied.unwrap().reply.text, "at last");
        assert_eq!(notices.lock().unwrap()[0].wait, Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a_silent_or_dripping_server_is_cut_off() {
    for provider in Provider::ALL {
        let body = says(provider, "slow");
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        let dripping = Answer::Drip(head.into_bytes(), body.into_bytes());
        let server = Server::start(vec![Answer::Silence, dripping, ok(provider)]).await;
        let (settings, notices) = settings(&server.host);
        let settings = ModelSettings { request_timeout: Duration::from_millis(300), ..settings };
        let replied = subject(provider, settings).reply(&[Event::Briefed(briefing())]).await;
        assert_eq!(replied.unwrap().reply.text, "at last");
        let notices = notices.lock().unwrap();
        let said: Vec<&str> = notices.iter().map(|notice| notice.message.as_str()).collect();
        assert_eq!(said, ["no whole answer within 0.3 s"; 2]);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    for provider in Provider::ALL {
        let (replied, requests, ..) =
            ask(provider, vec![http("200 OK", &says(provider, &"x".repeat(10_000_000)))]).await;
        let fault = replied.unwrap_err();
        assert!(fault.message.ends_with(": the answer is longer than 3145728 bytes"), "{fault}");
        assert_eq!((fault.blame, requests.len()), (Blame::Provider, 1));
    }
}

#[tokio::test]
async fn tries_end_with_their_number() {
    for provider in Provider::ALL {
        let busy = || http("503 Busy", r#"{"error":{"message":"busy"}}"#);
        let (replied, requests, _, host) = ask(provider, vec![busy(), busy(), busy()]).await;
        let fault = replied.unwrap_err();
        let name = provider.as_str();
        assert_eq!(
            fault.message,
            format!("{name}: {host}: 3 tries failed, the last with: 503: busy")
        );
        assert_eq!((fault.blame, requests.len()), (Blame::Provider, 3));
    }
}

/// A reply that the subject is answerable for: nothing is asked again.
async fn outcome(provider: Provider, status: &str, body: &str, reply: Reply, finish: &str) {
    let (replied, requests, _, _) = ask(provider, vec![http(status, body)]).await;
    let replied = replied.unwrap_or_else(|fault| panic!("{body}: {fault}"));
    assert_eq!(replied.reply, reply, "{body}");
    assert_eq!(replied.exchange.unwrap().finish, finish);
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn what_the_providers_filter_stops_is_an_outcome() {
    for provider in [Provider::OpenAi, Provider::OpenAiResponses] {
        for code in ["content_filter", "invalid_prompt"] {
            let body = format!(r#"{{"error":{{"message":"no","code":"{code}"}}}}"#);
            outcome(provider, "400 No", &body, Reply::default(), code).await;
        }
    }
    let body = r#"{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}"#;
    outcome(Provider::OpenAi, "200 OK", body, Reply::default(), "content_filter").await;
    let body =
        r#"{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]}"#;
    outcome(Provider::OpenAiResponses, "200 OK", body, Reply::default(), "content_filter").await;
    let body = r#"{"content":[],"stop_reason":"refusal"}"#;
    outcome(Provider::Anthropic, "200 OK", body, Reply::default(), "refusal").await;
    let body = r#"{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#;
    let word = "content_filtering_policy";
    outcome(Provider::Anthropic, "400 X", body, Reply::default(), word).await;
    let body = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}"#;
    outcome(Provider::Google, "200 OK", body, Reply::default(), "PROHIBITED_CONTENT").await;
    let body = r#"{"candidates":[{"finishReason":"SAFETY"}]}"#;
    outcome(Provider::Google, "200 OK", body, Reply::default(), "SAFETY").await;
}

#[tokio::test]
async fn a_length_stop_is_an_outcome_and_a_thought_alone_is_not_carried() {
    let thought = || Reply { reasoning: Some("hm".into()), ..Reply::default() };
    let cases = [
        (
            Provider::OpenAiResponses,
            r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}]}]}"#,
            "max_output_tokens",
        ),
        (
            Provider::Anthropic,
            r#"{"content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":" "}],"stop_reason":"max_tokens"}"#,
            "max_tokens",
        ),
    ];
    for (provider, body, finish) in cases {
        let (replied, ..) = ask(provider, vec![http("200 OK", body)]).await;
        let Replied { exchange, reply, .. } = replied.unwrap();
        let exchange = exchange.unwrap();
        assert_eq!((exchange.finish.as_str(), exchange.carried), (finish, None));
        assert_eq!(Reply { text: String::new(), ..reply }, thought());
    }
    let body = r#"{"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS"}]}"#;
    outcome(Provider::Google, "200 OK", body, Reply::default(), "MAX_TOKENS").await;
    let body = r#"{"choices":[{"message":{"content":"wh"},"finish_reason":"length"}]}"#;
    let reply = Reply { text: "wh".into(), ..Reply::default() };
    outcome(Provider::OpenAi, "200 OK", body, reply, "length").await;
}

#[tokio::test]
async fn a_malformed_call_is_an_outcome() {
    let body =
        r#"{"output":[{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a"}]}"#;
    let (replied, ..) = ask(Provider::OpenAiResponses, vec![http("200 OK", body)]).await;
    assert_eq!(replied.unwrap().reply.calls[0].arguments, "{\"a");
    let body = r#"{"content":[{"type":"tool_use","input":"{\"a"},{"type":"tool_use"}]}"#;
    let (replied, ..) = ask(Provider::Anthropic, vec![http("200 OK", body)]).await;
    let calls = replied.unwrap().reply.calls;
    assert_eq!((calls[0].arguments.as_str(), calls[0].id.as_str()), ("{\"a", "call-0-0"));
    assert_eq!((calls[1].arguments.as_str(), calls[1].name.as_str()), ("", ""));
    let body = r#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"f(a=","content":{}}]}"#;
    let reply = Reply { text: "f(a=".into(), ..Reply::default() };
    outcome(Provider::Google, "200 OK", body, reply, "MALFORMED_FUNCTION_CALL").await;
}

#[tokio::test]
async fn a_key_that_a_server_writes_back_reaches_no_log() {
    for provider in Provider::ALL {
        let body = says(provider, KEY).replace("x-1", KEY).replace("m-2026", KEY);
        let (replied, _, notices, _) = ask(
            provider,
            vec![http("500 X", KEY), http(&format!("200 OK\r\nrequest-id: {KEY}"), &body)],
        )
        .await;
        let event = Event::Replied(replied.unwrap());
        let line = String::from_utf8(event.to_line().unwrap()).unwrap();
        assert!(line.contains("[key]") && !line.contains(KEY), "{line}");
        assert_eq!(notices.lock().unwrap()[0].message, "500: [key]");
    }
}

#[tokio::test]
async fn a_key_is_taken_out_of_what_is_carried_in_its_escaped_form_too() {
    let key = "sk-\"quoted\\key";
    let escaped = serde_json::Value::from(key).to_string();
    let body = format!(
        r#"{{"content":[{{"type":"thinking","thinking":{escaped},"signature":"s"}},{{"type":"text","text":"a"}}]}}"#
    );
    let server = Server::start(vec![http("200 OK", &body)]).await;
    let (settings, _) = settings(&server.host);
    let settings = ModelSettings { key: Some(Key::new(key.into())), ..settings };
    let replied = subject(Provider::Anthropic, settings).reply(&[Event::Briefed(briefing())]).await;
    let Replied { exchange, reply, .. } = replied.unwrap();
    assert_eq!(reply.reasoning.unwrap(), "[key]");
    assert_eq!(
        exchange.unwrap().carried.unwrap(),
        r#"[{"type":"thinking","thinking":"[key]","signature":"s"},{"type":"text","text":"a"}]"#
    );
}

#[test]
fn settings_that_cannot_work_are_named() {
    #[track_caller]
    fn check(provider: Provider, change: impl FnOnce(&mut ModelSettings), message: &str) {
        let (mut settings, _) = settings("h");
        change(&mut settings);
        let fault = source(provider, settings).err().expect("a wrong setting");
        assert_eq!(fault.message, format!("{}: {message}", provider.as_str()));
        assert_eq!(fault.blame, Blame::Setup);
    }
    let extra = |text: &str| vec![text.parse::<Extra>().unwrap()];
    for provider in Provider::ALL {
        check(provider, |s| s.max_output_tokens = 0, "output tokens: expected at least 1, found 0");
        check(
            provider,
            |s| s.temperature = Some(-1.0),
            "temperature: expected 0 or more, found -1",
        );
        check(
            provider,
            |s| s.key = Some(Key::new("two\nlines".into())),
            "THE_KEY: the key holds a line end or another character that no HTTP header can hold",
        );
        check(
            provider,
            |s| s.extra = extra("model=\"other\""),
            "field model: set by the log and the other settings",
        );
        check(
            provider,
            |s| s.extra = extra("top.p=1"),
            "field top.p: this protocol has no object top to extend",
        );
        check(
            provider,
            |s| s.extra = [extra("top_p=1"), extra("top_p=1")].concat(),
            "field top_p: given twice",
        );
    }
    check(
        Provider::Google,
        |s| s.extra = extra("generationConfig.temperature=1"),
        "field generationConfig.temperature: set by the log and the other settings",
    );
    check(
        Provider::Anthropic,
        |s| s.carry = Some(subject::model::CarriedField::Reasoning),
        "carry reasoning: a setting of openai: alone; leave it out",
    );
}

#[tokio::test]
async fn a_filter_whose_word_breaks_off_is_no_outcome() {
    let start = r#"{"error":{"message":"no","code":"content_filter"}}"#;
    let body = format!("{start}{}", " ".repeat(70_000));
    let what = "400 from HOST: the request is refused: no";
    refused(Provider::OpenAi, "400 No", &body, Blame::Provider, what).await;
}

#[tokio::test]
async fn a_missing_key_is_told_apart_from_a_refused_one_and_none_is_sent() {
    for provider in Provider::ALL {
        let server = Server::start(vec![http("401 No", "")]).await;
        let settings = ModelSettings { key: None, ..settings(&server.host).0 };
        let replied = subject(provider, settings).reply(&[Event::Briefed(briefing())]).await;
        let what = "no key was sent; set THE_KEY and run the same command again";
        let name = provider.as_str();
        assert_eq!(
            replied.unwrap_err().message,
            format!("{name}: 401 from {}: {what}", server.host)
        );
        let head = server.requests()[0].head.to_lowercase();
        assert!(!head.contains("authorization") && !head.contains("key"), "{head}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_loses_no_trial() {
    // Bound and dropped: a port that nobody listens on.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    for provider in Provider::ALL {
        let (settings, notices) = settings(&host);
        let replied = subject(provider, settings).reply(&[Event::Briefed(briefing())]).await;
        let fault = replied.unwrap_err();
        assert_eq!(fault.blame, Blame::Setup, "the run stops and the trial stays open");
        let name = provider.as_str();
        let start = format!("{name}: {host}: 3 tries failed, the last with: cannot connect: ");
        assert!(fault.message.starts_with(&start), "{fault}");
        assert_eq!(notices.lock().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn tries_end_before_the_deadline() {
    for provider in Provider::ALL {
        let script = vec![http("429 Busy\r\nretry-after: 60", "busy"), ok(provider)];
        let (replied, requests, notices, host) = ask(provider, script).await;
        let fault = replied.unwrap_err();
        assert_eq!(fault.message, format!("{}: {host}: 429: busy", provider.as_str()));
        assert_eq!((fault.blame, requests.len()), (Blame::Provider, 1));
        assert!(notices.lock().unwrap().is_empty(), "60 s would pass the deadline of 20 s");
    }
}
