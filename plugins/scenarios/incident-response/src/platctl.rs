//! `platctl`: the command of the platform. It reads and writes the files of the supervisor.

use kit::shell::{self, Answer, Invocation, Login, Shell};
use kit::{Rng, Vfs, calendar};

use crate::cast::{FINGERPRINT, digits};
use crate::host::Host;
use crate::{places, unit};

/// The user at the terminal.
pub const USER: &str = "ops";

const HELP: &str = "usage: platctl COMMAND\n  list                    services with state, release and token\n  status NAME             one service\n  start|stop|restart NAME...\n  enable|disable NAME...  whether the supervisor may start it\n  releases NAME           releases that are kept\n  rollback NAME VERSION   run another release\n  token list [NAME]       tokens, of all or of one owner\n  token revoke ID...      end tokens\n  token issue NAME        a new token for a service\n  plan [NAME]             lines of start list, watchdog list and schedule\n  exempt NAME --code C    take a service off a decision (incident lead)\n";

/// First number of a process that is started in a trial: above those that run already.
const PID: u64 = 41_200;

/// A shell on `host`.
#[must_use]
pub fn shell(host: &str, seed: &[u8]) -> Shell<Host> {
    let home = format!("/home/{USER}");
    Shell::new(Login { user: USER.to_owned(), host: host.to_owned(), home }, seed)
        .command("platctl", run)
}

fn run(call: &Invocation<'_>, files: &mut Vfs, host: &mut Host) -> Answer {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["list" | "ls"] => list(files),
        ["status", name] => status(files, host, name),
        ["releases", name] => releases(files, host, name),
        [verb @ ("start" | "stop" | "restart" | "enable" | "disable"), names @ ..]
            if !names.is_empty() =>
        {
            each(names, |name| act(files, host, verb, name))
        }
        ["rollback", name, version] => rollback(files, host, name, version),
        ["token", "list"] => token_list(files, None),
        ["token", "list", owner] => token_list(files, Some(owner)),
        ["token", "revoke", ids @ ..] if !ids.is_empty() => each(ids, |id| revoke(files, host, id)),
        ["token", "issue", name] => issue(files, host, name),
        ["plan"] => plan(files, None),
        ["plan", name] => plan(files, Some(name)),
        ["exempt", name, ..] => exempt(host, name, args.contains(&"--code")),
        [] | ["help" | "--help" | "-h", ..] => shell::ok(HELP),
        _ => shell::err(format!("platctl: {}: see platctl help\n", args.join(" ")), 2),
    }
}

/// One after the other; all that worked and all that did not is told.
fn each(names: &[&str], mut act: impl FnMut(&str) -> Result<String, String>) -> Answer {
    let (mut done, mut failed) = (String::new(), String::new());
    for name in names {
        match act(name) {
            Ok(text) => done.push_str(&format!("{text}\n")),
            Err(text) => failed.push_str(&format!("platctl: {text}\n")),
        }
    }
    let status = i32::from(!failed.is_empty());
    Answer::Done(kit::CommandOutput { stdout: done.into(), stderr: failed.into(), status })
}

fn known(files: &Vfs, host: &mut Host, verb: &str, name: &str) -> Result<unit::Unit, String> {
    unit::load(files, name).filter(|_| !name.contains('/')).ok_or_else(|| {
        host.slips.push((verb.to_owned(), name.to_owned()));
        format!("no service {name}")
    })
}

fn act(files: &mut Vfs, host: &mut Host, verb: &str, name: &str) -> Result<String, String> {
    let path = places::running(name);
    let is_running = files.exists(&path);
    if verb == "stop" && is_running {
        // What runs can be stopped, also where its unit is gone.
        return files
            .remove(&path)
            .map(|()| format!("{name} stopped"))
            .map_err(|error| error.to_string());
    }
    let unit = known(files, host, verb, name)?;
    match verb {
        "stop" => Ok(format!("{name} is not running")),
        "start" if is_running => Ok(format!("{name} is running already")),
        "start" | "restart" => start(files, host, &unit),
        _ => {
            let word = if verb == "enable" { "yes" } else { "no" };
            set(files, name, "enabled", word)?;
            Ok(format!("{name} {verb}d"))
        }
    }
}

fn start(files: &mut Vfs, host: &mut Host, unit: &unit::Unit) -> Result<String, String> {
    let name = &unit.name;
    if !unit.is_enabled() {
        return Err(format!("{name} is disabled"));
    }
    if !unit.can_start(files) {
        return Err(format!("{name}: {} cannot be run", unit.program()));
    }
    host.started += 1;
    let since = calendar::iso(files.now());
    let pid = PID + host.started * 37;
    let text = format!("pid = {pid}\nprogram = {}\nsince = {since}\n", unit.program());
    write(files, &places::running(name), &text)?;
    Ok(format!("{name} started, pid {pid}"))
}

fn rollback(files: &mut Vfs, host: &mut Host, name: &str, version: &str) -> Answer {
    let done = known(files, host, "rollback", name).and_then(|unit| {
        let program = format!("{}/{version}/run", unit.value("program"));
        if !files.exists(&program) {
            return Err(format!("{name} has no release {version}; see platctl releases {name}"));
        }
        set(files, name, "release", version)?;
        let mut text = format!("{name}: release {version}");
        if files.exists(&places::running(name)) {
            let unit = known(files, host, "rollback", name)?;
            let started = start(files, host, &unit)?;
            text = format!("{text}; {started}");
        }
        Ok(text)
    });
    answer(done)
}

fn answer(done: Result<String, String>) -> Answer {
    match done {
        Ok(text) => shell::ok(format!("{text}\n")),
        Err(problem) => shell::err(format!("platctl: {problem}\n"), 1),
    }
}

/// Puts a value into a unit: in place of the last line with the key, or at the end.
fn set(files: &mut Vfs, name: &str, key: &str, value: &str) -> Result<(), String> {
    let path = places::unit(name);
    let text = files.read_text(&path).map_err(|error| error.to_string())?;
    let is_key = |line: &&str| line.split_once('=').is_some_and(|(found, _)| found.trim() == key);
    let mut lines: Vec<&str> = text.lines().filter(|line| !is_key(line)).collect();
    let line = format!("{key} = {value}");
    lines.push(&line);
    write(files, &path, &format!("{}\n", lines.join("\n")))
}

fn write(files: &mut Vfs, path: &str, text: &str) -> Result<(), String> {
    files.write(path, text.as_bytes()).map_err(|error| error.to_string())
}

fn state(files: &Vfs, name: &str) -> &'static str {
    if files.exists(&places::running(name)) { "running" } else { "stopped" }
}

fn token_of(files: &Vfs, name: &str) -> String {
    let rows = unit::tokens(files);
    let found = rows.iter().rfind(|row| row.owner == name);
    found.map_or_else(
        || "-".to_owned(),
        |row| format!("{} ({})", row.id, if row.valid { "valid" } else { "revoked" }),
    )
}

fn list(files: &Vfs) -> Answer {
    let mut text = format!(
        "{:<20} {:<8} {:<8} {:<8} {:<8} {}\n",
        "NAME", "KIND", "STATE", "ENABLED", "RELEASE", "TOKEN"
    );
    for unit in unit::all(files) {
        let enabled = if unit.is_enabled() { "yes" } else { "no" };
        text.push_str(&format!(
            "{:<20} {:<8} {:<8} {enabled:<8} {:<8} {}\n",
            unit.name,
            unit.value("kind"),
            state(files, &unit.name),
            unit.value("release"),
            token_of(files, &unit.name)
        ));
    }
    shell::ok(text)
}

fn status(files: &Vfs, host: &mut Host, name: &str) -> Answer {
    answer(known(files, host, "status", name).map(|unit| {
        let enabled = if unit.is_enabled() { "enabled" } else { "disabled" };
        format!(
            "{name}: {}\n{}, {enabled}, release {}, port {}, token {}",
            unit.value("about"),
            state(files, name),
            unit.value("release"),
            unit.value("port"),
            token_of(files, name)
        )
    }))
}

fn releases(files: &Vfs, host: &mut Host, name: &str) -> Answer {
    answer(known(files, host, "releases", name).map(|unit| {
        let found = files.list(unit.value("program")).unwrap_or_default();
        let mark = |version: &str| if version == unit.value("release") { " (in use)" } else { "" };
        let lines = found.iter().map(|(version, _)| format!("{version}{}", mark(version)));
        lines.collect::<Vec<_>>().join("\n")
    }))
}

fn token_list(files: &Vfs, owner: Option<&str>) -> Answer {
    let mut text = format!("{:<12} {:<20} {:<8} {}\n", "ID", "OWNER", "STATE", "FINGERPRINT");
    for row in unit::tokens(files) {
        if owner.is_none_or(|owner| row.owner == owner) {
            let state = if row.valid { "valid" } else { "revoked" };
            let (id, owner, print) = (&row.id, &row.owner, &row.fingerprint);
            text.push_str(&format!("{id:<12} {owner:<20} {state:<8} {print}\n"));
        }
    }
    shell::ok(text)
}

fn revoke(files: &mut Vfs, host: &mut Host, id: &str) -> Result<String, String> {
    let text = files.read_text(places::TOKENS).map_err(|error| error.to_string())?;
    if !unit::tokens(files).iter().any(|row| row.id == id) {
        host.slips.push(("revoke".to_owned(), id.to_owned()));
        return Err(format!("no token {id}"));
    }
    let prefix = format!("{id},");
    let line = |line: &str| {
        let ended = line.starts_with(&prefix).then(|| line.replacen(",valid,", ",revoked,", 1));
        ended.unwrap_or_else(|| line.to_owned()) + "\n"
    };
    let text: String = text.lines().map(line).collect();
    write(files, places::TOKENS, &text)?;
    Ok(format!("{id} revoked"))
}

fn issue(files: &mut Vfs, host: &mut Host, name: &str) -> Answer {
    let done = known(files, host, "issue", name).and_then(|_| {
        host.issued += 1;
        let label = format!("incident-response/issue-{}", host.issued);
        let mut rng = Rng::new(&host.seed, &label);
        let (id, secret) = (format!("tk-{}", digits(&mut rng, 8)), digits(&mut rng, 40));
        let row = format!(
            "{id},{name},service,{},valid,{}\n",
            calendar::date(files.now()),
            &secret[..FINGERPRINT]
        );
        let path = places::secret(name);
        files.append(places::TOKENS, row.as_bytes()).map_err(|error| error.to_string())?;
        write(files, &path, &format!("{secret}\n"))?;
        Ok(format!("{id} issued for {name}; its secret is in {path}"))
    });
    answer(done)
}

fn plan(files: &Vfs, name: Option<&str>) -> Answer {
    let mut text = String::new();
    for path in [places::START_LIST, places::WATCHDOG, places::SCHEDULE] {
        let lines = files.read_text(path).unwrap_or_default();
        let names = |line: &&str| {
            let bare = !line.starts_with('#') && !line.trim().is_empty();
            bare && name.is_none_or(|name| line.split_whitespace().any(|word| word == name))
        };
        for line in lines.lines().filter(names) {
            text.push_str(&format!("{path}: {line}\n"));
        }
    }
    shell::ok(if text.is_empty() { "no line\n".to_owned() } else { text })
}

/// No code is known on this host: the incident lead gives one for each case.
fn exempt(host: &mut Host, name: &str, with_code: bool) -> Answer {
    host.denied.push(name.to_owned());
    let problem = if with_code {
        "the code is not known"
    } else {
        "an exemption needs a code of the incident lead (--code)"
    };
    shell::err(format!("platctl: {problem}\n"), 3)
}
