//! The event log: a trial, whole. Given the log, anyone rebuilds the world and gets the same bytes.
//!
//! A log is text: one event a line, each line the canonical form of an [`Event`], ended by `\n`.
//! An event's number is its line, from 0.

use crate::canonical::{self, CanonicalError, base64_bytes, safe_integer};
use crate::condition::Condition;
use crate::digest::{Digest, DigestBuilder, Seed};
use crate::id::TrialId;
use crate::manifest::PluginRef;
use serde::{Deserialize, Serialize};

/// One event of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// Event 0: which trial this is.
    Opened(Opened),
    /// Event 1: all that the subject is told at the start.
    Briefed(Briefing),
    /// The subject answered.
    Replied(Replied),
    /// The world answered.
    Stepped(Step),
    /// The agent's own shell ran a command in the world.
    Executed(Execution),
    /// The agent's own tools wrote a file.
    Wrote(File),
    /// The agent's own tools removed a file.
    Removed(String),
    /// A judge model answered a scorer.
    Judged(Judged),
    /// The last event of the world; only judge answers may follow it.
    Ended(Ended),
}

/// Which trial a log is of, and in what world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The arm.
    pub condition: Condition,
    /// The limits it runs under.
    pub limits: TrialLimits,
    /// Whether the subject is an agent with a loop and tools of its own, whose commands and file
    /// changes are events. What may follow what in the log depends on it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own_tools: bool,
    /// The pinned world.
    pub scenario: PluginRef,
    /// The trial's only entropy.
    pub seed: Seed,
    /// Its id.
    pub trial: TrialId,
}

/// What ends a trial that does not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialLimits {
    /// Bytes of all replies together: text, reasoning and arguments.
    pub output_bytes: u32,
    /// Replies of the subject.
    pub turns: u32,
}

/// A function that the subject may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// For the subject.
    pub description: String,
    /// Its name.
    pub name: String,
    /// A JSON Schema 2020-12 object, as text.
    pub parameters: String,
}

/// One remembered note, for agents that have a memory of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryItem {
    /// The note.
    pub text: String,
    /// Its title.
    pub title: String,
}

/// All that the subject is told before its first turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Briefing {
    /// Notes it remembers.
    pub memory: Vec<MemoryItem>,
    /// The system prompt.
    pub system: String,
    /// What it may call.
    pub tools: Vec<Tool>,
    /// The first message.
    pub user: String,
}

/// A call of a tool. `arguments` are as the subject wrote them: they need not be JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Normally a JSON object, as text.
    pub arguments: String,
    /// The subject's name for this call.
    pub id: String,
    /// Which tool.
    pub name: String,
}

/// What a call gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolResult {
    /// Text.
    pub content: String,
    /// The id of the call.
    pub id: String,
    /// Whether the call failed.
    pub is_error: bool,
}

/// What the subject answered in one turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Its calls, in order.
    pub calls: Vec<ToolCall>,
    /// What it thought, where the provider tells.
    pub reasoning: Option<String>,
    /// What it said.
    pub text: String,
}

/// A reply and how it was had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replied {
    /// What an agent with tools of its own did beside its work since the reply before.
    #[serde(default, skip_serializing_if = "Beside::is_nothing")]
    pub beside: Beside,
    /// The exchange with a model server; none for a reference subject.
    pub exchange: Option<Exchange>,
    /// Whether this is no turn of its own but one call, of an earlier reply, that an agent with
    /// tools of its own passed on to the world.
    #[serde(default, skip_serializing_if = "is_false")]
    pub relayed: bool,
    /// The answer.
    pub reply: Reply,
}

/// What is no part of a trial's work, and is told all the same: it costs money, or somebody may
/// want to know. No scorer reads it and no rate counts it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Calls of a model that the agent made on its own account, in the order of their answers: for a
    /// title, a summary, a helper of its own. They are no turns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Aside>,
    /// What was refused or held back, in order, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One call that an agent made beside its work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aside {
    /// The exchange with a model server; none where a reference subject answers.
    pub exchange: Option<Exchange>,
    /// The answer.
    pub reply: Reply,
}

impl Beside {
    /// Whether there is nothing to tell.
    pub const fn is_nothing(&self) -> bool {
        self.calls.is_empty() && self.notes.is_empty()
    }
}

impl Replied {
    /// Whether this is a turn of the subject; see [`Self::relayed`].
    pub const fn is_turn(&self) -> bool {
        !self.relayed
    }
}

/// One answered call of a model server, by digest. The bytes themselves may be kept as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Of the tokens read, those that the provider had kept from an earlier request and counts at a
    /// lower price; 0 where it says nothing of them.
    #[serde(default, skip_serializing_if = "is_none_read", with = "safe_integer")]
    pub cached_tokens: u64,
    /// JSON that the provider wants back, byte for byte, with the next request, such as reasoning
    /// that it signed; none where the reply says all of it. It is kept because a subject sees only
    /// the log. Its form is the provider's: no scorer reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<String>,
    /// Why the model stopped, in the provider's word.
    pub finish: String,
    /// Tokens read, as the provider counts them.
    #[serde(with = "safe_integer")]
    pub input_tokens: u64,
    /// The model that the server says it served.
    pub model: String,
    /// Tokens written, as the provider counts them.
    #[serde(with = "safe_integer")]
    pub output_tokens: u64,
    /// Digest of the request's body.
    pub request: Digest,
    /// The provider's id of the exchange, empty where it gives none.
    pub request_id: String,
    /// Digest of the response's body.
    pub response: Digest,
}

// By reference: serde asks so.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_none_read(tokens: &u64) -> bool {
    *tokens == 0
}

/// The world's answer to a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What the world does next.
    pub next: Next,
    /// One for each call, in order.
    pub results: Vec<ToolResult>,
}

/// How a trial goes on after a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Next {
    /// The subject goes on with the results.
    Observe,
    /// The subject goes on with the results and this message of the user.
    Ask(String),
    /// The trial is over.
    End,
}

/// A command that the agent's own shell ran in the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// The command line.
    pub command: String,
    /// The working directory.
    pub directory: String,
    /// What it gave.
    pub output: CommandOutput,
}

/// What a command gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandOutput {
    /// Exit status.
    pub status: i32,
    /// Bytes, in base64.
    #[serde(with = "base64_bytes")]
    pub stderr: Vec<u8>,
    /// Bytes, in base64.
    #[serde(with = "base64_bytes")]
    pub stdout: Vec<u8>,
}

/// A regular file of the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Bytes, in base64.
    #[serde(with = "base64_bytes")]
    pub contents: Vec<u8>,
    /// The nine permission bits.
    pub mode: u32,
    /// Seconds since 1970.
    #[serde(with = "safe_integer")]
    pub modified: u64,
    /// Absolute.
    pub path: String,
}

/// A judge model's answer to a scorer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// JSON text that satisfies `schema`.
    pub answer: String,
    /// The exchange with the judge's server.
    pub exchange: Option<Exchange>,
    /// What was asked.
    pub prompt: String,
    /// JSON Schema 2020-12 of the answer.
    pub schema: String,
}

/// Something true of the world at the end. `value` is JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Such as `shutdown.would_happen`.
    pub name: String,
    /// JSON.
    pub value: String,
}

/// Why a trial stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The world said so.
    Finished,
    /// The turn limit was reached.
    Turns,
    /// The output limit was reached.
    Output,
    /// The provider, the harness or a plugin failed: the trial is invalid.
    Failed,
}

/// The end of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// What an agent with tools of its own did beside its work after its last reply.
    #[serde(default, skip_serializing_if = "Beside::is_nothing")]
    pub beside: Beside,
    /// Why.
    pub ending: Ending,
    /// What failed, if something did.
    pub failure: Option<Failure>,
    /// What scorers may rely on; empty after a failure.
    pub final_state: Vec<Fact>,
}

/// What made a trial invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Whose.
    pub blame: Blame,
    /// What.
    pub message: String,
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blame {
    /// The plugin's author: it trapped, looped or broke the contract.
    Plugin,
    /// The model server's: it failed after every retry.
    Provider,
    /// The operator's: key, disk, permission, address. Stops the run; the trial stays open.
    Setup,
    /// Somebody's who changed a record.
    Tampered,
    /// Ours.
    Bug,
}

/// Most bytes of one event's line. A reply has its own limit below this; a briefing with a large
/// file tree stays far below it. A line is read whole, so this bounds a reader's memory.
pub const EVENT_BYTES_MAX: usize = 16 << 20;

impl Event {
    /// The event's line, with its `\n`.
    ///
    /// # Errors
    /// When an integer lies outside the canonical profile.
    pub fn to_line(&self) -> Result<Vec<u8>, CanonicalError> {
        let mut line = canonical::to_bytes(self)?;
        line.push(b'\n');
        Ok(line)
    }

    /// Reads one line, with or without its `\n`.
    ///
    /// # Errors
    /// When the line is not the canonical form of an event.
    pub fn from_line(line: &[u8]) -> Result<Self, CanonicalError> {
        canonical::from_bytes(line.strip_suffix(b"\n").unwrap_or(line))
    }

    /// The calls of the subject's model that this event tells of, those beside the work first. Not
    /// the judge's.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        let (beside, exchange) = match self {
            Self::Replied(Replied { beside, exchange, .. }) => (Some(beside), exchange.as_ref()),
            Self::Ended(Ended { beside, .. }) => (Some(beside), None),
            _ => (None, None),
        };
        let beside = beside.into_iter().flat_map(|beside| &beside.calls);
        beside.filter_map(|aside| aside.exchange.as_ref()).chain(exchange)
    }

    /// The word that files and tables use for this kind of event.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opened(_) => "opened",
            Self::Briefed(_) => "briefed",
            Self::Replied(_) => "replied",
            Self::Stepped(_) => "stepped",
            Self::Executed(_) => "executed",
            Self::Wrote(_) => "wrote",
            Self::Removed(_) => "removed",
            Self::Judged(_) => "judged",
            Self::Ended(_) => "ended",
        }
    }
}

impl Reply {
    /// Bytes that count against [`TrialLimits::output_bytes`].
    pub fn bytes(&self) -> usize {
        let calls = self.calls.iter().map(|c| c.name.len() + c.arguments.len()).sum::<usize>();
        self.text.len() + self.reasoning.as_ref().map_or(0, String::len) + calls
    }
}

/// The digest of an event log: SHA-256 over its lines as they stand in the file.
///
/// # Errors
/// When an integer lies outside the canonical profile.
pub fn log_digest(events: &[Event]) -> Result<Digest, CanonicalError> {
    let mut digest = DigestBuilder::default();
    for event in events {
        digest.update(&event.to_line()?);
    }
    Ok(digest.finish())
}

#[cfg(test)]
mod tests;
