//! `cargo xtask test`: that everything works; `cargo xtask lint`: that it is well written. Both stand
//! in CI.

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
  cargo xtask test --keep-going    run every step, and fail at the end if any did

In order: format, rules, licences; plugins, and beside them the build of the tests; the tests; the
examples in documents. The own tests of worlds with a shell are `cargo xtask slow`'s: they need the
shell once more, built for this machine.")]
pub(crate) struct Test {
    /// Run the steps after a failed one too
    #[arg(long)]
    keep_going: bool,
}

/// What to do after a failure.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo xtask lint                 clippy and the documents, with every warning an error
  cargo xtask lint --keep-going    both, and fail at the end if either did")]
pub(crate) struct Lint {
    /// Run the steps after a failed one too
    #[arg(long)]
    keep_going: bool,
}

/// Lines that stand once more at the end.
type Closing = Vec<String>;

/// A step: its name, and what it does in the workspace's folder.
type Step = (&'static str, fn(&Path) -> Result<Closing, TaskError>);

/// Seconds first, minutes last.
const TESTS: [Step; 6] = [
    ("format", format),
    ("tidy", |_| tidy::run(&Tidy {}).map(nothing)),
    ("deny", deny),
    ("plugins", plugins),
    ("tests", tests),
    ("documents' examples", examples),
];

/// A recipe of their own: they need every dependency checked anew, which takes minutes, and a failed
/// test says more.
const LINTS: [Step; 2] = [("lints", lints), ("documents", documents)];

/// Runs the tests' steps.
///
/// # Errors
/// With the first failure; every failure has been shown.
pub(crate) fn run(asked: &Test) -> Result<(), TaskError> {
    steps(&TESTS, asked.keep_going, "test")
}

/// Runs the lints' steps.
///
/// # Errors
/// With the first failure; every failure has been shown.
pub(crate) fn lint(asked: &Lint) -> Result<(), TaskError> {
    steps(&LINTS, asked.keep_going, "lint")
}

fn steps(steps: &[Step], keep_going: bool, chore: &str) -> Result<(), TaskError> {
    let root = Workspace::load()?.root;
    let began = Instant::now();
    let mut rows: Vec<String> = Vec::new();
    let mut closing = Closing::new();
    let mut first: Option<TaskError> = None;
    for (name, step) in steps {
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
                if !keep_going {
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
            fix: format!("mend it, and run `cargo xtask {chore}` again"),
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

/// The build of the tests goes on beside that of the plugins: a plugin is one crate after another,
/// and leaves a core idle.
fn plugins(root: &Path) -> Result<Closing, TaskError> {
    nextest(root)?;
    let mut build = process::cargo(root);
    build.args(["nextest", "run", "--locked", "--no-run", "--cargo-quiet"]).args(covered()?);
    let build = process::Beside::start(build, "mend what the compiler says above")?;
    // The pins were made in another folder, mostly on another machine: to match them is to be
    // reproducible. The slow recipe builds a second time beside it.
    let asked = BuildPlugins { check: true, ..BuildPlugins::default() };
    let built = build_plugins::run(&asked);
    build.finish()?;
    built.map(nothing)
}

fn tests(root: &Path) -> Result<Closing, TaskError> {
    nextest(root)?;
    let mut command = process::cargo(root);
    command.args(["nextest", "run", "--locked", "--no-fail-fast"]).args(covered()?);
    process::run_keeping(&mut command, "Summary [", "mend what the failed tests say above")
}

/// The packages whose tests run here, as cargo wants to be told: all but the worlds with a shell.
/// With them the shell would be compiled a second time, for this machine, where compiling it for
/// the guests takes long enough. Each step names the same, for other packages ask for other features.
///
/// # Errors
/// When cargo cannot read the workspace.
pub(crate) fn covered() -> Result<Vec<String>, TaskError> {
    let mut arguments = vec!["--workspace".to_owned()];
    for name in Workspace::load()?.guests_with_shell() {
        arguments.extend(["--exclude".to_owned(), name]);
    }
    Ok(arguments)
}

/// Builds cargo-nextest where there is none.
fn nextest(root: &Path) -> Result<(), TaskError> {
    if !process::exists(process::cargo(root).args(["nextest", "--version"])) {
        println!("cargo-nextest is not installed: building {NEXTEST_VERSION}, once");
        let install = ["install", "cargo-nextest", "--locked", "--debug", "--version"];
        let mut command = process::cargo(root);
        command.args(install).arg(NEXTEST_VERSION);
        process::run(&mut command, "install cargo-nextest by hand, and run this again")?;
    }
    Ok(())
}

fn examples(root: &Path) -> Result<Closing, TaskError> {
    let mut command = process::cargo(root);
    command.args(["test", "--doc", "--locked", "--quiet"]).args(covered()?);
    process::run(&mut command, "mend the example in the document").map(nothing)
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
    fn only_worlds_with_a_shell_are_left_out() {
        let arguments = covered().unwrap();
        let (first, rest) = arguments.split_first().unwrap();
        assert_eq!(first, "--workspace");
        let (flags, left_out): (Vec<_>, Vec<_>) = rest.iter().partition(|a| *a == "--exclude");
        assert_eq!(flags.len(), left_out.len());
        let workspace = Workspace::load().unwrap();
        let with_shell = |name: &&String| {
            let manifest = format!("plugins/scenarios/{name}/Cargo.toml");
            workspace.root.join(&manifest).exists()
                && workspace.read_text(&manifest).unwrap().contains("features = [\"shell\"]")
        };
        let guests = workspace.guests();
        let expected: Vec<_> = guests.iter().filter(with_shell).collect();
        assert!(expected.iter().any(|name| *name == "maintenance-window"), "{expected:?}");
        assert_eq!(left_out, expected);
    }

    #[test]
    fn a_row_says_name_verdict_and_time() {
        let shown = row("tidy", "passed", Duration::from_millis(1250));
        assert_eq!(shown, "tidy                 passed     1.2 s");
    }
}
