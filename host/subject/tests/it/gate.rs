//! Every try passes the gate, tells it how it ended, and rests in it.

use crate::openai::{KEY, settings, subject};
use crate::providers;
use crate::scenario::briefing;
use crate::server::{Answer, Server, http, says};
use async_trait::async_trait;
use record::event::{Blame, Event};
use record::price::Tokens;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use subject::model::{ModelSettings, Retries};
use subject::spec::Provider;
use trial::port::{CallSize, Fault, Gate, Pass, TryEnd};

/// What a gate was told.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Enter(CallSize),
    End(TryEnd),
    Rest(bool),
    CutShort,
}

/// Keeps what it is told, and lets nothing rest, so that waits cost the tests no time.
#[derive(Clone, Default)]
struct Recorder {
    told: Arc<Mutex<Vec<Told>>>,
    /// How long each try queues.
    queue: Duration,
    /// How many tries the budget holds, if it has an end.
    budget: Option<usize>,
}

struct Ticket(Arc<Mutex<Vec<Told>>>, bool);

#[async_trait]
impl Gate for Recorder {
    async fn enter(&self, size: CallSize) -> Result<Box<dyn Pass>, Fault> {
        tokio::time::sleep(self.queue).await;
        let mut told = self.told.lock().unwrap();
        let entered = told.iter().filter(|told| matches!(told, Told::Enter(_))).count();
        if self.budget == Some(entered) {
            return Err(Fault::parking("the budget of 1 USD is used up"));
        }
        told.push(Told::Enter(size));
        Ok(Box::new(Ticket(Arc::clone(&self.told), false)))
    }

    async fn rest(&self, _: Duration, limited: bool) {
        self.told.lock().unwrap().push(Told::Rest(limited));
    }
}

impl Pass for Ticket {
    fn end(mut self: Box<Self>, end: TryEnd) {
        self.1 = true;
        self.0.lock().unwrap().push(Told::End(end));
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.1 {
            self.0.lock().unwrap().push(Told::CutShort);
        }
    }
}

fn with(gate: &Recorder, host: &str) -> ModelSettings {
    ModelSettings { gate: Arc::new(gate.clone()), ..settings(host).0 }
}

fn ok() -> Answer {
    says(r#"{"content":"at last"}"#)
}

#[tokio::test]
async fn every_try_passes_and_says_how_it_ended() {
    let script = vec![http("500 Oops", "{}"), http("429 Slow\r\nretry-after: 3", "{}"), ok()];
    let server = Server::start(script).await;
    let gate = Recorder::default();
    subject(with(&gate, &server.host)).reply(&[Event::Briefed(briefing())]).await.unwrap();
    let bytes = server.requests()[0].body.len() as u64;
    let enter = Told::Enter(CallSize { input_tokens: bytes.div_ceil(4), output_tokens_max: 4096 });
    let limited = TryEnd::Limited { retry_after: Some(Duration::from_secs(3)) };
    let expected = [
        enter.clone(),
        Told::End(TryEnd::Failed),
        Told::Rest(false),
        enter.clone(),
        Told::End(limited),
        Told::Rest(true),
        enter,
        Told::End(TryEnd::Answered(Tokens { cached: 0, input: 11, output: 7 })),
    ];
    assert_eq!(*gate.told.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_server_that_wants_fewer_requests_is_told_apart_from_one_that_fails() {
    async fn check(provider: Provider, head: &str, body: &str, expected: TryEnd) {
        let server = Server::start(vec![http(head, body)]).await;
        let gate = Recorder::default();
        let settings = with(&gate, &server.host);
        let retries = Retries { attempts_max: 1, ..settings.retries };
        let mut subject = providers::subject(provider, ModelSettings { retries, ..settings });
        subject.reply(&[Event::Briefed(briefing())]).await.unwrap_err();
        assert_eq!(gate.told.lock().unwrap()[1..], [Told::End(expected)], "{head} {body}");
    }
    let limited =
        |seconds: Option<u64>| TryEnd::Limited { retry_after: seconds.map(Duration::from_secs) };
    for provider in Provider::ALL {
        check(provider, "429 Slow", "", limited(None)).await;
        check(provider, "503 Busy\r\nretry-after: 9", "", limited(Some(9))).await;
        check(provider, "529 Overloaded", "", limited(None)).await;
        check(provider, "503 Busy", "", TryEnd::Failed).await;
        check(provider, "401 Who", "", TryEnd::Failed).await;
        check(provider, "200 OK", "<html>", TryEnd::Failed).await;
    }
    let exhausted = r#"{"error":{"status":"RESOURCE_EXHAUSTED","message":"m","details":[{"retryDelay":"2s"}]}}"#;
    check(Provider::Google, "429 Slow", exhausted, limited(Some(2))).await;
    let passed_on = r#"{"error":{"code":429,"message":"upstream is limited"}}"#;
    check(Provider::OpenAi, "200 OK", passed_on, limited(None)).await;
}

#[tokio::test]
async fn the_budgets_end_parks_the_trial_untouched_between_two_tries() {
    let server = Server::start(vec![http("500 Oops", ""), ok()]).await;
    let gate = Recorder { budget: Some(1), ..Recorder::default() };
    let mut subject = subject(with(&gate, &server.host));
    let fault = subject.reply(&[Event::Briefed(briefing())]).await.unwrap_err();
    assert_eq!(fault, Fault::parking("the budget of 1 USD is used up"));
    assert!(!fault.invalidates());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn time_in_the_queue_makes_no_trial_invalid() {
    let server = Server::start(vec![http("500 Oops", ""), http("500 Oops", ""), ok()]).await;
    // Every queue alone takes longer than all tries and waits may.
    let gate = Recorder { queue: Duration::from_millis(700), ..Recorder::default() };
    let settings = with(&gate, &server.host);
    let deadline = Duration::from_millis(600);
    let retries = Retries { deadline, ..settings.retries };
    let mut subject = subject(ModelSettings { retries, ..settings });
    let replied = subject.reply(&[Event::Briefed(briefing())]).await.unwrap();
    assert_eq!(replied.reply.text, "at last");
}

#[tokio::test]
async fn a_try_that_is_cut_short_says_nothing() {
    let server = Server::start(vec![Answer::Silence]).await;
    let gate = Recorder::default();
    let mut subject = subject(with(&gate, &server.host));
    let events = [Event::Briefed(briefing())];
    let cut = tokio::time::timeout(Duration::from_millis(300), subject.reply(&events)).await;
    assert!(cut.is_err());
    assert_eq!(gate.told.lock().unwrap().last(), Some(&Told::CutShort));
}

#[tokio::test]
async fn a_filter_is_an_answer_and_a_used_up_quota_is_no_limit() {
    let filter = r#"{"error":{"code":"content_filter","message":"m"}}"#;
    let quota = r#"{"error":{"code":"insufficient_quota","message":"m"}}"#;
    let script = vec![http("400 No", filter), http("429 No", quota)];
    let server = Server::start(script).await;
    let gate = Recorder::default();
    let mut subject = subject(with(&gate, &server.host));
    let events = [Event::Briefed(briefing())];
    assert_eq!(subject.reply(&events).await.unwrap().reply.text, "");
    let fault = subject.reply(&events).await.unwrap_err();
    assert_eq!((fault.blame, fault.message.contains(KEY)), (Blame::Setup, false));
    let told = gate.told.lock().unwrap();
    let ends: Vec<&Told> = told.iter().filter(|told| matches!(told, Told::End(_))).collect();
    let answered = Told::End(TryEnd::Answered(Tokens::default()));
    assert_eq!(ends, [&answered, &Told::End(TryEnd::Failed)]);
}
