//! The one writer of a journal. It takes what is queued, puts it into one transaction, and answers
//! when that is synced: a thousand trials share a sync, and a lone trial waits for nothing.

use crate::journal::database;
use sqlx::sqlite::{Sqlite, SqlitePool};
use sqlx::{QueryBuilder, Transaction};
use std::path::PathBuf;
use tokio::sync::{mpsc, oneshot};
use trial::port::Fault;

/// Most requests of one transaction: bounds how long the first of them waits.
const BATCH: usize = 1024;
/// Rows of one statement: three values each, far below SQLite's 32,766 variables.
const ROWS: usize = 256;

/// Told when the request is in the file, or why not.
pub(crate) type Ack = oneshot::Sender<Result<(), Fault>>;

/// What trials ask of the writer.
pub(crate) enum Request {
    Append { ordinal: u32, number: u32, line: Vec<u8>, ack: Ack },
    Finish { ordinal: u32, score: Vec<u8>, log: Vec<u8>, ack: Ack },
    Flush { ack: Ack },
}

/// Starts the writer; it ends when the last sender goes.
pub(crate) fn start(path: PathBuf, pool: SqlitePool, queue: usize) -> mpsc::Sender<Request> {
    let (sender, mut receiver) = mpsc::channel(queue);
    tokio::spawn(async move {
        let mut batch = Vec::with_capacity(BATCH);
        while receiver.recv_many(&mut batch, BATCH).await > 0 {
            let written = write(&pool, &batch).await.map_err(|error| database(&path, &error));
            for request in batch.drain(..) {
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

async fn write(pool: &SqlitePool, batch: &[Request]) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    append(&mut transaction, batch).await?;
    finish(&mut transaction, batch).await?;
    transaction.commit().await
}

async fn append(
    transaction: &mut Transaction<'_, Sqlite>,
    batch: &[Request],
) -> Result<(), sqlx::Error> {
    let rows: Vec<(u32, u32, &[u8])> = batch
        .iter()
        .filter_map(|request| match request {
            Request::Append { ordinal, number, line, .. } => Some((*ordinal, *number, &line[..])),
            Request::Finish { .. } | Request::Flush { .. } => None,
        })
        .collect();
    for chunk in rows.chunks(ROWS) {
        let mut query = QueryBuilder::new("INSERT INTO event (trial, number, line) ");
        query.push_values(chunk, |mut row, (ordinal, number, line)| {
            row.push_bind(*ordinal).push_bind(*number).push_bind(*line);
        });
        query.build().execute(&mut **transaction).await?;
    }
    Ok(())
}

async fn finish(
    transaction: &mut Transaction<'_, Sqlite>,
    batch: &[Request],
) -> Result<(), sqlx::Error> {
    let rows: Vec<(u32, &[u8], &[u8])> = batch
        .iter()
        .filter_map(|request| match request {
            Request::Finish { ordinal, score, log, .. } => Some((*ordinal, &score[..], &log[..])),
            Request::Append { .. } | Request::Flush { .. } => None,
        })
        .collect();
    for chunk in rows.chunks(ROWS) {
        let mut query = QueryBuilder::new("INSERT OR IGNORE INTO finished (trial, score, log) ");
        query.push_values(chunk, |mut row, (ordinal, score, log)| {
            row.push_bind(*ordinal).push_bind(*score).push_bind(*log);
        });
        query.build().execute(&mut **transaction).await?;
        let mut query = QueryBuilder::new("DELETE FROM event WHERE trial IN (");
        let mut ordinals = query.separated(", ");
        for (ordinal, ..) in chunk {
            ordinals.push_bind(*ordinal);
        }
        query.push(")");
        query.build().execute(&mut **transaction).await?;
    }
    Ok(())
}
