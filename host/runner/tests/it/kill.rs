//! `kill -9` at twenty moments: the same command goes on, and no answered call is asked again.

use crate::doubles::{SUITE, Talkers, identity, plugins};
use async_trait::async_trait;
use record::event::{Event, Replied, Reply};
use record::plan::PlannedTrial;
use record::result::SubjectClaim;
use record::run::RunIdentity;
use record::suite::Suite;
use runner::budget::Prices;
use runner::journal::{Finished, Journal};
use runner::run::{Job, run};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::tempdir;
use tokio::sync::watch;
use trial::port::{Fault, ScenarioPlugin, Subject, SubjectSource};

const KILLS: u32 = 20;
const CONCURRENCY: usize = 8;
/// Trials of each of the two cells: enough that twenty processes do not finish them.
const TRIALS: u32 = 150;
/// In a victim's folder: a line for each call, written before the answer exists.
const CALLS: &str = "calls";

fn run_identity() -> RunIdentity {
    let mut identity = identity(1);
    identity.plan.trials = Some(TRIALS);
    identity
}

/// Writes every call down, then takes its time.
struct Written {
    calls: PathBuf,
}

struct WrittenTalker {
    calls: PathBuf,
    trial: String,
}

impl SubjectSource for Written {
    fn claim(&self) -> SubjectClaim {
        Talkers::default().claim()
    }
    fn subject(
        &self,
        planned: &PlannedTrial,
        _: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Box<dyn Subject>, Fault> {
        let trial = planned.trial.to_string();
        Ok(Box::new(WrittenTalker { calls: self.calls.clone(), trial }))
    }
}

#[async_trait]
impl Subject for WrittenTalker {
    async fn reply(&mut self, events: &[Event]) -> Result<Replied, Fault> {
        let call = format!("{} {}\n", self.trial, replies(events));
        let mut calls = File::options().create(true).append(true).open(&self.calls).unwrap();
        calls.write_all(call.as_bytes()).unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let reply = Reply { calls: vec![], reasoning: None, text: format!("said {call}") };
        Ok(Replied { exchange: None, reply, ..Replied::default() })
    }
}

fn replies(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Replied(_))).count()
}

/// The process that is killed, started in a folder with a call file. By itself it is the test of
/// a run that nobody kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn victim() {
    let own = tempdir().unwrap();
    let here = Path::new(".");
    let folder = if here.join(CALLS).exists() { here } else { own.path() };
    let mut journal = Journal::open(folder).await.unwrap();
    journal.begin(&run_identity(), SUITE.as_bytes()).await.unwrap();
    let suite = Suite::parse(SUITE.as_bytes()).unwrap();
    let job = Arc::new(Job {
        budget: Arc::default(),
        concurrency: CONCURRENCY,
        expected_cost: None,
        gates: Vec::new(),
        judge: None,
        plan: plan::plan(&suite, run_identity().plan).unwrap(),
        plugins: plugins(),
        prices: Prices::default(),
        subject: Arc::new(Written { calls: folder.join(CALLS) }),
        suite,
        trial_deadline: Duration::from_secs(60),
    });
    let (_keep, stop) = watch::channel(false);
    let at = run(&job, &journal, &stop, &|_| {}).await.unwrap();
    assert_eq!((at.done, at.running), (2 * TRIALS, 0));
}

fn start(folder: &Path) -> Child {
    File::options().create(true).append(true).open(folder.join(CALLS)).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::victim"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn calls(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(CALLS)).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Every call whose answer the journal has, as the call file names it.
async fn answered(folder: &Path) -> BTreeSet<String> {
    let journal = Journal::read(folder).await.unwrap();
    let suite = Suite::parse(SUITE.as_bytes()).unwrap();
    let trials = plan::plan(&suite, run_identity().plan).unwrap().trials;
    let finished = journal.finished().await.unwrap();
    let mut all = BTreeSet::new();
    for (ordinal, planned) in (0u32..).zip(&trials) {
        let count = if finished.contains(&ordinal) {
            2
        } else {
            replies(&journal.events(ordinal).await.unwrap())
        };
        all.extend((0..count).map(|turn| format!("{} {turn}", planned.trial)));
    }
    all
}

async fn rows(folder: &Path) -> Vec<Finished> {
    Journal::read(folder).await.unwrap().page(0, 1000).await.unwrap()
}

#[tokio::test]
async fn twenty_kills_change_nothing() {
    let undisturbed = tempdir().unwrap();
    assert!(start(undisturbed.path()).wait().unwrap().success());
    let expected = rows(undisturbed.path()).await;
    assert_eq!(expected.len(), 2 * TRIALS as usize);
    assert_eq!(calls(undisturbed.path()).len(), 4 * TRIALS as usize);

    let folder = tempdir().unwrap();
    let folder = folder.path();
    let mut known = BTreeSet::new();
    let mut asked = 0;
    for kill in 0..KILLS {
        let mut child = start(folder);
        // Dispersed over the calls by an odd multiplier, and within one by the scheduler.
        let (after, pause) = (1 + kill * 13 % 17, u64::from(kill * 7 % 10));
        while calls(folder).len() < asked + after as usize {
            assert!(child.try_wait().unwrap().is_none(), "kill {kill}: finished before its kill");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "kill {kill}: ended by itself");

        let all = calls(folder);
        let twice: Vec<_> = all[asked..].iter().filter(|call| known.contains(*call)).collect();
        assert!(twice.is_empty(), "kill {kill}: answered, and asked again: {twice:?}");
        asked = all.len();
        let now = answered(folder).await;
        assert!(now.is_superset(&known), "kill {kill}: an answer was lost");
        known = now;
    }
    assert!(known.len() < 4 * TRIALS as usize, "the kills came too late to show anything");
    assert!(start(folder).wait().unwrap().success());
    let all = calls(folder);
    assert!(all[asked..].iter().all(|call| !known.contains(call)), "asked again at the end");
    // Each process leaves at most one call unanswered for each trial that was under way.
    assert!(all.len() <= 4 * TRIALS as usize + KILLS as usize * CONCURRENCY, "{}", all.len());
    assert_eq!(rows(folder).await, expected);
}

#[tokio::test]
async fn a_run_can_be_read_while_another_process_writes_it() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let mut child = start(folder);
    while calls(folder).len() < 40 {
        assert!(child.try_wait().unwrap().is_none(), "finished before it was read");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let journal = Journal::read(folder).await.unwrap();
    assert_eq!(journal.identity(), Some(&run_identity()));
    let before = journal.finished().await.unwrap().len();
    let fault = Journal::open(folder).await.err().unwrap();
    assert!(fault.message.contains(&format!("(process {})", child.id())), "{fault}");
    assert!(child.wait().unwrap().success());
    assert_eq!(journal.finished().await.unwrap().len(), 2 * TRIALS as usize);
    assert!(before < 2 * TRIALS as usize, "read only after its end");
}
