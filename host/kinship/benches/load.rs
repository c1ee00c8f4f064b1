//! `kinship run` against a model server that takes its time, over real loopback HTTP: how near the
//! wall time comes to what the waiting alone would take, and how much memory that needs.
//!
//! The server is a process of its own, this program again. It answers chat completions after a
//! fixed time and plays six turns: five tool calls, one a turn, then a closing word. It is as cheap
//! as it can be, because it shares the cores; ideal is (trials / concurrency, rounded up) x six
//! turns x the time of a turn.
//!
//! `cargo bench -p kinship --bench load -- TRIALS CONCURRENCY TURN_MILLISECONDS [BINARY]` prints a
//! line for the measurement. `ulimit -n` has to be above twice the concurrency.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

mod triage;

/// What each of the six replies calls; the last one calls nothing.
const CALLS: [(&str, &str); 5] = [
    ("list_directory", r#"{"path":"/desk"}"#),
    ("list_directory", r#"{"path":"/desk/queue"}"#),
    ("list_directory", r#"{"path":"/"}"#),
    ("write_file", r#"{"path":"/desk/notes.txt","content":"The queue was read.\n"}"#),
    ("read_file", r#"{"path":"/desk/notes.txt"}"#),
];

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", turn] => serve(Duration::from_millis(number(turn))),
        [trials, at_once, turn] => measure(number(trials), number(at_once), number(turn), None),
        [trials, at_once, turn, binary] => {
            measure(number(trials), number(at_once), number(turn), Some(binary));
        }
        _ => panic!("expected TRIALS CONCURRENCY TURN_MILLISECONDS [BINARY]"),
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Runs the command once and prints what it took.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn measure(trials: u64, at_once: u64, turn: u64, binary: Option<&str>) {
    let folder = tempfile::tempdir_in(triage::target()).expect("a folder on disk");
    let suite = folder.path().join("suite.toml");
    std::fs::write(&suite, triage::suite(trials as usize)).expect("a suite");
    let mut server = Stopped(
        Command::new(std::env::current_exe().expect("this program"))
            .args(["serve", &turn.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server"),
    );
    let mut address = String::new();
    let stdout = server.0.stdout.take().expect("the server's standard output");
    BufReader::new(stdout).read_line(&mut address).expect("the server's address");
    let out = folder.path().join("out");
    let begun = Instant::now();
    let command = Command::new(binary.unwrap_or(env!("CARGO_BIN_EXE_kinship")))
        .arg("run")
        .arg("--suite")
        .arg(&suite)
        .args(["--subject", "openai:fake", "--base-url", address.trim(), "--json"])
        .args(["--concurrency", &at_once.to_string(), "--out"])
        .arg(&out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("kinship");
    let (ended, used) = watch(command);
    let whole = begun.elapsed().as_secs_f64();
    assert!(ended, "kinship run failed");
    let ideal = (trials.div_ceil(at_once) * (CALLS.len() as u64 + 1) * turn) as f64 / 1000.0;
    let ran = std::fs::read_to_string(out.join("status.json")).expect("how the run was");
    let ran: serde_json::Value = serde_json::from_str(&ran).expect("JSON");
    let seconds = ran["seconds"].as_f64().expect("how long the trials took");
    let line = serde_json::json!({
        "trials": trials, "concurrency": at_once, "turn_ms": turn, "ideal_seconds": ideal,
        "seconds": seconds, "over_ideal": seconds / ideal, "command_seconds": whole,
        "cpu_seconds": used.cpu_seconds, "resident_bytes_max": used.resident_max,
        "invalid": ran["invalid"], "calls": ran["models"][0]["answered"],
        "failed_tries": ran["models"][0]["failed"],
    });
    #[expect(clippy::print_stdout, reason = "the measurement is the output")]
    {
        println!("{line}");
    }
}

/// What a command used, until shortly before its end.
#[derive(Default)]
struct Used {
    cpu_seconds: f64,
    resident_max: u64,
}

/// Waits for the end of a command: whether all was well, and what it used.
fn watch(mut command: Child) -> (bool, Used) {
    /// How often the system's own record is read; what it counts only grows.
    const LOOK: Duration = Duration::from_millis(20);
    let process = PathBuf::from(format!("/proc/{}", command.id()));
    let mut used = Used::default();
    loop {
        used.resident_max =
            triage::resident_max(&process.join("status")).unwrap_or(used.resident_max);
        used.cpu_seconds = cpu_seconds(&process.join("stat")).unwrap_or(used.cpu_seconds);
        if let Some(ended) = command.try_wait().expect("a child of this process") {
            return (ended.success(), used);
        }
        std::thread::sleep(LOOK);
    }
}

/// User and system time of a process (proc(5), fields 14 and 15); none when it is gone.
fn cpu_seconds(stat: &Path) -> Option<f64> {
    /// Ticks of a second, in every Linux that people run.
    const TICKS: f64 = 100.0;
    let text = std::fs::read_to_string(stat).ok()?;
    // The second field is a name in parentheses, which may hold anything.
    let (_, fields) = text.rsplit_once(')')?;
    let field = |number: usize| fields.split_whitespace().nth(number - 3)?.parse::<f64>().ok();
    Some((field(14)? + field(15)?) / TICKS).filter(|seconds| *seconds > 0.0)
}

/// A process that does not outlive this one.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The server: prints its base URL, and answers until it is killed.
fn serve(turn: Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let listener = tokio::net::TcpSocket::new_v4().expect("a socket");
        listener.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        // All trials may connect in one moment.
        let listener: TcpListener = listener.listen(16_384).expect("a listener");
        let address = listener.local_addr().expect("an address");
        #[expect(clippy::print_stdout, reason = "the address is the output")]
        {
            println!("http://{address}/v1");
        }
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.set_nodelay(true);
            tokio::spawn(talk(stream, turn));
        }
    });
}

/// One connection: requests one after another, each answered after `turn`.
async fn talk(mut stream: TcpStream, turn: Duration) {
    let mut came = Vec::new();
    let mut chunk = vec![0; 16 << 10];
    loop {
        // A whole request: head, and as many bytes as it says.
        let (head, length) = loop {
            if let Some(end) = memchr::memmem::find(&came, b"\r\n\r\n") {
                let length = content_length(&came[..end]);
                if came.len() >= end + 4 + length {
                    break (end + 4, length);
                }
            }
            match stream.read(&mut chunk).await {
                Ok(read) if read > 0 => came.extend_from_slice(&chunk[..read]),
                _ => return,
            }
        };
        let body = &came[head..head + length];
        let said = memchr::memmem::find_iter(body, br#""role":"assistant""#).count();
        let answer = answer(said, length);
        came.drain(..head + length);
        tokio::time::sleep(turn).await;
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut fields = head.lines().filter_map(|line| line.strip_prefix("content-length:"));
    fields.next().and_then(|length| length.trim().parse().ok()).expect("a request with a length")
}

/// The reply after `said` replies.
fn answer(said: usize, asked_bytes: usize) -> String {
    let message = match CALLS.get(said) {
        Some((name, arguments)) => serde_json::json!({
            "role": "assistant", "content": "Next step.",
            "tool_calls": [{"id": said.to_string(), "type": "function",
                            "function": {"name": name, "arguments": arguments}}],
        }),
        None => {
            serde_json::json!({"role": "assistant", "content": "Done. The review is complete."})
        }
    };
    let finish = if said < CALLS.len() { "tool_calls" } else { "stop" };
    let body = serde_json::json!({
        "id": "c", "object": "chat.completion", "model": "fake-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": asked_bytes / 4, "completion_tokens": 20},
    })
    .to_string();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
