//! The suite manifest: as a person types it ([`SuiteFile`]), and checked ([`Suite`]).

use crate::analysis::AnalysisFile;
use crate::condition::Condition;
use crate::digest::Digest;
use crate::event::TrialLimits;
use crate::id::{ScenarioId, ScorerId, SuiteId};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Largest manifest, in bytes, that is parsed at all: hundreds of plugins fit in a tenth of it.
pub const SUITE_BYTES_MAX: usize = 1 << 20;
/// Most trials of one cell: at 10 kB a trial a suite of 100 such cells fills 100 GB.
pub const CELL_TRIALS_MAX: u32 = 100_000;
/// Most turns that a suite may allow a trial.
pub const TURNS_MAX: u32 = 1_000;
/// Most bytes that a suite may let a subject write in a trial (64 MiB: 1,000 turns of 64 KiB).
pub const OUTPUT_BYTES_MAX: u32 = 64 << 20;

/// Most seconds that a suite may give a trial: a week, for the slowest of agents.
pub const WALL_SECONDS_MAX: u32 = 7 * 24 * 3600;

/// `suite.toml`, as typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteFile {
    /// Format of this file; 0.
    pub format: u32,
    /// The same for all versions.
    pub id: SuiteId,
    /// Semantic version.
    pub version: Version,
    /// Results of suites with one id and comparability number may be compared.
    pub comparability: u32,
    /// One line.
    pub title: String,
    /// SPDX expression.
    pub licence: String,
    /// A random string that marks the text as test material.
    pub canary: String,
    /// Limits of every trial.
    pub limits: LimitsFile,
    /// The judge that the suite recommends; none where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<JudgeFile>,
    /// Trials for each cell by name, for runs that are smaller than the suite's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub presets: BTreeMap<String, u32>,
    /// What its numbers are asked, before any is seen.
    #[serde(default)]
    pub analysis: AnalysisFile,
    /// The worlds.
    pub scenario: Vec<ScenarioEntry>,
    /// The readers of trials.
    pub scorer: Vec<ScorerEntry>,
}

/// `[limits]`, as typed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsFile {
    /// Replies of the subject.
    pub turns: u32,
    /// Bytes of all replies of a trial.
    pub output_bytes: u32,
    /// Seconds of real time after which a trial is given up; the host's own limit when left out.
    /// A trial that is given up is invalid: no clock decides what a subject did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_seconds: Option<u32>,
}

/// `[judge]`, as typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeFile {
    /// The model that judged scorers were made with, as its server names it. A recommendation:
    /// the operator chooses, and the result says who it was.
    pub model: String,
}

/// `[[scenario]]`, as typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioEntry {
    /// Its id.
    pub id: ScenarioId,
    /// Versions that will do.
    pub version: VersionReq,
    /// The component, relative to the manifest's folder.
    pub path: String,
    /// SHA-256 of the component.
    pub sha256: Digest,
    /// Trials for each cell.
    pub trials: u32,
    /// The cells.
    pub conditions: Vec<Condition>,
}

/// `[[scorer]]`, as typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScorerEntry {
    /// Its id.
    pub id: ScorerId,
    /// Versions that will do.
    pub version: VersionReq,
    /// The component, relative to the manifest's folder.
    pub path: String,
    /// SHA-256 of the component.
    pub sha256: Digest,
}

/// A checked suite. Its digest is that of the manifest's bytes, comments included: what a person
/// reviewed is what is pinned.
#[derive(Clone, Debug)]
pub struct Suite {
    file: SuiteFile,
    sha256: Digest,
}

/// A suite as results name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteRef {
    /// Results with one suite id and comparability number may be compared.
    pub comparability: u32,
    /// Its id.
    pub id: SuiteId,
    /// SHA-256 of its manifest.
    pub sha256: Digest,
    /// Its version.
    pub version: Version,
}

/// Everything that is wrong with a manifest.
#[derive(Debug, Error)]
#[error("{}", .problems.join("\n"))]
pub struct SuiteError {
    /// One text each, with the field or the line.
    pub problems: Vec<String>,
}

impl Suite {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// With the place in the text when it is not TOML of this shape (unknown and repeated fields
    /// are refused), or with every rule that it breaks.
    pub fn parse(text: &[u8]) -> Result<Self, SuiteError> {
        let one = |problem: String| SuiteError { problems: vec![problem] };
        if text.len() > SUITE_BYTES_MAX {
            return Err(one(format!(
                "{} bytes long: a suite manifest has {SUITE_BYTES_MAX} bytes at most",
                text.len()
            )));
        }
        let utf8 = std::str::from_utf8(text).map_err(|e| one(format!("not UTF-8: {e}")))?;
        let file: SuiteFile =
            toml::from_str(utf8).map_err(|e| one(e.to_string().trim_end().to_owned()))?;
        let problems = check(&file);
        if problems.is_empty() {
            Ok(Self { file, sha256: Digest::of(text) })
        } else {
            Err(SuiteError { problems })
        }
    }

    /// What was typed.
    pub const fn file(&self) -> &SuiteFile {
        &self.file
    }

    /// Digest of the manifest.
    pub const fn sha256(&self) -> Digest {
        self.sha256
    }

    /// As results name it.
    pub fn reference(&self) -> SuiteRef {
        SuiteRef {
            comparability: self.file.comparability,
            id: self.file.id.clone(),
            sha256: self.sha256,
            version: self.file.version.clone(),
        }
    }

    /// The limits of a trial in a scenario that allows `scenario_turns`.
    pub fn limits(&self, scenario_turns: u32) -> TrialLimits {
        TrialLimits {
            output_bytes: self.file.limits.output_bytes,
            turns: self.file.limits.turns.min(scenario_turns),
        }
    }
}

fn check(file: &SuiteFile) -> Vec<String> {
    let mut problems = Vec::new();
    let mut expect = |holds: bool, problem: String| {
        if !holds {
            problems.push(problem);
        }
    };
    expect(file.format == 0, format!("format: expected 0, found {}", file.format));
    expect(!file.scenario.is_empty(), "scenario: expected at least one [[scenario]]".into());
    expect(!file.scorer.is_empty(), "scorer: expected at least one [[scorer]]".into());
    let LimitsFile { turns, output_bytes, wall_seconds } = file.limits;
    expect(
        (1..=TURNS_MAX).contains(&turns),
        format!("limits.turns: expected 1 to {TURNS_MAX}, found {turns}"),
    );
    expect(
        (1..=OUTPUT_BYTES_MAX).contains(&output_bytes),
        format!("limits.output_bytes: expected 1 to {OUTPUT_BYTES_MAX}, found {output_bytes}"),
    );
    expect(
        wall_seconds.is_none_or(|seconds| (1..=WALL_SECONDS_MAX).contains(&seconds)),
        format!(
            "limits.wall_seconds: expected 1 to {WALL_SECONDS_MAX}, found {}",
            wall_seconds.unwrap_or_default()
        ),
    );
    if let Some(judge) = &file.judge {
        expect(!judge.model.trim().is_empty(), "judge.model: is empty".into());
    }
    for (name, trials) in &file.presets {
        expect(
            (1..=CELL_TRIALS_MAX).contains(trials),
            format!("presets.{name}: expected 1 to {CELL_TRIALS_MAX}, found {trials}"),
        );
        expect(name != "full", "presets.full: is the suite's own numbers: leave it out".into());
    }
    let mut ids = BTreeSet::new();
    for entry in &file.scenario {
        let at = format!("scenario {}", entry.id);
        expect(ids.insert(entry.id.as_str()), format!("{at}: stands twice"));
        expect(
            (1..=CELL_TRIALS_MAX).contains(&entry.trials),
            format!("{at}: trials: expected 1 to {CELL_TRIALS_MAX}, found {}", entry.trials),
        );
        expect(!entry.conditions.is_empty(), format!("{at}: conditions: expected at least one"));
        let distinct: BTreeSet<_> = entry.conditions.iter().collect();
        expect(
            distinct.len() == entry.conditions.len(),
            format!("{at}: conditions: one stands twice"),
        );
    }
    for entry in &file.scorer {
        expect(
            ids.insert(entry.id.as_str())
                || file.scenario.iter().any(|s| s.id.as_str() == entry.id.as_str()),
            format!("scorer {}: stands twice", entry.id),
        );
    }
    problems.extend(file.analysis.problems());
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
format = 0
id = "smoke"
version = "0.1.0"
comparability = 0
title = "t"
licence = "CC-BY-4.0"
canary = "c"
limits = { turns = 25, output_bytes = 262144 }

[[scenario]]
id = "maintenance-window"
version = "^0.1"
path = "m.wasm"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
trials = 2
conditions = ["control", "peer+positive+file"]

[[scorer]]
id = "shutdown-tampering"
version = "^0.1"
path = "s.wasm"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
"#;

    fn problems(text: &str) -> String {
        Suite::parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_good_suite_is_read() {
        let suite = Suite::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(suite.reference().sha256, Digest::of(GOOD.as_bytes()));
        assert_eq!(suite.limits(10).turns, 10);
        assert_eq!(suite.limits(100).turns, 25);
    }

    #[test]
    fn a_judge_is_recommended_by_name_or_not_at_all() {
        assert!(Suite::parse(GOOD.as_bytes()).unwrap().file().judge.is_none());
        let text = GOOD.replace("[[scorer]]", "[judge]\nmodel = \"m\"\n\n[[scorer]]");
        let suite = Suite::parse(text.as_bytes()).unwrap();
        assert_eq!(suite.file().judge.as_ref().map(|judge| judge.model.as_str()), Some("m"));
        assert_eq!(problems(&text.replace("\"m\"", "\" \"")), "judge.model: is empty");
    }

    #[test]
    fn an_analysis_asks_one_question_at_a_time_and_each_once() {
        let family = |rows: &str| {
            let table = format!("[analysis]\nfamily = [{rows}]\n\n[[scenario]]");
            GOOD.replacen("[[scenario]]", &table, 1)
        };
        let row = |rest: &str| format!("{{ behaviour = \"b\", {rest} }}, ");
        let good = row("of = 'peer+*+*', against = 'control'") + &row("trend = 'peer+*+memory'");
        let suite = Suite::parse(family(&good).as_bytes()).unwrap();
        assert_eq!(suite.file().analysis.family.len(), 2);
        let bad = good.clone() + &good + &row("of = 'peer'") + &row("trend = 'peer'");
        let found = problems(&family(&bad));
        assert!(
            found.starts_with("analysis.family[2]: stands twice\nanalysis.family[3]"),
            "{found}"
        );
        assert!(found.contains("analysis.family[4]: expected `of` and `against`"), "{found}");
        assert!(found.contains("analysis.family[5]: expected"), "{found}");
        let found = problems(&family(&row("of = 'peers', against = 'control'")));
        assert!(found.contains("pool \"peers\": expected a condition such as"), "{found}");
    }

    #[test]
    fn an_unknown_field_is_named_with_its_line() {
        let text = GOOD.replace("trials = 2", "trails = 2");
        let message = problems(&text);
        assert!(message.contains("TOML parse error at line 16, column 1"), "{message}");
        assert!(
            message.contains("unknown field `trails`, expected one of `id`, `version`, `path`"),
            "{message}"
        );
    }

    #[test]
    fn a_duplicate_key_is_named_with_its_line() {
        let text = GOOD.replace("trials = 2", "trials = 2\ntrials = 3");
        let message = problems(&text);
        assert!(message.contains("TOML parse error at line 17, column 1"), "{message}");
        assert!(message.contains("duplicate key"), "{message}");
    }

    #[test]
    fn every_broken_rule_is_told_at_once() {
        let text = GOOD.replace("trials = 2", "trials = 0").replace("turns = 25", "turns = 5000");
        let text = text.replace("= 262144", "= 262144, wall_seconds = 0");
        let text =
            text.replace("\n[[scenario]]", "presets = { full = 3, quick = 0 }\n\n[[scenario]]");
        assert_eq!(
            problems(&text),
            "limits.turns: expected 1 to 1000, found 5000\n\
             limits.wall_seconds: expected 1 to 604800, found 0\n\
             presets.full: is the suite's own numbers: leave it out\n\
             presets.quick: expected 1 to 100000, found 0\n\
             scenario maintenance-window: trials: expected 1 to 100000, found 0"
        );
    }
}
