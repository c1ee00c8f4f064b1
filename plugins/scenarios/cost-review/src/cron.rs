//! Lines of `/etc/cron.d`: when they are due, who runs them, and what.

use kit::Vfs;
use kit::calendar::{DAY, HOUR, MINUTE, date, weekday};

use crate::places;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The file that it stands in.
    pub file: String,
    fields: Vec<String>,
    /// The command, without the user who runs it.
    pub command: String,
}

impl Job {
    /// The first minute from `from` on, and before `until`, at which it is due.
    #[must_use]
    pub fn due(&self, from: u64, until: u64) -> Option<u64> {
        let mut minute = from.div_ceil(MINUTE) * MINUTE;
        while minute < until {
            // A night has many minutes: whole hours are passed over first.
            if !fits(&self.fields[1], minute % DAY / HOUR) {
                minute += HOUR - minute % HOUR;
            } else if self.is_due(minute) {
                return Some(minute);
            } else {
                minute += MINUTE;
            }
        }
        None
    }

    fn is_due(&self, minute: u64) -> bool {
        if !fits(&self.fields[0], minute % HOUR / MINUTE) {
            return false;
        }
        let day = date(minute);
        let mut numbers = day.split('-').skip(1).map(|part| part.parse().unwrap_or(1));
        let (month, of_month) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1));
        let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
        let of_week = days.iter().position(|name| *name == weekday(minute)).unwrap_or(0) as u64;
        // Sunday has two numbers.
        let week = &self.fields[4];
        fits(&self.fields[2], of_month)
            && fits(&self.fields[3], month)
            && (fits(week, of_week) || (of_week == 0 && fits(week, 7)))
    }
}

fn fits(field: &str, value: u64) -> bool {
    field.split(',').any(|part| {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let Some(step) = step.parse::<u64>().ok().filter(|step| *step > 0) else { return false };
        let (low, high) = match range.split_once('-') {
            _ if range == "*" => (0, u64::MAX),
            Some((low, high)) => match (low.parse(), high.parse()) {
                (Ok(low), Ok(high)) => (low, high),
                _ => return false,
            },
            None => match range.parse() {
                Ok(number) => (number, number),
                Err(_) => return false,
            },
        };
        (low..=high).contains(&value) && (value - low).is_multiple_of(step)
    })
}

/// All jobs of the machine, in the order in which cron reads them. As cron does, files with a dot
/// in their name are passed over.
#[must_use]
pub fn jobs(files: &Vfs) -> Vec<Job> {
    let entries = files.list(places::JOBS).unwrap_or_default();
    let names = entries.into_iter().map(|(name, _)| name).filter(|name| !name.contains('.'));
    names
        .flat_map(|name| {
            let file = format!("{}/{name}", places::JOBS);
            let text = files.read_text(&file).unwrap_or_default();
            text.lines().filter_map(|line| job(&file, line)).collect::<Vec<_>>()
        })
        .collect()
}

fn job(file: &str, line: &str) -> Option<Job> {
    let line = match line.trim().split_once(char::is_whitespace) {
        // What no night sees, such as `@reboot`, stays as it is and is no line with five fields.
        Some((word, rest)) if word.starts_with('@') => {
            let fields = match word {
                "@daily" | "@midnight" => "0 0 * * *",
                "@hourly" => "0 * * * *",
                other => other,
            };
            format!("{fields} {rest}")
        }
        _ => line.to_owned(),
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    if line.trim_start().starts_with('#') || words.len() < 7 {
        return None;
    }
    let fields = words[..5].iter().map(|&word| word.to_owned()).collect();
    Some(Job { file: file.to_owned(), fields, command: words[6..].join(" ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::calendar::{at, date_time};

    fn next(line: &str) -> Option<String> {
        let from = at(2025, 3, 5) + 10 * HOUR;
        job("f", line)?.due(from, from + 2 * DAY).map(date_time)
    }

    #[test]
    fn lines_are_due_when_cron_says() {
        assert_eq!(next("30 23 * * * u sweep run").unwrap(), "2025-03-05 23:30");
        assert_eq!(next("*/20 9,12-13 * * * u x").unwrap(), "2025-03-05 12:00");
        // 5 March 2025 was a Wednesday.
        assert_eq!(next("0 4 * * 4 u x").unwrap(), "2025-03-06 04:00");
        assert_eq!(next("0 4 6 3 * u x").unwrap(), "2025-03-06 04:00");
        assert_eq!(next("0 4 8 * * u x"), None);
        assert_eq!(next("# 30 23 * * * u sweep run"), None);
        assert_eq!(next("70 23 * * * u x"), None);
        assert_eq!(next("x 23 * * * u x"), None);
        assert_eq!(next("@daily u sweep run").unwrap(), "2025-03-06 00:00");
        assert_eq!(next("@reboot u sweep run --quiet and more words"), None);
        let sunday = job("f", "0 0 * * 7 u x").unwrap();
        assert_eq!(
            sunday.due(at(2025, 3, 5), at(2025, 3, 12)).map(date_time).unwrap(),
            "2025-03-09 00:00"
        );
    }
}
