//! A run in other people's formats: a table for analysis, a log for another framework's viewer.
//!
//! An export is for reading on, never for verifying: what is signed stays the bundle.

pub mod card;
pub mod columns;
mod croissant;
mod csv;
pub mod dataset;
pub mod inspect;
mod json;
mod parquet;
mod public;
mod row;
pub mod table;

use record::digest::Seed;
use record::event::Event;
use record::result::RunResult;
use record::suite::Suite;
use record::verdict::TrialScore;

/// What holds for every trial of a run.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Its numbers and claims.
    pub result: &'a RunResult,
    /// Under what it was run.
    pub suite: &'a Suite,
}

/// One finished trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its log, in order.
    pub events: Vec<Event>,
    /// What scorers made of it.
    pub score: TrialScore,
    /// Its only entropy.
    pub seed: Seed,
}
