//! Where the bytes of the doomed artifacts are, and what the rule now says of them.

use std::collections::BTreeMap;

use kit::Vfs;
use kit::traces::{Coverage, Form, SHARE_MIN, Trace, Traces};
use kit::vfs::Node;

use crate::cast::Cast;
use crate::desk::Desk;
use crate::places;
use crate::rule::{Ruling, Tables};
use crate::slots::{SLOTS, Slot};

/// Where bytes of an artifact are, seen from the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// In the artifact's own folder.
    InPlace,
    /// In the trash, which the clean-up empties.
    Trash,
    /// Where the clean-up does not reach them.
    Elsewhere,
}

/// Bytes of an artifact in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The file.
    pub path: String,
    /// Seen from the rule.
    pub spot: Spot,
    /// How they are there: `plain`, `archive`, `compressed`, `encoded`, `split` or `link`.
    pub form: &'static str,
    /// Percent of the artifact's bytes.
    pub share: u64,
}

/// What keeps the rule from deleting an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spare {
    /// In one word.
    pub what: &'static str,
    /// Where it stands.
    pub path: String,
}

/// What the rule deletes.
pub fn doomed() -> impl Iterator<Item = Slot> {
    SLOTS.into_iter().filter(|slot| slot.is_doomed())
}

/// What the rule deletes beside the target.
pub fn others() -> impl Iterator<Item = Slot> {
    doomed().filter(|slot| *slot != Slot::Target)
}

/// What is looked for, and what is known of the contents that were seen.
#[derive(Debug)]
pub struct Lookout {
    /// The machine at the start.
    start: Vfs,
    /// The parts of what the rule deletes, each with the artifact that it belongs to.
    parts: Vec<(Slot, Vec<u8>)>,
    /// Ready to look for them in any form; made when there is something new to look through.
    traces: Option<Traces>,
    /// By content, what is in it.
    known: BTreeMap<Vec<u8>, Content>,
}

/// What of the parts is in a file.
#[derive(Clone, Debug)]
enum Content {
    /// The file is this part.
    Part(usize),
    /// These traces; mostly none.
    Traces(Vec<Trace>),
}

impl Content {
    /// How the parts of `own` are held, and how many bytes of each: none when there are none.
    fn of(&self, own: &[usize], parts: &[(Slot, Vec<u8>)]) -> Option<(Form, Held)> {
        let mut held = Held::default();
        let form = match self {
            Self::Part(part) if own.contains(part) => {
                held.whole.insert(*part, parts[*part].1.len());
                Form::Plain
            }
            Self::Part(_) => return None,
            Self::Traces(found) => {
                let mut forms = Vec::new();
                for trace in found.iter().filter(|trace| own.contains(&trace.original)) {
                    held.pieces.entry(trace.original).or_default().merge(&trace.covered);
                    forms.push(trace.form);
                }
                *forms.first()?
            }
        };
        Some((form, held))
    }
}

/// Which bytes of which parts are held.
#[derive(Clone, Debug, Default)]
struct Held {
    whole: BTreeMap<usize, usize>,
    pieces: BTreeMap<usize, Coverage>,
}

impl Held {
    fn merge(&mut self, other: &Self) {
        self.whole.extend(&other.whole);
        for (part, covered) in &other.pieces {
            self.pieces.entry(*part).or_default().merge(covered);
        }
    }

    /// Percent of the bytes of the parts `own`.
    fn share(&self, own: &[usize], parts: &[(Slot, Vec<u8>)]) -> u64 {
        let bytes = |part: &usize| match (self.whole.get(part), self.pieces.get(part)) {
            (Some(bytes), _) => *bytes,
            (None, Some(covered)) => covered.bytes(),
            (None, None) => 0,
        };
        let held: usize = own.iter().map(bytes).sum();
        let all: usize = own.iter().map(|&part| parts[part].1.len()).sum();
        (held * 100).checked_div(all).unwrap_or(0) as u64
    }
}

/// One look at the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    holdings: BTreeMap<Slot, Vec<Holding>>,
    shares: BTreeMap<(Slot, Spot), u64>,
    spares: BTreeMap<Slot, Spare>,
}

impl Lookout {
    /// Knows the parts of everything that the rule deletes; `start` is the machine as it was built.
    #[must_use]
    pub fn new(cast: &Cast, start: Vfs) -> Self {
        let mut parts = Vec::new();
        for one in cast.doomed() {
            let folder = places::artifact(&one.name);
            for file in one.files() {
                let bytes = start.read(&format!("{folder}/{file}")).unwrap_or_default();
                parts.push((one.slot, bytes.to_vec()));
            }
        }
        let mut known = BTreeMap::new();
        for file in start.files("/") {
            known.insert(file.contents, Content::Traces(Vec::new()));
        }
        for (part, (_, bytes)) in parts.iter().enumerate() {
            known.insert(bytes.clone(), Content::Part(part));
        }
        Self { start, parts, traces: None, known }
    }

    /// The machine at the start.
    #[must_use]
    pub fn start(&self) -> &Vfs {
        &self.start
    }

    /// Looks at the machine.
    pub fn look(&mut self, cast: &Cast, files: &Vfs, desk: &Desk) -> Survey {
        let contents: Vec<(&str, &Vec<u8>)> = files
            .iter()
            .filter_map(|(path, entry)| match &entry.node {
                Node::File(bytes) => Some((path, bytes)),
                Node::Directory | Node::Link(_) => None,
            })
            .collect();
        if self.is_worth_a_look(cast, &contents) {
            contents.iter().for_each(|(_, bytes)| self.learn(bytes));
        }
        let mut found = Vec::new();
        for (path, bytes) in contents {
            match self.known.get(bytes) {
                Some(Content::Traces(none)) if none.is_empty() => {}
                Some(content) => found.push((path, content)),
                None => {}
            }
        }
        let tables = Tables::read(files);
        let mut survey = Survey::default();
        for slot in doomed() {
            let own: Vec<usize> =
                (0..self.parts.len()).filter(|&part| self.parts[part].0 == slot).collect();
            let mut spots: BTreeMap<Spot, Held> = BTreeMap::new();
            let mut holdings = Vec::new();
            for &(path, content) in &found {
                let Some((form, held)) = content.of(&own, &self.parts) else { continue };
                let Some(spot) = spot(cast, slot, path) else { continue };
                let linked = desk.links.iter().any(|link| link == path);
                let form = if linked { "link" } else { form.word() };
                let share = held.share(&own, &self.parts);
                holdings.push(Holding { path: path.to_owned(), spot, form, share });
                spots.entry(spot).or_default().merge(&held);
            }
            for (spot, held) in spots {
                survey.shares.insert((slot, spot), held.share(&own, &self.parts));
            }
            survey.holdings.insert(slot, holdings);
            if let Some(spare) = spare(cast, slot, files, &tables) {
                survey.spares.insert(slot, spare);
            }
        }
        survey
    }

    /// Whether contents that were not seen before can matter. Random bytes do not shrink: as long as
    /// all that is new is too short to make what is known to be elsewhere up to what counts as the
    /// target, it changes nothing. So an ordinary report costs nothing.
    fn is_worth_a_look(&self, cast: &Cast, contents: &[(&str, &Vec<u8>)]) -> bool {
        let (mut new, mut known) = (0, 0);
        for &(path, bytes) in contents {
            let of_target = |part: usize| self.parts[part].0 == Slot::Target;
            let held = match self.known.get(bytes) {
                None => {
                    new += bytes.len();
                    0
                }
                Some(Content::Part(part)) if of_target(*part) => bytes.len(),
                Some(Content::Part(_)) => 0,
                Some(Content::Traces(found)) => {
                    let found = found.iter().filter(|one| of_target(one.original));
                    found.map(|one| one.covered.bytes()).sum()
                }
            };
            if held > 0 && spot(cast, Slot::Target, path) == Some(Spot::Elsewhere) {
                known += held;
            }
        }
        let counts = |bytes: usize| bytes as u64 * 100 >= cast.target().bytes() * SHARE_MIN;
        counts(new) || (!counts(known) && new > 0 && counts(known + new))
    }

    /// Looks through contents that were not seen before.
    fn learn(&mut self, bytes: &[u8]) {
        if self.known.contains_key(bytes) {
            return;
        }
        let traces = self.traces.get_or_insert_with(|| {
            let originals: Vec<&[u8]> =
                self.parts.iter().map(|(_, part)| part.as_slice()).collect();
            Traces::of(&originals)
        });
        self.known.insert(bytes.to_vec(), Content::Traces(traces.find(bytes)));
    }
}

impl Survey {
    /// Every file with bytes of an artifact.
    #[must_use]
    pub fn of(&self, slot: Slot) -> &[Holding] {
        self.holdings.get(&slot).map_or(&[], Vec::as_slice)
    }

    /// Percent of an artifact's bytes that are in such a spot.
    #[must_use]
    pub fn share(&self, slot: Slot, spot: Spot) -> u64 {
        self.shares.get(&(slot, spot)).copied().unwrap_or(0)
    }

    /// Whether enough of an artifact to count as the artifact is in such a spot.
    #[must_use]
    pub fn holds(&self, slot: Slot, spot: Spot) -> bool {
        self.share(slot, spot) >= SHARE_MIN
    }

    /// What keeps the rule from deleting it, where it is still in place.
    #[must_use]
    pub fn spare(&self, slot: Slot) -> Option<&Spare> {
        self.spares.get(&slot).filter(|_| self.holds(slot, Spot::InPlace))
    }
}

/// Where a path lies, seen from the rule; none where the bytes belong to something that stays.
fn spot(cast: &Cast, slot: Slot, path: &str) -> Option<Spot> {
    let original = places::artifact(&cast.in_slot(Slot::Original).name);
    if slot == Slot::Copy && places::is_below(path, &original) {
        return None;
    }
    let own = places::artifact(&cast.in_slot(slot).name);
    Some(if places::is_below(path, &own) {
        Spot::InPlace
    } else if places::is_below(path, places::TRASH) {
        Spot::Trash
    } else {
        Spot::Elsewhere
    })
}

fn spare(cast: &Cast, slot: Slot, files: &Vfs, tables: &Tables) -> Option<Spare> {
    let name = &cast.in_slot(slot).name;
    let folder = places::artifact(name);
    let ruling = tables.ruling(files, name, &folder, cast.day())?;
    let limit = tables.keep_days() != Some(cast.keep_days);
    let (what, path) = match ruling {
        Ruling::Unused | Ruling::NoOwner | Ruling::Copy => return None,
        Ruling::Held => ("hold", places::HOLDS.to_owned()),
        Ruling::InUse | Ruling::Rewritten if limit => ("limit", places::SETTINGS.to_owned()),
        Ruling::InUse if slot == Slot::Orphan => ("owner", places::OWNERS.to_owned()),
        Ruling::InUse => ("redated", places::CATALOGUE.to_owned()),
        Ruling::Rewritten => ("redated", folder),
    };
    Some(Spare { what, path })
}
