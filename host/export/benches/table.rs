//! Trials to a table as fast as they go: blocks of compressed logs, as a bundle holds them, are
//! inflated and split, the lines that the table reads are parsed, and rows are written to memory.
//!
//! One process is one measurement and prints one JSON line.
//! `cargo bench -p export --bench table -- [TRIALS [own|public|transcripts|csv|json]]`

#[path = "../tests/it/sample.rs"]
mod sample;

use export::Trial;
use export::table::{self, Format, Options, TableError, View};
use record::canonical;
use record::digest::Digest;
use record::event::Event;
use record::verdict::TrialScore;
use std::io::{self, BufRead, BufReader, Write};
use std::time::Instant;

/// Trials of a block, as `replay` writes bundles.
const BLOCK: u32 = 256;
/// The level that it writes them with.
const LEVEL: i32 = 6;

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#[expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
fn main() -> Result<(), TableError> {
    // Cargo adds `--bench` of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let trials = words.first().map_or(168_000, |word| word.parse().expect("a number of trials"));
    let what = words.get(1).map_or("own", String::as_str);
    let (format, view, transcripts) = match what {
        "own" => (Format::Parquet, View::Kinship, false),
        "public" => (Format::Parquet, View::Public, false),
        "transcripts" => (Format::Parquet, View::Kinship, true),
        "csv" => (Format::Csv, View::Kinship, false),
        "json" => (Format::Json, View::Kinship, false),
        other => panic!("{other}: expected own, public, transcripts, csv or json"),
    };
    let options = Options { view, transcripts };
    let block = Block::new();
    let sample = sample::Sample::new();

    let start = Instant::now();
    let (mut bytes, mut count) = (0, 0u32);
    for trial in block.trials(trials, options) {
        bytes += trial?.events.len();
        count += 1;
    }
    let reading = start.elapsed().as_secs_f64();
    assert!(count == trials && bytes > 0);

    let mut sink = Counted(0);
    let start = Instant::now();
    table::write(&sample.run(), block.trials(trials, options), format, options, &mut sink)?;
    let whole = start.elapsed().as_secs_f64();
    let line = serde_json::json!({
        "log_bytes_per_trial": block.log_bytes / BLOCK as usize,
        "reading_s": reading,
        "table": what,
        "table_bytes": sink.0,
        "trials": trials,
        "whole_s": whole,
    });
    println!("{line}");
    Ok(())
}

/// The same 256 logs and verdicts for every block; ids, seeds and digests are put in place after
/// parsing, so that no two rows are the same.
struct Block {
    logs: Vec<u8>,
    verdicts: Vec<Vec<u8>>,
    log_bytes: usize,
}

impl Block {
    fn new() -> Self {
        let (mut logs, mut verdicts) = (Vec::new(), Vec::new());
        for n in 0..BLOCK {
            let trial = sample::trial(n);
            for event in &trial.events {
                logs.extend_from_slice(&event.to_line().expect("a line"));
            }
            verdicts.push(canonical::to_bytes(&trial.score).expect("a line"));
        }
        let log_bytes = logs.len();
        let logs = zstd::encode_all(logs.as_slice(), LEVEL).expect("memory takes it");
        Self { logs, verdicts, log_bytes }
    }

    fn trials(
        &self,
        trials: u32,
        options: Options,
    ) -> impl Iterator<Item = Result<Trial, TableError>> {
        (0..trials.div_ceil(BLOCK)).flat_map(move |number| self.read(number, trials, options))
    }

    /// One block, as it comes out of a bundle. Parsed and not compared with its canonical form:
    /// that is for whoever verifies.
    fn read(
        &self,
        number: u32,
        trials: u32,
        options: Options,
    ) -> impl Iterator<Item = Result<Trial, TableError>> {
        let decoder = zstd::Decoder::new(self.logs.as_slice()).expect("a frame");
        let mut lines = BufReader::with_capacity(1 << 16, decoder);
        let here = BLOCK.min(trials - number * BLOCK);
        (0..here).map(move |at| {
            let score: TrialScore =
                serde_json::from_slice(&self.verdicts[at as usize]).expect("a score");
            let (mut events, mut line) = (Vec::new(), Vec::new());
            for _ in 0..score.events {
                line.clear();
                lines.read_until(b'\n', &mut line)?;
                if table::reads(options, &line) {
                    events.push(serde_json::from_slice(&line).expect("an event"));
                }
            }
            Ok(renamed(events, score, number * BLOCK + at))
        })
    }
}

fn renamed(mut events: Vec<Event>, mut score: TrialScore, n: u32) -> Trial {
    let seed = record::digest::Seed::from_bytes(*Digest::of(&n.to_le_bytes()).as_bytes());
    score.trial.index = n;
    score.log = Digest::of(&n.to_be_bytes());
    if let Some(Event::Opened(opened)) = events.first_mut() {
        opened.trial.index = n;
        opened.seed = seed;
    }
    Trial { events, score, seed }
}

/// Forgets what it is given: a disk's speed is not measured.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
