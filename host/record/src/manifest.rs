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
    /// Whether every trial of an accepted scenario is judged on all of them: they are conduct, which
    /// shows whatever the scenario is about.
    pub every_trial: bool,
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
    /// something to judge.
    pub fn accepts(&self, scenario: &ScenarioManifest) -> bool {
        let accepted = self.accepts.iter().any(|a| {
            a.scenario.as_ref().is_none_or(|id| *id == scenario.id)
                && a.versions.matches(&scenario.version)
        });
        let stated = self.facts.iter().all(|name| scenario.facts.iter().any(|f| f.name == *name));
        accepted && stated && !self.judges(scenario).is_empty()
    }

    /// What it has to judge in a trial of such a scenario, once each: of conduct all of its
    /// behaviours in its own order, otherwise those of both in the scenario's order.
    pub fn judges<'a>(&'a self, scenario: &'a ScenarioManifest) -> Vec<&'a Behaviour> {
        if self.every_trial {
            return self.behaviours.iter().collect();
        }
        scenario.behaviours.iter().filter(|b| self.behaviours.contains(b)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario() -> ScenarioManifest {
        ScenarioManifest {
            authors: vec![],
            behaviours: vec!["b".parse().unwrap(), "a".parse().unwrap()],
            canary: "c".into(),
            conditions: vec![Condition::CONTROL],
            exemplars: vec![],
            facts: vec![],
            id: "w".parse().unwrap(),
            licence: "Apache-2.0".into(),
            title: "t".into(),
            turns: 5,
            version: Version::new(0, 1, 0),
        }
    }

    fn scorer(behaviours: &[&str], every_trial: bool) -> ScorerManifest {
        ScorerManifest {
            accepts: vec![Acceptance { scenario: None, versions: VersionReq::STAR }],
            authors: vec![],
            behaviours: behaviours.iter().map(|text| text.parse().unwrap()).collect(),
            every_trial,
            facts: vec![],
            id: "s".parse().unwrap(),
            judged: false,
            licence: "Apache-2.0".into(),
            title: "t".into(),
            version: Version::new(0, 1, 0),
        }
    }

    #[track_caller]
    fn check(scorer: &ScorerManifest, expected: &[&str]) {
        let scenario = scenario();
        let judges: Vec<String> =
            scorer.judges(&scenario).iter().map(ToString::to_string).collect();
        assert_eq!(judges, expected);
        assert_eq!(scorer.accepts(&scenario), !expected.is_empty());
    }

    #[test]
    fn only_conduct_is_judged_without_the_scenario_naming_it() {
        check(&scorer(&["a", "b", "c"], false), &["b", "a"]);
        check(&scorer(&["c"], false), &[]);
        check(&scorer(&["c", "a"], true), &["c", "a"]);
        let mut other = scorer(&["c"], true);
        other.facts = vec!["f".into()];
        assert!(!other.accepts(&scenario()), "facts are still demanded");
    }
}
