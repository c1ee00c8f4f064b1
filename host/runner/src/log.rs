//! The journal as one trial sees it: events go in, and one wait tells that all of them are kept.

use crate::batch::Line;
use crate::journal::{Journal, bug};
use crate::writer::Request;
use async_trait::async_trait;
use record::event::Event;
use tokio::sync::oneshot;
use trial::port::{EventLog, Fault};

/// The writer's answer, when it comes.
pub(crate) type Told = oneshot::Receiver<Result<(), Fault>>;

/// Where the events of one trial go.
pub struct TrialLog {
    journal: Journal,
    /// Of the last event that is on its way: when it is in the file, all before it are.
    last: Option<Told>,
    ordinal: u32,
    next: u32,
}

impl TrialLog {
    pub(crate) const fn new(journal: Journal, ordinal: u32, kept: u32) -> Self {
        Self { journal, last: None, ordinal, next: kept }
    }
}

#[async_trait]
impl EventLog for TrialLog {
    async fn append(&mut self, event: &Event) -> Result<(), Fault> {
        let text = event.to_line().map_err(|error| bug(&error.to_string()))?;
        let line = Line { ordinal: self.ordinal, number: self.next, text };
        self.last = Some(self.journal.request(|ack| Request::Append { line, ack }).await?);
        self.next += 1;
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Fault> {
        match self.last.take() {
            Some(told) => answer(told).await,
            None => Ok(()),
        }
    }
}

/// What the writer said.
///
/// # Errors
/// What it could not do; `Bug` when it is gone.
pub(crate) async fn answer(told: Told) -> Result<(), Fault> {
    told.await.map_err(|_| gone())?
}

pub(crate) fn gone() -> Fault {
    bug("the journal's writer ended early")
}
