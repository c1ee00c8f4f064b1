//! From a submitted file to a replayed result, or to the reason why not.

use record::result::RunResult;
use replay::verify::{Options, Replayed, VerifyError, verify};
use sandbox::Sandbox;
use std::path::{Path, PathBuf};

/// A submission that does not reach the board.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
pub(crate) struct Refused {
    /// Which file.
    pub(crate) path: PathBuf,
    /// Why: rule, trial, event and field where there are such.
    pub(crate) reason: VerifyError,
}

/// Verifies one bundle by replay.
///
/// # Errors
/// With the first thing that does not hold.
pub(crate) fn accept(
    path: &Path,
    sandbox: &Sandbox,
    threads: usize,
) -> Result<Replayed<RunResult>, Refused> {
    let options = Options { threads, ..Options::default() };
    verify(path, sandbox, &options).map_err(|reason| Refused { path: path.to_owned(), reason })
}
