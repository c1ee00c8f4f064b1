//! A channel in the cage: two threads, one for each direction, with the credit between them and the
//! host.

use super::link::{Link, lock};
use crate::frame::{Frame, Kind, PAYLOAD_MAX, WINDOW, size};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::Builder;

/// Stack of a channel's threads, in bytes: they call nothing deep, and twenty cages have hundreds.
const STACK: usize = 128 * 1024;

/// What a channel is between.
pub(super) struct Ends {
    /// Bytes for the host.
    pub(super) source: Box<dyn Read + Send>,
    /// Bytes from the host.
    pub(super) sink: Box<dyn Write + Send>,
    /// The host has sent its last byte, and it was written.
    pub(super) finish: Box<dyn FnOnce() + Send>,
    /// The host is done with both directions.
    pub(super) close: Box<dyn FnOnce() + Send>,
}

/// What the two threads and the link share.
pub(super) struct Channel {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Bytes that may still be sent to the host.
    credit: usize,
    inbox: VecDeque<Vec<u8>>,
    /// The host sends no more.
    ended: bool,
    /// Run once, on `Reset`.
    close: Option<Box<dyn FnOnce() + Send>>,
    /// Threads that still use it.
    users: u8,
}

impl Channel {
    fn new(close: Box<dyn FnOnce() + Send>) -> Arc<Self> {
        let state = State {
            credit: WINDOW,
            inbox: VecDeque::new(),
            ended: false,
            close: Some(close),
            users: 2,
        };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() })
    }

    /// The host's credit bounds what lies here.
    pub(super) fn push(&self, bytes: Vec<u8>) {
        lock(&self.state).inbox.push_back(bytes);
        self.changed.notify_all();
    }

    pub(super) fn end(&self) {
        lock(&self.state).ended = true;
        self.changed.notify_all();
    }

    pub(super) fn reset(&self) {
        let close = {
            let mut state = lock(&self.state);
            state.ended = true;
            // The reader may be waiting for credit that will not come.
            state.credit = usize::MAX;
            state.close.take()
        };
        self.changed.notify_all();
        if let Some(close) = close {
            close();
        }
    }

    pub(super) fn grant(&self, bytes: usize) {
        let mut state = lock(&self.state);
        state.credit = state.credit.saturating_add(bytes);
        drop(state);
        self.changed.notify_all();
    }

    fn wait_for_credit(&self) -> usize {
        let mut state = lock(&self.state);
        while state.credit == 0 {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.credit
    }

    fn spend(&self, bytes: usize) {
        let mut state = lock(&self.state);
        state.credit = state.credit.saturating_sub(bytes);
    }

    fn take(&self) -> Option<Vec<u8>> {
        let mut state = lock(&self.state);
        loop {
            if let Some(bytes) = state.inbox.pop_front() {
                return Some(bytes);
            }
            if state.ended {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether the caller was the last user.
    fn leave(&self) -> bool {
        let mut state = lock(&self.state);
        state.users -= 1;
        state.users == 0
    }
}

/// Opens a channel for what was accepted. One that cannot be had is closed and reported.
pub(super) fn open(link: &Arc<Link>, from: u8, accepted: io::Result<Ends>) {
    let ends = match accepted {
        Ok(ends) => ends,
        Err(error) => {
            link.odd(&format!("a connection was not accepted: {error}"));
            // Out of descriptors, most likely: accepting would fail at once again.
            std::thread::sleep(std::time::Duration::from_millis(50));
            return;
        }
    };
    let Ends { source, sink, finish, close } = ends;
    let channel = Channel::new(close);
    let Some(number) = link.number(&channel) else {
        link.odd("a connection was refused: too many are open");
        return;
    };
    if link.send(&Frame::new(Kind::Open, number, [from])).is_err() {
        return;
    }
    carry(link, number, &channel, source, sink, finish);
}

/// Carries a channel that both sides know already.
pub(super) fn attach(link: &Arc<Link>, number: u32, ends: Ends) {
    let Ends { source, sink, finish, close } = ends;
    let channel = Channel::new(close);
    link.insert(number, Arc::clone(&channel));
    carry(link, number, &channel, source, sink, finish);
}

fn carry(
    link: &Arc<Link>,
    number: u32,
    channel: &Arc<Channel>,
    source: Box<dyn Read + Send>,
    sink: Box<dyn Write + Send>,
    finish: Box<dyn FnOnce() + Send>,
) {
    let (l, c) = (Arc::clone(link), Arc::clone(channel));
    let up = Builder::new().stack_size(STACK).spawn(move || {
        send_all(&l, number, &c, source);
        leave(&l, number, &c);
    });
    let (l, c) = (Arc::clone(link), Arc::clone(channel));
    let down = Builder::new().stack_size(STACK).spawn(move || {
        write_all(&l, number, &c, sink);
        finish();
        leave(&l, number, &c);
    });
    if up.is_err() || down.is_err() {
        link.odd("a connection was refused: the limit of processes is reached");
        channel.reset();
        if up.is_err() {
            drop(link.send(&Frame::new(Kind::End, number, [])));
            leave(link, number, channel);
        }
        if down.is_err() {
            leave(link, number, channel);
        }
    }
}

fn leave(link: &Link, number: u32, channel: &Channel) {
    if channel.leave() {
        link.remove(number);
    }
}

fn send_all(link: &Link, number: u32, channel: &Channel, mut source: Box<dyn Read + Send>) {
    let mut buffer = vec![0; PAYLOAD_MAX / 2];
    loop {
        let room = channel.wait_for_credit().min(buffer.len());
        match source.read(&mut buffer[..room]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
            Ok(length) => {
                channel.spend(length);
                if link.send(&Frame::new(Kind::Data, number, &buffer[..length])).is_err() {
                    return;
                }
            }
        }
    }
    drop(link.send(&Frame::new(Kind::End, number, [])));
}

/// Once the sink refuses bytes the rest is taken and thrown away, so that the host never waits for
/// credit from somebody who is gone.
fn write_all(link: &Link, number: u32, channel: &Channel, mut sink: Box<dyn Write + Send>) {
    let mut open = true;
    while let Some(bytes) = channel.take() {
        open = open && sink.write_all(&bytes).and_then(|()| sink.flush()).is_ok();
        let credit = size(bytes.len()).to_le_bytes();
        if link.send(&Frame::new(Kind::Credit, number, credit)).is_err() {
            return;
        }
    }
}
