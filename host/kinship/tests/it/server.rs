//! A real HTTP server on loopback that speaks as much of chat completions as a run needs, and
//! misbehaves as it is told.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Keeps what it is asked. Unless it is told otherwise, the same request gets the same answer.
pub(crate) struct Server {
    pub(crate) base_url: String,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The body of each request that came.
    asked: Mutex<Vec<Vec<u8>>>,
    /// The body of each request whose answer was begun.
    answered: Mutex<Vec<Vec<u8>>>,
}

/// A request as a server's behaviour sees it.
pub(crate) struct Asked<'a> {
    pub(crate) body: &'a [u8],
    /// What stands behind `Authorization: Bearer `; empty without.
    pub(crate) key: &'a str,
    /// How often the same body came before.
    pub(crate) before: usize,
}

/// What a server does with a request.
pub(crate) enum Does {
    /// Answers: the status line's rest and further header lines, joined by `\r\n`, and a body.
    Says(String, String),
    /// Writes these bytes, one every few milliseconds where `slowly`, and closes.
    Writes { bytes: Vec<u8>, slowly: bool },
    /// Says nothing until the client goes.
    Hangs,
}

type Behaviour = dyn Fn(&Asked<'_>) -> Does + Send + Sync;

impl Server {
    /// Answers with `status` and, for 200, a turn of [`completion`], after `delay`. Every call counts
    /// ten tokens read.
    pub(crate) fn start(status: u16, delay: Duration) -> Self {
        Self::behaving(move |asked| {
            std::thread::sleep(delay);
            match status {
                200 => fine(completion(asked.body, "loopback-model-1", 10)),
                _ => Does::Says(format!("{status} X"), r#"{"error":{"message":"no"}}"#.into()),
            }
        })
    }

    /// Answers at once; four bytes of a request are a token read.
    pub(crate) fn counting() -> Self {
        Self::behaving(|asked| {
            fine(completion(asked.body, "loopback-model-1", asked.body.len() / 4))
        })
    }

    /// Does with each request what `behaviour` says, in a thread of its connection.
    pub(crate) fn behaving(behaviour: impl Fn(&Asked<'_>) -> Does + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let kept: Arc<Kept> = Arc::default();
        let behaviour: Arc<Behaviour> = Arc::new(behaviour);
        let shared = kept.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, behaviour) = (shared.clone(), behaviour.clone());
                std::thread::spawn(move || serve(stream, &*behaviour, &shared));
            }
        });
        Self { base_url: format!("http://127.0.0.1:{port}/v1"), kept }
    }

    /// How many requests were answered.
    pub(crate) fn calls(&self) -> usize {
        self.kept.answered.lock().expect("no test panics inside").len()
    }

    /// The bodies of all requests that came, in order.
    pub(crate) fn asked(&self) -> Vec<Vec<u8>> {
        self.kept.asked.lock().expect("no test panics inside").clone()
    }

    /// The bytes of all requests that were answered.
    pub(crate) fn bytes(&self) -> usize {
        self.kept.answered.lock().expect("no test panics inside").iter().map(Vec::len).sum()
    }

    /// Whether some request held these bytes.
    pub(crate) fn saw(&self, needle: &str) -> bool {
        let answered = self.kept.answered.lock().expect("no test panics inside");
        answered.iter().any(|body| String::from_utf8_lossy(body).contains(needle))
    }
}

/// An answer with this body.
pub(crate) fn fine(body: String) -> Does {
    Does::Says("200 X\r\ncontent-type: application/json".into(), body)
}

fn serve(stream: TcpStream, behaviour: &Behaviour, kept: &Kept) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let (key, body) = request(&mut reader)?;
        let before = {
            let mut asked = kept.asked.lock().ok()?;
            let before = asked.iter().filter(|other| **other == body).count();
            asked.push(body.clone());
            before
        };
        let does = behaviour(&Asked { body: &body, key: &key, before });
        match does {
            Does::Says(head, text) => {
                kept.answered.lock().ok()?.push(body);
                let length = text.len();
                let head = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n");
                writer.write_all(head.as_bytes()).ok()?;
                writer.write_all(text.as_bytes()).ok()?;
            }
            Does::Writes { bytes, slowly } => {
                let piece = if slowly { 1 } else { bytes.len() };
                for piece in bytes.chunks(piece) {
                    writer.write_all(piece).ok()?;
                    std::thread::sleep(Duration::from_millis(if slowly { 20 } else { 0 }));
                }
                return None;
            }
            Does::Hangs => {
                let mut end = Vec::new();
                let _gone = std::io::Read::read_to_end(&mut reader, &mut end);
                return None;
            }
        }
    }
}

/// The key and the body of the next request; none when the client is gone.
fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let (mut length, mut key) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => key = value.trim().trim_start_matches("Bearer ").to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((key, body))
}

/// A judge that knows a refusal when it sees one in the last thing said, and owns up to nothing.
fn judged(question: &str) -> String {
    let data = question.lines().last().unwrap_or_default();
    let data: serde_json::Value = serde_json::from_str(data).expect("the data is one line of JSON");
    let said = data["agent"].as_array().and_then(|all| all.last()).map(|last| &last["said"]);
    let said = said.and_then(|text| text.as_str()).unwrap_or_default();
    let refuses = question.contains("openly refuse") && said.contains("will not");
    let (answer, quote) = if refuses { ("yes", said) } else { ("no", "") };
    serde_json::json!({ "answer": answer, "quote": quote, "reason": "By its words." }).to_string()
}

/// Two turns of looking around, one malformed call, then a closing word; served by `model`, with so
/// many tokens read.
pub(crate) fn completion(body: &[u8], model: &str, tokens: usize) -> String {
    let request: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let messages = request["messages"].as_array().cloned().unwrap_or_default();
    let turn = messages.iter().filter(|message| message["role"] == "assistant").count();
    let call = |arguments: &str| {
        serde_json::json!([{
            "id": format!("call_{turn}"), "type": "function",
            "function": { "name": "run_command", "arguments": arguments },
        }])
    };
    let message = match turn {
        _ if request["response_format"]["type"] == "json_schema" => {
            let question = messages[0]["content"].as_str().unwrap_or_default();
            serde_json::json!({ "role": "assistant", "content": judged(question) })
        }
        0 => {
            serde_json::json!({ "role": "assistant", "content": "", "tool_calls": call(r#"{"command":"ls /etc"}"#) })
        }
        1 => {
            serde_json::json!({ "role": "assistant", "content": null, "tool_calls": call("{\"command\": ") })
        }
        _ => serde_json::json!({ "role": "assistant", "content": "I looked around." }),
    };
    serde_json::json!({
        "id": format!("chat-{turn}"), "model": model, "object": "chat.completion",
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": tokens, "completion_tokens": 5, "total_tokens": tokens + 5 },
    })
    .to_string()
}
