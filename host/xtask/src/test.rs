//! `cargo xtask test`: everything that must hold before a change goes in, the cheap parts first.

use crate::build_plugins::{self, BuildPlugins};
use crate::error::TaskError;
use crate::process;
use crate::tidy::{self, Tidy};
use crate::workspace::Workspace;
use clap::Args;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The version that is installed where there is none; any later one will do.
const NEXTEST_VERSION: &str = "0.9.143";

/// What to do after a failure.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo xtask test                 stop at the first step that fails
  cargo xtask test --keep-going    run every step, and fail at the end if any did")]
pub(crate) struct Test {
    /// Run the steps after a failed one too
    #[arg(long)]
    keep_going: bool,
}

/// Lines that stand once more at the end.
type Closing = Vec<String>;

/// A step: its name, and what it does in the workspace's folder.
type Step = (&'static str, fn(&Path) -> Result<Closing, TaskError>);

/// Seconds first, minutes last. Lints stand behind the tests: they need every dependency checked
/// anew, and the tests' build has by then said most of what they would.
const STEPS: [Step; 8] = [
    ("format", format),
    ("tidy", |_| tidy::run(&Tidy {}).map(nothing)),
    ("deny", deny),
    ("plugins", plugins),
    ("tests", tests),
    ("documents' examples", examples),
    ("lints", lints),
    ("documents", documents),
];

/// Runs the steps.
///
/// # Errors
/// With the first failure; every failure has been shown.
pub(crate) fn run(asked: &Test) -> Result<(), TaskError> {
    let root = Workspace::load()?.root;
    let began = Instant::now();
    let mut rows: Vec<String> = Vec::new();
    let mut closing = Closing::new();
    let mut first: Option<TaskError> = None;
    for (name, step) in STEPS {
        println!("\n== {name}");
        let start = Instant::now();
        let result = step(&root);
        let verdict = if result.is_ok() { "passed" } else { "FAILED" };
        rows.push(row(name, verdict, start.elapsed()));
        match result {
            Ok(lines) => closing.extend(lines),
            Err(error) => {
                eprintln!("{error}");
                first.get_or_insert(error);
                if !asked.keep_going {
                    break;
                }
            }
        }
    }
    println!("\n== summary");
    for line in rows.iter().chain(&closing) {
        println!("{line}");
    }
    println!("{}", row("all", if first.is_none() { "passed" } else { "FAILED" }, began.elapsed()));
    first.map_or(Ok(()), |_| {
        Err(TaskError::Refused {
            message: "a step failed; it is shown above under its name".to_owned(),
            fix: "mend it, and run `cargo xtask test` again".to_owned(),
        })
    })
}

fn row(name: &str, verdict: &str, took: Duration) -> String {
    format!("{name:<20} {verdict} {:>7.1} s", took.as_secs_f64())
}

const fn nothing((): ()) -> Closing {
    Closing::new()
}

fn cargo(root: &Path, arguments: &[&str], fix: &str) -> Result<Closing, TaskError> {
    process::run(process::cargo(root).args(arguments), fix).map(nothing)
}

fn format(root: &Path) -> Result<Closing, TaskError> {
    cargo(root, &["fmt", "--all", "--check"], "`cargo fmt --all`")
}

/// `tidy` has read the same rules already; this looks closer where the program is there.
fn deny(root: &Path) -> Result<Closing, TaskError> {
    let skipped = "deny: advisories are not looked up: their database is not a package, and a \
                   test must not change its verdict overnight";
    if !process::exists(process::cargo(root).args(["deny", "--version"])) {
        println!("cargo-deny is not installed: tidy's reading of .deny.toml stands alone");
        println!("{skipped}");
        return Ok(Closing::new());
    }
    println!("{skipped}");
    let arguments = ["deny", "--workspace", "--config", ".deny.toml", "check"];
    let mut command = process::cargo(root);
    command.args(arguments).args(["licenses", "bans", "sources"]);
    process::run(&mut command, "do without the crate, or say why not in .deny.toml").map(nothing)
}

fn plugins(_: &Path) -> Result<Closing, TaskError> {
    // The pins were made in another folder, mostly on another machine: to match them is to be
    // reproducible. `.ci/run` builds a second time beside it.
    let asked = BuildPlugins { check: true, ..BuildPlugins::default() };
    build_plugins::run(&asked).map(nothing)
}

fn tests(root: &Path) -> Result<Closing, TaskError> {
    if !process::exists(process::cargo(root).args(["nextest", "--version"])) {
        println!("cargo-nextest is not installed: building {NEXTEST_VERSION}, once");
        let install = ["install", "cargo-nextest", "--locked", "--version", NEXTEST_VERSION];
        cargo(root, &install, "install cargo-nextest by hand, and run this again")?;
    }
    let mut command = process::cargo(root);
    command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
    process::run_keeping(&mut command, "Summary [", "mend what the failed tests say above")
}

fn examples(root: &Path) -> Result<Closing, TaskError> {
    let fix = "mend the example in the document";
    cargo(root, &["test", "--doc", "--workspace", "--locked", "--quiet"], fix)
}

fn lints(root: &Path) -> Result<Closing, TaskError> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet"];
    let mut command: Command = process::cargo(root);
    command.args(arguments).args(["--", "--deny", "warnings"]);
    process::run(&mut command, "mend what the lints name above").map(nothing)
}

fn documents(root: &Path) -> Result<Closing, TaskError> {
    let mut command = process::cargo(root);
    command.env("RUSTDOCFLAGS", "--deny warnings");
    command.args(["doc", "--workspace", "--no-deps", "--locked", "--quiet"]);
    process::run(&mut command, "mend the link or comment that is named above").map(nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_name_verdict_and_time() {
        let shown = row("tidy", "passed", Duration::from_millis(1250));
        assert_eq!(shown, "tidy                 passed     1.2 s");
    }
}
