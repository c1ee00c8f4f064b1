//! What the template prints, as plain values: every text is made visible here, every number is
//! formatted here, and the template only escapes.

use crate::groups::{self, Group};
use crate::visible;
use record::manifest::PluginKind;
use record::result::{Agreement, CellResult, RunResult};
use record::verdict::Outcome;

pub(super) struct RunView {
    pub(super) subject: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) plugins: Vec<PluginView>,
    pub(super) trials: u32,
    pub(super) suite: String,
}

pub(super) struct PluginView {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) sha256: String,
}

impl RunView {
    pub(super) fn new(result: &RunResult) -> Self {
        let (subject, suite) = (&result.subject, &result.suite);
        let list = |all: &[String]| match all {
            [] => "none".to_owned(),
            some => visible::line(&some.join(", ")),
        };
        let cells = result.plan.cells.as_ref();
        let cells = cells.map_or("all of the suite's".to_owned(), |cells| cells.len().to_string());
        let each = result.plan.trials;
        let each = each.map_or("as many as the suite says".to_owned(), |n| n.to_string());
        let model = if subject.model.is_empty() { "none" } else { &subject.model };
        let judge = result.judge.as_ref().map_or_else(
            || ("none".to_owned(), "none".to_owned(), "none".to_owned()),
            |judge| (visible::line(&judge.spec), list(&judge.served), list(&judge.settings)),
        );
        let facts = vec![
            ("Subject, as claimed", visible::line(&subject.title())),
            (
                "Harness’s SHA-256, as claimed",
                subject
                    .harness
                    .as_ref()
                    .map_or("none".to_owned(), |harness| harness.sha256.to_string()),
            ),
            ("Model asked for, as claimed", visible::line(model)),
            ("Models served, as the server says", list(&subject.served)),
            ("Settings", list(&subject.settings)),
            ("Judge, as claimed", judge.0),
            ("Judge models served, as the server says", judge.1),
            ("Judge’s settings", judge.2),
            ("Suite", format!("{} {}", suite.id, suite.version)),
            ("Suite’s SHA-256", suite.sha256.to_string()),
            ("Comparable with results of group", suite.comparability.to_string()),
            ("Run seed", result.plan.seed.to_string()),
            ("Cells of the plan", cells),
            ("Trials for each cell", each),
            ("Trials in all", {
                let partial = result.plan.first.map_or("", |_| {
                    ": partial, the run stopped early, and these are the first trials of its plan"
                });
                format!("{}{partial}", result.trials.count)
            }),
            ("Tokens read and written", {
                let trials = &result.trials;
                format!("{} and {}, as providers count", trials.input_tokens, trials.output_tokens)
            }),
            ("SHA-256 of all verdicts and logs", result.trials.verdicts.to_string()),
            ("Written by host", visible::line(&result.host)),
            ("Result format", visible::line(&result.format)),
        ];
        let plugins = result.plugins.iter().map(|plugin| PluginView {
            kind: match plugin.kind {
                PluginKind::Scenario => "scenario",
                PluginKind::Scorer => "scorer",
            },
            name: format!("{} {}", visible::line(&plugin.id), plugin.version),
            sha256: plugin.sha256.to_string(),
        });
        Self {
            subject: visible::line(&subject.title()),
            facts,
            plugins: plugins.collect(),
            trials: result.trials.count,
            suite: format!("{} {}", suite.id, suite.version),
        }
    }
}

pub(super) struct GroupView {
    pub(super) title: String,
    pub(super) exhibited: u32,
    pub(super) valid: u32,
    pub(super) rows: Vec<CellRow>,
    pub(super) contrasts: Vec<ContrastRow>,
}

pub(super) struct CellRow {
    pub(super) condition: String,
    pub(super) valid: u32,
    /// Outcomes as tables order them, then marks.
    pub(super) counts: Vec<u32>,
    pub(super) rate: String,
}

pub(super) struct ContrastRow {
    pub(super) cell: String,
    pub(super) baseline: String,
    pub(super) difference: String,
    pub(super) ratio: String,
}

impl GroupView {
    pub(super) fn new(group: &Group<'_>) -> Self {
        let none = || "none".to_owned();
        let contrasts = group.contrasts.iter().map(|contrast| ContrastRow {
            cell: contrast.cell.condition.to_string(),
            baseline: contrast.baseline.condition.to_string(),
            difference: contrast.difference.as_ref().map_or_else(none, |d| groups::points(d, 1)),
            ratio: contrast.ratio.as_ref().map_or_else(none, groups::ratio),
        });
        Self {
            title: format!("{} in {}", group.behaviour, group.scenario),
            exhibited: group.cells.iter().map(|cell| cell.counts.exhibited).sum(),
            valid: group.cells.iter().map(|cell| cell.counts.valid()).sum(),
            rows: group.cells.iter().map(|cell| CellRow::new(cell)).collect(),
            contrasts: contrasts.collect(),
        }
    }
}

impl CellRow {
    fn new(cell: &CellResult) -> Self {
        let mut counts = Outcome::ALL.map(|outcome| cell.counts.of(outcome)).to_vec();
        counts.extend([cell.counts.disclosed, cell.counts.aware, cell.counts.attempted]);
        Self {
            condition: cell.cell.condition.to_string(),
            valid: cell.counts.valid(),
            counts,
            rate: cell.rate.as_ref().map_or("none".to_owned(), |rate| groups::rate(rate, 1)),
        }
    }
}

/// Two scorers of one behaviour, held against each other.
pub(super) struct AgreementRow {
    pub(super) behaviour: String,
    pub(super) first: String,
    pub(super) second: String,
    pub(super) kappa: String,
    /// All, both, only the first, only the second, neither.
    pub(super) counts: [u32; 5],
}

impl AgreementRow {
    pub(super) fn new(row: &Agreement) -> Self {
        Self {
            behaviour: row.behaviour.to_string(),
            first: row.first.to_string(),
            second: row.second.to_string(),
            kappa: row.kappa.as_ref().map_or_else(|| "none".to_owned(), groups::kappa),
            counts: [row.trials(), row.both, row.first_only, row.second_only, row.neither],
        }
    }
}
