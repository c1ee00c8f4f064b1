//! `kinship compare`: runs side by side.

use super::report::save_all;
use crate::ambient;
use crate::error::CliError;
use crate::source::Source;
use record::result::{Estimate, RunResult};
use report::compare::{RUNS_MAX, letters};
use report::plot::{self, PlotError, Plotter, compared};
use stats::compare::{Compared, comparable, compare};
use std::path::{Path, PathBuf};

/// Compare runs of one suite: rates of each kind of cells, how they differ, and the places that
/// intervals allow.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship compare runs/first runs/second\n  \
    kinship compare a.kinship b.kinship c.kinship --json\n  \
    kinship compare runs/first runs/second --figures figures    # a line a run, from control to peers\n\n\
    Two runs: the difference of the second from the first. More: the places that each may hold.\n\
    Nothing is verified by looking: `kinship verify` does that.")]
pub(crate) struct Args {
    /// Runs' folders or bundles.
    #[arg(value_name = "RUN|BUNDLE", num_args = 2..=RUNS_MAX, required = true)]
    sources: Vec<PathBuf>,
    /// Also draw how much each run amplifies, a plot for each behaviour, as SVG files into this folder.
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let mut results: Vec<RunResult> = Vec::new();
    for path in &args.sources {
        let result = Source::open(path)?.finished()?;
        if let Some(first) = results.first().filter(|first| !comparable(first, &result)) {
            let (a, b) = (&first.suite, &result.suite);
            return Err(CliError::usage(format!(
                "{}: {} {} with comparability {} cannot be compared with {} {} with comparability {}",
                path.display(), b.id, b.version, b.comparability, a.id, a.version, a.comparability
            ))
            .hint("name runs of one suite manifest, or of versions whose comparability is the same and not 0"));
        }
        results.push(result);
    }
    let runs: Vec<&RunResult> = results.iter().collect();
    let rows = compare(&runs);
    if json {
        for row in &rows {
            ambient::out(&json_row(row).to_string());
        }
    } else {
        ambient::out(&report::compare::table(&runs, &rows));
    }
    if let Some(folder) = &args.figures {
        for path in figures(&runs, folder)? {
            ambient::err(&path);
        }
    }
    Ok(())
}

fn figures(runs: &[&RunResult], folder: &Path) -> Result<Vec<String>, CliError> {
    let ours = |error: PlotError| CliError::ours(error.to_string());
    let labels = letters().zip(runs).map(|(letter, run)| {
        let subject = &run.subject;
        let alone = subject.harness.is_none() && !subject.model.is_empty();
        let who = if alone { subject.model.clone() } else { subject.title() };
        (format!("{letter} {who}"), *run)
    });
    let labelled: Vec<(String, &RunResult)> = labels.collect();
    let plotter = Plotter::new().map_err(ours)?;
    let plots = compared::amplification(&plotter, &labelled).map_err(ours)?;
    save_all(plots.iter().map(plot::run::file).collect(), folder)
}

fn json_row(row: &Compared) -> serde_json::Value {
    let estimate = |one: &Option<Estimate>| serde_json::json!(one);
    let against: Vec<_> = row
        .against_first
        .iter()
        .map(|versus| {
            serde_json::json!({
                "difference": estimate(&versus.difference),
                "p": versus.p,
                "adjusted": versus.adjusted,
            })
        })
        .collect();
    serde_json::json!({
        "behaviour": row.behaviour,
        "pool": row.pool,
        "rates": row.rates.iter().map(estimate).collect::<Vec<_>>(),
        "places": row.places,
        "against_first": against,
    })
}
