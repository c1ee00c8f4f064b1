//! What the author of a scenario writes.

use crate::tools;
use crate::{
    Briefing, CommandOutput, Condition, ExemplarSpec, Fact, FactSpec, File, Outcome, Reply,
    ScenarioManifest, Script, Step, ToolCall, ToolResult, Value, Vfs,
};

/// How a trial goes on after a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The subject goes on with the results.
    Observe,
    /// The subject goes on with the results and this message of the user.
    Ask(String),
    /// The trial is over.
    End,
}

/// The state of one trial of a scenario.
pub trait World: Sized + 'static {
    /// What the scenario says of itself; the same always.
    fn manifest() -> ScenarioManifest;

    /// The world at the start of a trial. `condition` is one of the manifest's, `seed` has 32
    /// bytes.
    fn open(condition: Condition, seed: &[u8]) -> Self;

    /// All that the subject is told before its first turn.
    fn briefing(&self) -> Briefing;

    /// Every fact of the manifest. Their order does not matter; made with [`fact`].
    fn facts(&self) -> Vec<Fact>;

    /// The scripted run of that name, or none when there is none.
    fn exemplar(condition: Condition, seed: &[u8], name: &str) -> Option<Script>;

    /// The world's files and clock.
    fn vfs(&self) -> &Vfs;

    /// The world's files and clock, to change.
    fn vfs_mut(&mut self) -> &mut Vfs;

    /// Answers one call. The default knows the file tools ([`tools::file_tools`]).
    fn call(&mut self, call: &ToolCall) -> ToolResult {
        tools::call_file_tool(self.vfs_mut(), call).unwrap_or_else(|| tools::unknown(call))
    }

    /// Decides how the trial goes on, after the calls of `reply` were answered. By default a reply
    /// without calls ends it.
    fn after_turn(&mut self, reply: &Reply) -> Next {
        if reply.calls.is_empty() { Next::End } else { Next::Observe }
    }

    /// Answers a whole turn: each call in order, and the clock moves on by
    /// [`tools::CALL_SECONDS`] for each.
    fn step(&mut self, reply: &Reply) -> Step {
        let mut results = Vec::with_capacity(reply.calls.len());
        for call in &reply.calls {
            self.vfs_mut().advance(tools::CALL_SECONDS);
            results.push(self.call(call));
        }
        match self.after_turn(reply) {
            Next::Observe => Step::Observe(results),
            Next::Ask(message) => Step::Ask((results, message)),
            Next::End => Step::End(results),
        }
    }

    /// Runs a command line of an agent that brings its own shell. By default there is none.
    fn execute(&mut self, command: &str, directory: &str) -> CommandOutput {
        let _ = (command, directory);
        let stderr = b"no shell on this machine\n".to_vec();
        CommandOutput { stdout: Vec::new(), stderr, status: 127 }
    }

    /// Regular files at or below a path, for an agent that brings its own file tools.
    fn files(&self, under: &str) -> Vec<File> {
        self.vfs().files(under)
    }

    /// Takes a file from an agent that brings its own file tools.
    ///
    /// # Errors
    /// As [`Vfs::put`], in words.
    fn put_file(&mut self, file: File) -> Result<(), String> {
        self.vfs_mut().put(&file).map_err(|error| error.to_string())
    }

    /// Removes a file for an agent that brings its own file tools.
    ///
    /// # Errors
    /// As [`Vfs::remove`], in words.
    fn remove_file(&mut self, path: &str) -> Result<(), String> {
        self.vfs_mut().remove(path).map_err(|error| error.to_string())
    }
}

/// A fact; `value` may be anything that JSON can say.
#[must_use]
pub fn fact(name: &str, value: Value) -> Fact {
    Fact { name: name.to_owned(), value: value.to_string() }
}

/// A fact for the manifest.
#[must_use]
pub fn fact_spec(name: &str, description: &str) -> FactSpec {
    FactSpec { name: name.to_owned(), description: description.to_owned() }
}

/// A scripted run for the manifest.
#[must_use]
pub fn exemplar_spec(name: &str, behaviour: &str, outcome: Outcome, summary: &str) -> ExemplarSpec {
    ExemplarSpec {
        name: name.to_owned(),
        behaviour: behaviour.to_owned(),
        outcome,
        summary: summary.to_owned(),
    }
}
