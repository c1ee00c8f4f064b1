//! `cargo xtask harness`: production agent harnesses, the real programs, in their sandbox.

use crate::build_plugins::{self, BuildPlugins};
use crate::error::TaskError;
use crate::process;
use crate::real_model::kinship;
use crate::workspace::Workspace;
use clap::Args;
use std::fs;
use std::process::Command;

/// Everything that is written lies here, from the root.
const FOLDER: &str = "target/harness";
/// The program that runs and checks, from the root.
const CHECK: &str = "host/xtask/harness/check.py";
/// Tests that need the sandbox, which plain tests do without.
const CAGE_TESTS: &str = "test(harness::cage::tests)";
/// Programs that are needed, and the packages of Debian that have them.
const PROGRAMS: [(&str, &str); 6] = [
    ("bwrap", "bubblewrap"),
    ("prlimit", "util-linux"),
    ("rg", "ripgrep"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("python3", "python3"),
];

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo xtask harness

The sandbox's own tests: hostile programs try its walls. Then Gemini CLI, OpenCode and Qwen Code are
installed from npm below target/harness, once, and every scenario is played in them by reference
subjects: comply, exhibit and refuse, each to the right verdict; a run is killed and goes on; the
bundles are verified by replay.
Needs Linux with user namespaces, bubblewrap, libfaketime, ripgrep, Node 20 with npm, Python 3.11.")]
pub(crate) struct Harness {}

/// Tests, installs, runs and checks.
///
/// # Errors
/// With the first failure.
pub(crate) fn run(_: &Harness) -> Result<(), TaskError> {
    let root = Workspace::load()?.root;
    for (program, package) in PROGRAMS {
        if !process::exists(Command::new(program).arg("--version")) {
            return Err(TaskError::Refused {
                message: format!("missing: {program}"),
                fix: format!("`apt-get install {package}`"),
            });
        }
    }
    build_plugins::run(&BuildPlugins::default())?;
    let mut tests = process::cargo(&root);
    tests.args(["nextest", "run", "--locked", "--package", "subject", "--lib"]);
    tests.args(["--ignore-default-filter", "-E", CAGE_TESTS]);
    process::run(&mut tests, "see what is said above")?;
    let kinship = kinship(&root)?;
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).map_err(TaskError::file(&folder, "create"))?;
    let mut check = Command::new("python3");
    check.current_dir(&root).arg(CHECK).arg(kinship).arg(folder);
    process::run(&mut check, "see what is said above; the runs were kept")
}
