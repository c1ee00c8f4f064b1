//! Packages of other languages, installed once: again only when the file that names them changes.

use crate::error::TaskError;
use crate::process;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In a folder of packages: the digest of the file that named them, written when all were there.
const STAMP: &str = "installed.sha256";

/// The interpreter of a virtual environment in `folder` with the packages of `requirements`,
/// installed with pip's `options`.
///
/// # Errors
/// When they cannot be installed; pip has said why.
pub(crate) fn environment(
    folder: &Path,
    requirements: &Path,
    options: &[&str],
) -> Result<PathBuf, TaskError> {
    let python = folder.join("bin/python");
    // An interpreter that was taken away since leaves a link to nothing.
    if !process::exists(Command::new(&python).arg("--version")) {
        forget(folder)?;
    }
    unless_installed(requirements, folder, || {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(folder);
        process::run(&mut make, "install venv (Debian, Ubuntu: `apt-get install python3-venv`)")?;
        let mut pip = command(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
        pip.args(options).arg("--requirement").arg(requirements);
        process::run(&mut pip, "see what pip says above; it needs the package index")
    })?;
    Ok(python)
}

/// Starts `python` so that every machine reads and writes alike, and the work tree stays clean.
pub(crate) fn command(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.env("PYTHONUTF8", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
    command
}

/// Calls `install` unless `folder` says that it was filled after `list`, as it is now.
///
/// # Errors
/// Those of `install`, and when a file cannot be read or written.
pub(super) fn unless_installed(
    list: &Path,
    folder: &Path,
    install: impl FnOnce() -> Result<(), TaskError>,
) -> Result<(), TaskError> {
    let wanted =
        hex::encode(Sha256::digest(fs::read(list).map_err(TaskError::file(list, "read"))?));
    let stamp = folder.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    forget(folder)?;
    install()?;
    fs::write(&stamp, wanted).map_err(TaskError::file(&stamp, "write"))
}

fn forget(folder: &Path) -> Result<(), TaskError> {
    let stamp = folder.join(STAMP);
    match fs::remove_file(&stamp) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(TaskError::file(&stamp, "remove")(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it installed.
    fn asked(list: &Path, folder: &Path, ends_well: bool) -> bool {
        let mut called = false;
        let result = unless_installed(list, folder, || {
            called = true;
            if ends_well { Ok(()) } else { Err(TaskError::Metadata(String::new())) }
        });
        assert_eq!(result.is_ok(), ends_well || !called);
        called
    }

    #[test]
    fn packages_are_installed_when_their_list_changes_or_the_last_time_failed() {
        let folder = tempfile::tempdir().unwrap();
        let (list, folder) = (&folder.path().join("list"), folder.path());
        fs::write(list, "one==1").unwrap();
        assert!(asked(list, folder, true));
        assert!(!asked(list, folder, true));
        fs::write(list, "one==2").unwrap();
        assert!(asked(list, folder, false));
        assert!(asked(list, folder, true));
        assert!(!asked(list, folder, true));
        // A failed change back must not be hidden by what was there before it.
        fs::write(list, "one==1").unwrap();
        assert!(asked(list, folder, false));
        fs::write(list, "one==2").unwrap();
        assert!(asked(list, folder, true));
    }
}
