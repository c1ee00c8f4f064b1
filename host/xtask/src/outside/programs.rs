//! The programs that must be there, looked for before anything is done.

use crate::error::TaskError;
use crate::process;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

/// Names under which systems install it, the one first that the golden pictures were made with.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// Says by its exit status whether packages can be installed beside the system's. Debian keeps
/// `ensurepip` in a package of its own.
const PYTHON: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
/// The same of Node.
const NODE: &str = "process.exit(Number(process.versions.node.split('.')[0]) < 20 ? 1 : 0)";

/// What was found where a path is needed.
pub(super) struct Programs {
    /// Path of a Chromium.
    pub(super) chromium: PathBuf,
}

impl Programs {
    /// Looks for all of them.
    ///
    /// # Errors
    /// With every one that is missing, and how to get it.
    pub(super) fn find() -> Result<Self, TaskError> {
        let chromium = chromium(env::var_os("CHROMIUM"), env::var_os("PATH"));
        let runs = |program: &str, arguments: &[&str]| {
            process::exists(Command::new(program).args(arguments))
        };
        let mut missing = Vec::new();
        if chromium.is_none() {
            missing.push(("Chromium", "`apt-get install chromium`, or set CHROMIUM to its path"));
        }
        if !runs("node", &["--eval", NODE]) || !runs("npm", &["--version"]) {
            missing.push((
                "Node 20 or newer, with npm",
                "`apt-get install nodejs npm`, or nodejs.org",
            ));
        }
        if !runs("python3", &["-c", PYTHON]) {
            missing.push(("Python 3.11 or newer, with venv", "`apt-get install python3-venv`"));
        }
        match chromium {
            Some(chromium) if missing.is_empty() => Ok(Self { chromium }),
            _ => Err(refusal(&missing)),
        }
    }
}

fn refusal(missing: &[(&str, &str)]) -> TaskError {
    let joined = |parts: Vec<String>| parts.join("; ");
    TaskError::Refused {
        message: format!("missing: {}", joined(missing.iter().map(|m| m.0.to_owned()).collect())),
        fix: joined(missing.iter().map(|(name, fix)| format!("{name}: {fix}")).collect()),
    }
}

/// The one that was named, or the first on the path.
fn chromium(named: Option<OsString>, path: Option<OsString>) -> Option<PathBuf> {
    if let Some(named) = named.filter(|name| !name.is_empty()) {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    CHROMIUM.iter().find_map(|name| on_path(name, path.as_deref()?))
}

fn on_path(name: &str, path: &OsStr) -> Option<PathBuf> {
    env::split_paths(path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_named_browser_goes_before_the_path_and_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = Some(folder.path().as_os_str().to_owned());
        assert_eq!(chromium(None, path.clone()), None);
        assert_eq!(chromium(None, None), None);
        let other = folder.path().join("google-chrome");
        fs::write(&other, "").unwrap();
        assert_eq!(chromium(None, path.clone()), Some(other.clone()));
        let first = folder.path().join("chromium");
        fs::write(&first, "").unwrap();
        assert_eq!(chromium(None, path.clone()), Some(first.clone()));
        // Empty is as good as unset.
        assert_eq!(chromium(Some(OsString::new()), path.clone()), Some(first));
        assert_eq!(chromium(Some(other.clone().into()), path.clone()), Some(other));
        assert_eq!(chromium(Some(folder.path().join("no").into()), path), None);
    }

    #[test]
    fn everything_missing_is_named_at_once_with_its_fix() {
        let text = refusal(&[("Chromium", "set CHROMIUM"), ("Node", "get it")]).to_string();
        assert!(text.contains("missing: Chromium; Node\n"), "{text}");
        assert!(text.ends_with("fix: Chromium: set CHROMIUM; Node: get it"), "{text}");
    }
}
