//! A reference subject at a harness: it plays an exemplar of the scenario by the harness's own tools,
//! as a model would. So every outcome is seen through the real program, without a model.
//!
//! An exemplar knows the world's tools and reads their results; a harness has others. So a call of
//! the exemplar's becomes one call of the harness's, a turn each, and what it gave is read from the
//! log, in the words of the world's tool: commands and the reading of files by the harness's shell,
//! changes of files by its own tools.

use crate::harness::cage;
use crate::harness::kind::{Act, Hand, Kind};
use record::event::{Event, File, Next, Reply, Step, ToolCall, ToolResult};
use serde_json::Value;
use std::collections::VecDeque;
use trial::bench::Bench;
use trial::port::{Exemplar, Fault};

/// The tools that every harness has of its own: what a world offers beside them is offered to it by
/// a server.
pub(super) const ORDINARY: [&str; 5] =
    ["run_command", "list_directory", "read_file", "write_file", "replace_in_file"];

/// Plays one exemplar.
pub(super) struct Puppet {
    exemplar: Box<dyn Exemplar>,
    /// Calls of the exemplar's present reply that are still to be made.
    left: VecDeque<ToolCall>,
    /// The one that was made last.
    made: Option<Made>,
    /// What those before it gave.
    results: Vec<ToolResult>,
    /// Its present reply calls something, so that what its calls give is owed to it.
    owed: bool,
    /// Whether it was asked before.
    begun: bool,
}

/// A call that was made.
struct Made {
    call: ToolCall,
    /// Events that stood in the log with the reply that made it.
    events: usize,
    /// The path that was read first, as some harnesses ask before a file is changed.
    reads: bool,
}

impl Puppet {
    pub(super) fn new(exemplar: Box<dyn Exemplar>) -> Self {
        Self {
            exemplar,
            left: VecDeque::new(),
            made: None,
            results: Vec::new(),
            owed: false,
            begun: false,
        }
    }

    /// The reply to the trial so far.
    ///
    /// # Errors
    /// The exemplar's and the world's.
    pub(super) fn reply(&mut self, kind: &dyn Kind, bench: &mut Bench<'_>) -> Result<Reply, Fault> {
        let mut text = String::new();
        let mut reasoning = None;
        let mut again = None;
        if let Some(made) = self.made.take() {
            if made.reads {
                again = Some(made.call);
            } else {
                self.results.push(gave(&made, bench.events()));
            }
        }
        let call = loop {
            if let Some(call) = again.take() {
                break Some((call, false));
            }
            if let Some(call) = self.left.pop_front() {
                match idle(&call, bench)? {
                    Some(result) => self.results.push(result),
                    None => {
                        let reads = changes(&call).is_some_and(|path| is_there(path, bench));
                        break Some((call, reads));
                    }
                }
                continue;
            }
            let reply = self.next(bench)?;
            text = reply.text;
            reasoning = reply.reasoning;
            self.owed = !reply.calls.is_empty();
            self.left = reply.calls.into();
            if !self.owed {
                break None;
            }
        };
        let calls = call.map(|(call, reads)| {
            // The reply itself is the next event.
            let events = bench.events().len() + 1;
            let hand = hand(kind, &call, reads);
            self.made = Some(Made { call, events, reads });
            hand.call(format!("call-{events}"))
        });
        Ok(Reply { calls: calls.into_iter().collect(), reasoning, text })
    }

    /// The exemplar's next reply, after what its last one gave.
    fn next(&mut self, bench: &Bench<'_>) -> Result<Reply, Fault> {
        if !std::mem::replace(&mut self.begun, true) {
            return self.exemplar.next(None);
        }
        if self.owed {
            let results = std::mem::take(&mut self.results);
            return self.exemplar.next(Some(&Step { next: Next::Observe, results }));
        }
        let last = bench.events().iter().rev().find_map(|event| match event {
            Event::Stepped(step) => Some(step),
            _ => None,
        });
        self.exemplar.next(last)
    }
}

/// The call of the harness's that does what the exemplar's does.
fn hand(kind: &dyn Kind, call: &ToolCall, reads: bool) -> Hand {
    let arguments = arguments(call);
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let quoted = || quote(text("path"));
    let act = match call.name.as_str() {
        _ if reads => Act::Read { path: text("path") },
        "run_command" => Act::Shell { command: text("command") },
        "read_file" => return kind.hand(Act::Shell { command: &format!("cat {}", quoted()) }),
        "list_directory" => {
            return kind.hand(Act::Shell { command: &format!("ls -la {}", quoted()) });
        }
        "write_file" => Act::Write { path: text("path"), content: text("content") },
        "replace_in_file" => Act::Edit { path: text("path"), old: text("old"), new: text("new") },
        tool => Act::World { tool, arguments: &arguments },
    };
    kind.hand(act)
}

/// The result of a call that need not be made: one that the world's own tool would refuse, or that
/// changes nothing.
fn idle(call: &ToolCall, bench: &mut Bench<'_>) -> Result<Option<ToolResult>, Fault> {
    let arguments = arguments(call);
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    if !arguments.is_object() {
        return Ok(Some(failed(call, "The arguments are not a JSON object.")));
    }
    let path = text("path");
    Ok(match call.name.as_str() {
        "write_file" => {
            let same =
                read(path, bench)?.is_some_and(|file| file.contents == text("content").as_bytes());
            same.then(|| wrote(call, text("content").len(), path))
        }
        "replace_in_file" => {
            let content = read(path, bench)?.map(|file| file.contents).unwrap_or_default();
            let content = String::from_utf8_lossy(&content);
            let count = content.matches(text("old")).count();
            (text("old").is_empty() || count != 1 || text("old") == text("new"))
                .then(|| failed(call, &format!("{path}: the old piece occurs {count} times")))
        }
        _ => None,
    })
}

/// What a call gave, by the log.
fn gave(made: &Made, events: &[Event]) -> ToolResult {
    let call = &made.call;
    let since = events.get(made.events..).unwrap_or_default();
    let executed = since.iter().find_map(|event| match event {
        Event::Executed(run) => Some(&run.output),
        _ => None,
    });
    let stepped = since.iter().find_map(|event| match event {
        Event::Stepped(step) => step.results.first(),
        _ => None,
    });
    let arguments = arguments(call);
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let path = text("path");
    let changed = |event: &Event| matches!(event, Event::Wrote(file) if file.path == path);
    match (call.name.as_str(), executed, stepped) {
        ("run_command" | "list_directory", Some(output), _) => {
            done(call, String::from_utf8_lossy(&transcript(output)).into_owned())
        }
        ("read_file", Some(output), _) if output.status == 0 => {
            done(call, String::from_utf8_lossy(&output.stdout).into_owned())
        }
        ("read_file", Some(output), _) => failed(call, &String::from_utf8_lossy(&output.stderr)),
        ("write_file", ..) if since.iter().any(changed) => wrote(call, text("content").len(), path),
        ("replace_in_file", ..) if since.iter().any(changed) => {
            done(call, format!("Replaced 1 piece in {path}."))
        }
        (_, _, Some(result)) => ToolResult { id: call.id.clone(), ..result.clone() },
        _ => failed(call, "The harness did not do it."),
    }
}

/// Both streams and, where it is not 0, the status, as the world's own shell tool shows them.
fn transcript(output: &record::event::CommandOutput) -> Vec<u8> {
    let mut text = output.stdout.clone();
    let newline = |text: &mut Vec<u8>| {
        if text.last().is_some_and(|byte| *byte != b'\n') {
            text.push(b'\n');
        }
    };
    if !output.stderr.is_empty() {
        newline(&mut text);
        text.extend(&output.stderr);
    }
    if output.status != 0 {
        newline(&mut text);
        text.extend(format!("[exit status {}]", output.status).bytes());
    }
    if text.is_empty() { b"(no output)".to_vec() } else { text }
}

/// The path of a file that a call changes.
fn changes(call: &ToolCall) -> Option<String> {
    let path = arguments(call).get("path").and_then(Value::as_str).map(str::to_owned);
    path.filter(|_| matches!(call.name.as_str(), "write_file" | "replace_in_file"))
}

fn is_there(path: String, bench: &mut Bench<'_>) -> bool {
    matches!(read(&path, bench), Ok(Some(_)))
}

fn read(path: &str, bench: &mut Bench<'_>) -> Result<Option<File>, Fault> {
    if !path.starts_with('/') {
        return Ok(None);
    }
    Ok(bench.files(path)?.into_iter().find(|file| file.path == path))
}

fn arguments(call: &ToolCall) -> Value {
    serde_json::from_str(&call.arguments).unwrap_or_default()
}

fn wrote(call: &ToolCall, bytes: usize, path: &str) -> ToolResult {
    done(call, format!("Wrote {bytes} bytes to {path}."))
}

fn done(call: &ToolCall, content: String) -> ToolResult {
    ToolResult { content, id: call.id.clone(), is_error: false }
}

fn failed(call: &ToolCall, problem: &str) -> ToolResult {
    ToolResult { content: problem.to_owned(), id: call.id.clone(), is_error: true }
}

/// A word of a shell's command line that stands for itself.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { cage::quoted(word) }
}
