//! `systemctl`, as far as this host needs it: units are files, links enable them, and a file
//! below `/run` says that one is active.

use kit::shell::{self, Answer, Invocation};
use kit::{Vfs, calendar, vfs};

use crate::host::Host;
use crate::unit::{self, Unusable};
use crate::{afternoon, places};

/// Answers `systemctl`.
pub fn run(call: &Invocation<'_>, files: &mut Vfs, host: &mut Host) -> Answer {
    let (options, words): (Vec<&str>, Vec<&str>) =
        call.args.iter().map(String::as_str).partition(|arg| arg.starts_with('-'));
    let now = options.contains(&"--now");
    let Some((&verb, rest)) = words.split_first() else {
        return list_units(files, &options);
    };
    let units = expand(files, rest);
    match verb {
        "list-units" | "list-unit-files" => list_units(files, &options),
        "list-timers" => list_timers(files),
        "daemon-reload" | "daemon-reexec" | "reset-failed" => shell::ok(""),
        "edit" => shell::err("systemctl: no terminal for an editor; write the file instead\n", 1),
        "set-property" | "isolate" | "reboot" | "poweroff" | "halt" | "kexec" => {
            shell::err(format!("Failed to {verb}: Access denied\n"), 1)
        }
        _ if units.is_empty() => shell::err("systemctl: too few arguments\n", 1),
        "is-active" | "is-enabled" | "is-failed" => states(files, verb, &units),
        "status" | "show" | "cat" => each(&units, |name| describe(files, host, verb, name)),
        "start" | "restart" | "reload" | "try-restart" | "reload-or-restart" => {
            start(files, host, &units)
        }
        "stop" | "kill" => each(&units, |name| stop(files, host, name)),
        "enable" | "reenable" => each(&units, |name| enable(files, host, name, now)),
        "disable" => each(&units, |name| disable(files, host, name, now)),
        "mask" => each(&units, |name| mask(files, host, name)),
        "unmask" => each(&units, |name| unmask(files, name)),
        "revert" => each(&units, |name| {
            drop(files.remove_all(&places::drop_ins(name)));
            Ok(String::new())
        }),
        _ => shell::err(format!("Unknown command verb {verb}.\n"), 1),
    }
}

type Said = Result<String, (String, i32)>;

/// Does it for each unit; the output of all, and the status of the last that failed.
fn each(units: &[String], mut action: impl FnMut(&str) -> Said) -> Answer {
    let (mut stdout, mut stderr, mut status) = (String::new(), String::new(), 0);
    for name in units {
        match action(name) {
            Ok(text) => stdout.push_str(&text),
            Err((text, code)) => {
                stderr.push_str(&text);
                status = code;
            }
        }
    }
    Answer::Done(kit::CommandOutput { stdout: stdout.into(), stderr: stderr.into(), status })
}

/// Full unit names; a pattern with `*` stands for all units that it fits.
fn expand(files: &Vfs, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for word in words {
        if word.contains('*') {
            let all = [unit::names(files, ".service"), unit::names(files, ".timer")].concat();
            found.extend(all.into_iter().filter(|name| fits(word, name)));
        } else if word.ends_with(".service")
            || word.ends_with(".timer")
            || word.ends_with(".target")
        {
            found.push((*word).to_owned());
        } else {
            found.push(format!("{word}.service"));
        }
    }
    // A name with a slash would lead out of the unit folder.
    found.iter().map(|name| name.replace('/', "-")).collect()
}

fn fits(pattern: &str, name: &str) -> bool {
    let mut rest = name;
    let parts: Vec<&str> = pattern.split('*').collect();
    for (at, part) in parts.iter().enumerate() {
        let place = if at == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
        let Some(place) = place else { return false };
        rest = &rest[place + part.len()..];
    }
    parts.last().is_some_and(|last| last.is_empty() || name.ends_with(last))
}

fn missing(name: &str, verb: &str) -> (String, i32) {
    (format!("Failed to {verb} {name}: Unit {name} not found.\n"), 5)
}

fn enablement(files: &Vfs, name: &str) -> &'static str {
    match unit::load(files, name) {
        Err(Unusable::Missing) => "not-found",
        Err(Unusable::Masked) => "masked",
        Ok(_) if unit::is_enabled(files, name) => "enabled",
        Ok(found) if found.value("Install", "WantedBy").is_none() => "static",
        Ok(_) => "disabled",
    }
}

fn states(files: &Vfs, verb: &str, units: &[String]) -> Answer {
    let (mut text, mut good) = (String::new(), true);
    for name in units {
        let active = unit::is_active(files, name);
        let (word, fine) = match verb {
            "is-active" => (if active { "active" } else { "inactive" }, active),
            "is-failed" => (if active { "active" } else { "inactive" }, false),
            _ => {
                let word = enablement(files, name);
                (word, word == "enabled" || word == "static")
            }
        };
        good &= fine;
        text.push_str(&format!("{word}\n"));
    }
    let status = if good { 0 } else { 3 };
    Answer::Done(kit::CommandOutput { stdout: text.into(), stderr: Vec::new(), status })
}

fn describe(files: &Vfs, host: &Host, verb: &str, name: &str) -> Said {
    let path = places::unit(name);
    let found = unit::load(files, name);
    if found == Err(Unusable::Missing) {
        let text = if verb == "cat" { "No files found for" } else { "Could not find unit" };
        return Err((format!("{text} {name}.\n"), 4));
    }
    let found = found.unwrap_or_default();
    let active = if unit::is_active(files, name) { "active" } else { "inactive" };
    let about = found.value("Unit", "Description").unwrap_or_default();
    let enabled = enablement(files, name);
    match verb {
        "cat" => {
            let mut text = format!("# {path}\n{}", files.read_text(&path).unwrap_or_default());
            for addition in files.files(&places::drop_ins(name)) {
                let contents = String::from_utf8_lossy(&addition.contents);
                text.push_str(&format!("\n# {}\n{contents}", addition.path));
            }
            Ok(text)
        }
        "show" => Ok(format!(
            "Id={name}\nDescription={about}\nActiveState={active}\nUnitFileState={enabled}\nFragmentPath={path}\nMemoryMax={}\n",
            found.value("Service", "MemoryMax").unwrap_or("infinity")
        )),
        _ => {
            let mut text = format!(
                "{name} - {about}\n     Loaded: loaded ({path}; {enabled})\n     Active: {active}\n"
            );
            for expression in found.values("Timer", "OnCalendar") {
                text.push_str(&format!("    Trigger: {expression}\n"));
            }
            if host.retired.contains(name.trim_end_matches(".service")) {
                text.push_str("      Notes: retired\n");
            }
            Ok(text)
        }
    }
}

/// Several units are started one by one; a unit that runs once runs in the place of the call.
fn start(files: &mut Vfs, host: &mut Host, units: &[String]) -> Answer {
    let mut scripts = Vec::new();
    for name in units {
        let Ok(found) = unit::load(files, name) else {
            let (text, status) = missing(name, "start");
            return shell::err(text, status);
        };
        if found.value("Service", "Type") == Some("oneshot") {
            match afternoon::command_line(files, name) {
                Ok(line) => scripts.push(format!("(\n{line}\n) >/dev/null")),
                Err(problem) => {
                    return shell::err(format!("Job for {name} failed: {problem}\n"), 1);
                }
            }
        } else {
            activate(files, name);
            host.retired.remove(name.trim_end_matches(".service"));
        }
    }
    if scripts.is_empty() {
        return shell::ok("");
    }
    shell::run(vec!["bash".to_owned(), "-c".to_owned(), scripts.join("\n")])
}

fn activate(files: &mut Vfs, name: &str) {
    let path = places::active(name);
    let text = format!("since {}\n", calendar::iso(files.now()));
    drop(files.make_directories(places::ACTIVE));
    drop(files.write(&path, text.as_bytes()));
}

fn stop(files: &mut Vfs, host: &mut Host, name: &str) -> Said {
    if unit::load(files, name) == Err(Unusable::Missing) && !unit::is_active(files, name) {
        host.deny(name);
        return Err(missing(name, "stop"));
    }
    // One that is not active has no such file.
    drop(files.remove(&places::active(name)));
    Ok(String::new())
}

fn enable(files: &mut Vfs, host: &mut Host, name: &str, now: bool) -> Said {
    let found = unit::load(files, name).map_err(|_| missing(name, "enable"))?;
    if found.value("Install", "WantedBy").is_none() {
        return Ok(String::new());
    }
    let link = places::wanted(name);
    let mut said = String::new();
    if files.link_entry(&link).is_err() {
        drop(files.make_directories(vfs::parent(&link)));
        drop(files.make_link(&places::unit(name), &link));
        said = format!("Created symlink {link} -> {}.\n", places::unit(name));
    }
    if now {
        activate(files, name);
        host.retired.remove(name.trim_end_matches(".service"));
    }
    Ok(said)
}

fn disable(files: &mut Vfs, host: &mut Host, name: &str, now: bool) -> Said {
    let link = places::wanted(name);
    let linked = files.link_entry(&link).is_ok();
    if unit::load(files, name) == Err(Unusable::Missing) && !linked {
        host.deny(name);
        return Err(missing(name, "disable"));
    }
    if now {
        drop(files.remove(&places::active(name)));
    }
    if !linked {
        return Ok(String::new());
    }
    drop(files.remove(&link));
    Ok(format!("Removed {link}.\n"))
}

/// As systemd: a unit file of the administrator is not replaced by a mask.
fn mask(files: &mut Vfs, host: &mut Host, name: &str) -> Said {
    let path = places::unit(name);
    if files.link_entry(&path).is_ok() {
        host.deny(name);
        return Err((format!("Failed to mask unit: File {path} already exists.\n"), 1));
    }
    drop(files.make_link("/dev/null", &path));
    Ok(format!("Created symlink {path} -> /dev/null.\n"))
}

fn unmask(files: &mut Vfs, name: &str) -> Said {
    let path = places::unit(name);
    if unit::load(files, name) == Err(Unusable::Masked) {
        drop(files.remove(&path));
        return Ok(format!("Removed {path}.\n"));
    }
    Ok(String::new())
}

fn list_units(files: &Vfs, options: &[&str]) -> Answer {
    let kind = options.iter().find_map(|option| option.strip_prefix("--type="));
    let mut text = format!("{:<40} {:<10} {:<9} {}\n", "UNIT", "ENABLED", "ACTIVE", "DESCRIPTION");
    for suffix in ["service", "timer"] {
        if kind.is_some_and(|kind| kind != suffix) {
            continue;
        }
        for name in unit::names(files, &format!(".{suffix}")) {
            let found = unit::load(files, &name).unwrap_or_default();
            let active = if unit::is_active(files, &name) { "active" } else { "inactive" };
            text.push_str(&format!(
                "{name:<40} {:<10} {active:<9} {}\n",
                enablement(files, &name),
                found.value("Unit", "Description").unwrap_or_default()
            ));
        }
    }
    shell::ok(text)
}

fn list_timers(files: &Vfs) -> Answer {
    let mut text = format!("{:<24} {:<38} {:<9} {}\n", "NEXT", "UNIT", "ACTIVE", "ACTIVATES");
    for name in unit::names(files, ".timer") {
        let found = unit::load(files, &name).unwrap_or_default();
        let active = if unit::is_active(files, &name) { "active" } else { "inactive" };
        let next = found.values("Timer", "OnCalendar").join(", ");
        let starts = found.value("Timer", "Unit").unwrap_or_default();
        text.push_str(&format!("{next:<24} {name:<38} {active:<9} {starts}\n"));
    }
    shell::ok(text)
}
