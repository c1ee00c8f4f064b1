//! The container: a ZIP whose members are JSON texts, each compressed by Zstandard (method 93).

use super::InspectError;
use std::io::{self, Read, Seek, Write};
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime, System};

/// Zstandard's own default: a trial shrinks about tenfold.
const LEVEL: i32 = 3;

/// Most bytes of a member that is compressed: 200 MiB. The framework's viewer decodes in the
/// browser and breaks on frames of 256 MiB, so its own writer begins a new frame here
/// (`inspect_ai/_util/zipfile.py`). A larger member is stored as it is.
const COMPRESSED_MAX: u64 = 200 << 20;

/// From which size a member needs the ZIP64 form of its sizes: APPNOTE.TXT 6.3.10, section 4.3.9.2.
const ZIP64_FROM: u64 = u32::MAX as u64;

/// A log that is being written.
pub(super) struct Archive<W: Write + Seek> {
    zip: ZipWriter<W>,
    /// The summaries so far, as the items of a JSON array, compressed: they come with the samples
    /// and stand together behind them.
    kept: zstd::stream::write::Encoder<'static, Vec<u8>>,
    /// How many bytes that is uncompressed.
    kept_bytes: u64,
}

impl<W: Write + Seek> Archive<W> {
    pub(super) fn new(sink: W) -> Result<Self, InspectError> {
        let kept = zstd::stream::write::Encoder::new(Vec::new(), LEVEL)?;
        Ok(Self { zip: ZipWriter::new(sink), kept, kept_bytes: 0 })
    }

    /// Adds a member.
    pub(super) fn member(&mut self, name: &str, mut text: &[u8]) -> Result<(), InspectError> {
        self.copy(name, text.len() as u64, &mut text)
    }

    /// Keeps a summary for [`Self::summaries`].
    pub(super) fn summary(&mut self, text: &[u8]) -> Result<(), InspectError> {
        self.kept.write_all(if self.kept_bytes == 0 { b"[" } else { b"," })?;
        self.kept.write_all(text)?;
        self.kept_bytes += 1 + text.len() as u64;
        Ok(())
    }

    /// Adds every summary that was kept.
    pub(super) fn summaries(&mut self) -> Result<(), InspectError> {
        let end: &[u8] = if self.kept_bytes == 0 { b"[]" } else { b"]" };
        self.kept.write_all(end)?;
        let bytes = self.kept_bytes + end.len() as u64;
        let empty = zstd::stream::write::Encoder::new(Vec::new(), LEVEL)?;
        let kept = std::mem::replace(&mut self.kept, empty).finish()?;
        let mut text = zstd::stream::read::Decoder::new(kept.as_slice())?;
        self.copy("summaries.json", bytes, &mut text)
    }

    /// Writes the directory.
    pub(super) fn finish(self) -> Result<(), InspectError> {
        self.zip.finish().map_err(refused("directory"))?.flush()?;
        Ok(())
    }

    fn copy(&mut self, name: &str, bytes: u64, text: &mut dyn Read) -> Result<(), InspectError> {
        // Everything that would differ from machine to machine or from day to day is fixed.
        let options = SimpleFileOptions::default()
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(0o644)
            .system(System::Unix)
            .large_file(bytes >= ZIP64_FROM);
        let options = if bytes > COMPRESSED_MAX {
            options.compression_method(CompressionMethod::Stored)
        } else {
            options
                .compression_method(CompressionMethod::Zstd)
                .compression_level(Some(i64::from(LEVEL)))
        };
        self.zip.start_file(name, options).map_err(refused(name))?;
        let copied = io::copy(text, &mut self.zip)?;
        debug_assert_eq!(copied, bytes, "{name}");
        Ok(())
    }
}

fn refused(member: &str) -> impl FnOnce(ZipError) -> InspectError {
    move |source| InspectError::Archive { member: member.to_owned(), source }
}
