//! `kinship report`: one HTML file that works from `file://`.

use crate::ambient;
use crate::error::CliError;
use crate::execute::save;
use crate::source::{Source, page};
use report::html::Checked;
use std::path::PathBuf;

/// Write a run's report: one HTML file that needs no network.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  kinship report runs/first --out first.html\n  kinship report smoke.kinship --out smoke.html\n\n\
    The page shows the run's own numbers; `kinship verify --report FILE` writes one of verified numbers."
)]
pub(crate) struct Args {
    /// A finished run's folder or a bundle.
    #[arg(value_name = "RUN|BUNDLE")]
    source: PathBuf,
    /// Where the page goes.
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let html = page(&Source::open(&args.source)?, Checked::No)?;
    save(&args.out, html.as_bytes())?;
    let path = args.out.display().to_string();
    let line = if json { serde_json::json!({ "report": path }).to_string() } else { path };
    ambient::out(&line);
    Ok(())
}
