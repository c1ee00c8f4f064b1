//! Failures that may pass: how often and when the server is asked again.

use crate::openai::{ask, settings, subject};
use crate::scenario::{briefing, planned};
use crate::server::{Answer, Server, completion, http, says};
use record::event::{Blame, Event};
use std::time::Duration;
use subject::model::{ModelSettings, Retries};

const MS: Duration = Duration::from_millis(1);

fn ok() -> Answer {
    says("{\"content\":\"at last\"}")
}

/// The answers before the last try, each of which has to be retried with this message.
async fn check(failing: Vec<Answer>, messages: &[&str]) {
    let tries = failing.len() + 1;
    let (replied, requests, notices) = ask(failing.into_iter().chain([ok()]).collect()).await;
    assert_eq!(replied.unwrap().reply.text, "at last");
    assert_eq!(requests.len(), tries);
    assert!(requests.iter().all(|r| r.body == requests[0].body), "the same request every time");
    let notices = notices.lock().unwrap();
    let said: Vec<&str> = notices.iter().map(|notice| notice.message.as_str()).collect();
    assert_eq!(said, messages);
    for (number, notice) in notices.iter().enumerate() {
        assert_eq!(notice.attempt as usize, number + 1);
        assert_eq!(notice.trial, Some(planned("w/control", 7).trial));
        // 20 ms, doubled for each failure, and up to as much again.
        let least = 20 * MS * (1 << number);
        assert!((least..=2 * least).contains(&notice.wait), "{:?}", notice.wait);
        let waited = requests[number + 1].at - requests[number].at;
        assert!(waited >= notice.wait, "announced {:?}, waited {waited:?}", notice.wait);
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    check(
        vec![
            http("500 Oops", r#"{"error":{"message":"boom"}}"#),
            http("429 Too Many", "slow\ndown"),
        ],
        &["500: boom", "429: slow down"],
    )
    .await;
    check(
        vec![http("503 Busy", ""), http("408 Late", r#"{"message":"late"}"#)],
        &["503: ", "408: late"],
    )
    .await;
}

#[tokio::test]
async fn what_is_no_answer_is_asked_again() {
    check(
        vec![
            http("200 OK", "<html><p>Welcome</p></html>"),
            http("200 OK", r#"{"error":{"message":"overloaded"}}"#),
        ],
        &[
            "200, but no chat completion (not JSON: expected value at line 1 column 1): \
             <html><p>Welcome</p></html>",
            "200 with an error: overloaded",
        ],
    )
    .await;
    check(
        vec![http("200 OK", r#"{"choices":[]}"#), http("200 OK", r#"{"choices":[{"text":"hi"}]}"#)],
        &[
            r#"200, but no chat completion (no choices): {"choices":[]}"#,
            r#"200, but no chat completion (no choices[0].message): {"choices":[{"text":"hi"}]}"#,
        ],
    )
    .await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_again() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"choices\"".to_vec();
    check(
        vec![Answer::Raw(vec![]), Answer::Raw(half)],
        &[
            "the connection broke: connection closed before message completed",
            "the connection broke: end of file before message length reached",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_server_that_takes_too_long_is_cut_off() {
    let body = completion("{\"content\":\"slow\"}");
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let dripping = Answer::Drip(head.into_bytes(), body.into_bytes());
    let server = Server::start(vec![Answer::Silence, dripping, ok()]).await;
    let (settings, notices) = settings(&server.host);
    let settings = ModelSettings { request_timeout: 500 * MS, ..settings };
    let replied = subject(settings).reply(&[Event::Briefed(briefing())]).await;
    assert_eq!(replied.unwrap().reply.text, "at last");
    let notices = notices.lock().unwrap();
    let said: Vec<&str> = notices.iter().map(|notice| notice.message.as_str()).collect();
    assert_eq!(said, ["no whole answer within 0.5 s"; 2]);
}

#[tokio::test]
async fn a_server_says_when_to_come_back() {
    for head in [
        "429 Too Many\r\nretry-after: 1",
        "429 Too Many\r\ndate: Tue, 01 Sep 2026 12:00:00 GMT\r\n\
         retry-after: Tue, 01 Sep 2026 12:00:01 GMT",
    ] {
        let (replied, requests, notices) = ask(vec![http(head, "wait"), ok()]).await;
        assert_eq!(replied.unwrap().reply.text, "at last");
        assert_eq!(notices.lock().unwrap()[0].wait, Duration::from_secs(1));
        assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
    }
}

#[tokio::test]
async fn tries_end_with_their_number() {
    let busy = || http("503 Busy", r#"{"error":{"message":"busy"}}"#);
    let server = Server::start(vec![busy(), busy(), busy(), ok()]).await;
    let (settings, notices) = settings(&server.host);
    let fault = subject(settings).reply(&[Event::Briefed(briefing())]).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Provider);
    assert_eq!(
        fault.message,
        format!("openai: {}: 3 tries failed, the last with: 503: busy", server.host)
    );
    assert_eq!(server.requests().len(), 3);
    assert_eq!(notices.lock().unwrap().len(), 2, "no notice of a try that does not come");
}

#[tokio::test]
async fn tries_end_before_the_deadline() {
    let server = Server::start(vec![http("429 Busy\r\nretry-after: 60", "busy"), ok()]).await;
    let (settings, notices) = settings(&server.host);
    let fault = subject(settings).reply(&[Event::Briefed(briefing())]).await.unwrap_err();
    assert_eq!(fault.message, format!("openai: {}: 429: busy", server.host));
    assert!(notices.lock().unwrap().is_empty(), "60 s would pass the deadline of 20 s");

    let busy = || http("500 Busy", "busy");
    let server = Server::start((0..100).map(|_| busy()).collect()).await;
    let (settings, notices) = crate::openai::settings(&server.host);
    let retries = Retries { attempts_max: 100, deadline: 300 * MS, first_wait: 20 * MS };
    let settings = ModelSettings { retries, ..settings };
    let fault = subject(settings).reply(&[Event::Briefed(briefing())]).await.unwrap_err();
    // Without jitter 20 + 40 + 80 ms of waiting make four tries; a slow machine makes fewer.
    let tries = server.requests().len();
    assert!((1..=4).contains(&tries), "{tries}");
    assert_eq!(notices.lock().unwrap().len() + 1, tries);
    let announced: Duration = notices.lock().unwrap().iter().map(|notice| notice.wait).sum();
    assert!(announced <= 300 * MS);
    assert!(fault.message.ends_with("500: busy"), "{fault}");
}

#[tokio::test]
async fn a_server_that_is_not_there_loses_no_trial() {
    // Bound and dropped: a port that nobody listens on.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let (settings, notices) = settings(&host);
    let fault = subject(settings).reply(&[Event::Briefed(briefing())]).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Setup, "the run stops and the trial stays open");
    let start = format!("openai: {host}: 3 tries failed, the last with: cannot connect: ");
    assert!(fault.message.starts_with(&start), "{fault}");
    assert!(fault.message.ends_with("; check the base URL, the proxy and the network"), "{fault}");
    assert_eq!(notices.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_server_without_tls_behind_an_https_url_loses_no_trial() {
    use tokio::io::AsyncWriteExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let (settings, _) = settings(&host);
    let settings = ModelSettings { base_url: format!("https://{host}/v1"), ..settings };
    let source = match crate::openai::source(settings) {
        Ok(source) => source,
        // A machine without certificates cannot speak TLS at all, and says so.
        Err(fault) => {
            assert_eq!(
                fault.message,
                "openai: cannot set TLS up: unexpected error: No CA certificates were loaded from \
                 the system"
            );
            return;
        }
    };
    let scenario: std::sync::Arc<dyn trial::port::ScenarioPlugin> = crate::scenario::scenario(&[]);
    let mut subject = source.subject(&planned("w/control", 7), &scenario).ok().unwrap();
    let fault = subject.reply(&[Event::Briefed(briefing())]).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Setup);
    assert!(fault.message.contains("3 tries failed, the last with: cannot connect: "), "{fault}");
}
