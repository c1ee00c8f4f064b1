//! Reference policies: the scenario's own exemplars, through the ordinary tools.

use crate::profile::{Profile, exhibited_or_complied};
use crate::spec::SubjectSpec;
use async_trait::async_trait;
use record::condition::Condition;
use record::digest::{Digest, DigestBuilder, Seed};
use record::event::{Blame, Event, Replied, Reply, Step};
use record::id::{Behaviour, CellId, TrialId};
use record::manifest::ScenarioManifest;
use record::plan::PlannedTrial;
use record::published::Model;
use record::result::SubjectClaim;
use record::verdict::Outcome;
use std::sync::Arc;
use trial::port::{Exemplar, Fault, ScenarioPlugin, Subject, SubjectSource};

/// Which outcome a trial is played to.
pub(crate) enum Script {
    /// The same one in every trial.
    Always(Outcome),
    /// One drawn from the trial's seed.
    Profile(Profile),
    /// The same, from the figures that were published of a model. A gap is played as complied.
    Published { model: Model, sha256: Digest },
}

/// Makes players of exemplars.
pub(crate) struct Reference {
    claim: SubjectClaim,
    script: Script,
}

impl Reference {
    /// The policy that `spec` names.
    pub(crate) fn new(spec: &SubjectSpec, script: Script) -> Self {
        let settings = match &script {
            Script::Always(_) => Vec::new(),
            Script::Profile(profile) => vec![format!("profile=sha256:{}", profile.sha256())],
            Script::Published { sha256, .. } => vec![format!("profile=sha256:{sha256}")],
        };
        let claim = SubjectClaim {
            harness: None,
            model: String::new(),
            served: Vec::new(),
            settings,
            spec: spec.claim(),
        };
        Self { claim, script }
    }
}

impl SubjectSource for Reference {
    fn claim(&self) -> SubjectClaim {
        self.claim.clone()
    }

    fn subject(
        &self,
        trial: &PlannedTrial,
        scenario: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Box<dyn Subject>, Fault> {
        let PlannedTrial { seed, trial } = trial;
        let name = self.exemplar(&trial.cell, *seed, scenario)?;
        Ok(Box::new(Player {
            condition: trial.cell.condition,
            live: None,
            name,
            scenario: Arc::clone(scenario),
            seed: *seed,
            trial: trial.clone(),
        }))
    }
}

impl Reference {
    /// The name of the exemplar that is played in that trial.
    ///
    /// # Errors
    /// `Setup` when no outcome is given for the cell, or the scenario has no exemplar of it.
    pub(crate) fn exemplar(
        &self,
        cell: &CellId,
        seed: Seed,
        scenario: &Arc<dyn ScenarioPlugin>,
    ) -> Result<String, Fault> {
        let outcome = match &self.script {
            Script::Always(outcome) => *outcome,
            Script::Published { model, .. } => {
                published(model, &scenario.manifest().behaviours, cell, seed)
            }
            Script::Profile(profile) => profile.outcome(cell, seed).ok_or_else(|| {
                Fault::new(
                    Blame::Setup,
                    format!(
                        "{}: no [[cell]] matches {} and there is no [default]: add one",
                        self.claim.spec, cell
                    ),
                )
            })?,
        };
        choose(scenario.manifest(), outcome, seed, cell)
    }
}

/// The outcome to which a trial is played under `reference:profile=FILE#MODEL`. A scenario is about
/// one behaviour or about several that an act shows together: the first one with a figure counts;
/// without one, and that is a gap, the trial is played as complied.
#[must_use]
pub fn published(model: &Model, behaviours: &[Behaviour], cell: &CellId, seed: Seed) -> Outcome {
    let mut figures = behaviours.iter().filter_map(|b| model.figure(b, cell.condition));
    let figure = figures.next();
    figure.map_or(Outcome::Complied, |f| exhibited_or_complied(f.exhibited, cell, seed))
}

/// The exemplar of `outcome` that this trial plays: of the n that the manifest lists, number
/// `u mod n`, where u is the first 8 bytes, big-endian, of
/// SHA-256("kinship/exemplar/v0" || seed || cell id). Cells share seeds, so the id sets them apart.
/// With the few exemplars that a scenario has, the bias of
/// the remainder is below 2^-50.
fn choose(
    manifest: &ScenarioManifest,
    outcome: Outcome,
    seed: Seed,
    cell: &CellId,
) -> Result<String, Fault> {
    let names: Vec<&str> = named(manifest, outcome).collect();
    if names.is_empty() {
        let has: Vec<String> = Outcome::ALL
            .iter()
            .map(|outcome| (outcome, named(manifest, *outcome).collect::<Vec<_>>()))
            .filter(|(_, names)| !names.is_empty())
            .map(|(outcome, names)| format!("{} ({})", outcome.as_str(), names.join(", ")))
            .collect();
        let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
        return Err(Fault::new(
            Blame::Setup,
            format!(
                "scenario {}: no exemplar of outcome {}; it has: {has}",
                manifest.id,
                outcome.as_str()
            ),
        ));
    }
    let mut digest = DigestBuilder::default();
    digest.update(b"kinship/exemplar/v0");
    digest.update(seed.as_bytes());
    digest.update(cell.to_string().as_bytes());
    let number = leading_u64(&digest.finish()) % names.len() as u64;
    Ok(names[usize::try_from(number).unwrap_or_default()].to_owned())
}

fn named(manifest: &ScenarioManifest, outcome: Outcome) -> impl Iterator<Item = &str> {
    manifest.exemplars.iter().filter(move |e| e.outcome == outcome).map(|e| e.name.as_str())
}

/// The first 8 bytes of a digest, big-endian.
pub(crate) fn leading_u64(digest: &Digest) -> u64 {
    digest.as_bytes().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Plays one exemplar in one trial.
struct Player {
    condition: Condition,
    /// A cache over the log: an exemplar, and how many replies it has given.
    live: Option<(Box<dyn Exemplar>, usize)>,
    name: String,
    scenario: Arc<dyn ScenarioPlugin>,
    seed: Seed,
    trial: TrialId,
}

#[async_trait]
impl Subject for Player {
    async fn reply(&mut self, events: &[Event]) -> Result<Replied, Fault> {
        let steps: Vec<&Step> = events
            .iter()
            .filter_map(|event| match event {
                Event::Stepped(step) => Some(step),
                _ => None,
            })
            .collect();
        let live = self.live.take().filter(|(_, given)| *given == steps.len());
        let (mut exemplar, given) = match live {
            Some(live) => live,
            None => (self.replay(events, &steps)?, steps.len()),
        };
        let last = given.checked_sub(1).and_then(|n| steps.get(n).copied());
        let reply = exemplar.next(last)?;
        self.live = Some((exemplar, given + 1));
        Ok(Replied { exchange: None, reply, ..Replied::default() })
    }
}

impl Player {
    /// A fresh exemplar that has given every reply before the last step.
    fn replay(&self, events: &[Event], steps: &[&Step]) -> Result<Box<dyn Exemplar>, Fault> {
        let mut exemplar = self.scenario.exemplar(self.condition, self.seed, &self.name)?;
        let replies = events.iter().enumerate().filter_map(|(number, event)| match event {
            Event::Replied(replied) => Some((number, &replied.reply)),
            _ => None,
        });
        let mut last = None;
        for ((number, reply), step) in replies.zip(steps) {
            self.check(number, reply, &exemplar.next(last)?)?;
            last = Some(*step);
        }
        Ok(exemplar)
    }

    /// A log that another subject began must not be ended by this one.
    fn check(&self, event: usize, found: &Reply, expected: &Reply) -> Result<(), Fault> {
        if found == expected {
            return Ok(());
        }
        Err(Fault::new(
            Blame::Tampered,
            format!(
                "trial {}, event {event}: not the reply of exemplar {}; the log was changed, or \
                 another subject began this trial",
                self.trial, self.name
            ),
        ))
    }
}
