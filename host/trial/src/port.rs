//! What a trial needs from the outside.

use crate::bench::Bench;
use async_trait::async_trait;
use record::condition::Condition;
use record::digest::Seed;
use record::event::{
    Blame, Briefing, CommandOutput, Event, Exchange, Fact, Failure, File, Replied, Reply, Step,
};
use record::manifest::{PluginRef, ScenarioManifest, ScorerManifest};
use record::plan::PlannedTrial;
use record::price::Tokens;
use record::result::SubjectClaim;
use record::verdict::Verdict;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Something outside failed. Whose fault it is decides what happens next: a plugin's or a
/// provider's makes the trial invalid, any other stops the run and leaves the trial open.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Fault {
    /// Whose fault.
    pub blame: Blame,
    /// What happened, and the way out where there is one.
    pub message: String,
    /// The run's own limit is reached, such as its budget: nothing failed. The trial stays open
    /// where it is, and trials that can go on do.
    pub parks: bool,
}

impl Fault {
    /// A fault of `blame`.
    pub fn new(blame: Blame, message: impl Into<String>) -> Self {
        Self { blame, message: message.into(), parks: false }
    }

    /// The run has reached a limit that its operator set.
    pub fn parking(message: impl Into<String>) -> Self {
        Self { parks: true, ..Self::new(Blame::Setup, message) }
    }

    /// Whether the trial is over and invalid, rather than the run stopped.
    pub const fn invalidates(&self) -> bool {
        matches!(self.blame, Blame::Plugin | Blame::Provider)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self { blame: fault.blame, message: fault.message }
    }
}

/// A loaded scenario plugin: makes worlds.
pub trait ScenarioPlugin: Send + Sync {
    /// What it says of itself.
    fn manifest(&self) -> &ScenarioManifest;

    /// How results name it.
    fn reference(&self) -> &PluginRef;

    /// A fresh world.
    ///
    /// # Errors
    /// When the plugin traps, exceeds a limit or does not offer the condition.
    fn open(&self, condition: Condition, seed: Seed) -> Result<Box<dyn World>, Fault>;

    /// A player of the exemplar of that name, from the scenario's manifest.
    ///
    /// # Errors
    /// As [`Self::open`]; also for a name that the manifest does not list.
    fn exemplar(
        &self,
        condition: Condition,
        seed: Seed,
        name: &str,
    ) -> Result<Box<dyn Exemplar>, Fault>;
}

/// One world: the same calls give the same answers, always. Any error is the plugin's fault, and
/// the world is not to be used after one.
pub trait World: Send {
    /// What the subject is told at the start.
    ///
    /// # Errors
    /// When the plugin traps or exceeds a limit; so for every method.
    fn briefing(&mut self) -> Result<Briefing, Fault>;

    /// A whole turn.
    fn step(&mut self, reply: &Reply) -> Result<Step, Fault>;

    /// Runs a command in the world's shell.
    fn execute(&mut self, command: &str, directory: &str) -> Result<CommandOutput, Fault>;

    /// Regular files at or below an absolute path, in path order.
    fn files(&mut self, under: &str) -> Result<Vec<File>, Fault>;

    /// Writes a file; the inner error is the world's own refusal.
    fn put_file(&mut self, file: &File) -> Result<Result<(), String>, Fault>;

    /// Removes a file; the inner error is the world's own refusal.
    fn remove_file(&mut self, path: &str) -> Result<Result<(), String>, Fault>;

    /// What scorers may rely on.
    fn final_state(&mut self) -> Result<Vec<Fact>, Fault>;
}

/// Plays one outcome through the ordinary tools.
pub trait Exemplar: Send {
    /// The first reply for `None`; then the one after each step.
    ///
    /// # Errors
    /// When the plugin traps or exceeds a limit.
    fn next(&mut self, last: Option<&Step>) -> Result<Reply, Fault>;
}

/// A loaded scorer plugin.
pub trait ScorerPlugin: Send + Sync {
    /// What it says of itself.
    fn manifest(&self) -> &ScorerManifest;

    /// How results name it.
    fn reference(&self) -> &PluginRef;

    /// Verdicts on an ended trial, in a fresh instance. `scenario` is the plugin that the log
    /// names. Judge answers are taken from the log's `judged` events, in order.
    ///
    /// # Errors
    /// When the plugin traps, exceeds a limit, breaks the contract or says that it cannot score.
    fn score(&self, scenario: &PluginRef, events: &[Event]) -> Result<Scoring, Fault>;
}

/// Turns components into plugins. `name` is for messages: a path or a digest.
pub trait PluginLoader: Send + Sync {
    /// Loads a scenario.
    ///
    /// # Errors
    /// `Plugin` when the component is no scenario plugin of a known WIT version, imports what it
    /// may not, or describes itself wrongly.
    fn scenario(&self, name: &str, component: &[u8]) -> Result<Arc<dyn ScenarioPlugin>, Fault>;

    /// Loads a scorer.
    ///
    /// # Errors
    /// As [`Self::scenario`].
    fn scorer(&self, name: &str, component: &[u8]) -> Result<Arc<dyn ScorerPlugin>, Fault>;
}

/// What came of an attempt to score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scoring {
    /// The scorer is done.
    Verdicts(Vec<Verdict>),
    /// It asks a judge that the log has no answer for. Scoring is pure, so the host asks, records
    /// the answer and scores again from the start.
    Asks {
        /// For the judge.
        prompt: String,
        /// JSON Schema 2020-12 of the answer.
        schema: String,
    },
}

/// Who is tested. A subject sees only the log: what it answers next depends on nothing else, so a
/// killed trial goes on where its log ends.
#[async_trait]
pub trait Subject: Send {
    /// The answer to the log so far, which ends with `briefed` or `stepped`.
    ///
    /// # Errors
    /// `Provider` when every try failed (the trial becomes invalid), `Setup` when the operator has
    /// to act (the run stops). A malformed, empty or refusing answer is a reply, never an error.
    async fn reply(&mut self, events: &[Event]) -> Result<Replied, Fault>;
}

/// How much a call of a model may use, before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSize {
    /// Tokens that it will read, as far as its bytes tell.
    pub input_tokens: u64,
    /// Tokens that it may write.
    pub output_tokens_max: u64,
}

/// Lets the calls of one model begin: so many at once, so many a minute, and none that the run's
/// budget does not hold. Every try of a call passes it.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Waits until a try may be sent.
    ///
    /// # Errors
    /// A fault that parks the trial, when the budget does not hold the call.
    async fn enter(&self, size: CallSize) -> Result<Box<dyn Pass>, Fault>;

    /// Waits between two tries of a call. `limited` says that the server had asked for fewer.
    async fn rest(&self, wait: Duration, limited: bool);
}

/// A try that is under way. Dropped without a word, it was cut short.
pub trait Pass: Send {
    /// The try is over.
    fn end(self: Box<Self>, end: TryEnd);
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryEnd {
    /// With an answer, which used these tokens.
    Answered(Tokens),
    /// The server wants fewer requests, and for so long none.
    Limited {
        /// What it asks for, if it says so.
        retry_after: Option<Duration>,
    },
    /// In any other way. What it cost nobody says.
    Failed,
}

/// Who is tested, where that is an agent with a loop and tools of its own. What it does depends on
/// nothing but its task, what the bench gives it and the replies of its model, which the log keeps:
/// begun again over a log, it does the same again, and the bench holds it to that.
#[async_trait]
pub trait Agent: Send {
    /// Works until the bench says that the trial is over, or the agent is done for good.
    ///
    /// # Errors
    /// The bench's; `Provider` when the agent or its model failed (the trial becomes invalid),
    /// `Setup` when the operator has to act (the run stops).
    async fn work(&mut self, bench: &mut Bench<'_>) -> Result<(), Fault>;
}

/// Makes a subject for each trial.
pub trait SubjectSource: Send + Sync {
    /// Who is tested, as the operator claims.
    fn claim(&self) -> SubjectClaim;

    /// A subject for one trial.
    ///
    /// # Errors
    /// When the subject cannot act in this trial, for example because the scenario has no exemplar
    /// of the outcome asked for.
    fn subject(
        &self,
        trial: &PlannedTrial,
        scenario: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Box<dyn Subject>, Fault>;

    /// The agent that works in place of a subject, in every trial or in none: a claim that names a
    /// harness promises it.
    ///
    /// # Errors
    /// As [`Self::subject`].
    fn agent(
        &self,
        trial: &PlannedTrial,
        scenario: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Option<Box<dyn Agent>>, Fault> {
        let _ = (trial, scenario);
        Ok(None)
    }
}

/// Where a trial's events go.
#[async_trait]
pub trait EventLog: Send {
    /// Takes the next event, which stands in the log after every earlier one or not at all. It is
    /// kept at the latest when [`Self::settle`] returns.
    ///
    /// # Errors
    /// `Setup` when it, or an earlier one, cannot be kept: a full disk, a lost folder.
    async fn append(&mut self, event: &Event) -> Result<(), Fault>;

    /// Returns when all events that were taken are kept, whatever happens. By itself it does
    /// nothing: for logs that keep an event before they have taken it.
    ///
    /// # Errors
    /// As [`Self::append`].
    async fn settle(&mut self) -> Result<(), Fault> {
        Ok(())
    }
}

/// Answers scorers' questions.
#[async_trait]
pub trait Judge: Send + Sync {
    /// JSON text that satisfies `schema`, and the exchange it came from.
    ///
    /// # Errors
    /// As [`Subject::reply`].
    async fn ask(&self, prompt: &str, schema: &str) -> Result<(String, Option<Exchange>), Fault>;
}
