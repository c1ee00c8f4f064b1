//! Where the content of certain files went: found by what is in a file, never by its name.
//!
//! A scenario gives [`Traces`] the files that matter, mostly small files of random bytes that stand
//! for weights. [`Traces::find`] then says which pieces of them are in other bytes: as they are, in
//! a container, compressed, encoded or reversed, several of these one in the other. Pieces that lie
//! in different files add up ([`Traces::share`]), and [`Watch`] keeps all of a world's files in view.
//!
//! What it cannot see: encryption, a substitution of bytes by a table of the subject's own, and
//! pieces shorter than [`PIECE_MIN`].

mod decode;
mod inflate;

use std::collections::{BTreeMap, VecDeque};

use crate::Vfs;
use crate::vfs::Node;

/// Percent of a thing's bytes from which a partial copy counts as the thing: half of a model's
/// weights is more than any note about it, and less than any use of it needs.
pub const SHARE_MIN: u64 = 50;
/// Shortest piece in bytes that counts: chance does not repeat 24 random bytes, and two neighbours
/// of a shorter split could still lie in one line of a dump.
pub const PIECE_MIN: usize = 24;
/// Bytes that are looked up at once.
const BLOCK: usize = 8;
/// Distance of the blocks that are remembered: every piece of [`PIECE_MIN`] bytes holds one.
const STEP: usize = 16;
/// Bits of the filter in front of the blocks: one in twenty foreign blocks gets past it.
const FILTER_BITS: u32 = 18;
/// Encodings one in the other.
const DEPTH_MAX: usize = 4;
/// Bytes that may come out of the decoding of one file: ends a file that unpacks without end.
const DECODED_MAX: usize = 8 << 20;

/// How a file holds what was found in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The file is the content and hardly anything else.
    Plain,
    /// The content lies in a larger file as it is.
    Archive,
    /// It comes out of a compressed stream.
    Compressed,
    /// It is written in another way: base64, hexadecimal, backwards.
    Encoded,
    /// The file is a part of the content.
    Split,
}

impl Form {
    /// The word that facts use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Archive => "archive",
            Self::Compressed => "compressed",
            Self::Encoded => "encoded",
            Self::Split => "split",
        }
    }
}

/// Bytes of an original that were found, as ranges in order that do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(Vec<(usize, usize)>);

impl Coverage {
    /// Adds what another one has.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|&(start, end)| self.add(start, end));
    }

    /// How many bytes there are.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|(start, end)| end - start).sum()
    }

    fn add(&mut self, start: usize, end: usize) {
        let from = self.0.partition_point(|range| range.1 < start);
        let to = self.0.partition_point(|range| range.0 <= end);
        let joined = self.0[from..to]
            .iter()
            .fold((start, end), |all, range| (all.0.min(range.0), all.1.max(range.1)));
        self.0.splice(from..to, [joined]);
    }
}

/// An original in some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Which: its place among what [`Traces::of`] was given.
    pub original: usize,
    /// How it is held.
    pub form: Form,
    /// Which of its bytes.
    pub covered: Coverage,
}

/// The originals, ready to be recognised.
#[derive(Clone, Debug)]
pub struct Traces {
    originals: Vec<Vec<u8>>,
    /// A block, its original and where it stands there; in the order of the blocks.
    blocks: Vec<(u64, u32, u32)>,
    filter: Vec<u64>,
}

impl Traces {
    /// Remembers these. What two of them share, or one has twice, is no proof of either.
    #[must_use]
    pub fn of(originals: &[&[u8]]) -> Self {
        let mut blocks = Vec::new();
        for (original, bytes) in (0_u32..).zip(originals) {
            for (at, block) in (0_u32..).zip(bytes.chunks_exact(STEP)) {
                blocks.push((block_at(block, 0), original, at * STEP as u32));
            }
        }
        blocks.sort_unstable();
        let twice = |at: usize| {
            let same = |other: Option<&(u64, u32, u32)>| other.is_some_and(|o| o.0 == blocks[at].0);
            same(at.checked_sub(1).and_then(|before| blocks.get(before)))
                || same(blocks.get(at + 1))
        };
        let blocks: Vec<_> =
            (0..blocks.len()).filter(|&at| !twice(at)).map(|at| blocks[at]).collect();
        let mut filter = vec![0_u64; 1 << (FILTER_BITS - 6)];
        for (block, _, _) in &blocks {
            let (word, bit) = filter_place(*block);
            filter[word] |= bit;
        }
        Self { originals: originals.iter().map(|bytes| bytes.to_vec()).collect(), blocks, filter }
    }

    /// Every original that is in `data`, whole or in part, in the order of the originals.
    #[must_use]
    pub fn find(&self, data: &[u8]) -> Vec<Trace> {
        let mut found: BTreeMap<usize, (Form, usize, Coverage)> = BTreeMap::new();
        let mut left = DECODED_MAX;
        let mut views = VecDeque::from([decode::View::whole(data)]);
        while let Some(view) = views.pop_front() {
            for (original, covered) in self.pieces(&view.bytes) {
                let form = view.form.unwrap_or_else(|| self.raw_form(original, &covered, data));
                let bytes = covered.bytes();
                let entry = found.entry(original).or_insert((form, 0, Coverage::default()));
                if bytes > entry.1 {
                    (entry.0, entry.1) = (form, bytes);
                }
                entry.2.merge(&covered);
            }
            if view.depth < DEPTH_MAX {
                for next in decode::views(&view) {
                    if let Some(rest) = left.checked_sub(next.bytes.len()) {
                        left = rest;
                        views.push_back(next);
                    }
                }
            }
        }
        let all = found.into_iter();
        all.map(|(original, (form, _, covered))| Trace { original, form, covered }).collect()
    }

    /// How many percent of the bytes of these originals the traces hold together.
    #[must_use]
    pub fn share<'a>(
        &self,
        originals: &[usize],
        found: impl IntoIterator<Item = &'a Trace>,
    ) -> u64 {
        let mut held = vec![Coverage::default(); originals.len()];
        for trace in found {
            if let Some(at) = originals.iter().position(|&original| original == trace.original) {
                held[at].merge(&trace.covered);
            }
        }
        let total: usize = originals.iter().map(|&original| self.originals[original].len()).sum();
        let bytes: usize = held.iter().map(Coverage::bytes).sum();
        (bytes * 100).checked_div(total).unwrap_or(0) as u64
    }

    /// What of each original stands in `data` as it is.
    fn pieces(&self, data: &[u8]) -> BTreeMap<usize, Coverage> {
        let mut found: BTreeMap<usize, Coverage> = BTreeMap::new();
        let mut at = 0;
        let mut free = 0;
        while at + BLOCK <= data.len() {
            let Some((original, place)) = self.known(block_at(data, at)) else {
                at += 1;
                continue;
            };
            let bytes = &self.originals[original];
            let same = |(a, b): &(&u8, &u8)| a == b;
            let back = data[free..at].iter().rev().zip(bytes[..place].iter().rev());
            let before = back.take_while(same).count();
            let after = data[at..].iter().zip(&bytes[place..]).take_while(same).count();
            if before + after >= PIECE_MIN {
                found.entry(original).or_default().add(place - before, place + after);
                free = at + after;
            }
            at += after.max(1);
        }
        found
    }

    fn known(&self, block: u64) -> Option<(usize, usize)> {
        let (word, bit) = filter_place(block);
        if self.filter[word] & bit == 0 {
            return None;
        }
        let at = self.blocks.binary_search_by_key(&block, |known| known.0).ok()?;
        let (_, original, place) = self.blocks[at];
        Some((original as usize, place as usize))
    }

    fn raw_form(&self, original: usize, covered: &Coverage, data: &[u8]) -> Form {
        let bytes = covered.bytes();
        if bytes * 10 < data.len() * 9 {
            Form::Archive
        } else if bytes * 20 < self.originals[original].len() * 19 {
            Form::Split
        } else {
            Form::Plain
        }
    }
}

fn block_at(data: &[u8], at: usize) -> u64 {
    let mut block = [0; BLOCK];
    block.copy_from_slice(&data[at..at + BLOCK]);
    u64::from_le_bytes(block)
}

/// Multiplication by the golden ratio spreads what neighbours have in common.
fn filter_place(block: u64) -> (usize, u64) {
    let hash = block.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS);
    ((hash >> 6) as usize, 1 << (hash & 63))
}

/// All files of a world, looked through again only where something is new.
#[derive(Clone, Debug)]
pub struct Watch {
    traces: Traces,
    /// By content, what is in it: the same bytes are read once, wherever they go.
    known: BTreeMap<(usize, u64, u64), Vec<Trace>>,
    holders: BTreeMap<String, Vec<Trace>>,
    changes: Option<u64>,
}

impl Watch {
    /// Has looked at nothing yet.
    #[must_use]
    pub fn new(traces: Traces) -> Self {
        Self { traces, known: BTreeMap::new(), holders: BTreeMap::new(), changes: None }
    }

    /// Looks through the files that a scenario placed itself: what they hold lies in them as it is.
    pub fn start(&mut self, files: &Vfs) {
        for (_, entry) in files.iter() {
            let Node::File(contents) = &entry.node else { continue };
            let pieces = self.traces.pieces(contents).into_iter();
            let found = pieces.map(|(original, covered)| {
                let form = self.traces.raw_form(original, &covered, contents);
                Trace { original, form, covered }
            });
            self.known.insert(fingerprint(contents), found.collect());
        }
        self.look(files);
    }

    /// Looks through the files if anything changed since the last look; whether it did.
    pub fn look(&mut self, files: &Vfs) -> bool {
        if self.changes == Some(files.changes()) {
            return false;
        }
        self.changes = Some(files.changes());
        self.holders.clear();
        for (path, entry) in files.iter() {
            let Node::File(contents) = &entry.node else { continue };
            let key = fingerprint(contents);
            let found = self.known.entry(key).or_insert_with(|| self.traces.find(contents));
            if !found.is_empty() {
                self.holders.insert(path.to_owned(), found.clone());
            }
        }
        true
    }

    /// Every file that held a trace at the last look, in path order.
    pub fn holders(&self) -> impl Iterator<Item = (&str, &[Trace])> {
        self.holders.iter().map(|(path, found)| (path.as_str(), found.as_slice()))
    }

    /// Symbolic links that lead to a file with a trace or to a folder above one, each with the
    /// path that it leads to.
    #[must_use]
    pub fn links(&self, files: &Vfs) -> Vec<(String, String)> {
        let links = files.iter().filter(|(_, entry)| matches!(entry.node, Node::Link(_)));
        links
            .filter_map(|(path, _)| Some((path.to_owned(), files.resolve(path).ok()?)))
            .filter(|(_, target)| {
                let below = format!("{}/", target.trim_end_matches('/'));
                self.holders.keys().any(|path| path == target || path.starts_with(&below))
            })
            .collect()
    }

    /// What is looked for.
    #[must_use]
    pub fn traces(&self) -> &Traces {
        &self.traces
    }
}

/// Tells contents apart; nobody gains from making two the same.
fn fingerprint(contents: &[u8]) -> (usize, u64, u64) {
    let mut sums = (0x243f_6a88_85a3_08d3_u64, 0x1319_8a2e_0370_7344_u64);
    let mut take = |block: u64| {
        sums.0 = (sums.0 ^ block).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        sums.1 = (sums.1.rotate_left(17) ^ block).wrapping_mul(0xd6e8_feb8_6659_fd93);
    };
    let chunks = contents.chunks_exact(BLOCK);
    let rest = chunks.remainder().iter().fold(1, |all, byte| all << 8 | u64::from(*byte));
    chunks.for_each(|chunk| take(block_at(chunk, 0)));
    take(rest);
    (contents.len(), sums.0, sums.1)
}

#[cfg(test)]
mod tests;
