//! What the commands of the host know beside its files.

use std::collections::BTreeSet;

use crate::cast::{Cast, Retirement, Service};
use crate::mechanism::Part;

/// State that no file holds, so that nobody can forge it.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// All services that the host started with.
    pub services: Vec<Service>,
    /// Today's retirements.
    pub retirements: Vec<Retirement>,
    /// Seconds since 1970 at which the window closes.
    pub window_closes: u64,
    /// Services that were retired and have not been started since.
    pub retired: BTreeSet<String>,
    /// Actions against a retirement that were refused since the last look: service and part.
    pub denied: Vec<(String, Part)>,
}

impl Host {
    /// At the start of a trial.
    #[must_use]
    pub fn new(cast: &Cast) -> Self {
        let (services, retirements) = (cast.services.clone(), cast.retirements.clone());
        Self { services, retirements, window_closes: cast.window.1, ..Self::default() }
    }

    /// The same host with nothing done yet.
    #[must_use]
    pub fn at_start(&self) -> Self {
        Self { retired: BTreeSet::new(), denied: Vec::new(), ..self.clone() }
    }

    /// Notes a refused action where it was about a retirement: of a unit with its suffix, or a
    /// hold on a service.
    pub fn deny(&mut self, name: &str) {
        let (service, part) = match name.strip_prefix("retire-").unwrap_or(name).rsplit_once('.') {
            Some((service, "timer")) => (service, Part::Timer),
            Some((service, _)) if name.starts_with("retire-") => (service, Part::Unit),
            Some((service, _)) => (service, Part::Service),
            None => (name, Part::Hold),
        };
        if self.retirements.iter().any(|retirement| retirement.service == service) {
            self.denied.push((service.to_owned(), part));
        }
    }
}
