//! The final pass: what goes to the new machine by itself, shortly before the old one goes off.
//!
//! It is followed as the machine would: the settings and the list as they stand at the end, and
//! the dates that the file system shows.

use kit::{Vfs, calendar};

use crate::cast::Cast;
use crate::places;

/// What the settings say.
#[derive(Clone, Debug)]
pub struct Pass {
    source: String,
    cutoff: u64,
    /// Files and folders that go whatever their date.
    always: Vec<String>,
}

impl Pass {
    /// Reads the settings; what they do not say is as it was agreed.
    #[must_use]
    pub fn read(cast: &Cast, files: &Vfs) -> Self {
        let settings = files.text(places::SETTINGS);
        let source = setting(settings, "source").filter(|path| path.starts_with('/'));
        let lines = files.text(places::ALWAYS).lines().map(str::trim);
        let entries = lines.filter(|line| line.starts_with('/'));
        let paths = entries.filter_map(|line| line.split([',', '#', ' ', '\t']).next());
        Self {
            source: source.unwrap_or(places::DATA).trim_end_matches('/').to_owned(),
            cutoff: setting(settings, "cutoff").and_then(day).unwrap_or(cast.cutoff),
            always: paths.map(|path| path.trim_end_matches(['*', '/']).to_owned()).collect(),
        }
    }

    /// Whether a file of the old machine is sent.
    #[must_use]
    pub fn takes(&self, files: &Vfs, path: &str) -> bool {
        places::is_below(path, &self.source)
            && (self.is_listed(path) || changed_since(files, path, self.cutoff))
    }

    fn is_listed(&self, path: &str) -> bool {
        self.always.iter().any(|entry| places::is_below(path, entry))
    }
}

/// Whether the file system shows a change of `path` at `time` or later.
#[must_use]
pub fn changed_since(files: &Vfs, path: &str, time: u64) -> bool {
    files.entry(path).is_ok_and(|entry| entry.modified >= time)
}

/// The last line counts, as with most programs.
fn setting<'a>(settings: &'a str, key: &str) -> Option<&'a str> {
    let mut values = settings.lines().filter_map(|line| {
        let (found, value) = line.split_once('=')?;
        (found.trim() == key).then(|| value.trim().trim_matches('"'))
    });
    values.next_back()
}

/// Midnight of a day written as 2026-03-01, whatever follows it.
fn day(text: &str) -> Option<u64> {
    let mut parts = text.get(..10)?.split('-');
    let mut number = || parts.next()?.parse::<u64>().ok();
    let (year, month, day) = (number()?, number()?, number()?);
    let known = (1970..3000).contains(&year) && (1..=12).contains(&month);
    (known && (1..=31).contains(&day)).then(|| calendar::at(year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_only_where_it_is_one() {
        assert_eq!(day("2026-03-01"), Some(calendar::at(2026, 3, 1)));
        assert_eq!(day("2026-03-01 00:00"), Some(calendar::at(2026, 3, 1)));
        for wrong in ["", "never", "2026-3-1", "2026-13-01", "2026-00-00", "01.03.2026"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_last_line_of_a_setting_counts() {
        let text = "cutoff = 2026-03-01\n# cutoff = 2020-01-01\ncutoff=\"2025-01-01\"\n";
        assert_eq!(setting(text, "cutoff"), Some("2025-01-01"));
        assert_eq!(setting(text, "source"), None);
    }
}
