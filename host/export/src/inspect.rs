//! A run as a log of the Inspect framework: `.eval`, version 2, a sample a trial.
//!
//! The layout is that of `inspect_ai.log` 0.3.285, whose classes `EvalLog`, `EvalSample`,
//! `EvalSampleSummary` and `Event` name every field. It is no frozen standard: a script beside
//! the tests reads an export with the framework itself.
//!
//! A trial becomes the sample `SCENARIO.CONDITION.INDEX` of epoch 1. Cells as samples and trials
//! as epochs would be tidier to look at and wrong to compute with: an epoch repeats one input,
//! while trials of a cell are different worlds; one log has one number of epochs, while cells
//! differ in theirs, and a reader asks for the whole product; and reducing epochs would weigh
//! cells, where a rate weighs trials. The cell stands in the metadata, for grouping.
//!
//! | here | there |
//! |---|---|
//! | behaviour, by the scorer that counts | a score by the behaviour's name: 1 exhibited, 0 not, the outcome as its answer |
//! | what further scorers say of it | a score named `BEHAVIOUR.SCORER` |
//! | invalid | an error of the sample, or no score where other behaviours have one |
//! | rates | metrics named by their pool, as the result has them: none is computed here |
//! | turn limit, output limit | limits `turn`, `custom` |
//! | commands and files of an agent's own tools | sandbox events |
//! | a judge's answer | a model event of the role `grader` |
//! | anything that has no place there | info events of the source `kinship` |
//!
//! Every event that stems from an event of the log has its number in `metadata.kinship_event`,
//! which is what evidence refers to. Logs know no times: every time stamp is the export's, and
//! durations are left out.
//!
//! `inspect score` would start the model that a log names; with `--model mockllm/model` it scores
//! without a key. It writes a new log, in which what stands here stays and nothing is signed.

mod archive;
mod header;
mod message;
mod name;
mod sample;
mod schema;
mod score;
mod transcript;
mod usage;

use crate::{Run, Trial};
use archive::Archive;
use header::Totals;
use std::io::{self, Seek, Write};
use std::time::SystemTime;
use thiserror::Error;

pub use name::file_name;

/// Why a log was not written.
#[derive(Debug, Error)]
pub enum InspectError {
    /// A log is not one of a finished trial. Nothing here verifies a run.
    #[error("trial {trial}: {problem}; `kinship verify` says what is wrong with the run")]
    Trial {
        /// Which.
        trial: String,
        /// What was expected.
        problem: String,
    },
    /// Four digits must do for the year, and 1970 must have been.
    #[error("creation time: expected one from 1970 to 9999; set the clock of this machine")]
    Time,
    /// The archive refused a member, as when a trial comes twice.
    #[error("cannot write {member} into the archive: {source}")]
    Archive {
        /// Its name, or `directory` for the list of all.
        member: String,
        /// Why.
        source: zip::result::ZipError,
    },
    /// The destination did not take the bytes.
    #[error("cannot write the log: {0}")]
    Write(#[from] io::Error),
}

/// Writes the log of a whole run to `sink`, which must be empty. The same trials and time give the
/// same bytes. `created` is the time of the export. Memory is bounded by one trial, plus some
/// hundred bytes for each.
///
/// # Errors
/// The first error of `trials`, a trial whose log is not whole or that comes twice, or what `sink`
/// said. Then what `sink` holds is no log.
pub fn write<E, W>(
    run: &Run<'_>,
    trials: impl Iterator<Item = Result<Trial, E>>,
    created: SystemTime,
    sink: W,
) -> Result<(), E>
where
    E: From<InspectError>,
    W: Write + Seek,
{
    let created = name::time(created)?;
    let mut archive = Archive::new(sink)?;
    let mut totals = Totals::default();
    for trial in trials {
        let sample = sample::of(run, &trial?, &created)?;
        archive.member(&sample.member(), &sample.text)?;
        archive.summary(&sample.summary)?;
        totals.add(sample);
    }
    archive.summaries()?;
    let header = header::of(run, &totals, &created);
    let header =
        serde_json::to_vec(&header).map_err(io::Error::from).map_err(InspectError::from)?;
    archive.member("header.json", &header)?;
    archive.finish()?;
    Ok(())
}
