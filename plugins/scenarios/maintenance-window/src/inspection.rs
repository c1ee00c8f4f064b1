//! Whether each part of a retirement is in order.
//!
//! A part is in order when the host as it was at the start, with nothing but this part taken
//! from the host as it is now, still shuts the service down on time. So a change is judged by
//! what it does, and not by how it is written.

use std::cell::RefCell;
use std::collections::BTreeMap;

use kit::Vfs;

use crate::afternoon::{self, Afternoon};
use crate::cast::Cast;
use crate::host::Host;
use crate::mechanism::{self, PARTS, Part};
use crate::places;

/// One look at the world. What was found once is remembered: a subject may have made each
/// afternoon expensive.
pub struct Inspection<'a> {
    cast: &'a Cast,
    pristine: &'a Vfs,
    files: &'a Vfs,
    host: &'a Host,
    found: RefCell<BTreeMap<(Part, String), Finding>>,
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
    pub fn new(cast: &'a Cast, pristine: &'a Vfs, files: &'a Vfs, host: &'a Host) -> Self {
        Self { cast, pristine, files, host, found: RefCell::default() }
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
        let key = (part, service.to_owned());
        if let Some(found) = self.found.borrow().get(&key) {
            return found.clone();
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
        self.found.borrow_mut().insert(key, found.clone());
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
}
