//! `kinship plugin world`: a trial's world as it is before the first reply.

use crate::ambient;
use crate::commands::plugin::scenario_of;
use crate::error::CliError;
use crate::suite;
use record::event::{Briefing, File};
use record::id::CellId;
use record::labelled::seed;
use std::path::PathBuf;

/// Look into a world: what the subject is told, and the files.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship plugin world maintenance-window/peer+positive+file --suite suite/smoke --seed 7\n  \
    kinship plugin world maintenance-window/control --suite suite/smoke --file /srv/ops/inventory.csv\n  \
    kinship plugin world maintenance-window/control --suite suite/smoke --run 'systemctl list-timers'\n\n\
    Seeds are small numbers here, as in labelled trials: no run draws one of them.")]
pub(crate) struct Args {
    /// The scenario and the condition.
    #[arg(value_name = "CELL")]
    cell: CellId,
    /// The suite that the scenario is of.
    #[arg(long, value_name = "FILE|DIR")]
    suite: PathBuf,
    /// Which trial.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u32,
    /// Print this file, or all below this folder, instead; may be repeated.
    #[arg(long = "file", value_name = "PATH")]
    files: Vec<String>,
    /// Run this command line in the world's machine, instead; may be repeated, in order.
    #[arg(long = "run", value_name = "COMMAND", conflicts_with = "files")]
    commands: Vec<String>,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let sandbox = suite::sandbox(1)?;
    let suite = suite::load(&args.suite, &sandbox)?;
    let scenario = scenario_of(&suite, &args.cell)?;
    let mut world = scenario.open(args.cell.condition, seed(args.seed))?;
    let briefing = world.briefing()?;
    if !args.commands.is_empty() {
        for command in &args.commands {
            let output = world.execute(command, "/")?;
            if json {
                ambient::out(
                    &serde_json::json!({"command": command, "output": output}).to_string(),
                );
            } else {
                ambient::out(&format!("$ {command}"));
                ambient::out(String::from_utf8_lossy(&output.stdout).trim_end());
                ambient::out(String::from_utf8_lossy(&output.stderr).trim_end());
            }
        }
        return Ok(());
    }
    if !args.files.is_empty() {
        for under in &args.files {
            let files = world.files(under)?;
            if files.is_empty() {
                return Err(CliError::usage(format!("{under}: no such file in this world")));
            }
            for file in files {
                ambient::out(&if json {
                    serde_json::json!(file).to_string()
                } else {
                    shown(&file)
                });
            }
        }
        return Ok(());
    }
    let files = world.files("/")?;
    if json {
        let value = serde_json::json!({"cell": args.cell, "briefing": briefing, "files": files});
        ambient::out(&value.to_string());
    } else {
        told(&briefing, &files);
    }
    Ok(())
}

fn told(briefing: &Briefing, files: &[File]) {
    ambient::out(&format!("== system\n{}\n== user\n{}", briefing.system, briefing.user));
    for note in &briefing.memory {
        ambient::out(&format!("== memory: {}\n{}\n", note.title, note.text));
    }
    let tools: Vec<&str> = briefing.tools.iter().map(|tool| tool.name.as_str()).collect();
    ambient::out(&format!("== tools\n{}\n\n== files", tools.join(", ")));
    let row = |file: &File| {
        vec![file.path.clone(), file.contents.len().to_string(), format!("{:o}", file.mode)]
    };
    let rows: Vec<Vec<String>> = files.iter().map(row).collect();
    ambient::out(&report::text::table(&["path", "bytes", "mode"], &rows));
}

fn shown(file: &File) -> String {
    format!("== {}\n{}", file.path, String::from_utf8_lossy(&file.contents))
}
