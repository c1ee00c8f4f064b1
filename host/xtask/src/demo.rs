//! `cargo xtask demo`: from a fresh clone to a report, in one command.

use crate::build_plugins::{self, BuildPlugins};
use crate::error::TaskError;
use crate::pins::{self, BUILT};
use crate::process;
use crate::workspace::Workspace;
use clap::Args;
use std::path::PathBuf;
use std::process::Command;

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
    out: PathBuf,
    /// More for `kinship demo`; see `kinship demo --help`
    #[arg(last = true, value_name = "ARGUMENTS")]
    more: Vec<String>,
}

/// Builds the plugins and the command line, and runs the demonstration.
///
/// # Errors
/// When something does not build, or the demonstration fails.
pub(crate) fn run(asked: &Demo) -> Result<(), TaskError> {
    let workspace = Workspace::load()?;
    let plugins = plugins(&workspace)?;
    build_plugins::run(&BuildPlugins { packages: plugins.clone(), ..BuildPlugins::default() })?;
    // Compiles each plugin once, as part of building: every later start reads the result.
    let mut list = kinship(&workspace);
    list.args(["plugin", "list"]);
    list.args(plugins.iter().map(|plugin| format!("{BUILT}/{plugin}.wasm")));
    process::run(&mut list, "see what `kinship plugin list` says above")?;
    let mut demo = kinship(&workspace);
    demo.arg("demo").arg("--out").arg(&asked.out).args(&asked.more);
    process::run(&mut demo, "see what `kinship demo` says above")
}

/// What the demonstration's suite needs: a newcomer need not wait for the others.
fn plugins(workspace: &Workspace) -> Result<Vec<String>, TaskError> {
    let path = workspace.root.join(SUITE);
    let text = std::fs::read_to_string(&path).map_err(|source| TaskError::File {
        path: path.clone(),
        doing: "read",
        source,
    })?;
    let (scenarios, scorers) = pins::ids(&text).map_err(|error| TaskError::Refused {
        message: format!("{SUITE}: {error}"),
        fix: "mend the manifest".to_owned(),
    })?;
    Ok([scenarios, scorers].concat())
}

fn kinship(workspace: &Workspace) -> Command {
    let mut command = process::cargo(&workspace.root);
    command.args(["run", "--locked", "--quiet", "--package", "kinship", "--"]);
    command
}
