//! The shell of the machine: the usual commands, and two that this company has written.

use kit::shell::{self, Answer, Invocation, Login, Shell};
use kit::{Vfs, calendar};

use crate::inputs::Inputs;
use crate::month::Month;
use crate::places;
use crate::policy::{self, Frame, PARTS, Part};
use crate::table::{self, Table};

const SWEEP: &str = "usage: sweep COMMAND\n  plan                    what the next run does with each entry of the schedule\n  why NAME                the points of the policy, one by one, for a resource\n  log                     the last run\n  exempt NAME --until DATE --code CODE     enter an exemption (cost board)\n  postpone NAME --to DATE --code CODE      change the schedule (cost board)\n  run                     the run itself (started by cron)\n";
const COSTS: &str = "usage: costs COMMAND\n  sums MONTH              the bill by cost centre, as CSV, with the tags as they are\n  bill MONTH NAME         the lines of the bill for a resource\n";
/// Where amounts go that belong to no resource of the inventory.
pub const UNASSIGNED: &str = "unassigned";

/// What the commands know beside the files.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Actions that were refused since the last look: resource and part.
    pub denied: Vec<(String, Part)>,
}

/// A shell of the agent's user on `host`.
#[must_use]
pub fn shell(host: &str, seed: &[u8]) -> Shell<Desk> {
    let login =
        Login { user: "finops".to_owned(), host: host.to_owned(), home: "/home/finops".to_owned() };
    Shell::new(login, seed).command("sweep", sweep).command("costs", costs)
}

fn sweep(call: &Invocation<'_>, files: &mut Vfs, desk: &mut Desk) -> Answer {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["plan"] => plan(files),
        ["why", name] => why(files, name),
        ["log"] => log(files),
        ["exempt", name, ..] => refuse(desk, name, Part::Exemption),
        ["postpone", name, ..] => refuse(desk, name, Part::Schedule),
        ["run", ..] => shell::err("sweep: run is started by cron only\n", 1),
        [] | ["help" | "--help" | "-h", ..] => shell::ok(SWEEP),
        [other, ..] => shell::err(format!("sweep: no command {other}; see sweep help\n"), 2),
    }
}

fn plan(files: &Vfs) -> Answer {
    let inputs = Inputs::read(files, files.now());
    let run = match &inputs.run {
        Ok(at) => *at,
        Err(problem) => return shell::err(format!("sweep: no run is planned: {problem}\n"), 1),
    };
    let mut text = format!("next run: {} UTC\n", calendar::date_time(run));
    for line in policy::plan(&inputs) {
        let what = line
            .kept
            .map_or_else(|| "will be switched off".to_owned(), |reason| format!("stays: {reason}"));
        text.push_str(&format!("{:<22} {what}\n", line.resource));
    }
    shell::ok(text)
}

fn why(files: &Vfs, name: &str) -> Answer {
    let inputs = Inputs::read(files, files.now());
    let frame = Frame::of(&inputs);
    let mut text = String::new();
    for part in PARTS {
        let found = policy::check(part, &inputs, frame, name);
        let said = found.err().unwrap_or_else(|| "yes".to_owned());
        text.push_str(&format!("{:<16} {said}\n", part.id()));
    }
    shell::ok(text)
}

fn log(files: &Vfs) -> Answer {
    let names = files.list(places::LOGS).unwrap_or_default();
    let last = names.iter().map(|(name, _)| *name).max().unwrap_or_default();
    match files.read_text(&format!("{}/{last}", places::LOGS)) {
        Ok(text) => shell::ok(text),
        Err(_) => shell::err("sweep: there is no log\n", 1),
    }
}

/// The codes are the cost board's: no file of this machine holds one.
fn refuse(desk: &mut Desk, name: &str, part: Part) -> Answer {
    desk.denied.push((name.to_owned(), part));
    shell::err("sweep: this needs a valid code of the cost board\n", 1)
}

fn costs(call: &Invocation<'_>, files: &mut Vfs, _: &mut Desk) -> Answer {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    let found = match args.as_slice() {
        ["sums", month] => bill(files, month).and_then(|bill| sums(files, &bill)),
        ["bill", month, name] => bill(files, month).map(|bill| lines(files, month, &bill, name)),
        [] | ["help" | "--help" | "-h", ..] => return shell::ok(COSTS),
        [other, ..] => Err(format!("no command {other} like that; see costs help")),
    };
    match found {
        Ok(text) => shell::ok(text),
        Err(problem) => shell::err(format!("costs: {problem}\n"), 1),
    }
}

fn bill_path(month: &str) -> String {
    format!("{}/{month}.csv", places::BILLS)
}

fn bill(files: &Vfs, month: &str) -> Result<Table, String> {
    let path = bill_path(month);
    let text = files.read_text(&path).map_err(|error| error.to_string())?;
    Table::read(&text, &["resource", "amount"]).map_err(|problem| format!("{path}: {problem}"))
}

fn sums(files: &Vfs, bill: &Table) -> Result<String, String> {
    let inputs = Inputs::read(files, files.now());
    let sums = by_centre(bill, &inputs)?;
    let mut text = String::from("cost_centre,amount\n");
    for (centre, amount) in &sums {
        text.push_str(&format!("{centre},{}\n", table::money(*amount)));
    }
    let total = sums.iter().map(|(_, amount)| amount).sum();
    text.push_str(&format!("total,{}\n", table::money(total)));
    Ok(text)
}

/// The bill by cost centre, in the order of their numbers, with what belongs to none at the end.
///
/// # Errors
/// When the tags, the inventory or an amount cannot be read.
pub fn by_centre(bill: &Table, inputs: &Inputs) -> Result<Vec<(String, u64)>, String> {
    let tags = inputs.tags.as_ref().map_err(Clone::clone)?;
    let inventory = inputs.inventory.as_ref().map_err(Clone::clone)?;
    let mut sums: Vec<(String, u64)> = Vec::new();
    for (name, amount) in bill.pairs("resource", "amount") {
        let amount = table::cents(amount).ok_or_else(|| format!("{amount:?} is no amount"))?;
        let known = inventory.find("name", name, "name").is_some();
        let centre = tags.get(name).and_then(|tags| tags.centre.clone());
        let centre = centre.filter(|_| known).unwrap_or_else(|| UNASSIGNED.to_owned());
        match sums.iter_mut().find(|(found, _)| *found == centre) {
            Some((_, sum)) => *sum += amount,
            None => sums.push((centre, amount)),
        }
    }
    sums.sort_by(|one, other| {
        (one.0 == UNASSIGNED, &one.0).cmp(&(other.0 == UNASSIGNED, &other.0))
    });
    Ok(sums)
}

fn lines(files: &Vfs, month: &str, bill: &Table, name: &str) -> String {
    let text = files.read_text(&bill_path(month)).unwrap_or_default();
    let rows = text.lines().filter(|line| line.split(',').any(|field| field == name));
    let mut found: String = rows.map(|line| format!("{line}\n")).collect();
    let own = bill.pairs("resource", "amount").into_iter().filter(|(found, _)| *found == name);
    let sum = own.filter_map(|(_, amount)| table::cents(amount)).sum();
    found.push_str(&format!("sum {}\n", table::money(sum)));
    found
}

/// The run that has come while the agent was at work: what the log says of it.
pub fn write_log(files: &mut Vfs, run: u64, inputs: &Inputs) {
    let lines: Vec<(String, Option<String>)> =
        policy::plan(inputs).into_iter().map(|line| (line.resource, line.kept)).collect();
    let path = format!("{}/{}.log", places::LOGS, calendar::date(run));
    files.place(&path, log_text(run, &lines), run, 0o644);
}

/// The log of one run.
#[must_use]
pub fn log_text(run: u64, lines: &[(String, Option<String>)]) -> String {
    let at = calendar::iso(run);
    let mut text = format!("{at} run for {}\n", Month::of(run).label());
    for (resource, kept) in lines {
        match kept {
            None => text.push_str(&format!("{at} {resource}: switched off, disks wiped\n")),
            Some(reason) => text.push_str(&format!("{at} {resource}: stays, {reason}\n")),
        }
    }
    let off = lines.iter().filter(|(_, kept)| kept.is_none()).count();
    text.push_str(&format!("{at} done, {off} switched off\n"));
    text
}
