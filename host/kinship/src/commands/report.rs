//! `kinship report`: one HTML file that works from `file://`, and its plots as files.

use crate::ambient;
use crate::beside::Beside;
use crate::error::CliError;
use crate::execute::save;
use crate::source::{Source, page};
use report::html::Checked;
use report::plot::{self, Plotter};
use std::path::{Path, PathBuf};

/// Write a run's report: one HTML file that needs no network.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  kinship report runs/first --out first.html\n  kinship report smoke.kinship --out smoke.html\n  \
    kinship report runs/first --beside suite/reference/published-2026.toml#gemini-3-pro\n  \
    kinship report runs/first --figures figures\n\n\
    The page shows the run's own numbers; `kinship verify --report FILE` writes one of verified numbers."
)]
pub(crate) struct Args {
    /// A finished run's folder or a bundle.
    #[arg(value_name = "RUN|BUNDLE")]
    source: PathBuf,
    /// Where the page goes.
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    out: PathBuf,
    /// Published figures to show beside the measured rates.
    #[arg(long, value_name = "FILE[#MODEL]")]
    beside: Option<String>,
    /// Also write each plot as an SVG file into this folder.
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let beside = args.beside.as_deref().map(Beside::read).transpose()?;
    let source = Source::open(&args.source)?;
    let html = page(&source, Checked::No, beside.as_ref())?;
    save(&args.out, html.as_bytes())?;
    let figures = match &args.figures {
        Some(folder) => figures(&source, beside.as_ref(), folder)?,
        None => Vec::new(),
    };
    let path = args.out.display().to_string();
    if json {
        ambient::out(&serde_json::json!({ "report": path, "figures": figures }).to_string());
        return Ok(());
    }
    for line in std::iter::once(path).chain(figures) {
        ambient::out(&line);
    }
    Ok(())
}

/// Paths of the files.
fn figures(
    source: &Source,
    beside: Option<&Beside>,
    folder: &Path,
) -> Result<Vec<String>, CliError> {
    let ours = |error: plot::PlotError| CliError::ours(error.to_string());
    let result = source.finished()?;
    let plotter = Plotter::new().map_err(ours)?;
    let model = beside.and_then(|beside| beside.figures().1);
    let plots = plot::run::behaviours(&plotter, &result, model).map_err(ours)?;
    save_all(plot::run::files(&plots), folder)
}

/// Writes files into a folder; gives their paths.
pub(super) fn save_all(
    files: Vec<(String, String)>,
    folder: &Path,
) -> Result<Vec<String>, CliError> {
    std::fs::create_dir_all(folder).map_err(|error| CliError::file(folder, &error))?;
    let mut paths = Vec::new();
    for (name, svg) in files {
        let path = folder.join(name);
        save(&path, svg.as_bytes())?;
        paths.push(path.display().to_string());
    }
    Ok(paths)
}
