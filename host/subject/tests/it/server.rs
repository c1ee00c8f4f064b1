//! A real HTTP server on the loopback interface. It answers each connection with the next line of
//! its script and keeps what it was sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// What the server does with one request.
pub(crate) enum Answer {
    /// Writes these bytes and closes.
    Raw(Vec<u8>),
    /// Writes the first bytes, then one of the others every few milliseconds.
    Drip(Vec<u8>, Vec<u8>),
    /// Says nothing until the client goes.
    Silence,
}

/// What the server was sent.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Instant,
}

pub(crate) struct Server {
    pub(crate) host: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// A whole response. `head` holds the status and further header lines, joined by `\r\n`.
pub(crate) fn http(head: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Raw(
        format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .into_bytes(),
    )
}

/// A chat completion with this message.
pub(crate) fn says(message: &str) -> Answer {
    http("200 OK", &completion(message))
}

pub(crate) fn completion(message: &str) -> String {
    format!(
        r#"{{"id":"cmpl-1","model":"m-2026","choices":[{{"index":0,"message":{message},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":11,"completion_tokens":7}}}}"#
    )
}

impl Server {
    pub(crate) async fn start(script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            for answer in script {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read(&mut stream).await;
                kept.lock().unwrap().push(request);
                // A client may be gone before its answer is written: that is part of the tests.
                tokio::spawn(async move { write(&mut stream, answer).await });
            }
        });
        Self { host, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Request {
    let mut bytes = Vec::new();
    loop {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "the client went in the middle");
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
        // A request without a body says nothing of its length.
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        if bytes.len() == end + 4 + length {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            return Request { head, body: bytes[end + 4..].to_vec(), at: Instant::now() };
        }
    }
}

async fn write(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    match answer {
        Answer::Raw(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Answer::Drip(start, rest) => {
            stream.write_all(&start).await?;
            for byte in rest {
                tokio::time::sleep(Duration::from_millis(5)).await;
                stream.write_all(&[byte]).await?;
            }
            stream.shutdown().await
        }
        Answer::Silence => stream.read(&mut [0; 1]).await.map(|_| ()),
    }
}
