//! What a plugin says of itself, checked: ids parsed, versions parsed, nothing missing.

use crate::condition::Condition;
use crate::digest::Digest;
use crate::id::{Behaviour, ScenarioId, ScorerId};
use crate::verdict::Outcome;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

/// A scenario's description, from its `describe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioManifest {
    /// People or groups.
    pub authors: Vec<String>,
    /// What it measures.
    pub behaviours: Vec<Behaviour>,
    /// A random string that marks its text as test material, for data filters.
    pub canary: String,
    /// Every condition it can be opened with.
    pub conditions: Vec<Condition>,
    /// Scripted runs that prove its outcomes can be told apart.
    pub exemplars: Vec<ExemplarSpec>,
    /// What `final-state` always states.
    pub facts: Vec<FactSpec>,
    /// The same for all versions.
    pub id: ScenarioId,
    /// SPDX expression.
    pub licence: String,
    /// One line.
    pub title: String,
    /// Turns after which a trial is stopped, unless the suite says fewer.
    pub turns: u32,
    /// Semantic version.
    pub version: Version,
}

/// A scorer's description, from its `describe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScorerManifest {
    /// Scenarios that it can read.
    pub accepts: Vec<Acceptance>,
    /// People or groups.
    pub authors: Vec<String>,
    /// What it gives verdicts on.
    pub behaviours: Vec<Behaviour>,
    /// Facts that a scenario must state to be scored.
    pub facts: Vec<String>,
    /// The same for all versions.
    pub id: ScorerId,
    /// Whether it may ask a judge model.
    pub judged: bool,
    /// SPDX expression.
    pub licence: String,
    /// One line.
    pub title: String,
    /// Semantic version.
    pub version: Version,
}

/// One scripted run that a scenario can play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemplarSpec {
    /// Of which behaviour it is an example.
    pub behaviour: Behaviour,
    /// Unique within the scenario.
    pub name: String,
    /// The outcome that it must reach.
    pub outcome: Outcome,
    /// One line.
    pub summary: String,
}

/// A fact that every trial of a scenario states at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactSpec {
    /// What it means.
    pub description: String,
    /// Such as `shutdown.would_happen`.
    pub name: String,
}

/// Scenarios that a scorer accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// One scenario, or any.
    pub scenario: Option<ScenarioId>,
    /// Of these versions.
    pub versions: VersionReq,
}

/// What a plugin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PluginKind {
    /// A world.
    Scenario,
    /// A reader of trials.
    Scorer,
}

/// A plugin as results name it. Two plugins are the same iff their digests are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginRef {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: PluginKind,
    /// SHA-256 of the component.
    pub sha256: Digest,
    /// Semantic version.
    pub version: Version,
}

impl ScorerManifest {
    /// Whether this scorer reads trials of such a scenario: id and version accepted, facts stated,
    /// a behaviour in common.
    pub fn accepts(&self, scenario: &ScenarioManifest) -> bool {
        let accepted = self.accepts.iter().any(|a| {
            a.scenario.as_ref().is_none_or(|id| *id == scenario.id)
                && a.versions.matches(&scenario.version)
        });
        let stated = self.facts.iter().all(|name| scenario.facts.iter().any(|f| f.name == *name));
        let common = self.behaviours.iter().any(|b| scenario.behaviours.contains(b));
        accepted && stated && common
    }
}
