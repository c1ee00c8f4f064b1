//! Servers that misbehave: each ends as an outcome of the subject, as an invalid trial or as a
//! matter of the operator, within its deadline, and never in a silent hang.

use crate::openai::{settings, subject};
use crate::scenario::briefing;
use crate::server::{Answer, Server, completion, http, says};
use flate2::Compression;
use flate2::write::GzEncoder;
use record::event::{Blame, Event, Replied};
use std::io::Write as _;
use std::time::Duration;
use subject::model::{ModelSettings, Retries};
use tokio::net::{TcpListener, TcpStream};
use trial::port::Fault;

/// How long one try may take where it is the time that ends it.
const SHORT: Duration = Duration::from_millis(400);

/// The same where something else should end it, on a slow machine too.
const LONG: Duration = Duration::from_secs(20);

/// What the time says.
const LATE: &str = "no whole answer within 0.4 s";

/// Two tries with so long for each.
fn hurried(host: &str, message: &str) -> ModelSettings {
    let settings = settings(host).0;
    let retries = Retries { attempts_max: 2, ..settings.retries };
    let request_timeout = if message == LATE { SHORT } else { LONG };
    ModelSettings { request_timeout, retries, ..settings }
}

/// A call in all: two tries, a wait, and room for a slow machine.
fn deadline(settings: &ModelSettings) -> Duration {
    2 * settings.request_timeout + Duration::from_secs(10)
}

/// The reply of a server that does the same at each try.
async fn reply(answer: impl Fn() -> Answer, message: &str) -> (Result<Replied, Fault>, usize) {
    let server = Server::start(vec![answer(), answer()]).await;
    let settings = hurried(&server.host, message);
    let deadline = deadline(&settings);
    let mut subject = subject(settings);
    let events = [Event::Briefed(briefing())];
    let replied = tokio::time::timeout(deadline, subject.reply(&events)).await;
    (replied.expect("the call has a deadline"), server.requests().len())
}

/// Every try fails, and the trial becomes invalid with this message.
async fn invalid(answer: impl Fn() -> Answer, message: &str) {
    let (replied, tries) = reply(answer, message).await;
    let fault = replied.expect_err(message);
    assert!(fault.message.contains(message), "{fault}, expected {message}");
    assert_eq!((fault.blame, fault.parks, tries), (Blame::Provider, false, 2), "{fault}");
    assert!(fault.invalidates());
}

fn raw(text: impl Into<Vec<u8>>) -> Answer {
    Answer::Raw(text.into())
}

#[tokio::test]
async fn a_burst_of_429_passes_and_one_without_end_makes_the_trial_invalid() {
    let burst = || http("429 Slow\r\nretry-after: 0", "slow");
    let mut script: Vec<Answer> = (0..30).map(|_| burst()).collect();
    script.push(says(r#"{"content":"at last"}"#));
    let server = Server::start(script).await;
    let settings = settings(&server.host).0;
    let retries = Retries {
        attempts_max: 100,
        deadline: Duration::from_secs(3600),
        first_wait: Duration::from_millis(1),
    };
    // Without the growing waits between, which other tests hold to their lengths.
    let gate = std::sync::Arc::new(Hasty);
    let mut patient = subject(ModelSettings { gate, retries, ..settings });
    let replied = patient.reply(&[Event::Briefed(briefing())]).await.unwrap();
    assert_eq!((replied.reply.text.as_str(), server.requests().len()), ("at last", 31));

    invalid(burst, "2 tries failed, the last with: 429: slow").await;
}

/// A gate that waits not at all.
struct Hasty;

#[async_trait::async_trait]
impl trial::port::Gate for Hasty {
    async fn enter(
        &self,
        size: trial::port::CallSize,
    ) -> Result<Box<dyn trial::port::Pass>, Fault> {
        subject::model::OpenGate.enter(size).await
    }

    async fn rest(&self, _: Duration, _: bool) {}
}

#[tokio::test]
async fn what_never_becomes_an_answer_makes_the_trial_invalid() {
    let no_json = "200, but no chat completion (not JSON: ";
    invalid(|| http("500 Oops", "<h1>Oops</h1>"), "500: <h1>Oops</h1>").await;
    invalid(|| Answer::Silence, LATE).await;
    invalid(|| http("200 OK", "<html>Welcome</html>"), no_json).await;
    invalid(|| http("200 OK", ""), no_json).await;
    invalid(|| http("204 Nothing", ""), "204, but no chat completion (not JSON: ").await;
    invalid(|| http("200 OK", r#"{"choices":[{"mess"#), no_json).await;
    invalid(|| http("200 OK", r#"{"ok":true}"#), "200, but no chat completion (no choices)").await;
    invalid(|| http("200 OK", "[1,2,3]"), "200, but no chat completion (no choices)").await;
    invalid(|| raw(""), "the connection broke: ").await;
    invalid(|| raw("SSH-2.0-OpenSSH_9.6\r\n"), "the connection broke: ").await;
}

#[tokio::test]
async fn a_drip_is_cut_off_by_the_time_of_the_whole_answer() {
    // A byte every 5 ms: each comes soon, and the last after 5 s.
    let body = completion(&format!(r#"{{"content":"{}"}}"#, "x".repeat(900)));
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let body = || Answer::Drip(head.clone().into_bytes(), body.clone().into_bytes());
    invalid(body, LATE).await;
    let slow_head = format!("HTTP/1.1 200 OK\r\nx-pad: {}", "x".repeat(900));
    let head = || Answer::Drip(Vec::new(), slow_head.clone().into_bytes());
    invalid(head, LATE).await;
}

#[tokio::test]
async fn a_body_that_is_not_as_long_as_it_says_makes_the_trial_invalid() {
    let whole = completion(r#"{"content":"a"}"#);
    let cut = &whole[..whole.len() / 2];
    let length = whole.len();
    invalid(
        || raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{cut}")),
        "the connection broke: ",
    )
    .await;
    // Less than there is: the rest is not read, and half a body is no answer.
    let half = length / 2;
    invalid(
        || raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {half}\r\n\r\n{whole}")),
        "200, but no chat completion (not JSON: ",
    )
    .await;
    for wrong in ["-1", "many", "18446744073709551616"] {
        invalid(
            || raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {wrong}\r\n\r\n{whole}")),
            "the connection broke: ",
        )
        .await;
    }
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    invalid(|| raw(format!("{chunks}5\r\n{{\"cho\r\n")), "the connection broke: ").await;
    invalid(|| raw(format!("{chunks}zz\r\n{whole}")), "the connection broke: ").await;
}

#[tokio::test]
async fn a_gzip_bomb_is_not_unpacked() {
    // Packing is not asked for, so what comes packed is no answer, whatever is in it: here a whole
    // completion, with 100 MB of blanks behind it.
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(completion(r#"{"content":"a"}"#).as_bytes()).unwrap();
    for _ in 0..100 {
        packer.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let packed = packer.finish().unwrap();
    assert!(packed.len() < 200_000, "{}", packed.len());
    let bomb = || {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            packed.len()
        );
        raw([head.into_bytes(), packed.clone()].concat())
    };
    invalid(bomb, "200, but no chat completion (not JSON: ").await;
    let server = Server::start(vec![says(r#"{"content":"a"}"#)]).await;
    let mut subject = subject(hurried(&server.host, ""));
    subject.reply(&[Event::Briefed(briefing())]).await.unwrap();
    let head = server.requests()[0].head.to_lowercase();
    assert!(!head.contains("accept-encoding"), "{head}");
}

#[tokio::test]
async fn another_model_and_an_empty_reply_are_outcomes_that_the_record_shows() {
    let other = completion(r#"{"content":"hi"}"#).replace("m-2026", "cheaper-model");
    let (replied, tries) = reply(|| http("200 OK", &other), "").await;
    let replied = replied.unwrap();
    assert_eq!((replied.exchange.unwrap().model.as_str(), tries), ("cheaper-model", 1));
    let (replied, tries) = reply(|| says("{}"), "").await;
    assert_eq!((replied.unwrap().reply.text.as_str(), tries), ("", 1));
    let early = format!(
        "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 \
         OK\r\nconnection: close\r\n\r\n{}",
        completion(r#"{"content":"after"}"#)
    );
    let (replied, tries) = reply(|| raw(early.clone()), "").await;
    assert_eq!((replied.unwrap().reply.text.as_str(), tries), ("after", 1));
}

/// A server that writes `start` and then `piece` for ever, to every connection.
async fn endless(start: &'static str, piece: Vec<u8>, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pour(stream, start, piece.clone(), pause));
        }
    });
    host
}

/// Until the client goes, which is what is tested.
async fn pour(
    mut stream: TcpStream,
    start: &'static str,
    piece: Vec<u8>,
    pause: Duration,
) -> std::io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let _some = stream.read(&mut [0; 65_536]).await?;
    stream.write_all(start.as_bytes()).await?;
    loop {
        stream.write_all(&piece).await?;
        tokio::time::sleep(pause).await;
    }
}

async fn ends(host: &str, message: &str) {
    let settings = hurried(host, message);
    let deadline = deadline(&settings);
    let mut subject = subject(settings);
    let events = [Event::Briefed(briefing())];
    let replied = tokio::time::timeout(deadline, subject.reply(&events)).await;
    let fault = replied.expect("the call has a deadline").expect_err(message);
    assert!(fault.message.contains(message), "{fault}, expected {message}");
    assert_eq!(fault.blame, Blame::Provider, "{fault}");
}

#[tokio::test]
async fn what_has_no_end_is_ended_here() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = |bytes: usize| format!("{bytes:x}\r\n{}\r\n", "x".repeat(bytes)).into_bytes();
    let pause = Duration::from_millis(20);
    ends(&endless(chunked, chunk(1), pause).await, LATE).await;
    // Fast enough to be too long before it is too late, on any machine.
    let long = "the answer is longer than 3145728 bytes";
    ends(&endless(chunked, chunk(4 << 20), Duration::ZERO).await, long).await;
    let hint = b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec();
    ends(&endless("", hint, pause).await, LATE).await;
    let field = format!("x-pad: {}\r\n", "x".repeat(1000)).repeat(100).into_bytes();
    ends(&endless("HTTP/1.1 200 OK\r\n", field, Duration::ZERO).await, "the connection broke: ")
        .await;
    // The body of an error is read to a limit and no further; its status says what to do.
    let busy = "HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\n";
    ends(&endless(busy, chunk(64 << 10), Duration::ZERO).await, "503: xxx").await;
}

#[tokio::test]
async fn a_key_that_is_revoked_in_the_middle_stops_the_run_and_loses_no_trial() {
    let revoked = http("401 No", r#"{"error":{"message":"revoked"}}"#);
    let script = vec![says(r#"{"content":"a"}"#), http("500 Oops", ""), revoked];
    let server = Server::start(script).await;
    let mut subject = subject(hurried(&server.host, ""));
    let events = [Event::Briefed(briefing())];
    subject.reply(&events).await.unwrap();
    let fault = subject.reply(&events).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Setup);
    assert!(!fault.invalidates());
    assert!(fault.message.ends_with("set THE_KEY and run the same command again"), "{fault}");
}
