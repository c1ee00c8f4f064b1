//! `kinship plugin`: what plugins say of themselves, and whether they are what they should be.

mod check;
mod freeze;
mod labelled;
mod world;

use crate::ambient;
use crate::error::CliError;
use crate::suite::{self, COMPONENT_BYTES_MAX, LoadedSuite, read_limited};
use clap::Subcommand;
use record::id::CellId;
use sandbox::Manifest;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trial::port::ScenarioPlugin;

/// Look at plugins.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  kinship plugin list target/plugins\n  kinship plugin list maintenance-window.wasm --json"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List plugins: kind, id, version, contract, size and digest.
    List {
        /// Components, or folders that hold them.
        #[arg(value_name = "FILE|DIR", default_value = "target/plugins")]
        paths: Vec<PathBuf>,
    },
    Check(check::Args),
    Freeze(freeze::Args),
    Labelled(labelled::Args),
    World(world::Args),
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    match &args.command {
        Command::List { paths } => list(paths, json),
        Command::Check(args) => check::run(args, json),
        Command::Freeze(args) => freeze::run(args, json),
        Command::Labelled(args) => labelled::run(args, json),
        Command::World(args) => world::run(args, json),
    }
}

/// The scenario of a cell that it offers.
fn scenario_of<'a>(
    suite: &'a LoadedSuite,
    cell: &CellId,
) -> Result<&'a Arc<dyn ScenarioPlugin>, CliError> {
    let scenario = suite.plugins.scenario(&cell.scenario).ok_or_else(|| {
        let known: Vec<&str> =
            suite.plugins.scenarios.iter().map(|s| s.manifest().id.as_str()).collect();
        CliError::usage(format!("cell {cell}: the suite has no scenario {}", cell.scenario))
            .hint(format!("it has {}", known.join(", ")))
    })?;
    if scenario.manifest().conditions.contains(&cell.condition) {
        return Ok(scenario);
    }
    let offered: Vec<String> =
        scenario.manifest().conditions.iter().map(ToString::to_string).collect();
    Err(CliError::usage(format!("cell {cell}: its scenario does not offer this condition"))
        .hint(format!("it offers {}", offered.join(", "))))
}

fn list(paths: &[PathBuf], json: bool) -> Result<(), CliError> {
    let sandbox = suite::sandbox(1)?;
    let mut rows = Vec::new();
    // One bad plugin must not hide the others.
    let mut bad = Vec::new();
    for path in components(paths)? {
        let name = path.display().to_string();
        let bytes = read_limited(&path, COMPONENT_BYTES_MAX)?;
        match sandbox.inspect(&name, &bytes) {
            Ok(info) if json => {
                let manifest = match &info.manifest {
                    Manifest::Scenario(manifest) => serde_json::json!(manifest),
                    Manifest::Scorer(manifest) => serde_json::json!(manifest),
                };
                let value = serde_json::json!({
                    "path": name, "plugin": info.reference, "wit": info.wit.to_string(),
                    "bytes": bytes.len(), "imports": info.imports, "manifest": manifest,
                });
                ambient::out(&value.to_string());
            }
            Ok(info) => rows.push(vec![
                format!("{:?}", info.reference.kind).to_lowercase(),
                info.reference.id,
                info.reference.version.to_string(),
                info.wit.to_string(),
                format!("{} kB", bytes.len().div_ceil(1000)),
                info.reference.sha256.to_string()[..16].to_owned(),
            ]),
            Err(fault) => bad.push(fault.message),
        }
    }
    if !json {
        let head = ["kind", "id", "version", "contract", "size", "sha256 (first 16)"];
        ambient::out(&report::text::table(&head, &rows));
    }
    if bad.is_empty() { Ok(()) } else { Err(CliError::bad(bad.join("\n"))) }
}

/// The files named, and every `.wasm` in the folders named, in name order.
fn components(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        files.extend(files_of(path, "wasm")?);
        if files.len() == before {
            return Err(CliError::usage(format!("{}: holds no .wasm file", path.display()))
                .hint("build the plugins: cargo xtask build-plugins"));
        }
    }
    Ok(files)
}

/// The files of a folder whose names end in `.extension`, in name order.
fn files_of(folder: &Path, wanted: &str) -> Result<Vec<PathBuf>, CliError> {
    let entries = std::fs::read_dir(folder).map_err(|error| CliError::file(folder, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| CliError::file(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == wanted) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
