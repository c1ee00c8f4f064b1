//! The binary as its users meet it, with the real plugins: `cargo xtask build-plugins` goes before.

mod continued;
mod demo;
mod faults;
mod fixed_point;
mod judged;
mod limits;
mod numbers;
mod refused;
mod server;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The repository's root.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A place of its own for each test; compiled plugins are shared.
struct Place {
    folder: TempDir,
}

/// What a command said.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kinship"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("XDG_CACHE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env_remove("OPENAI_API_KEY")
            .env_remove("ANTHROPIC_API_KEY")
            .env_remove("GEMINI_API_KEY")
            .env_remove("OPENAI_BASE_URL");
        command
    }

    fn kinship(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().expect("the binary starts"))
    }

    /// Runs the smoke suite into `out` with these further arguments.
    fn run(&self, out: &str, arguments: &[&str]) -> Said {
        let suite = smoke();
        let mut all = vec!["run", "--suite", &suite, "--out", out];
        all.extend(arguments);
        self.kinship(&all)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("output is UTF-8"),
    }
}

fn smoke() -> String {
    format!("{ROOT}/suite/smoke/suite.toml")
}

/// The last line of JSON output.
fn last_json(said: &Said) -> serde_json::Value {
    let line = said.stdout.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

/// Every byte of every file below a folder.
fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(everything_in(&path));
        } else {
            all.extend(std::fs::read(&path).expect("a file"));
        }
    }
    all
}
