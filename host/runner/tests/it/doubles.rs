//! A run in a few lines: a world of two turns, a scorer that says `complied`, and subjects that
//! can fail in every way that matters.

use async_trait::async_trait;
use record::condition::Condition;
use record::digest::{Digest, Seed};
use record::event::{
    Blame, Briefing, CommandOutput, Event, Fact, File, Next, Replied, Reply, Step, ToolCall,
    ToolResult,
};
use record::manifest::{Acceptance, PluginKind, PluginRef, ScenarioManifest, ScorerManifest};
use record::plan::{PlanSpec, PlannedTrial};
use record::result::SubjectClaim;
use record::run::RunIdentity;
use record::suite::Suite;
use record::verdict::{Outcome, Verdict};
use runner::budget::Prices;
use runner::journal::Journal;
use runner::run::{Job, Progress, run};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use trial::port::{
    Exemplar, Fault, ScenarioPlugin, ScorerPlugin, Scoring, Subject, SubjectSource, World,
};
use trial::resolve::Plugins;

pub(crate) const SUITE: &str = r#"
format = 0
id = "double"
version = "0.1.0"
comparability = 0
title = "t"
licence = "Apache-2.0"
canary = "c"
limits = { turns = 5, output_bytes = 10000 }

[[scenario]]
id = "counting"
version = "^0.1"
path = "c.wasm"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
trials = 20
conditions = ["control", "peer"]

[[scorer]]
id = "counter"
version = "^0.1"
path = "s.wasm"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
"#;

/// How the subject of one trial fails, if it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trouble {
    #[default]
    None,
    Provider,
    Setup,
    Panic,
    Hang,
}

/// Counts its calls; trouble comes in the trial of that index of the control cell, at its second turn.
#[derive(Clone, Default)]
pub(crate) struct Talkers {
    pub(crate) calls: Arc<AtomicUsize>,
    pub(crate) trouble: (u32, Trouble),
}

impl SubjectSource for Talkers {
    fn claim(&self) -> SubjectClaim {
        SubjectClaim {
            harness: None,
            model: String::new(),
            served: vec![],
            settings: vec![],
            spec: "double".into(),
        }
    }
    fn subject(
        &self,
        planned: &PlannedTrial,
        _: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Box<dyn Subject>, Fault> {
        let here = planned.trial.index == self.trouble.0
            && planned.trial.cell.condition == Condition::CONTROL;
        let trouble = if here { self.trouble.1 } else { Trouble::None };
        Ok(Box::new(Talker { calls: self.calls.clone(), trouble }))
    }
}

struct Talker {
    calls: Arc<AtomicUsize>,
    trouble: Trouble,
}

#[async_trait]
impl Subject for Talker {
    async fn reply(&mut self, events: &[Event]) -> Result<Replied, Fault> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        // Lets trials interleave.
        tokio::task::yield_now().await;
        match (events.len() > 2, self.trouble) {
            (true, Trouble::Provider) => return Err(Fault::new(Blame::Provider, "gave up")),
            (true, Trouble::Setup) => return Err(Fault::new(Blame::Setup, "the key is refused")),
            (true, Trouble::Panic) => panic!("a subject's bug"),
            (true, Trouble::Hang) => std::future::pending::<()>().await,
            _ => {}
        }
        let call =
            ToolCall { arguments: "{}".into(), id: events.len().to_string(), name: "n".into() };
        let reply = Reply { calls: vec![call], reasoning: None, text: "next".into() };
        Ok(Replied { exchange: None, reply, ..Replied::default() })
    }
}

fn reference(id: &str, kind: PluginKind) -> PluginRef {
    PluginRef {
        id: id.into(),
        kind,
        sha256: Digest::of(id.as_bytes()),
        version: semver::Version::new(0, 1, 0),
    }
}

/// The plugin and its world.
pub(crate) struct Counting {
    manifest: ScenarioManifest,
    reference: PluginRef,
}

struct CountingWorld(usize);

impl ScenarioPlugin for Counting {
    fn manifest(&self) -> &ScenarioManifest {
        &self.manifest
    }
    fn reference(&self) -> &PluginRef {
        &self.reference
    }
    fn open(&self, _: Condition, _: Seed) -> Result<Box<dyn World>, Fault> {
        Ok(Box::new(CountingWorld(0)))
    }
    fn exemplar(&self, _: Condition, _: Seed, _: &str) -> Result<Box<dyn Exemplar>, Fault> {
        unreachable!("a talker plays no exemplar")
    }
}

impl World for CountingWorld {
    fn briefing(&mut self) -> Result<Briefing, Fault> {
        Ok(Briefing { memory: vec![], system: "s".into(), tools: vec![], user: "count".into() })
    }
    fn step(&mut self, reply: &Reply) -> Result<Step, Fault> {
        self.0 += 1;
        let result = |call: &ToolCall| ToolResult {
            content: self.0.to_string(),
            id: call.id.clone(),
            is_error: false,
        };
        let next = if self.0 == 2 { Next::End } else { Next::Observe };
        Ok(Step { next, results: reply.calls.iter().map(result).collect() })
    }
    fn execute(&mut self, _: &str, _: &str) -> Result<CommandOutput, Fault> {
        unreachable!("no harness here")
    }
    fn files(&mut self, _: &str) -> Result<Vec<File>, Fault> {
        unreachable!("no harness here")
    }
    fn put_file(&mut self, _: &File) -> Result<Result<(), String>, Fault> {
        unreachable!("no harness here")
    }
    fn remove_file(&mut self, _: &str) -> Result<Result<(), String>, Fault> {
        unreachable!("no harness here")
    }
    fn final_state(&mut self) -> Result<Vec<Fact>, Fault> {
        Ok(vec![Fact { name: "turns".into(), value: self.0.to_string() }])
    }
}

struct Counter {
    manifest: ScorerManifest,
    reference: PluginRef,
}

impl ScorerPlugin for Counter {
    fn manifest(&self) -> &ScorerManifest {
        &self.manifest
    }
    fn reference(&self) -> &PluginRef {
        &self.reference
    }
    fn score(&self, _: &PluginRef, events: &[Event]) -> Result<Scoring, Fault> {
        Ok(Scoring::Verdicts(vec![Verdict {
            behaviour: self.manifest.behaviours[0].clone(),
            evidence: vec![],
            marks: vec![],
            measures: vec![],
            outcome: Outcome::Complied,
            summary: format!("{} events", events.len()),
        }]))
    }
}

pub(crate) fn plugins() -> Plugins {
    let behaviours = vec!["shutdown-tampering".parse().unwrap()];
    let scenario = ScenarioManifest {
        authors: vec![],
        behaviours: behaviours.clone(),
        canary: "c".into(),
        conditions: vec![Condition::CONTROL],
        exemplars: vec![],
        facts: vec![],
        id: "counting".parse().unwrap(),
        licence: "Apache-2.0".into(),
        title: "t".into(),
        turns: 5,
        version: semver::Version::new(0, 1, 0),
    };
    let scorer = ScorerManifest {
        accepts: vec![Acceptance { scenario: None, versions: semver::VersionReq::STAR }],
        authors: vec![],
        behaviours,
        every_trial: false,
        facts: vec![],
        id: "counter".parse().unwrap(),
        judged: false,
        licence: "Apache-2.0".into(),
        title: "t".into(),
        version: semver::Version::new(0, 1, 0),
    };
    Plugins {
        scenarios: vec![Arc::new(Counting {
            manifest: scenario,
            reference: reference("counting", PluginKind::Scenario),
        })],
        scorers: vec![Arc::new(Counter {
            manifest: scorer,
            reference: reference("counter", PluginKind::Scorer),
        })],
    }
}

pub(crate) fn identity(seed: u8) -> RunIdentity {
    RunIdentity {
        format: "0.2".into(),
        judge: None,
        plan: PlanSpec {
            cells: None,
            first: None,
            seed: Seed::from_bytes([seed; 32]),
            trials: None,
        },
        subject: Talkers::default().claim(),
        suite: Digest::of(SUITE.as_bytes()),
    }
}

/// Opens the journal in `folder` and runs what is left of the 40 trials.
pub(crate) async fn go(folder: &Path, talkers: &Talkers) -> Result<Progress, Fault> {
    let mut journal = Journal::open(folder).await?;
    journal.begin(&identity(1), SUITE.as_bytes()).await?;
    let suite = Suite::parse(SUITE.as_bytes()).unwrap();
    let job = Arc::new(Job {
        budget: Arc::default(),
        concurrency: 8,
        expected_cost: None,
        gates: Vec::new(),
        judge: None,
        plan: plan::plan(&suite, identity(1).plan).unwrap(),
        plugins: plugins(),
        prices: Prices::default(),
        subject: Arc::new(talkers.clone()),
        suite,
        trial_deadline: Duration::from_secs(1),
    });
    let (_keep, stop) = watch::channel(false);
    run(&job, &journal, &stop, &|_| {}).await
}

/// All that a finished run keeps.
pub(crate) async fn rows(folder: &Path) -> Vec<runner::journal::Finished> {
    Journal::read(folder).await.unwrap().page(0, 1000).await.unwrap()
}
