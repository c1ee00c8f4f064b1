//! `kinship plugin`: what plugins say of themselves.

use crate::ambient;
use crate::error::CliError;
use crate::suite::{self, COMPONENT_BYTES_MAX, read_limited};
use clap::Subcommand;
use sandbox::Manifest;
use std::path::{Path, PathBuf};

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
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let Command::List { paths } = &args.command;
    list(paths, json)
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
        files.extend(wasm_files(path)?);
        if files.len() == before {
            return Err(CliError::usage(format!("{}: holds no .wasm file", path.display()))
                .hint("build the plugins: cargo xtask build-plugins"));
        }
    }
    Ok(files)
}

fn wasm_files(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let entries = std::fs::read_dir(folder).map_err(|error| CliError::file(folder, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| CliError::file(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
