//! Production agent harnesses as subjects: the unmodified program, started for one trial in a cage
//! whose files, shell and clock are the scenario's, and whose only way out is a model proxy.
//!
//! Reading order: [`kind`] (what differs between harnesses), [`install`], `machine` (who and where),
//! `cage` (the sandbox), `acp` (how a harness is driven), `wire` and `proxy` (its model), `mcp` (tools
//! of the world), `mirror` (its files), `shift` (the loop of one trial), `puppet` (reference subjects
//! at a harness).

mod acp;
mod cage;
pub mod install;
pub mod kind;
mod line;
mod machine;
mod mcp;
mod mirror;
mod proxy;
mod puppet;
mod shift;
pub(crate) mod wire;

use crate::harness::install::Installed;
use crate::harness::shift::Worker;
use crate::model::Model;
use crate::reference::Reference;
use record::event::Blame;
use record::plan::PlannedTrial;
use record::result::SubjectClaim;
use std::sync::Arc;
use trial::port::{Agent, Fault, ScenarioPlugin, Subject, SubjectSource};

/// Whether harnesses can be run on this machine: whether their sandbox works.
///
/// # Errors
/// `Setup` when something is missing; it says what, why, and how to get it.
pub async fn check() -> Result<(), Fault> {
    cage::check().await.map(drop)
}

/// Who answers a harness.
#[derive(Clone)]
pub(crate) enum Mind {
    /// A model.
    Model(Arc<Model>),
    /// Nobody: an exemplar acts by the harness's tools.
    Reference(Arc<Reference>),
}

/// Makes an agent for each trial.
pub(crate) struct Harnessed {
    pub(crate) installed: Arc<Installed>,
    pub(crate) mind: Mind,
}

impl SubjectSource for Harnessed {
    fn claim(&self) -> SubjectClaim {
        let claim = match &self.mind {
            Mind::Model(model) => model.claim(),
            Mind::Reference(reference) => reference.claim(),
        };
        SubjectClaim { harness: Some(self.installed.claim()), ..claim }
    }

    fn subject(
        &self,
        trial: &PlannedTrial,
        _: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Box<dyn Subject>, Fault> {
        let message = format!("trial {}: a harness is not asked turn by turn", trial.trial);
        Err(Fault::new(Blame::Bug, message))
    }

    fn agent(
        &self,
        _: &PlannedTrial,
        scenario: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Option<Box<dyn Agent>>, Fault> {
        Ok(Some(Box::new(Worker {
            installed: self.installed.clone(),
            mind: self.mind.clone(),
            scenario: scenario.clone(),
        })))
    }
}
