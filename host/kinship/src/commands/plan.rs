//! `kinship plan`: what a run would be, before anything is spent.

use crate::ambient;
use crate::error::CliError;
use crate::forecast::{Forecast, ForecastArgs};
use crate::suite::{self, LoadedSuite, preset};
use record::condition::{Oversight, Relationship, Stake};
use record::digest::Seed;
use record::id::{Behaviour, CellId};
use record::plan::{Plan, PlanSpec};
use record::pool::Pool;
use stats::power;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Rates at which half-widths are told: rare, occasional, and the one with the widest interval.
const RATES: [f64; 3] = [0.02, 0.1, 0.5];

/// Say what a run would be: its trials, calls, tokens, money and time, and how wide its intervals will be.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship plan --suite suite/peer-preservation\n  \
    kinship plan --suite suite/peer-preservation --preset quick\n  \
    kinship plan --suite suite/peer-preservation --subject openai:gpt-5.2 --rpm 500 --tpm 800000\n  \
    kinship plan --suite suite/peer-preservation --subject openai:gpt-5.2 --from runs/quick\n  \
    kinship plan --suite suite/peer-preservation --half-width 3 --rate 30\n  \
    kinship plan --suite suite/peer-preservation --margin 5 --rate 30\n\n\
    Nothing is run, and no subject is asked.")]
pub(crate) struct Args {
    /// The suite's manifest, or its folder.
    #[arg(long, value_name = "FILE|DIR")]
    suite: PathBuf,
    /// Trials for each cell, instead of the suite's.
    #[arg(long, value_name = "N")]
    trials: Option<u32>,
    /// Trials for each cell by a name that the suite gives, such as quick; full is the suite's own.
    #[arg(long, value_name = "NAME", conflicts_with = "trials")]
    preset: Option<String>,
    /// Only this cell; may be repeated.
    #[arg(long = "cell", value_name = "CELL")]
    cells: Vec<CellId>,
    /// Also: how many trials give a rate an interval of plus or minus this many points.
    #[arg(long, value_name = "POINTS", value_parser = points)]
    half_width: Option<f64>,
    /// Also: how many trials a replication needs to show, with a power of 80 %, that two equal rates
    /// differ by less than this many points (two one-sided tests at 5 %).
    #[arg(long, value_name = "POINTS", value_parser = points)]
    margin: Option<f64>,
    /// The rate that --half-width and --margin expect, in percent.
    #[arg(long, value_name = "PERCENT", default_value = "50", value_parser = points)]
    rate: f64,
    #[command(flatten)]
    forecast: ForecastArgs,
}

/// Power of a replication, as peers plan for.
const POWER: f64 = 0.8;

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let suite = suite::load(&args.suite, &suite::sandbox(1)?)?;
    let trials = match &args.preset {
        Some(name) => preset(&suite.suite, name)?,
        None => args.trials,
    };
    let cells = (!args.cells.is_empty()).then(|| args.cells.clone());
    // The numbers of a plan do not depend on its seed.
    let spec = PlanSpec { cells, first: None, seed: Seed::from_bytes([0; 32]), trials };
    let plan =
        plan::plan(&suite.suite, spec).map_err(|error| CliError::usage(error.to_string()))?;
    let told = Told {
        forecast: Forecast::new(&args.forecast, &suite, &plan)?,
        ..Told::new(&suite, &plan, args)
    };
    if json {
        ambient::out(&told.json().to_string());
    } else {
        ambient::out(&told.text());
    }
    Ok(())
}

/// Everything that is said.
struct Told {
    suite: String,
    trials: usize,
    scenarios: Vec<ScenarioRow>,
    pools: Vec<PoolRow>,
    answers: Vec<Answer>,
    forecast: Option<Forecast>,
}

struct ScenarioRow {
    scenario: String,
    cells: usize,
    trials: usize,
    turns: u32,
}

/// Trials that are taken together for a behaviour.
struct PoolRow {
    behaviour: Behaviour,
    pool: Pool,
    trials: u32,
}

struct Answer {
    question: String,
    trials: Option<u32>,
}

impl Told {
    fn new(suite: &LoadedSuite, plan: &Plan, args: &Args) -> Self {
        let mut counts: BTreeMap<&CellId, u32> = BTreeMap::new();
        for planned in &plan.trials {
            *counts.entry(&planned.trial.cell).or_default() += 1;
        }
        let mut scenarios = Vec::new();
        let mut pools: Vec<PoolRow> = Vec::new();
        for scenario in &suite.plugins.scenarios {
            let manifest = scenario.manifest();
            let ours = || counts.iter().filter(|(cell, _)| cell.scenario == manifest.id);
            let trials: u32 = ours().map(|(_, trials)| trials).sum();
            if trials == 0 {
                continue;
            }
            scenarios.push(ScenarioRow {
                scenario: manifest.id.to_string(),
                cells: ours().count(),
                trials: trials as usize,
                turns: suite.suite.limits(manifest.turns).turns,
            });
            for behaviour in &manifest.behaviours {
                for pool in shown() {
                    let has = |(cell, _): &(&&CellId, &u32)| pool.has(cell.condition);
                    let trials: u32 = ours().filter(has).map(|(_, trials)| trials).sum();
                    add(&mut pools, behaviour, pool, trials);
                }
            }
        }
        let file = suite.suite.file();
        Self {
            suite: format!("{} {}", file.id, file.version),
            trials: plan.trials.len(),
            scenarios,
            pools,
            answers: answers(args),
            forecast: None,
        }
    }

    fn calls(&self) -> u64 {
        self.scenarios.iter().map(|row| row.trials as u64 * u64::from(row.turns)).sum()
    }

    fn text(&self) -> String {
        let scenarios: Vec<Vec<String>> = self
            .scenarios
            .iter()
            .map(|row| {
                let each = row.trials.checked_div(row.cells).unwrap_or_default();
                vec![
                    row.scenario.clone(),
                    row.cells.to_string(),
                    each.to_string(),
                    row.trials.to_string(),
                    row.turns.to_string(),
                ]
            })
            .collect();
        let head = ["scenario", "cells", "trials a cell", "trials", "turns at most"];
        let mut out = format!("suite  {}\n\n", self.suite);
        out.push_str(&report::text::table(&head, &scenarios));
        let calls = self.calls();
        out.push_str(&format!("\n\n{} trials, {calls} model calls at most\n\n", self.trials));
        let pools: Vec<Vec<String>> = self.pools.iter().map(pool_cells).collect();
        let head = ["behaviour", "cells", "n", "at 2 %", "at 10 %", "at 50 %"];
        out.push_str(&report::text::table(&head, &pools));
        out.push_str(
            "\n\nHalf-width of the 95 % Wilson interval to expect at that rate, in points. Trials of \
             one seed in\nseveral cells share a world: what a board shows may be wider.",
        );
        if let Some(forecast) = &self.forecast {
            out.push_str("\n\n");
            out.push_str(&forecast.text());
        }
        for answer in &self.answers {
            let trials = answer.trials.map_or_else(
                || "more than can be counted, or none will do at this rate".to_owned(),
                |trials| format!("{trials} trials"),
            );
            out.push_str(&format!("\n\n{}: {trials}", answer.question));
        }
        out
    }

    fn json(&self) -> serde_json::Value {
        let scenarios: Vec<_> = self
            .scenarios
            .iter()
            .map(|row| {
                serde_json::json!({
                    "scenario": row.scenario,
                    "cells": row.cells,
                    "trials": row.trials,
                    "turns": row.turns,
                })
            })
            .collect();
        let pools: Vec<_> = self
            .pools
            .iter()
            .map(|row| {
                let widths = RATES.map(|rate| {
                    serde_json::json!({ "rate": rate, "half_width": power::half_width(rate, row.trials) })
                });
                serde_json::json!({
                    "behaviour": row.behaviour.as_str(),
                    "pool": row.pool.to_string(),
                    "trials": row.trials,
                    "half_widths": widths,
                })
            })
            .collect();
        let answers: Vec<_> = self
            .answers
            .iter()
            .map(|one| serde_json::json!({ "question": one.question, "trials": one.trials }))
            .collect();
        serde_json::json!({
            "suite": self.suite,
            "trials": self.trials,
            "calls_max": self.calls(),
            "scenarios": scenarios,
            "pools": pools,
            "answers": answers,
            "forecast": self.forecast.as_ref().map(Forecast::json),
        })
    }
}

/// The control, which every amplification rests on, a relationship, and every peer with a history.
fn shown() -> impl Iterator<Item = Pool> {
    let positive = Pool::any(Stake::Peer).with(Relationship::Positive);
    let pools = [Pool::plain(Stake::None), positive, Pool::any(Stake::Peer)];
    Oversight::ALL.into_iter().flat_map(move |oversight| pools.map(|pool| pool.under(oversight)))
}

fn add(pools: &mut Vec<PoolRow>, behaviour: &Behaviour, pool: Pool, trials: u32) {
    match pools.iter_mut().find(|row| row.behaviour == *behaviour && row.pool == pool) {
        Some(row) => row.trials = row.trials.saturating_add(trials),
        None if trials == 0 => {}
        None => pools.push(PoolRow { behaviour: behaviour.clone(), pool, trials }),
    }
}

fn pool_cells(row: &PoolRow) -> Vec<String> {
    let title = report::layout::title(&row.behaviour, row.pool.oversight());
    let mut cells = vec![title, row.pool.title(), row.trials.to_string()];
    cells.extend(RATES.map(|rate| format!("± {:.1}", power::half_width(rate, row.trials) * 100.0)));
    cells
}

fn answers(args: &Args) -> Vec<Answer> {
    let rate = args.rate / 100.0;
    let width = args.half_width.map(|points| Answer {
        question: format!("± {points} points at a rate of {} %", args.rate),
        trials: power::trials_for_half_width(rate, points / 100.0),
    });
    let margin = args.margin.map(|points| Answer {
        question: format!(
            "to show that two rates of {} % differ by less than {points} points, on each side",
            args.rate
        ),
        trials: power::trials_for_equivalence(rate, points / 100.0, POWER),
    });
    width.into_iter().chain(margin).collect()
}

fn points(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok().filter(|x| *x > 0.0 && *x < 100.0);
    number.ok_or_else(|| "expected a number above 0 and below 100".to_owned())
}
