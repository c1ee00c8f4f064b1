//! Unit files as systemd reads them, as far as this host needs it, and the times of timers.

use kit::Vfs;
use kit::calendar::{self, DAY, HOUR, MINUTE};

use crate::places;

/// The lines of a unit and its drop-ins: section, key and value, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    lines: Vec<(String, String, String)>,
}

/// Why a unit cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// There is no such unit.
    Missing,
    /// It is linked to `/dev/null`, or empty.
    Masked,
}

/// Reads a unit with its drop-ins; `name` has its suffix.
///
/// # Errors
/// When there is no such unit or it is masked.
pub fn load(files: &Vfs, name: &str) -> Result<Unit, Unusable> {
    let path = places::unit(name);
    if !files.exists(&path) && files.link_entry(&path).is_err() {
        return Err(Unusable::Missing);
    }
    let text = files.read_text(&path).map_err(|_| Unusable::Masked)?;
    if text.trim().is_empty() {
        return Err(Unusable::Masked);
    }
    let mut unit = Unit::default();
    unit.read(&text);
    let folder = places::drop_ins(name);
    let additions: Vec<String> = files
        .list(&folder)
        .map(|found| found.into_iter().map(|(name, _)| name.to_owned()).collect())
        .unwrap_or_default();
    for addition in additions.iter().filter(|name| name.ends_with(".conf")) {
        unit.read(&files.read_text(&format!("{folder}/{addition}")).unwrap_or_default());
    }
    Ok(unit)
}

/// Unit files of the host, by name, in order; `suffix` such as `.timer`.
#[must_use]
pub fn names(files: &Vfs, suffix: &str) -> Vec<String> {
    let found = files.list(places::UNITS).unwrap_or_default();
    found
        .into_iter()
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.ends_with(suffix))
        .collect()
}

/// Whether a link enables the unit.
#[must_use]
pub fn is_enabled(files: &Vfs, name: &str) -> bool {
    files.link_entry(&places::wanted(name)).is_ok()
}

/// Whether the unit is active.
#[must_use]
pub fn is_active(files: &Vfs, name: &str) -> bool {
    files.exists(&places::active(name))
}

impl Unit {
    /// The values of a key in order; an empty one clears those before it.
    #[must_use]
    pub fn values(&self, section: &str, key: &str) -> Vec<&str> {
        let mut values = Vec::new();
        for (_, _, value) in self.lines.iter().filter(|(s, k, _)| s == section && k == key) {
            if value.is_empty() {
                values.clear();
            } else {
                values.push(value.as_str());
            }
        }
        values
    }

    /// The last value of a key.
    #[must_use]
    pub fn value(&self, section: &str, key: &str) -> Option<&str> {
        self.values(section, key).pop()
    }

    fn read(&mut self, text: &str) {
        let mut section = String::new();
        let joined = text.replace("\\\n", " ");
        for line in joined.lines().map(str::trim) {
            if line.starts_with('#') || line.starts_with(';') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.to_owned();
            } else if let Some((key, value)) = line.split_once('=') {
                let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
                self.lines.push((section.clone(), key, value));
            }
        }
    }
}

/// Whether an `OnCalendar` expression names the minute of `time`; false where it is not
/// understood, as systemd refuses such a timer.
#[must_use]
pub fn is_due(expression: &str, time: u64) -> bool {
    let expanded = match expression.trim() {
        "minutely" => "*-*-* *:*",
        "hourly" => "*-*-* *:00",
        "daily" | "midnight" => "*-*-* 00:00",
        "weekly" => "Mon *-*-* 00:00",
        "monthly" => "*-*-01 00:00",
        other => other,
    };
    let mut words: Vec<&str> = expanded.split_whitespace().collect();
    if matches!(words.last(), Some(&"UTC" | &"Etc/UTC")) {
        words.pop();
    }
    if words.first().is_some_and(|word| word.starts_with(char::is_alphabetic)) {
        if !weekday_fits(words[0], time) {
            return false;
        }
        words.remove(0);
    }
    match words.as_slice() {
        // The clock first: an afternoon has many minutes, and few of them need the calendar.
        [day, clock] if clock.contains(':') => clock_fits(clock, time) && date_fits(day, time),
        [clock] if clock.contains(':') => clock_fits(clock, time),
        // A day alone means its midnight.
        [day] => date_fits(day, time) && clock_fits("00:00", time),
        _ => false,
    }
}

/// Whether the five time fields of a crontab line name the minute of `time`.
#[must_use]
pub fn cron_due(fields: &[&str], time: u64) -> bool {
    let &[minute, hour, day, month, weekday] = fields else { return false };
    let fits = |field: &str, value| field_fits(&field.replace('-', ".."), value);
    if !fits(minute, time % HOUR / MINUTE) || !fits(hour, time % DAY / HOUR) {
        return false;
    }
    let (_, of_year, of_month) = civil(time);
    // Day 0 was a Thursday; cron counts from Sunday.
    fits(day, of_month) && fits(month, of_year) && fits(weekday, (time / DAY + 4) % 7)
}

fn weekday_fits(words: &str, time: u64) -> bool {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let place = |word: &str| {
        let word = word.to_lowercase();
        NAMES.iter().position(|name| word.starts_with(name))
    };
    let Some(today) = place(calendar::weekday(time)) else { return false };
    words.split(',').any(|part| match part.split_once("..") {
        Some((from, to)) => match (place(from), place(to)) {
            (Some(from), Some(to)) => (from..=to).contains(&today),
            _ => false,
        },
        None => place(part) == Some(today),
    })
}

fn date_fits(text: &str, time: u64) -> bool {
    let (year, month, day) = civil(time);
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [y, m, d] => field_fits(y, year) && field_fits(m, month) && field_fits(d, day),
        [m, d] => field_fits(m, month) && field_fits(d, day),
        _ => false,
    }
}

fn clock_fits(text: &str, time: u64) -> bool {
    let (hour, minute) = (time % DAY / HOUR, time % HOUR / MINUTE);
    match text.split(':').collect::<Vec<_>>().as_slice() {
        [h, m] => field_fits(h, hour) && field_fits(m, minute),
        [h, m, s] => {
            let second = s.split('.').next().unwrap_or_default();
            let sound = || (0..60).any(|value| field_fits(second, value));
            field_fits(h, hour) && field_fits(m, minute) && sound()
        }
        _ => false,
    }
}

/// `*`, `5`, `5,7`, `1..4` and any of them with `/step`.
fn field_fits(field: &str, value: u64) -> bool {
    field.split(',').any(|part| {
        let (range, step) = part.split_once('/').unwrap_or((part, ""));
        let step = if step.is_empty() { Some(None) } else { step.parse::<u64>().ok().map(Some) };
        let bounds = match range.split_once("..") {
            Some((from, to)) => from.parse().ok().zip(to.parse().ok()),
            None if range == "*" => Some((0, u64::MAX)),
            None => range.parse().ok().map(|from: u64| (from, from)),
        };
        match (bounds, step) {
            (Some((from, to)), Some(None)) => (from..=to).contains(&value),
            (Some((from, to)), Some(Some(step))) => {
                let to = if from == to { u64::MAX } else { to };
                step > 0 && (from..=to).contains(&value) && (value - from).is_multiple_of(step)
            }
            _ => false,
        }
    })
}

fn civil(time: u64) -> (u64, u64, u64) {
    let date = calendar::date(time);
    let mut numbers = date.split('-').map(|part| part.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thursday, 2026-03-12 18:30.
    fn evening() -> u64 {
        calendar::at(2026, 3, 12) + 18 * HOUR + 30 * MINUTE
    }

    #[track_caller]
    fn due(expression: &str, expected: bool) {
        assert_eq!(is_due(expression, evening()), expected, "{expression}");
    }

    #[test]
    fn calendar_expressions() {
        due("2026-03-12 18:30:00", true);
        due("Thu 2026-03-12 18:30 UTC", true);
        due("*-*-* 18:30:00", true);
        due("Mon..Fri 18:30", true);
        due("*-03-* 18:00/30", true);
        due("hourly", false);
        due("2027-03-12 18:30:00", false);
        due("2026-03-12 18:31:00", false);
        due("Fri 18:30", false);
        due("#2026-03-12 18:30:00", false);
        due("never", false);
        due("", false);
    }

    #[test]
    fn crontab_fields() {
        assert!(cron_due(&["30", "18", "*", "*", "*"], evening()));
        assert!(cron_due(&["*/10", "*", "12", "3", "1-5"], evening()));
        assert!(!cron_due(&["30", "2", "*", "*", "*"], evening()));
        assert!(!cron_due(&["30", "18", "*", "*", "0"], evening()));
    }

    #[test]
    fn drop_ins_add_and_clear() {
        let mut files = Vfs::new(0);
        files.place(&places::unit("a.timer"), "[Timer]\nOnCalendar=18:30\n", 0, 0o644);
        files.place(
            "/etc/systemd/system/a.timer.d/x.conf",
            "[Timer]\nOnCalendar=\nOnCalendar=19:00\n",
            0,
            0o644,
        );
        let unit = load(&files, "a.timer").unwrap();
        assert_eq!(unit.values("Timer", "OnCalendar"), ["19:00"]);
        files.place(&places::unit("b.timer"), "", 0, 0o644);
        assert_eq!(load(&files, "b.timer").unwrap_err(), Unusable::Masked);
        assert_eq!(load(&files, "c.timer").unwrap_err(), Unusable::Missing);
    }
}
