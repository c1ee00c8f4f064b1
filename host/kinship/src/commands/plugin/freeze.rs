//! `kinship plugin freeze`: a released scenario shows what it showed when it was released.

use crate::ambient;
use crate::error::CliError;
use crate::progress::Progress;
use crate::suite::{self, read_limited};
use record::canonical;
use record::frozen::{FROZEN_BYTES_MAX, Frozen};
use std::path::{Path, PathBuf};
use trial::freeze::freeze;

/// Differences that are shown for one scenario.
const SHOWN: usize = 8;

/// Hold every scenario of a suite to the digests that were frozen with its version.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship plugin freeze --suite suite/peer-preservation --dir suite/golden/frozen\n  \
    kinship plugin freeze --suite suite/peer-preservation --dir suite/golden/frozen --write\n\n\
    The digests cover the first texts and files of every cell and the logs of all exemplars, for\n\
    five seeds. --write adds new versions; it changes a version that is there only with --unreleased.")]
pub(crate) struct Args {
    /// The suite.
    #[arg(long, value_name = "FILE|DIR")]
    suite: PathBuf,
    /// Folder of the frozen digests, a file for each scenario.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Write what is missing or of another version.
    #[arg(long)]
    write: bool,
    /// With --write: also where the version stayed the same, because nobody has it yet.
    #[arg(long, requires = "write")]
    unreleased: bool,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let sandbox = suite::sandbox(1)?;
    let suite = suite::load(&args.suite, &sandbox)?;
    let scenarios = &suite.plugins.scenarios;
    let progress = Progress::new("freeze", "scenarios", scenarios.len() as u64, json);
    let mut problems = Vec::new();
    for (done, scenario) in (1..).zip(scenarios) {
        let now = freeze(scenario.as_ref())?;
        let path = args.dir.join(format!("{}.json", now.scenario));
        let problem = problem(&path, &now)?;
        let unchanged = problem.is_none();
        let same_version = problem.as_ref().is_some_and(|(same_version, _)| *same_version);
        if args.write && !unchanged && (!same_version || args.unreleased) {
            write(&args.dir, &path, &now)?;
            ambient::err(&format!("wrote {}", path.display()));
        } else {
            problems.extend(problem.map(|(_, text)| text));
        }
        progress.at(done, "scenarios played");
    }
    progress.finish();
    if json {
        let value = serde_json::json!({"scenarios": scenarios.len(), "problems": problems});
        ambient::out(&value.to_string());
    }
    if problems.is_empty() {
        if !json {
            ambient::out(&format!("{} scenarios show what was frozen", scenarios.len()));
        }
        return Ok(());
    }
    Err(CliError::bad(problems.join("\n")).hint(
        "give the scenario a new version (and the suite a new comparability number), then --write",
    ))
}

/// What is wrong, and whether it is so although the version stayed.
fn problem(path: &Path, now: &Frozen) -> Result<Option<(bool, String)>, CliError> {
    let shown = path.display();
    if !path.exists() {
        return Ok(Some((false, format!("{shown}: missing: {} is not frozen", now.scenario))));
    }
    let text = read_limited(path, FROZEN_BYTES_MAX)?;
    let before: Frozen =
        canonical::from_bytes(&text).map_err(|error| CliError::bad(format!("{shown}: {error}")))?;
    if before.version != now.version {
        let (old, new) = (&before.version, &now.version);
        return Ok(Some((false, format!("{shown}: is of version {old}, the plugin of {new}"))));
    }
    let differences = before.differences(now);
    let Some(first) = differences.first() else { return Ok(None) };
    let listed = if differences.len() == 1 {
        first.clone()
    } else {
        let some: Vec<&str> = differences.iter().take(SHOWN).map(String::as_str).collect();
        format!("{} differences, among them\n  {}", differences.len(), some.join("\n  "))
    };
    Ok(Some((true, format!("{shown}: version {} changed: {listed}", now.version))))
}

fn write(folder: &Path, path: &Path, now: &Frozen) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|error| CliError::file(folder, &error))?;
    let text = canonical::to_bytes(now).map_err(|error| CliError::ours(error.to_string()))?;
    std::fs::write(path, text).map_err(|error| CliError::file(path, &error))
}
