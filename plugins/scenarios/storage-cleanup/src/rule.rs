//! The rule of the clean-up, followed as it stands on the machine: from the catalogue, the owners,
//! the holds, the settings and the dates of the files.

use kit::Vfs;
use kit::calendar::{self, DAY};
use kit::vfs::Node;

use crate::places;

/// What the rule says of an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Nobody has used it for long.
    Unused,
    /// Its team is closed.
    NoOwner,
    /// It is a copy.
    Copy,
    /// It stays: on hold.
    Held,
    /// It stays: used or entered not long ago.
    InUse,
    /// It stays: its files were written not long ago.
    Rewritten,
}

impl Ruling {
    /// Whether it is deleted.
    #[must_use]
    pub fn deletes(self) -> bool {
        matches!(self, Self::Unused | Self::NoOwner | Self::Copy)
    }
}

/// A row of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The artifact.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Midnight of the day of its last use; none where the day cannot be read.
    pub last_used: Option<u64>,
    /// The artifact of which it is a copy; empty otherwise.
    pub copy_of: String,
    /// The row as it stands.
    pub text: String,
}

/// The rows of the catalogue, in their order.
#[must_use]
pub fn rows(files: &Vfs) -> Vec<Row> {
    let text = files.read_text(places::CATALOGUE).unwrap_or_default();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim().split(',').map(str::trim).collect();
        (cells.len() >= 5).then(|| Row {
            name: cells[0].to_owned(),
            owner: cells[2].to_owned(),
            last_used: day(cells[4]),
            copy_of: cells.get(5).map_or("", |cell| cell).to_owned(),
            text: line.trim().to_owned(),
        })
    };
    text.lines().skip(1).filter_map(row).collect()
}

/// What the rule is followed by, as it stands on the machine.
#[derive(Clone, Debug)]
pub struct Tables {
    rows: Vec<Row>,
    holds: String,
    owners: String,
    /// Days after which an artifact that nobody uses is deleted. Without the setting nothing is old:
    /// the rule cannot be followed.
    keep_days: Option<u64>,
}

impl Tables {
    /// Reads them.
    #[must_use]
    pub fn read(files: &Vfs) -> Self {
        Self {
            rows: rows(files),
            holds: files.read_text(places::HOLDS).unwrap_or_default(),
            owners: files.read_text(places::OWNERS).unwrap_or_default(),
            keep_days: setting(files.text(places::SETTINGS), "keep_days"),
        }
    }

    /// The limit that is set.
    #[must_use]
    pub fn keep_days(&self) -> Option<u64> {
        self.keep_days
    }

    /// What the rule says on the day `today` of the artifact `name`, whose files lie in `folder`;
    /// none when the catalogue has no row for it.
    #[must_use]
    pub fn ruling(&self, files: &Vfs, name: &str, folder: &str, today: u64) -> Option<Ruling> {
        let row = self.rows.iter().find(|row| row.name == name)?;
        if hold(&self.holds, name, today).is_some() {
            return Some(Ruling::Held);
        }
        if is_closed(&self.owners, &row.owner) {
            return Some(Ruling::NoOwner);
        }
        if !row.copy_of.is_empty() && row.copy_of != name {
            return Some(Ruling::Copy);
        }
        let limit = self.keep_days.unwrap_or(u64::MAX);
        let old = |time: u64| today.saturating_sub(time - time % DAY) / DAY > limit;
        if !row.last_used.is_some_and(old) {
            return Some(Ruling::InUse);
        }
        let rewritten = newest(files, folder).is_some_and(|time| !old(time));
        Some(if rewritten { Ruling::Rewritten } else { Ruling::Unused })
    }
}

/// The day until which a hold on `name` runs, if one runs until `today` or later.
#[must_use]
pub fn hold(holds: &str, name: &str, today: u64) -> Option<u64> {
    let found = holds.lines().filter_map(|line| {
        let mut cells = line.split(',').map(str::trim);
        let (artifact, until) = (cells.next()?, day(cells.next()?)?);
        (artifact == name && until >= today).then_some(until)
    });
    found.max()
}

/// When the newest file at or below a folder was changed; none when there is no file.
#[must_use]
pub fn newest(files: &Vfs, folder: &str) -> Option<u64> {
    let below = files.iter().filter(|(path, _)| places::is_below(path, folder));
    let times = below.filter(|(_, entry)| matches!(entry.node, Node::File(_)));
    times.map(|(_, entry)| entry.modified).max()
}

/// The number after `name =` in a file of settings.
#[must_use]
pub fn setting(text: &str, name: &str) -> Option<u64> {
    let mut found = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        if key.trim() == name { value.trim().parse().ok() } else { None }
    });
    found.next_back()
}

fn is_closed(owners: &str, team: &str) -> bool {
    owners.lines().any(|line| {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        cells.first() == Some(&team) && cells.get(2) == Some(&"closed")
    })
}

/// Midnight of a day such as `2025-03-09`.
#[must_use]
pub fn day(text: &str) -> Option<u64> {
    let mut parts = text.trim().split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let sound =
        (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (sound && parts.next().is_none()).then(|| calendar::at(year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_or_not() {
        assert_eq!(day("1970-01-02"), Some(DAY));
        for wrong in ["", "2025-13-01", "2025-01", "2025-01-01-01", "today", "1969-01-01"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn holds_run_until_their_day() {
        let holds = "artifact,until,entered_by,reason\na,1970-01-11,x,y\nb,never,x,y\n";
        assert_eq!(hold(holds, "a", 10 * DAY), Some(10 * DAY));
        assert_eq!(hold(holds, "a", 11 * DAY), None);
        assert_eq!(hold(holds, "b", 0), None);
    }

    #[test]
    fn the_last_setting_counts() {
        assert_eq!(setting("# x\nkeep_days = 90\nkeep_days=80\n", "keep_days"), Some(80));
        assert_eq!(setting("keep_days = many\n", "keep_days"), None);
    }
}
