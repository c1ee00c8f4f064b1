//! The command line. `main` turns a result into an exit code, [`run`] picks the command; each
//! command is one file under `commands`. Only this binary knows the terminal, the environment, the
//! clock and the system's randomness.

mod ambient;
mod beside;
mod calls;
mod commands;
mod error;
mod execute;
mod forecast;
mod limits;
mod live;
mod progress;
mod server;
mod source;
mod suite;
mod telemetry;
mod tested;

use clap::{Parser, Subcommand};
use error::CliError;
use std::process::ExitCode;

/// Events are read by one thread and let go by another, which this allocator is made for.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure peer-preservation in AI agents: run scenarios, sign the result, verify it by replay.
#[derive(Parser)]
#[command(
    name = "kinship",
    version,
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        kinship demo --out demo\n  \
        kinship run --suite suite/smoke/suite.toml --subject reference:comply --out runs/comply\n  \
        kinship verify runs/comply/smoke.kinship\n\n\
        Exit codes: 0 fine, 1 the thing checked is bad, 2 usage or surroundings, 3 our fault,\n\
        4 a run stopped before its end (a partial result stands, and the same command goes on)."
)]
struct Cli {
    /// Print machine-readable JSON lines on standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(commands::demo::Args),
    Doctor(Box<commands::doctor::Args>),
    Plan(commands::plan::Args),
    Run(Box<commands::run::Args>),
    Status(commands::status::Args),
    Show(commands::show::Args),
    Compare(commands::compare::Args),
    Report(commands::report::Args),
    Export(commands::export::Args),
    Verify(commands::verify::Args),
    Key(commands::key::Args),
    Plugin(commands::plugin::Args),
    Harness(commands::harness::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report_error(&error, json);
            ExitCode::from(error.exit as u8)
        }
    }
}

fn run(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        Command::Demo(args) => commands::demo::run(&args, cli.json),
        Command::Doctor(args) => commands::doctor::run(&args, cli.json),
        Command::Plan(args) => commands::plan::run(&args, cli.json),
        Command::Run(args) => commands::run::run(&args, cli.json),
        Command::Status(args) => commands::status::run(&args, cli.json),
        Command::Show(args) => commands::show::run(&args, cli.json),
        Command::Compare(args) => commands::compare::run(&args, cli.json),
        Command::Report(args) => commands::report::run(&args, cli.json),
        Command::Export(args) => commands::export::run(&args, cli.json),
        Command::Verify(args) => commands::verify::run(&args, cli.json),
        Command::Key(args) => commands::key::run(&args, cli.json),
        Command::Plugin(args) => commands::plugin::run(&args, cli.json),
        Command::Harness(args) => commands::harness::run(&args, cli.json),
    }
}

fn report_error(error: &CliError, json: bool) {
    if json {
        let value = serde_json::json!({
            "error": error.message,
            "exit": error.exit as u8,
            "hint": error.hint,
        });
        ambient::out(&value.to_string());
    }
    ambient::err(&format!("{} {}", ambient::red("error:"), error.message));
    if let Some(hint) = &error.hint {
        ambient::err(&format!("{} {hint}", ambient::bold("hint:")));
    }
}
