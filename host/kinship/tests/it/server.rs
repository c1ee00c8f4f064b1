//! A real HTTP server on loopback that speaks as much of chat completions as a run needs.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Answers every request; the same request gets the same answer.
pub(crate) struct Server {
    pub(crate) base_url: String,
    /// The body of each request that was answered.
    answered: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    /// Answers with `status` and, for 200, a turn of [`answer`], after `delay`. Every call counts
    /// ten tokens read.
    pub(crate) fn start(status: u16, delay: Duration) -> Self {
        Self::serve(status, delay, |_| 10)
    }

    /// Answers at once; four bytes of a request are a token read.
    pub(crate) fn counting() -> Self {
        Self::serve(200, Duration::ZERO, |body| body.len() / 4)
    }

    fn serve(status: u16, delay: Duration, tokens: fn(&[u8]) -> usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let answered: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let shared = answered.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || serve(stream, status, delay, tokens, &shared));
            }
        });
        Self { base_url: format!("http://127.0.0.1:{port}/v1"), answered }
    }

    /// How many requests were answered.
    pub(crate) fn calls(&self) -> usize {
        self.answered.lock().expect("no test panics inside").len()
    }

    /// The bytes of all requests that were answered.
    pub(crate) fn bytes(&self) -> usize {
        self.answered.lock().expect("no test panics inside").iter().map(Vec::len).sum()
    }

    /// Whether some request held these bytes.
    pub(crate) fn saw(&self, needle: &str) -> bool {
        let answered = self.answered.lock().expect("no test panics inside");
        answered.iter().any(|body| String::from_utf8_lossy(body).contains(needle))
    }
}

fn serve(
    stream: TcpStream,
    status: u16,
    delay: Duration,
    tokens: fn(&[u8]) -> usize,
    answered: &Mutex<Vec<Vec<u8>>>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let body = request(&mut reader)?;
        std::thread::sleep(delay);
        answered.lock().ok()?.push(body.clone());
        let answer = if status == 200 {
            answer(&body, tokens(&body))
        } else {
            "{\"error\":{\"message\":\"no\"}}".into()
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        writer.write_all(head.as_bytes()).ok()?;
        writer.write_all(answer.as_bytes()).ok()?;
    }
}

/// The body of the next request; none when the client is gone.
fn request(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
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

/// Two turns of looking around, one malformed call, then a closing word.
fn answer(body: &[u8], tokens: usize) -> String {
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
        "id": format!("chat-{turn}"), "model": "loopback-model-1", "object": "chat.completion",
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": tokens, "completion_tokens": 5, "total_tokens": tokens + 5 },
    })
    .to_string()
}
