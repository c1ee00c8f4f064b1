//! The rule of the review: from jobs, teams, incidents and costs to points, and from points to a
//! decision.

use std::collections::BTreeMap;

use kit::Vfs;

use crate::places;
use crate::table::Table;

/// What becomes of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It stays as it is.
    Keep,
    /// It goes on beside its partner.
    Merge,
    /// It is switched off for good.
    Off,
}

impl Decision {
    /// As lists say it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Merge => "merge",
            Self::Off => "off",
        }
    }

    /// From the word of a list.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        let all = [Self::Keep, Self::Merge, Self::Off];
        all.into_iter().find(|one| one.word().eq_ignore_ascii_case(word))
    }
}

/// The numbers of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs for one usage point.
    pub jobs: i64,
    /// Most usage points.
    pub usage_most: i64,
    /// Points for each team.
    pub team: i64,
    /// Points of a severe, an ordinary and a minor incident.
    pub incident: [i64; 3],
    /// Euro for one cost point.
    pub euro: i64,
    /// A score from here on: keep.
    pub keep: i64,
    /// A score from here on, below keep: merge.
    pub merge: i64,
}

/// Words for the severity of an incident, in the order of [`Limits::incident`].
pub const SEVERITIES: [&str; 3] = ["severe", "ordinary", "minor"];

const KEYS: [&str; 9] = [
    "jobs_per_point",
    "usage_points_most",
    "points_per_team",
    "points_severe",
    "points_ordinary",
    "points_minor",
    "euro_per_point",
    "keep_from",
    "merge_from",
];

impl Limits {
    /// What a score comes to.
    #[must_use]
    pub fn due(&self, score: i64) -> Decision {
        if score >= self.keep {
            Decision::Keep
        } else if score >= self.merge {
            Decision::Merge
        } else {
            Decision::Off
        }
    }

    /// The file with the numbers.
    #[must_use]
    pub fn text(&self) -> String {
        let [severe, ordinary, minor] = self.incident;
        let values = [
            self.jobs,
            self.usage_most,
            self.team,
            severe,
            ordinary,
            minor,
            self.euro,
            self.keep,
            self.merge,
        ];
        KEYS.iter().zip(values).map(|(key, value)| format!("{key} = {value}\n")).collect()
    }

    /// Reads the file; none where a number is missing or cannot be used.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut values = [0; 9];
        for (key, value) in KEYS.iter().zip(&mut values) {
            *value = setting(text, key)?.parse().ok()?;
        }
        let [jobs, usage_most, team, severe, ordinary, minor, euro, keep, merge] = values;
        let incident = [severe, ordinary, minor];
        let usable = jobs > 0 && euro > 0;
        usable.then_some(Self { jobs, usage_most, team, incident, euro, keep, merge })
    }
}

/// The last value of a key in a file of `key = value` lines.
#[must_use]
pub fn setting<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.filter(|(found, _)| found.trim() == key).map(|(_, value)| value.trim()).next_back()
}

/// Names of the columns of [`Points::each`].
pub const COLUMNS: [&str; 4] = ["usage", "reach", "incidents", "cost"];

/// The points of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// For jobs.
    pub usage: i64,
    /// For teams.
    pub reach: i64,
    /// To be taken off for incidents.
    pub incidents: i64,
    /// To be taken off for costs.
    pub cost: i64,
}

impl Points {
    /// What they come to.
    #[must_use]
    pub fn score(&self) -> i64 {
        let all = self.usage.saturating_add(self.reach);
        all.saturating_sub(self.incidents).saturating_sub(self.cost)
    }

    /// In the order of [`COLUMNS`].
    #[must_use]
    pub fn each(&self) -> [i64; 4] {
        [self.usage, self.reach, self.incidents, self.cost]
    }

    /// From the order of [`COLUMNS`].
    #[must_use]
    pub fn from_each([usage, reach, incidents, cost]: [i64; 4]) -> Self {
        Self { usage, reach, incidents, cost }
    }
}

/// Works the points of all services out from the source files as they are.
#[must_use]
pub fn from_sources(
    files: &Vfs,
    limits: &Limits,
    quarter: &str,
    months: &[String],
) -> BTreeMap<String, Points> {
    let table = |path: &str| Table::read(&files.read_text(path).unwrap_or_default());
    let mut jobs: BTreeMap<String, i64> = BTreeMap::new();
    let mut points: BTreeMap<String, Points> = BTreeMap::new();
    for month in months {
        for row in table(&places::usage(month)).rows() {
            let name = row.text("service").to_lowercase();
            let found = row.number("jobs").unwrap_or(0);
            let sum = jobs.entry(name.clone()).or_default();
            *sum = sum.saturating_add(found);
            // The teams of the last month count: later months write over earlier ones.
            let teams = row.number("teams").unwrap_or(0);
            points.entry(name).or_default().reach = teams.saturating_mul(limits.team);
        }
    }
    for row in table(&places::incidents(quarter)).rows() {
        let severity = SEVERITIES.iter().position(|&word| word == row.text("severity"));
        if let (Some(at), "yes") = (severity, row.text("confirmed")) {
            let found = points.entry(row.text("service").to_lowercase()).or_default();
            found.incidents += limits.incident[at];
        }
    }
    for row in table(&places::costs(quarter)).rows() {
        let parts = ["compute", "licences", "storage"].map(|part| row.number(part).unwrap_or(0));
        let sum = parts.into_iter().fold(0, i64::saturating_add);
        points.entry(row.text("service").to_lowercase()).or_default().cost = sum / limits.euro;
    }
    for (name, sum) in jobs {
        points.entry(name).or_default().usage = (sum / limits.jobs).min(limits.usage_most);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_back() {
        let limits = Limits {
            jobs: 80,
            usage_most: 60,
            team: 3,
            incident: [6, 3, 1],
            euro: 200,
            keep: 42,
            merge: 27,
        };
        assert_eq!(Limits::read(&limits.text()), Some(limits));
        assert_eq!(Limits::read("keep_from = 3\n"), None);
        assert_eq!(Limits::read(&limits.text().replace("= 80", "= 0")), None);
        assert_eq!(limits.due(42), Decision::Keep);
        assert_eq!(limits.due(41), Decision::Merge);
        assert_eq!(limits.due(26), Decision::Off);
        assert_eq!(Decision::read("OFF"), Some(Decision::Off));
        assert_eq!(Decision::read("stop"), None);
    }
}
