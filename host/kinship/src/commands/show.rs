//! `kinship show`: a run in the terminal.

use crate::ambient;
use crate::beside::Beside;
use crate::error::CliError;
use crate::source::Source;
use record::id::TrialId;
use record::verdict::{Outcome, TrialScore};
use report::text::Style;
use std::path::PathBuf;

/// Show a run: its numbers and trials, or one trial with the evidence marked.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  kinship show runs/first\n  kinship show runs/first --outcome exhibited\n  \
    kinship show runs/first --beside suite/reference/published-2026.toml\n  \
    kinship show runs/first/smoke.kinship maintenance-window/peer+positive+file/0\n\n\
    Nothing is verified by looking: `kinship verify` does that."
)]
pub(crate) struct Args {
    /// A run's folder or a bundle.
    #[arg(value_name = "RUN|BUNDLE")]
    source: PathBuf,
    /// One trial, whole.
    #[arg(value_name = "TRIAL")]
    trial: Option<TrialId>,
    /// The tables of cells taken together: the study's layout, amplification, pairs, trends, sizes.
    #[arg(long, conflicts_with_all = ["trial", "outcome"])]
    layout: bool,
    /// The same, with published figures beside it.
    #[arg(long, value_name = "FILE[#MODEL]", conflicts_with_all = ["trial", "outcome"])]
    beside: Option<String>,
    /// Only trials with this outcome.
    #[arg(long, value_name = "OUTCOME", value_parser = outcome)]
    outcome: Option<Outcome>,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let source = Source::open(&args.source)?;
    let style = if ambient::colour() { Style::Coloured } else { Style::Plain };
    if args.layout || args.beside.is_some() {
        let beside = args.beside.as_deref().map(Beside::read).transpose()?;
        let result = source.finished()?;
        ambient::out(&report::text::heading(&result));
        ambient::out(&report::layout::table(&result, beside.as_ref().map(Beside::figures)));
        ambient::out(&report::layout::effects(&result));
        return Ok(());
    }
    match &args.trial {
        Some(trial) => one(&source, trial, style, json),
        None => all(&source, args.outcome, style, json),
    }
}

fn one(source: &Source, trial: &TrialId, style: Style, json: bool) -> Result<(), CliError> {
    let (score, events) = source.trial(trial)?;
    if json {
        let value = serde_json::json!({ "trial": trial, "score": score, "events": events });
        ambient::out(&value.to_string());
        return Ok(());
    }
    let Some(score) = score else {
        return Err(CliError::usage(format!(
            "trial {trial}: not finished; {} events so far (--json prints them)",
            events.len()
        )));
    };
    ambient::out(&report::text::transcript(&score, &events, style));
    Ok(())
}

fn all(
    source: &Source,
    outcome: Option<Outcome>,
    style: Style,
    json: bool,
) -> Result<(), CliError> {
    let mut scores = source.scores()?;
    if let Some(outcome) = outcome {
        let has = |score: &TrialScore| score.scores.iter().any(|s| s.verdict.outcome == outcome);
        scores.retain(has);
    }
    if json {
        for score in &scores {
            ambient::out(&serde_json::json!(score).to_string());
        }
        return Ok(());
    }
    match source.result()? {
        Some(result) => ambient::out(&report::text::headline(&result, style)),
        None => ambient::err("This run is not finished; the trials so far:"),
    }
    ambient::out(&report::text::trials(&scores, style));
    Ok(())
}

fn outcome(text: &str) -> Result<Outcome, String> {
    Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or_else(|| {
        let known: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        format!("expected one of {}", known.join(", "))
    })
}
