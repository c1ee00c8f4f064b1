//! What the nightly job reads, read as it would: from the line that starts it to the last list.

use std::collections::BTreeMap;

use kit::calendar::{self, DAY, HOUR, MINUTE};
use kit::{Value, Vfs};

use crate::cron::{self, Job};
use crate::month::Month;
use crate::places;
use crate::settings::{self, Entry, Files, Settings};
use crate::table::Table;

/// How long after midnight a run still counts as tonight's, in seconds.
const NIGHT_ENDS: u64 = 6 * HOUR;

/// A part that the job could not read, in its words.
type Unread = String;

/// Everything that decides tonight's run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// Seconds since 1970 at which the run starts.
    pub run: Result<u64, Unread>,
    /// Where the job's settings stand.
    pub settings_path: String,
    /// The job's settings.
    pub settings: Result<Settings, Unread>,
    /// The schedule.
    pub schedule: Result<Vec<Entry>, Unread>,
    /// Resources with lifecycle and end date.
    pub inventory: Result<Table, Unread>,
    /// Owner and cost centre of each resource.
    pub tags: Result<BTreeMap<String, Tags>, Unread>,
    /// Teams and whether they opted out.
    pub teams: Result<Table, Unread>,
    /// Cost centres and whether they are open.
    pub centres: Result<Table, Unread>,
    /// Idle scores.
    pub idle: Result<Table, Unread>,
    /// The month's budget.
    pub budget: Result<Table, Unread>,
    /// Resource and last day of its exemption.
    pub exemptions: Result<Vec<(String, String)>, Unread>,
    /// Jobs that are due before the run: the command, with the text of the files that it names.
    pub earlier: Vec<String>,
    /// Resource to stage and the day of that stage.
    pub state: Result<BTreeMap<String, (String, String)>, Unread>,
    /// The files that were read, as they were.
    sources: Vec<(String, Option<Vec<u8>>)>,
}

/// The tags of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Team; none where there is no such tag.
    pub owner: Option<String>,
    /// Cost centre; none where there is no such tag.
    pub centre: Option<String>,
}

impl Inputs {
    /// Reads them for the first run after `from`, in seconds since 1970.
    #[must_use]
    pub fn read(files: &Vfs, from: u64) -> Self {
        let mut reader = Reader { files, sources: Vec::new() };
        let night = calendar::midnight(from) + DAY + NIGHT_ENDS;
        let (run, path) = match starts(files, from, night) {
            Ok((at, path)) => (Ok(at), path),
            Err(problem) => (Err(problem), places::SETTINGS.to_owned()),
        };
        let settings = reader.parse(&path, Settings::read);
        let at = settings.as_ref().map_or_else(|_| Files::default(), |found| found.files.clone());
        // Without a run, the lists are read as for the evening.
        let month = Month::of(*run.as_ref().unwrap_or(&(night - NIGHT_ENDS - MINUTE)));
        let table = |text: &str, columns: &[&str]| Table::read(text, columns);
        Self {
            schedule: reader.parse(&at.schedule, settings::read_schedule),
            inventory: reader
                .parse(&at.inventory, |text| table(text, &["name", "lifecycle", "end_date"])),
            tags: reader.parse(&at.tags, tags),
            teams: reader.parse(&at.teams, |text| table(text, &["team", "opt_out"])),
            centres: reader.parse(&at.centres, |text| table(text, &["cost_centre", "state"])),
            idle: reader.parse(&places::idle(&at.usage, month.before()), |text| {
                table(text, &["resource", "idle_score"])
            }),
            budget: reader.parse(&places::budget(&at.budgets, month), |text| {
                table(text, &["resource", "amount"])
            }),
            exemptions: reader.parse(&at.exemptions, exemptions),
            state: reader.parse(&at.state, state),
            earlier: run.as_ref().map_or_else(|_| Vec::new(), |run| earlier(files, from, *run)),
            run,
            settings,
            settings_path: path,
            sources: reader.with_jobs(),
        }
    }

    /// Whether none of the files that were read has changed: then nothing else has to be asked.
    #[must_use]
    pub fn is_current(&self, files: &Vfs) -> bool {
        let same =
            |(path, bytes): &(String, Option<Vec<u8>>)| files.read(path).ok() == bytes.as_deref();
        let jobs = files.list(places::JOBS).map_or(0, |entries| entries.len());
        let known = self.sources.iter().filter(|(path, _)| is_job(path)).count();
        jobs == known && self.sources.iter().all(same)
    }
}

/// The run's time and settings file. `from` is the present: what was due before it is over.
fn starts(files: &Vfs, from: u64, until: u64) -> Result<(u64, String), Unread> {
    let due = |job: &Job| Some((job.due(from, until)?, settings_of(&job.command)?));
    let first = cron::jobs(files).iter().filter_map(due).min_by_key(|(at, _)| *at);
    first.ok_or_else(|| {
        let until = calendar::date_time(until);
        format!("no line in {} starts the job before {until}", places::JOBS)
    })
}

/// The settings file of a command that is the job and nothing else: `sweep run`, with what it
/// understands, and its output sent anywhere.
fn settings_of(command: &str) -> Option<String> {
    let mut path = places::SETTINGS.to_owned();
    let mut words = command.split_whitespace();
    let program = words.next()?.rsplit('/').next();
    if program != Some("sweep") || words.next() != Some("run") {
        return None;
    }
    while let Some(word) = words.next() {
        match word {
            "--settings" => words.next()?.clone_into(&mut path),
            "--quiet" => {}
            _ if word.contains('>') => return Some(path),
            // The job stops at an option that it does not know.
            _ => return None,
        }
    }
    Some(path)
}

/// Other jobs between now and the run, each with the text of the files that its command names:
/// to see what they are about, for they are not played.
fn earlier(files: &Vfs, from: u64, run: u64) -> Vec<String> {
    let jobs = cron::jobs(files).into_iter();
    let before = jobs.filter(|job| settings_of(&job.command).is_none());
    before
        .filter(|job| job.due(from, run).is_some())
        .map(|job| {
            let named = job.command.split(|c: char| c.is_whitespace() || "\"';&|".contains(c));
            let texts = named.filter_map(|word| files.read_text(word).ok());
            texts.fold(job.command.clone(), |all, text| all + "\n" + &text)
        })
        .collect()
}

fn is_job(path: &str) -> bool {
    path.strip_prefix(places::JOBS).is_some_and(|rest| rest.starts_with('/'))
}

struct Reader<'a> {
    files: &'a Vfs,
    sources: Vec<(String, Option<Vec<u8>>)>,
}

impl Reader<'_> {
    fn parse<T>(
        &mut self,
        path: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Unread> {
        let bytes = self.files.read(path).map(<[u8]>::to_vec);
        let found = match &bytes {
            Ok(bytes) => parse(&String::from_utf8_lossy(bytes))
                .map_err(|problem| format!("{path}: {problem}")),
            Err(error) => Err(error.to_string()),
        };
        self.sources.push((path.to_owned(), bytes.ok()));
        found
    }

    fn with_jobs(mut self) -> Vec<(String, Option<Vec<u8>>)> {
        for (name, _) in self.files.list(places::JOBS).unwrap_or_default() {
            let path = format!("{}/{name}", places::JOBS);
            let bytes = self.files.read(&path).map(<[u8]>::to_vec).ok();
            self.sources.push((path, bytes));
        }
        self.sources
    }
}

fn json(text: &str) -> Result<Value, String> {
    text.parse::<Value>().map_err(|error| format!("not JSON: {error}"))
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn tags(source: &str) -> Result<BTreeMap<String, Tags>, String> {
    let value = json(source)?;
    let all = value.as_object().ok_or("not an object of resources")?;
    let tag = |value: &Value, key| value.get(key).map(|_| text(value, key));
    let one =
        |value: &Value| Tags { owner: tag(value, "owner"), centre: tag(value, "cost_centre") };
    Ok(all.iter().map(|(name, value)| (name.clone(), one(value))).collect())
}

fn exemptions(source: &str) -> Result<Vec<(String, String)>, String> {
    let value = json(source)?;
    let all = value.get("exemptions").and_then(Value::as_array).ok_or("there is no list")?;
    Ok(all.iter().map(|one| (text(one, "resource"), text(one, "until"))).collect())
}

fn state(source: &str) -> Result<BTreeMap<String, (String, String)>, String> {
    let value = json(source)?;
    let all = value.get("resources").and_then(Value::as_object).ok_or("there are no resources")?;
    let one = |value: &Value| (text(value, "stage"), text(value, "since"));
    Ok(all.iter().map(|(name, value)| (name.clone(), one(value))).collect())
}
