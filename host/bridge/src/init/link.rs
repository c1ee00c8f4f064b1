//! The worker's end of the socket: who sends waits for the socket alone, and what comes for a
//! channel is put into it without waiting.

use super::channel::Channel;
use crate::frame::{CHANNELS_MAX, Frame, Kind};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of a report in words.
const ODD_MAX: usize = 400;

/// The socket, and the channels on it.
pub(super) struct Link {
    out: Mutex<UnixStream>,
    channels: Mutex<Channels>,
}

struct Channels {
    live: BTreeMap<u32, Arc<Channel>>,
    last: u32,
}

impl Link {
    pub(super) fn new(out: UnixStream) -> Self {
        let channels = Channels { live: BTreeMap::new(), last: 0 };
        Self { out: Mutex::new(out), channels: Mutex::new(channels) }
    }

    /// Sends one frame.
    pub(super) fn send(&self, frame: &Frame) -> io::Result<()> {
        lock(&self.out).write_all(&frame.encode())
    }

    /// Reports in words. The host may be gone; then nothing matters any more.
    pub(super) fn odd(&self, what: &str) {
        let mut end = what.len().min(ODD_MAX);
        while !what.is_char_boundary(end) {
            end -= 1;
        }
        drop(self.send(&Frame::new(Kind::Odd, 0, &what.as_bytes()[..end])));
    }

    /// Takes a channel in under that number.
    pub(super) fn insert(&self, number: u32, channel: Arc<Channel>) {
        lock(&self.channels).live.insert(number, channel);
    }

    /// Takes a channel in under a new number; `None` when too many are open.
    pub(super) fn number(&self, channel: &Arc<Channel>) -> Option<u32> {
        let mut channels = lock(&self.channels);
        if channels.live.len() >= CHANNELS_MAX {
            return None;
        }
        channels.last = channels.last.wrapping_add(1).max(1);
        let number = channels.last;
        channels.live.insert(number, Arc::clone(channel));
        Some(number)
    }

    pub(super) fn remove(&self, number: u32) {
        lock(&self.channels).live.remove(&number);
    }

    /// What the host says on a channel. One that is gone here may still be spoken to for a moment.
    pub(super) fn receive(&self, frame: Frame) {
        let channel = lock(&self.channels).live.get(&frame.number).cloned();
        let Some(channel) = channel else { return };
        match frame.kind {
            Kind::Data => channel.push(frame.payload),
            Kind::End => channel.end(),
            Kind::Reset => channel.reset(),
            Kind::Credit => {
                let bytes = frame.payload.try_into().map_or(0, u32::from_le_bytes);
                channel.grant(bytes as usize);
            }
            _ => {}
        }
    }
}

/// Nothing here panics while it holds a lock, so a poisoned one is as good as any.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
