//! The one writer of a journal. It takes what is queued, puts it into one transaction, and answers
//! when that is synced: a thousand trials share a sync, and a lone trial waits for nothing.

use crate::batch::{Line, Needed, Packer};
use crate::journal::database;
use record::price::Tokens;
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{Connection as _, QueryBuilder, Transaction};
use std::path::PathBuf;
use tokio::sync::{mpsc, oneshot};
use trial::port::Fault;

/// Most requests of one transaction: bounds how long the first of them waits.
pub(crate) const BATCH: usize = 1024;
/// Rows of one statement: nine values each, far below SQLite's 32,766 variables.
const ROWS: usize = 256;

/// Told when the request is in the file, or why not.
pub(crate) type Ack = oneshot::Sender<Result<(), Fault>>;

/// What trials ask of the writer.
pub(crate) enum Request {
    Append { line: Line, ack: Ack },
    Finish { finished: Row, ack: Ack },
    Flush { ack: Ack },
}

/// A finished trial on its way into the file.
pub(crate) struct Row {
    pub(crate) ordinal: u32,
    pub(crate) score: Vec<u8>,
    pub(crate) log: Vec<u8>,
    /// What its calls used: the subject's, and the judge's.
    pub(crate) tokens: (Tokens, Tokens),
}

/// The writer's own connection and what it knows of the file.
pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    /// Its own: another connection that writes would empty this one's page cache.
    pub(crate) connection: SqliteConnection,
    pub(crate) needed: Needed,
    /// Number of the next batch.
    pub(crate) next: i64,
    pub(crate) packer: Packer,
}

impl Writer {
    /// Starts it; it ends when the last sender goes.
    pub(crate) fn start(mut self, queue: usize) -> mpsc::Sender<Request> {
        let (sender, mut receiver) = mpsc::channel(queue);
        tokio::spawn(async move {
            let mut requests = Vec::with_capacity(BATCH);
            let mut written = Ok(());
            while receiver.recv_many(&mut requests, BATCH).await > 0 {
                // After a failure nothing more: a later event without an earlier one would be a hole
                // in a log. A fresh process begins again with what the file has.
                if written.is_ok() {
                    written = self.write(&requests).await;
                }
                for request in requests.drain(..) {
                    let (Request::Append { ack, .. }
                    | Request::Finish { ack, .. }
                    | Request::Flush { ack }) = request;
                    // A trial that was given up no longer listens.
                    let _ = ack.send(written.clone());
                }
            }
        });
        sender
    }

    async fn write(&mut self, requests: &[Request]) -> Result<(), Fault> {
        self.commit(requests).await.map_err(|error| database(&self.path, &error))?;
        self.next += 1;
        Ok(())
    }

    async fn commit(&mut self, requests: &[Request]) -> Result<(), sqlx::Error> {
        let lines: Vec<&Line> = requests
            .iter()
            .filter_map(|request| match request {
                Request::Append { line, .. } => Some(line),
                Request::Finish { .. } | Request::Flush { .. } => None,
            })
            .collect();
        let rows: Vec<&Row> = requests
            .iter()
            .filter_map(|request| match request {
                Request::Finish { finished, .. } => Some(finished),
                Request::Append { .. } | Request::Flush { .. } => None,
            })
            .collect();
        self.needed.add(self.next, lines.iter().map(|line| line.ordinal));
        let free = self.needed.finish(rows.iter().map(|row| row.ordinal));
        let mut transaction = self.connection.begin().await?;
        if !lines.is_empty() {
            let packed = self.packer.pack(lines)?;
            let insert = sqlx::query("INSERT INTO batch (number, events) VALUES (?, ?)");
            insert.bind(self.next).bind(packed).execute(&mut *transaction).await?;
        }
        finish(&mut transaction, &rows).await?;
        remove(&mut transaction, &free).await?;
        transaction.commit().await
    }
}

async fn finish(
    transaction: &mut Transaction<'_, Sqlite>,
    rows: &[&Row],
) -> Result<(), sqlx::Error> {
    for chunk in powers(rows) {
        let mut query = QueryBuilder::new(
            "INSERT OR IGNORE INTO finished (trial, score, log, subject_input, subject_cached, \
             subject_output, judge_input, judge_cached, judge_output) ",
        );
        query.push_values(chunk, |mut values, row| {
            values.push_bind(row.ordinal).push_bind(&row.score[..]).push_bind(&row.log[..]);
            let (subject, judge) = row.tokens;
            for Tokens { cached, input, output } in [subject, judge] {
                // SQLite's integers are signed; a count of tokens stays below 2^53.
                for count in [input, cached, output] {
                    values.push_bind(count as i64);
                }
            }
        });
        query.build().execute(&mut **transaction).await?;
    }
    Ok(())
}

async fn remove(
    transaction: &mut Transaction<'_, Sqlite>,
    batches: &[i64],
) -> Result<(), sqlx::Error> {
    for chunk in powers(batches) {
        let mut query = QueryBuilder::new("DELETE FROM batch WHERE number IN (");
        let mut numbers = query.separated(", ");
        for number in chunk {
            numbers.push_bind(*number);
        }
        query.push(")");
        query.build().execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Pieces whose lengths are powers of two, [`ROWS`] at most: nine texts of a statement are all that
/// there are, and the database parses each of them once.
fn powers<T>(items: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let length = ROWS.min(1 << rest.len().checked_ilog2()?);
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_leave_nothing_out() {
        let items: Vec<u32> = (0..603).collect();
        let lengths: Vec<usize> = powers(&items).map(<[u32]>::len).collect();
        assert_eq!(lengths, [256, 256, 64, 16, 8, 2, 1]);
        assert_eq!(powers(&items).flatten().copied().collect::<Vec<_>>(), items);
        assert_eq!(powers::<u32>(&[]).count(), 0);
    }
}
