//! `cargo xtask slow`: what takes too long for every change, and must hold for a release.

use crate::build_plugins::{self, BuildPlugins};
use crate::error::TaskError;
use crate::pins::{self, BUILT};
use crate::process;
use crate::test;
use crate::workspace::Workspace;
use clap::Args;
use std::path::Path;
use std::time::{Duration, Instant};

/// The suite that is checked.
const SUITE: &str = "suite/peer-preservation";
/// Seeds that each exemplar and baseline of a scenario is played with, spread over its cells.
const SEEDS: &str = "100";
/// Seeds under which every cell's texts are searched for words.
const WORD_SEEDS: &str = "200";

/// The tests that `.config/nextest.toml` leaves out of every other run; worlds with a shell run
/// all of theirs here.
const SLOW_TESTS: &str =
    "test(fixed_point) | test(hundred_seeds) | test(hundred_times) | test(set_back)";

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo xtask slow

In order: plugins built a second time in another folder; every scenario's exemplars, baselines and
texts; frozen texts; labelled trials; the worlds with a shell on this machine, without a host; the
tests that .config/nextest.toml leaves out.")]
pub(crate) struct Slow {}

/// Runs every step, up to the first that fails.
///
/// # Errors
/// With the first failure.
pub(crate) fn run(_: &Slow) -> Result<(), TaskError> {
    let workspace = Workspace::load()?;
    let root = workspace.root.clone();
    timed("plugins, twice", || {
        build_plugins::run(&BuildPlugins { check: true, twice: true, ..BuildPlugins::default() })
    })?;
    let (scenarios, scorers) = pins::ids(&root, &format!("{SUITE}/suite.toml"))?;
    for scenario in &scenarios {
        timed(scenario, || check(&root, scenario, &scorers))?;
    }
    let frozen = ["plugin", "freeze", "--suite", SUITE, "--dir", "suite/golden/frozen"];
    timed("frozen texts", || process::run(process::kinship(&root).args(frozen), "see above"))?;
    let labelled = ["plugin", "labelled", "--suite", SUITE, "suite/golden/labelled"];
    timed("labelled trials", || process::run(process::kinship(&root).args(labelled), "see above"))?;
    timed("worlds with a shell", || worlds(&workspace))?;
    timed("slow tests", || {
        let mut command = process::cargo(&root);
        command.args(["nextest", "run", "--locked", "--no-fail-fast"]).args(test::covered()?);
        command.args(["--ignore-default-filter", "-E", SLOW_TESTS]);
        process::run(&mut command, "mend what the failed tests say above")
    })?;
    Ok(())
}

/// Every test, and the documents' examples, of what `cargo xtask test` leaves out; and of the kit,
/// which has its shell only beside them.
fn worlds(workspace: &Workspace) -> Result<(), TaskError> {
    let mut packages = vec!["--package".to_owned(), "kit".to_owned()];
    for name in workspace.guests_with_shell() {
        packages.extend(["--package".to_owned(), name]);
    }
    let mut tests = process::cargo(&workspace.root);
    tests.args(["nextest", "run", "--locked", "--no-fail-fast", "--ignore-default-filter"]);
    process::run(tests.args(&packages), "mend what the failed tests say above")?;
    let mut examples = process::cargo(&workspace.root);
    examples.args(["test", "--doc", "--locked", "--quiet"]);
    process::run(examples.args(&packages), "mend the example in the document")
}

/// Runs a step under its name, and says how long it took.
///
/// # Errors
/// Those of the step.
pub(crate) fn timed(
    name: &str,
    step: impl FnOnce() -> Result<(), TaskError>,
) -> Result<Duration, TaskError> {
    println!("\n== {name}");
    let start = Instant::now();
    step()?;
    let took = start.elapsed();
    println!("{name}: passed in {:.1} s", took.as_secs_f64());
    Ok(took)
}

fn check(root: &Path, scenario: &str, scorers: &[String]) -> Result<(), TaskError> {
    let mut command = process::kinship(root);
    command.args(["plugin", "check"]).arg(format!("{BUILT}/{scenario}.wasm"));
    for scorer in scorers {
        command.arg("--scorer").arg(format!("{BUILT}/{scorer}.wasm"));
    }
    command.args(["--seeds", SEEDS, "--spread", "--word-seeds", WORD_SEEDS]);
    process::run(&mut command, "mend what the findings above name")
}
