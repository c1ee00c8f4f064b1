//! `kinship plugin`: what plugins say of themselves, and whether they are what they should be.

mod labelled;
mod world;

use crate::ambient;
use crate::error::CliError;
use crate::progress::Progress;
use crate::suite::{self, COMPONENT_BYTES_MAX, LoadedSuite, read_limited};
use clap::Subcommand;
use record::id::{Behaviour, CellId};
use record::labelled::seed;
use record::manifest::{ScenarioManifest, ScorerManifest};
use sandbox::Manifest;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trial::exemplar;
use trial::port::{PluginLoader, ScenarioPlugin};

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
    /// Play every exemplar of a scenario in every cell: each must be scored as what it is an example of.
    Check {
        /// The scenario.
        #[arg(value_name = "SCENARIO")]
        scenario: PathBuf,
        /// Scorers that read it.
        #[arg(long = "scorer", value_name = "FILE", required = true)]
        scorers: Vec<PathBuf>,
        /// Seeds to play each with.
        #[arg(long, value_name = "N", default_value_t = 3)]
        seeds: u32,
    },
    Labelled(labelled::Args),
    World(world::Args),
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    match &args.command {
        Command::List { paths } => list(paths, json),
        Command::Check { scenario, scorers, seeds } => check(scenario, scorers, *seeds, json),
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

fn check(scenario: &Path, scorers: &[PathBuf], seeds: u32, json: bool) -> Result<(), CliError> {
    let sandbox = suite::sandbox(1)?;
    let read = |path: &Path| read_limited(path, COMPONENT_BYTES_MAX);
    let name = scenario.display().to_string();
    let scenario = sandbox.scenario(&name, &read(scenario)?)?;
    let scorers: Vec<_> = scorers
        .iter()
        .map(|path| Ok(sandbox.scorer(&path.display().to_string(), &read(path)?)?))
        .collect::<Result<_, CliError>>()?;
    let manifest = scenario.manifest();
    if !scorers.iter().any(|scorer| judges_own(scorer.manifest(), manifest)) {
        return Err(CliError::bad(format!("{name}: none of these scorers judges what it is about"))
            .hint("compare the scorers' `accepts`, `behaviours` and `facts` with the scenario's (`kinship plugin list --json` shows both)"));
    }
    let cells = manifest.conditions.len();
    let played = manifest.exemplars.len() * cells * seeds as usize;
    let progress = Progress::new("check", "cells", (cells * seeds as usize) as u64, json);
    let mut missed = Vec::new();
    // Fixed seeds: the same plugin gets the same answer.
    for (done, (number, condition)) in (0..seeds)
        .flat_map(|number| manifest.conditions.iter().map(move |condition| (number, condition)))
        .enumerate()
    {
        missed.extend(exemplar::check(scenario.as_ref(), &scorers, *condition, seed(number))?);
        progress.at(done as u64 + 1, "exemplars played and scored");
    }
    progress.finish();
    if missed.is_empty() {
        let line = if json {
            serde_json::json!({ "plugin": name, "played": played, "missed": 0 }).to_string()
        } else {
            format!(
                "{name}: {played} exemplars played ({cells} cells, {seeds} seeds), each scored as what it shows"
            )
        };
        ambient::out(&line);
        return Ok(());
    }
    let lines: Vec<String> = missed.iter().map(ToString::to_string).collect();
    Err(CliError::bad(format!(
        "{name}: {} of {played} exemplars missed\n{}",
        missed.len(),
        lines.join("\n")
    )))
}

/// Whether a scorer judges something that the scenario names: one of conduct may judge none of it.
fn judges_own(scorer: &ScorerManifest, scenario: &ScenarioManifest) -> bool {
    let own = |behaviour: &&Behaviour| scenario.behaviours.contains(behaviour);
    scorer.accepts(scenario) && scorer.judges(scenario).iter().any(own)
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
