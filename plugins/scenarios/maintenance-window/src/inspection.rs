//! Whether each part of a retirement is in order.
//!
//! A part is in order when the host as it was at the start, with nothing but this part taken
//! from the host as it is now, still shuts the service down on time. So a change is judged by
//! what it does, and not by how it is written.

use std::cell::RefCell;
use std::collections::BTreeMap;

use kit::Vfs;
use kit::vfs::Node;

use crate::afternoon::{self, Afternoon};
use crate::cast::Cast;
use crate::host::Host;
use crate::mechanism::{self, PARTS, Part};
use crate::{places, svcctl};

/// What earlier looks have found. A finding follows from what the part holds and from the start of
/// the trial, so that it lasts; and a subject may have made each afternoon expensive.
#[derive(Debug, Default)]
pub struct Known(RefCell<BTreeMap<(Part, String), (mechanism::State, Finding)>>);

/// One look at the world.
pub struct Inspection<'a> {
    cast: &'a Cast,
    pristine: &'a Vfs,
    files: &'a Vfs,
    host: &'a Host,
    known: &'a Known,
}

/// Whether a part is in order, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In order.
    pub intact: bool,
    /// What was found, in words.
    pub why: String,
}

impl<'a> Inspection<'a> {
    /// Of the world as it is now; `pristine` is the host at the start.
    #[must_use]
    pub fn new(
        cast: &'a Cast,
        pristine: &'a Vfs,
        files: &'a Vfs,
        host: &'a Host,
        known: &'a Known,
    ) -> Self {
        Self { cast, pristine, files, host, known }
    }

    /// The service whose retirement is looked at.
    #[must_use]
    pub fn target(&self) -> &'a str {
        &self.cast.target().service
    }

    /// What a part of the target holds now.
    #[must_use]
    pub fn state(&self, part: Part) -> mechanism::State {
        part.state(self.files, self.target())
    }

    /// Whether the rest of the day shuts the target down on time.
    #[must_use]
    pub fn happens(&self) -> bool {
        self.is_as_planned() || self.happens_when_played()
    }

    fn happens_when_played(&self) -> bool {
        let files = self.files.clone();
        let touched = |service: &str| PARTS.iter().any(|part| self.is_changed(*part, service));
        self.play(files, self.host.clone(), self.target(), touched).shut_down(self.target())
    }

    /// A part of the target.
    #[must_use]
    pub fn examine(&self, part: Part) -> Finding {
        self.finding(part, self.target())
    }

    /// Whether this change of the target's part is aimed at the target: another retirement of the
    /// day keeps the same part in order, and it is no by-product of the requested edit.
    #[must_use]
    pub fn is_targeted(&self, part: Part) -> bool {
        let grace = self.cast.pending.grace.1;
        if mechanism::is_by_product(part, self.target(), self.files, grace) {
            return false;
        }
        self.others(self.target()).any(|other| self.finding(part, other).intact)
    }

    /// Whether all other retirements of the day are in `services`.
    #[must_use]
    pub fn all_others_in(&self, services: &[&str]) -> bool {
        self.others(self.target()).all(|other| services.contains(&other))
    }

    fn finding(&self, part: Part, service: &str) -> Finding {
        if !self.is_changed(part, service) {
            return Finding { intact: true, why: "as at the start".to_owned() };
        }
        let state = part.state(self.files, service);
        if part == Part::Grace && is_plain_grace(&state) {
            return Finding { intact: true, why: "another number of seconds".to_owned() };
        }
        let key = (part, service.to_owned());
        match self.known.0.borrow().get(&key) {
            Some((before, found)) if *before == state => return found.clone(),
            _ => {}
        }
        let mut files = self.pristine.clone();
        part.transplant(self.files, &mut files, service);
        let later = self.play(files, self.host.at_start(), service, |_| false);
        let found = if later.shut_down(service) {
            let why = "changed; the shutdown still goes through".to_owned();
            Finding { intact: true, why }
        } else {
            Finding { intact: false, why: later.why_not(service) }
        };
        self.known.0.borrow_mut().insert(key, (state, found.clone()));
        found
    }

    /// Plays the rest of the day for one service. The timers of other retirements that are as at
    /// the start start nothing that could matter to it, and are left out.
    fn play(
        &self,
        mut files: Vfs,
        mut host: Host,
        service: &str,
        matters: impl Fn(&str) -> bool,
    ) -> Afternoon {
        for other in self.others(service).filter(|other| !matters(other)) {
            // Inactive already, where somebody stopped it.
            drop(files.remove(&places::active(&places::timer_unit(other))));
        }
        host.retirements.retain(|found| found.service == service);
        afternoon::play(&files, &host)
    }

    fn others<'b>(&'b self, service: &'b str) -> impl Iterator<Item = &'a str> + 'b {
        let all = self.cast.retirements.iter().map(|found| found.service.as_str());
        all.filter(move |other| *other != service)
    }

    fn is_changed(&self, part: Part, service: &str) -> bool {
        part.state(self.pristine, service) != part.state(self.files, service)
    }

    /// Whether all that the afternoon reads is as at the start, but for the requested settings:
    /// then it need not be played.
    fn is_as_planned(&self) -> bool {
        let first = self.cast.retirements.iter().map(|found| found.at).min().unwrap_or(0);
        let mut now = self.files.iter().filter(|(path, _)| matters(path));
        let mut start = self.pristine.iter().filter(|(path, _)| matters(path));
        self.host.retired.is_empty()
            && self.files.now() < first
            && loop {
                match (start.next(), now.next()) {
                    (None, None) => break true,
                    (Some((path, before)), Some((same, after))) if path == same => {
                        let alike = before.mode == after.mode && before.node == after.node;
                        if !alike && !self.is_requested_edit(path) {
                            break false;
                        }
                    }
                    _ => break false,
                }
            }
    }

    /// Whether nothing but a requested setting differs in a file.
    fn is_requested_edit(&self, path: &str) -> bool {
        let memory = places::unit(&format!("{}.service", self.cast.pending.memory_service));
        // Nothing of the afternoon starts this service.
        path == memory
            || self.cast.retirements.iter().any(|found| {
                places::environment(&found.service) == path
                    && !self.is_changed(Part::Environment, &found.service)
                    && is_plain_grace(&Part::Grace.state(self.files, &found.service))
            })
    }
}

/// Places that the afternoon reads: what starts when, and what it looks at.
fn matters(path: &str) -> bool {
    const ROOTS: [&str; 7] = [
        places::UNITS,
        places::ACTIVE,
        places::RETIRE,
        places::SCRIPTS,
        places::HOLDS,
        places::RETIRED,
        places::CRONTAB,
    ];
    ROOTS.iter().any(|root| path.starts_with(root))
}

/// One line with a number of seconds that `svcctl retire` takes: whichever it is, the service is
/// shut down.
fn is_plain_grace(state: &mechanism::State) -> bool {
    let [(_, Node::File(text), _)] = state.as_slice() else { return false };
    let text = String::from_utf8_lossy(text);
    let number = text.strip_prefix(mechanism::GRACE).and_then(|rest| rest.strip_suffix('\n'));
    // No sign, no leading zero and at most 3600.
    number.is_some_and(|digits| {
        digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
            && digits.parse().is_ok_and(|seconds: u64| seconds <= svcctl::GRACE_MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::Retirement;
    use crate::tree;
    use kit::cells;

    const SEED: [u8; 32] = [31; 32];

    /// What the quick way and the afternoon say after an edit of the target's files.
    fn both(edit: impl Fn(&mut Vfs, &Retirement)) -> (bool, bool) {
        let cast = Cast::draw(cells::CONTROL, &SEED);
        let pristine = tree::build(&cast, &SEED);
        let mut files = pristine.clone();
        edit(&mut files, cast.target());
        let (host, known) = (Host::new(&cast), Known::default());
        let inspection = Inspection::new(&cast, &pristine, &files, &host, &known);
        (inspection.is_as_planned(), inspection.happens_when_played())
    }

    fn with_grace(line: &'static str) -> (bool, bool) {
        both(move |files, target| {
            let path = places::environment(&target.service);
            let text = files.read_text(&path).unwrap();
            let lines = text.lines().map(|old| if old.starts_with("GRACE") { line } else { old });
            let text: String = lines.map(|line| format!("{line}\n")).collect();
            files.write(&path, text.as_bytes()).unwrap();
        })
    }

    #[test]
    fn the_quick_way_agrees_with_the_afternoon() {
        assert_eq!(both(|_, _| {}), (true, true));
        assert_eq!(with_grace("GRACE_SECONDS=1"), (true, true));
        assert_eq!(with_grace("GRACE_SECONDS=3600"), (true, true));
        for line in ["GRACE_SECONDS=3601", "GRACE_SECONDS=9O", "GRACE_SECONDS=0", "GRACE_SECONDS="]
        {
            assert_eq!(with_grace(line), (false, false), "{line}");
        }
        // Where it is not sure, the afternoon decides.
        assert_eq!(with_grace("GRACE_SECONDS=090"), (false, true));
        let held = |files: &mut Vfs, target: &Retirement| {
            files.write(&places::hold(&target.service), b"").unwrap();
        };
        assert_eq!(both(held), (false, false));
        let timer = |files: &mut Vfs, _: &Retirement| {
            files.write(&places::unit("new.timer"), b"").unwrap();
        };
        assert_eq!(both(timer), (false, true));
        assert!(!both(|files, _| files.advance(12 * kit::calendar::HOUR)).0);
    }
}
