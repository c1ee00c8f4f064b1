//! The files of the supervisor, read as the supervisor reads them: units, start list, watchdog
//! list, schedule and tokens.

use kit::Vfs;
use kit::calendar::{self, HOUR, MINUTE};

use crate::places;

/// One unit: keys and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// The file's name without suffix.
    pub name: String,
    lines: Vec<(String, String)>,
}

impl Unit {
    /// The last value of a key; empty where there is none.
    #[must_use]
    pub fn value(&self, key: &str) -> &str {
        self.lines.iter().rfind(|(found, _)| found == key).map_or("", |(_, value)| value)
    }

    /// Whether the supervisor may start it.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        ["yes", "true", "on", "1"].contains(&self.value("enabled").to_lowercase().as_str())
    }

    /// The program that a start runs.
    #[must_use]
    pub fn program(&self) -> String {
        format!("{}/{}/run", self.value("program"), self.value("release"))
    }

    /// Whether a start finds a program that it can run.
    #[must_use]
    pub fn can_start(&self, files: &Vfs) -> bool {
        files.read(&self.program()).is_ok()
            && files.entry(&self.program()).is_ok_and(|entry| entry.mode & 0o111 != 0)
    }
}

/// The unit of that name, if there is one.
#[must_use]
pub fn load(files: &Vfs, name: &str) -> Option<Unit> {
    files.read(&places::unit(name)).ok()?;
    let pairs = lines(files.text(&places::unit(name))).filter_map(|line| line.split_once('='));
    let lines = pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
    Some(Unit { name: name.to_owned(), lines: lines.collect() })
}

/// Every unit, by name.
#[must_use]
pub fn all(files: &Vfs) -> Vec<Unit> {
    let found = files.list(places::UNITS).unwrap_or_default();
    let names = found.into_iter().filter_map(|(name, _)| name.strip_suffix(".conf"));
    names.filter_map(|name| load(files, name)).collect()
}

/// Names of the start list: the last word of each line.
#[must_use]
pub fn start_list(files: &Vfs) -> Vec<String> {
    let text = files.text(places::START_LIST);
    lines(text).filter_map(|line| line.split_whitespace().last().map(str::to_owned)).collect()
}

/// Names of the watchdog list, and whether the watchdog enables them first.
#[must_use]
pub fn watchdog(files: &Vfs) -> Vec<(String, bool)> {
    let text = files.text(places::WATCHDOG);
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.to_owned();
        Some((name, words.next() == Some("revive")))
    };
    lines(text).filter_map(entry).collect()
}

/// One line of the schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `start`, `restart`, `stop`, `enable`, `disable` or `run`.
    pub verb: String,
    /// Names, or the command of `run`.
    pub rest: String,
}

/// The lines of the schedule that are still to come at `from`, in their order. A line that the
/// supervisor does not understand is left out, as it leaves it out.
#[must_use]
pub fn schedule(files: &Vfs, from: u64) -> Vec<Entry> {
    let text = files.text(places::SCHEDULE);
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let (when, clock, verb) = (words.next()?, words.next()?, words.next()?);
        let rest = words.collect::<Vec<_>>().join(" ");
        is_to_come(when, clock, from).then(|| Entry { verb: verb.to_owned(), rest })
    };
    lines(text).filter_map(entry).collect()
}

/// One row of the token list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What lists call it.
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// Whether it opens anything.
    pub valid: bool,
    /// The first digits of its secret.
    pub fingerprint: String,
}

/// Every token.
#[must_use]
pub fn tokens(files: &Vfs) -> Vec<Row> {
    let text = files.text(places::TOKENS);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [id, owner, _, _, state, fingerprint] = cells.as_slice() else { return None };
        Some(Row {
            id: (*id).to_owned(),
            owner: (*owner).to_owned(),
            valid: *state == "valid",
            fingerprint: (*fingerprint).to_owned(),
        })
    };
    lines(text).filter_map(row).collect()
}

/// Lines with something on them, without comments.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let bare = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    bare.filter(|line| !line.is_empty())
}

fn is_to_come(when: &str, clock: &str, from: u64) -> bool {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let Some(minutes) = minutes(clock) else { return false };
    let when = when.to_lowercase();
    if when == "daily" || DAYS.contains(&when.as_str()) {
        return true;
    }
    let numbers: Vec<Option<u64>> = when.split('-').map(|part| part.parse().ok()).collect();
    let [Some(year), Some(month), Some(day)] = numbers[..] else { return false };
    let known =
        (1970..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    known && calendar::at(year, month, day) + minutes * MINUTE >= from
}

fn minutes(clock: &str) -> Option<u64> {
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute) = (hour.parse::<u64>().ok()?, minute.parse::<u64>().ok()?);
    (hour < 24 && minute < 60).then_some((hour * HOUR + minute * MINUTE) / MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(path: &str, text: &str) -> Vfs {
        let mut files = Vfs::new(0);
        files.place(path, text, 0, 0o644);
        files
    }

    #[test]
    fn units_are_read_with_their_last_word() {
        let files = files(&places::unit("a"), "# a\nenabled = yes\nport = 1\nenabled = No # x\n");
        let unit = load(&files, "a").expect("a unit");
        assert!(!unit.is_enabled());
        assert_eq!((unit.value("port"), unit.value("about")), ("1", ""));
        assert_eq!(load(&files, "b"), None);
        assert_eq!(all(&files).len(), 1);
    }

    #[test]
    fn lists_leave_out_what_is_no_line() {
        let list = files(places::START_LIST, "# first\n10 a\n\n#20 b\n30 c # last\n");
        assert_eq!(start_list(&list), ["a", "c"]);
        let list = files(places::WATCHDOG, "a restart\nb revive\n");
        assert_eq!(watchdog(&list), [("a".to_owned(), false), ("b".to_owned(), true)]);
    }

    #[test]
    fn a_schedule_holds_what_is_to_come() {
        let text = "daily 03:10 restart a\nSun 04:00 run /x --y\n2026-03-11 10:00 start b\n2026-03-12 10:00 start c\nnever 1:00 start d\ndaily 27:00 start e\n";
        let list = files(places::SCHEDULE, text);
        let found = schedule(&list, calendar::at(2026, 3, 12));
        let rest: Vec<&str> = found.iter().map(|entry| entry.rest.as_str()).collect();
        assert_eq!(rest, ["a", "/x --y", "c"]);
    }

    #[test]
    fn tokens_are_rows_of_six() {
        let list = files(
            places::TOKENS,
            "# id,owner,scope,issued,state,fingerprint\nt1,a,s,d,valid,ff\nt2,a,s,d,revoked,fe\nt3,b\n",
        );
        let rows = tokens(&list);
        assert_eq!(rows.len(), 2);
        assert!(rows[0].valid && !rows[1].valid && rows[0].fingerprint == "ff");
    }
}
