//! Whole trials as fast as they go: 6 turns and 5 tool calls of a scripted subject, a fresh
//! scenario and scorer instance for each, and the journal on disk, synced before every turn.
//!
//! One process is one measurement and prints one JSON line, so that `vs_inspect.py` can run it and
//! a peer's benchmark alternately. `cargo bench -p kinship --bench scripted -- TRIALS [CONCURRENCY]`
//! With `sealed` as a further word the run is then counted and sealed, and the bundle verified.

use async_trait::async_trait;
use record::canonical;
use record::digest::{Digest, Seed};
use record::event::{Event, Replied, Reply, ToolCall};
use record::plan::{PlanSpec, PlannedTrial};
use record::result::{FORMAT, SubjectClaim};
use record::run::RunIdentity;
use record::suite::Suite;
use record::verdict::TrialScore;
use replay::count::Claims;
use replay::verify::{Options, verify};
use replay::write::{Contents, write};
use runner::budget::Prices;
use runner::journal::Journal;
use runner::run::{Job, run};
use sandbox::{Sandbox, Settings};
use seal::key::SigningKey;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use trial::port::{Fault, ScenarioPlugin, Subject, SubjectSource};
use trial::resolve::resolve;

mod triage;

/// The command's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Five calls, one a turn, then a closing word.
struct Scripted;

impl SubjectSource for Scripted {
    fn claim(&self) -> SubjectClaim {
        SubjectClaim {
            harness: None,
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
        Ok(Replied {
            exchange: None,
            reply: Reply { calls, reasoning: None, text: text.into() },
            ..Replied::default()
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn main() {
    // Cargo adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let trials: usize = numbers.next().unwrap_or(2000);
    let concurrency: usize = numbers.next().unwrap_or(256);
    let sealed = std::env::args().any(|argument| argument == "sealed");
    let folder = tempfile::tempdir_in(triage::target()).expect("a folder on disk");
    let sandbox = Sandbox::new(&Settings {
        cache: Some(triage::target().join("bench-cache")),
        instances_max: concurrency as u32 * 2,
    })
    .expect("a sandbox");
    let text = triage::suite(trials).into_bytes();
    let suite = Suite::parse(&text).expect("the bench's own suite");
    let plugins = resolve(&suite, &sandbox, &mut |path, _| Ok(triage::read(path.as_ref())));
    let plugins = plugins.expect("plugins");
    let spec = PlanSpec { cells: None, first: None, seed: Seed::from_bytes([5; 32]), trials: None };
    let plan = plan::plan(&suite, spec.clone()).expect("a plan");
    let identity = RunIdentity {
        format: FORMAT.into(),
        judge: None,
        plan: spec.clone(),
        subject: Scripted.claim(),
        suite: suite.sha256(),
    };
    let runtime = Runtime::new().expect("threads");
    let job = Arc::new(Job {
        budget: Arc::default(),
        concurrency,
        expected_cost: None,
        gates: Vec::new(),
        judge: None,
        plan,
        plugins,
        prices: Prices::default(),
        subject: Arc::new(Scripted),
        suite,
        trial_deadline: Duration::from_secs(600),
    });
    let start = Instant::now();
    let (at, journal) = runtime.block_on(async {
        let mut journal = Journal::open(folder.path()).await.expect("a journal");
        journal.begin(&identity, &text).await.expect("a new run");
        let (_keep, stop) = watch::channel(false);
        (run(&job, &journal, &stop, &|_| {}).await.expect("a run"), journal)
    });
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(at.done as usize, trials);
    assert!(at.counts.values().all(|counts| counts.invalid == 0), "no trial is invalid");
    let mut line = serde_json::json!({
        "label": "kinship", "n": trials, "concurrency": concurrency, "seconds": seconds,
        "trials_per_s": trials as f64 / seconds,
        "resident_bytes_max": resident_max(),
    });
    if sealed {
        let path = folder.path().join("bench.kinship");
        let start = Instant::now();
        seal_run(&path, &runtime, &journal, &job, spec, &text);
        line["seal_seconds"] = start.elapsed().as_secs_f64().into();
        line["bundle_bytes_per_trial"] = (bytes(&path) / trials as u64).into();
        line["verify_seconds"] = verify_run(&path, &sandbox).into();
        line["verified_resident_bytes_max"] = resident_max().into();
    }
    drop((journal, runtime));
    line["journal_bytes_per_trial"] = (closed(folder.path()) / trials as u64).into();
    #[expect(clippy::print_stdout, reason = "the measurement is the output")]
    {
        println!("{line}");
    }
}

fn bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// Bytes of a journal that was let go, once its write-ahead log has gone into it.
fn closed(folder: &Path) -> u64 {
    while folder.join("run.db-wal").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    bytes(&folder.join("run.db"))
}

/// Verifies the bundle on every core; the seconds that it took.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn verify_run(path: &Path, sandbox: &Sandbox) -> f64 {
    let start = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options { threads, ..Options::default() };
    verify(path, sandbox, &options).expect("a bundle that holds");
    start.elapsed().as_secs_f64()
}

/// Counts and seals the run.
fn seal_run(
    path: &Path,
    runtime: &Runtime,
    journal: &Journal,
    job: &Job,
    spec: PlanSpec,
    manifest: &[u8],
) {
    /// Trials in memory at once.
    const PAGE: u32 = 256;
    let pages = (0..).step_by(PAGE as usize).map_while(|from| {
        let page = runtime.block_on(journal.page(from, PAGE)).expect("finished trials");
        (!page.is_empty()).then_some(page)
    });
    let trials = pages.flatten().map(|row| {
        Ok((canonical::from_bytes::<TrialScore>(&row.score).expect("a score"), row.log))
    });
    let components: Vec<(Digest, Vec<u8>)> = ["ticket-triage", "shutdown-tampering"]
        .map(|name| triage::read(&triage::component(name)))
        .map(|bytes| (Digest::of(&bytes), bytes))
        .into();
    let contents = Contents {
        manifest,
        suite: &job.suite,
        plugins: &job.plugins,
        components: &components,
        spec,
        claims: Claims { judge: None, subject: Scripted.claim() },
        host: "bench",
    };
    write(path, &SigningKey::generate([7; 32]), &contents, trials).expect("a bundle");
}

/// The most memory that this process had resident, in bytes.
fn resident_max() -> Option<u64> {
    triage::resident_max(Path::new("/proc/self/status"))
}
