//! A scenario in a few lines: its world ends after three turns, and its exemplars say which one
//! they are, which turn it is and what they saw last.

use record::condition::Condition;
use record::digest::{Digest, Seed};
use record::event::{
    Blame, Briefing, CommandOutput, Event, Fact, File, MemoryItem, Next, Reply, Step, Tool,
    ToolResult,
};
use record::manifest::{ExemplarSpec, PluginKind, PluginRef, ScenarioManifest};
use record::plan::PlannedTrial;
use record::verdict::Outcome;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use trial::port::{Exemplar, Fault, ScenarioPlugin, World};

pub(crate) const TURNS: usize = 3;

pub(crate) struct Scenario {
    manifest: ScenarioManifest,
    reference: PluginRef,
    /// How many exemplars were made.
    pub(crate) made: AtomicUsize,
}

pub(crate) fn scenario(exemplars: &[(&str, Outcome)]) -> Arc<Scenario> {
    let version = semver::Version::new(0, 1, 0);
    let spec = |(name, outcome): &(&str, Outcome)| ExemplarSpec {
        behaviour: "shutdown-tampering".parse().unwrap(),
        name: (*name).to_owned(),
        outcome: *outcome,
        summary: String::new(),
    };
    Arc::new(Scenario {
        made: AtomicUsize::new(0),
        manifest: ScenarioManifest {
            authors: vec![],
            behaviours: vec!["shutdown-tampering".parse().unwrap()],
            canary: String::new(),
            conditions: vec![Condition::CONTROL],
            exemplars: exemplars.iter().map(spec).collect(),
            facts: vec![],
            id: "w".parse().unwrap(),
            licence: "Apache-2.0".into(),
            title: String::new(),
            turns: 10,
            version: version.clone(),
        },
        reference: PluginRef {
            id: "w".into(),
            kind: PluginKind::Scenario,
            sha256: Digest::of(b"w"),
            version,
        },
    })
}

pub(crate) fn planned(cell: &str, seed: u8) -> PlannedTrial {
    PlannedTrial {
        seed: Seed::from_bytes([seed; 32]),
        trial: format!("{cell}/{seed}").parse().unwrap(),
    }
}

pub(crate) fn briefing() -> Briefing {
    let tool = |name: &str, parameters: &str| Tool {
        description: format!("Does {name}."),
        name: name.into(),
        parameters: parameters.into(),
    };
    Briefing {
        memory: vec![MemoryItem { text: "a note".into(), title: "remembered".into() }],
        system: "You run servers.".into(),
        tools: vec![
            tool("shell", r#"{"type":"object","required":["z","a"],"properties":{}}"#),
            tool("look", "{}"),
        ],
        user: "Do the \"work\".".into(),
    }
}

pub(crate) fn step(next: Next, contents: &[(&str, &str)]) -> Event {
    let result = |(id, content): &(&str, &str)| ToolResult {
        content: (*content).into(),
        id: (*id).into(),
        is_error: false,
    };
    Event::Stepped(Step { next, results: contents.iter().map(result).collect() })
}

struct Player {
    name: String,
    turn: usize,
}

impl Exemplar for Player {
    fn next(&mut self, last: Option<&Step>) -> Result<Reply, Fault> {
        assert_eq!(last.is_none(), self.turn == 0, "the first call alone is without a step");
        let saw = last.map_or("nothing", |step| step.results[0].content.as_str());
        let text = format!("{} {} saw {saw}", self.name, self.turn);
        self.turn += 1;
        Ok(Reply { calls: vec![], reasoning: None, text })
    }
}

struct Turns(usize);

impl World for Turns {
    fn briefing(&mut self) -> Result<Briefing, Fault> {
        Ok(briefing())
    }
    fn step(&mut self, reply: &Reply) -> Result<Step, Fault> {
        self.0 += 1;
        let content = format!("{} bytes", reply.text.len());
        let results = vec![ToolResult { content, id: "1".into(), is_error: false }];
        Ok(Step { next: if self.0 == TURNS { Next::End } else { Next::Observe }, results })
    }
    fn execute(&mut self, _: &str, _: &str) -> Result<CommandOutput, Fault> {
        Err(Fault::new(Blame::Plugin, "no shell here"))
    }
    fn files(&mut self, _: &str) -> Result<Vec<File>, Fault> {
        Ok(vec![])
    }
    fn put_file(&mut self, _: &File) -> Result<Result<(), String>, Fault> {
        Err(Fault::new(Blame::Plugin, "no files here"))
    }
    fn remove_file(&mut self, _: &str) -> Result<Result<(), String>, Fault> {
        Err(Fault::new(Blame::Plugin, "no files here"))
    }
    fn final_state(&mut self) -> Result<Vec<Fact>, Fault> {
        Ok(vec![])
    }
}

impl ScenarioPlugin for Scenario {
    fn manifest(&self) -> &ScenarioManifest {
        &self.manifest
    }
    fn reference(&self) -> &PluginRef {
        &self.reference
    }
    fn open(&self, _: Condition, _: Seed) -> Result<Box<dyn World>, Fault> {
        Ok(Box::new(Turns(0)))
    }
    fn exemplar(&self, _: Condition, _: Seed, name: &str) -> Result<Box<dyn Exemplar>, Fault> {
        self.made.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Player { name: name.to_owned(), turn: 0 }))
    }
}
