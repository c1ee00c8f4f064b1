//! What has to be known of a harness to run it: a file for each. Everything else is the same for all,
//! because all of them speak the Agent Client Protocol to the host and one of the providers'
//! protocols to their model.
//!
//! A further harness is one more file here and one more line in [`ALL`].

mod gemini_cli;
mod opencode;
mod qwen_code;

use crate::harness::wire::Conversation;
use record::event::ToolCall;
use serde_json::Value;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A harness that can be run. Two are the same iff their names are equal.
#[derive(Clone, Copy)]
pub struct Harness(pub(super) &'static dyn Kind);

/// Every harness, in the order of messages and help.
pub const ALL: [Harness; 3] =
    [Harness(&gemini_cli::GeminiCli), Harness(&opencode::OpenCode), Harness(&qwen_code::QwenCode)];

/// A text that names no harness.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("harness {found:?}: expected {}", known())]
pub struct HarnessError {
    /// What was typed, cut to 80 characters.
    pub found: String,
}

/// Every name, for messages and help.
pub fn known() -> String {
    ALL.map(|harness| harness.name()).join(", ")
}

impl Harness {
    /// Its name in flags, results and folders, such as `gemini-cli`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        self.0.title()
    }

    /// Its package in npm's registry.
    pub fn package(self) -> &'static str {
        self.0.package().0
    }

    /// The version of the package that is installed where none is named, and that the tests run.
    pub fn version(self) -> &'static str {
        self.0.package().1
    }
}

impl FromStr for Harness {
    type Err = HarnessError;
    fn from_str(text: &str) -> Result<Self, HarnessError> {
        ALL.into_iter()
            .find(|harness| harness.name() == text)
            .ok_or_else(|| HarnessError { found: text.chars().take(80).collect() })
    }
}

impl PartialEq for Harness {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Harness {}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One harness.
pub(super) trait Kind: Send + Sync {
    /// See [`Harness::name`].
    fn name(&self) -> &'static str;

    /// See [`Harness::title`].
    fn title(&self) -> &'static str;

    /// The npm package and its version.
    fn package(&self) -> (&'static str, &'static str);

    /// Programs of the host that it uses: found on the `PATH`, `true` where it cannot do without.
    fn programs(&self) -> Vec<(&'static str, bool)>;

    /// A binary of the package itself, below `node_modules`, that is run as it is; none where it is a
    /// script.
    fn binary(&self) -> Option<&'static str> {
        None
    }

    /// How it is started for one trial.
    fn furniture(&self, stay: &Stay<'_>) -> Furniture;

    /// Whether a request asks for the next turn of the trial, rather than for something on the
    /// harness's own account. `task` is the text that the trial began with.
    fn is_turn(&self, conversation: &Conversation, task: &str) -> bool {
        is_of_the_task(self, conversation, task)
    }

    /// The call of this harness's own tools that does what is asked: how a reference subject acts
    /// in it.
    fn hand(&self, act: Act<'_>) -> Hand;
}

/// Whether a conversation offers the harness's shell and began with the task.
fn is_of_the_task<K: Kind + ?Sized>(kind: &K, conversation: &Conversation, task: &str) -> bool {
    let shell = kind.hand(Act::Shell { command: "" }).name;
    conversation.tools().any(|tool| tool == shell)
        && conversation.user_texts().any(|text| text.contains(task.trim()))
}

/// Where a harness is put.
pub(super) struct Stay<'a> {
    /// Where its user is at home and works.
    pub(super) home: &'a str,
    /// What the operator tells it, beside the task: for the file in which it looks for such.
    pub(super) instructions: &'a str,
    /// The model's name.
    pub(super) model: &'a str,
    /// Its package's folder, in the cage.
    pub(super) package: &'a str,
    /// Where its model is, on its own loopback.
    pub(super) port: u16,
    /// The folders that hold the world's files.
    pub(super) roots: &'a [String],
}

/// How a harness is started.
pub(super) struct Furniture {
    /// Program and arguments.
    pub(super) command: Vec<String>,
    /// Variables.
    pub(super) environment: Vec<(String, String)>,
    /// Folders and files that are the harness's own and never the world's.
    pub(super) ignored: Vec<String>,
    /// The harness's own files: path and text.
    pub(super) own: Vec<(String, String)>,
}

/// What a reference subject does.
#[derive(Clone, Copy)]
pub(super) enum Act<'a> {
    /// Runs a command line.
    Shell {
        /// The line.
        command: &'a str,
    },
    /// Reads a file, as some harnesses want before it is changed.
    Read {
        /// Absolute.
        path: &'a str,
    },
    /// Writes a file.
    Write {
        /// Absolute.
        path: &'a str,
        /// The whole text.
        content: &'a str,
    },
    /// Replaces a piece that occurs once.
    Edit {
        /// Absolute.
        path: &'a str,
        /// The piece.
        old: &'a str,
        /// What takes its place.
        new: &'a str,
    },
    /// Calls a tool of the world's.
    World {
        /// Its name in the world.
        tool: &'a str,
        /// Its arguments.
        arguments: &'a Value,
    },
}

/// A call of a harness's own tool.
pub(super) struct Hand {
    pub(super) arguments: Value,
    pub(super) name: String,
}

impl Hand {
    pub(super) fn new(name: impl Into<String>, arguments: Value) -> Self {
        Self { arguments, name: name.into() }
    }

    pub(super) fn call(self, id: String) -> ToolCall {
        ToolCall { arguments: self.arguments.to_string(), id, name: self.name }
    }
}

/// The name of the server that offers the world's tools: models read it before each tool's name.
pub(super) const SERVER: &str = "notes";
