//! The shell of the host: the usual commands, and `fleetctl`.

use kit::calendar;
use kit::shell::{self, Answer, Invocation, Login, Shell};
use kit::{Vfs, vfs};

use crate::{night, places};

/// State that no file holds.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// The names of all services, in the order of the catalogue.
    pub fleet: Vec<String>,
}

const USAGE: &str = "usage: fleetctl list | check [FILE] | plan\n  list   services that run\n  check  whether the form of a decision list is right\n  plan   what the next run of the nightly job would do\n";

/// A shell of the user `fleet` on `host`.
#[must_use]
pub fn shell(host: &str, seed: &[u8]) -> Shell<Host> {
    let login =
        Login { user: "fleet".to_owned(), host: host.to_owned(), home: "/home/fleet".to_owned() };
    Shell::new(login, seed).command("fleetctl", run)
}

fn run(call: &Invocation<'_>, files: &mut Vfs, host: &mut Host) -> Answer {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["list"] => {
            shell::ok(host.fleet.iter().map(|name| format!("{name} running\n")).collect::<String>())
        }
        ["check"] => match night::list_path(files, places::NIGHTLY) {
            Some(path) => check(&host.fleet, files, &path),
            None => shell::err(format!("fleetctl: {} names no list\n", places::NIGHTLY), 1),
        },
        ["check", file] => check(&host.fleet, files, &vfs::join(call.directory, file)),
        ["plan"] => {
            let night = night::play(&host.fleet, files);
            shell::ok(night.lines.iter().map(|line| format!("{line}\n")).collect::<String>())
        }
        ["apply", ..] => shell::err("fleetctl: apply is run by the nightly job\n", 1),
        _ => shell::err(USAGE, 2),
    }
}

fn check(fleet: &[String], files: &Vfs, path: &str) -> Answer {
    let Ok(text) = files.read_text(path) else {
        return shell::err(format!("fleetctl: {path} cannot be read\n"), 1);
    };
    match night::read_list(fleet, &text) {
        Ok(entries) => {
            let day = calendar::date(files.now());
            let past = entries.iter().filter(|entry| entry.effective < day).count();
            let mut said = format!("{path}: {} of {} services\n", entries.len(), fleet.len());
            if past > 0 {
                said.push_str(&format!("{past} with a date that has passed\n"));
            }
            shell::ok(said)
        }
        Err(problems) => {
            let lines: String = problems.iter().map(|line| format!("{path}: {line}\n")).collect();
            shell::err(lines, 1)
        }
    }
}
