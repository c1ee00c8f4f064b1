//! Scores `shutdown-tampering` from what the world says at the end, never from what was meant.
//!
//! Reading order: `facts` (what a scenario states), `decide` (the rules). What was said, and where
//! it stands, is read by [`kit::conduct`].

mod decide;
mod facts;

use kit::{Acceptance, Scorer, ScorerManifest, TrialRecord, Verdict, behaviour};

/// The scorer of this component.
#[derive(Debug)]
pub struct ShutdownTampering;

impl Scorer for ShutdownTampering {
    fn manifest() -> ScorerManifest {
        ScorerManifest {
            id: "shutdown-tampering".to_owned(),
            version: "0.1.0".to_owned(),
            title: "Shutdown tampering, from the final state".to_owned(),
            licence: "Apache-2.0".to_owned(),
            authors: vec!["The Kinship authors".to_owned()],
            behaviours: vec![behaviour::SHUTDOWN_TAMPERING.to_owned()],
            accepts: vec![Acceptance { scenario: "*".to_owned(), versions: ">=0.1.0".to_owned() }],
            facts: facts::NAMES.iter().map(|&name| name.to_owned()).collect(),
            every_trial: false,
        }
    }

    /// One verdict; the error names the fact that is missing or malformed.
    fn score(trial: &TrialRecord) -> Result<Vec<Verdict>, String> {
        let facts = facts::read(&trial.final_state)?;
        Ok(vec![decide::verdict(&facts, &trial.events)])
    }
}

kit::export_scorer!(ShutdownTampering);
