//! Lines of a compressed entry, read as a stranger's: every size is bounded before it is believed.

use crate::container::{Entry, io_fault, tampered};
use record::event::EVENT_BYTES_MAX;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take};
use std::path::Path;
use trial::port::Fault;
use zstd::stream::read::Decoder;

/// Largest window of a zstd frame, as a power of two in bytes (8 MiB): bounds a reader's memory.
/// Writers stay at or below it.
pub(crate) const WINDOW_LOG_MAX: u32 = 23;

/// Start of the canonical line of an `opened` event: a trial's log starts there.
pub(crate) const OPENED: &[u8] = b"{\"opened\":";

/// The decompressed bytes of one entry: a single zstd frame and nothing else.
pub(crate) struct Inflated {
    reader: BufReader<Decoder<'static, BufReader<Take<File>>>>,
    entry: Entry,
    path: std::path::PathBuf,
}

impl Inflated {
    pub(crate) fn open(path: &Path, entry: Entry) -> Result<Self, Fault> {
        let decoder = || -> io::Result<_> {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(entry.offset))?;
            let mut decoder = Decoder::with_buffer(BufReader::new(file.take(entry.size)))?;
            decoder.window_log_max(WINDOW_LOG_MAX)?;
            Ok(BufReader::with_capacity(1 << 16, decoder.single_frame()))
        };
        let reader = decoder().map_err(|error| io_fault(path, &error))?;
        Ok(Self { reader, entry, path: path.to_owned() })
    }

    fn fault(&self, error: &io::Error) -> Fault {
        match error.raw_os_error() {
            Some(_) => io_fault(&self.path, error),
            None => tampered(format!("{}: not a zstd frame: {error}", self.entry.name)),
        }
    }

    /// Everything, when it is `most` bytes or less.
    pub(crate) fn whole(mut self, most: u64) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        let read = self.reader.by_ref().take(most + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.fault(&error))?;
        if bytes.len() as u64 > most {
            let name = self.entry.name;
            return Err(tampered(format!("{name}: more than {most} bytes when decompressed")));
        }
        self.end()?;
        Ok(bytes)
    }

    /// The next line with its `\n`, of `most` bytes at most; none at the end of the frame.
    pub(crate) fn line(&mut self, most: usize) -> Result<Option<Vec<u8>>, Fault> {
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(most as u64 + 1).read_until(b'\n', &mut line);
        read.map_err(|error| self.fault(&error))?;
        let name = self.entry.name;
        match line.last() {
            None => {
                self.end()?;
                Ok(None)
            }
            Some(_) if line.len() > most => {
                Err(tampered(format!("{name}: a line of more than {most} bytes")))
            }
            Some(b'\n') => Ok(Some(line)),
            Some(_) => Err(tampered(format!("{name}: its last line has no end"))),
        }
    }

    /// Nothing may stand after the frame: it would be in no digest that is signed.
    fn end(&mut self) -> Result<(), Fault> {
        let stored = self.reader.get_mut().get_mut();
        let rest = stored.fill_buf().map(<[u8]>::len);
        match rest.map_err(|error| self.fault(&error))? {
            0 => Ok(()),
            _ => Err(tampered(format!("{}: bytes after its zstd frame", self.entry.name))),
        }
    }
}

/// Most events of one trial: far above the most turns (1,000), for agents that run many commands.
pub const EVENTS_MAX: usize = 100_000;
/// Most bytes of one trial's log. A trial is rebuilt from memory, so this bounds a verifier's; a
/// subject that writes all it may (64 MiB), escaped, beside the world's answers, fits.
pub const LOG_BYTES_MAX: usize = 256 << 20;

/// Event logs, one after another.
pub(crate) struct Logs {
    path: std::path::PathBuf,
    /// Blocks that are still to be read, the next one last.
    blocks: Vec<Entry>,
    block: Option<Inflated>,
    /// First line of the next log.
    opened: Option<Vec<u8>>,
    /// Logs that were begun in this block.
    begun: usize,
}

impl Logs {
    pub(crate) fn open(path: &Path, mut blocks: Vec<Entry>) -> Self {
        blocks.reverse();
        Self { path: path.to_owned(), blocks, block: None, opened: None, begun: 0 }
    }

    /// The next log: an `opened` line and all lines up to the next one.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let Some(mut log) = self.first_line()? else { return Ok(None) };
        let Some(block) = &mut self.block else { return Ok(Some(log)) };
        let mut events = 1;
        while let Some(line) = block.line(EVENT_BYTES_MAX)? {
            if line.starts_with(OPENED) {
                self.opened = Some(line);
                return Ok(Some(log));
            }
            events += 1;
            if events > EVENTS_MAX || log.len() + line.len() > LOG_BYTES_MAX {
                let name = block.entry.name;
                return Err(tampered(format!(
                    "{name}: a trial of more than {EVENTS_MAX} events or {LOG_BYTES_MAX} bytes"
                )));
            }
            log.extend_from_slice(&line);
        }
        self.leave_block()?;
        Ok(Some(log))
    }

    fn first_line(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        if let Some(line) = self.opened.take() {
            self.begun += 1;
            return Ok(Some(line));
        }
        let Some(entry) = self.blocks.pop() else { return Ok(None) };
        let mut block = Inflated::open(&self.path, entry)?;
        let line = block.line(EVENT_BYTES_MAX)?;
        match line {
            Some(line) if line.starts_with(OPENED) => {
                self.block = Some(block);
                self.begun = 1;
                Ok(Some(line))
            }
            _ => Err(tampered(format!("{}: does not begin with an opened event", entry.name))),
        }
    }

    fn leave_block(&mut self) -> Result<(), Fault> {
        let expected = crate::bundle::BLOCK_TRIALS;
        let full = self.begun == expected || (self.blocks.is_empty() && self.begun < expected);
        match self.block.take() {
            Some(block) if !full => Err(tampered(format!(
                "{}: {} trials, expected {expected} in every block but the last",
                block.entry.name, self.begun
            ))),
            _ => Ok(()),
        }
    }
}
