//! What runs inside a harness's cage beside the harness: its first process, its shells, and a relay
//! for tool servers. The host answers all of them over one socket; nothing else leads out.
//!
//! Standard library only: `subject` compiles this into one static program and embeds it, so that
//! the cage needs nothing of the machine that it runs on. The part that both ends must agree on
//! ([`frame`], [`request`]) is used by the host as a library.
#![forbid(unsafe_code)]

pub mod frame;
mod init;
mod relay;
pub mod request;
mod shell;

use std::path::Path;
use std::process::ExitCode;

/// Where shells and relays find `init`, inside the cage.
pub const SOCKET: &str = "/run/session/tty";
/// The names of the shells that the program plays.
pub const SHELLS: [&str; 5] = ["ash", "bash", "dash", "sh", "zsh"];
/// The cage's first process: starts [`WORKER`] and ends with it.
pub const INIT: &str = "init";
/// Speaks with the host, and starts the harness.
pub const WORKER: &str = "sessiond";
/// Relays its standard input and output to the host, as a tool server would answer them.
pub const RELAY: &str = "mcp-server";

/// Plays the role of its name, the last part of `argv[0]`.
#[must_use]
pub fn run() -> ExitCode {
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    let role = Path::new(&name).file_name().and_then(|n| n.to_str()).unwrap_or_default();
    // A login shell's name begins with a dash.
    let role = role.trim_start_matches('-');
    match role {
        INIT => init::first(),
        WORKER => init::work(),
        RELAY => relay::run(),
        shell if SHELLS.contains(&shell) => shell::run(&name, words),
        _ => ExitCode::from(127),
    }
}
