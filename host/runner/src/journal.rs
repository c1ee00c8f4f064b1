//! A run's memory: `run.db` in the run's folder.
//!
//! An event is in the file, synced, before [`TrialLog`]'s `settle` returns, and no later event or row
//! is in it without the earlier ones. Events of unfinished trials
//! are in batches, a row for each commit; a finished trial has one row with its whole log,
//! compressed, and its score. A batch goes when all its trials are finished.

use crate::batch::{self, Line, Needed};
use crate::budget::tokens;
use crate::lock;
use crate::log::{Told, TrialLog, answer, gone};
use crate::writer::{self, Request, Writer};
use record::canonical;
use record::event::{Blame, Event};
use record::price::Tokens;
use record::run::RunIdentity;
use record::verdict::TrialScore;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Row as _};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use trial::port::Fault;
use trial::rebuild::first_difference;

/// The journal's file name in the run's folder.
pub const FILE: &str = "run.db";
/// Version of the tables below, as SQLite's `user_version`.
const SCHEMA: i64 = 3;
/// Pages of the write-ahead log between checkpoints (64 MiB). Batches are gone soon
/// after they are written: with a long log most never reach the database file.
const WAL_PAGES: &str = "16384";
/// Level of zstd for whole logs: a trial's log shrinks about tenfold in a tenth of a millisecond.
const ZSTD_LEVEL: i32 = 3;
/// Largest log, in bytes, that is unpacked: 1,000 turns of the largest replies and results.
const LOG_BYTES_MAX: usize = 256 << 20;
/// Requests that wait for the writer; a full queue holds the trials back, not memory.
const QUEUE: usize = 4096;

/// An open journal. Clones share it.
#[derive(Clone)]
pub struct Journal {
    path: PathBuf,
    pool: SqlitePool,
    writer: Option<mpsc::Sender<Request>>,
    identity: Option<RunIdentity>,
    /// Events that earlier processes kept of trials that they did not finish, by place in the plan.
    past: Arc<BTreeMap<u32, Vec<Event>>>,
    /// Keeps the lock for as long as any clone lives.
    _lock: Option<Arc<File>>,
}

/// A finished trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its place in the plan.
    pub ordinal: u32,
    /// The canonical line of its [`TrialScore`], without `\n`.
    pub score: Vec<u8>,
    /// Its event log, whole.
    pub log: Vec<u8>,
}

/// What a finished trial came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scored {
    /// What the judge's calls used.
    pub judge: Tokens,
    /// Its place in the plan.
    pub ordinal: u32,
    /// As in [`Finished::score`].
    pub score: Vec<u8>,
    /// What the subject's calls used.
    pub subject: Tokens,
}

impl Journal {
    /// Opens or creates the journal in `folder`, for this process alone.
    ///
    /// # Errors
    /// `Setup` when the folder or file cannot be used, another process has it, or a newer host
    /// wrote it.
    pub async fn open(folder: &Path) -> Result<Self, Fault> {
        std::fs::create_dir_all(folder).map_err(|error| io(folder, &error))?;
        let lock = lock::take(folder)?;
        let path = folder.join(FILE);
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", WAL_PAGES)
            .busy_timeout(Duration::from_secs(10));
        let pool = connect(&path, options.clone()).await?;
        create(&path, &pool).await?;
        let identity = read_identity(&path, &pool).await?;
        let _lock = Some(Arc::new(lock));
        let mut journal = Self { path, pool, writer: None, identity, past: Arc::default(), _lock };
        let (past, needed, next) = journal.unfinished().await?;
        let connection =
            options.connect().await.map_err(|error| database(&journal.path, &error))?;
        let packer = batch::Packer::new().map_err(|error| io(folder, &error))?;
        let writer = Writer { path: journal.path.clone(), connection, needed, next, packer };
        journal.past = Arc::new(past);
        journal.writer = Some(writer.start(QUEUE));
        Ok(journal)
    }

    /// Opens the journal in `folder` for reading, also while another process writes it.
    ///
    /// # Errors
    /// `Setup` when there is none, or a newer host wrote it.
    pub async fn read(folder: &Path) -> Result<Self, Fault> {
        let path = folder.join(FILE);
        let folder = folder.display();
        let none = |why| {
            setup(format!("{folder}: no run here: {why} {FILE}; `kinship run --out` makes one"))
        };
        if !path.is_file() {
            return Err(none("it has no"));
        }
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .read_only(true)
            .busy_timeout(Duration::from_secs(10));
        let pool = connect(&path, options).await?;
        // 0: its process is just about to begin, or was killed then.
        if check_schema(&path, &pool).await? == 0 {
            return Err(none("there is nothing yet in its"));
        }
        let identity = read_identity(&path, &pool).await?;
        Ok(Self { path, pool, writer: None, identity, past: Arc::default(), _lock: None })
    }

    /// What run this is; none before [`Self::begin`].
    pub const fn identity(&self) -> Option<&RunIdentity> {
        self.identity.as_ref()
    }

    /// Makes this the journal of a run, or checks that it is. `suite` is the manifest.
    ///
    /// # Errors
    /// `Setup` with the first field that differs when it is another run's.
    pub async fn begin(&mut self, identity: &RunIdentity, suite: &[u8]) -> Result<(), Fault> {
        if let Some(had) = &self.identity {
            return same_run(&self.path, had, identity);
        }
        let text = canonical::to_bytes(identity).map_err(|error| bug(&error.to_string()))?;
        sqlx::query("INSERT INTO run (id, identity, suite) VALUES (0, ?, ?)")
            .bind(text)
            .bind(suite)
            .execute(&self.pool)
            .await
            .map_err(|error| database(&self.path, &error))?;
        self.identity = Some(identity.clone());
        Ok(())
    }

    /// The suite manifest that the run began with.
    ///
    /// # Errors
    /// `Setup` when it cannot be read.
    pub async fn suite(&self) -> Result<Vec<u8>, Fault> {
        let row = sqlx::query("SELECT suite FROM run WHERE id = 0")
            .fetch_one(&self.pool)
            .await
            .map_err(|error| database(&self.path, &error))?;
        Ok(row.get(0))
    }

    /// Places in the plan of the trials that are finished.
    ///
    /// # Errors
    /// `Setup` when they cannot be read; so for every method that reads.
    pub async fn finished(&self) -> Result<BTreeSet<u32>, Fault> {
        let rows = sqlx::query("SELECT trial FROM finished ORDER BY trial")
            .fetch_all(&self.pool)
            .await
            .map_err(|error| database(&self.path, &error))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// How many trials from the start of the plan are finished without a gap.
    ///
    /// # Errors
    /// As [`Self::finished`].
    pub async fn first_unfinished(&self) -> Result<u32, Fault> {
        let finished = self.finished().await?;
        Ok(finished.iter().zip(0..).take_while(|(trial, place)| *trial == place).count() as u32)
    }

    /// At most `most` finished trials from place `from` on, in plan order: memory stays flat for
    /// callers that ask in turn.
    ///
    /// # Errors
    /// As [`Self::finished`]; `Tampered` when a row cannot be unpacked.
    pub async fn page(&self, from: u32, most: u32) -> Result<Vec<Finished>, Fault> {
        let rows = sqlx::query(
            "SELECT trial, score, log FROM finished WHERE trial >= ? ORDER BY trial LIMIT ?",
        )
        .bind(from)
        .bind(most)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| database(&self.path, &error))?;
        rows.iter()
            .map(|row| {
                let log = unpack(row.get(2))
                    .map_err(|error| self.damaged(row.get(0), &error.to_string()))?;
                Ok(Finished { ordinal: row.get(0), score: row.get(1), log })
            })
            .collect()
    }

    /// What at most `most` finished trials from place `from` on came to, in plan order. Leaves the
    /// logs where they are.
    ///
    /// # Errors
    /// As [`Self::finished`].
    pub async fn scores(&self, from: u32, most: u32) -> Result<Vec<Scored>, Fault> {
        let query = "SELECT trial, score, subject_input, subject_cached, subject_output, \
                     judge_input, judge_cached, judge_output \
                     FROM finished WHERE trial >= ? ORDER BY trial LIMIT ?";
        let rows = sqlx::query(query).bind(from).bind(most).fetch_all(&self.pool).await;
        let rows = rows.map_err(|error| database(&self.path, &error))?;
        let scored = |row: &SqliteRow| {
            let count = |column| row.get::<i64, usize>(column).unsigned_abs();
            let tokens = |first| Tokens {
                input: count(first),
                cached: count(first + 1),
                output: count(first + 2),
            };
            Scored { judge: tokens(5), ordinal: row.get(0), score: row.get(1), subject: tokens(2) }
        };
        Ok(rows.iter().map(scored).collect())
    }

    /// The events of every unfinished trial that an earlier process began, in plan order.
    pub fn begun(&self) -> impl Iterator<Item = &[Event]> {
        self.past.values().map(Vec::as_slice)
    }

    /// The events that a trial had when this journal was opened and that an earlier process did
    /// not finish; the place to go on from. Empty in a journal that was opened for reading.
    #[must_use]
    pub fn past(&self, ordinal: u32) -> Vec<Event> {
        self.past.get(&ordinal).cloned().unwrap_or_default()
    }

    /// The events that an unfinished trial has in the file now; none of a finished one, whose row
    /// has them. Looks through every batch: for the odd trial, not for all of them.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub async fn events(&self, ordinal: u32) -> Result<Vec<Event>, Fault> {
        if self.finished().await?.contains(&ordinal) {
            return Ok(Vec::new());
        }
        let mut events = Vec::new();
        let mut from = 0;
        while let Some((number, lines)) = self.batch(from).await? {
            for line in lines.iter().filter(|line| line.ordinal == ordinal) {
                self.add(&mut events, line)?;
            }
            from = number + 1;
        }
        Ok(events)
    }

    /// What earlier processes left behind: events by trial, which batches they are in, and the
    /// number of the next batch.
    async fn unfinished(&self) -> Result<(BTreeMap<u32, Vec<Event>>, Needed, i64), Fault> {
        let finished = self.finished().await?;
        let (mut past, mut needed, mut next) = (BTreeMap::new(), Needed::default(), 0);
        while let Some((number, mut lines)) = self.batch(next).await? {
            lines.retain(|line| !finished.contains(&line.ordinal));
            needed.add(number, lines.iter().map(|line| line.ordinal));
            for line in &lines {
                self.add(past.entry(line.ordinal).or_default(), line)?;
            }
            next = number + 1;
        }
        Ok((past, needed, next))
    }

    /// The first batch from number `from` on.
    async fn batch(&self, from: i64) -> Result<Option<(i64, Vec<Line>)>, Fault> {
        let row = sqlx::query(
            "SELECT number, events FROM batch WHERE number >= ? ORDER BY number LIMIT 1",
        )
        .bind(from)
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| database(&self.path, &error))?;
        let Some(row) = row else { return Ok(None) };
        let number: i64 = row.get(0);
        let lines = batch::unpack(row.get(1)).map_err(|error| {
            let path = self.path.display();
            Fault::new(Blame::Tampered, format!("{path}: batch {number} is damaged: {error}"))
        })?;
        Ok(Some((number, lines)))
    }

    /// Adds an event in its place.
    fn add(&self, events: &mut Vec<Event>, line: &Line) -> Result<(), Fault> {
        if line.number as usize != events.len() {
            let why = format!("event {} stands where {} should", line.number, events.len());
            return Err(self.damaged(line.ordinal, &why));
        }
        let event = Event::from_line(&line.text)
            .map_err(|error| self.damaged(line.ordinal, &error.to_string()))?;
        events.push(event);
        Ok(())
    }

    /// Where the next events of a trial go, which has `kept` already.
    pub fn log(&self, ordinal: u32, kept: usize) -> TrialLog {
        TrialLog::new(self.clone(), ordinal, kept as u32)
    }

    /// Files a trial as finished. Doing so twice changes nothing.
    ///
    /// # Errors
    /// `Setup` when it cannot be kept.
    pub async fn finish(
        &self,
        ordinal: u32,
        score: &TrialScore,
        events: &[Event],
    ) -> Result<(), Fault> {
        let mut log = Vec::new();
        for event in events {
            log.extend(event.to_line().map_err(|error| bug(&error.to_string()))?);
        }
        let score = canonical::to_bytes(score).map_err(|error| bug(&error.to_string()))?;
        let log =
            zstd::bulk::compress(&log, ZSTD_LEVEL).map_err(|error| bug(&error.to_string()))?;
        let finished = writer::Row { ordinal, score, log, tokens: tokens(events) };
        self.ask(|ack| Request::Finish { finished, ack }).await
    }

    /// Returns when everything asked before is in the file.
    ///
    /// # Errors
    /// `Setup` when the writer is gone.
    pub async fn flush(&self) -> Result<(), Fault> {
        self.ask(|ack| Request::Flush { ack }).await
    }

    async fn ask(&self, request: impl FnOnce(writer::Ack) -> Request) -> Result<(), Fault> {
        answer(self.request(request).await?).await
    }

    /// Queues a request; what comes is told when it is in the file.
    pub(crate) async fn request(
        &self,
        request: impl FnOnce(writer::Ack) -> Request,
    ) -> Result<Told, Fault> {
        let Some(writer) = &self.writer else {
            return Err(bug("a journal that is open for reading was written to"));
        };
        let (ack, told) = oneshot::channel();
        writer.send(request(ack)).await.map_err(|_| gone())?;
        Ok(told)
    }

    fn damaged(&self, ordinal: u32, why: &str) -> Fault {
        let path = self.path.display();
        Fault::new(Blame::Tampered, format!("{path}: trial number {ordinal} is damaged: {why}"))
    }
}

/// A whole log. Memory follows what is there, not what is allowed: the one-call form of the library
/// would set [`LOG_BYTES_MAX`] aside for every row.
fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut log = Vec::new();
    let most = LOG_BYTES_MAX as u64 + 1;
    zstd::stream::Decoder::new(packed)?.take(most).read_to_end(&mut log)?;
    if log.len() > LOG_BYTES_MAX {
        let why = format!("a log of more than {LOG_BYTES_MAX} bytes");
        return Err(std::io::Error::other(why));
    }
    Ok(log)
}

fn same_run(path: &Path, had: &RunIdentity, asked: &RunIdentity) -> Result<(), Fault> {
    if had == asked {
        return Ok(());
    }
    let value = |identity| serde_json::to_value(identity).unwrap_or_default();
    let (field, asked, had) =
        first_difference(&value(asked), &value(had), String::new()).unwrap_or_default();
    Err(setup(format!(
        "{}: holds another run: its {field} is {had}, this command asks for {asked}; \
         give the first run's flags to continue it, or another --out",
        path.display()
    )))
}

async fn connect(path: &Path, options: SqliteConnectOptions) -> Result<SqlitePool, Fault> {
    SqlitePoolOptions::new()
        // One writes, the others read what is committed.
        .max_connections(4)
        .connect_with(options)
        .await
        .map_err(|error| database(path, &error))
}

async fn create(path: &Path, pool: &SqlitePool) -> Result<(), Fault> {
    if check_schema(path, pool).await? == SCHEMA {
        return Ok(());
    }
    let tables = "
        BEGIN IMMEDIATE;
        CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 0), identity BLOB NOT NULL, suite BLOB NOT NULL);
        CREATE TABLE batch (number INTEGER PRIMARY KEY, events BLOB NOT NULL);
        CREATE TABLE finished (
            trial INTEGER PRIMARY KEY, score BLOB NOT NULL, log BLOB NOT NULL,
            subject_input INTEGER NOT NULL, subject_cached INTEGER NOT NULL, subject_output INTEGER NOT NULL,
            judge_input INTEGER NOT NULL, judge_cached INTEGER NOT NULL, judge_output INTEGER NOT NULL);
        PRAGMA user_version = 3;
        COMMIT;";
    sqlx::raw_sql(tables).execute(pool).await.map_err(|error| database(path, &error))?;
    Ok(())
}

/// The schema of the file, 0 for a new one.
async fn check_schema(path: &Path, pool: &SqlitePool) -> Result<i64, Fault> {
    let row = sqlx::query("PRAGMA user_version")
        .fetch_one(pool)
        .await
        .map_err(|error| database(path, &error))?;
    let found: i64 = row.get(0);
    if found != 0 && found != SCHEMA {
        let age = if found > SCHEMA { "a newer" } else { "an older" };
        return Err(setup(format!(
            "{}: written by {age} host (schema {found}, this one knows {SCHEMA}); use that host",
            path.display()
        )));
    }
    Ok(found)
}

async fn read_identity(path: &Path, pool: &SqlitePool) -> Result<Option<RunIdentity>, Fault> {
    let row = sqlx::query("SELECT identity FROM run WHERE id = 0")
        .fetch_optional(pool)
        .await
        .map_err(|error| database(path, &error))?;
    row.map(|row| {
        canonical::from_bytes(row.get(0)).map_err(|error| {
            Fault::new(Blame::Tampered, format!("{}: run identity: {error}", path.display()))
        })
    })
    .transpose()
}

/// A fault of SQLite's, with the way out for those that a person can mend.
pub(crate) fn database(path: &Path, error: &sqlx::Error) -> Fault {
    let text = error.to_string();
    let way_out = if text.contains("disk is full") {
        "; make room and run the same command again: nothing that was answered is lost"
    } else if text.contains("(code: 778)") {
        // SQLITE_IOERR_WRITE. Of what ends writing, SQLite has words only for a full disk.
        "; look for a full disk, a quota or a limit on file sizes (ulimit -f), then run the same \
         command again: nothing that was answered is lost"
    } else if text.contains("not a database") || text.contains("malformed") {
        "; it is not a run's journal, or damaged: name another --out"
    } else if text.contains("readonly") || text.contains("unable to open") {
        "; the folder must be writable"
    } else {
        ""
    };
    setup(format!("{}: {text}{way_out}", path.display()))
}

pub(crate) fn io(path: &Path, error: &std::io::Error) -> Fault {
    setup(format!("{}: {error}", path.display()))
}

pub(crate) fn setup(message: String) -> Fault {
    Fault::new(Blame::Setup, message)
}

pub(crate) fn bug(message: &str) -> Fault {
    Fault::new(Blame::Bug, message.to_owned())
}
