//! The container of a bundle: a tar file (POSIX.1-1988 ustar) that can be written in one way only.
//!
//! A header is never interpreted: name and size are read from it, the header is made again from
//! these two, and the 512 bytes have to be equal. So there are no links, owners, dates, paths or
//! extensions to be careful with, and no byte that could be changed unseen.

use record::digest::{Digest, DigestBuilder};
use record::event::Blame;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use tar::{EntryType, Header};
use trial::port::Fault;

/// Bytes of a tar block (POSIX).
const BLOCK_BYTES: usize = 512;
/// Most plugins of a bundle: a suite of a hundred scenarios with ten scorers has room to double.
const PLUGINS_MAX: usize = 256;
/// Most blocks of logs: the most trials of a plan (5,000,000) in blocks of 256 are 19,532.
const LOGS_MAX: u32 = 19_532;
/// Largest entry that is streamed: a ustar header holds sizes below 8 GiB.
const STREAM_BYTES_MAX: u64 = (8 << 30) - 1;
/// Largest `result.json`: at 1 kB a cell and behaviour, 16,000 of them.
const RESULT_BYTES_MAX: u64 = 16 << 20;
/// Largest `SHA256SUMS`: a line for each possible entry.
const SUMS_BYTES_MAX: u64 = (LOGS_MAX as u64 + PLUGINS_MAX as u64 + 6) * 160;

/// An entry's name. Their order is the order in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Envelope,
    Key,
    Result,
    Suite,
    Plugin(Digest),
    Log(u32),
    Verdicts,
    Sums,
}

impl Name {
    fn parse(text: &str) -> Option<Self> {
        let name = match text {
            "envelope.json" => Self::Envelope,
            "key.pem" => Self::Key,
            "result.json" => Self::Result,
            "suite.toml" => Self::Suite,
            "verdicts.jsonl.zst" => Self::Verdicts,
            "SHA256SUMS" => Self::Sums,
            _ => {
                let inside = |folder, end| text.strip_prefix(folder)?.strip_suffix(end);
                match (inside("plugins/", ".wasm.zst"), inside("logs/", ".jsonl.zst")) {
                    (Some(digest), _) => Self::Plugin(digest.parse().ok()?),
                    (_, Some(number)) => Self::Log(number.parse().ok()?),
                    _ => return None,
                }
            }
        };
        // "logs/+1.jsonl.zst" is a number too.
        (name.to_string() == text).then_some(name)
    }

    const fn bytes_max(self) -> u64 {
        match self {
            Self::Envelope => seal::envelope::ENVELOPE_BYTES_MAX as u64,
            Self::Key => seal::key::KEY_BYTES_MAX,
            Self::Result => RESULT_BYTES_MAX,
            Self::Suite => record::suite::SUITE_BYTES_MAX as u64,
            Self::Plugin(_) => crate::bundle::COMPONENT_BYTES_MAX,
            Self::Log(_) | Self::Verdicts => STREAM_BYTES_MAX,
            Self::Sums => SUMS_BYTES_MAX,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Envelope => f.write_str("envelope.json"),
            Self::Key => f.write_str("key.pem"),
            Self::Result => f.write_str("result.json"),
            Self::Suite => f.write_str("suite.toml"),
            Self::Plugin(digest) => write!(f, "plugins/{digest}.wasm.zst"),
            Self::Log(number) => write!(f, "logs/{number:05}.jsonl.zst"),
            Self::Verdicts => f.write_str("verdicts.jsonl.zst"),
            Self::Sums => f.write_str("SHA256SUMS"),
        }
    }
}

/// Where an entry's stored bytes lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) name: Name,
    /// From the start of the file.
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) sha256: Digest,
}

pub(crate) fn tampered(message: impl Into<String>) -> Fault {
    Fault::new(Blame::Tampered, message)
}

pub(crate) fn io_fault(path: &Path, error: &io::Error) -> Fault {
    Fault::new(Blame::Setup, format!("{}: {error}", path.display()))
}

/// The one header that an entry can have.
fn header(name: Name, size: u64) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(name.to_string())?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    Ok(header)
}

/// Writes one entry: header, `size` bytes of `content`, and zeros up to a whole block.
pub(crate) fn append(
    out: &mut impl Write,
    name: Name,
    size: u64,
    content: &mut impl Read,
) -> io::Result<()> {
    if size > name.bytes_max() {
        let most = name.bytes_max();
        return Err(io::Error::other(format!("{name}: {size} bytes, expected {most} at most")));
    }
    out.write_all(header(name, size)?.as_bytes())?;
    let copied = io::copy(&mut content.take(size), out)?;
    assert_eq!(copied, size, "the size of {name} is known before it is written");
    out.write_all(&[0; BLOCK_BYTES][..padding(size)])
}

/// Writes the end of the container: two blocks of zeros.
pub(crate) fn finish(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0; 2 * BLOCK_BYTES])
}

const fn padding(size: u64) -> usize {
    (size.next_multiple_of(BLOCK_BYTES as u64) - size) as usize
}

/// `SHA256SUMS`, as `sha256sum --check` reads it: the stored bytes of every other entry.
pub(crate) fn sums(entries: &[Entry]) -> String {
    entries.iter().map(|entry| format!("{}  {}\n", entry.sha256, entry.name)).collect()
}

/// Reads the whole file once: every entry with its digest, in order; `SHA256SUMS` last.
///
/// # Errors
/// With the first byte that no bundle has there.
pub(crate) fn scan(path: &Path, file: &File) -> Result<Vec<Entry>, Fault> {
    let mut scan = Scan { path, reader: BufReader::new(file), at: 0, buffer: vec![0; 1 << 16] };
    let mut entries: Vec<Entry> = Vec::new();
    let mut sums_text = String::new();
    let mut plugins = 0;
    while let Some((name, size)) = scan.next(entries.last())? {
        let offset = scan.at;
        let mut kept = Vec::new();
        let keep = (name == Name::Sums).then_some(&mut kept);
        let sha256 = scan.content(name, size, keep)?;
        if name == Name::Sums {
            sums_text = String::from_utf8_lossy(&kept).into_owned();
        }
        entries.push(Entry { name, offset, size, sha256 });
        plugins += usize::from(matches!(name, Name::Plugin(_)));
        if plugins > PLUGINS_MAX {
            return Err(tampered(format!("more than {PLUGINS_MAX} plugins")));
        }
    }
    check_complete(&entries)?;
    check_sums(&entries[..entries.len() - 1], &sums_text)?;
    Ok(entries)
}

struct Scan<'a> {
    path: &'a Path,
    reader: BufReader<&'a File>,
    at: u64,
    /// For contents; past it the reader's own would copy everything twice.
    buffer: Vec<u8>,
}

impl Scan<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<(), Fault> {
        let at = self.at;
        self.reader.read_exact(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                tampered(format!("ends after byte {at}, in the middle of a block"))
            }
            _ => io_fault(self.path, &error),
        })?;
        self.at += buffer.len() as u64;
        Ok(())
    }

    /// Name and size of the next entry; none at the end of the container.
    fn next(&mut self, last: Option<&Entry>) -> Result<Option<(Name, u64)>, Fault> {
        let start = self.at;
        let mut block = [0; BLOCK_BYTES];
        self.read(&mut block)?;
        if block == [0; BLOCK_BYTES] {
            self.end()?;
            return Ok(None);
        }
        let found = Header::from_byte_slice(&block);
        let path = found.path_bytes();
        let name = std::str::from_utf8(&path).ok().and_then(Name::parse).ok_or_else(|| {
            let text: String = String::from_utf8_lossy(&path).chars().take(100).collect();
            tampered(format!("byte {start}: entry {text:?} is not one that a bundle has"))
        })?;
        let size = found.entry_size().unwrap_or(u64::MAX);
        if size > name.bytes_max() {
            let most = name.bytes_max();
            return Err(tampered(format!("{name}: {size} bytes, expected {most} at most")));
        }
        let expected = header(name, size).map_err(|error| io_fault(self.path, &error))?;
        if let Some(at) = expected.as_bytes().iter().zip(&block).position(|(a, b)| a != b) {
            let at = start + at as u64;
            return Err(tampered(format!("{name}: byte {at} of its header is not canonical")));
        }
        let after = |last: &Entry| match (last.name, name) {
            (Name::Log(before), Name::Log(number)) => number == before + 1,
            (before, Name::Log(number)) => before < name && number == 0,
            (before, _) => before < name,
        };
        let in_order = last.map_or(name == Name::Envelope, after);
        if !in_order || matches!(name, Name::Log(number) if number >= LOGS_MAX) {
            return Err(tampered(format!("{name}: stands twice or out of order")));
        }
        Ok(Some((name, size)))
    }

    /// The second block of zeros, and nothing after it.
    fn end(&mut self) -> Result<(), Fault> {
        let mut block = [0; BLOCK_BYTES];
        self.read(&mut block)?;
        let mut more = [0];
        let rest = self.reader.read(&mut more).map_err(|error| io_fault(self.path, &error))?;
        if block == [0; BLOCK_BYTES] && rest == 0 {
            return Ok(());
        }
        Err(tampered(format!("byte {}: something stands after the end", self.at)))
    }

    /// Reads an entry's bytes and its padding.
    fn content(
        &mut self,
        name: Name,
        size: u64,
        mut keep: Option<&mut Vec<u8>>,
    ) -> Result<Digest, Fault> {
        let mut digest = DigestBuilder::default();
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut left = size;
        while left > 0 {
            let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let piece = &mut buffer[..most];
            self.read(piece)?;
            digest.update(piece);
            if let Some(kept) = &mut keep {
                kept.extend_from_slice(piece);
            }
            left -= piece.len() as u64;
        }
        self.buffer = buffer;
        let mut zeros = [0; BLOCK_BYTES];
        let zeros = &mut zeros[..padding(size)];
        self.read(zeros)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(tampered(format!("{name}: its padding is not zero")));
        }
        Ok(digest.finish())
    }
}

fn check_complete(entries: &[Entry]) -> Result<(), Fault> {
    let required = [Name::Envelope, Name::Key, Name::Result, Name::Suite, Name::Log(0)];
    let required = required.iter().chain(&[Name::Verdicts, Name::Sums]);
    for name in required {
        if entries.iter().all(|entry| entry.name != *name) {
            return Err(tampered(format!("{name}: missing")));
        }
    }
    Ok(())
}

fn check_sums(entries: &[Entry], found: &str) -> Result<(), Fault> {
    let expected = sums(entries);
    if expected == found {
        return Ok(());
    }
    let differs = expected.lines().zip(found.lines()).find(|(a, b)| a != b);
    Err(tampered(match differs {
        Some((expected, found)) => format!(
            "SHA256SUMS: the file gives {expected:?}, the list says {:?}",
            found.chars().take(160).collect::<String>()
        ),
        None => "SHA256SUMS: not one line for each entry".to_owned(),
    }))
}
