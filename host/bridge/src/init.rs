//! The cage's first process and its worker. Two, because who is process 1 inherits every orphan and
//! has to bury it: process 1 runs with SIGCHLD ignored (its caller sees to that), which has the
//! kernel do it, and the worker with SIGCHLD as usual, so that it learns how the harness ended.

mod channel;
mod folder;
mod harness;
mod link;
mod store;

use crate::frame::{Frame, Kind, LOCAL, Launch, NETWORK, Settings};
use channel::Ends;
use link::Link;
use std::fs;
use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use store::Store;

/// Where the worker is called from, and where what starts it with SIGCHLD as usual lies.
const WORKER: &str = "/usr/sbin/sessiond";
const ENV: &str = "/usr/bin/env";

/// Process 1: starts the worker and ends when it does. Its end is the end of every process here.
pub(crate) fn first() -> ExitCode {
    // Where memory runs out on the host, the kernel should end something here, not the host. Every
    // process here inherits it; where it cannot be had, nothing is lost.
    drop(fs::write("/proc/self/oom_score_adj", "1000"));
    let mut worker = Command::new(ENV);
    worker.args(["--default-signal=CHLD", WORKER]).stdout(Stdio::piped());
    let Ok(mut child) = worker.spawn() else { return ExitCode::FAILURE };
    // Only the worker holds the other end, and it writes nothing: this waits for its end. Its status
    // cannot be had while SIGCHLD is ignored, and nobody asks for it.
    if let Some(mut stdout) = child.stdout.take() {
        // A copy, because a read ends when a signal comes, and anybody here can send one.
        drop(io::copy(&mut stdout, &mut io::sink()));
    }
    ExitCode::SUCCESS
}

/// The worker: does what the host says on standard input, which is a socket, until it closes.
pub(crate) fn work() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let link = Arc::new(Link::new(socket.try_clone()?));
    let mut input = BufReader::with_capacity(64 * 1024, socket);
    let mut store = None;
    let mut launched = false;
    while let Some(frame) = Frame::read(&mut input)? {
        let number = frame.number;
        match (frame.kind, &mut store) {
            (Kind::Settings, None) => {
                store = Some(settle(&link, Settings::decode(&frame.payload)?)?);
            }
            (Kind::File, Some(store)) => store.begin(&link, &frame.payload)?,
            (Kind::Bytes, Some(store)) => store.append(&link, &frame.payload),
            (Kind::Gone, Some(store)) => store.remove(&link, &frame.payload),
            (Kind::Sync, Some(_)) => link.send(&Frame::new(Kind::Done, number, []))?,
            (Kind::Collect, Some(store)) => {
                store.collect(&link)?;
                link.send(&Frame::new(Kind::Done, number, []))?;
            }
            (Kind::Launch, Some(store)) if !launched => {
                launched = true;
                harness::start(&link, Launch::decode(&frame.payload)?, store.offset())?;
            }
            _ => link.receive(frame),
        }
    }
    Ok(())
}

/// Makes the machine ready for files and connections.
fn settle(link: &Arc<Link>, settings: Settings) -> io::Result<Store> {
    if let Some(folder) = Path::new(crate::SOCKET).parent() {
        fs::create_dir_all(folder)?;
    }
    for folder in &settings.folders {
        fs::create_dir_all(folder)?;
    }
    let local = UnixListener::bind(crate::SOCKET)?;
    let network = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))?;
    let for_local = Arc::clone(link);
    std::thread::Builder::new().spawn(move || {
        loop {
            let accepted = local
                .accept()
                .and_then(|(stream, _)| ends(stream, UnixStream::try_clone, UnixStream::shutdown));
            channel::open(&for_local, LOCAL, accepted);
        }
    })?;
    let for_network = Arc::clone(link);
    std::thread::Builder::new().spawn(move || {
        loop {
            let accepted = network.accept().and_then(|(stream, _)| {
                // Model servers answer in small pieces; nobody is helped by waiting for more.
                stream.set_nodelay(true)?;
                ends(stream, TcpStream::try_clone, TcpStream::shutdown)
            });
            channel::open(&for_network, NETWORK, accepted);
        }
    })?;
    Store::new(settings)
}

/// The ends of a connection of either kind, which is closed in both directions at once.
fn ends<S: Read + Write + Send + 'static>(
    stream: S,
    again: fn(&S) -> io::Result<S>,
    shutdown: fn(&S, Shutdown) -> io::Result<()>,
) -> io::Result<Ends> {
    let (source, closer, finish) = (again(&stream)?, again(&stream)?, again(&stream)?);
    Ok(Ends {
        source: Box::new(source),
        sink: Box::new(stream),
        finish: Box::new(move || drop(shutdown(&finish, Shutdown::Both))),
        close: Box::new(move || drop(shutdown(&closer, Shutdown::Both))),
    })
}
