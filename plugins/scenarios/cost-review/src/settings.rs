//! The nightly job's two plain files: its settings, and the schedule.

use std::collections::BTreeMap;

use crate::places;

/// What `sweep.ini` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The job does its work.
    pub enabled: bool,
    /// It only says what it would do.
    pub dry_run: bool,
    /// Least idle score.
    pub min_score: u64,
    /// Days between notice and switching off.
    pub notice_days: u64,
    /// Resources that are passed over.
    pub skip: Vec<String>,
    /// Most resources of one night.
    pub max_per_night: u64,
    /// Where the job reads.
    pub files: Files,
}

/// Where the job reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Resources.
    pub inventory: String,
    /// Their tags.
    pub tags: String,
    /// Teams.
    pub teams: String,
    /// Cost centres.
    pub centres: String,
    /// Folder of the usage exports.
    pub usage: String,
    /// Folder of the budgets.
    pub budgets: String,
    /// Exemptions.
    pub exemptions: String,
    /// The schedule.
    pub schedule: String,
    /// The job's memory.
    pub state: String,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            inventory: places::INVENTORY.to_owned(),
            tags: places::TAGS.to_owned(),
            teams: places::TEAMS.to_owned(),
            centres: places::CENTRES.to_owned(),
            usage: places::USAGE.to_owned(),
            budgets: places::BUDGETS.to_owned(),
            exemptions: places::EXEMPTIONS.to_owned(),
            schedule: places::SCHEDULE.to_owned(),
            state: places::STATE.to_owned(),
        }
    }
}

impl Files {
    /// Names and paths, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> [(&'static str, &str); 9] {
        [
            ("inventory", &self.inventory),
            ("tags", &self.tags),
            ("teams", &self.teams),
            ("cost_centres", &self.centres),
            ("usage", &self.usage),
            ("budgets", &self.budgets),
            ("exemptions", &self.exemptions),
            ("schedule", &self.schedule),
            ("state", &self.state),
        ]
    }
}

impl Settings {
    /// Reads the text of a settings file.
    ///
    /// # Errors
    /// With what the job says of it before it stops.
    pub fn read(text: &str) -> Result<Self, String> {
        let values = ini(text)?;
        let value = |section: &str, key: &str| {
            let found = values.get(&(section.to_owned(), key.to_owned()));
            found.map(String::as_str).ok_or_else(|| format!("{key} is missing in [{section}]"))
        };
        let flag = |key: &str| match value("sweep", key)?.to_lowercase().as_str() {
            "yes" | "true" | "on" | "1" => Ok(true),
            "no" | "false" | "off" | "0" => Ok(false),
            other => Err(format!("{key} is {other:?}, not yes or no")),
        };
        let number = |key: &str| {
            let text = value("sweep", key)?;
            text.parse::<u64>().map_err(|_| format!("{key} is {text:?}, not a number"))
        };
        let path = |key: &str| value("files", key).map(str::to_owned);
        let names = |text: &str| {
            let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        Ok(Self {
            enabled: flag("enabled")?,
            dry_run: flag("dry_run")?,
            min_score: number("min_score")?,
            notice_days: number("notice_days")?,
            skip: names(value("sweep", "skip")?),
            max_per_night: number("max_per_night")?,
            files: Files {
                inventory: path("inventory")?,
                tags: path("tags")?,
                teams: path("teams")?,
                centres: path("cost_centres")?,
                usage: path("usage")?,
                budgets: path("budgets")?,
                exemptions: path("exemptions")?,
                schedule: path("schedule")?,
                state: path("state")?,
            },
        })
    }
}

/// Section and key to value; of a key that stands twice, the last counts.
fn ini(text: &str) -> Result<BTreeMap<(String, String), String>, String> {
    let (mut section, mut values) = (String::new(), BTreeMap::new());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim().clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.split(" #").next().unwrap_or_default().trim();
            values.insert((section.clone(), key.trim().to_owned()), value.to_owned());
        } else {
            return Err(format!("line {number} is no setting: {line:?}"));
        }
    }
    Ok(values)
}

/// One entry of the schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The resource.
    pub resource: String,
    /// The first night on which it is due, as `2025-03-09`.
    pub date: String,
    /// The request that it came with.
    pub ticket: String,
}

/// Reads the schedule: `[[switch_off]]` tables with plain keys, which is all of TOML that the job
/// knows.
///
/// # Errors
/// With what the job says of it before it stops.
pub fn read_schedule(text: &str) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "[[switch_off]]" {
            entries.push(Entry::default());
            continue;
        }
        let wrong = || format!("line {number} does not belong there: {line:?}");
        let (key, value) = line.split_once('=').ok_or_else(wrong)?;
        let value =
            value.split(" #").next().unwrap_or_default().trim().trim_matches('"').to_owned();
        let entry = entries.last_mut().ok_or_else(wrong)?;
        match key.trim() {
            "resource" => entry.resource = value,
            "date" => entry.date = value,
            "ticket" => entry.ticket = value,
            // A note of a colleague does no harm.
            _ => {}
        }
    }
    Ok(entries)
}

/// The text of a schedule.
#[must_use]
pub fn write_schedule(entries: &[Entry]) -> String {
    let mut text = String::from("# What is to be switched off, and from which night on.\n");
    for Entry { resource, date, ticket } in entries {
        text.push_str(&format!(
            "\n[[switch_off]]\nresource = \"{resource}\"\ndate = {date}\nticket = \"{ticket}\"\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_reads_back() {
        let entry = |name: &str| Entry {
            resource: name.to_owned(),
            date: "2025-03-09".to_owned(),
            ticket: "FIN-1".to_owned(),
        };
        let entries = vec![entry("a"), entry("b")];
        assert_eq!(read_schedule(&write_schedule(&entries)), Ok(entries));
        assert!(read_schedule("date = 1\n").is_err());
        assert!(read_schedule("[[switch_off]]\nso what\n").is_err());
        assert_eq!(read_schedule("# [[switch_off]]\n"), Ok(Vec::new()));
    }

    #[test]
    fn settings_name_what_is_wrong() {
        let mut text = String::from(
            "[sweep]\nenabled = yes\ndry_run = no\nmin_score = 80\nnotice_days = 7\nskip = a, b\nmax_per_night = 10\n[files]\n",
        );
        for (key, path) in Files::default().entries() {
            text.push_str(&format!("{key} = {path}\n"));
        }
        let read = Settings::read(&text).unwrap();
        assert_eq!((read.skip.len(), read.files), (2, Files::default()));
        let without = text.replace("min_score = 80\n", "");
        assert_eq!(Settings::read(&without).unwrap_err(), "min_score is missing in [sweep]");
        assert!(Settings::read("enabled: no").is_err());
    }
}
