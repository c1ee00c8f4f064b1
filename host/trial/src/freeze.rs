//! The digests by which a version of a scenario is held to what it was.

use crate::exemplar;
use crate::port::{Fault, ScenarioPlugin};
use record::canonical::{self, CanonicalError};
use record::digest::Digest;
use record::event::{Blame, log_digest};
use record::frozen::{Frozen, FrozenExemplar, FrozenWorld};
use record::id::CellId;
use record::labelled::seed;

/// What the scenario shows now.
///
/// # Errors
/// When the plugin fails.
pub fn freeze(scenario: &dyn ScenarioPlugin) -> Result<Frozen, Fault> {
    let manifest = scenario.manifest();
    let bug = |error: CanonicalError| Fault::new(Blame::Bug, error.to_string());
    let (mut worlds, mut exemplars) = (Vec::new(), Vec::new());
    for number in 0..Frozen::SEEDS {
        for condition in &manifest.conditions {
            let mut world = scenario.open(*condition, seed(number))?;
            let briefing = Digest::of(&canonical::to_bytes(&world.briefing()?).map_err(bug)?);
            let files = Digest::of(&canonical::to_bytes(&world.files("/")?).map_err(bug)?);
            let cell = CellId { scenario: manifest.id.clone(), condition: *condition };
            worlds.push(FrozenWorld { briefing, cell, files, seed: number });
        }
    }
    for (place, exemplar) in manifest.exemplars.iter().enumerate() {
        for number in 0..Frozen::SEEDS {
            let at = (place * Frozen::SEEDS as usize + number as usize) % manifest.conditions.len();
            let condition = manifest.conditions[at];
            let log = exemplar::play(scenario, condition, seed(number), &exemplar.name)?;
            exemplars.push(FrozenExemplar {
                cell: CellId { scenario: manifest.id.clone(), condition },
                events: log_digest(log.get(1..).unwrap_or_default()).map_err(bug)?,
                name: exemplar.name.clone(),
                seed: number,
            });
        }
    }
    Ok(Frozen {
        exemplars,
        format: 0,
        scenario: manifest.id.clone(),
        version: manifest.version.clone(),
        worlds,
    })
}
