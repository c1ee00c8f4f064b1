//! The sandbox that a harness runs in: a machine made for one trial by bubblewrap, with a file
//! system in memory, a loopback and nothing behind it, the world's clock, and shells that run
//! nothing themselves. Host and machine share one socket pair and no file; when the host is gone,
//! by whatever death, the machine ends.
//!
//! What comes out of a machine was written by whoever runs in it: everything is bounded and
//! nothing is believed.

mod confine;
mod furnish;
mod link;
mod prerequisites;
mod session;
mod unwrap;

#[cfg(test)]
mod tests;

pub(crate) use prerequisites::check;
pub(crate) use unwrap::{command, quoted};

use bridge::frame::{FileHead, Frame, Kind, PAYLOAD_MAX};
use confine::Confined;
use link::Link;
use record::event::{Blame, CommandOutput, File};
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::DuplexStream;
use trial::port::Fault;

/// The program, in a machine, whose standard input and output become [`Happening::Mcp`].
pub(crate) const RELAY: &str = "/usr/bin/mcp-server";
/// Longest wait for what a machine does at once: listing its files, or writing some. It is bounded
/// work in memory; twenty machines on two busy cores do it in a second.
const WORK_MAX: Duration = Duration::from_secs(60);
/// How long a machine may take to end by itself before it is killed.
const END_MAX: Duration = Duration::from_secs(1);
/// Status of a harness whose machine ended with it, as shells say it of SIGKILL.
const STATUS_KILLED: i32 = 137;

/// What a machine is made of.
pub(crate) struct Furnishing {
    /// Its name.
    pub(crate) host_name: String,
    /// Who works on it.
    pub(crate) user: String,
    /// The user's folder.
    pub(crate) home: String,
    /// Seconds since 1970 at its start.
    pub(crate) clock: u64,
    /// What it shows of the host, read-only: the path on the host and the path in it.
    pub(crate) readonly: Vec<(PathBuf, String)>,
    /// Programs on the host whose shared libraries it needs.
    pub(crate) programs: Vec<PathBuf>,
    /// Variables of the harness, beside those that every login has.
    pub(crate) environment: Vec<(String, String)>,
    /// The harness and its arguments.
    pub(crate) command: Vec<String>,
    /// Where it works.
    pub(crate) directory: String,
    /// The port on 127.0.0.1 behind which the host answers.
    pub(crate) port: u16,
    /// The harness's own files: in the machine, never in the world.
    pub(crate) own: Vec<File>,
    /// Paths that never go to the world, with all below them.
    pub(crate) ignored: Vec<String>,
}

/// A command that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CommandId(u64);

/// What happens in a machine.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A shell was started; it waits for [`Cage::answer`].
    Command {
        /// For the answer.
        id: CommandId,
        /// As it was called, the shell's name first. [`command`] makes a command of them.
        words: Vec<String>,
        /// Its working folder.
        directory: String,
        /// What stood on its standard input.
        stdin: Vec<u8>,
    },
    /// Somebody connected to the port.
    Connection(DuplexStream),
    /// Somebody started [`RELAY`].
    Mcp(DuplexStream),
    /// Something was refused or over a bound.
    Odd {
        /// In words, on one line.
        what: String,
    },
    /// The harness ended.
    Exited {
        /// Its exit status; 128 and the signal's number after a signal. 137 as well when the whole
        /// machine ended.
        status: i32,
        /// The end of its standard error.
        stderr: Vec<u8>,
    },
}

/// What the harness itself changed in the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// A file is new or another.
    Wrote(File),
    /// A file is gone.
    Removed(String),
}

/// A running machine. It ends when this is dropped; [`Cage::stop`] waits until it has.
pub(crate) struct Cage {
    link: Link,
    confined: Confined,
    stdio: Option<DuplexStream>,
    told_of_exit: bool,
}

/// Makes a machine with these files and starts the harness in it.
///
/// # Errors
/// `Setup` when what it needs is missing or cannot be shown in it, and says how to get it.
pub(crate) async fn start(furnishing: Furnishing, files: &[File]) -> Result<Cage, Fault> {
    let prerequisites = check().await?;
    let (ours, theirs) = tokio::net::UnixStream::pair().map_err(setup)?;
    let theirs = theirs.into_std().and_then(|stream| {
        stream.set_nonblocking(false)?;
        Ok(stream)
    });
    let arguments = furnish::arguments(prerequisites, &furnishing, files).await?;
    let confined = confine::spawn(arguments, theirs.map_err(setup)?).await?;
    let (link, stdio) = Link::new(ours);
    let cage = Cage { link, confined, stdio: Some(stdio), told_of_exit: false };
    let settings = furnish::settings(&furnishing).encode();
    let launch = furnish::launch(&furnishing).encode();
    if settings.len().max(launch.len()) > PAYLOAD_MAX {
        let what = "a harness's command, environment or ignored paths are over 64 KiB";
        return Err(Fault::new(Blame::Bug, what));
    }
    let begun = async {
        cage.send(Frame::new(Kind::Settings, 0, settings)).await?;
        for file in furnish::own(&furnishing, files) {
            cage.send_file(&file, true).await?;
        }
        for file in files {
            cage.send_file(file, false).await?;
        }
        cage.send(Frame::new(Kind::Launch, 0, launch)).await?;
        cage.wait(Kind::Sync).await
    };
    match begun.await {
        Ok(_) => Ok(cage),
        Err(fault) => Err(cage.broken(fault).await),
    }
}

impl Cage {
    /// What happens next. May be dropped and called again at any time. After the machine has ended
    /// it says so again and again.
    pub(crate) async fn next(&mut self) -> Happening {
        let happening = match self.link.next().await {
            Some(happening) => happening,
            None => {
                let said = end(&mut self.confined).await;
                let before = if self.told_of_exit { "" } else { "the machine ended" };
                let stderr = format!("{said}\n{before}").trim().as_bytes().to_vec();
                Happening::Exited { status: STATUS_KILLED, stderr }
            }
        };
        self.told_of_exit |= matches!(happening, Happening::Exited { .. });
        happening
    }

    /// The harness's standard input and output.
    ///
    /// # Panics
    /// When asked for twice.
    #[track_caller]
    pub(crate) fn stdio(&mut self) -> DuplexStream {
        self.stdio.take().expect("standard input and output are taken once")
    }

    /// Answers a command. One whose caller is gone by now needs no answer.
    pub(crate) async fn answer(&self, id: CommandId, output: CommandOutput) {
        self.link.answer(id, output);
    }

    /// What changed since the last time, in the order of paths: what was written, then what was
    /// removed. What [`Cage::put`] put down is no change.
    ///
    /// # Errors
    /// `Provider` when the machine has ended or does not answer.
    pub(crate) async fn changes(&self) -> Result<Vec<Change>, Fault> {
        self.wait(Kind::Collect).await
    }

    /// Writes and removes files of the world. What cannot be written is told as
    /// [`Happening::Odd`]: the harness has filled the machine, or sits in the way.
    ///
    /// # Errors
    /// As [`Cage::changes`].
    pub(crate) async fn put(&self, wrote: &[File], removed: &[String]) -> Result<(), Fault> {
        for path in removed.iter().filter(|path| path.len() < PAYLOAD_MAX) {
            self.send(Frame::new(Kind::Gone, 0, path.as_bytes())).await?;
        }
        for file in wrote {
            self.send_file(file, false).await?;
        }
        self.wait(Kind::Sync).await.map(drop)
    }

    /// Ends the machine and waits until it has ended.
    pub(crate) async fn stop(self) {
        let Self { link, mut confined, stdio, .. } = self;
        drop(stdio);
        link.close().await;
        end(&mut confined).await;
    }

    async fn send_file(&self, file: &File, own: bool) -> Result<(), Fault> {
        let size = file.contents.len() as u64;
        let File { path, mode, modified, .. } = file.clone();
        let head = FileHead { path, mode, modified, size, own }.encode();
        if head.len() > PAYLOAD_MAX {
            return Err(Fault::new(Blame::Plugin, "the world has a path over 64 KiB"));
        }
        self.send(Frame::new(Kind::File, 0, head)).await?;
        for chunk in file.contents.chunks(PAYLOAD_MAX) {
            self.send(Frame::new(Kind::Bytes, 0, chunk)).await?;
        }
        Ok(())
    }

    async fn send(&self, frame: Frame) -> Result<(), Fault> {
        let sent = tokio::time::timeout(WORK_MAX, self.link.send(frame)).await;
        if matches!(sent, Ok(true)) { Ok(()) } else { Err(gone()) }
    }

    async fn wait(&self, kind: Kind) -> Result<Vec<Change>, Fault> {
        let done = tokio::time::timeout(WORK_MAX, self.link.ask(kind)).await;
        done.ok().flatten().ok_or_else(gone)
    }

    /// Why it did not come up, from what bubblewrap said.
    async fn broken(mut self, fault: Fault) -> Fault {
        self.confined.kill();
        let said = self.confined.ended().await;
        if said.is_empty() { fault } else { setup(format!("bubblewrap made no machine: {said}")) }
    }
}

/// Waits until a machine that lost its host has ended, and kills one that does not; what bubblewrap
/// said.
async fn end(confined: &mut Confined) -> String {
    match tokio::time::timeout(END_MAX, confined.ended()).await {
        Ok(said) => said,
        Err(_) => {
            confined.kill();
            confined.ended().await
        }
    }
}

fn gone() -> Fault {
    Fault::new(Blame::Provider, "the harness's machine has ended or does not answer any more")
}

fn setup(error: impl ToString) -> Fault {
    Fault::new(Blame::Setup, error.to_string())
}
