//! What holds is verified, and how the file is made is fixed.

use crate::doubles::{CountingLoader, Loader, SCORER};
use crate::forge::{check, judged_run, ordinary, run, run_with};
use record::event::Blame;
use record::verdict::Outcome;
use replay::bundle::Bundle;
use replay::verify::{Options, verify};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_good_bundle_is_verified_and_says_what_was_checked() {
    let run = run(2);
    let bytes = run.written();
    let options = Options { key: Some(run.key.public()), threads: 2, progress: None };
    let replayed = check(&bytes, &options).unwrap();
    assert_eq!(replayed.value(), &run.result);
    assert_eq!(replayed.key(), run.key.public().id());
    let report = replayed.report();
    assert_eq!((report.trials, report.cells, report.plugins.len()), (6, 3, 2));
    assert!(report.key_given);
    let events: usize = (0..6).map(|place| run.events(place).len()).sum();
    assert_eq!(report.events, events as u64);
    assert_eq!(run.result.subject.served, ["parrot-1"]);
    assert!(run.result.trials.input_tokens > 0);
}

#[test]
fn two_writers_that_share_no_code_give_the_same_bytes() {
    let run = run(2);
    assert_eq!(run.written(), run.forged());
    assert_eq!(run.written(), run.written());
}

#[test]
fn a_run_of_many_blocks_is_verified_with_any_number_of_threads() {
    let run = run(200);
    let bytes = run.written();
    assert_eq!(bytes, run.forged());
    for threads in [0, 1, 4] {
        let done = Arc::new(AtomicUsize::new(0));
        let told = done.clone();
        let progress = Box::new(move |at, of| {
            assert_eq!((told.fetch_add(1, Ordering::Relaxed) + 1, of), (at, 600));
        });
        let options = Options { key: None, threads, progress: Some(progress) };
        assert_eq!(check(&bytes, &options).unwrap().value(), &run.result);
        assert_eq!(done.load(Ordering::Relaxed), 600);
    }
}

/// Opening a world is most of the time of a short trial, and the road that names differences would
/// open each once more.
#[test]
fn a_world_that_answers_as_the_log_says_is_opened_once() {
    let run = run(2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.kinship");
    std::fs::write(&path, run.written()).unwrap();
    let loader = CountingLoader::default();
    verify(&path, &loader, &Options::default()).unwrap();
    assert_eq!(loader.opened.load(Ordering::Relaxed), run.trials.len());
}

#[test]
fn the_trials_of_a_bundle_can_be_read_without_verifying() {
    let run = run(100);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.kinship");
    std::fs::write(&path, run.written()).unwrap();
    let bundle = Bundle::open(&path).unwrap();
    let stored: Vec<_> = bundle.trials().unwrap().map(Result::unwrap).collect();
    assert_eq!(stored.len(), 300);
    for (stored, (score, log)) in stored.iter().zip(&run.trials) {
        assert_eq!(&stored.log, log);
        assert_eq!(stored.verdict, record::canonical::to_bytes(score).unwrap());
    }
}

#[test]
fn ordinary_tools_open_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.kinship"), run(1).written()).unwrap();
    for (tool, arguments) in [("tar", ["-xf", "a.kinship"]), ("sha256sum", ["-c", "SHA256SUMS"])] {
        let output = Command::new(tool).current_dir(folder.path()).args(arguments).output();
        let output = output.expect("tar and sha256sum are installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_independent_checker_accepts_the_envelope_of_a_bundle() {
    // Without the folder there is nothing independent to ask.
    #[allow(clippy::disallowed_methods, reason = "a test may ask where an optional checker lies")]
    let Some(checkers) = std::env::var_os("KINSHIP_CHECKERS") else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = run(1);
    for (name, bytes) in run.entries() {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    std::fs::write(folder.path().join("verdicts.jsonl"), run.verdicts()).unwrap();
    let script = std::path::Path::new(&checkers).join("verify_dsse.py");
    let output = Command::new("python3")
        .current_dir(folder.path())
        .arg(script)
        .args(["envelope.json", "key.pem", "--closed"])
        .args(["--subject", "result.json", "--subject", "verdicts.jsonl"])
        .output()
        .expect("python3 is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn failed_trials_are_verified_as_invalid() {
    // By place: a provider that gives up, a world that traps, a world that jams at its end.
    let script = |place: usize| match place {
        0 => vec!["look"],
        1 => vec!["look", "trap"],
        2 => vec!["jam", "end"],
        _ => ordinary(place),
    };
    let run = run_with(SCORER, 2, script);
    check(&run.written(), &Options::default()).unwrap();
    for (score, _) in &run.trials[..3] {
        assert_eq!(score.scores[0].verdict.outcome, Outcome::Invalid);
        assert!(score.scores[0].scorer.is_none());
    }
    let invalid: u32 = run.result.cells.iter().map(|cell| cell.counts.invalid).sum();
    assert_eq!(invalid, 3);
}

#[test]
fn a_judges_recorded_answers_are_asked_for_again() {
    let run = judged_run();
    assert_eq!(run.events(0).last().unwrap().kind(), "judged");
    check(&run.written(), &Options::default()).unwrap();
}

#[test]
fn a_file_that_is_not_there_is_nobodys_tampering() {
    let path = std::path::Path::new("/no/such.kinship");
    let error = verify(path, &Loader, &Options::default()).unwrap_err();
    assert_eq!(error.kind(), Blame::Setup);
    assert!(error.to_string().starts_with("/no/such.kinship: No such file"), "{error}");
}
