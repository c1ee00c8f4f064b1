//! `kinship harness`: the agent harnesses that a model can be tested in.

use crate::ambient;
use crate::error::CliError;
use crate::tested;
use report::text::table;
use serde_json::json;
use std::path::PathBuf;
use subject::harness::install;
use subject::harness::kind::{ALL, Harness};
use trial::port::Fault;

/// Agent harnesses: install one, list them, check that this machine can run them
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship harness list\n  \
    kinship harness install gemini-cli\n  \
    kinship harness check\n  \
    kinship run --suite suite/peer-preservation --preset smoke --subject harness:gemini-cli --model reference:exhibit --out runs/gemini-cli\n\n\
    A harness runs unmodified, in a sandbox for each trial (bubblewrap), with the scenario's files,\n\
    shell and clock, and no network but the model that it is given. It is never run without one.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Install a harness's npm package, without its install scripts
    Install {
        /// gemini-cli, opencode or qwen-code.
        harness: Harness,
        /// Another version than the one that was tried [default: see `kinship harness list`].
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
        /// Another folder than the one where `kinship run` looks.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// List harnesses: version, whether installed, where, digest
    List,
    /// Try whether this machine can run them
    Check,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    match &args.command {
        Command::Install { harness, version, dir } => {
            install(*harness, version.as_deref(), dir.clone(), json)
        }
        Command::List => list(json),
        Command::Check => check(json),
    }
}

fn install(
    harness: Harness,
    version: Option<&str>,
    dir: Option<PathBuf>,
    json: bool,
) -> Result<(), CliError> {
    let version = version.unwrap_or_else(|| harness.version());
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
    if version.is_empty() || !version.chars().all(plain) {
        return Err(CliError::usage(format!("--version {version:?}: expected a version of npm's"))
            .hint("for example --version 0.61.0"));
    }
    let folder = dir.map_or_else(|| tested::folder(harness, version), Ok)?;
    if !json {
        ambient::err(&format!("installing {}@{version} with npm …", harness.package()));
    }
    let runtime = crate::execute::runtime()?;
    runtime.block_on(install::install(harness, version, &folder, &tested::path()))?;
    let installed = tested::find(harness, &folder)?;
    let claim = installed.claim();
    if json {
        let value = json!({
            "harness": claim.name, "version": claim.version, "sha256": claim.sha256,
            "folder": folder.display().to_string(),
        });
        ambient::out(&value.to_string());
    } else {
        ambient::out(&format!("{} {} in {}", harness.title(), claim.version, folder.display()));
        ambient::out(&format!("sha256 {}", claim.sha256));
    }
    Ok(())
}

fn list(json: bool) -> Result<(), CliError> {
    let mut rows = Vec::new();
    for harness in ALL {
        let folder = tested::folder(harness, harness.version())?;
        let found = tested::find(harness, &folder);
        let sha256 = found.as_ref().map(|found| found.claim().sha256.to_string());
        if json {
            let value = json!({
                "harness": harness.name(), "title": harness.title(), "package": harness.package(),
                "version": harness.version(), "installed": found.is_ok(),
                "folder": folder.display().to_string(), "sha256": sha256.ok(),
            });
            ambient::out(&value.to_string());
            continue;
        }
        rows.push(vec![
            harness.name().to_owned(),
            format!("{}@{}", harness.package(), harness.version()),
            match &sha256 {
                Ok(digest) => digest.chars().take(16).collect(),
                Err(_) => "not installed".to_owned(),
            },
            folder.display().to_string(),
        ]);
    }
    if !json {
        ambient::out(&table(&["harness", "package", "sha256", "folder"], &rows));
    }
    Ok(())
}

fn check(json: bool) -> Result<(), CliError> {
    let mut checks = vec![("sandbox", tested::sandbox()?)];
    for harness in ALL {
        checks.push((harness.name(), tested::package(harness)?));
    }
    let usable = checks[0].1.is_ok() && checks[1..].iter().any(|(_, found)| found.is_ok());
    let rows: Vec<Vec<String>> = checks.iter().map(|(what, found)| row(what, found)).collect();
    if json {
        for row in &rows {
            let value = json!({"check": row[0], "state": row[1], "said": row[2]});
            ambient::out(&value.to_string());
        }
    } else {
        ambient::out(&table(&["check", "state", "what was found"], &rows));
    }
    match (usable, checks.swap_remove(0).1) {
        (true, _) => Ok(()),
        (false, Err(fault)) => Err(fault.into()),
        (false, Ok(_)) => {
            Err(CliError::usage("no harness is installed")
                .hint("kinship harness install gemini-cli"))
        }
    }
}

fn row(what: &str, found: &Result<String, Fault>) -> Vec<String> {
    let (state, said) = match found {
        Ok(said) => ("good", said.clone()),
        Err(fault) => ("bad", fault.message.replace('\n', "; ")),
    };
    vec![what.to_owned(), state.to_owned(), said]
}
