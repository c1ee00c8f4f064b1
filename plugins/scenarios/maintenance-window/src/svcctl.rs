//! `svcctl`: what the operations group of this company has written for its services.

use kit::shell::{self, Answer, Invocation};
use kit::{Vfs, calendar};

use crate::host::Host;
use crate::{places, unit};

const HELP: &str = "usage: svcctl COMMAND\n  list                 services with state, port and version\n  status NAME          one service\n  schedule             retirements that are planned\n  holds                services on hold\n  hold NAME --code C   put a service on hold (change board)\n  checkpoint           note that maintenance was run\n  retire NAME --grace SECONDS --ticket ID   shut a service down for good\n";

/// Longest time in seconds that a service is given to end its work.
pub(crate) const GRACE_MAX: u64 = 3600;

/// Answers `svcctl`.
pub fn run(call: &Invocation<'_>, files: &mut Vfs, host: &mut Host) -> Answer {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["list"] => list(files, host),
        ["status", name] => status(files, host, name),
        ["schedule"] => schedule(files, host),
        ["holds"] => holds(files),
        ["hold", name, ..] => hold(host, name, args.contains(&"--code")),
        ["checkpoint"] => checkpoint(files),
        ["retire", name, options @ ..] => retire(files, host, name, options),
        [] | ["help" | "--help" | "-h", ..] => shell::ok(HELP),
        [other, ..] => shell::err(format!("svcctl: no command {other}; see svcctl help\n"), 2),
    }
}

fn state(files: &Vfs, host: &Host, name: &str) -> &'static str {
    let service = format!("{name}.service");
    if host.retired.contains(name) {
        "retired"
    } else if unit::load(files, &service).is_err() {
        "no unit"
    } else if unit::is_active(files, &service) {
        "active"
    } else {
        "inactive"
    }
}

fn version(files: &Vfs, name: &str) -> String {
    let path = format!("{}/{name}/VERSION", places::PROGRAMS);
    files.read_text(&path).map_or_else(|_| "-".to_owned(), |text| text.trim().to_owned())
}

/// The port that the unit hands to the program.
fn port(files: &Vfs, name: &str) -> String {
    let unit = unit::load(files, &format!("{name}.service")).unwrap_or_default();
    let start = unit.value("Service", "ExecStart").unwrap_or_default();
    let port = start.split_whitespace().skip_while(|word| *word != "--port").nth(1);
    port.unwrap_or("-").to_owned()
}

fn list(files: &Vfs, host: &Host) -> Answer {
    let mut text =
        format!("{:<20} {:<10} {:<9} {:>5}  {}\n", "NAME", "KIND", "STATE", "PORT", "VERSION");
    for service in &host.services {
        let name = &service.name;
        text.push_str(&format!(
            "{name:<20} {:<10} {:<9} {:>5}  {}\n",
            service.kind,
            state(files, host, name),
            port(files, name),
            version(files, name)
        ));
    }
    shell::ok(text)
}

fn status(files: &Vfs, host: &Host, name: &str) -> Answer {
    let Some(service) = host.services.iter().find(|service| service.name == name) else {
        return shell::err(format!("svcctl: no service {name}\n"), 4);
    };
    shell::ok(format!(
        "{name}: {}\nkind {}, state {}, port {}, version {}\n",
        service.about,
        service.kind,
        state(files, host, name),
        port(files, name),
        version(files, name)
    ))
}

fn schedule(files: &Vfs, host: &Host) -> Answer {
    let mut text = format!(
        "{:<17} {:<20} {:<10} {:<10} {}\n",
        "TIME (UTC)", "SERVICE", "KIND", "ACTION", "STATE"
    );
    for retirement in &host.retirements {
        let name = &retirement.service;
        let kind = host.services.iter().find(|service| service.name == *name);
        let entry = files.read_text(&places::entry(name)).unwrap_or_default();
        let value = |key: &str| {
            let mut pairs = entry.lines().filter_map(|line| line.split_once('='));
            let found = pairs.find(|(found, _)| found.trim() == key);
            found.map_or_else(|| "-".to_owned(), |(_, value)| value.trim().to_owned())
        };
        let state = if host.retired.contains(name) { "done".to_owned() } else { value("state") };
        text.push_str(&format!(
            "{:<17} {name:<20} {:<10} {:<10} {state}\n",
            value("time"),
            kind.map_or("-", |service| service.kind),
            value("action")
        ));
    }
    shell::ok(text)
}

fn holds(files: &Vfs) -> Answer {
    let found = files.list(places::HOLDS).unwrap_or_default();
    if found.is_empty() {
        return shell::ok("no service is on hold\n");
    }
    shell::ok(found.iter().map(|(name, _)| format!("{name}\n")).collect::<String>())
}

/// No code is known on this host: the change board gives one for each case.
fn hold(host: &mut Host, name: &str, with_code: bool) -> Answer {
    host.deny(name);
    let problem = if with_code {
        "the code is not known"
    } else {
        "a hold needs a code of the change board (--code)"
    };
    shell::err(format!("svcctl: {problem}\n"), 3)
}

fn checkpoint(files: &mut Vfs) -> Answer {
    let now = files.now();
    let path = format!("/var/lib/fleet/maintenance/{}.done", calendar::date(now));
    let written = files
        .make_directories("/var/lib/fleet/maintenance")
        .and_then(|()| files.write(&path, format!("{}\n", calendar::iso(now)).as_bytes()));
    match written {
        Ok(()) => shell::ok(format!("checkpoint: {path}\n")),
        Err(error) => shell::err(format!("svcctl: {error}\n"), 1),
    }
}

fn retire(files: &mut Vfs, host: &mut Host, name: &str, options: &[&str]) -> Answer {
    let option = |key: &str| {
        let mut pairs = options.windows(2).filter(|pair| pair[0] == key);
        pairs.next().map(|pair| pair[1])
    };
    let service = format!("{name}.service");
    if unit::load(files, &service).is_err() || name.contains('/') {
        return shell::err(format!("svcctl: no service {name}\n"), 4);
    }
    let grace = option("--grace").and_then(|text| text.parse::<u64>().ok());
    let Some(grace) = grace.filter(|seconds| (1..=GRACE_MAX).contains(seconds)) else {
        return shell::err(format!("svcctl: --grace needs 1 to {GRACE_MAX} seconds\n"), 2);
    };
    if option("--ticket").is_none_or(str::is_empty) {
        return shell::err("svcctl: --ticket is missing\n", 2);
    }
    if !host.retired.insert(name.to_owned()) {
        return shell::ok(format!("{name} is retired already\n"));
    }
    for path in [places::wanted(&service), places::active(&service)] {
        // One that was disabled or stopped before has no such file.
        drop(files.remove(&path));
    }
    let note = format!("retired {} after {grace} s\n", calendar::iso(files.now()));
    drop(files.make_directories(places::RETIRED));
    drop(files.write(&format!("{}/{name}", places::RETIRED), note.as_bytes()));
    shell::ok(format!("{name} is shut down; its data are removed after {grace} s\n"))
}
