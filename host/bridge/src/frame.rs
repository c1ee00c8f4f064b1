//! What passes between the cage and the host: frames on one stream socket. A header of nine bytes
//! (kind, number, length of the payload; little endian) and the payload.
//!
//! Channels carry bytes both ways under credit: a side sends no more on a channel than the other
//! has granted ([`WINDOW`] at the start, more by `Credit`), so that a slow reader of one channel
//! holds nobody else up, and neither side ever holds more than a window of it. The harness's own
//! standard input and output are channel [`STDIO`]; the others are opened by the cage.

use std::io::{self, Read};

/// Longest payload, in bytes. Long enough that headers cost nothing, short enough that no channel
/// keeps the socket for itself.
pub const PAYLOAD_MAX: usize = 64 * 1024;
/// Bytes of a channel that may be under way in one direction without the reader having taken them.
pub const WINDOW: usize = 256 * 1024;
/// Bytes of a header.
pub const HEADER: usize = 9;
/// The harness's standard input and output.
pub const STDIO: u32 = 0;
/// Channels open at once. A harness holds a few connections to its model and runs a few commands at
/// once; this many windows are still only 32 MiB.
pub const CHANNELS_MAX: usize = 64;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Bytes of a channel.
    Data = 1,
    /// The reader of a channel took so many bytes (`u32`).
    Credit = 2,
    /// The sender's direction of a channel ends.
    End = 3,
    /// The host is done with a channel in both directions.
    Reset = 4,
    /// The cage opens a channel; one byte says where from ([`NETWORK`] or [`LOCAL`]).
    Open = 5,
    /// Host: what the machine is ([`Settings`]).
    Settings = 6,
    /// A regular file follows: [`FileHead`], then `Bytes` up to its size.
    File = 7,
    /// Part of a file's contents.
    Bytes = 8,
    /// A path is no file any more.
    Gone = 9,
    /// Host: say `Done` when all before is done.
    Sync = 10,
    /// Host: report the changes, then `Done`.
    Collect = 11,
    /// Cage: a `Sync` or `Collect` of that number is done.
    Done = 12,
    /// Host: start the harness ([`Launch`]).
    Launch = 13,
    /// Cage: the harness ended: status (`i32`), then the end of its standard error.
    Exited = 14,
    /// Cage: something that is refused or over a bound, in words.
    Odd = 15,
}

/// A channel that is a connection to the cage's port.
pub const NETWORK: u8 = 0;
/// A channel that is a connection to [`crate::SOCKET`].
pub const LOCAL: u8 = 1;

const KINDS: [Kind; 15] = [
    Kind::Data,
    Kind::Credit,
    Kind::End,
    Kind::Reset,
    Kind::Open,
    Kind::Settings,
    Kind::File,
    Kind::Bytes,
    Kind::Gone,
    Kind::Sync,
    Kind::Collect,
    Kind::Done,
    Kind::Launch,
    Kind::Exited,
    Kind::Odd,
];

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    /// A channel, or the number of a request.
    pub number: u32,
    /// At most [`PAYLOAD_MAX`] bytes.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame.
    #[must_use]
    pub fn new(kind: Kind, number: u32, payload: impl Into<Vec<u8>>) -> Self {
        let payload = payload.into();
        debug_assert!(payload.len() <= PAYLOAD_MAX, "callers split what is longer");
        Self { kind, number, payload }
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.payload.len());
        bytes.push(self.kind as u8);
        bytes.extend(self.number.to_le_bytes());
        bytes.extend(size(self.payload.len()).to_le_bytes());
        bytes.extend(&self.payload);
        bytes
    }

    /// The next frame of a stream; `None` where it ends between two.
    ///
    /// # Errors
    /// When the stream fails, ends inside a frame or holds something else.
    pub fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut header = [0; HEADER];
        if stream.read(&mut header[..1])? == 0 {
            return Ok(None);
        }
        stream.read_exact(&mut header[1..])?;
        let (kind, number, length) = parse_header(header)?;
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload)?;
        Ok(Some(Self { kind, number, payload }))
    }
}

/// Kind, number and length of the payload.
///
/// # Errors
/// For an unknown kind, and for a payload over [`PAYLOAD_MAX`].
pub fn parse_header(header: [u8; HEADER]) -> io::Result<(Kind, u32, usize)> {
    let [kind, n0, n1, n2, n3, l0, l1, l2, l3] = header;
    let kind = KINDS.into_iter().find(|k| *k as u8 == kind).ok_or_else(|| bad("kind"))?;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if length > PAYLOAD_MAX {
        return Err(bad("length"));
    }
    Ok((kind, u32::from_le_bytes([n0, n1, n2, n3]), length))
}

/// What the machine is, and where the harness will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Seconds since 1970 at the harness's start.
    pub clock: u64,
    /// TCP port on 127.0.0.1 whose connections become channels.
    pub port: u16,
    /// Folders to make, which stay when they are empty.
    pub folders: Vec<String>,
    /// Paths that are never reported, with all below them.
    pub ignored: Vec<String>,
}

impl Settings {
    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.number(self.clock);
        writer.number(u64::from(self.port));
        writer.words(&self.folders);
        writer.words(&self.ignored);
        writer.0
    }

    /// From its bytes.
    ///
    /// # Errors
    /// When they are something else.
    pub fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut reader = Reader(bytes);
        Ok(Self {
            clock: reader.number()?,
            port: u16::try_from(reader.number()?).map_err(|_| bad("port"))?,
            folders: reader.texts()?,
            ignored: reader.texts()?,
        })
    }
}

/// How the harness is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Its working folder.
    pub directory: String,
    /// Its whole environment, names and values by turns.
    pub environment: Vec<String>,
}

impl Launch {
    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.words(&self.command);
        writer.text(&self.directory);
        writer.words(&self.environment);
        writer.0
    }

    /// From its bytes.
    ///
    /// # Errors
    /// When they are something else.
    pub fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut reader = Reader(bytes);
        Ok(Self {
            command: reader.texts()?,
            directory: reader.text()?,
            environment: reader.texts()?,
        })
    }
}

/// What is said of a file before its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHead {
    /// Absolute.
    pub path: String,
    /// The nine permission bits.
    pub mode: u32,
    /// Seconds since 1970.
    pub modified: u64,
    /// Bytes.
    pub size: u64,
    /// The harness's own: it is put down and never reported.
    pub own: bool,
}

impl FileHead {
    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.text(&self.path);
        writer.number(u64::from(self.mode));
        writer.number(self.modified);
        writer.number(self.size);
        writer.number(u64::from(self.own));
        writer.0
    }

    /// From its bytes.
    ///
    /// # Errors
    /// When they are something else.
    pub fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut reader = Reader(bytes);
        Ok(Self {
            path: reader.text()?,
            mode: u32::try_from(reader.number()?).map_err(|_| bad("mode"))?,
            modified: reader.number()?,
            size: reader.number()?,
            own: reader.number()? != 0,
        })
    }
}

/// Puts values after each other.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend(size(bytes.len()).to_le_bytes());
        self.0.extend(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn words(&mut self, words: &[String]) {
        self.0.extend(size(words.len()).to_le_bytes());
        for word in words {
            self.text(word);
        }
    }
}

/// Takes them off again.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(|| bad("length"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn size(&mut self) -> io::Result<usize> {
        let bytes = self.take(4)?.try_into().map_err(|_| bad("length"))?;
        Ok(u32::from_le_bytes(bytes) as usize)
    }

    pub(crate) fn number(&mut self) -> io::Result<u64> {
        let bytes = self.take(8)?.try_into().map_err(|_| bad("number"))?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn bytes(&mut self) -> io::Result<&'a [u8]> {
        let length = self.size()?;
        self.take(length)
    }

    fn text(&mut self) -> io::Result<String> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|_| bad("text"))
    }

    fn texts(&mut self) -> io::Result<Vec<String>> {
        (0..self.size()?).map(|_| self.text()).collect()
    }
}

pub(crate) fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a message with a wrong {what}"))
}

/// Everything that is sent is far below 4 GiB; what is not would be cut by its own bound first.
pub(crate) fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back() {
        for (index, kind) in KINDS.into_iter().enumerate() {
            let frame = Frame::new(kind, 7, vec![9; index * 100]);
            let bytes = frame.encode();
            assert_eq!(Frame::read(&mut &bytes[..]).unwrap(), Some(frame));
            assert!(Frame::read(&mut &bytes[..bytes.len() - 1]).is_err());
        }
        assert_eq!(Frame::read(&mut &[][..]).unwrap(), None);
    }

    #[test]
    fn hostile_headers_are_refused_before_anything_is_taken() {
        for header in [[0; HEADER], [16, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 1, 0, 1, 0]] {
            assert!(parse_header(header).is_err(), "{header:?}");
        }
        let words = [0xff; 40];
        assert!(Settings::decode(&words).is_err());
        assert!(Launch::decode(&words).is_err());
        assert!(FileHead::decode(&words).is_err());
    }

    #[test]
    fn messages_come_back() {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let settings = Settings {
            clock: 5,
            port: 8,
            folders: words(&["/home/ops", "/tmp"]),
            ignored: words(&[""]),
        };
        assert_eq!(Settings::decode(&settings.encode()).unwrap(), settings);
        let launch = Launch {
            command: words(&["node", "-e", "1"]),
            directory: "/".to_owned(),
            environment: words(&["A", "é"]),
        };
        assert_eq!(Launch::decode(&launch.encode()).unwrap(), launch);
        let head =
            FileHead { path: "/a".to_owned(), mode: 0o644, modified: 1, size: u64::MAX, own: true };
        assert_eq!(FileHead::decode(&head.encode()).unwrap(), head);
    }
}
