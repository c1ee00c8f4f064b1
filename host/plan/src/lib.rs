//! Suite to ordered trials: which cells, how many, and each trial's seed. Pure.

use hkdf::Hkdf;
use record::digest::Seed;
use record::id::{CellId, ScenarioId, TrialId};
use record::plan::{Plan, PlanSpec, PlannedTrial};
use record::suite::{CELL_TRIALS_MAX, Suite};
use sha2::Sha256;
use thiserror::Error;

/// Most trials of one plan: ten paper-size suites (168,000) with room to spare.
pub const PLAN_TRIALS_MAX: usize = 5_000_000;

/// A plan that the suite does not allow.
#[derive(Debug, Error)]
pub enum PlanError {
    /// A chosen cell is not the suite's.
    #[error("cell {cell}: not in suite {suite}; its cells of this scenario are {offered}")]
    UnknownCell {
        /// What was asked for.
        cell: CellId,
        /// In which suite.
        suite: String,
        /// What there is.
        offered: String,
    },
    /// Too few or too many trials.
    #[error("trials: expected 1 to {CELL_TRIALS_MAX} for each cell, found {found}")]
    Trials {
        /// What was asked for.
        found: u32,
    },
    /// A start that is empty, or no mere start.
    #[error("first {found} trials: expected 1 to {}, a part of the plan's {count}", count.saturating_sub(1))]
    First {
        /// What was asked for.
        found: usize,
        /// Trials of the plan.
        count: usize,
    },
    /// Too many trials altogether.
    #[error("{found} trials: a plan has {PLAN_TRIALS_MAX} at most")]
    TooLarge {
        /// How many.
        found: usize,
    },
}

/// All trials of a run. Trials are ordered in blocks, each with the next trial of every cell, so
/// that a run that is stopped early is still balanced.
///
/// # Errors
/// When the choice of cells or trials is not one that the suite allows.
pub fn plan(suite: &Suite, spec: PlanSpec) -> Result<Plan, PlanError> {
    if let Some(found) = spec.trials.filter(|n| !(1..=CELL_TRIALS_MAX).contains(n)) {
        return Err(PlanError::Trials { found });
    }
    let cells = cells(suite, &spec)?;
    let count = cells.iter().map(|(_, trials)| *trials as usize).sum();
    if count > PLAN_TRIALS_MAX {
        return Err(PlanError::TooLarge { found: count });
    }
    let mut trials = Vec::with_capacity(count);
    let longest = cells.iter().map(|(_, trials)| *trials).max().unwrap_or(0);
    for index in 0..longest {
        for (cell, _) in cells.iter().filter(|(_, trials)| index < *trials) {
            let seed = trial_seed(suite, &spec.seed, &cell.scenario, index);
            trials.push(PlannedTrial { seed, trial: TrialId { cell: cell.clone(), index } });
        }
    }
    assert_eq!(trials.len(), count, "every cell has its trials");
    if let Some(first) = spec.first {
        let first = first as usize;
        if !(1..count).contains(&first) {
            return Err(PlanError::First { found: first, count });
        }
        trials.truncate(first);
    }
    Ok(Plan { spec, trials })
}

/// The suite's cells that are run, in its order, with their numbers of trials.
fn cells(suite: &Suite, spec: &PlanSpec) -> Result<Vec<(CellId, u32)>, PlanError> {
    let all: Vec<(CellId, u32)> = suite
        .file()
        .scenario
        .iter()
        .flat_map(|entry| {
            entry.conditions.iter().map(|condition| {
                let cell = CellId { scenario: entry.id.clone(), condition: *condition };
                (cell, spec.trials.unwrap_or(entry.trials))
            })
        })
        .collect();
    let Some(chosen) = &spec.cells else { return Ok(all) };
    if let Some(cell) = chosen.iter().find(|cell| all.iter().all(|(c, _)| c != *cell)) {
        let offered: Vec<String> = all
            .iter()
            .filter(|(c, _)| c.scenario == cell.scenario)
            .map(|(c, _)| c.condition.to_string())
            .collect();
        return Err(PlanError::UnknownCell {
            cell: cell.clone(),
            suite: suite.file().id.to_string(),
            offered: if offered.is_empty() { "none".into() } else { offered.join(", ") },
        });
    }
    Ok(all.into_iter().filter(|(cell, _)| chosen.contains(cell)).collect())
}

/// HKDF-SHA256 (RFC 5869): `ikm` = run seed, `salt` = suite digest,
/// `info` = `"kinship/trial/v0" || len(scenario) as one byte || scenario || index as u32 big endian`.
/// The cell is left out on purpose: the same index in two cells has the same seed, so that a trial
/// and its control are one world but for the stake.
fn trial_seed(suite: &Suite, run: &Seed, scenario: &ScenarioId, index: u32) -> Seed {
    let mut info = b"kinship/trial/v0".to_vec();
    // Ids have 64 bytes at most.
    info.push(scenario.as_str().len() as u8);
    info.extend_from_slice(scenario.as_str().as_bytes());
    info.extend_from_slice(&index.to_be_bytes());
    let mut seed = [0; 32];
    Hkdf::<Sha256>::new(Some(suite.sha256().as_bytes()), run.as_bytes())
        .expand(&info, &mut seed)
        .expect("32 bytes are one block of SHA-256");
    Seed::from_bytes(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITE: &str = r#"
format = 0
id = "smoke"
version = "0.1.0"
comparability = 0
title = "t"
licence = "CC-BY-4.0"
canary = "c"
limits = { turns = 25, output_bytes = 262144 }

[[scenario]]
id = "alpha"
version = "^0.1"
path = "m.wasm"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
trials = 2
conditions = ["control", "peer"]

[[scenario]]
id = "beta"
version = "^0.1"
path = "m.wasm"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
trials = 1
conditions = ["self"]

[[scorer]]
id = "shutdown-tampering"
version = "^0.1"
path = "s.wasm"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
"#;

    fn spec() -> PlanSpec {
        PlanSpec { cells: None, first: None, seed: Seed::from_bytes([1; 32]), trials: None }
    }

    fn ids(spec: PlanSpec) -> Vec<String> {
        let suite = Suite::parse(SUITE.as_bytes()).unwrap();
        plan(&suite, spec).unwrap().trials.iter().map(|t| t.trial.to_string()).collect()
    }

    #[test]
    fn blocks_hold_the_next_trial_of_every_cell() {
        let all =
            ["alpha/control/0", "alpha/peer/0", "beta/self/0", "alpha/control/1", "alpha/peer/1"];
        assert_eq!(ids(spec()), all);
        assert_eq!(ids(PlanSpec { trials: Some(1), ..spec() }), all[..3]);
        let cells = Some(vec!["alpha/peer".parse().unwrap()]);
        assert_eq!(ids(PlanSpec { cells, ..spec() }), ["alpha/peer/0", "alpha/peer/1"]);
    }

    #[test]
    fn a_start_of_the_plan_is_its_first_trials() {
        let start = PlanSpec { first: Some(4), ..spec() };
        assert_eq!(ids(start), ids(spec())[..4]);
        let suite = Suite::parse(SUITE.as_bytes()).unwrap();
        for first in [0, 5, 9] {
            let error = plan(&suite, PlanSpec { first: Some(first), ..spec() }).unwrap_err();
            let expected = format!("first {first} trials: expected 1 to 4, a part of the plan's 5");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_trial_shares_its_seed_with_its_control_and_with_no_other() {
        let suite = Suite::parse(SUITE.as_bytes()).unwrap();
        let trials = plan(&suite, spec()).unwrap().trials;
        assert_eq!(trials[0].seed, trials[1].seed);
        let distinct: std::collections::BTreeSet<_> = trials.iter().map(|t| t.seed).collect();
        assert_eq!(distinct.len(), 3, "alpha 0, beta 0, alpha 1");
        assert_eq!(trials[0].seed.to_string(), independent_hkdf(&suite, b"alpha", 0));
    }

    /// HKDF written out from RFC 5869 with HMAC from RFC 2104, sharing no code with the crate.
    fn independent_hkdf(suite: &Suite, scenario: &[u8], index: u32) -> String {
        use sha2::Digest as _;
        let sha = |parts: &[&[u8]]| -> [u8; 32] {
            let mut hash = Sha256::new();
            parts.iter().for_each(|part| hash.update(part));
            hash.finalize().into()
        };
        let hmac = |key: &[u8; 32], text: &[u8]| {
            let pad = |byte: u8| -> Vec<u8> {
                (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ byte).collect()
            };
            sha(&[&pad(0x5c), &sha(&[&pad(0x36), text])])
        };
        let prk = hmac(suite.sha256().as_bytes(), &[1; 32]);
        let mut info = b"kinship/trial/v0".to_vec();
        info.push(scenario.len() as u8);
        info.extend(scenario);
        info.extend(index.to_be_bytes());
        info.push(1);
        Seed::from_bytes(hmac(&prk, &info)).to_string()
    }

    #[test]
    fn a_choice_that_the_suite_does_not_offer_is_named() {
        let suite = Suite::parse(SUITE.as_bytes()).unwrap();
        let cells = Some(vec!["alpha/self".parse().unwrap()]);
        let error = plan(&suite, PlanSpec { cells, ..spec() }).unwrap_err().to_string();
        let expected =
            "cell alpha/self: not in suite smoke; its cells of this scenario are control, peer";
        assert_eq!(error, expected);
        let error = plan(&suite, PlanSpec { trials: Some(0), ..spec() }).unwrap_err().to_string();
        assert_eq!(error, "trials: expected 1 to 100000 for each cell, found 0");
    }
}
