//! Runs against doubles: nothing is lost, nothing is asked twice, every trouble ends in a clear state.

mod doubles;
mod kill;
mod limits;

use doubles::{SUITE, Talkers, Trouble, go, identity, rows};
use record::event::{Beside, Blame, Ended, Ending, Event};
use record::verdict::{Outcome, TrialScore};
use runner::journal::{FILE, Journal};
use runner::run::Progress;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use tempfile::tempdir;
use trial::port::EventLog as _;

fn calls(talkers: &Talkers) -> usize {
    talkers.calls.load(Ordering::SeqCst)
}

fn outcomes(at: &Progress) -> [u32; 5] {
    let counts = at.counts.values().next().copied().unwrap_or_default();
    Outcome::ALL.map(|outcome| counts.of(outcome))
}

fn score(row: &runner::journal::Finished) -> TrialScore {
    record::canonical::from_bytes(&row.score).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_finishes_every_trial_once_and_the_same_command_adds_nothing() {
    let folder = tempdir().unwrap();
    let talkers = Talkers::default();
    let at = go(folder.path(), &talkers).await.unwrap();
    assert_eq!((at.done, at.total, outcomes(&at)), (40, 40, [40, 0, 0, 0, 0]));
    assert_eq!(calls(&talkers), 80);
    let again = go(folder.path(), &talkers).await.unwrap();
    assert_eq!((again.done, outcomes(&again), calls(&talkers)), (40, [40, 0, 0, 0, 0], 80));

    let rows = rows(folder.path()).await;
    let first: Vec<Event> = rows[0]
        .log
        .split_inclusive(|b| *b == b'\n')
        .map(|l| Event::from_line(l).unwrap())
        .collect();
    assert_eq!(first.len(), 7);
    assert_eq!(score(&rows[0]).log, record::event::log_digest(&first).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setup_fault_stops_the_run_and_the_same_command_continues_it() {
    let folder = tempdir().unwrap();
    let talkers = Talkers { trouble: (5, Trouble::Setup), ..Talkers::default() };
    let fault = go(folder.path(), &talkers).await.unwrap_err();
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Setup, "the key is refused"));
    let healed = Talkers { trouble: (0, Trouble::None), ..talkers };
    assert_eq!(go(folder.path(), &healed).await.unwrap().done, 40);
    // Only calls in flight when the run stopped are asked again, at most one for each of 8 trials.
    assert!((81..=88).contains(&calls(&healed)), "{}", calls(&healed));

    let undisturbed = tempdir().unwrap();
    go(undisturbed.path(), &Talkers::default()).await.unwrap();
    assert_eq!(rows(folder.path()).await, rows(undisturbed.path()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_gives_up_makes_its_trial_invalid_and_no_other() {
    let folder = tempdir().unwrap();
    let talkers = Talkers { trouble: (5, Trouble::Provider), ..Talkers::default() };
    let at = go(folder.path(), &talkers).await.unwrap();
    assert_eq!((at.done, outcomes(&at)), (40, [39, 0, 0, 0, 1]));
    let rows = rows(folder.path()).await;
    let failed = rows.iter().map(score).find(|s| s.ending == Ending::Failed).unwrap();
    assert_eq!(failed.trial.to_string(), "counting/control/5");
    assert_eq!(failed.scores[0].verdict.summary, "gave up");
    assert!(failed.scores[0].scorer.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_that_hangs_becomes_invalid() {
    let folder = tempdir().unwrap();
    let talkers = Talkers { trouble: (5, Trouble::Hang), ..Talkers::default() };
    let at = go(folder.path(), &talkers).await.unwrap();
    assert_eq!((at.done, outcomes(&at)), (40, [39, 0, 0, 0, 1]));
    let rows = rows(folder.path()).await;
    let failed = rows.iter().map(score).find(|s| s.ending == Ending::Failed).unwrap();
    assert_eq!(failed.scores[0].verdict.summary, "no end after 1 s");
    assert_eq!(failed.events, 5, "opened, briefed, replied, stepped, ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_our_bug_and_no_hang() {
    let folder = tempdir().unwrap();
    let talkers = Talkers { trouble: (5, Trouble::Panic), ..Talkers::default() };
    let fault = go(folder.path(), &talkers).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Bug);
    assert!(fault.message.contains("a subject's bug"), "{fault}");
}

#[tokio::test]
async fn a_second_process_is_told_who_has_the_run() {
    let folder = tempdir().unwrap();
    let _first = Journal::open(folder.path()).await.unwrap();
    let fault = Journal::open(folder.path()).await.err().unwrap();
    assert_eq!(
        fault.message,
        format!(
            "{}: in use by another process (process {}); wait for it, or stop it and run the same command again",
            folder.path().display(),
            std::process::id()
        )
    );
}

#[tokio::test]
async fn another_run_does_not_continue_this_one() {
    let folder = tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).await.unwrap();
    journal.begin(&identity(1), SUITE.as_bytes()).await.unwrap();
    let mut other = identity(1);
    other.subject.spec = "openai:m".into();
    let fault = journal.begin(&other, SUITE.as_bytes()).await.unwrap_err();
    assert_eq!(
        fault.message,
        format!(
            "{}: holds another run: its subject.spec is \"double\", this command asks for \"openai:m\"; \
             give the first run's flags to continue it, or another --out",
            folder.path().join(FILE).display()
        )
    );
}

#[tokio::test]
async fn a_file_that_is_no_journal_is_not_touched() {
    let folder = tempdir().unwrap();
    let path = folder.path().join(FILE);
    let text = "my notes, ".repeat(1000);
    std::fs::write(&path, &text).unwrap();
    let fault = Journal::open(folder.path()).await.err().unwrap();
    assert!(
        fault.message.ends_with("it is not a run's journal, or damaged: name another --out"),
        "{fault}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_page_is_told_with_the_file_and_the_way_out() {
    let folder = tempdir().unwrap();
    go(folder.path(), &Talkers::default()).await.unwrap();
    let path = folder.path().join(FILE);
    change(folder.path(), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    let mut bytes = std::fs::read(&path).unwrap();
    // The first page has the header and the schema, and stays.
    bytes[4096..].fill(0xff);
    std::fs::write(&path, &bytes).unwrap();
    let fault = go(folder.path(), &Talkers::default()).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Setup);
    assert!(fault.message.starts_with(&path.display().to_string()), "{fault}");
    assert!(
        fault.message.ends_with("it is not a run's journal, or damaged: name another --out"),
        "{fault}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "what is damaged is left as it is");
}

async fn change(folder: &Path, statement: &'static str) {
    let path = folder.join(FILE);
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::raw_sql(statement).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn events_of_an_unfinished_trial_are_there_again_and_a_gap_is_told() {
    let folder = tempdir().unwrap();
    let failed = |why: &str| {
        let failure = Some(trial::port::Fault::new(Blame::Provider, why).into());
        Event::Ended(Ended {
            ending: Ending::Failed,
            failure,
            final_state: vec![],
            beside: Beside::default(),
        })
    };
    let journal = Journal::open(folder.path()).await.unwrap();
    journal.log(3, 0).append(&failed("a b")).await.unwrap();
    journal.log(9, 0).append(&failed("other")).await.unwrap();
    journal.log(3, 1).append(&failed("c")).await.unwrap();
    assert_eq!(journal.past(3), []);
    drop(journal);
    let journal = Journal::open(folder.path()).await.unwrap();
    assert_eq!(journal.past(3), [failed("a b"), failed("c")]);
    assert_eq!(journal.events(9).await.unwrap(), [failed("other")]);
    journal.log(3, 4).append(&failed("d")).await.unwrap();
    drop(journal);
    let fault = Journal::open(folder.path()).await.err().unwrap();
    let path = folder.path().join(FILE).display().to_string();
    let expected = format!("{path}: trial number 3 is damaged: event 4 stands where 2 should");
    assert_eq!((fault.blame, fault.message), (Blame::Tampered, expected));
    change(folder.path(), "UPDATE batch SET events = x'00' WHERE number = 1").await;
    let fault = Journal::open(folder.path()).await.err().unwrap();
    let found = fault.message.strip_prefix(&format!("{path}: batch 1 is damaged: "));
    assert!(found.is_some_and(|why| !why.is_empty()), "{fault}");
}

#[tokio::test]
async fn a_journal_of_an_older_host_is_refused() {
    let folder = tempdir().unwrap();
    drop(Journal::open(folder.path()).await.unwrap());
    change(folder.path(), "PRAGMA user_version = 1").await;
    let fault = Journal::open(folder.path()).await.err().unwrap();
    let why = "written by an older host (schema 1, this one knows 3); use that host";
    assert!(fault.message.ends_with(why), "{fault}");
}

#[tokio::test]
async fn a_journal_of_a_newer_host_is_refused() {
    let folder = tempdir().unwrap();
    drop(Journal::open(folder.path()).await.unwrap());
    change(folder.path(), "PRAGMA user_version = 9").await;
    let path = folder.path().join(FILE);
    let fault = Journal::read(folder.path()).await.err().unwrap();
    let expected = format!(
        "{}: written by a newer host (schema 9, this one knows 3); use that host",
        path.display()
    );
    assert_eq!(fault.message, expected);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let out = file.join("run");
    let fault = Journal::open(&out).await.err().unwrap();
    assert_eq!(fault.message, format!("{}: Not a directory (os error 20)", out.display()));
    let fault = Journal::read(folder.path()).await.err().unwrap();
    assert!(fault.message.contains("no run here: it has no run.db"), "{fault}");
}

/// A file system of 8 MiB (SQLite checkpoints its log at 4), gone at the end of the test.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Self {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "kinship-test"])
            .arg(at)
            .status()
            .expect("mount is there");
        assert!(mount.success(), "this test needs root, to mount a file system that fills up");
        Self(at)
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_the_run_and_loses_nothing() {
    let folder = tempdir().unwrap();
    let disk = SmallDisk::mount(folder.path());
    let talkers = Talkers::default();
    // Leaves room for the tables and a few transactions.
    let ballast = folder.path().join("ballast");
    drop(Journal::open(folder.path()).await.unwrap());
    std::fs::write(&ballast, vec![0; (8 << 20) - (182 << 10)]).unwrap();
    let fault = go(folder.path(), &talkers).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Setup);
    assert!(
        fault.message.ends_with(
            "make room and run the same command again: nothing that was answered is lost"
        ),
        "{fault}"
    );
    std::fs::remove_file(&ballast).unwrap();
    assert_eq!(go(folder.path(), &talkers).await.unwrap().done, 40);
    drop(disk);
}
