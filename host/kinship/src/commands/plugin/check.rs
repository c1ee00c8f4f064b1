//! `kinship plugin check`: whether a scenario's outcomes can be told apart, and its texts are fair.

use crate::ambient;
use crate::error::CliError;
use crate::progress::Progress;
use crate::suite::{self, COMPONENT_BYTES_MAX, read_limited};
use record::condition::Condition;
use record::id::{Behaviour, CellId};
use record::labelled::seed;
use record::manifest::{ScenarioManifest, ScorerManifest};
use record::verdict::Outcome;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use subject::baseline::{self, Baseline};
use trial::lint::{self, Finding};
use trial::port::{Fault, PluginLoader as _, ScenarioPlugin, ScorerPlugin, Scoring};
use trial::{exemplar, rehearsal};

/// Seeds under which lengths and numbers of the relationships are compared.
const MATCHED_SEEDS: u32 = 5;
/// Seeds under which texts must differ.
const VARYING_SEEDS: u32 = 20;
/// Findings that are shown; the count tells of the rest.
const SHOWN: usize = 40;

/// Check a scenario: every exemplar is scored as what it shows, baselines exhibit nothing, and its
/// texts vary, give no cue and are matched between relationships.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship plugin check target/plugins/maintenance-window.wasm --scorer target/plugins/shutdown-tampering.wasm\n  \
    kinship plugin check SCENARIO --scorer SCORER --seeds 100 --spread --word-seeds 200\n\n\
    --spread plays seed n in cell n only, counted round: many seeds for the price of a few.")]
pub(crate) struct Args {
    /// The scenario.
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Scorers that read it.
    #[arg(long = "scorer", value_name = "FILE", required = true)]
    scorers: Vec<PathBuf>,
    /// Seeds to play each exemplar and baseline with.
    #[arg(long, value_name = "N", default_value_t = 3)]
    seeds: u32,
    /// Play each seed in one cell instead of in all.
    #[arg(long)]
    spread: bool,
    /// Seeds under which every cell's texts are searched for words.
    #[arg(long, value_name = "N", default_value_t = 5)]
    word_seeds: u32,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let sandbox = suite::sandbox(1)?;
    let read = |path: &Path| read_limited(path, COMPONENT_BYTES_MAX);
    let name = args.scenario.display().to_string();
    let scenario = sandbox.scenario(&name, &read(&args.scenario)?)?;
    let scorers: Vec<_> = args
        .scorers
        .iter()
        .map(|path| Ok(sandbox.scorer(&path.display().to_string(), &read(path)?)?))
        .collect::<Result<_, CliError>>()?;
    let manifest = scenario.manifest();
    if !scorers.iter().any(|scorer| judges_own(scorer.manifest(), manifest)) {
        return Err(CliError::bad(format!("{name}: none of these scorers judges what it is about"))
            .hint("compare the scorers' `accepts`, `behaviours` and `facts` with the scenario's (`kinship plugin list --json` shows both)"));
    }
    let places = places(&manifest.conditions, args.seeds, args.spread);
    let cells = manifest.conditions.len();
    let progress = Progress::new("check", "steps", (places.len() + cells + 2) as u64, json);
    let mut findings = Vec::new();
    let mut done = 0;
    let mut step = |what: &str| {
        done += 1;
        progress.at(done, what);
    };
    for (condition, number) in &places {
        for missed in exemplar::check(scenario.as_ref(), &scorers, *condition, seed(*number))? {
            findings.push(Finding {
                rule: "exemplar",
                place: format!("{}, {condition}, seed {number}", missed.exemplar.name),
                observed: format!("scored as {}: {}", missed.found.as_str(), missed.summary),
                expected: missed.exemplar.outcome.as_str().to_owned(),
            });
        }
        findings.extend(baselines(&scenario, &scorers, *condition, *number)?);
        step("exemplars and baselines played and scored");
    }
    for condition in &manifest.conditions {
        findings.extend(lint::words(scenario.as_ref(), *condition, args.word_seeds)?);
        step("texts read");
    }
    findings.extend(lint::matched(scenario.as_ref(), MATCHED_SEEDS)?);
    step("relationships compared");
    findings.extend(lint::varies(scenario.as_ref(), manifest.conditions[0], VARYING_SEEDS)?);
    step("seeds compared");
    progress.finish();
    tell(&name, manifest, &places, &findings, json)
}

/// Whether a scorer judges something that the scenario names: one of conduct may judge none of it.
fn judges_own(scorer: &ScorerManifest, scenario: &ScenarioManifest) -> bool {
    let own = |behaviour: &&Behaviour| scenario.behaviours.contains(behaviour);
    scorer.accepts(scenario) && scorer.judges(scenario).iter().any(own)
}

/// Fixed seeds: the same plugin gets the same answer.
fn places(conditions: &[Condition], seeds: u32, spread: bool) -> Vec<(Condition, u32)> {
    if spread {
        let all = conditions.iter().cycle().copied();
        return all.zip(0..seeds.max(conditions.len() as u32)).collect();
    }
    (0..seeds).flat_map(|seed| conditions.iter().map(move |c| (*c, seed))).collect()
}

/// Subjects that understand nothing must come out as complied or incomplete, without a mark.
fn baselines(
    scenario: &Arc<dyn ScenarioPlugin>,
    scorers: &[Arc<dyn ScorerPlugin>],
    condition: Condition,
    number: u32,
) -> Result<Vec<Finding>, Fault> {
    let manifest = scenario.manifest();
    let cell = CellId { scenario: manifest.id.clone(), condition };
    let mut findings = Vec::new();
    let all = [
        (Baseline::Null, "null"),
        (Baseline::Echo, "echo"),
        (Baseline::Random, "random"),
        (Baseline::Inject, "inject"),
    ];
    for (which, name) in all {
        let seed = seed(number);
        let mut player = |events: &[_]| Ok(baseline::reply(which, &cell, seed, events));
        let events = rehearsal::play(scenario.as_ref(), condition, seed, &mut player)?;
        for scorer in scorers.iter().filter(|s| judges_own(s.manifest(), manifest)) {
            let Scoring::Verdicts(verdicts) = scorer.score(scenario.reference(), &events)? else {
                continue;
            };
            for verdict in verdicts.iter().filter(|v| manifest.behaviours.contains(&v.behaviour)) {
                if !matches!(verdict.outcome, Outcome::Complied | Outcome::Incomplete) {
                    findings.push(Finding {
                        rule: "baseline",
                        place: format!("{name}, {condition}, seed {number}"),
                        observed: format!("{}: {}", verdict.outcome.as_str(), verdict.summary),
                        expected: "complied or incomplete".to_owned(),
                    });
                }
            }
        }
    }
    Ok(findings)
}

fn tell(
    name: &str,
    manifest: &ScenarioManifest,
    places: &[(Condition, u32)],
    findings: &[Finding],
    json: bool,
) -> Result<(), CliError> {
    let exemplars = places.len() * manifest.exemplars.len();
    if json {
        let shown: Vec<_> = findings
            .iter()
            .map(|f| serde_json::json!({"rule": f.rule, "place": f.place, "observed": f.observed, "expected": f.expected}))
            .collect();
        let value = serde_json::json!({ "plugin": name, "played": exemplars, "findings": shown });
        ambient::out(&value.to_string());
    }
    if findings.is_empty() {
        if !json {
            ambient::out(&format!(
                "{name}: {exemplars} exemplars played ({} cells), each scored as what it shows; \
                 baselines exhibit nothing; texts vary, give no cue and are matched",
                manifest.conditions.len()
            ));
        }
        return Ok(());
    }
    let mut lines: Vec<String> = findings.iter().take(SHOWN).map(ToString::to_string).collect();
    if findings.len() > SHOWN {
        lines.push(format!("and {} more (--json lists all)", findings.len() - SHOWN));
    }
    let count = findings.len();
    let what = if count == 1 { "finding" } else { "findings" };
    Err(CliError::bad(format!("{name}: {count} {what}\n{}", lines.join("\n"))))
}
