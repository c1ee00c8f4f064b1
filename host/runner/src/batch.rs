//! What one commit keeps of trials under way: the events of many trials in one row that is written
//! once. A row for each event would rewrite the same pages at every turn of a trial, and again when
//! the trial is finished and its rows go.
//!
//! Unpacked, a batch has a line for each event: the trial's place in the plan, the event's number,
//! and the event's own line ([`Event::to_line`]), with a space between. Packed, it is a zstd frame.
//!
//! [`Event::to_line`]: record::event::Event::to_line

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use zstd::bulk::Compressor;

/// Level of zstd: batches are short-lived, and what counts is the time of the one writer.
const ZSTD_LEVEL: i32 = 1;
/// Most bytes that a batch is unpacked to: [`crate::writer::BATCH`] events of the largest replies.
const BYTES_MAX: u64 = 1 << 30;

/// An event on its way into a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its trial's place in the plan.
    pub(crate) ordinal: u32,
    /// Its place in the trial's log.
    pub(crate) number: u32,
    /// Itself, with `\n`.
    pub(crate) text: Vec<u8>,
}

/// Makes batches as they are kept, with the compressor's tables set up once.
pub(crate) struct Packer(Compressor<'static>);

impl Packer {
    pub(crate) fn new() -> io::Result<Self> {
        Compressor::new(ZSTD_LEVEL).map(Self)
    }

    pub(crate) fn pack<'a>(
        &mut self,
        lines: impl IntoIterator<Item = &'a Line>,
    ) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        for line in lines {
            write!(all, "{} {} ", line.ordinal, line.number)?;
            all.extend_from_slice(&line.text);
        }
        self.0.compress(&all)
    }
}

/// The events of a batch.
pub(crate) fn unpack(packed: &[u8]) -> io::Result<Vec<Line>> {
    let mut all = Vec::new();
    zstd::stream::Decoder::new(packed)?.take(BYTES_MAX + 1).read_to_end(&mut all)?;
    if all.len() as u64 > BYTES_MAX {
        return Err(io::Error::other(format!("a batch of more than {BYTES_MAX} bytes")));
    }
    all.split_inclusive(|byte| *byte == b'\n').map(line).collect()
}

fn line(bytes: &[u8]) -> io::Result<Line> {
    let count = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse().ok();
    let mut parts = bytes.splitn(3, |byte| *byte == b' ');
    let mut parsed = || {
        let (ordinal, number) = (count(parts.next()?)?, count(parts.next()?)?);
        Some(Line { ordinal, number, text: parts.next()?.to_vec() })
    };
    parsed().ok_or_else(|| io::Error::other("not a batch's line"))
}

/// Which batches are still needed: those with an event of a trial that is not finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needed {
    /// Trials under way of each batch.
    batches: BTreeMap<i64, u32>,
    /// Batches of each trial under way.
    trials: BTreeMap<u32, Vec<i64>>,
}

impl Needed {
    /// Notes a batch with an event of each of `ordinals`; one may be named twice.
    pub(crate) fn add(&mut self, batch: i64, ordinals: impl IntoIterator<Item = u32>) {
        for ordinal in ordinals {
            let batches = self.trials.entry(ordinal).or_default();
            if batches.last() != Some(&batch) {
                batches.push(batch);
                *self.batches.entry(batch).or_default() += 1;
            }
        }
    }

    /// Notes that trials are finished; gives the batches that nobody needs any more.
    pub(crate) fn finish(&mut self, ordinals: impl IntoIterator<Item = u32>) -> Vec<i64> {
        let mut free = Vec::new();
        for batch in ordinals.into_iter().flat_map(|o| self.trials.remove(&o).unwrap_or_default()) {
            let Some(trials) = self.batches.get_mut(&batch) else { continue };
            *trials -= 1;
            if *trials == 0 {
                self.batches.remove(&batch);
                free.push(batch);
            }
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(ordinal: u32, number: u32, text: &str) -> Line {
        Line { ordinal, number, text: text.into() }
    }

    #[test]
    fn what_is_packed_comes_back() {
        let lines = [event(7, 0, "{\"a b\":1}\n"), event(70, 12, "{}\n")];
        let mut packer = Packer::new().unwrap();
        assert_eq!(unpack(&packer.pack(&lines).unwrap()).unwrap(), lines);
        assert_eq!(unpack(&packer.pack(&[]).unwrap()).unwrap(), []);
        let broken = zstd::bulk::compress(b"7 x {}\n", 1).unwrap();
        assert_eq!(unpack(&broken).unwrap_err().to_string(), "not a batch's line");
        assert!(unpack(b"no frame").is_err());
    }

    #[test]
    fn a_batch_goes_with_the_last_of_its_trials() {
        let mut needed = Needed::default();
        needed.add(1, [5, 6, 5]);
        needed.add(2, [6]);
        assert!(needed.finish([5]).is_empty());
        assert_eq!(needed.finish([6, 9]), [1, 2]);
        assert_eq!(needed, Needed::default());
    }
}
