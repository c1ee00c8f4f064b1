//! The public side. Today it publishes a static page from bundles: each is verified by replay
//! first, and only [`replay::verify::Replayed`] results can reach [`board`].

mod board;
mod intake;
mod page;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Publish a board of replayed results.
#[derive(Parser)]
#[command(
    name = "leaderboard",
    version,
    arg_required_else_help = true,
    after_help = "Example:\n  leaderboard publish runs/first/smoke.kinship --out site\n\n\
        Exit codes: 0 fine, 1 a bundle was refused (the others are published), 2 usage or surroundings."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Verify bundles and write DIR/index.html.
    Publish {
        /// Bundles; each is verified by replay.
        #[arg(value_name = "BUNDLE", required = true)]
        bundles: Vec<PathBuf>,
        /// Where the page goes.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Compiled plugins are kept here between calls.
        #[arg(long, value_name = "DIR")]
        cache: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let Command::Publish { bundles, out, cache } = Cli::parse().command;
    match publish(&bundles, &out, cache) {
        Ok(refused) => {
            let lines: Vec<String> = refused.iter().map(|r| format!("refused: {r}")).collect();
            say(&lines);
            if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(message) => {
            say(&[format!("error: {message}")]);
            ExitCode::from(2)
        }
    }
}

/// Returns the bundles that were refused; fails only where nothing can be published.
fn publish(
    bundles: &[PathBuf],
    out: &Path,
    cache: Option<PathBuf>,
) -> Result<Vec<intake::Refused>, String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // Each thread replays in a world and scores in one more instance.
    let settings = sandbox::Settings { cache, instances_max: threads as u32 * 2 };
    let sandbox = sandbox::Sandbox::new(&settings).map_err(|fault| fault.message)?;
    let mut replayed = Vec::new();
    let mut refused = Vec::new();
    for path in bundles {
        match intake::accept(path, &sandbox, threads) {
            Ok(result) => replayed.push(result),
            Err(reason) => refused.push(reason),
        }
    }
    let html = page::page(&board::board(&replayed)).map_err(|error| error.to_string())?;
    let index = out.join("index.html");
    std::fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    std::fs::write(&index, html).map_err(|error| format!("{}: {error}", index.display()))?;
    say(&[format!("{} published, {} refused: {}", replayed.len(), refused.len(), index.display())]);
    Ok(refused)
}

fn say(lines: &[String]) {
    let mut stderr = std::io::stderr().lock();
    for line in lines {
        // Nothing is lost when nobody listens.
        let _ = writeln!(stderr, "{line}");
    }
}
