//! A folder that a data hub and a data loader know without being told: a card, one split, and
//! Croissant metadata.
//!
//! ```text
//! README.md                          the card: YAML front matter, columns, limits, how to cite
//! croissant.json                     Croissant 1.1: the file by digest, its fields
//! data/test-00000-of-00001.parquet   the table
//! ```
//!
//! The split is `test` and there is no other: this is an evaluation, and nothing to train on.
//! Names follow <https://huggingface.co/docs/hub/datasets-data-files-configuration>.

use crate::table::{self, Format, Options, TableError, View, Written};
use crate::{Run, Trial, card, croissant};
use record::digest::{Digest, DigestBuilder};
use std::io::{self, Write};

/// Where the card stands in the folder.
pub const CARD: &str = "README.md";
/// Where the metadata stands.
pub const CROISSANT: &str = "croissant.json";
/// Where the table stands.
pub const TABLE: &str = "data/test-00000-of-00001.parquet";

/// The table as it was written.
pub(crate) struct TableFile {
    pub(crate) sha256: Digest,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
}

impl View {
    /// Name of the records in card and metadata.
    pub(crate) const fn records(self) -> &'static str {
        match self {
            Self::Kinship => "trials",
            Self::Public => "transcripts",
        }
    }

    /// The column that tells rows of one run apart.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Kinship => "trial",
            Self::Public => "transcript_id",
        }
    }
}

/// Writes the three files. `create` opens each for writing, by its path in the folder with `/`
/// between parts. The same trials give the same bytes.
///
/// # Errors
/// As [`table::write`], and what `create` said.
pub fn write<E, W>(
    run: &Run<'_>,
    trials: impl Iterator<Item = Result<Trial, E>>,
    options: Options,
    mut create: impl FnMut(&str) -> io::Result<W>,
) -> Result<Written, E>
where
    E: From<TableError>,
    W: Write + Send,
{
    let mut sink = Counted { inner: open(&mut create, TABLE)?, bytes: 0, digest: <_>::default() };
    let written = table::write(run, trials, Format::Parquet, options, &mut sink)?;
    let (bytes, sha256) = (sink.bytes, sink.digest.finish());
    let file = TableFile { sha256, bytes, rows: written.rows };
    let columns = table::columns(run, options);
    let metadata = croissant::metadata(run, options, &columns, &file);
    let files = [(CROISSANT, metadata), (CARD, card::card(run, options, &columns, &file))];
    for (path, text) in files {
        let mut sink = open(&mut create, path)?;
        sink.write_all(text.as_bytes()).and_then(|()| sink.flush()).map_err(TableError::Write)?;
    }
    Ok(written)
}

fn open<W>(create: &mut impl FnMut(&str) -> io::Result<W>, path: &str) -> Result<W, TableError> {
    create(path).map_err(|error| {
        TableError::Write(io::Error::new(error.kind(), format!("{path}: {error}")))
    })
}

/// Digests and counts what passes.
struct Counted<W> {
    inner: W,
    bytes: u64,
    digest: DigestBuilder,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
