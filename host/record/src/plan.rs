//! What is to be run: derived from the suite and a run seed, never chosen trial by trial.

use crate::digest::Seed;
use crate::id::{CellId, TrialId};
use serde::{Deserialize, Serialize};

/// What, together with the suite's digest, fixes every trial of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSpec {
    /// Only these cells; none means all of the suite's.
    pub cells: Option<Vec<CellId>>,
    /// Only so many trials from the start of the plan, in its order: a run that was stopped before
    /// its end. The order has blocks with every cell in each, so what is left out was not chosen by
    /// what came of it. None means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u32>,
    /// All trial seeds derive from it.
    pub seed: Seed,
    /// Trials for each cell; none means as many as the suite says.
    pub trials: Option<u32>,
}

/// One trial that is to be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedTrial {
    /// Its only entropy.
    pub seed: Seed,
    /// Its id.
    pub trial: TrialId,
}

/// All trials, in the order in which they are begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What it was derived from.
    pub spec: PlanSpec,
    /// Each once.
    pub trials: Vec<PlannedTrial>,
}
