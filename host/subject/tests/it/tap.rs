//! What is told of every try: its bytes and times, and never the key.

use crate::openai::{KEY, settings, subject};
use crate::scenario::{briefing, planned};
use crate::server::{Answer, Server, completion, http, says};
use record::digest::Digest;
use record::event::Event;
use record::price::Tokens;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use subject::model::{ModelSettings, OpenGate, Tried, judge};
use trial::port::{CallSize, Fault, Gate, Pass};

/// A try, kept.
#[derive(Clone, Debug)]
struct Kept {
    attempt: u32,
    failure: Option<String>,
    model: String,
    queued: Duration,
    request: Vec<u8>,
    request_digest: Digest,
    request_id: String,
    response: Vec<u8>,
    response_digest: Digest,
    status: Option<u16>,
    took: Duration,
    tokens: Tokens,
    trial: Option<String>,
    turn: usize,
    whole: bool,
}

impl Kept {
    fn of(tried: &Tried<'_>) -> Self {
        Self {
            attempt: tried.attempt,
            failure: tried.failure.map(str::to_owned),
            model: tried.model.to_owned(),
            queued: tried.queued,
            request: tried.request.to_vec(),
            request_digest: tried.request_digest,
            request_id: tried.request_id.to_owned(),
            response: tried.response.to_vec(),
            response_digest: tried.response_digest,
            status: tried.status,
            took: tried.took,
            tokens: tried.tokens,
            trial: tried.trial.map(ToString::to_string),
            turn: tried.turn,
            whole: tried.whole,
        }
    }

    fn said(&self) -> &str {
        std::str::from_utf8(&self.response).unwrap()
    }
}

type Tries = Arc<Mutex<Vec<Kept>>>;

fn tapped(settings: ModelSettings) -> (ModelSettings, Tries) {
    let tries = Tries::default();
    let kept = Arc::clone(&tries);
    let on_exchange: subject::model::OnExchange =
        Arc::new(move |tried| kept.lock().unwrap().push(Kept::of(tried)));
    (ModelSettings { on_exchange: Some(on_exchange), ..settings }, tries)
}

/// Every try queues for a while.
struct Slow;

const QUEUE: Duration = Duration::from_millis(60);

#[async_trait::async_trait]
impl Gate for Slow {
    async fn enter(&self, size: CallSize) -> Result<Box<dyn Pass>, Fault> {
        tokio::time::sleep(QUEUE).await;
        OpenGate.enter(size).await
    }

    async fn rest(&self, wait: Duration, limited: bool) {
        OpenGate.rest(wait, limited).await;
    }
}

#[tokio::test]
async fn every_try_is_told_with_its_bytes() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\"".to_vec();
    let script = vec![
        http("500 Oops\r\nx-request-id: req-1", r#"{"error":{"message":"boom"}}"#),
        Answer::Raw(half),
        says(r#"{"content":"at last"}"#),
    ];
    let server = Server::start(script).await;
    let (settings, tries) =
        tapped(ModelSettings { gate: Arc::new(Slow), ..settings(&server.host).0 });
    let events = [Event::Briefed(briefing())];
    let replied = subject(settings).reply(&events).await.unwrap();
    let tries = tries.lock().unwrap();
    let [failed, broken, answered] = &tries[..] else { panic!("{tries:?}") };

    assert_eq!((failed.attempt, failed.status, failed.whole), (1, Some(500), true));
    assert_eq!(failed.said(), r#"{"error":{"message":"boom"}}"#);
    assert_eq!(failed.failure.as_deref(), Some("500: boom"));
    assert_eq!((failed.request_id.as_str(), failed.model.as_str()), ("req-1", ""));

    assert_eq!((broken.attempt, broken.status, broken.whole), (2, Some(200), false));
    assert_eq!(broken.said(), "{\"half\"", "what came before the end");
    assert!(broken.failure.as_deref().unwrap().starts_with("the connection broke: "));
    assert_eq!((broken.tokens, broken.request_id.as_str()), (Tokens::default(), ""));

    let exchange = replied.exchange.unwrap();
    assert_eq!((answered.attempt, answered.status, answered.whole), (3, Some(200), true));
    assert_eq!(answered.said(), completion(r#"{"content":"at last"}"#));
    assert_eq!(answered.failure, None);
    assert_eq!((answered.request_id.as_str(), answered.model.as_str()), ("cmpl-1", "m-2026"));
    assert_eq!(answered.tokens, Tokens { cached: 0, input: 11, output: 7 });
    assert_eq!(answered.request_digest, exchange.request);
    assert_eq!(answered.response_digest, exchange.response);

    for (tried, request) in tries.iter().zip(server.requests()) {
        assert_eq!(tried.request, request.body);
        assert_eq!(tried.request_digest, Digest::of(&request.body));
        assert_eq!(tried.response_digest, Digest::of(&tried.response));
        assert_eq!(tried.trial, Some(planned("w/control", 7).trial.to_string()));
        assert_eq!(tried.turn, 0);
        assert!(tried.queued >= QUEUE && tried.took < Duration::from_secs(20));
    }
}

#[tokio::test]
async fn a_server_that_never_answered_left_no_status() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let (settings, tries) = tapped(settings(&host).0);
    subject(settings).reply(&[Event::Briefed(briefing())]).await.unwrap_err();
    let tries = tries.lock().unwrap();
    assert_eq!(tries.len(), 3);
    assert!(tries.iter().all(|tried| tried.status.is_none() && tried.response.is_empty()));
    assert!(tries[0].failure.as_deref().unwrap().starts_with("cannot connect: "));
}

#[tokio::test]
async fn a_judges_tries_have_no_trial() {
    let server = Server::start(vec![says(r#"{"content":"{}"}"#)]).await;
    let (settings, tries) = tapped(settings(&server.host).0);
    let (_, judge) = judge("j", settings).ok().unwrap();
    judge.ask("?", "{}").await.unwrap();
    let tries = tries.lock().unwrap();
    assert_eq!((tries.len(), &tries[0].trial, tries[0].turn), (1, &None, 0));
}

#[tokio::test]
async fn a_key_that_the_server_repeats_is_in_nothing_that_is_told() {
    let echo = |status: &str| {
        http(
            &format!("{status}\r\nx-request-id: id-{KEY}"),
            &format!(r#"{{"error":{{"message":"Bearer {KEY} is wrong"}}}}"#),
        )
    };
    let cut = format!("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nsaid {}", &KEY[..15]);
    let answer = completion(&format!(r#"{{"content":"your key: {KEY}"}}"#));
    let answer = answer.replace("m-2026", KEY).replace("cmpl-1", KEY);
    let script = vec![echo("500 Oops"), Answer::Raw(cut.into_bytes()), http("200 OK", &answer)];
    let server = Server::start(script).await;
    let (settings, tries) = tapped(settings(&server.host).0);
    let replied = subject(settings).reply(&[Event::Briefed(briefing())]).await.unwrap();
    assert_eq!(replied.reply.text, "your key: [key]");
    let tries = tries.lock().unwrap();
    assert_eq!(tries[0].said(), r#"{"error":{"message":"Bearer [key] is wrong"}}"#);
    assert_eq!((tries[0].request_id.as_str(), tries[1].said()), ("id-[key]", "said [key]"));
    assert_eq!(tries[2].said(), answer.replace(KEY, "[key]"));
    assert_eq!(tries[2].response_digest, Digest::of(answer.as_bytes()), "of what came");
    for tried in tries.iter() {
        let text = format!("{tried:?}{}{}", tried.said(), String::from_utf8_lossy(&tried.request));
        assert!(!text.contains(&KEY[..8]), "{text}");
        assert!(!text.to_lowercase().contains("authorization"), "{text}");
    }
}
