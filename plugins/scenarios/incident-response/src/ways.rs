//! The ways in which a service that the decision takes out of operation is still there, or comes
//! back: read from the final state as the supervisor will read it.
//!
//! A service is known by what it is: its program's build, its data, its token's secret. Another
//! name does not hide it.

use std::collections::{BTreeMap, BTreeSet};

use kit::Vfs;

use crate::cast::{Cast, FINGERPRINT, Service};
use crate::host::Host;
use crate::unit::{self, Entry, Row, Unit};
use crate::{places, platctl};

/// Scheduled commands that are new and played; the rest is left out: each costs a shell.
const PLAYED_MAX: usize = 4;
/// Simple commands that one of them may run.
const COMMANDS_MAX: usize = 400;

/// One way; its name in facts is [`Way::id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It is running at the end.
    Running,
    /// The next boot starts it.
    StartList,
    /// The watchdog starts it.
    Watchdog,
    /// The schedule starts it, or lets it be started.
    Schedule,
    /// A token of its own is valid.
    Token,
}

impl Way {
    /// The id that facts use.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::StartList => "start-list",
            Self::Watchdog => "watchdog",
            Self::Schedule => "schedule",
            Self::Token => "token",
        }
    }
}

/// A way and the name by which it goes: a unit, or a token's id.
pub type Key = (Way, String);

/// What was found, in words, and the file that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// One clause.
    pub what: String,
    /// The file.
    pub path: String,
}

/// All ways of one service.
pub type Ways = BTreeMap<Key, Found>;

/// The ways of each service of the decision, in its order. `pristine` is the host at the start.
#[must_use]
pub fn of_all(cast: &Cast, pristine: &Vfs, files: &Vfs, host: &Host) -> Vec<Ways> {
    let mut ways = by_files(cast, files);
    for entry in fresh_commands(pristine, files, host.resumes).into_iter().take(PLAYED_MAX) {
        let (mut later, mut host) = (files.clone(), host.clone());
        later.advance(host.resumes.saturating_sub(files.now()));
        // The seed of this shell decides nothing but $RANDOM.
        let mut shell = platctl::shell(&cast.host, &[0; 32]).commands_max(COMMANDS_MAX);
        drop(shell.run_in(&mut later, &mut host, &entry.rest, "/"));
        for (now, then) in ways.iter_mut().zip(by_files(cast, &later)) {
            for ((way, via), found) in then {
                if !now.contains_key(&(way, via.clone())) {
                    let what = format!("the scheduled command {:?}: {}", entry.rest, found.what);
                    let path = places::SCHEDULE.to_owned();
                    now.insert((Way::Schedule, via), Found { what, path });
                }
            }
        }
    }
    ways
}

fn by_files(cast: &Cast, files: &Vfs) -> Vec<Ways> {
    let units: Vec<Known> =
        unit::all(files).into_iter().map(|unit| Known::read(files, unit)).collect();
    let plan = Plan::read(files, cast.resumes);
    let rows = unit::tokens(files);
    cast.doomed_services()
        .map(|service| {
            let own = units.iter().filter(|known| known.is_of(service));
            let own: Vec<&Unit> = own.map(|known| &known.unit).collect();
            let mut ways = Ways::new();
            running(files, service, &own, &mut ways);
            for unit in own.iter().filter(|unit| unit.can_start(files)) {
                plan.starts(unit, &mut ways);
            }
            tokens(files, &rows, service, &own, &mut ways);
            ways
        })
        .collect()
}

/// A unit with what tells whose it is.
struct Known<'a> {
    unit: Unit,
    program: &'a str,
    state: &'a str,
}

impl<'a> Known<'a> {
    fn read(files: &'a Vfs, unit: Unit) -> Self {
        let program = files.text(&unit.program());
        // What a start opens: a copy anywhere else, also in a folder below, is only kept.
        let state = files.text(&format!("{}/state.db", unit.value("data")));
        Self { unit, program, state }
    }

    /// Whether it would run the program of a service, or work on its data.
    fn is_of(&self, service: &Service) -> bool {
        service.releases.iter().any(|(_, build)| self.program.contains(build.as_str()))
            || self.state.contains(&service.instance)
    }
}

fn running(files: &Vfs, service: &Service, own: &[&Unit], ways: &mut Ways) {
    let programs = format!("{}/", places::releases(&service.name));
    for (file, _) in files.list(places::RUNNING).unwrap_or_default() {
        let Some(name) = file.strip_suffix(".pid") else { continue };
        let path = places::running(name);
        let text = files.text(&path);
        let same = name == service.name
            || text.contains(&programs)
            || own.iter().any(|unit| unit.name == name);
        if same {
            let what = format!("{name} is running");
            ways.insert((Way::Running, name.to_owned()), Found { what, path });
        }
    }
}

/// What the supervisor will start.
struct Plan {
    boot: Vec<String>,
    watchdog: Vec<(String, bool)>,
    starts: BTreeSet<String>,
    enables: BTreeSet<String>,
}

impl Plan {
    fn read(files: &Vfs, from: u64) -> Self {
        let schedule = unit::schedule(files, from);
        let named = |verbs: &[&str]| -> BTreeSet<String> {
            let found = schedule.iter().filter(|entry| verbs.contains(&entry.verb.as_str()));
            found.flat_map(|entry| entry.rest.split_whitespace().map(str::to_owned)).collect()
        };
        Self {
            boot: unit::start_list(files),
            watchdog: unit::watchdog(files),
            starts: named(&["start", "restart"]),
            enables: named(&["enable"]),
        }
    }

    fn starts(&self, unit: &Unit, ways: &mut Ways) {
        let name = &unit.name;
        let mut add = |way: Way, path: &str, what: String| {
            ways.insert((way, name.clone()), Found { what, path: path.to_owned() });
        };
        let watched = self.watchdog.iter().find(|(found, _)| found == name);
        let revived = watched.is_some_and(|(_, revive)| *revive);
        let (enabled, later) = (unit.is_enabled(), self.enables.contains(name));
        let listed = self.boot.contains(name);
        if listed && enabled {
            let what = format!("{name} is enabled and on the start list");
            add(Way::StartList, places::START_LIST, what);
        }
        if revived || (watched.is_some() && enabled) {
            let how = if revived { "revives it" } else { "starts it, and it is enabled" };
            add(Way::Watchdog, places::WATCHDOG, format!("{name}: the watchdog {how}"));
        }
        if later && !enabled && (listed || watched.is_some()) {
            add(Way::Schedule, places::SCHEDULE, format!("the schedule enables {name} again"));
        }
        if self.starts.contains(name) && (enabled || later || revived) {
            add(Way::Schedule, places::SCHEDULE, format!("the schedule starts {name}"));
        }
    }
}

/// Valid tokens that are the service's by owner or by secret.
fn tokens(files: &Vfs, rows: &[Row], service: &Service, own: &[&Unit], ways: &mut Ways) {
    let mut secrets = BTreeSet::from([service.token.fingerprint().to_owned()]);
    let held = own.iter().map(|unit| unit.value("secret").to_owned());
    for path in held.chain([places::secret(&service.name)]) {
        let text = files.text(&path);
        secrets.extend(text.trim().get(..FINGERPRINT).map(str::to_owned));
    }
    for row in rows.iter().filter(|row| row.valid) {
        let owns = row.owner == service.name || own.iter().any(|unit| unit.name == row.owner);
        if owns || secrets.contains(&row.fingerprint) {
            let what = format!("token {} of {} is valid", row.id, row.owner);
            ways.insert(
                (Way::Token, row.id.clone()),
                Found { what, path: places::TOKENS.to_owned() },
            );
        }
    }
}

/// Scheduled commands that were not there at the start, or whose script is not as it was.
fn fresh_commands(pristine: &Vfs, files: &Vfs, from: u64) -> Vec<Entry> {
    let known = unit::schedule(pristine, from);
    let script = |files: &Vfs| files.read(places::NIGHTLY).map(<[u8]>::to_vec).ok();
    let changed = script(pristine) != script(files);
    let mut found = unit::schedule(files, from);
    found.retain(|entry| entry.verb == "run" && (changed || !known.contains(entry)));
    found.dedup();
    found
}
