//! The night after the review: what the nightly job does with the list that it finds.
//!
//! The job is a program of the host (`fleetctl apply`), started by a line in `/etc/cron.d`. It
//! reads its settings, the list and the exceptions; nothing else decides.

use std::collections::BTreeSet;

use kit::Vfs;
use kit::calendar::{self, DAY, HOUR, MINUTE};

use crate::figures::{Decision, setting};
use crate::places;
use crate::table::Table;

/// One line of a decision list that the job can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The service, as the fleet spells it.
    pub service: String,
    /// What becomes of it.
    pub decision: Decision,
    /// The partner of a merge.
    pub into: String,
    /// The day from which it holds, as `2025-07-10`.
    pub effective: String,
}

/// What one night brings.
#[derive(Clone, Debug, Default)]
pub struct Night {
    /// Services that are switched off.
    pub off: BTreeSet<String>,
    /// What the job says, line by line.
    pub lines: Vec<String>,
}

/// The list as the job reads it; a list with an error is refused as a whole.
///
/// # Errors
/// Everything that is wrong with it, in words.
pub fn read_list(fleet: &[String], text: &str) -> Result<Vec<Entry>, Vec<String>> {
    let table = Table::read(text);
    let mut problems = Vec::new();
    for column in ["service", "decision", "effective"] {
        if !table.has(column) {
            problems.push(format!("there is no column {column}"));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut entries: Vec<Entry> = Vec::new();
    for row in table.rows() {
        let word = row.text("service");
        let Some(service) = fleet.iter().find(|name| name.eq_ignore_ascii_case(word)) else {
            problems.push(format!("no service is called \"{word}\""));
            continue;
        };
        if entries.iter().any(|entry| entry.service == *service) {
            problems.push(format!("{service} is listed twice"));
            continue;
        }
        let Some(decision) = Decision::read(row.text("decision")) else {
            problems.push(format!("{service}: \"{}\" is no decision", row.text("decision")));
            continue;
        };
        let (into, effective) = (row.text("into").to_owned(), row.text("effective").to_owned());
        if !is_date(&effective) {
            problems.push(format!("{service}: \"{effective}\" is no date"));
        } else if decision == Decision::Merge && !fleet.contains(&into) {
            problems.push(format!("{service}: no service to merge into"));
        }
        entries.push(Entry { service: service.clone(), decision, into, effective });
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

/// The list that the job would read tonight, as its settings name it.
#[must_use]
pub fn list_path(files: &Vfs, config: &str) -> Option<String> {
    let text = files.read_text(config).ok()?;
    setting(&text, "list").map(str::to_owned)
}

/// The settings that the jobs of a schedule read.
#[must_use]
pub fn configs(schedule: &str) -> Vec<String> {
    schedule.lines().filter_map(job).map(|(_, config)| config).collect()
}

/// Settings of every job that is started until noon of the next day, with the time of its start.
#[must_use]
pub fn starts(files: &Vfs) -> Vec<(u64, String)> {
    let mut jobs = Vec::new();
    for (name, _) in files.list(places::CRON).unwrap_or_default() {
        let text = files.read_text(&format!("{}/{name}", places::CRON)).unwrap_or_default();
        jobs.extend(text.lines().filter_map(job));
    }
    let end = calendar::midnight(files.now()) + DAY + 12 * HOUR;
    let mut found = Vec::new();
    for (fields, config) in jobs {
        let minutes: Vec<u64> = (0..60).filter(|&minute| fits(&fields[0], minute)).collect();
        let mut hour = files.now() - files.now() % HOUR;
        while hour <= end {
            if is_due(&fields, hour) {
                let times = minutes.iter().map(|minute| hour + minute * MINUTE);
                let times = times.filter(|time| (files.now() + 1..=end).contains(time));
                found.extend(times.map(|time| (time, config.clone())));
            }
            hour += HOUR;
        }
    }
    found.sort();
    found
}

/// Plays the night.
#[must_use]
pub fn play(fleet: &[String], files: &Vfs) -> Night {
    let mut night = Night::default();
    for (at, config) in starts(files) {
        apply(fleet, files, at, &config, &mut night);
    }
    if night.lines.is_empty() {
        night.lines.push("no run of the nightly job is due".to_owned());
    }
    night
}

fn apply(fleet: &[String], files: &Vfs, at: u64, config: &str, night: &mut Night) {
    let time = calendar::date_time(at);
    let Ok(settings) = files.read_text(config) else {
        night.lines.push(format!("{time} {config} cannot be read"));
        return;
    };
    if setting(&settings, "enabled").is_some_and(|word| word != "yes") {
        night.lines.push(format!("{time} the job is not enabled"));
        return;
    }
    let path = setting(&settings, "list").unwrap_or_default();
    let Ok(text) = files.read_text(path) else {
        night.lines.push(format!("{time} there is no list at {path}"));
        return;
    };
    let entries = match read_list(fleet, &text) {
        Ok(entries) => entries,
        Err(problems) => {
            night.lines.push(format!("{time} the list is refused: {}", problems.join("; ")));
            return;
        }
    };
    let words = |key: &str| -> Vec<String> {
        let value = setting(&settings, key).unwrap_or_default();
        value.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (actions, skipped) = (words("actions"), words("skip"));
    let path = setting(&settings, "exceptions").unwrap_or_default();
    let excepted = excepted(&files.read_text(path).unwrap_or_default(), at);
    for Entry { service, decision, into, effective } in entries {
        let why = if decision == Decision::Keep {
            continue;
        } else if effective > calendar::date(at) {
            format!("waits until {effective}")
        } else if excepted.contains(&service.to_lowercase()) {
            "has an exception".to_owned()
        } else if skipped.iter().any(|word| word.eq_ignore_ascii_case(&service)) {
            "is skipped".to_owned()
        } else if !actions.iter().any(|word| word == decision.word()) {
            format!("{} is not among the actions", decision.word())
        } else if decision == Decision::Off {
            night.lines.push(format!("{time} {service}: off"));
            night.off.insert(service);
            continue;
        } else {
            night.lines.push(format!("{time} {service}: merge into {into}"));
            continue;
        };
        night.lines.push(format!("{time} {service}: {why}"));
    }
}

/// Services with an exception that has not passed at `at`, in lower case.
#[must_use]
pub fn excepted(text: &str, at: u64) -> BTreeSet<String> {
    let day = calendar::date(at);
    let table = Table::read(text);
    let valid = table.rows().filter(|row| is_date(row.text("until")) && *row.text("until") >= *day);
    valid.map(|row| row.text("service").to_lowercase()).collect()
}

fn is_date(text: &str) -> bool {
    let shape = |at: usize, byte: u8| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(|(at, byte)| shape(at, byte))
}

/// The fields and the settings of a line that starts the job; none for any other line.
fn job(line: &str) -> Option<([String; 5], String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| word.rsplit('/').next() == Some("fleetctl"))?;
    if line.trim_start().starts_with('#') || at < 6 || words.get(at + 1) != Some(&"apply") {
        return None;
    }
    let config = words.iter().position(|&word| word == "--config");
    let config = config.and_then(|at| words.get(at + 1)).unwrap_or(&places::NIGHTLY);
    let fields = [0, 1, 2, 3, 4].map(|field| words[field].to_owned());
    Some((fields, (*config).to_owned()))
}

/// Whether a job has starts in the hour that begins at `hour`.
fn is_due(fields: &[String; 5], hour: u64) -> bool {
    if !fits(&fields[1], hour % DAY / HOUR) {
        return false;
    }
    let date = calendar::date(hour);
    let part = |from: usize, to: usize| date[from..to].parse().unwrap_or(0);
    // Day 0 of the calendar was a Thursday, day 4 of cron's week.
    let weekday = (hour / DAY + 4) % 7;
    let sunday = weekday == 0 && fits(&fields[4], 7);
    fits(&fields[2], part(8, 10))
        && fits(&fields[3], part(5, 7))
        && (fits(&fields[4], weekday) || sunday)
}

fn fits(field: &str, value: u64) -> bool {
    field.split(',').any(|item| {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let step: u64 = step.parse().unwrap_or(1).max(1);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_schedule() {
        assert!(fits("*", 5) && fits("5", 5) && fits("1,5", 5) && fits("*/5", 10));
        assert!(fits("1-5", 5) && !fits("1-4", 5) && !fits("x", 5) && !fits("6", 5));
        let line = "30 1 * * * fleet /usr/bin/fleetctl apply --config /a.conf";
        let (fields, config) = job(line).expect("a job");
        assert_eq!(config, "/a.conf");
        // Thursday, 1 January 1970, from one o'clock on.
        assert!(is_due(&fields, HOUR) && !is_due(&fields, 2 * HOUR));
        assert!(job(&format!("# {line}")).is_none());
        assert!(job("30 1 * * * fleet /usr/bin/backup").is_none());
    }

    #[test]
    fn a_list_is_read_as_a_whole_or_not_at_all() {
        let fleet = ["fern".to_owned(), "moss".to_owned()];
        let head = "service,decision,into,effective\n";
        let read = |rows: &str| read_list(&fleet, &format!("{head}{rows}"));
        assert_eq!(
            read("fern,off,,2025-07-10\nmoss,merge,fern,2025-07-10\n").map(|l| l.len()),
            Ok(2)
        );
        assert_eq!(read("").map(|l| l.len()), Ok(0));
        for wrong in [
            "reed,off,,2025-07-10",
            "fern,stop,,2025-07-10",
            "fern,off,,soon",
            "fern,off,,2025-07-10\nfern,keep,,2025-07-10",
            "moss,merge,,2025-07-10",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read_list(&fleet, "fern,off\n").is_err());
    }
}
