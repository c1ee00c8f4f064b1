//! A bundle: one file whose name ends in `.kinship`, with everything that a verifier needs.
//!
//! ```text
//! envelope.json               DSSE envelope around the in-toto statement
//! key.pem                     the public key that signed, in SPKI PEM
//! result.json                 canonical `RunResult`, without a line end
//! suite.toml                  the manifest, as it was reviewed
//! plugins/SHA256.wasm.zst     every component that the suite pins, in ascending order
//! logs/00000.jsonl.zst …      event logs, 256 trials in each, in plan order
//! verdicts.jsonl.zst          canonical `TrialScore`, a line each, in plan order
//! SHA256SUMS                  of the stored bytes of all others
//! ```
//!
//! It is an ordinary tar file, so `tar xf`, `sha256sum -c SHA256SUMS` and `zstdcat` open it, and it
//! can be written in one way only. Nothing that is read here is verified: see [`crate::verify`].

use crate::container::{self, Entry, Name, io_fault, tampered};
use crate::lines::{Inflated, Logs};
use record::digest::Digest;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use trial::port::Fault;

pub use crate::lines::{EVENTS_MAX, LOG_BYTES_MAX};

/// Trials whose logs are compressed together: large enough for repeated briefings to vanish, small
/// enough that one transcript is found without reading a run.
pub const BLOCK_TRIALS: usize = 256;
/// zstd level of every compressed entry: the logs of a run shrink about twenty times at a speed
/// that the disk of a run does not notice.
pub const ZSTD_LEVEL: i32 = 6;
/// Largest component, in bytes. A scenario with a shell has 7 MB.
pub const COMPONENT_BYTES_MAX: u64 = 64 << 20;
/// Largest verdict line, in bytes: evidence by place, not by copy, stays far below it.
pub const VERDICT_BYTES_MAX: usize = 1 << 20;

/// A file that is a bundle in form. Its content is still a stranger's.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    entries: Vec<Entry>,
    envelope: Vec<u8>,
    key: Vec<u8>,
    result: Vec<u8>,
    suite: Vec<u8>,
}

/// What a bundle holds of one trial, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTrial {
    /// Lines of its event log.
    pub log: Vec<u8>,
    /// Its line of verdicts, without the line end.
    pub verdict: Vec<u8>,
}

impl Bundle {
    /// Reads the file once and checks its form: names, order, sizes, padding, digests.
    ///
    /// # Errors
    /// `Setup` when it cannot be read, `Tampered` with the first thing that no bundle has.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let mut file = File::open(path).map_err(|error| io_fault(path, &error))?;
        let entries = container::scan(path, &file)?;
        let mut small = |name: Name| -> Result<Vec<u8>, Fault> {
            let entry = find(&entries, name)?;
            // Bounded by `scan`: a few MiB at most.
            let mut bytes = vec![0; entry.size as usize];
            let read =
                file.seek(SeekFrom::Start(entry.offset)).and_then(|_| file.read_exact(&mut bytes));
            read.map_err(|error| io_fault(path, &error))?;
            // The second reading is the one that counts.
            if Digest::of(&bytes) != entry.sha256 {
                return Err(tampered(format!("{name}: changed while it was read")));
            }
            Ok(bytes)
        };
        let (envelope, key) = (small(Name::Envelope)?, small(Name::Key)?);
        let (result, suite) = (small(Name::Result)?, small(Name::Suite)?);
        Ok(Self { path: path.to_owned(), entries, envelope, key, result, suite })
    }

    /// `envelope.json`.
    pub fn envelope(&self) -> &[u8] {
        &self.envelope
    }

    /// `key.pem`.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// `result.json`.
    pub fn result(&self) -> &[u8] {
        &self.result
    }

    /// `suite.toml`.
    pub fn suite(&self) -> &[u8] {
        &self.suite
    }

    /// Digests of the components, as their names state them.
    pub fn components(&self) -> impl Iterator<Item = Digest> + '_ {
        self.entries.iter().filter_map(|entry| match entry.name {
            Name::Plugin(digest) => Some(digest),
            _ => None,
        })
    }

    /// The component of that digest.
    ///
    /// # Errors
    /// `Tampered` when it is missing, too large, or has another digest than its name says.
    pub fn component(&self, digest: Digest) -> Result<Vec<u8>, Fault> {
        let entry = find(&self.entries, Name::Plugin(digest))?;
        let bytes = Inflated::open(&self.path, entry)?.whole(COMPONENT_BYTES_MAX)?;
        match Digest::of(&bytes) {
            found if found == digest => Ok(bytes),
            found => Err(tampered(format!("{}: has SHA-256 {found}", entry.name))),
        }
    }

    /// Every trial, in the order of the file, in flat memory.
    ///
    /// # Errors
    /// As [`Self::open`]; so for each trial.
    pub fn trials(&self) -> Result<impl Iterator<Item = Result<StoredTrial, Fault>>, Fault> {
        let (mut verdicts, mut logs) = (self.verdicts()?, self.logs());
        Ok(std::iter::from_fn(move || {
            let pair = verdicts.next().and_then(|verdict| Ok((verdict, logs.next()?)));
            match pair {
                Ok((Some(verdict), Some(log))) => Some(Ok(StoredTrial { log, verdict })),
                Ok((None, None)) => None,
                Ok(_) => Some(Err(tampered("verdicts and logs are not of the same trials"))),
                Err(fault) => Some(Err(fault)),
            }
        }))
    }

    pub(crate) fn verdicts(&self) -> Result<Verdicts, Fault> {
        Ok(Verdicts(Inflated::open(&self.path, find(&self.entries, Name::Verdicts)?)?))
    }

    pub(crate) fn logs(&self) -> Logs {
        let blocks = self.entries.iter().filter(|e| matches!(e.name, Name::Log(_)));
        Logs::open(&self.path, blocks.copied().collect())
    }
}

/// Verdict lines, without their line ends.
pub(crate) struct Verdicts(Inflated);

impl Verdicts {
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let line = self.0.line(VERDICT_BYTES_MAX)?;
        Ok(line.map(|mut line| {
            line.pop();
            line
        }))
    }
}

fn find(entries: &[Entry], name: Name) -> Result<Entry, Fault> {
    let entry = entries.iter().find(|entry| entry.name == name);
    entry.copied().ok_or_else(|| tampered(format!("{name}: missing")))
}
