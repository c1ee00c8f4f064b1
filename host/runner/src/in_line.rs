//! How long a trial has waited at gates: what its deadline leaves out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

tokio::task_local! {
    /// How long the trial of this task has waited at gates.
    pub(crate) static IN_LINE: Arc<InLine>;
}

/// How long a trial has waited at gates: time in which nothing could go on, however slow its model.
#[derive(Debug, Default)]
pub(crate) struct InLine(Mutex<(Duration, Option<Instant>)>);

impl InLine {
    /// The time so far, of a wait that is not over too.
    pub(crate) fn waited(&self) -> Duration {
        let (before, since) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        before + since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// A wait begins, or is over.
    pub(crate) fn set(&self, since: Option<Instant>) {
        let before = self.waited();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (before, since);
    }
}
