//! What can go wrong in a chore, each with the way out.

use crate::problem::Problem;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a chore stopped.
#[derive(Debug, Error)]
pub(crate) enum TaskError {
    /// A file or folder could not be used.
    #[error("{}: cannot {doing}: {source}\n    fix: check that it exists and that you may {doing} it", .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// A verb: read, write, create, copy.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A program could not be started.
    #[error("{program}: cannot start: {source}\n    fix: {fix}")]
    Start {
        /// Its name.
        program: String,
        /// What the system said.
        source: io::Error,
        /// How to get it.
        fix: String,
    },
    /// A program ran and failed; it has said why.
    #[error("`{command}` failed with {status}\n    fix: {fix}")]
    Failed {
        /// As one would type it.
        command: String,
        /// Exit status.
        status: String,
        /// What to do.
        fix: String,
    },
    /// `cargo metadata` failed.
    #[error(
        "the workspace cannot be read: {0}\n    fix: mend the manifest that it names, then `cargo metadata --format-version 1 >/dev/null`"
    )]
    Metadata(String),
    /// Rules are broken.
    #[error("{}", listed(.0))]
    Problems(Vec<Problem>),
    /// The user asked for what cannot be.
    #[error("{message}\n    fix: {fix}")]
    Refused {
        /// What is wrong.
        message: String,
        /// What to do.
        fix: String,
    },
}

impl TaskError {
    /// For `map_err` on a file operation.
    pub(crate) fn file(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, doing, source }
    }
}

fn listed(problems: &[Problem]) -> String {
    let mut text: String = problems.iter().map(|p| format!("{p}\n")).collect();
    let noun = if problems.len() == 1 { "problem" } else { "problems" };
    text.push_str(&format!("{} {noun}", problems.len()));
    text
}
