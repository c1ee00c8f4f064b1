//! The host's end of the Agent Client Protocol, version 1: it opens one session and prompts in it.
//! <https://agentclientprotocol.com/protocol/v1/overview>
//!
//! Why this protocol and not each harness's own way to run a task from the command line, which was
//! tried too: one driver serves all; the user's further messages go into the same session; the
//! world's tools are offered without a configuration file; the end of a turn is told with its reason.
//! What it loses: a harness takes itself for one that an editor drives, so its own prompt has
//! a few other sentences than in a terminal.
//!
//! Why without the crate agent-client-protocol, whose 5.2 was tried: it turns on the feature
//! `preserve_order` of serde_json for the whole program, and with it the order of members in every
//! JSON object that Kinship writes, requests and exports included. What is used of the protocol are
//! three requests and one answer, a line each.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, WriteHalf, split};
use tokio::sync::mpsc;

/// The version that is spoken. An agent that knows only others says so.
const VERSION: u64 = 1;
/// JSON-RPC 2.0, section 5.1: the method does not exist.
const METHOD_NOT_FOUND: i64 = -32_601;
/// Longest word of a harness's that is passed on, in characters.
const SAID_CHARS_MAX: usize = 300;

/// A session under way. Dropped, it ends.
pub(super) struct Session {
    done: mpsc::Receiver<Result<(), String>>,
    prompts: mpsc::Sender<String>,
    task: tokio::task::JoinHandle<()>,
}

/// The program by which a harness reaches the tools of the world.
pub(super) struct Relay<'a> {
    /// The server's name.
    pub(super) name: &'a str,
    /// The program, in the cage.
    pub(super) program: &'a str,
}

impl Session {
    /// Speaks over a harness's standard input and output, whose lines are bounded.
    pub(super) fn open(stdio: DuplexStream, directory: &str, relay: Option<Relay<'_>>) -> Self {
        let server = |Relay { name, program }| json!({"name": name, "command": program, "args": [], "env": []});
        let servers: Vec<Value> = relay.map(server).into_iter().collect();
        let session = json!({"cwd": directory, "mcpServers": servers});
        let (prompts, mut texts) = mpsc::channel::<String>(1);
        let (tell, done) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            let (from, to) = split(stdio);
            let mut talk = Talk { lines: BufReader::new(from).lines(), requests: 0, to };
            let id = match talk.begin(session).await {
                Ok(id) => id,
                Err(error) => {
                    // Nobody may be left who wants to know; so below.
                    let _gone = tell.send(Err(error)).await;
                    return;
                }
            };
            while let Some(text) = texts.recv().await {
                let prompt = json!([{"type": "text", "text": text}]);
                let asked = json!({"sessionId": id, "prompt": prompt});
                let ended = talk.request("session/prompt", asked).await.map(drop);
                if tell.send(ended).await.is_err() {
                    return;
                }
            }
        });
        Self { done, prompts, task }
    }

    /// Gives the agent a message of the user. Its turn ends with [`Self::done`].
    pub(super) async fn prompt(&self, text: String) {
        // An agent that is gone is told of there.
        let _gone = self.prompts.send(text).await;
    }

    /// The end of the agent's turn: nothing when it ended by itself, whatever its reason, or what
    /// failed.
    pub(super) async fn done(&mut self) -> Result<(), String> {
        self.done.recv().await.unwrap_or_else(|| Err("the session ended".to_owned()))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// JSON-RPC 2.0, a line a message.
struct Talk {
    lines: tokio::io::Lines<BufReader<tokio::io::ReadHalf<DuplexStream>>>,
    requests: u64,
    to: WriteHalf<DuplexStream>,
}

impl Talk {
    /// The id of a new session.
    async fn begin(&mut self, session: Value) -> Result<String, String> {
        // No file system and no terminal of a client's: the harness uses its own.
        let hello = json!({
            "protocolVersion": VERSION,
            "clientCapabilities": {
                "fs": {"readTextFile": false, "writeTextFile": false},
                "terminal": false
            }
        });
        let spoken = self.request("initialize", hello).await?;
        let version = spoken.get("protocolVersion").and_then(Value::as_u64);
        if version != Some(VERSION) {
            return Err(format!("it speaks version {version:?} of the protocol, not {VERSION}"));
        }
        let opened = self.request("session/new", session).await?;
        let id = opened.get("sessionId").and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| "it opened a session without an id".to_owned())
    }

    /// Sends a request and waits for its answer. What the agent asks meanwhile is answered.
    async fn request(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.requests += 1;
        let id = self.requests;
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.send(&request).await?;
        loop {
            let line = self.lines.next_line().await.map_err(|error| error.to_string())?;
            let line = line.ok_or_else(|| "it closed its output".to_owned())?;
            // A program may print what is no message; the next line may be one.
            let Ok(mut message) = serde_json::from_str::<Value>(&line) else { continue };
            let is_answer = message.get("method").is_none();
            if is_answer && message.get("id").and_then(Value::as_u64) == Some(id) {
                return match message.get("error") {
                    Some(error) => Err(said(error)),
                    None => Ok(message["result"].take()),
                };
            }
            // Notifications tell what the agent shows its user, which is in the events already.
            if !is_answer && message.get("id").is_some_and(|id| !id.is_null()) {
                let answer = answer(&message);
                self.send(&answer).await?;
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<(), String> {
        let line = format!("{message}\n");
        let sent = self.to.write_all(line.as_bytes()).await;
        sent.map_err(|error| error.to_string())
    }
}

/// The answer to a request of the agent's. Everything is permitted, once: what it does, it does in the
/// cage. Nothing else is offered.
fn answer(request: &Value) -> Value {
    let id = &request["id"];
    if request["method"] != "session/request_permission" {
        let error = json!({"code": METHOD_NOT_FOUND, "message": "Method not found"});
        return json!({"jsonrpc": "2.0", "id": id, "error": error});
    }
    let options = request.pointer("/params/options").and_then(Value::as_array);
    let of = |kind: &str| {
        let option = options.into_iter().flatten().find(|option| option["kind"] == kind)?;
        option.get("optionId").cloned()
    };
    let outcome = match of("allow_once").or_else(|| of("allow_always")) {
        Some(option) => json!({"outcome": "selected", "optionId": option}),
        None => json!({"outcome": "cancelled"}),
    };
    json!({"jsonrpc": "2.0", "id": id, "result": {"outcome": outcome}})
}

/// What went wrong, in one line: it is the harness's word.
fn said(error: &Value) -> String {
    let message = error.get("message").and_then(Value::as_str).unwrap_or("an error without a word");
    let details = error.pointer("/data/details").and_then(Value::as_str).unwrap_or_default();
    let text = format!("{message} {details}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(SAID_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::duplex;

    /// An agent that answers each of the host's requests with the next of `answers`, after asking
    /// for a permission and for something that there is not.
    async fn agent(stdio: DuplexStream, answers: Vec<Value>) -> Vec<Value> {
        let (from, mut to) = split(stdio);
        let mut lines = BufReader::new(from).lines();
        let mut heard = Vec::new();
        if answers.is_empty() {
            lines.next_line().await.unwrap();
        }
        for mut answer in answers {
            let line = lines.next_line().await.unwrap().unwrap();
            let request: Value = serde_json::from_str(&line).unwrap();
            answer["id"] = request["id"].clone();
            heard.push(request);
            let option = |kind: &str| json!({"kind": kind, "optionId": kind});
            let options = [option("reject_once"), option("allow_always"), option("allow_once")];
            let permission = json!({
                "id": 7, "method": "session/request_permission", "params": {"options": options}
            });
            for line in [
                "a banner".to_owned(),
                json!({"method": "session/update", "params": {}}).to_string(),
                permission.to_string(),
                json!({"id": "x", "method": "fs/read_text_file"}).to_string(),
                answer.to_string(),
            ] {
                to.write_all(format!("{line}\n").as_bytes()).await.unwrap();
            }
            for _ in 0..2 {
                let line = lines.next_line().await.unwrap().unwrap();
                heard.push(serde_json::from_str(&line).unwrap());
            }
        }
        heard
    }

    #[tokio::test]
    async fn a_session_is_opened_prompted_twice_and_permits_everything_once() {
        let (host, cage) = duplex(1 << 16);
        let answers = vec![
            json!({"result": {"protocolVersion": 1}}),
            json!({"result": {"sessionId": "s"}}),
            json!({"result": {"stopReason": "end_turn"}}),
            json!({"error": {"message": "no model", "data": {"details": "400\n today"}}}),
        ];
        let agent = tokio::spawn(agent(cage, answers));
        let relay = Relay { name: "notes", program: "/usr/bin/x" };
        let mut session = Session::open(host, "/home/a", Some(relay));
        session.prompt("one".into()).await;
        assert_eq!(session.done().await, Ok(()));
        session.prompt("two".into()).await;
        assert_eq!(session.done().await, Err("no model 400 today".into()));
        let heard = agent.await.unwrap();
        let methods: Vec<&Value> = heard.iter().step_by(3).map(|one| &one["method"]).collect();
        assert_eq!(methods, ["initialize", "session/new", "session/prompt", "session/prompt"]);
        assert_eq!(
            heard[3]["params"],
            json!({"cwd": "/home/a", "mcpServers": [
                {"name": "notes", "command": "/usr/bin/x", "args": [], "env": []}
            ]})
        );
        assert_eq!(heard[9]["params"]["prompt"], json!([{"type": "text", "text": "two"}]));
        let permitted = json!({"outcome": "selected", "optionId": "allow_once"});
        assert_eq!(heard[1]["result"]["outcome"], permitted);
        assert_eq!(heard[2]["error"]["code"], METHOD_NOT_FOUND);
    }

    #[tokio::test]
    async fn an_agent_of_another_version_or_none_is_told_of() {
        for (answers, message) in [
            (
                vec![json!({"result": {"protocolVersion": 2}})],
                "it speaks version Some(2) of the protocol, not 1",
            ),
            (vec![], "it closed its output"),
        ] {
            let (host, cage) = duplex(1 << 16);
            let agent = tokio::spawn(agent(cage, answers));
            let mut session = Session::open(host, "/", None);
            assert_eq!(session.done().await, Err(message.to_owned()));
            agent.await.unwrap();
        }
    }
}
