//! `cargo xtask demo`: from a fresh clone to a report, in one command.

use crate::build_plugins::{self, BuildPlugins};
use crate::error::TaskError;
use crate::pins::{self, BUILT};
use crate::process;
use crate::workspace::Workspace;
use clap::Args;
use std::path::PathBuf;

/// What the demonstration runs.
const SUITE: &str = "suite/smoke/suite.toml";

/// Where the demonstration writes.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo xtask demo
  cargo xtask demo --out target/again -- --json    what follows `--` goes to `kinship demo`")]
pub(crate) struct Demo {
    /// Folder for the run, the bundle and the report
    #[arg(long, default_value = "target/demo", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// More for `kinship demo`; see `kinship demo --help`
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub(crate) more: Vec<String>,
}

/// Builds the plugins and the command line, and runs the demonstration.
///
/// # Errors
/// When something does not build, or the demonstration fails.
pub(crate) fn run(asked: &Demo) -> Result<(), TaskError> {
    let workspace = Workspace::load()?;
    // What its suite needs: a newcomer need not wait for the others.
    let (scenarios, scorers) = pins::ids(&workspace.root, SUITE)?;
    let plugins = [scenarios, scorers].concat();
    build_plugins::run(&BuildPlugins { packages: plugins.clone(), ..BuildPlugins::default() })?;
    // Compiles each plugin once, as part of building: every later start reads the result.
    let mut list = process::kinship(&workspace.root);
    list.args(["plugin", "list"]);
    list.args(plugins.iter().map(|plugin| format!("{BUILT}/{plugin}.wasm")));
    process::run(&mut list, "see what `kinship plugin list` says above")?;
    let mut demo = process::kinship(&workspace.root);
    demo.arg("demo").arg("--out").arg(&asked.out).args(&asked.more);
    process::run(&mut demo, "see what `kinship demo` says above")
}
