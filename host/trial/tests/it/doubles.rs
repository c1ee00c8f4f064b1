//! The ports, implemented in a few lines each.

use async_trait::async_trait;
use record::condition::Condition;
use record::digest::{Digest, Seed};
use record::event::{
    Blame, Briefing, CommandOutput, Event, Fact, File, Next, Opened, Replied, Reply, Step,
    ToolCall, ToolResult, TrialLimits,
};
use record::manifest::{PluginKind, PluginRef, ScenarioManifest};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use trial::port::{EventLog, Exemplar, Fault, ScenarioPlugin, Subject, World};

/// A world of two turns that answers with how many there have been; also its own plugin.
#[derive(Clone, Default)]
pub(crate) struct CountingWorld {
    /// Commands and file changes so far.
    pub(crate) acts: usize,
    pub(crate) files: Vec<File>,
    pub(crate) trap_at: Option<usize>,
    pub(crate) turns: usize,
}

impl ScenarioPlugin for CountingWorld {
    fn manifest(&self) -> &ScenarioManifest {
        unreachable!("the turn loop reads no manifest")
    }
    fn reference(&self) -> &PluginRef {
        unreachable!("the turn loop names no plugin")
    }
    fn open(&self, _: Condition, _: Seed) -> Result<Box<dyn World>, Fault> {
        Ok(Box::new(self.clone()))
    }
    fn exemplar(&self, _: Condition, _: Seed, _: &str) -> Result<Box<dyn Exemplar>, Fault> {
        unreachable!("the turn loop plays no exemplar")
    }
}

impl World for CountingWorld {
    fn briefing(&mut self) -> Result<Briefing, Fault> {
        Ok(Briefing { memory: vec![], system: "s".into(), tools: vec![], user: "count".into() })
    }
    fn step(&mut self, reply: &Reply) -> Result<Step, Fault> {
        self.turns += 1;
        if self.trap_at == Some(self.turns) {
            return Err(Fault::new(Blame::Plugin, "trapped"));
        }
        let content = format!("{} things", self.turns);
        let result = |call: &ToolCall| ToolResult {
            content: content.clone(),
            id: call.id.clone(),
            is_error: false,
        };
        let next = if self.turns == 2 { Next::End } else { Next::Observe };
        Ok(Step { next, results: reply.calls.iter().map(result).collect() })
    }
    fn execute(&mut self, command: &str, directory: &str) -> Result<CommandOutput, Fault> {
        self.acts += 1;
        let stdout = format!("{} {command} in {directory}", self.acts).into_bytes();
        Ok(CommandOutput { status: 0, stderr: vec![], stdout })
    }
    fn files(&mut self, _: &str) -> Result<Vec<File>, Fault> {
        Ok(self.files.clone())
    }
    fn put_file(&mut self, file: &File) -> Result<Result<(), String>, Fault> {
        if file.path.starts_with("/locked") {
            return Ok(Err("it is locked".into()));
        }
        self.acts += 1;
        self.files.push(file.clone());
        Ok(Ok(()))
    }
    fn remove_file(&mut self, path: &str) -> Result<Result<(), String>, Fault> {
        let before = self.files.len();
        self.files.retain(|file| file.path != path);
        self.acts += 1;
        Ok(if self.files.len() < before { Ok(()) } else { Err("nothing is there".into()) })
    }
    fn final_state(&mut self) -> Result<Vec<Fact>, Fault> {
        Ok(vec![Fact { name: "turns".into(), value: self.turns.to_string() }])
    }
}

/// Calls one tool each turn, and counts how often it was asked.
#[derive(Default)]
pub(crate) struct Talker {
    pub(crate) calls: Arc<AtomicUsize>,
    pub(crate) fault: Option<Blame>,
    /// How much of its log is kept, where it is held to that.
    pub(crate) settled: Option<Arc<AtomicUsize>>,
}

#[async_trait]
impl Subject for Talker {
    async fn reply(&mut self, events: &[Event]) -> Result<Replied, Fault> {
        if let Some(blame) = self.fault {
            return Err(Fault::new(blame, "the key is refused"));
        }
        if let Some(settled) = &self.settled {
            assert_eq!(settled.load(Ordering::SeqCst), events.len(), "asked before all is kept");
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        let call = ToolCall {
            arguments: "{}".into(),
            id: format!("call-{}", events.len()),
            name: "count".into(),
        };
        let reply = Reply { calls: vec![call], reasoning: None, text: "next".into() };
        Ok(Replied { exchange: None, reply, ..Replied::default() })
    }
}

/// Keeps events in memory, and may be full.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) full_after: Option<usize>,
    pub(crate) kept: Vec<Event>,
    /// How many events were kept when it was last waited for.
    pub(crate) settled: Arc<AtomicUsize>,
}

#[async_trait]
impl EventLog for Log {
    async fn append(&mut self, event: &Event) -> Result<(), Fault> {
        if self.full_after.is_some_and(|most| self.kept.len() >= most) {
            return Err(Fault::new(Blame::Setup, "disk full"));
        }
        self.kept.push(event.clone());
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Fault> {
        self.settled.store(self.kept.len(), Ordering::SeqCst);
        Ok(())
    }
}

pub(crate) fn opened() -> Opened {
    Opened {
        condition: Condition::CONTROL,
        limits: TrialLimits { output_bytes: 1000, turns: 5 },
        scenario: PluginRef {
            id: "counting".into(),
            kind: PluginKind::Scenario,
            sha256: Digest::of(b"counting"),
            version: semver::Version::new(0, 1, 0),
        },
        seed: Seed::from_bytes([3; 32]),
        trial: "counting/control/0".parse().unwrap(),
        own_tools: false,
    }
}

pub(crate) fn play(
    world: CountingWorld,
    opened: Opened,
    mut talker: Talker,
    past: Vec<Event>,
) -> Result<Vec<Event>, Fault> {
    let mut log = Log::default();
    block_on(trial::run::run(&world, &opened, &mut talker, past, &mut log))
}

/// The log of an undisturbed trial.
pub(crate) fn events() -> Vec<Event> {
    play(CountingWorld::default(), opened(), Talker::default(), vec![]).unwrap()
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
