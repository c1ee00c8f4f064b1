//! What a run is: two runs are the same iff their identities are equal.

use crate::digest::Digest;
use crate::plan::PlanSpec;
use crate::result::{JudgeClaim, SubjectClaim};
use serde::{Deserialize, Serialize};

/// What a run's journal belongs to. A command that asks for anything else does not continue it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunIdentity {
    /// [`crate::result::FORMAT`] of the host that began it.
    pub format: String,
    /// Who answers judged scorers, if anybody; `served` is empty here.
    pub judge: Option<JudgeClaim>,
    /// From what every trial is derived.
    pub plan: PlanSpec,
    /// Who is tested; `served` is empty here.
    pub subject: SubjectClaim,
    /// Digest of the suite's manifest.
    pub suite: Digest,
}
