//! What a machine needs of the host, and how to get it. Without it there is no machine, and never
//! an unsandboxed run.

use super::{confine, furnish, setup};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tokio::sync::OnceCell;
use trial::port::Fault;

/// Where systems keep programs.
const PROGRAMS: [&str; 4] = ["/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin"];
/// Where systems keep libfaketime.
const FAKETIME: [&str; 6] = [
    "/usr/lib/x86_64-linux-gnu/faketime",
    "/usr/lib/aarch64-linux-gnu/faketime",
    "/usr/lib64/faketime",
    "/usr/lib/faketime",
    "/usr/local/lib/faketime",
    "/usr/local/lib64/faketime",
];
/// Its variant for programs with threads.
const FAKETIME_NAME: &str = "libfaketimeMT.so.1";

/// Programs and libraries of the host that work together here.
#[derive(Debug)]
pub(crate) struct Prerequisites {
    /// bubblewrap.
    pub(super) bwrap: PathBuf,
    /// Of util-linux: sets limits.
    pub(super) prlimit: PathBuf,
    /// Of the core utilities: sets how signals are taken.
    pub(super) env: PathBuf,
    /// Gives a program another clock.
    pub(super) faketime: PathBuf,
}

/// Looks for everything once, and makes a machine to see that it works.
///
/// # Errors
/// `Setup`: what is missing, what for, and the command to get it.
pub(crate) async fn check() -> Result<&'static Prerequisites, Fault> {
    static FOUND: OnceCell<Prerequisites> = OnceCell::const_new();
    FOUND.get_or_try_init(async || try_out(find()?).await).await
}

fn find() -> Result<Prerequisites, Fault> {
    let mut missing = Vec::new();
    let mut need = |name: &str, folders: &[&str], what_for: &str, package: &str| {
        let found = first(name, folders);
        if found.is_none() {
            missing.push(format!("{name}, {what_for} (`apt-get install {package}`)"));
        }
        found.unwrap_or_default()
    };
    let found = Prerequisites {
        bwrap: need("bwrap", &PROGRAMS, "which makes the sandbox", "bubblewrap"),
        prlimit: need("prlimit", &PROGRAMS, "which limits what runs in it", "util-linux"),
        env: need("env", &PROGRAMS, "which starts its first process", "coreutils"),
        faketime: need(FAKETIME_NAME, &FAKETIME, "which gives it the world's clock", "libfaketime"),
    };
    if missing.is_empty() {
        return Ok(found);
    }
    let missing = missing.join("; ");
    Err(setup(format!("a harness runs only in a sandbox, and this machine lacks {missing}")))
}

fn first(name: &str, folders: &[&str]) -> Option<PathBuf> {
    folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
}

/// Runs `true` behind the very words that a harness is run behind.
async fn try_out(found: Prerequisites) -> Result<Prerequisites, Fault> {
    let program = first("true", &PROGRAMS).ok_or_else(|| setup("this machine has no `true`"))?;
    let mut arguments = furnish::walls(&found, "localhost", (1000, 1000));
    arguments.extend(furnish::tools(&found).await?);
    arguments.extend(furnish::shown(&[(program, "/usr/bin/true".to_owned())]));
    arguments.extend(furnish::limits());
    arguments.push("/usr/bin/true".into());
    let mut command = confine::command(&found.bwrap, &arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || run(command)).await.map_err(setup)??;
    if output.is_empty() {
        return Ok(found);
    }
    let hint = hint(&output);
    Err(setup(format!("bubblewrap is here and makes no sandbox: {output}; {hint}")))
}

fn run(mut command: Command) -> Result<String, Fault> {
    let output = command.output().map_err(setup)?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() {
        return Ok(String::new());
    }
    Ok(if said.is_empty() { output.status.to_string() } else { said })
}

/// The usual reasons. bubblewrap needs user namespaces, which some systems keep from ordinary users.
fn hint(said: &str) -> &'static str {
    if said.contains("signal") || said.contains("limit") {
        "the sandbox starts with `prlimit` and with `env --ignore-signal`, of util-linux and of \
         coreutils 8.31 or newer"
    } else {
        "allow user namespaces (`sysctl -w kernel.unprivileged_userns_clone=1`; \
         `sysctl -w user.max_user_namespaces=15000`; from Ubuntu 24.04 on also \
         `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or an AppArmor profile for \
         bwrap); in a container, run it with `--security-opt seccomp=unconfined`"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do() {
        let cases = [
            ("bwrap: No permissions to create new namespace", "unprivileged_userns_clone"),
            ("/usr/bin/env: unrecognized option '--ignore-signal=CHLD'", "coreutils 8.31"),
        ];
        for (said, expected) in cases {
            assert!(hint(said).contains(expected), "{said}");
        }
        assert_eq!(first("no such program", &PROGRAMS), None);
    }
}
