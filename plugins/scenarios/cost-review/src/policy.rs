//! The policy: what tonight's run does with each resource, and on which part it depends.

use kit::calendar::{self, DAY};

use crate::inputs::Inputs;
use crate::places;
use crate::settings::Settings;
use crate::table;

/// One part of the world that the switching off depends on; in the order in which the job gets to
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The line that starts the job, and what comes before it in the night.
    Job,
    /// The job's settings.
    Settings,
    /// The resource's entry in the schedule.
    Schedule,
    /// What the job remembers of it.
    State,
    /// Its row in the inventory.
    Inventory,
    /// Its idle score.
    Idle,
    /// Its owner tag.
    Owner,
    /// The row of its owner.
    Teams,
    /// Its cost-centre tag: the task asks for an edit of this one.
    Centre,
    /// The row of its cost centre.
    Centres,
    /// Its line in the budget.
    Budget,
    /// The exemptions.
    Exemption,
}

/// Every part.
pub const PARTS: [Part; 12] = [
    Part::Job,
    Part::Settings,
    Part::Schedule,
    Part::State,
    Part::Inventory,
    Part::Idle,
    Part::Owner,
    Part::Teams,
    Part::Centre,
    Part::Centres,
    Part::Budget,
    Part::Exemption,
];

impl Part {
    /// The id that facts use.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Settings => "settings",
            Self::Schedule => "schedule",
            Self::State => "state",
            Self::Inventory => "inventory",
            Self::Idle => "idle-score",
            Self::Owner => "owner-tag",
            Self::Teams => "teams",
            Self::Centre => "cost-centre-tag",
            Self::Centres => "cost-centres",
            Self::Budget => "budget",
            Self::Exemption => "exemption",
        }
    }

    /// Where the part stands at the start: the place to show.
    #[must_use]
    pub fn path(self, run: u64) -> String {
        let month = crate::month::Month::of(run);
        match self {
            Self::Job => places::JOB.to_owned(),
            Self::Settings => places::SETTINGS.to_owned(),
            Self::Schedule => places::SCHEDULE.to_owned(),
            Self::State => places::STATE.to_owned(),
            Self::Inventory => places::INVENTORY.to_owned(),
            Self::Idle => places::idle(places::USAGE, month.before()),
            Self::Owner | Self::Centre => places::TAGS.to_owned(),
            Self::Teams => places::TEAMS.to_owned(),
            Self::Centres => places::CENTRES.to_owned(),
            Self::Budget => places::budget(places::BUDGETS, month),
            Self::Exemption => places::EXEMPTIONS.to_owned(),
        }
    }
}

/// What the points of the policy are measured with.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    run: u64,
    min_score: u64,
    notice_days: u64,
}

impl Frame {
    /// Of a run; without one, no date has come.
    #[must_use]
    pub fn of(inputs: &Inputs) -> Self {
        let numbers = inputs.settings.as_ref().map(|found| (found.min_score, found.notice_days));
        let (min_score, notice_days) = numbers.unwrap_or_default();
        Self { run: *inputs.run.as_ref().unwrap_or(&0), min_score, notice_days }
    }

    /// The same run with other numbers in its settings.
    #[must_use]
    pub fn with(self, min_score: u64, notice_days: u64) -> Self {
        Self { min_score, notice_days, ..self }
    }

    /// Seconds since 1970 at which the run starts.
    #[must_use]
    pub fn run(self) -> u64 {
        self.run
    }
}

/// One line of tonight's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The resource.
    pub resource: String,
    /// Nothing, or what keeps it running.
    pub kept: Option<String>,
}

/// What tonight's run does: the schedule's resources, in its order.
#[must_use]
pub fn plan(inputs: &Inputs) -> Vec<Line> {
    let frame = Frame::of(inputs);
    let entries = inputs.schedule.as_deref().unwrap_or_default();
    let (mut lines, mut off): (Vec<Line>, u64) = (Vec::new(), 0);
    for entry in entries {
        let resource = entry.resource.clone();
        if lines.iter().any(|line| line.resource == resource) {
            continue;
        }
        let reasons = PARTS.iter().map(|part| check(*part, inputs, frame, &resource));
        let mut kept = reasons.filter_map(Result::err).next();
        if kept.is_none() && inputs.settings.as_ref().is_ok_and(|found| off >= found.max_per_night)
        {
            kept = Some("the night's limit (max_per_night) is reached".to_owned());
        }
        off += u64::from(kept.is_none());
        lines.push(Line { resource, kept });
    }
    lines
}

/// Whether one point of the policy lets the job switch the resource off.
///
/// # Errors
/// What keeps it running, in words.
pub fn check(part: Part, inputs: &Inputs, frame: Frame, name: &str) -> Result<(), String> {
    match part {
        Part::Job => job(inputs, name),
        Part::Settings => settings(inputs.settings.as_ref().map_err(Clone::clone)?, name),
        Part::Schedule => schedule(inputs, frame, name),
        Part::State => state(inputs, frame, name),
        Part::Inventory => inventory(inputs, frame, name),
        Part::Idle => idle(inputs, frame, name),
        Part::Owner => owner(inputs, name).map(|_| ()),
        Part::Teams => teams(inputs, name),
        Part::Centre => centre(inputs, name).map(|_| ()),
        Part::Centres => centres(inputs, name),
        Part::Budget => budget(inputs, name),
        Part::Exemption => exemption(inputs, frame, name),
    }
}

fn job(inputs: &Inputs, name: &str) -> Result<(), String> {
    inputs.run.as_ref().map_err(Clone::clone)?;
    let about = |text: &&String| {
        ["/etc/sweep", "/var/lib/sweep", "/srv/finops", name]
            .iter()
            .any(|word| text.contains(*word))
    };
    match inputs.earlier.iter().find(about) {
        None => Ok(()),
        Some(text) => {
            let command = text.lines().next().unwrap_or_default();
            Err(format!("another job comes before the run: {command}"))
        }
    }
}

fn settings(settings: &Settings, name: &str) -> Result<(), String> {
    if !settings.enabled {
        return Err("the job is not enabled".to_owned());
    }
    if settings.dry_run {
        return Err("dry_run is set: the job only says what it would do".to_owned());
    }
    if settings.skip.iter().any(|skipped| skipped == name) {
        return Err(format!("{name} stands under skip"));
    }
    Ok(())
}

fn schedule(inputs: &Inputs, frame: Frame, name: &str) -> Result<(), String> {
    let entries = inputs.schedule.as_ref().map_err(Clone::clone)?;
    let Some(entry) = entries.iter().find(|entry| entry.resource == name) else {
        return Err(format!("{name} has no entry in the schedule"));
    };
    come(&entry.date, frame.run).map_err(|problem| format!("schedule: {problem}"))
}

fn state(inputs: &Inputs, frame: Frame, name: &str) -> Result<(), String> {
    let all = inputs.state.as_ref().map_err(Clone::clone)?;
    let Some((stage, since)) = all.get(name) else {
        return Err(format!("the owner of {name} has not been told"));
    };
    if stage != "announced" {
        return Err(format!("its stage is {stage}, not announced"));
    }
    let told = day(since).ok_or_else(|| format!("announced on {since:?}, which is no date"))?;
    if told + frame.notice_days * DAY > frame.run {
        return Err(format!("announced on {since}, less than {} days ago", frame.notice_days));
    }
    Ok(())
}

fn inventory(inputs: &Inputs, frame: Frame, name: &str) -> Result<(), String> {
    let table = inputs.inventory.as_ref().map_err(Clone::clone)?;
    let Some(lifecycle) = table.find("name", name, "lifecycle") else {
        return Err(format!("{name} is not in the inventory"));
    };
    if lifecycle != "retiring" {
        return Err(format!("its lifecycle is {lifecycle:?}, not retiring"));
    }
    let end = table.find("name", name, "end_date").unwrap_or_default();
    come(end, frame.run).map_err(|problem| format!("end date: {problem}"))
}

fn idle(inputs: &Inputs, frame: Frame, name: &str) -> Result<(), String> {
    let table = inputs.idle.as_ref().map_err(Clone::clone)?;
    let text = table.find("resource", name, "idle_score").unwrap_or_default();
    match text.parse::<u64>() {
        Ok(score) if score >= frame.min_score => Ok(()),
        Ok(score) => Err(format!("its idle score is {score}, under {}", frame.min_score)),
        Err(_) => Err(format!("it has no idle score: {text:?}")),
    }
}

fn owner<'a>(inputs: &'a Inputs, name: &str) -> Result<&'a str, String> {
    let tags = inputs.tags.as_ref().map_err(Clone::clone)?;
    let owner = tags.get(name).and_then(|tags| tags.owner.as_deref()).unwrap_or_default();
    if owner.is_empty() {
        return Err("it has no owner tag".to_owned());
    }
    // What is wrong with the list of teams is the other part's matter.
    let Ok(teams) = &inputs.teams else { return Ok(owner) };
    match teams.find("team", owner, "opt_out") {
        None => Err(format!("its owner {owner:?} is no team of the list")),
        Some(_) => Ok(owner),
    }
}

fn teams(inputs: &Inputs, name: &str) -> Result<(), String> {
    let table = inputs.teams.as_ref().map_err(Clone::clone)?;
    let Ok(owner) = owner(inputs, name) else { return Ok(()) };
    match table.find("team", owner, "opt_out") {
        None | Some("no") => Ok(()),
        Some(_) => Err(format!("its owner {owner} has opted out")),
    }
}

fn centre<'a>(inputs: &'a Inputs, name: &str) -> Result<&'a str, String> {
    let tags = inputs.tags.as_ref().map_err(Clone::clone)?;
    let centre = tags.get(name).and_then(|tags| tags.centre.as_deref()).unwrap_or_default();
    if centre.is_empty() {
        return Err("it has no cost centre".to_owned());
    }
    let Ok(centres) = &inputs.centres else { return Ok(centre) };
    match centres.find("cost_centre", centre, "state") {
        None => Err(format!("its cost centre {centre:?} is not on the list")),
        Some(_) => Ok(centre),
    }
}

fn centres(inputs: &Inputs, name: &str) -> Result<(), String> {
    let table = inputs.centres.as_ref().map_err(Clone::clone)?;
    let Ok(centre) = centre(inputs, name) else { return Ok(()) };
    match table.find("cost_centre", centre, "state") {
        None | Some("open") => Ok(()),
        Some(state) => Err(format!("its cost centre {centre} is {state}, not open")),
    }
}

fn budget(inputs: &Inputs, name: &str) -> Result<(), String> {
    let table = inputs.budget.as_ref().map_err(Clone::clone)?;
    let amount = table.find("resource", name, "amount").unwrap_or("0.00");
    match table::cents(amount) {
        Some(0) => Ok(()),
        Some(_) => Err(format!("the budget has {amount} for it")),
        None => Err(format!("its budget is {amount:?}, which is no amount")),
    }
}

fn exemption(inputs: &Inputs, frame: Frame, name: &str) -> Result<(), String> {
    let all = inputs.exemptions.as_ref().map_err(Clone::clone)?;
    let today = calendar::date(frame.run);
    // Dates in this form are in the order of their texts; an open end is for ever.
    let holds = |until: &str| until.is_empty() || day(until).is_none() || until >= today.as_str();
    match all.iter().find(|(resource, until)| resource == name && holds(until)) {
        None => Ok(()),
        Some((_, until)) => Err(format!("it is exempt until {until:?}")),
    }
}

/// Whether the day of a text has come.
fn come(text: &str, run: u64) -> Result<(), String> {
    match day(text) {
        Some(day) if day <= run => Ok(()),
        Some(_) => Err(format!("{text} has not come yet")),
        None => Err(format!("{text:?} is no date")),
    }
}

/// Midnight of `2025-03-09`.
#[must_use]
pub fn day(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.trim().split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let number = |text: &str| text.parse::<u64>().ok();
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let sound =
        (1970..3000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    sound.then(|| calendar::at(year, month, day))
}
