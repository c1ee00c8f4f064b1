//! Starts bubblewrap and knows when it has ended.

use super::setup;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use tokio::sync::{oneshot, watch};
use trial::port::Fault;

/// The program that runs in every machine.
pub(super) static BRIDGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bridge"));
/// Bytes of bubblewrap's own words that are kept: it says one line.
const SAID_MAX: u64 = 8 * 1024;
/// `nobody`. As the superuser, whom no limit of processes holds, a machine would run without one.
const NOBODY: u32 = 65534;

/// A bubblewrap that runs. It is killed when this is dropped.
pub(super) struct Confined {
    process: OwnedFd,
    said: watch::Receiver<Option<String>>,
}

impl Confined {
    /// Waits for its end; what it said meanwhile.
    pub(super) async fn ended(&mut self) -> String {
        match self.said.wait_for(Option::is_some).await {
            Ok(said) => said.clone().unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Its number among the host's processes, until it has ended: proc(5), `/proc/pid/fdinfo`.
    #[cfg(test)]
    pub(super) fn id(&self) -> u32 {
        use std::os::fd::AsRawFd;
        let about = format!("/proc/self/fdinfo/{}", self.process.as_raw_fd());
        let about = std::fs::read_to_string(about).expect("a descriptor is listed");
        let number = about.lines().find_map(|line| line.strip_prefix("Pid:"));
        number.expect("it is a process's").trim().parse().expect("it has not ended")
    }

    /// Kills it, and with it the machine.
    pub(super) fn kill(&self) {
        // It may be gone already.
        let _gone = pidfd_send_signal(&self.process, Signal::KILL);
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts it with that end of the pair as standard input, which becomes the first process's.
///
/// It is started by a thread of its own that waits for its end: the kernel kills a process that
/// wants to die with its parent when the *thread* that started it ends, and a runtime's threads come
/// and go.
pub(super) async fn spawn(words: Vec<OsString>, socket: UnixStream) -> Result<Confined, Fault> {
    let (started, start) = oneshot::channel();
    let (say, said) = watch::channel(None);
    let run = move || {
        let mut child = match begin(&words, socket) {
            Ok(child) => child,
            Err(error) => {
                let _gone = started.send(Err(error));
                return;
            }
        };
        let _gone = started.send(pidfd_open(Pid::from_child(&child), PidfdFlags::empty()));
        let mut text = Vec::new();
        if let Some(mut stderr) = child.stderr.take() {
            // What comes after the bound is thrown away, so that nobody waits for it to be read.
            drop(stderr.by_ref().take(SAID_MAX).read_to_end(&mut text));
            drop(io::copy(&mut stderr, &mut io::sink()));
        }
        drop(child.wait());
        say.send_replace(Some(String::from_utf8_lossy(&text).trim().to_owned()));
    };
    std::thread::Builder::new().name("cage".to_owned()).spawn(run).map_err(setup)?;
    let process = start.await.map_err(setup)?.map_err(setup)?;
    Ok(Confined { process, said })
}

fn begin(words: &[OsString], socket: UnixStream) -> rustix::io::Result<std::process::Child> {
    let told = |error: io::Error| {
        rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO)
    };
    let [program, arguments @ ..] = words else { return Err(rustix::io::Errno::INVAL) };
    let mut command = command(Path::new(program), arguments);
    command.stdin(Stdio::from(OwnedFd::from(socket))).stderr(Stdio::piped());
    command.stdout(Stdio::from(bridge().map_err(told)?));
    command.spawn().map_err(told)
}

/// bubblewrap with these arguments.
pub(super) fn command(program: &Path, arguments: &[OsString]) -> Command {
    let mut command = Command::new(program);
    // Nothing of the host's variables reaches even bubblewrap itself: a key may be among them.
    command.args(arguments).env_clear();
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// The bridge as an open file that lies nowhere.
fn bridge() -> io::Result<File> {
    let flags = rustix::fs::MemfdFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::memfd_create("busybox", flags)?);
    file.write_all(BRIDGE)?;
    file.rewind()?;
    Ok(file)
}
