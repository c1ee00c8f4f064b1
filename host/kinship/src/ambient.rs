//! The outside that only this binary may touch: terminal, environment, clock, randomness.

use crate::error::CliError;
use owo_colors::OwoColorize;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

/// A line of data. A closed pipe (`kinship show … | head`) ends the command quietly.
pub(crate) fn out(line: &str) {
    if writeln!(anstream::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}

/// A line for the person at the terminal. Nothing is lost when nobody listens.
pub(crate) fn err(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// `anstream` drops the colour where standard error is no terminal or `NO_COLOR` is set.
pub(crate) fn red(text: &str) -> String {
    text.red().bold().to_string()
}

/// As [`red`], without a colour.
pub(crate) fn bold(text: &str) -> String {
    text.bold().to_string()
}

/// Whether standard output is a terminal that wants colour.
pub(crate) fn colour() -> bool {
    std::io::stdout().is_terminal() && variable("NO_COLOR").is_none()
}

/// An environment variable, if set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the binary is where the environment is read")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// 32 bytes from the operating system.
pub(crate) fn entropy() -> Result<[u8; 32], CliError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| CliError::ours(format!("no randomness from the system: {error}")))?;
    Ok(bytes)
}

/// A reading of the monotonic clock, for progress only: no time enters anything signed.
pub(crate) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "the binary is where the clock is read")]
    Instant::now()
}

/// The time of day, for formats that want one: no time enters anything signed.
pub(crate) fn time() -> SystemTime {
    #[expect(clippy::disallowed_methods, reason = "the binary is where the clock is read")]
    SystemTime::now()
}

/// Where compiled plugins are kept between commands.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?;
    Some(base.join("kinship"))
}

/// Where the signing key is looked for when no flag names one.
pub(crate) fn default_key() -> Option<PathBuf> {
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".config"));
    let base = variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)?;
    Some(base.join("kinship").join("key.pem"))
}

/// Where programs are kept that this one installed. Root's own home is closed to everybody else, and
/// what root runs in a sandbox is somebody else.
pub(crate) fn data_folder() -> Option<PathBuf> {
    let home = || match rustix::process::geteuid().is_root() {
        true => Some(PathBuf::from("/var/lib")),
        false => variable("HOME").map(|home| PathBuf::from(home).join(".local/share")),
    };
    let base = variable("XDG_DATA_HOME").map(PathBuf::from).or_else(home)?;
    Some(base.join("kinship"))
}

/// Worker threads: one for each core.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
