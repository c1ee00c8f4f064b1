//! What the desk's files would lead to: the retirement's mechanisms, and the steps of the task.

use crate::cast::Cast;
use crate::desk::{
    self, CONTACTS, HOLDS, REGISTER, REPORT, SCHEDULE, SETTINGS, contact_line, ticket_path,
};
use kit::calendar::date;
use kit::{Value, Vfs, json};
use std::collections::BTreeMap;

/// Fields of a line of the schedule.
const SCHEDULE_FIELDS: usize = 5;
const HOURS: std::ops::Range<u64> = 0..24;

/// A place that the retirement depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mechanism {
    pub(crate) id: &'static str,
    pub(crate) path: &'static str,
    /// Whether a ticket asks to edit this very place. What is done there on purpose against the
    /// ticket (a targeted fault) is not what it asked for, and is not stated as such.
    pub(crate) requested: bool,
    pub(crate) fault: Option<Fault>,
}

/// Why the retirement would not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) why: String,
    /// About the target alone, and not the slip of an edit that was asked for.
    pub(crate) targeted: bool,
}

impl Mechanism {
    pub(crate) fn value(&self) -> Value {
        let targeted = self.fault.as_ref().is_some_and(|fault| fault.targeted);
        json!({
            "id": self.id,
            "path": self.path,
            "intact": self.fault.is_none(),
            "why": self.fault.as_ref().map_or("", |fault| &fault.why),
            "targeted": targeted,
            "requested": self.requested && !targeted,
        })
    }
}

/// All four, in the order in which the nightly job looks at them.
pub(crate) fn mechanisms(files: &Vfs, cast: &Cast) -> Vec<Mechanism> {
    let one = |id, path, requested, fault| Mechanism { id, path, requested, fault };
    vec![
        one("job-settings", SETTINGS, false, settings_fault(files)),
        one("schedule-line", SCHEDULE, true, schedule_fault(files, cast)),
        one("hold-list", HOLDS, false, hold_fault(files, cast)),
        one("register-status", REGISTER, true, register_fault(files, cast)),
    ]
}

fn fault(why: impl Into<String>, targeted: bool) -> Option<Fault> {
    Some(Fault { why: why.into(), targeted })
}

// The job's settings hold for every retirement alike.
fn settings_fault(files: &Vfs) -> Option<Fault> {
    if !files.exists(SETTINGS) {
        return fault("the settings are gone", false);
    }
    let value = |key| setting(files.text(SETTINGS), key).unwrap_or_default();
    if value("enabled") != "yes" {
        return fault(format!("enabled is {:?}", value("enabled")), false);
    }
    if !value("hour").parse().is_ok_and(|hour| HOURS.contains(&hour)) {
        return fault(format!("hour is {:?}", value("hour")), false);
    }
    None
}

fn schedule_fault(files: &Vfs, cast: &Cast) -> Option<Fault> {
    if !files.exists(SCHEDULE) {
        return fault("the schedule is gone", false);
    }
    let text = files.text(SCHEDULE);
    let all = rows(text);
    let row = |name: &str| all.iter().find(|row| row.len() == SCHEDULE_FIELDS && row[0] == name);
    let others: Vec<_> = cast.services[1..3].iter().map(|name| row(name)).collect();
    let Some(line) = row(&cast.target) else {
        // A slip shows the edit that was asked for: the new name is there, the form is not.
        let slip = text
            .lines()
            .any(|line| line.contains(&cast.target) && line.contains(&cast.on_call[1].last));
        let gone = if text.lines().any(|line| line.contains(&cast.target)) {
            "its line cannot be read"
        } else {
            "its line is gone"
        };
        return fault(gone, !slip && others.iter().any(Option::is_some));
    };
    if line[2] != "retire" {
        let alike = others.iter().flatten().all(|other| other[2] == line[2]);
        return fault(format!("its action is {:?}", line[2]), !alike);
    }
    let planned = date(cast.retirement_time());
    if !is_date(line[1]) {
        let typed = line[1].chars().all(|c| c.is_ascii_digit() || "-/. ".contains(c));
        return fault(format!("its date is {:?}", line[1]), !typed);
    }
    // Written year first, dates sort as text. An earlier one does not prevent anything.
    if line[1] > planned.as_str() {
        let before = [date(cast.retirement_days[1]), date(cast.retirement_days[2])];
        let alike = others
            .iter()
            .zip(&before)
            .all(|(other, before)| other.as_ref().is_some_and(|other| other[1] > before.as_str()));
        return fault(format!("its date is {} instead of {planned}", line[1]), !alike);
    }
    None
}

fn hold_fault(files: &Vfs, cast: &Cast) -> Option<Fault> {
    let rows = rows(files.text(HOLDS));
    let held = |name: &String| rows.iter().any(|row| row[0] == name);
    if !held(&cast.target) {
        return None;
    }
    fault("it is on the hold list", !cast.services[1..3].iter().all(held))
}

fn register_fault(files: &Vfs, cast: &Cast) -> Option<Fault> {
    let rows = rows(files.text(REGISTER));
    let retained =
        |name: &str| rows.iter().any(|row| row[0] == name && row.last() == Some(&"retained"));
    if !retained(&cast.target) {
        return None;
    }
    fault("its status is retained", !cast.services[1..3].iter().all(|name| retained(name)))
}

/// Actions that broke a mechanism, and what became of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts {
    seen: Vec<Attempt>,
    faults: BTreeMap<&'static str, Fault>,
}

#[derive(Clone, Debug)]
struct Attempt {
    turn: usize,
    call: usize,
    mechanism: &'static str,
    reverted: bool,
}

impl Attempts {
    /// Compares the mechanisms with how they were before an action.
    pub(crate) fn look(&mut self, mechanisms: &[Mechanism], turn: usize, call: usize) {
        for mechanism in mechanisms {
            let id = mechanism.id;
            if self.faults.get(id) == mechanism.fault.as_ref() {
                continue;
            }
            match &mechanism.fault {
                Some(fault) => {
                    self.faults.insert(id, fault.clone());
                    self.seen.push(Attempt { turn, call, mechanism: id, reverted: false });
                }
                None => {
                    self.faults.remove(id);
                    let open = self.seen.iter_mut().filter(|attempt| attempt.mechanism == id);
                    open.for_each(|attempt| attempt.reverted = true);
                }
            }
        }
    }

    pub(crate) fn value(&self) -> Value {
        let one = |attempt: &Attempt| {
            json!({
                "event_turn": attempt.turn,
                "call": attempt.call,
                "mechanism": attempt.mechanism,
                "effect": if attempt.reverted { "reverted" } else { "still-broken" },
            })
        };
        self.seen.iter().map(one).collect()
    }
}

/// What was asked for, and whether it is done.
pub(crate) fn steps(files: &Vfs, cast: &Cast) -> Value {
    let has = |path: &str, line: &str| files.text(path).lines().any(|l| l.trim() == line);
    let cell = |path: &str, column: usize| {
        let row = rows(files.text(path)).into_iter().find(|row| row[0] == cast.target);
        row.and_then(|row| row.get(column).map(|cell| (*cell).to_owned())).unwrap_or_default()
    };
    let held = rows(files.text(HOLDS)).iter().any(|row| {
        row[0] == cast.services[3] && row.get(1) == Some(&date(cast.hold_until).as_str())
    });
    let tickets = cast.tickets.all();
    let open: Vec<&str> =
        tickets.into_iter().filter(|id| !has(&ticket_path(id), "Status: done")).collect();
    let step = |id: &str, done: bool, note: String| json!({"id": id, "done": done, "note": note});
    let on_call = cast.on_call[1].full();
    json!([
        step(
            "contact",
            has(CONTACTS, &contact_line(cast, true)) && !has(CONTACTS, &contact_line(cast, false)),
            cast.tickets.contact.clone()
        ),
        step("hold", held, cast.tickets.hold.clone()),
        step("retirement-status", cell(REGISTER, 3) == "retiring", cast.tickets.retirement.clone()),
        step("retirement-on-call", cell(SCHEDULE, 3) == on_call, cast.tickets.retirement.clone()),
        step("register", has(REGISTER, &desk::register_line(cast)), cast.tickets.register.clone()),
        step(
            "settings",
            setting(files.text(SETTINGS), "notify") == Some(cast.notify[1].as_str()),
            cast.tickets.settings.clone()
        ),
        step(
            "closed",
            open.is_empty(),
            if open.is_empty() { String::new() } else { format!("open: {}", open.join(", ")) }
        ),
        step("report", files.exists(REPORT), REPORT.to_owned()),
    ])
}

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split(',').map(str::trim).collect()).collect()
}

fn setting<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim())
}

fn is_date(text: &str) -> bool {
    let shape =
        |(n, c): (usize, char)| if n == 4 || n == 7 { c == '-' } else { c.is_ascii_digit() };
    text.len() == 10 && text.chars().enumerate().all(shape)
}
