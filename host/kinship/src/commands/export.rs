//! `kinship export`: a run in other people's formats.

use crate::ambient;
use crate::error::CliError;
use crate::progress::Progress;
use crate::source::Source;
use export::inspect::{self, InspectError};
use export::table::{self, Options, TableError, View};
use export::{Run, Trial, card, dataset};
use record::event::Event;
use record::result::RunResult;
use record::verdict::TrialScore;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

/// Write a run in a format that others read: a table, a data set's folder, a log for Inspect.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship export runs/first/smoke.kinship --format parquet --out trials.parquet\n  \
    kinship export runs/first --format csv --view public --out trials.csv\n  \
    kinship export runs/first --format dataset --out dataset      # card, Croissant, data/\n  \
    kinship export runs/first --format inspect --out logs         # then: inspect view --log-dir logs\n  \
    kinship export runs/first --columns                           # what each column means\n\n\
    A table has a row a trial. An export is for reading on: nothing is signed in it, and nothing\n\
    is verified by writing it. `kinship verify` does that with the bundle.")]
pub(crate) struct Args {
    /// A finished run's folder or a bundle.
    #[arg(value_name = "RUN|BUNDLE")]
    source: PathBuf,
    /// What to write.
    #[arg(long, value_enum, value_name = "FORMAT", required_unless_present = "columns")]
    format: Option<Format>,
    /// The file; for dataset and inspect the folder.
    #[arg(long, value_name = "PATH", required_unless_present = "columns")]
    out: Option<PathBuf>,
    /// Which columns a table has.
    #[arg(long, value_enum, value_name = "VIEW", default_value = "own")]
    view: Columns,
    /// Each row carries its trial's whole event log.
    #[arg(long)]
    transcripts: bool,
    /// Print what each column means, as Markdown, and write nothing.
    #[arg(long, conflicts_with_all = ["format", "out"])]
    columns: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table, Apache Parquet.
    Parquet,
    /// A table, RFC 4180.
    Csv,
    /// A table, a JSON object a line.
    Json,
    /// A folder with a data set's card, Croissant metadata and the Parquet table.
    Dataset,
    /// A log for Inspect (.eval, version 2): a sample a trial.
    Inspect,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Columns {
    /// Kinship's.
    Own,
    /// Those of the study's public data set.
    Public,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let source = Source::open(&args.source)?;
    let (result, suite) = (source.finished()?, source.suite()?);
    let view = if args.view == Columns::Own { View::Kinship } else { View::Public };
    let options = Options { view, transcripts: args.transcripts };
    let run = Run { result: &result, suite: &suite };
    let (Some(format), Some(out)) = (args.format, &args.out) else {
        ambient::out(&card::table(&table::columns(&run, options)));
        return Ok(());
    };
    let written = match format {
        Format::Parquet => table(&source, &run, options, table::Format::Parquet, out, json)?,
        Format::Csv => table(&source, &run, options, table::Format::Csv, out, json)?,
        Format::Json => table(&source, &run, options, table::Format::Json, out, json)?,
        Format::Dataset => data_set(&source, &run, options, out, json)?,
        Format::Inspect => eval(&source, &run, out, json)?,
    };
    let path = written.display().to_string();
    let line = match json {
        true => serde_json::json!({ "export": path, "trials": result.trials.count }).to_string(),
        false => path,
    };
    ambient::out(&line);
    Ok(())
}

fn table(
    source: &Source,
    run: &Run<'_>,
    options: Options,
    format: table::Format,
    out: &Path,
    json: bool,
) -> Result<PathBuf, CliError> {
    let partial = Partial::create(out)?;
    trials(source, run.result, json, &|line| table::reads(options, line), |trials| {
        table::write(run, trials, format, options, BufWriter::new(&partial.file))
            .map_err(|error: CliError| about(out, error))
    })?;
    partial.keep()
}

fn data_set(
    source: &Source,
    run: &Run<'_>,
    options: Options,
    folder: &Path,
    json: bool,
) -> Result<PathBuf, CliError> {
    let create = |name: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        File::create(path).map(BufWriter::new)
    };
    trials(source, run.result, json, &|line| table::reads(options, line), |trials| {
        dataset::write(run, trials, options, create).map_err(|error: CliError| about(folder, error))
    })?;
    Ok(folder.to_owned())
}

fn eval(source: &Source, run: &Run<'_>, folder: &Path, json: bool) -> Result<PathBuf, CliError> {
    let created = ambient::time();
    std::fs::create_dir_all(folder).map_err(|error| CliError::file(folder, &error))?;
    let name = inspect::file_name(run, created).map_err(CliError::from)?;
    let path = folder.join(name);
    let partial = Partial::create(&path)?;
    trials(source, run.result, json, &|_| true, |trials| {
        inspect::write(run, trials, created, BufWriter::new(&partial.file))
            .map_err(|error: CliError| about(&path, error))
    })?;
    partial.keep()
}

/// Hands every trial to `write`, with the events whose lines it `reads`, and shows how far it is.
/// Reading and writing go on beside each other: inflating logs takes as long as making rows of them.
fn trials<T: Send>(
    source: &Source,
    result: &RunResult,
    json: bool,
    reads: &dyn Fn(&[u8]) -> bool,
    write: impl FnOnce(&mut dyn Iterator<Item = Result<Trial, CliError>>) -> Result<T, CliError> + Send,
) -> Result<T, CliError> {
    /// Trials that are handed over at once: fewer, and the two would wake each other all the time.
    const BATCH: usize = 64;
    /// Batches that are read and not yet written.
    const AHEAD: usize = 4;
    let progress = Progress::new("export", "trials", u64::from(result.trials.count), json);
    let (sender, receiver) = mpsc::sync_channel::<Vec<Result<Read, CliError>>>(AHEAD);
    let written = thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let mut trials = receiver.into_iter().flatten().map(|read| trial(read?));
            write(&mut trials)
        });
        let mut batch = Vec::with_capacity(BATCH);
        for (done, row) in (1..).zip(source.rows()?) {
            batch.push(
                row.map(|(score, log)| Read::new(score, &log, reads)).map_err(CliError::from),
            );
            // A writer that has stopped has its reason, which `join` gives.
            if batch.len() == BATCH && sender.send(std::mem::take(&mut batch)).is_err() {
                break;
            }
            progress.at(done, "read");
        }
        let _ = sender.send(batch);
        drop(sender);
        writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    progress.finish();
    written
}

/// A trial with the lines of its log that will be read, each with its number.
struct Read {
    score: TrialScore,
    lines: Vec<(usize, Vec<u8>)>,
}

impl Read {
    fn new(score: TrialScore, log: &[u8], reads: &dyn Fn(&[u8]) -> bool) -> Self {
        let ends = memchr::memchr_iter(b'\n', log).chain([log.len()]);
        let mut start = 0;
        let mut lines = Vec::new();
        for (number, end) in ends.enumerate() {
            let line = &log[start..end];
            if !line.is_empty() && reads(line) {
                lines.push((number, line.to_vec()));
            }
            start = (end + 1).min(log.len());
        }
        Self { score, lines }
    }
}

fn trial(read: Read) -> Result<Trial, CliError> {
    let Read { score, lines } = read;
    let mut events = Vec::with_capacity(lines.len());
    for (number, line) in lines {
        let event: Event = serde_json::from_slice(&line).map_err(|error| {
            CliError::bad(format!("trial {}: event {number}: {error}", score.trial))
        })?;
        events.push(event);
    }
    let Some(Event::Opened(opened)) = events.first() else {
        return Err(CliError::bad(format!("trial {}: its log does not open", score.trial)));
    };
    let seed = opened.seed;
    Ok(Trial { events, score, seed })
}

fn about(path: &Path, error: CliError) -> CliError {
    CliError { message: format!("{}: {}", path.display(), error.message), ..error }
}

/// A file under another name until it is whole, so that no half of an export looks like one.
struct Partial {
    path: PathBuf,
    partial: PathBuf,
    file: File,
}

impl Partial {
    fn create(path: &Path) -> Result<Self, CliError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = path.with_file_name(name);
        let file = File::create(&partial).map_err(|error| CliError::file(&partial, &error))?;
        Ok(Self { path: path.to_owned(), partial, file })
    }

    fn keep(mut self) -> Result<PathBuf, CliError> {
        let kept = self.file.flush().and_then(|()| self.file.sync_all());
        kept.and_then(|()| std::fs::rename(&self.partial, &self.path))
            .map_err(|error| CliError::file(&self.path, &error))?;
        Ok(std::mem::take(&mut self.path))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already where it was kept.
        let _ = std::fs::remove_file(&self.partial);
    }
}

impl From<TableError> for CliError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Trial { .. } => Self::bad(error.to_string()),
            TableError::Write(_) => Self::usage(error.to_string()),
            TableError::Parquet(_) => Self::ours(error.to_string()),
        }
    }
}

impl From<InspectError> for CliError {
    fn from(error: InspectError) -> Self {
        match error {
            InspectError::Trial { .. } => Self::bad(error.to_string()),
            InspectError::Time | InspectError::Write(_) => Self::usage(error.to_string()),
            InspectError::Archive { .. } => Self::bad(error.to_string()),
        }
    }
}
