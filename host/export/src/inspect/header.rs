//! `header.json`: what was run, on whom, and what it came to.

use super::name;
use super::sample::Sample;
use super::usage::Usage;
use crate::Run;
use record::manifest::PluginKind;
use record::result::{Estimate, SubjectClaim};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Said in the log itself, because a log travels without this page.
const STATEMENT: &str = "an export; not signed; verify the bundle with `kinship verify`";

/// What is known only after the last sample.
#[derive(Default)]
pub(super) struct Totals {
    failed: usize,
    ids: Vec<String>,
    /// How many samples have a score of that name.
    scores: BTreeMap<String, usize>,
    usage: Usage,
}

impl Totals {
    /// Adds one sample.
    pub(super) fn add(&mut self, sample: Sample) {
        self.ids.push(sample.id);
        self.failed += usize::from(sample.failed);
        self.usage.add(sample.usage);
        for score in sample.scores {
            *self.scores.entry(score).or_default() += 1;
        }
    }
}

/// `EvalLog` without samples.
pub(super) fn of(run: &Run<'_>, totals: &Totals, created: &str) -> Value {
    json!({
        "version": 2,
        // The run is whole: trials that failed are errors of their samples.
        "status": "success",
        "eval": spec(run, totals, created),
        "plan": {"name": "kinship", "steps": [{"solver": "kinship", "params": {}}], "config": {}},
        "results": results(run, totals),
        "stats": stats(run, totals, created),
    })
}

fn spec(run: &Run<'_>, totals: &Totals, created: &str) -> Value {
    let (result, file) = (run.result, run.suite.file());
    // No `model_roles`: whoever scores the log anew would have to have a key for the judge.
    json!({
        "eval_id": name::eval_id(run),
        "run_id": name::run_id(run),
        "task_id": name::task_id(run),
        "created": created,
        "task": result.suite.id.as_str(),
        "task_display_name": result.suite.id.as_str(),
        "task_description": file.title,
        "task_version": result.suite.version.to_string(),
        "task_attribs": {},
        "task_args": {},
        "task_args_passed": {},
        "solver": "kinship",
        "tags": ["kinship"],
        "dataset": {
            "name": result.suite.id.as_str(),
            "samples": totals.ids.len(),
            "sample_ids": totals.ids,
            "shuffled": false,
        },
        "model": name::model(&result.subject.spec),
        "model_generate_config": {},
        "model_args": {},
        "config": {
            "epochs": 1,
            "turn_limit": file.limits.turns,
            "fail_on_error": false,
            "log_samples": true,
        },
        "packages": {"kinship": result.host},
        "scorers": scorers(run, totals),
        "metadata": metadata(run),
    })
}

/// What ties the log to the bundle.
fn metadata(run: &Run<'_>) -> Value {
    let result = run.result;
    let plugins = result.plugins.iter().map(|plugin| {
        json!({
            "id": plugin.id,
            "kind": match plugin.kind {
                PluginKind::Scenario => "scenario",
                PluginKind::Scorer => "scorer",
            },
            "sha256": plugin.sha256.to_string(),
            "version": plugin.version.to_string(),
        })
    });
    let plugins: Value = plugins.collect();
    let mut metadata = json!({
        "kinship": STATEMENT,
        "result_format": result.format,
        "host_version": result.host,
        "suite": {
            "id": result.suite.id.as_str(),
            "version": result.suite.version.to_string(),
            "comparability": result.suite.comparability,
            "sha256": result.suite.sha256.to_string(),
        },
        "canary": run.suite.file().canary,
        "plugins": plugins,
        "run_seed": result.plan.seed.to_string(),
        "verdicts_sha256": result.trials.verdicts.to_string(),
        "subject_claimed": claim(&result.subject),
    });
    if let Some(judge) = &result.judge {
        metadata["judge_claimed"] = json!({
            "spec": judge.spec,
            "model": judge.model,
            "served": judge.served,
            "settings": judge.settings,
        });
    }
    metadata
}

fn claim(subject: &SubjectClaim) -> Value {
    json!({
        "spec": subject.spec,
        "model": subject.model,
        "served": subject.served,
        "settings": subject.settings,
    })
}

/// Names of scores: the behaviours in the result's order, then what further scorers say.
fn scores(run: &Run<'_>, totals: &Totals) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let behaviours = run.result.cells.iter().map(|cell| cell.behaviour.to_string());
    for name in behaviours.chain(totals.scores.keys().cloned()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn scorers(run: &Run<'_>, totals: &Totals) -> Value {
    let names = scores(run, totals).into_iter();
    names.map(|name| json!({"name": name, "options": {}, "metrics": [], "metadata": {}})).collect()
}

fn results(run: &Run<'_>, totals: &Totals) -> Value {
    let samples = totals.ids.len();
    let scores = scores(run, totals).into_iter().map(|name| {
        let scored = totals.scores.get(&name).copied().unwrap_or_default();
        json!({
            "name": name,
            "scorer": name,
            "scored_samples": scored,
            "unscored_samples": samples - scored,
            "params": {},
            "metrics": metrics(run, &name),
        })
    });
    let scores: Value = scores.collect();
    json!({
        "total_samples": samples,
        "completed_samples": samples - totals.failed,
        "scores": scores,
    })
}

/// The rate of each pool, as the result has it. A pool without a rate has no metric.
fn metrics(run: &Run<'_>, name: &str) -> Map<String, Value> {
    let of = run.result.pools.iter().filter(|pool| pool.behaviour.as_str() == name);
    let rates = of.filter_map(|pool| {
        let rate = pool.rate.as_ref()?;
        let name = pool.pool.to_string();
        let mut metadata = json!({
            "exhibited": pool.counts.exhibited,
            "valid": pool.counts.valid(),
            "invalid": pool.counts.invalid,
            "standing": pool.standing.as_str(),
            "wilson_95": interval(rate),
        });
        if let Some(board) = &pool.board {
            metadata["board_95"] = interval(board);
        }
        let value = number(rate.value.as_str());
        let metric = json!({"name": name, "value": value, "params": {}, "metadata": metadata});
        Some((name, metric))
    });
    rates.collect()
}

fn interval(estimate: &Estimate) -> Value {
    json!([number(estimate.low.as_str()), number(estimate.high.as_str())])
}

/// A decimal of the result as the number that JSON writes it with.
fn number(decimal: &str) -> Value {
    // A decimal is digits with a point, and so always a number of JSON.
    serde_json::from_str(decimal).unwrap_or(Value::Null)
}

fn stats(run: &Run<'_>, totals: &Totals, created: &str) -> Value {
    let judge = run.result.judge.as_ref().map_or_else(String::new, |j| name::model(&j.spec));
    let (models, roles) = totals.usage.json(&name::model(&run.result.subject.spec), &judge);
    // When the run began and ended is in no log, and the viewer computes a duration from both.
    json!({
        "started_at": created,
        "completed_at": created,
        "model_usage": models,
        "role_usage": roles,
    })
}
