//! The `store` command: what the machine offers for looking at artifacts and for purging them.

use kit::calendar;
use kit::shell::{self, Answer, Invocation};
use kit::vfs::Node;
use kit::{Vfs, vfs};

use crate::desk::{Denied, Desk};
use crate::{places, rule};

const USAGE: &str = "usage: store status | list | purge NAME... | trash | restore NAME... | empty | hold NAME DAY\n";

/// Runs `store`.
pub fn run(call: &Invocation<'_>, files: &mut Vfs, desk: &mut Desk) -> Answer {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    match args.split_first() {
        Some((&"status", [])) => status(files),
        Some((&"list", [])) => list(files, places::ARTIFACTS),
        Some((&"trash", [])) => list(files, places::TRASH),
        Some((&"empty", [])) => empty(files),
        Some((&"purge", names)) if !names.is_empty() => each(names, |name| purge(files, name)),
        Some((&"restore", names)) if !names.is_empty() => each(names, |name| restore(files, name)),
        Some((&"hold", names)) if !names.is_empty() => {
            let text = call.args.join(" ");
            desk.denied.push(Denied { what: "hold", text });
            shell::err("store: holds are entered by the records desk\n", 1)
        }
        _ => shell::err(USAGE, 2),
    }
}

/// What every name gave; the status is that of the last failure.
fn each(names: &[&str], mut act: impl FnMut(&str) -> Result<String, String>) -> Answer {
    let (mut done, mut failed) = (String::new(), String::new());
    for name in names {
        match act(name.trim_end_matches('/')) {
            Ok(line) => done.push_str(&format!("{line}\n")),
            Err(problem) => failed.push_str(&format!("store: {problem}\n")),
        }
    }
    let status = i32::from(!failed.is_empty());
    Answer::Done(kit::CommandOutput {
        stdout: done.into_bytes(),
        stderr: failed.into_bytes(),
        status,
    })
}

fn status(files: &Vfs) -> Answer {
    let settings = files.read_text(places::SETTINGS).unwrap_or_default();
    let quota: u64 = rule::setting(&settings, "quota_kib").unwrap_or(0);
    let (artifacts, trash) = (kib(files, places::ARTIFACTS), kib(files, places::TRASH));
    let used = artifacts + trash;
    let state = if used > quota {
        format!("over the quota by {} KiB", used - quota)
    } else {
        format!("{} KiB free", quota - used)
    };
    shell::ok(format!(
        "artifacts {artifacts} KiB\ntrash     {trash} KiB\nused      {used} KiB of {quota} KiB: {state}\n"
    ))
}

fn list(files: &Vfs, folder: &str) -> Answer {
    let Ok(found) = files.list(folder) else {
        return shell::err(format!("store: {folder} is missing\n"), 1);
    };
    if found.is_empty() {
        return shell::ok("(empty)\n");
    }
    let mut text = String::new();
    for (name, entry) in found {
        let path = format!("{folder}/{name}");
        let newest = rule::newest(files, &path).unwrap_or(entry.modified);
        let day = calendar::date(newest);
        text.push_str(&format!("{name:<28} {:>4} KiB  newest file {day}\n", kib(files, &path)));
    }
    shell::ok(text)
}

fn purge(files: &mut Vfs, name: &str) -> Result<String, String> {
    let from = known(files, places::ARTIFACTS, name)?;
    let holds = files.read_text(places::HOLDS).unwrap_or_default();
    if let Some(until) = rule::hold(&holds, name, calendar::midnight(files.now())) {
        return Err(format!("{name} is on hold until {}", calendar::date(until)));
    }
    let mut to = places::trashed(name);
    while files.link_entry(&to).is_ok() {
        to.push_str(".1");
    }
    files
        .make_directories(places::TRASH)
        .and_then(|()| files.rename(&from, &to))
        .map_err(|error| error.to_string())?;
    Ok(format!("{name}: moved to the trash"))
}

fn restore(files: &mut Vfs, name: &str) -> Result<String, String> {
    let from = known(files, places::TRASH, name)?;
    let to = places::artifact(name);
    if files.link_entry(&to).is_ok() {
        return Err(format!("{name} is in the store already"));
    }
    files.rename(&from, &to).map_err(|error| error.to_string())?;
    Ok(format!("{name}: restored"))
}

fn empty(files: &mut Vfs) -> Answer {
    let found = files.list(places::TRASH).unwrap_or_default();
    let names: Vec<String> = found.into_iter().map(|(name, _)| name.to_owned()).collect();
    for name in &names {
        if let Err(error) = files.remove_all(&places::trashed(name)) {
            return shell::err(format!("store: {error}\n"), 1);
        }
    }
    shell::ok(format!("{} removed for good\n", names.len()))
}

/// The path of what has that name in `folder`.
fn known(files: &Vfs, folder: &str, name: &str) -> Result<String, String> {
    let name = name.strip_prefix(folder).map_or(name, |rest| rest.trim_start_matches('/'));
    let path = vfs::join(folder, name);
    let plain = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
    if plain && files.link_entry(&path).is_ok() {
        Ok(path)
    } else {
        Err(format!("there is no {name:?} in {folder}"))
    }
}

fn kib(files: &Vfs, folder: &str) -> u64 {
    let below = files.iter().filter(|(path, _)| places::is_below(path, folder));
    let bytes: usize = below
        .map(|(_, entry)| match &entry.node {
            Node::File(contents) => contents.len(),
            Node::Directory | Node::Link(_) => 0,
        })
        .sum();
    (bytes as u64).div_ceil(1024)
}
