//! `calls.jsonl.zst` in a run's folder: every try of a model call, with its time, its size and how
//! it ended. Evidence for the lab, beside the signed logs, which hold the digests alone.
//!
//! A line is a try. The file is zstd frames one after the other, so `zstdcat` reads it while it is
//! written, and a killed process loses no more than its last frame. Nothing is counted from it.

use crate::ambient;
use crate::error::CliError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::UNIX_EPOCH;
use subject::model::{OnExchange, Tried};

/// The file in a run's folder.
pub(crate) const FILE: &str = "calls.jsonl.zst";
/// Lines that wait for the writer; more hold the calls back, not memory.
const QUEUE: usize = 1024;
/// Most lines of a frame: enough that what repeats from line to line is written once.
const FRAME: usize = 256;
/// Level of zstd.
const LEVEL: i32 = 3;

/// Writes the file. When it goes, everything is written.
pub(crate) struct Calls {
    lines: Option<SyncSender<Value>>,
    writer: Option<JoinHandle<()>>,
}

impl Calls {
    /// Opens the file in `folder` at its end.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn open(folder: &Path) -> Result<Self, CliError> {
        std::fs::create_dir_all(folder).map_err(|error| CliError::file(folder, &error))?;
        let path = folder.join(FILE);
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|error| CliError::file(&path, &error))?;
        let (sender, receiver) = sync_channel(QUEUE);
        let writer = std::thread::spawn(move || write(file, &receiver, &path));
        Ok(Self { lines: Some(sender), writer: Some(writer) })
    }

    /// What a subject is given to tell of its tries. With `bodies`, the bytes of requests and
    /// responses are kept too.
    pub(crate) fn tap(&self, whose: &'static str, bodies: bool) -> Option<OnExchange> {
        let lines = self.lines.clone()?;
        Some(Arc::new(move |tried: &Tried<'_>| {
            // Gone only with the run.
            let _ = lines.send(line(whose, tried, bodies));
        }))
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            // It ends when the last tap is gone; what it could not write it has said.
            let _ = writer.join();
        }
    }
}

fn line(whose: &str, tried: &Tried<'_>, bodies: bool) -> Value {
    let now = ambient::time().duration_since(UNIX_EPOCH).unwrap_or_default();
    let began = now.saturating_sub(tried.took);
    let mut line = json!({
        "whose": whose,
        "trial": tried.trial.map(ToString::to_string),
        "turn": tried.turn,
        "attempt": tried.attempt,
        "began": began.as_millis() as u64,
        "queued_ms": tried.queued.as_millis() as u64,
        "took_ms": tried.took.as_millis() as u64,
        "status": tried.status,
        "failure": tried.failure,
        "model": tried.model,
        "request_id": tried.request_id,
        "request_sha256": tried.request_digest.to_string(),
        "response_sha256": tried.response_digest.to_string(),
        "response_whole": tried.whole,
        "input_tokens": tried.tokens.input,
        "cached_tokens": tried.tokens.cached,
        "output_tokens": tried.tokens.output,
    });
    if bodies {
        body(&mut line, "request", tried.request);
        body(&mut line, "response", tried.response);
    }
    line
}

/// As text where it is text, which it nearly always is.
fn body(line: &mut Value, name: &str, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => line[name] = text.into(),
        Err(_) => line[format!("{name}_base64")] = STANDARD.encode(bytes).into(),
    }
}

fn write(mut file: File, lines: &Receiver<Value>, path: &Path) {
    let mut told = false;
    while let Ok(first) = lines.recv() {
        let mut frame = Vec::new();
        for line in std::iter::once(first).chain(lines.try_iter()).take(FRAME) {
            frame.extend_from_slice(line.to_string().as_bytes());
            frame.push(b'\n');
        }
        let written =
            zstd::bulk::compress(&frame, LEVEL).and_then(|packed| file.write_all(&packed));
        if let Err(error) = written
            && !told
        {
            // The journal has all that a result needs; a run does not end over its evidence.
            told = true;
            ambient::err(&format!("{}: {error}: tries are missing there", path.display()));
        }
    }
}
