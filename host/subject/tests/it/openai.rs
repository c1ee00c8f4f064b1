//! Requests are built from the log alone; answers are taken as they come.

use crate::scenario::{Scenario, TURNS, briefing, planned, scenario, step};
use crate::server::{Answer, Request, Server, completion, http, says};
use async_trait::async_trait;
use record::digest::Digest;
use record::event::{Ending, Event, Exchange, Next, Opened, Replied, Reply, ToolCall, TrialLimits};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use subject::SourceSettings;
use subject::model::{Dialect, Key, ModelSettings, OpenGate, Retries, RetryNotice, TokensField};
use trial::port::{EventLog, Fault, ScenarioPlugin, Subject, SubjectSource};

pub(crate) const KEY: &str = "sk-never-to-be-seen";

pub(crate) type Notices = Arc<Mutex<Vec<RetryNotice>>>;

/// Three tries with short waits, and a list that fills with the notices.
pub(crate) fn settings(host: &str) -> (ModelSettings, Notices) {
    let notices = Notices::default();
    let kept = Arc::clone(&notices);
    let settings = ModelSettings {
        base_url: format!("http://{host}/v1/"),
        carry: None,
        dialect: Dialect::Native,
        extra: Vec::new(),
        gate: Arc::new(OpenGate),
        key: Some(Key::new(KEY.into())),
        key_name: "THE_KEY".into(),
        max_output_tokens: 4096,
        on_exchange: None,
        on_retry: Arc::new(move |notice| kept.lock().unwrap().push(notice.clone())),
        proxy: None,
        request_timeout: Duration::from_secs(20),
        retries: Retries {
            attempts_max: 3,
            deadline: Duration::from_secs(20),
            first_wait: Duration::from_millis(20),
        },
        temperature: None,
        tokens_field: TokensField::MaxCompletionTokens,
    };
    (settings, notices)
}

pub(crate) fn source(settings: ModelSettings) -> Result<Arc<dyn SubjectSource>, Fault> {
    let spec = "openai:org/m:1".parse().unwrap();
    subject::source(&spec, SourceSettings { model: Some(settings), ..Default::default() })
}

pub(crate) fn subject(settings: ModelSettings) -> Box<dyn Subject> {
    let scenario: Arc<dyn ScenarioPlugin> = scenario(&[]);
    source(settings).ok().unwrap().subject(&planned("w/control", 7), &scenario).ok().unwrap()
}

/// The reply to a fresh briefing, and what the server was sent.
pub(crate) async fn ask(script: Vec<Answer>) -> (Result<Replied, Fault>, Vec<Request>, Notices) {
    let server = Server::start(script).await;
    let (settings, notices) = settings(&server.host);
    let replied = subject(settings).reply(&[Event::Briefed(briefing())]).await;
    (replied, server.requests(), notices)
}

fn call(arguments: &str, id: &str, name: &str) -> ToolCall {
    ToolCall { arguments: arguments.into(), id: id.into(), name: name.into() }
}

fn replied(text: &str, calls: Vec<ToolCall>) -> Event {
    let reply = Reply { calls, reasoning: Some("secretly".into()), text: text.into() };
    Event::Replied(Replied { exchange: None, reply, ..Replied::default() })
}

#[tokio::test]
async fn a_request_is_the_log_and_nothing_else() {
    let server = Server::start(vec![says("{}")]).await;
    let (settings, _) = settings(&server.host);
    let settings = ModelSettings { temperature: Some(0.7), ..settings };
    let events = [
        Event::Briefed(briefing()),
        replied("", vec![call("{\"z\": ", "c1", "shell"), call("{}", "c2", "look")]),
        step(Next::Observe, &[("c1", "not JSON"), ("c2", "é\n")]),
        replied("", vec![]),
        step(Next::Ask("Go on.".into()), &[]),
        replied("Looking.", vec![call("{}", "c3", "look")]),
        step(Next::Ask("And?".into()), &[("c3", "nothing")]),
    ];
    subject(settings).reply(&events).await.unwrap();
    let request = &server.requests()[0];
    let expected = concat!(
        r#"{"model":"org/m:1","messages":["#,
        r#"{"role":"system","content":"You run servers."},"#,
        r#"{"role":"user","content":"Do the \"work\"."},"#,
        r#"{"role":"assistant","content":null,"tool_calls":["#,
        r#"{"id":"c1","type":"function","function":{"name":"shell","arguments":"{\"z\": "}},"#,
        r#"{"id":"c2","type":"function","function":{"name":"look","arguments":"{}"}}]},"#,
        r#"{"role":"tool","content":"not JSON","tool_call_id":"c1"},"#,
        r#"{"role":"tool","content":"é\n","tool_call_id":"c2"},"#,
        r#"{"role":"assistant","content":""},"#,
        r#"{"role":"user","content":"Go on."},"#,
        r#"{"role":"assistant","content":"Looking.","tool_calls":["#,
        r#"{"id":"c3","type":"function","function":{"name":"look","arguments":"{}"}}]},"#,
        r#"{"role":"tool","content":"nothing","tool_call_id":"c3"},"#,
        r#"{"role":"user","content":"And?"}],"#,
        r#""tools":[{"type":"function","function":{"name":"shell","description":"Does shell.","#,
        r#""parameters":{"type":"object","required":["z","a"],"properties":{}}}},"#,
        r#"{"type":"function","function":{"name":"look","description":"Does look.","#,
        r#""parameters":{}}}],"#,
        r#""max_completion_tokens":4096,"temperature":0.7}"#,
    );
    assert_eq!(std::str::from_utf8(&request.body).unwrap(), expected);
    let mut head: Vec<&str> = request.head.split("\r\n").collect();
    head.sort_unstable();
    assert_eq!(
        head,
        [
            "POST /v1/chat/completions HTTP/1.1",
            "accept: */*",
            &format!("authorization: Bearer {KEY}"),
            &format!("content-length: {}", expected.len()),
            "content-type: application/json",
            &format!("host: {}", server.host),
            concat!("user-agent: kinship/", env!("CARGO_PKG_VERSION")),
        ]
    );
}

#[tokio::test]
async fn what_is_not_set_is_not_sent() {
    let server = Server::start(vec![says("{}")]).await;
    let (settings, _) = settings(&server.host);
    let settings = ModelSettings { key: None, tokens_field: TokensField::MaxTokens, ..settings };
    let briefing = record::event::Briefing { system: String::new(), tools: vec![], ..briefing() };
    subject(settings).reply(&[Event::Briefed(briefing)]).await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(
        std::str::from_utf8(&request.body).unwrap(),
        concat!(
            r#"{"model":"org/m:1","messages":[{"role":"system","content":""},"#,
            r#"{"role":"user","content":"Do the \"work\"."}],"max_tokens":4096}"#,
        )
    );
    assert!(!request.head.contains("authorization"), "{}", request.head);
}

#[tokio::test]
async fn an_answer_is_kept_with_its_exchange() {
    let message = r#"{"role":"assistant","content":"ok","reasoning_content":"hm","tool_calls":[
        {"id":"c1","type":"function","function":{"name":"shell","arguments":"{\"a\": oops"}},
        {"id":"c2","type":"function","function":{"name":"look","arguments":{"b":1}}}]}"#;
    let body = completion(message);
    let answers = vec![http("200 OK\r\nX-Request-Id: req-9", &body), http("200 OK", &body)];
    let server = Server::start(answers).await;
    let mut subject = subject(settings(&server.host).0);
    let events = [Event::Briefed(briefing())];
    let first = subject.reply(&events).await.unwrap();
    let second = subject.reply(&events).await.unwrap();
    let exchange = Exchange {
        cached_tokens: 0,
        carried: None,
        finish: "stop".into(),
        input_tokens: 11,
        model: "m-2026".into(),
        output_tokens: 7,
        request: Digest::of(&server.requests()[0].body),
        request_id: "req-9".into(),
        response: Digest::of(body.as_bytes()),
    };
    let reply = Reply {
        calls: vec![call("{\"a\": oops", "c1", "shell"), call("{\"b\":1}", "c2", "look")],
        reasoning: Some("hm".into()),
        text: "ok".into(),
    };
    assert_eq!(
        first,
        Replied { exchange: Some(exchange.clone()), reply: reply.clone(), ..Replied::default() }
    );
    let exchange = Exchange { request_id: "cmpl-1".into(), ..exchange };
    assert_eq!(second, Replied { exchange: Some(exchange), reply, ..Replied::default() });
}

#[tokio::test]
async fn an_empty_reply_is_a_reply() {
    for body in [
        completion(r#"{"role":"assistant","content":null}"#),
        completion(r#"{"role":"assistant","content":"","tool_calls":[]}"#),
        r#"{"choices":[{"message":{}}]}"#.to_owned(),
    ] {
        let (replied, requests, _) = ask(vec![http("200 OK", &body)]).await;
        assert_eq!(replied.unwrap().reply, Reply::default(), "{body}");
        assert_eq!(requests.len(), 1);
    }
}

/// Keeps the lines as they would stand on disk.
#[derive(Default)]
struct Lines(Vec<u8>);

#[async_trait]
impl EventLog for Lines {
    async fn append(&mut self, event: &Event) -> Result<(), Fault> {
        self.0.extend(event.to_line().unwrap());
        Ok(())
    }
}

fn opened(scenario: &Scenario) -> Opened {
    let trial = planned("w/control", 7);
    Opened {
        condition: trial.trial.cell.condition,
        limits: TrialLimits { output_bytes: 10_000, turns: 10 },
        scenario: scenario.reference().clone(),
        seed: trial.seed,
        trial: trial.trial,
        own_tools: false,
    }
}

#[tokio::test]
async fn a_trial_goes_on_in_the_middle_with_the_request_that_would_have_come() {
    let script = || (0..TURNS).map(|n| says(&format!("{{\"content\":\"turn {n}\"}}"))).collect();
    let scenario = scenario(&[]);
    let opened = opened(&scenario);
    let server = Server::start(script()).await;
    let mut whole = subject(settings(&server.host).0);
    let mut lines = Lines::default();
    let events = trial::run::run(&*scenario, &opened, &mut *whole, vec![], &mut lines).await;
    let events = events.unwrap();
    assert!(matches!(events.last(), Some(Event::Ended(ended)) if ended.ending == Ending::Finished));
    let asked: Vec<Vec<u8>> = server.requests().into_iter().map(|r| r.body).collect();
    assert_eq!(asked.len(), TURNS);

    // Killed after the first step: events 0 to 3 are on disk.
    let rest = script().into_iter().skip(1).collect();
    let server = Server::start(rest).await;
    let mut late = subject(settings(&server.host).0);
    let past = events[..4].to_vec();
    let again = trial::run::run(&*scenario, &opened, &mut *late, past, &mut Lines::default()).await;
    assert_eq!(again.unwrap(), events);
    let asked_late: Vec<Vec<u8>> = server.requests().into_iter().map(|r| r.body).collect();
    assert_eq!(asked_late, asked[1..]);
}

#[tokio::test]
async fn a_key_that_a_server_writes_back_reaches_no_log() {
    let everywhere = format!(
        r#"{{"id":"{KEY}","model":"{KEY}","choices":[{{"finish_reason":"{KEY}","message":{{
            "content":"the key is {KEY}!","reasoning":"{KEY}","tool_calls":[{{"id":"{KEY}",
            "function":{{"name":"{KEY}","arguments":"{{\"k\":\"{KEY}\"}}"}}}}]}}}}]}}"#
    );
    let refusal = format!("{{\"error\":{{\"message\":\"bad {KEY}\"}}}}");
    let answers = vec![
        http(&format!("200 OK\r\nx-request-id: {KEY}"), &everywhere),
        http("500 Oops", &refusal),
        http("400 Bad Request", &refusal),
    ];
    let server = Server::start(answers).await;
    let (settings, notices) = settings(&server.host);
    let scenario = scenario(&[]);
    let mut lines = Lines::default();
    let mut subject = subject(settings);
    let opened = opened(&scenario);
    let events = trial::run::run(&*scenario, &opened, &mut *subject, vec![], &mut lines).await;
    let log = String::from_utf8(lines.0).unwrap();
    assert!(log.contains("the key is [key]!") && log.contains("bad [key]"), "{log}");
    let shown = format!("{events:?} {:?} {log}", notices.lock().unwrap());
    assert!(!shown.contains(KEY) && !shown.contains("never-to-be-seen"), "{shown}");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn the_claim_states_what_is_sent_and_the_host_alone() {
    let (settings, _) = settings("models.example");
    let settings = ModelSettings {
        base_url: "https://models.example/private/v1".into(),
        temperature: Some(1.0),
        ..settings
    };
    let claim = source(settings).ok().unwrap().claim();
    assert_eq!(claim.spec, "openai:org/m:1");
    assert_eq!(claim.model, "org/m:1");
    assert!(claim.served.is_empty());
    assert_eq!(
        claim.settings,
        ["host=models.example", "max_completion_tokens=4096", "temperature=1.0"]
    );
}

#[tokio::test]
async fn a_proxy_that_was_given_is_used() {
    let server = Server::start(vec![says("{\"content\":\"by proxy\"}")]).await;
    let (settings, _) = settings("models.example");
    let settings = ModelSettings { proxy: Some(format!("http://{}", server.host)), ..settings };
    let replied = subject(settings).reply(&[Event::Briefed(briefing())]).await.unwrap();
    assert_eq!(replied.reply.text, "by proxy");
    let head = &server.requests()[0].head;
    assert!(head.starts_with("POST http://models.example/v1/chat/completions "), "{head}");
}
