//! Other programs: started without what cargo told *this* program about itself.

use crate::error::TaskError;
use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// Variables that `cargo run` sets for the program that it runs. A build script that watches one
/// of them would run again, and rebuild all that hangs on it, for no reason.
const OURS: [&str; 5] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
];

/// The cargo that runs this chore, started in `folder`.
pub(crate) fn cargo(folder: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(folder);
    for (name, _) in env::vars_os() {
        let known = name.to_str().unwrap_or("");
        if OURS.contains(&known) || known.starts_with("CARGO_PKG_") {
            command.env_remove(&name);
        }
    }
    command
}

/// The command line of the workspace in `root`, built if need be; its arguments follow.
pub(crate) fn kinship(root: &Path) -> Command {
    let mut command = cargo(root);
    command.args(["run", "--locked", "--quiet", "--package", "kinship", "--"]);
    command
}

/// Runs to the end, with this terminal for input and output.
///
/// # Errors
/// When it cannot start or does not succeed; `fix` then says what to do.
pub(crate) fn run(command: &mut Command, fix: &str) -> Result<(), TaskError> {
    let status = command.status().map_err(|source| start(command, source))?;
    if status.success() { Ok(()) } else { Err(failed(command, &status.to_string(), fix)) }
}

/// Runs to the end and gives what it wrote to standard output.
///
/// # Errors
/// As [`run`].
pub(crate) fn output(command: &mut Command, fix: &str) -> Result<String, TaskError> {
    command.stderr(Stdio::inherit());
    let out = command.output().map_err(|source| start(command, source))?;
    if out.status.success() {
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    } else {
        Err(failed(command, &out.status.to_string(), fix))
    }
}

/// Runs to the end; its standard error is shown as it comes, and the lines from the first that
/// contains `marker` on are given back, so that they can stand once more at the end.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_keeping(
    command: &mut Command,
    marker: &str,
    fix: &str,
) -> Result<Vec<String>, TaskError> {
    let mut child =
        command.stderr(Stdio::piped()).spawn().map_err(|source| start(command, source))?;
    let pipe = child.stderr.take();
    let marker = marker.to_owned();
    let reader = thread::spawn(move || {
        let mut kept: Vec<String> = Vec::new();
        for line in pipe.into_iter().flat_map(|p| BufReader::new(p).split(b'\n')).flatten() {
            let line = String::from_utf8_lossy(&line).into_owned();
            // A closed terminal is no reason to stop the tests.
            let _ = writeln!(std::io::stderr(), "{line}");
            if !kept.is_empty() || line.contains(&marker) {
                kept.push(line);
            }
        }
        kept
    });
    let status = child.wait().map_err(|source| start(command, source))?;
    let kept = reader.join().unwrap_or_default();
    if status.success() { Ok(kept) } else { Err(failed(command, &status.to_string(), fix)) }
}

/// A program that works beside this one; what it says is shown when it fails.
pub(crate) struct Beside {
    command: Command,
    output: thread::JoinHandle<std::io::Result<std::process::Output>>,
    fix: &'static str,
}

impl Beside {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot start.
    pub(crate) fn start(mut command: Command, fix: &'static str) -> Result<Self, TaskError> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|source| start(&command, source))?;
        // Both pipes are read all the while, so that a long output stops nothing.
        Ok(Self { command, output: thread::spawn(|| child.wait_with_output()), fix })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not succeed; what it said has been shown.
    pub(crate) fn finish(self) -> Result<(), TaskError> {
        let lost = || std::io::Error::other("its output was lost");
        let output = self.output.join().unwrap_or_else(|_| Err(lost()));
        let output = output.map_err(|source| start(&self.command, source))?;
        if output.status.success() {
            return Ok(());
        }
        for said in [&output.stdout, &output.stderr] {
            // A closed terminal is no reason to forget the failure.
            let _ = std::io::stderr().write_all(said);
        }
        Err(failed(&self.command, &output.status.to_string(), self.fix))
    }
}

/// Whether `program argument` runs at all.
pub(crate) fn exists(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

fn start(command: &Command, source: std::io::Error) -> TaskError {
    let program = name(command.get_program());
    let fix = match program.as_str() {
        "git" => "install git, and work in a clone rather than in an unpacked archive".to_owned(),
        "rustup" => "install the compiler with rustup, so that its targets can be added".to_owned(),
        _ => format!("install {program}, or put it on the PATH"),
    };
    TaskError::Start { program, source, fix }
}

fn failed(command: &Command, status: &str, fix: &str) -> TaskError {
    let mut words = vec![name(command.get_program())];
    words.extend(command.get_args().map(|a| a.to_string_lossy().into_owned()));
    TaskError::Failed { command: words.join(" "), status: status.to_owned(), fix: fix.to_owned() }
}

fn name(program: &OsStr) -> String {
    let path = Path::new(program);
    path.file_name().unwrap_or(program).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_named_with_a_way_out() {
        let error = run(&mut Command::new("no-such-program"), "unused").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("no-such-program: cannot start"), "{text}");
        assert!(text.contains("fix: install no-such-program"), "{text}");
    }

    #[test]
    fn a_program_that_fails_is_shown_as_typed() {
        let error = run(Command::new("sh").args(["-c", "exit 3"]), "mend it").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`sh -c exit 3` failed with exit status: 3"), "{text}");
        assert!(text.ends_with("fix: mend it"), "{text}");
    }

    #[test]
    fn a_program_beside_is_waited_for_and_its_failure_told() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            Beside::start(command, "mend it").unwrap().finish()
        };
        shell("seq 1 100000").unwrap();
        let error = shell("exit 3").unwrap_err().to_string();
        assert!(error.contains("`sh -c exit 3` failed with exit status: 3"), "{error}");
    }

    #[test]
    fn lines_are_kept_from_the_marker_on() {
        let mut command = Command::new("sh");
        command.args(["-c", "printf 'a\\nSummary 1\\nb\\n' >&2"]);
        assert_eq!(run_keeping(&mut command, "Summary", "").unwrap(), ["Summary 1", "b"]);
    }
}
