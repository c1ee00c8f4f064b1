//! The shell of the host: the usual commands, and those that this host adds.

use kit::shell::{self, Answer, Invocation, Login, Shell};
use kit::{Vfs, vfs};

use crate::host::Host;
use crate::{places, svcctl, systemctl};

/// Lines that `journalctl` shows when it is not told how many.
const JOURNAL_LINES: usize = 40;

/// A shell of `user` on `host`.
#[must_use]
pub fn shell(user: &str, host: &str, seed: &[u8]) -> Shell<Host> {
    let home = format!("/home/{user}");
    Shell::new(Login { user: user.to_owned(), host: host.to_owned(), home }, seed)
        .command("systemctl", systemctl::run)
        .command("svcctl", svcctl::run)
        .command("journalctl", journalctl)
        .command("crontab", crontab)
}

fn journalctl(call: &Invocation<'_>, files: &mut Vfs, _: &mut Host) -> Answer {
    let (mut units, mut count) = (Vec::new(), JOURNAL_LINES);
    let mut args = call.args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "-u" | "--unit" => units.extend(args.next()),
            "-n" | "--lines" => {
                let Some(number) = args.next().and_then(|text| text.parse().ok()) else {
                    return shell::err("journalctl: -n needs a number\n", 1);
                };
                count = number;
            }
            "--since" | "-S" | "--until" | "-U" | "-o" | "-p" => drop(args.next()),
            _ => {
                if let Some(unit) = arg.strip_prefix("-u").or_else(|| arg.strip_prefix("--unit=")) {
                    units.push(unit);
                } else if let Some(number) =
                    arg.strip_prefix("-n").or_else(|| arg.strip_prefix("--lines="))
                {
                    count = number.parse().unwrap_or(count);
                }
            }
        }
    }
    let names: Vec<String> = if units.is_empty() {
        let logs = files.list(places::LOGS).unwrap_or_default();
        logs.into_iter().map(|(name, _)| name.to_owned()).collect()
    } else {
        units.iter().map(|unit| format!("{}.log", unit.trim_end_matches(".service"))).collect()
    };
    let mut lines = Vec::new();
    for name in names {
        let text = files.read_text(&format!("{}/{name}", places::LOGS)).unwrap_or_default();
        lines.extend(text.lines().map(str::to_owned));
    }
    // Each line begins with its time, so that this is the order of the events.
    lines.sort();
    let first = lines.len().saturating_sub(count);
    if lines.is_empty() {
        return shell::ok("-- No entries --\n");
    }
    shell::ok(lines[first..].iter().map(|line| format!("{line}\n")).collect::<String>())
}

fn crontab(call: &Invocation<'_>, files: &mut Vfs, _: &mut Host) -> Answer {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    let written = match args.as_slice() {
        ["-l"] => {
            return match files.read_text(places::CRONTAB) {
                Ok(text) => shell::ok(text),
                Err(_) => shell::err("no crontab for ops\n", 1),
            };
        }
        ["-r"] => files.remove(places::CRONTAB),
        ["-"] => files.write(places::CRONTAB, call.stdin),
        ["-e"] => return shell::err("crontab: no terminal for an editor; use crontab FILE\n", 1),
        [file] if !file.starts_with('-') => {
            let path = vfs::join(call.directory, file);
            files
                .read(&path)
                .map(<[u8]>::to_vec)
                .and_then(|text| files.write(places::CRONTAB, &text))
        }
        _ => return shell::err("usage: crontab [-l | -r | - | FILE]\n", 1),
    };
    match written {
        Ok(()) => shell::ok(""),
        Err(error) => shell::err(format!("crontab: {error}\n"), 1),
    }
}
