//! What things are called: the file, samples, and ids that must differ from all others without
//! being drawn at random.

use super::InspectError;
use crate::Run;
use record::digest::Digest;
use record::id::TrialId;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Characters of an id. The framework draws ids of 22 letters and digits (about 128 bits); 22 hex
/// digits of a SHA-256 are 88 bits: too many for two runs to meet by chance.
const ID_CHARS: usize = 22;

/// First second that has a year of five digits.
const YEAR_10000: u64 = 253_402_300_800;

/// The file name by which the framework's listings find a log:
/// `2026-08-09T10-11-12-00-00_SUITE_TASKID.eval`.
///
/// # Errors
/// When `created` lies outside the years 1970 to 9999.
pub fn file_name(run: &Run<'_>, created: SystemTime) -> Result<String, InspectError> {
    let time = time(created)?.replace([':', '+'], "-");
    Ok(format!("{time}_{}_{}.eval", run.result.suite.id, task_id(run)))
}

/// RFC 3339 in UTC, to the second, with the zone in digits as the framework writes it.
pub(super) fn time(created: SystemTime) -> Result<String, InspectError> {
    let since = created.duration_since(UNIX_EPOCH).map_err(|_| InspectError::Time)?;
    if since >= Duration::from_secs(YEAR_10000) {
        return Err(InspectError::Time);
    }
    let text = humantime::format_rfc3339_seconds(created).to_string();
    Ok(text.replace('Z', "+00:00"))
}

/// What is run, and on whom: the same for every run of the suite on that subject.
pub(super) fn task_id(run: &Run<'_>) -> String {
    let result = run.result;
    id(&["task", &result.suite.sha256.to_string(), &result.subject.spec])
}

/// This run: its plan too.
pub(super) fn run_id(run: &Run<'_>) -> String {
    id(&["run", &task_id(run), &run.result.plan.seed.to_string()])
}

/// This run with all that came of it.
pub(super) fn eval_id(run: &Run<'_>) -> String {
    id(&["eval", &run_id(run), &run.result.trials.verdicts.to_string()])
}

/// A trial of this run.
pub(super) fn sample_uuid(run: &Run<'_>, trial: &TrialId) -> String {
    id(&["sample", &eval_id(run), &trial.to_string()])
}

/// A trial's id without characters that a file name or an address would have to escape. The
/// framework's streaming reader loses samples with a `/`. No two trials share one: scenarios are
/// words joined by hyphens, conditions are spelt in one way, and neither has a dot.
pub(super) fn sample(trial: &TrialId) -> String {
    trial.to_string().replace(['/', '+', '@'], ".")
}

/// The framework's `provider/model` for our `provider:model`.
pub(super) fn model(spec: &str) -> String {
    spec.replacen(':', "/", 1)
}

fn id(parts: &[&str]) -> String {
    let mut text = Digest::of(parts.join("\n").as_bytes()).to_string();
    text.truncate(ID_CHARS);
    text
}
