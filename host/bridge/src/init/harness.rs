//! Starts the harness and says how it ended.

use super::channel::{self, Ends};
use super::link::{Link, lock};
use crate::frame::{Frame, Kind, Launch, STDIO};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Bytes of standard error that are kept: the last ones, where programs say why they end.
const STDERR_KEPT: usize = 60 * 1024;
/// From here on standard error is reported as too much, in bytes.
const STDERR_LOUD: u64 = 16 * 1024 * 1024;
/// How long after its end the harness's standard error may still be held open by others.
const STDERR_REST: Duration = Duration::from_millis(200);
/// Shells' status for a program that cannot be started.
const STATUS_CANNOT: i32 = 127;

/// Starts it; its standard input and output become the channel [`STDIO`]. `offset` is the machine's
/// clock less the real one, in seconds, as libfaketime reads it.
pub(super) fn start(link: &Arc<Link>, launch: Launch, offset: i64) -> io::Result<()> {
    let Some((program, arguments)) = launch.command.split_first() else {
        return cannot(link, "no command");
    };
    let environment = launch.environment.chunks_exact(2).map(|pair| (&pair[0], &pair[1]));
    let spawned = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .env("FAKETIME", format!("{offset:+}"))
        .current_dir(&launch.directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            return cannot(link, &format!("{program} in {}: {error}", launch.directory));
        }
    };
    if let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) {
        let ends = Ends {
            source: Box::new(stdout),
            sink: Box::new(stdin),
            finish: Box::new(|| ()),
            close: Box::new(|| ()),
        };
        channel::attach(link, STDIO, ends);
    }
    let kept = Arc::new(Mutex::new(VecDeque::new()));
    let (ended, end) = mpsc::channel();
    if let Some(stderr) = child.stderr.take() {
        let (link, kept) = (Arc::clone(link), Arc::clone(&kept));
        std::thread::Builder::new().spawn(move || {
            keep(&link, stderr, &kept);
            drop(ended);
        })?;
    }
    let link = Arc::clone(link);
    std::thread::Builder::new().spawn(move || wait(&link, child, &kept, &end))?;
    Ok(())
}

fn cannot(link: &Link, why: &str) -> io::Result<()> {
    link.send(&Frame::new(Kind::End, STDIO, []))?;
    exited(link, STATUS_CANNOT, why.as_bytes())
}

fn keep(link: &Link, mut stderr: ChildStderr, kept: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0; 16 * 1024];
    let mut total = 0_u64;
    while let Ok(length @ 1..) = stderr.read(&mut buffer) {
        let before = total;
        total += length as u64;
        if before < STDERR_LOUD && total >= STDERR_LOUD {
            link.odd("more than 16 MiB on standard error: only the last 60 KiB are kept");
        }
        let mut kept = lock(kept);
        kept.extend(&buffer[..length]);
        let over = kept.len().saturating_sub(STDERR_KEPT);
        kept.drain(..over);
    }
}

fn wait(link: &Link, mut child: Child, kept: &Mutex<VecDeque<u8>>, end: &Receiver<()>) {
    let status = match child.wait() {
        // As shells say it: 128 and the number of the signal.
        Ok(status) => status.code().or_else(|| status.signal().map(|signal| 128 + signal)),
        Err(_) => None,
    };
    // Closed or not by then: what came so far is what is told.
    let _closed = end.recv_timeout(STDERR_REST);
    let said: Vec<u8> = lock(kept).iter().copied().collect();
    drop(exited(link, status.unwrap_or(STATUS_CANNOT), &said));
}

fn exited(link: &Link, status: i32, stderr: &[u8]) -> io::Result<()> {
    let mut payload = status.to_le_bytes().to_vec();
    payload.extend(stderr);
    link.send(&Frame::new(Kind::Exited, 0, payload))
}
