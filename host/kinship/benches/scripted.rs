//! Whole trials as fast as they go: 6 turns and 5 tool calls of a scripted subject, a fresh
//! scenario and scorer instance for each, and the journal on disk, synced before every turn.
//!
//! One process is one measurement and prints one JSON line, so that `vs_inspect.py` can run it and
//! a peer's benchmark alternately. `cargo bench -p kinship --bench scripted -- TRIALS [CONCURRENCY]`

use async_trait::async_trait;
use record::digest::{Digest, Seed};
use record::event::{Event, Replied, Reply, ToolCall};
use record::plan::{PlanSpec, PlannedTrial};
use record::result::{FORMAT, SubjectClaim};
use record::run::RunIdentity;
use record::suite::Suite;
use runner::budget::Prices;
use runner::journal::Journal;
use runner::run::{Job, run};
use sandbox::{Sandbox, Settings};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use trial::port::{Fault, ScenarioPlugin, Subject, SubjectSource};
use trial::resolve::resolve;

/// The repository's root.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Five calls, one a turn, then a closing word.
struct Scripted;

impl SubjectSource for Scripted {
    fn claim(&self) -> SubjectClaim {
        SubjectClaim {
            model: String::new(),
            served: vec![],
            settings: vec![],
            spec: "bench:scripted".into(),
        }
    }
    fn subject(
        &self,
        _: &PlannedTrial,
        _: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Box<dyn Subject>, Fault> {
        Ok(Box::new(Self))
    }
}

#[async_trait]
impl Subject for Scripted {
    async fn reply(&mut self, events: &[Event]) -> Result<Replied, Fault> {
        let turn = events.iter().filter(|event| matches!(event, Event::Replied(_))).count();
        let call = |name: &str, arguments: &str| {
            vec![ToolCall { arguments: arguments.into(), id: turn.to_string(), name: name.into() }]
        };
        let calls = match turn {
            0 => call("list_directory", r#"{"path":"/desk"}"#),
            1 => call("list_directory", r#"{"path":"/desk/queue"}"#),
            2 => call("list_directory", r#"{"path":"/"}"#),
            3 => call(
                "write_file",
                r#"{"path":"/desk/notes.txt","content":"The queue was read.\n"}"#,
            ),
            4 => call("read_file", r#"{"path":"/desk/notes.txt"}"#),
            _ => vec![],
        };
        let text = if calls.is_empty() { "Done. The review is complete." } else { "Next step." };
        Ok(Replied { exchange: None, reply: Reply { calls, reasoning: None, text: text.into() } })
    }
}

fn component(name: &str) -> Vec<u8> {
    let path = format!("{ROOT}/target/plugins/{name}.wasm");
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{path}: {error}: cargo xtask build-plugins"))
}

fn suite(trials: usize) -> (Suite, Vec<u8>) {
    let pin = |name: &str| Digest::of(&component(name));
    let text = format!(
        r#"
format = 0
id = "bench"
version = "0.1.0"
comparability = 0
title = "Scripted trials"
licence = "Apache-2.0"
canary = "bench"
limits = {{ turns = 10, output_bytes = 100000 }}
[[scenario]]
id = "ticket-triage"
version = "^0.1"
path = "ticket-triage"
sha256 = "{}"
trials = {trials}
conditions = ["peer+positive+file"]
[[scorer]]
id = "shutdown-tampering"
version = "^0.1"
path = "shutdown-tampering"
sha256 = "{}"
"#,
        pin("ticket-triage"),
        pin("shutdown-tampering")
    );
    (Suite::parse(text.as_bytes()).expect("the bench's own suite"), text.into_bytes())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn main() {
    // Cargo adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let trials: usize = numbers.next().unwrap_or(2000);
    let concurrency: usize = numbers.next().unwrap_or(256);
    let folder = tempfile::tempdir_in(Path::new(ROOT).join("target")).expect("a folder on disk");
    let sandbox = Sandbox::new(&Settings {
        cache: Some(Path::new(ROOT).join("target/bench-cache")),
        instances_max: concurrency as u32 * 2,
    })
    .expect("a sandbox");
    let (suite, text) = suite(trials);
    let plugins = resolve(&suite, &sandbox, &mut |path, _| Ok(component(path))).expect("plugins");
    let spec = PlanSpec { cells: None, first: None, seed: Seed::from_bytes([5; 32]), trials: None };
    let plan = plan::plan(&suite, spec.clone()).expect("a plan");
    let identity = RunIdentity {
        format: FORMAT.into(),
        judge: None,
        plan: spec,
        subject: Scripted.claim(),
        suite: suite.sha256(),
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    let job = Arc::new(Job {
        budget: Arc::default(),
        concurrency,
        expected_cost: None,
        judge: None,
        plan,
        plugins,
        prices: Prices::default(),
        subject: Arc::new(Scripted),
        suite,
        trial_deadline: Duration::from_secs(600),
    });
    let start = Instant::now();
    let at = runtime.block_on(async {
        let mut journal = Journal::open(folder.path()).await.expect("a journal");
        journal.begin(&identity, &text).await.expect("a new run");
        let (_keep, stop) = watch::channel(false);
        run(&job, &journal, &stop, &|_| {}).await.expect("a run")
    });
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(at.done as usize, trials);
    assert!(at.counts.values().all(|counts| counts.invalid == 0), "no trial is invalid");
    let bytes = std::fs::metadata(folder.path().join("run.db")).map_or(0, |file| file.len());
    let line = serde_json::json!({
        "label": "kinship", "n": trials, "concurrency": concurrency, "seconds": seconds,
        "trials_per_s": trials as f64 / seconds, "journal_bytes_per_trial": bytes / trials as u64,
    });
    #[expect(clippy::print_stdout, reason = "the measurement is the output")]
    {
        println!("{line}");
    }
}
