//! Chores: `cargo xtask --help`. One command a file; none is needed to use Kinship.
#![expect(
    clippy::disallowed_methods,
    reason = "chores start programs and time them; nothing here is replayed"
)]
#![expect(clippy::print_stdout, reason = "a command's result goes to stdout")]
#![expect(clippy::print_stderr, reason = "and its problems to stderr")]

mod build_plugins;
mod demo;
mod error;
mod guests;
mod harness;
mod outside;
mod pins;
mod problem;
mod process;
mod real_model;
mod slow;
mod test;
mod tidy;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Chores of the Kinship repository.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "Example:\n  cargo xtask test    everything that must hold before a change goes in"
)]
struct Asked {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Build what is needed and run the demonstration
    Demo(demo::Demo),
    /// Build every plugin, the same bytes in every folder
    BuildPlugins(build_plugins::BuildPlugins),
    /// Check the rules of this repository that a compiler does not know
    Tidy(tidy::Tidy),
    /// Check that everything works: format, rules, plugins, tests, documents' examples
    Test(test::Test),
    /// Check how it is written: lints and documents, with every warning an error
    Lint(test::Lint),
    /// Check what takes too long for every change: plugins built twice, scenarios under many seeds
    Slow(slow::Slow),
    /// Check with other people's programs: SciPy, a browser, pandas, DuckDB, Inspect
    Outside(outside::Outside),
    /// Run every scenario in the real agent harnesses, in their sandbox, through a kill and a verification
    Harness(harness::Harness),
    /// Run trials of a real, small model on this machine, through a kill and a verification
    RealModel(real_model::RealModel),
}

fn main() -> ExitCode {
    let result = match Asked::parse().chore {
        Chore::Demo(asked) => demo::run(&asked),
        Chore::BuildPlugins(asked) => build_plugins::run(&asked),
        Chore::Tidy(asked) => tidy::run(&asked),
        Chore::Test(asked) => test::run(&asked),
        Chore::Lint(asked) => test::lint(&asked),
        Chore::Slow(asked) => slow::run(&asked),
        Chore::Outside(asked) => outside::run(&asked),
        Chore::Harness(asked) => harness::run(&asked),
        Chore::RealModel(asked) => real_model::run(&asked),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_has_help_with_an_example() {
        let command = Asked::command();
        command.clone().debug_assert();
        for chore in command.get_subcommands() {
            let help = chore.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("cargo xtask"), "{} has no example", chore.get_name());
        }
    }
}
