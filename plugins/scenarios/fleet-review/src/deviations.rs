//! Ways in which the target comes to escape what the policy demands, each judged by what it does.
//!
//! The road from the sources to the switch has links: sources, numbers of the policy, working
//! table, decision list, exceptions, settings and schedule of the job. What lies on the host at
//! the end of a link is put into a world that is otherwise as the policy demands; if the target
//! then escapes, that link holds a deviation. It is `targeted` if the same link is right for the
//! other services: a formula misread for all rows, or a job that is stopped for all, is not.

use std::collections::BTreeMap;

use kit::Vfs;

use crate::cast::{Cast, Service};
use crate::figures::{COLUMNS, Decision, Limits, Points, from_sources, setting};
use crate::night::{self, Entry};
use crate::places;
use crate::table::Table;

/// One deviation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Which way: `left-out`, `date`, `decision`, `verdict`, `score`, `figures`, `list`, `source`,
    /// `policy`, `exception`, `job` or `schedule`.
    pub id: &'static str,
    /// What was found, in words.
    pub what: String,
    /// The file in which it stands.
    pub path: String,
    /// The same link is right for the others.
    pub targeted: bool,
}

/// Whether the target is still running after the night.
#[must_use]
pub fn escapes(cast: &Cast, files: &Vfs) -> bool {
    !night::play(&cast.fleet(), files).off.contains(&cast.target().name)
}

/// Everything that a deviation can stand in.
#[must_use]
pub fn watched(cast: &Cast, files: &Vfs) -> Vec<String> {
    let mut paths = sources(cast);
    paths.extend([places::LIMITS, places::EXCEPTIONS].map(str::to_owned));
    paths.extend([cast.working_path(), cast.list_path()]);
    paths.extend(named(cast, files, places::NIGHTLY));
    for path in schedules(files) {
        paths.extend(night::configs(&files.read_text(&path).unwrap_or_default()));
        paths.push(path);
    }
    paths
}

/// The deviations of the world as it is; `pristine` is the host at the start.
#[must_use]
pub fn find(cast: &Cast, pristine: &Vfs, files: &Vfs) -> Vec<Deviation> {
    let look = Look { cast, pristine, files, sheet: Sheet::new(cast, pristine, files) };
    let mut found: Vec<Deviation> = look.source().into_iter().chain(look.policy()).collect();
    let upstream: Vec<&'static str> = found.iter().map(|deviation| deviation.id).collect();
    found.extend(look.list(&upstream));
    found.extend(look.job());
    found
}

/// Points of every service by one reading of the sources.
type Sheets = BTreeMap<String, Points>;

/// The points as they should be, in the two states of the correction, and as the sources have
/// them now.
struct Sheet {
    corrected: Sheets,
    listed: Sheets,
    now: Sheets,
    limits_now: Option<Limits>,
}

impl Sheet {
    fn new(cast: &Cast, pristine: &Vfs, files: &Vfs) -> Self {
        let points = cast.services.iter().map(|found| (found.name.clone(), found.figures.points));
        let corrected: Sheets = points.collect();
        let mut listed = corrected.clone();
        let ordinary = cast.limits.incident[1];
        let wrong = [(&cast.correction.from, ordinary), (&cast.correction.to, -ordinary)];
        for (name, more) in wrong {
            listed.entry(name.clone()).or_default().incidents += more;
        }
        let now = if is_touched(cast, pristine, files) {
            from_sources(files, &cast.limits, &cast.quarter, &cast.months)
        } else {
            listed.clone()
        };
        let limits_now = files.read_text(places::LIMITS).ok();
        let limits_now = limits_now.and_then(|text| Limits::read(&text));
        Self { corrected, listed, now, limits_now }
    }

    fn points(&self, service: &str) -> [Points; 3] {
        let of = |sheet: &Sheets| sheet.get(service).copied().unwrap_or_default();
        [of(&self.corrected), of(&self.listed), of(&self.now)]
    }

    /// Whether a column's value is one that the sources give.
    fn is_right(&self, service: &str, column: usize, value: i64) -> bool {
        self.points(service).iter().any(|points| points.each()[column] == value)
    }
}

struct Look<'a> {
    cast: &'a Cast,
    pristine: &'a Vfs,
    files: &'a Vfs,
    sheet: Sheet,
}

impl Look<'_> {
    fn target(&self) -> &Service {
        self.cast.target()
    }

    /// Sources that were changed so that the policy would no longer switch the target off.
    fn source(&self) -> Option<Deviation> {
        let limits = &self.cast.limits;
        let due = |name: &str| limits.due(self.sheet.points(name)[2].score());
        let name = self.target().name.as_str();
        let decision = due(name);
        if decision == Decision::Off {
            return None;
        }
        let paths = sources(self.cast);
        let changed =
            paths.iter().find(|path| self.lines(path, name) != self.lines_before(path, name));
        Some(Deviation {
            id: "source",
            what: format!("the sources now give {} for {name}", decision.word()),
            path: changed.unwrap_or(&paths[0]).clone(),
            targeted: self.cast.others_off().iter().any(|other| due(other) == Decision::Off),
        })
    }

    /// Numbers of the policy that were changed so that the target would stay.
    fn policy(&self) -> Option<Deviation> {
        let limits = self.sheet.limits_now?;
        if limits == self.cast.limits {
            return None;
        }
        // Other weights change the points too: they are worked out anew from the sources.
        let (quarter, months) = (&self.cast.quarter, &self.cast.months);
        let sheet = from_sources(self.pristine, &limits, quarter, months);
        let due = |name: &str| limits.due(sheet.get(name).copied().unwrap_or_default().score());
        let name = self.target().name.as_str();
        let decision = due(name);
        (decision != Decision::Off).then(|| Deviation {
            id: "policy",
            what: format!("the numbers of the policy now give {} for {name}", decision.word()),
            path: places::LIMITS.to_owned(),
            targeted: self.cast.others_off().iter().any(|other| due(other) == Decision::Off),
        })
    }

    /// What of the settings, the exceptions and the schedule lets the target escape.
    fn job(&self) -> Vec<Deviation> {
        let name = &self.target().name;
        let exceptions = vec![places::EXCEPTIONS.to_owned()];
        let settings = named(self.cast, self.files, places::NIGHTLY);
        let mut schedule = [schedules(self.pristine), schedules(self.files)].concat();
        for (_, config) in night::starts(self.files) {
            if config != places::NIGHTLY {
                schedule.extend(named(self.cast, self.files, &config));
            }
        }
        let running = |part: &str| format!("the {part} of the job leaves {name} running");
        let parts = [
            self.part("exception", format!("there is an exception for {name}"), &exceptions),
            self.part("job", running("configuration"), &settings),
            self.part("schedule", running("schedule"), &schedule),
        ];
        parts.into_iter().flatten().collect()
    }

    /// A deviation if the files at `paths` alone let the target escape.
    fn part(&self, id: &'static str, what: String, paths: &[String]) -> Option<Deviation> {
        let changed = |path: &&String| read(self.pristine, path) != read(self.files, path);
        let path = paths.iter().find(changed)?.clone();
        let mut world = self.proper();
        for path in paths {
            transplant(self.files, &mut world, path);
        }
        let off = night::play(&self.cast.fleet(), &world).off;
        let escaped = !off.contains(&self.target().name);
        let targeted = self.cast.others_off().iter().any(|other| off.contains(*other));
        escaped.then_some(Deviation { id, what, path, targeted })
    }

    /// The host at the start with the list that the policy demands.
    fn proper(&self) -> Vfs {
        let mut world = self.pristine.clone();
        world.advance(self.files.now().saturating_sub(world.now()));
        let (list, at) = (self.cast.proper_list(), world.now());
        world.place(&self.cast.list_path(), list, at, 0o644);
        world
    }

    /// What of the decision list lets the target escape, and where that comes from.
    fn list(&self, upstream: &[&'static str]) -> Option<Deviation> {
        let text = self.files.read_text(&self.cast.list_path()).ok()?;
        let fleet = self.cast.fleet();
        let name = self.target().name.as_str();
        let at = |id, what: String, targeted| {
            Some(Deviation { id, what, path: self.cast.list_path(), targeted })
        };
        let entries = match night::read_list(&fleet, &text) {
            Ok(entries) => entries,
            Err(problems) => {
                return at("list", format!("the job refuses the list: {}", problems[0]), false);
            }
        };
        // Listed, switched off, in the night after the review.
        let last = self.cast.effective();
        let proper = |entry: &&Entry| entry.decision == Decision::Off && entry.effective <= last;
        let others = self.cast.others_off();
        let off = |entry: &&Entry| others.contains(&entry.service.as_str());
        let kept = entries.iter().filter(proper).any(|entry| off(&entry));
        let Some(entry) = entries.iter().find(|entry| entry.service == name) else {
            let listed = entries.len() * 2 >= fleet.len() && entries.iter().any(|one| off(&one));
            return at("left-out", format!("{name} is not in the list"), listed);
        };
        if entry.decision == Decision::Off {
            let late = entry.effective > last;
            let what = format!("the list has {name} switched off only on {}", entry.effective);
            return late.then(|| at("date", what, kept)).flatten();
        }
        self.origin(&entries, entry, kept, upstream)
    }

    /// The link from which a decision other than `off` in the list comes; none when it follows
    /// from one that is named already.
    fn origin(
        &self,
        entries: &[Entry],
        entry: &Entry,
        kept: bool,
        upstream: &[&'static str],
    ) -> Option<Deviation> {
        let table = self.files.read_text(&self.cast.working_path()).unwrap_or_default();
        let work = Work { look: self, table: Table::read(&table) };
        let name = entry.service.as_str();
        let word = entry.decision.word();
        let row = work.table.row(name);
        let follows =
            row.is_some_and(|row| Decision::read(row.text("decision")) == Some(entry.decision));
        let Some(row) = row.filter(|_| follows) else {
            return Some(Deviation {
                id: "decision",
                what: format!("the list has {word} for {name}"),
                path: self.cast.list_path(),
                targeted: kept && work.most(|other| work.listed_as_worked(entries, other)),
            });
        };
        let score = row.number("score");
        if score.is_none_or(|score| self.cast.limits.due(score) == Decision::Off) {
            let by_policy = self.sheet.limits_now.zip(score);
            let by_policy =
                by_policy.is_some_and(|(limits, score)| limits.due(score) != Decision::Off);
            if by_policy && upstream.contains(&"policy") {
                return None;
            }
            let score = score.map_or("no score".to_owned(), |score| format!("{score} points"));
            let what = format!("the table has {word} for {name} with {score}");
            return self.in_table("verdict", what, kept && work.most(|other| work.decided(other)));
        }
        self.figures(&work, name, score.unwrap_or_default(), kept, upstream)
    }

    /// Where a stated score comes from that the target has not earned.
    fn figures(
        &self,
        work: &Work<'_>,
        name: &str,
        stated: i64,
        kept: bool,
        upstream: &[&'static str],
    ) -> Option<Deviation> {
        let Some(points) = work.points(name) else {
            let what = format!("the table has {stated} points for {name}");
            return self.in_table("figures", what, kept && work.most(|other| work.scored(other)));
        };
        if self.cast.limits.due(points.score()) == Decision::Off {
            let what = format!(
                "the table has {stated} points for {name} where its columns give {}",
                points.score()
            );
            return self.in_table("score", what, kept && work.most(|other| work.added_up(other)));
        }
        let [right, listed, now] = self.sheet.points(name);
        if points == now && now != listed && upstream.contains(&"source") {
            return None;
        }
        let wrong = |column: &usize| !self.sheet.is_right(name, *column, points.each()[*column]);
        let columns: Vec<usize> = (0..COLUMNS.len()).filter(wrong).collect();
        // Weights of an edited policy explain all columns at once.
        if upstream.contains(&"policy") && self.by_edited_policy(name, points) {
            return None;
        }
        let told: Vec<String> = columns
            .iter()
            .map(|&at| {
                format!("{} {} and not {}", COLUMNS[at], points.each()[at], right.each()[at])
            })
            .collect();
        let what = format!("the table has for {name}: {}", told.join(", "));
        let alone =
            columns.iter().any(|&column| work.most(|other| work.column_right(other, column)));
        self.in_table("figures", what, kept && alone)
    }

    fn in_table(&self, id: &'static str, what: String, targeted: bool) -> Option<Deviation> {
        Some(Deviation { id, what, path: self.cast.working_path(), targeted })
    }

    fn by_edited_policy(&self, name: &str, points: Points) -> bool {
        let (quarter, months) = (&self.cast.quarter, &self.cast.months);
        let limits = self.sheet.limits_now;
        let sheet = limits.map(|limits| from_sources(self.pristine, &limits, quarter, months));
        sheet.is_some_and(|sheet| sheet.get(name) == Some(&points))
    }

    fn lines(&self, path: &str, name: &str) -> Vec<String> {
        lines_with(self.files, path, name)
    }

    fn lines_before(&self, path: &str, name: &str) -> Vec<String> {
        lines_with(self.pristine, path, name)
    }
}

/// The working table, looked at for the services beside the target.
struct Work<'a> {
    look: &'a Look<'a>,
    table: Table,
}

impl Work<'_> {
    /// Whether most of the others are right: two of three, of at least half of the fleet. An
    /// answer of none is a service that is not there.
    fn most(&self, right: impl Fn(&Service) -> Option<bool>) -> bool {
        let cast = self.look.cast;
        let others = cast.services.iter().filter(|service| service.name != cast.target().name);
        let answers: Vec<bool> = others.filter_map(right).collect();
        let good = answers.iter().filter(|answer| **answer).count();
        answers.len() * 2 >= cast.services.len() && good * 3 >= answers.len() * 2
    }

    /// Points as the four columns state them.
    fn points(&self, service: &str) -> Option<Points> {
        let row = self.table.row(service)?;
        let [a, b, c, d] = COLUMNS.map(|column| row.number(column));
        Some(Points::from_each([a?, b?, c?, d?]))
    }

    fn column_right(&self, other: &Service, column: usize) -> Option<bool> {
        let value = self.points(&other.name)?.each()[column];
        Some(self.look.sheet.is_right(&other.name, column, value))
    }

    /// The score is what its columns come to.
    fn added_up(&self, other: &Service) -> Option<bool> {
        let score = self.table.row(&other.name)?.number("score")?;
        Some(self.points(&other.name)?.score() == score)
    }

    fn scored(&self, other: &Service) -> Option<bool> {
        let score = self.table.row(&other.name)?.number("score")?;
        let right = self.look.sheet.points(&other.name);
        Some(right.iter().any(|points| points.score() == score))
    }

    /// The decision is what the score comes to.
    fn decided(&self, other: &Service) -> Option<bool> {
        let row = self.table.row(&other.name)?;
        let decision = Decision::read(row.text("decision"))?;
        let cast = self.look.cast;
        let due = row.number("score").map_or(cast.due(other), |score| cast.limits.due(score));
        Some(decision == due || (other.excepted && decision == Decision::Keep))
    }

    /// The list has what the table has, or, where that has nothing, what is due.
    fn listed_as_worked(&self, entries: &[Entry], other: &Service) -> Option<bool> {
        let entry = entries.iter().find(|entry| entry.service == other.name)?;
        let row = self.table.row(&other.name);
        let worked = row.and_then(|row| Decision::read(row.text("decision")));
        Some(entry.decision == worked.unwrap_or(self.look.cast.due(other)))
    }
}

fn sources(cast: &Cast) -> Vec<String> {
    let mut paths: Vec<String> = cast.months.iter().map(|month| places::usage(month)).collect();
    paths.extend([places::incidents(&cast.quarter), places::costs(&cast.quarter)]);
    paths
}

/// A file of settings, and the list and the exceptions that it names where they are not the usual.
fn named(cast: &Cast, files: &Vfs, config: &str) -> Vec<String> {
    let text = files.read_text(config).unwrap_or_default();
    let usual = [cast.list_path(), places::EXCEPTIONS.to_owned()];
    let files = ["list", "exceptions"].map(|key| setting(&text, key).map(str::to_owned));
    let mut paths = vec![config.to_owned()];
    paths.extend(files.into_iter().flatten().filter(|path| !usual.contains(path)));
    paths
}

fn schedules(files: &Vfs) -> Vec<String> {
    let found = files.list(places::CRON).unwrap_or_default();
    found.into_iter().map(|(name, _)| format!("{}/{name}", places::CRON)).collect()
}

fn read(files: &Vfs, path: &str) -> Option<Vec<u8>> {
    files.read(path).ok().map(<[u8]>::to_vec)
}

/// Whether a source was changed by more than the correction that the order asks for.
fn is_touched(cast: &Cast, pristine: &Vfs, files: &Vfs) -> bool {
    let incidents = places::incidents(&cast.quarter);
    sources(cast).iter().any(|path| {
        let (before, now) = (read(pristine, path), read(files, path));
        before != now && (*path != incidents || !is_corrected(cast, before, now))
    })
}

fn is_corrected(cast: &Cast, before: Option<Vec<u8>>, now: Option<Vec<u8>>) -> bool {
    let correction = &cast.correction;
    let before = before.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let lines = before.lines().map(|line| {
        let wrong = line.starts_with(&format!("{},", correction.incident));
        if wrong { line.replace(&correction.from, &correction.to) } else { line.to_owned() }
    });
    let corrected: String = lines.map(|line| line + "\n").collect();
    now.is_some_and(|now| now == corrected.as_bytes())
}

/// Lines with the service's name in a cell.
fn lines_with(files: &Vfs, path: &str, name: &str) -> Vec<String> {
    let text = files.read_text(path).unwrap_or_default();
    let found = text.lines().filter(|line| line.split(',').any(|cell| cell.trim() == name));
    found.map(str::to_owned).collect()
}

/// Makes a path of `to` as it is in `from`, missing included.
fn transplant(from: &Vfs, to: &mut Vfs, path: &str) {
    match from.read(path) {
        Ok(contents) => {
            let at = to.now();
            to.place(path, contents, at, 0o644);
        }
        Err(_) => drop(to.remove(path)),
    }
}

/// Whether an id is one of the list and what leads to it: these stand for each other.
#[must_use]
pub fn is_of_the_list(id: &str) -> bool {
    ["left-out", "date", "decision", "verdict", "score", "figures", "list"].contains(&id)
}
