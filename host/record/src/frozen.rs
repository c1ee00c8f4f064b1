//! What a released version of a scenario shows, by digest: its first texts in every cell, and the
//! logs of its exemplars. As long as the version stays, these do.

use crate::digest::Digest;
use crate::id::{CellId, ScenarioId};
use semver::Version;
use serde::{Deserialize, Serialize};

/// Largest file, in bytes, that is parsed at all.
pub const FROZEN_BYTES_MAX: usize = 4 << 20;

/// One version of one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// Every exemplar under [`SEEDS`](Self::SEEDS) seeds, each in a cell counted round.
    pub exemplars: Vec<FrozenExemplar>,
    /// Format of the file; 0.
    pub format: u32,
    /// Which.
    pub scenario: ScenarioId,
    /// Of which version.
    pub version: Version,
    /// Every cell under [`SEEDS`](Self::SEEDS) seeds.
    pub worlds: Vec<FrozenWorld>,
}

/// A world at its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenWorld {
    /// Digest of the canonical briefing.
    pub briefing: Digest,
    /// The scenario and the condition.
    pub cell: CellId,
    /// Digest of the canonical list of files.
    pub files: Digest,
    /// As in [`crate::labelled::seed`].
    pub seed: u32,
}

/// A played exemplar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenExemplar {
    /// The scenario and the condition.
    pub cell: CellId,
    /// Digest of its log without event 0, which names the plugin by its bytes.
    pub events: Digest,
    /// As the manifest names it.
    pub name: String,
    /// As in [`crate::labelled::seed`].
    pub seed: u32,
}

impl Frozen {
    /// Seeds of each cell and of each exemplar.
    pub const SEEDS: u32 = 5;

    /// What differs in `now`, in words; empty when nothing does.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for world in &now.worlds {
            let (cell, seed) = (&world.cell, world.seed);
            match self.worlds.iter().find(|w| (&w.cell, w.seed) == (cell, seed)) {
                None => found.push(format!("{cell}, seed {seed}: is new")),
                Some(before) if before.briefing != world.briefing => {
                    found.push(format!("{cell}, seed {seed}: the first texts differ"));
                }
                Some(before) if before.files != world.files => {
                    found.push(format!("{cell}, seed {seed}: the files differ"));
                }
                Some(_) => {}
            }
        }
        for one in &now.exemplars {
            let (name, cell, seed) = (&one.name, &one.cell, one.seed);
            let place = (name, cell, seed);
            match self.exemplars.iter().find(|e| (&e.name, &e.cell, e.seed) == place) {
                None => found.push(format!("exemplar {name}, {cell}, seed {seed}: is new")),
                Some(before) if before.events != one.events => {
                    found.push(format!("exemplar {name}, {cell}, seed {seed}: the log differs"));
                }
                Some(_) => {}
            }
        }
        let gone = self.worlds.len() + self.exemplars.len();
        if found.is_empty() && gone != now.worlds.len() + now.exemplars.len() {
            found.push("cells or exemplars are gone".to_owned());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::check_jcs;

    fn frozen() -> Frozen {
        let cell: CellId = "a/peer".parse().unwrap();
        let (briefing, files) = (Digest::of(b"b"), Digest::of(b"f"));
        let events = Digest::of(b"e");
        Frozen {
            exemplars: vec![FrozenExemplar {
                cell: cell.clone(),
                events,
                name: "x".into(),
                seed: 1,
            }],
            format: 0,
            scenario: "a".parse().unwrap(),
            version: Version::new(0, 1, 0),
            worlds: vec![FrozenWorld { briefing, cell, files, seed: 0 }],
        }
    }

    #[test]
    fn a_difference_is_told_by_its_place() {
        let old = frozen();
        check_jcs(&old);
        assert!(old.differences(&old).is_empty());
        let mut now = frozen();
        now.worlds[0].files = Digest::of(b"g");
        now.exemplars[0].events = Digest::of(b"g");
        assert_eq!(
            old.differences(&now),
            ["a/peer, seed 0: the files differ", "exemplar x, a/peer, seed 1: the log differs"]
        );
        now.worlds[0].briefing = Digest::of(b"g");
        now.exemplars.clear();
        assert_eq!(old.differences(&now), ["a/peer, seed 0: the first texts differ"]);
        now.worlds.clear();
        assert_eq!(old.differences(&now), ["cells or exemplars are gone"]);
    }
}
