//! What happens on the host after the window, played on a copy: minute by minute, crontab lines
//! and timers that are due start what they name, in the simulated shell.

use std::collections::BTreeMap;

use kit::calendar::{self, MINUTE};
use kit::shell::Shell;
use kit::{CommandOutput, Vfs};

use crate::host::Host;
use crate::{commands, places, unit};

/// Times that one crontab line or timer is started in an afternoon: what has no effect by then has
/// none later, and each costs a shell.
const STARTS_MAX: usize = 4;

/// Simple commands that one start may run: a hundred times what a retirement needs. An endless loop
/// of a subject then costs the host little of its fuel.
const COMMANDS_MAX: usize = 1000;

/// Crontab lines that are started in an afternoon, all together; the host starts with two that are
/// not due. The rest is left out, for the same reason.
const JOBS_MAX: usize = 24;

/// What was started by whom, and what it said.
#[derive(Clone, Debug)]
struct Run {
    unit: String,
    text: String,
}

/// The rest of the day.
#[derive(Debug)]
pub struct Afternoon {
    /// Service and whether it was down at its time.
    down: BTreeMap<String, bool>,
    runs: Vec<Run>,
    times: BTreeMap<String, u64>,
}

impl Afternoon {
    /// Whether the service was shut down by its time.
    #[must_use]
    pub fn shut_down(&self, service: &str) -> bool {
        self.down.get(service).copied().unwrap_or(false)
    }

    /// What kept the service from being shut down, in words.
    #[must_use]
    pub fn why_not(&self, service: &str) -> String {
        let unit = places::retire_unit(service);
        match self.runs.iter().rfind(|run| run.unit == unit) {
            Some(run) => format!("{unit} ran without effect: {}", run.text),
            None => {
                let time =
                    self.times.get(service).map_or_else(String::new, |&at| calendar::clock(at));
                format!("nothing started {unit} by {time}")
            }
        }
    }
}

/// Plays the rest of the day up to the last retirement, on a copy.
#[must_use]
pub fn play(files: &Vfs, host: &Host) -> Afternoon {
    let mut world = Play {
        files: files.clone(),
        host: host.clone(),
        runs: Vec::new(),
        starts: BTreeMap::new(),
        jobs: 0,
    };
    let times: BTreeMap<String, u64> =
        host.retirements.iter().map(|found| (found.service.clone(), found.at)).collect();
    let mut down = BTreeMap::new();
    let end = times.values().copied().max().unwrap_or(0);
    let start = files.now().max(host.window_closes);
    let mut minute = start - start % MINUTE + MINUTE;
    let mut agenda = agenda(&world.files);
    while minute <= end {
        if agenda.iter().any(|item| item.is_due(minute)) {
            world.files.advance(minute.saturating_sub(world.files.now()));
            world.start(&agenda, minute);
            agenda = self::agenda(&world.files);
        }
        for (service, _) in times.iter().filter(|(_, at)| **at == minute) {
            down.insert(service.clone(), world.host.retired.contains(service));
        }
        minute += MINUTE;
    }
    // What was due before the clock of the trial got this far counts as it stands.
    for service in times.keys() {
        down.entry(service.clone()).or_insert_with(|| world.host.retired.contains(service));
    }
    Afternoon { down, runs: world.runs, times }
}

/// Something that starts at certain minutes.
enum Item {
    Timer { starts: String, expressions: Vec<String> },
    Job { fields: Vec<String>, command: String },
}

impl Item {
    fn is_due(&self, minute: u64) -> bool {
        match self {
            Self::Timer { expressions, .. } => {
                expressions.iter().any(|expression| unit::is_due(expression, minute))
            }
            Self::Job { fields, .. } => {
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                unit::cron_due(&fields, minute)
            }
        }
    }
}

/// Jobs before timers, each in the order of its file or name.
fn agenda(files: &Vfs) -> Vec<Item> {
    let crontab = files.read_text(places::CRONTAB).unwrap_or_default();
    let mut items: Vec<Item> = crontab.lines().filter_map(job).collect();
    for name in unit::names(files, ".timer") {
        let Ok(timer) = unit::load(files, &name) else { continue };
        if !unit::is_enabled(files, &name) || !unit::is_active(files, &name) {
            continue;
        }
        let own = format!("{}.service", name.trim_end_matches(".timer"));
        let starts = timer.value("Timer", "Unit").map_or(own, str::to_owned);
        let found = timer.values("Timer", "OnCalendar");
        let expressions = found.into_iter().map(str::to_owned).collect();
        items.push(Item::Timer { starts, expressions });
    }
    items
}

fn job(line: &str) -> Option<Item> {
    let line = line.trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    if line.starts_with('#') || words.len() < 6 {
        return None;
    }
    let fields = words[..5].iter().map(|&word| word.to_owned()).collect();
    Some(Item::Job { fields, command: words[5..].join(" ") })
}

struct Play {
    files: Vfs,
    host: Host,
    runs: Vec<Run>,
    /// How often each command or unit was started.
    starts: BTreeMap<String, usize>,
    jobs: usize,
}

impl Play {
    fn start(&mut self, agenda: &[Item], minute: u64) {
        for item in agenda.iter().filter(|item| item.is_due(minute)) {
            let (Item::Timer { starts: name, .. } | Item::Job { command: name, .. }) = item;
            let count = self.starts.entry(name.clone()).or_default();
            *count += 1;
            if *count > STARTS_MAX {
                continue;
            }
            match item {
                Item::Timer { starts, .. } => {
                    let text = self.unit(starts).unwrap_or_else(|problem| problem);
                    self.runs.push(Run { unit: starts.clone(), text });
                }
                Item::Job { command, .. } if self.jobs < JOBS_MAX => {
                    self.jobs += 1;
                    drop(self.line(command));
                }
                Item::Job { .. } => {}
            }
        }
    }

    /// Starts a unit as systemd does; the last line of what it wrote, or what stopped it.
    fn unit(&mut self, name: &str) -> Result<String, String> {
        let line = command_line(&self.files, name)?;
        let output = self.line(&line);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        let last = text.lines().next_back().unwrap_or("no output");
        Ok(format!("{last} (status {})", output.status))
    }

    fn line(&mut self, line: &str) -> CommandOutput {
        // Nothing of a unit depends on chance: the seed of this shell is of no account.
        let mut shell: Shell<Host> =
            commands::shell("ops", "host", &[0; 32]).commands_max(COMMANDS_MAX);
        shell.run_in(&mut self.files, &mut self.host, line, "/")
    }
}

/// The command line that a service unit stands for, its environment included.
///
/// # Errors
/// What keeps systemd from starting it, in words.
pub fn command_line(files: &Vfs, name: &str) -> Result<String, String> {
    let unit = unit::load(files, name).map_err(|problem| match problem {
        unit::Unusable::Missing => format!("unit {name} not found"),
        unit::Unusable::Masked => format!("unit {name} is masked"),
    })?;
    for condition in unit.values("Unit", "ConditionPathExists") {
        let (path, wanted) =
            condition.strip_prefix('!').map_or((condition, true), |path| (path, false));
        if files.exists(path) != wanted {
            return Err(format!("condition failed: ConditionPathExists={condition}"));
        }
    }
    let mut lines = Vec::new();
    for pair in unit.values("Service", "Environment") {
        lines.extend(pair.split_whitespace().filter_map(|pair| assignment(pair.trim_matches('"'))));
    }
    for file in unit.values("Service", "EnvironmentFile") {
        let (path, optional) = file.strip_prefix('-').map_or((file, false), |path| (path, true));
        match files.read_text(path) {
            Ok(text) => lines.extend(text.lines().filter_map(assignment)),
            Err(_) if optional => {}
            Err(error) => return Err(format!("environment file {error}")),
        }
    }
    let mut commands = unit.values("Service", "ExecCondition");
    commands.extend(unit.values("Service", "ExecStartPre"));
    commands.extend(unit.values("Service", "ExecStart"));
    if unit.values("Service", "ExecStart").is_empty() {
        return Err(format!("unit {name} has no ExecStart"));
    }
    let programs: Vec<String> = commands
        .into_iter()
        .map(|command| match command.strip_prefix('-') {
            // A leading dash means that a failure does not matter.
            Some(rest) => format!("{{ {rest} || true; }}"),
            None => command.trim_start_matches(['@', ':', '+', '!']).to_owned(),
        })
        .collect();
    lines.push(programs.join(" && "));
    Ok(lines.join("\n"))
}

/// `export KEY='value'` of a line of an environment file; none for comments and other lines.
fn assignment(line: &str) -> Option<String> {
    let line = line.trim();
    let (key, value) = line.split_once('=')?;
    let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_empty() || !key.chars().all(named) || key.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value = value.trim().trim_matches('"').trim_matches('\'');
    Some(format!("export {key}='{}'", value.replace('\'', "'\\''")))
}
