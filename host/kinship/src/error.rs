//! How a command ends badly: a message, a way out, and an exit code that a script can act on.

use record::event::Blame;
use std::fmt::Display;
use std::path::Path;
use trial::port::Fault;

/// The exit codes, as `kinship --help` states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The thing that was checked is bad: a bundle, a plugin, a suite.
    Bad = 1,
    /// The command or its surroundings are not as they must be: a flag, a file, a key, the disk.
    Usage = 2,
    /// Our fault.
    Ours = 3,
    /// The run stopped before its end; what is there is sound, and the same command goes on.
    Early = 4,
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl CliError {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), hint: None }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self { exit: Exit::Bad, message: message.into(), hint: None }
    }

    pub(crate) fn ours(message: impl Into<String>) -> Self {
        Self { exit: Exit::Ours, message: message.into(), hint: None }
    }

    pub(crate) fn early(message: impl Into<String>) -> Self {
        Self { exit: Exit::Early, message: message.into(), hint: None }
    }

    /// A file that could not be read or written.
    pub(crate) fn file(path: &Path, error: &dyn Display) -> Self {
        Self::usage(format!("{}: {error}", path.display()))
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Fault> for CliError {
    fn from(fault: Fault) -> Self {
        let exit = match fault.blame {
            Blame::Plugin | Blame::Tampered => Exit::Bad,
            Blame::Provider | Blame::Setup => Exit::Usage,
            Blame::Bug => Exit::Ours,
        };
        // A fault may bring its way out along.
        match fault.message.split_once("\nhint: ") {
            Some((message, hint)) => {
                Self { exit, message: message.to_owned(), hint: Some(hint.to_owned()) }
            }
            None => Self { exit, message: fault.message, hint: None },
        }
    }
}
