//! Failures that will not pass: whose they are, and what the message says.

use crate::openai::{KEY, ask, settings, source};
use crate::scenario::{briefing, planned, scenario};
use crate::server::{Answer, Server, http};
use record::event::{Blame, Event};
use std::sync::Arc;
use subject::SourceSettings;
use subject::model::{Key, ModelSettings};
use trial::port::ScenarioPlugin;

/// One request, no retry, this blame and this message after `openai: `; `HOST` stands for the
/// server's address.
#[track_caller]
fn check(status: &str, body: &str, blame: Blame, message: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (fault, sent, host) = runtime.block_on(async {
        let server = Server::start(vec![http(status, body), http("500 Twice", "")]).await;
        let (settings, _) = settings(&server.host);
        let mut subject = crate::openai::subject(settings);
        let fault = subject.reply(&[Event::Briefed(briefing())]).await.unwrap_err();
        (fault, server.requests().len(), server.host)
    });
    assert_eq!(fault.message, format!("openai: {}", message.replace("HOST", &host)));
    assert_eq!(fault.blame, blame);
    assert_eq!(sent, 1, "not asked again");
}

#[test]
fn a_refused_key_stops_the_run() {
    check(
        "401 Unauthorized",
        "",
        Blame::Setup,
        "401 from HOST: the key is refused; set THE_KEY and run the same command again",
    );
    check(
        "401 Unauthorized",
        &format!("{{\"error\":{{\"message\":\"Incorrect API key: {KEY}.\"}}}}"),
        Blame::Setup,
        "401 from HOST: the key is refused (Incorrect API key: [key].); set THE_KEY and run the \
         same command again",
    );
    check(
        "403 Forbidden",
        "{\"detail\":\"not for you\"}",
        Blame::Setup,
        "403 from HOST: the key is refused (not for you); set THE_KEY and run the same command \
         again",
    );
}

#[tokio::test]
async fn a_missing_key_is_told_apart_from_a_refused_one() {
    let server = Server::start(vec![http("401 Unauthorized", "")]).await;
    let (settings, _) = settings(&server.host);
    let mut subject = crate::openai::subject(ModelSettings { key: None, ..settings });
    let fault = subject.reply(&[Event::Briefed(briefing())]).await.unwrap_err();
    assert_eq!(
        fault.message,
        format!(
            "openai: 401 from {}: no key was sent; set THE_KEY and run the same command again",
            server.host
        )
    );
}

#[test]
fn what_the_operator_has_to_change_stops_the_run() {
    check(
        "404 Not Found",
        r#"{"error":{"message":"The model does not exist"}}"#,
        Blame::Setup,
        "404 from HOST: no model \"org/m:1\" there, or no chat completions below this base URL: \
         The model does not exist",
    );
    check(
        "402 Payment Required",
        r#"{"error":"no credits"}"#,
        Blame::Setup,
        "402 from HOST: the account has to pay first: no credits",
    );
    check(
        "429 Too Many Requests",
        r#"{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}"#,
        Blame::Setup,
        "429 from HOST: the account's quota is used up: You exceeded your quota; raise it and run \
         the same command again",
    );
    check(
        "400 Bad Request",
        r#"{"error":{"message":"no 'temperature' here","code":"unsupported_value"}}"#,
        Blame::Setup,
        "400 from HOST: a setting is refused: no 'temperature' here",
    );
    check(
        "307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/",
        "",
        Blame::Setup,
        "307 from HOST: it redirects, which is not followed: give the base URL that it leads to",
    );
}

#[test]
fn a_request_that_the_server_refuses_makes_the_trial_invalid() {
    check(
        "400 Bad Request",
        r#"{"error":{"message":"a message\n of role 9","code":"invalid_role"}}"#,
        Blame::Provider,
        "400 from HOST: the request is refused: a message of role 9",
    );
    check(
        "413 Too Large",
        &format!("<html>\n{}</html>", "x".repeat(100_000)),
        Blame::Provider,
        &format!("413 from HOST: the request is refused: <html> {}…", "x".repeat(293)),
    );
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let body = "x".repeat(10_000_000);
    let close_delimited = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}");
    for answer in [http("200 OK", &body), Answer::Raw(close_delimited.into_bytes())] {
        let (replied, requests, _) = ask(vec![answer]).await;
        let fault = replied.unwrap_err();
        assert!(fault.message.ends_with(": the answer is longer than 3145728 bytes"), "{fault}");
        assert_eq!(fault.blame, Blame::Provider);
        assert_eq!(requests.len(), 1);
    }
}

#[tokio::test]
async fn a_tool_without_a_schema_is_the_plugins_fault() {
    let server = Server::start(vec![]).await;
    let mut briefing = briefing();
    briefing.tools[1].parameters = "{".into();
    let mut subject = crate::openai::subject(settings(&server.host).0);
    let fault = subject.reply(&[Event::Briefed(briefing)]).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Plugin);
    assert_eq!(
        fault.message,
        "trial w/control/7: tool look: parameters: not JSON: EOF while parsing an object at line \
         1 column 1"
    );
}

#[tokio::test]
async fn a_log_of_another_kind_of_subject_is_not_continued() {
    let server = Server::start(vec![]).await;
    let mut subject = crate::openai::subject(settings(&server.host).0);
    let events = [Event::Briefed(briefing()), Event::Removed("/a".into())];
    let fault = subject.reply(&events).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Bug);
    assert_eq!(
        fault.message,
        "trial w/control/7: event 1: removed stands in the log of another kind of subject"
    );
}

#[test]
fn settings_that_cannot_work_are_named() {
    #[track_caller]
    fn check(change: impl FnOnce(&mut ModelSettings), message: &str) {
        let (mut settings, _) = settings("h");
        change(&mut settings);
        let fault = source(settings).err().expect("a wrong setting");
        assert_eq!(fault.message, format!("openai: {message}"));
        assert_eq!(fault.blame, Blame::Setup);
    }
    let expected =
        "base URL: expected http:// or https:// and a host, for example https://models.example/v1";
    for url in ["", "models.example", "ftp://models.example", "http://"] {
        check(|s| s.base_url = url.into(), expected);
    }
    check(
        |s| s.base_url = format!("https://me:{KEY}@models.example/v1"),
        "base URL: holds a user or a password; a key is given by itself",
    );
    check(
        |s| s.base_url = "https://models.example/v1?key=1".into(),
        "base URL: expected it to end with its path, found ? or #",
    );
    check(
        |s| s.key = Some(Key::new(format!("{KEY}\n"))),
        "THE_KEY: the key holds a line end or another character that no HTTP header can hold",
    );
    check(|s| s.proxy = Some(format!("http://{KEY}@[")), "proxy: not a URL");
    check(|s| s.max_output_tokens = 0, "output tokens: expected at least 1, found 0");
    check(|s| s.temperature = Some(-1.0), "temperature: expected 0 or more, found -1");
    check(|s| s.temperature = Some(f64::NAN), "temperature: expected 0 or more, found NaN");
    check(|s| s.retries.attempts_max = 0, "tries of a call: expected at least 1, found 0");
}

#[test]
fn a_binary_that_forgets_the_settings_is_told() {
    let fault = |spec: &str| {
        subject::source(&spec.parse().unwrap(), SourceSettings::default()).err().unwrap()
    };
    assert_eq!(fault("openai:m").message, "subject openai:m: no server settings given");
    assert_eq!(fault("openai:m").blame, Blame::Bug);
    assert_eq!(
        fault("reference:profile=p.toml").message,
        "subject reference:profile=p.toml: no profile given"
    );
}

#[tokio::test]
async fn one_source_serves_many_trials_at_once() {
    let answers = (0..20).map(|_| crate::server::says("{\"content\":\"hi\"}")).collect();
    let server = Server::start(answers).await;
    let source = source(settings(&server.host).0).ok().unwrap();
    let scenario: Arc<dyn ScenarioPlugin> = scenario(&[]);
    let mut running = Vec::new();
    for seed in 0..20 {
        let mut subject = source.subject(&planned("w/control", seed), &scenario).ok().unwrap();
        running.push(tokio::spawn(async move {
            subject.reply(&[Event::Briefed(briefing())]).await.unwrap().reply.text
        }));
    }
    for trial in running {
        assert_eq!(trial.await.unwrap(), "hi");
    }
    assert_eq!(server.requests().len(), 20);
}
