//! The host's end of the socket: frames to channels, changes and happenings. The reader waits for
//! nobody, so nothing that the host leaves lying holds anything else up; how much can lie is
//! bounded by the channels' credit, and a machine that exceeds it is cut off.

use super::session::{self, Answers};
use super::{Change, CommandId, Happening};
use bridge::frame::{
    CHANNELS_MAX, FileHead, Frame, HEADER, Kind, LOCAL, PAYLOAD_MAX, STDIO, WINDOW, parse_header,
};
use record::event::{CommandOutput, File};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{
    AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf, duplex, split,
};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

/// Frames that wait for the socket.
const OUT_MAX: usize = 16;
/// Happenings that wait to be taken. Every channel makes one, and what is told in words beyond this
/// is left out.
const HAPPENINGS_MAX: usize = 256;
/// Bytes that a channel's user may leave unread, beside the window.
const BUFFER_BYTES: usize = 64 * 1024;
/// Bytes and number of one collection's changes. The machine keeps a lower bound by itself.
const CHANGES_BYTES_MAX: usize = 40 * 1024 * 1024;
const CHANGES_MAX: usize = 40_000;
/// Characters of a report in words.
const ODD_MAX: usize = 400;

/// The host's end.
pub(super) struct Link {
    out: mpsc::Sender<Frame>,
    happenings: mpsc::Receiver<Happening>,
    asked: Arc<Mutex<Asked>>,
    answers: Arc<Answers>,
    tasks: Vec<JoinHandle<()>>,
}

/// What the machine was asked and has not done.
#[derive(Default)]
struct Asked {
    last: u32,
    waiting: BTreeMap<u32, oneshot::Sender<Vec<Change>>>,
    changes: Vec<Change>,
    bytes: usize,
    /// Bytes that the last file still lacks.
    missing: usize,
    over: bool,
}

impl Link {
    /// Speaks over that socket. The stream is the harness's standard input and output.
    pub(super) fn new(socket: UnixStream) -> (Self, DuplexStream) {
        let (reading, writing) = socket.into_split();
        let (out, frames) = mpsc::channel(OUT_MAX);
        let (say, happenings) = mpsc::channel(HAPPENINGS_MAX);
        let asked = Arc::new(Mutex::new(Asked::default()));
        let answers = Arc::new(Answers::default());
        let mut reader = Reader {
            out: out.clone(),
            say,
            asked: Arc::clone(&asked),
            answers: Arc::clone(&answers),
            channels: BTreeMap::new(),
        };
        let stdio = reader.channel(STDIO);
        // Both halves go together: as long as one is held, the machine sees its socket open.
        let (over, reader_over) = oneshot::channel::<()>();
        let read = async move {
            reader.run(reading).await;
            drop(over);
        };
        let write = async move {
            tokio::select! {
                () = write(writing, frames) => {}
                _ = reader_over => {}
            }
        };
        let tasks = vec![tokio::spawn(read), tokio::spawn(write)];
        (Self { out, happenings, asked, answers, tasks }, stdio)
    }

    /// What happens next; `None` when the machine has ended.
    pub(super) async fn next(&mut self) -> Option<Happening> {
        self.happenings.recv().await
    }

    /// Whether it was sent.
    pub(super) async fn send(&self, frame: Frame) -> bool {
        self.out.send(frame).await.is_ok()
    }

    /// Asks and waits until it is done; `None` when the machine has ended.
    pub(super) async fn ask(&self, kind: Kind) -> Option<Vec<Change>> {
        let (done, wait) = oneshot::channel();
        let number = {
            let mut asked = lock(&self.asked);
            if asked.over {
                return None;
            }
            asked.last = asked.last.wrapping_add(1);
            let number = asked.last;
            asked.waiting.insert(number, done);
            number
        };
        if !self.send(Frame::new(kind, number, [])).await {
            return None;
        }
        wait.await.ok()
    }

    pub(super) fn answer(&self, id: CommandId, output: CommandOutput) {
        self.answers.give(id, output);
    }

    /// Closes the socket.
    pub(super) async fn close(mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
            // Aborted or ended before: it is over either way.
            let _over = task.await;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A channel, as the reader knows it.
struct Channel {
    inbox: mpsc::UnboundedSender<Vec<u8>>,
    /// Bytes in the inbox.
    lying: Arc<AtomicUsize>,
    /// Bytes that may be sent.
    credit: Arc<Semaphore>,
}

struct Reader {
    out: mpsc::Sender<Frame>,
    say: mpsc::Sender<Happening>,
    asked: Arc<Mutex<Asked>>,
    answers: Arc<Answers>,
    channels: BTreeMap<u32, Channel>,
}

/// The machine does not keep to what it should: it is cut off.
struct Violation;

impl Reader {
    async fn run(mut self, socket: OwnedReadHalf) {
        let mut socket = BufReader::with_capacity(PAYLOAD_MAX, socket);
        while let Some(frame) = read(&mut socket).await {
            if self.take(frame).is_err() {
                let what = "the machine broke the rules of its connection and was cut off";
                let _full = self.say.try_send(Happening::Odd { what: what.to_owned() });
                break;
            }
        }
        let mut asked = lock(&self.asked);
        asked.over = true;
        asked.waiting.clear();
        drop(asked);
        self.answers.clear();
    }

    fn take(&mut self, frame: Frame) -> Result<(), Violation> {
        let Frame { kind, number, payload } = frame;
        match kind {
            Kind::Data => self.data(number, payload),
            Kind::Credit => self.credit(number, &payload),
            Kind::End => {
                self.channels.remove(&number);
                Ok(())
            }
            Kind::Open => self.open(number, &payload),
            Kind::File => lock(&self.asked).file(&payload),
            Kind::Bytes => lock(&self.asked).bytes(&payload),
            Kind::Gone => lock(&self.asked).gone(payload),
            Kind::Done => lock(&self.asked).done(number),
            Kind::Exited => self.exited(&payload),
            Kind::Odd => {
                let what = in_words(&payload);
                // Nobody is helped by the two hundred and fifty-seventh.
                let _full = self.say.try_send(Happening::Odd { what });
                Ok(())
            }
            Kind::Reset | Kind::Settings | Kind::Sync | Kind::Collect | Kind::Launch => {
                Err(Violation)
            }
        }
    }

    fn data(&mut self, number: u32, payload: Vec<u8>) -> Result<(), Violation> {
        let Some(channel) = self.channels.get(&number) else { return Err(Violation) };
        let length = payload.len();
        if length == 0 {
            return Ok(());
        }
        if channel.lying.fetch_add(length, Ordering::Relaxed) + length > WINDOW {
            return Err(Violation);
        }
        // The task that takes them ends only after the channel has.
        channel.inbox.send(payload).map_err(|_| Violation)
    }

    fn credit(&mut self, number: u32, payload: &[u8]) -> Result<(), Violation> {
        // The machine may still grant what it took after its own end of the channel.
        let Some(channel) = self.channels.get(&number) else { return Ok(()) };
        let bytes = payload.try_into().map(u32::from_le_bytes).map_err(|_| Violation)? as usize;
        if channel.credit.available_permits() + bytes > WINDOW {
            return Err(Violation);
        }
        channel.credit.add_permits(bytes);
        Ok(())
    }

    fn open(&mut self, number: u32, payload: &[u8]) -> Result<(), Violation> {
        let full = self.channels.len() > CHANNELS_MAX;
        if number == STDIO || full || self.channels.contains_key(&number) {
            return Err(Violation);
        }
        let stream = self.channel(number);
        let say = self.say.clone();
        if payload == [LOCAL] {
            tokio::spawn(session::serve(stream, say, Arc::clone(&self.answers)));
        } else {
            tokio::spawn(async move { say.send(Happening::Connection(stream)).await });
        }
        Ok(())
    }

    fn exited(&mut self, payload: &[u8]) -> Result<(), Violation> {
        let (status, stderr) = payload.split_first_chunk().ok_or(Violation)?;
        let status = i32::from_le_bytes(*status);
        let happening = Happening::Exited { status, stderr: stderr.to_vec() };
        let say = self.say.clone();
        tokio::spawn(async move { say.send(happening).await });
        Ok(())
    }

    /// A channel, and its user's end.
    fn channel(&mut self, number: u32) -> DuplexStream {
        let (theirs, ours) = duplex(BUFFER_BYTES);
        let (from_user, to_user) = split(ours);
        let (inbox, parts) = mpsc::unbounded_channel();
        let lying = Arc::new(AtomicUsize::new(0));
        let credit = Arc::new(Semaphore::new(WINDOW));
        let out = self.out.clone();
        tokio::spawn(to_user_all(number, parts, Arc::clone(&lying), to_user, out));
        tokio::spawn(from_user_all(number, from_user, Arc::clone(&credit), self.out.clone()));
        self.channels.insert(number, Channel { inbox, lying, credit });
        theirs
    }
}

impl Asked {
    fn file(&mut self, payload: &[u8]) -> Result<(), Violation> {
        let head = FileHead::decode(payload).map_err(|_| Violation)?;
        let FileHead { path, mode, modified, size, .. } = head;
        self.missing = usize::try_from(size).map_err(|_| Violation)?;
        self.add(payload.len())?;
        self.changes.push(Change::Wrote(File { contents: Vec::new(), mode, modified, path }));
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Violation> {
        self.missing = self.missing.checked_sub(bytes.len()).ok_or(Violation)?;
        self.bytes += bytes.len();
        match self.changes.last_mut() {
            Some(Change::Wrote(file)) if self.bytes <= CHANGES_BYTES_MAX => {
                file.contents.extend_from_slice(bytes);
                Ok(())
            }
            _ => Err(Violation),
        }
    }

    fn gone(&mut self, path: Vec<u8>) -> Result<(), Violation> {
        self.add(path.len())?;
        let path = String::from_utf8(path).map_err(|_| Violation)?;
        self.changes.push(Change::Removed(path));
        Ok(())
    }

    /// Something is added that takes so many bytes. Only what was asked for is taken.
    fn add(&mut self, bytes: usize) -> Result<(), Violation> {
        self.bytes += bytes;
        let within = self.bytes <= CHANGES_BYTES_MAX && self.changes.len() < CHANGES_MAX;
        if within && !self.waiting.is_empty() { Ok(()) } else { Err(Violation) }
    }

    fn done(&mut self, number: u32) -> Result<(), Violation> {
        let done = self.waiting.remove(&number).ok_or(Violation)?;
        if self.missing != 0 {
            return Err(Violation);
        }
        self.bytes = 0;
        // Whoever asked may not wait any more.
        let _gone = done.send(std::mem::take(&mut self.changes));
        Ok(())
    }
}

async fn read(socket: &mut BufReader<OwnedReadHalf>) -> Option<Frame> {
    let mut header = [0; HEADER];
    socket.read_exact(&mut header).await.ok()?;
    let (kind, number, length) = parse_header(header).ok()?;
    let mut payload = vec![0; length];
    socket.read_exact(&mut payload).await.ok()?;
    Some(Frame { kind, number, payload })
}

async fn write(mut socket: OwnedWriteHalf, mut frames: mpsc::Receiver<Frame>) {
    while let Some(frame) = frames.recv().await {
        if socket.write_all(&frame.encode()).await.is_err() {
            break;
        }
    }
}

/// Once the user is gone the rest is taken and thrown away: the machine is told to close.
async fn to_user_all(
    number: u32,
    mut parts: mpsc::UnboundedReceiver<Vec<u8>>,
    lying: Arc<AtomicUsize>,
    mut user: WriteHalf<DuplexStream>,
    out: mpsc::Sender<Frame>,
) {
    let mut open = true;
    while let Some(part) = parts.recv().await {
        if open && user.write_all(&part).await.is_err() {
            open = false;
            let _over = out.send(Frame::new(Kind::Reset, number, [])).await;
        }
        lying.fetch_sub(part.len(), Ordering::Relaxed);
        let credit = u32::try_from(part.len()).unwrap_or(0).to_le_bytes();
        if out.send(Frame::new(Kind::Credit, number, credit)).await.is_err() {
            return;
        }
    }
    // The user may be gone.
    let _gone = user.shutdown().await;
}

async fn from_user_all(
    number: u32,
    mut user: ReadHalf<DuplexStream>,
    credit: Arc<Semaphore>,
    out: mpsc::Sender<Frame>,
) {
    let mut buffer = vec![0; PAYLOAD_MAX];
    loop {
        // One byte of credit is waited for before anything is read.
        let Ok(first) = credit.acquire().await else { return };
        first.forget();
        let more = credit.available_permits().min(buffer.len() - 1);
        let room = match credit.try_acquire_many(u32::try_from(more).unwrap_or(0)) {
            Ok(rest) => {
                rest.forget();
                more + 1
            }
            Err(_) => 1,
        };
        let length = user.read(&mut buffer[..room]).await.unwrap_or(0);
        credit.add_permits(room - length);
        let kind = if length == 0 { Kind::End } else { Kind::Data };
        if out.send(Frame::new(kind, number, &buffer[..length])).await.is_err() || length == 0 {
            return;
        }
    }
}

/// On one line, without characters that a terminal would obey.
fn in_words(payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(payload);
    text.chars().take(ODD_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here panics while it holds the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
