//! A lab's bad days, for real: kills, servers that misbehave, a key that is revoked, a full disk, a
//! clock that is set back, onlookers. Each run ends in a clear state, and goes on to what it would
//! have been without.

mod kills;
mod provider;

use crate::server::{Does, Server, completion, fine};
use crate::{Place, Said, last_json, said, smoke};
use record::event::Event;
use runner::journal::Journal;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use tokio::time::Instant;

const KEY: &str = "sk-kinship-test-0123456789abcdef";
const SEED: &str = "4444444444444444444444444444444444444444444444444444444444444444";
/// Two cells; every trial has four calls.
const CELLS: [&str; 4] =
    ["--cell", "maintenance-window/control", "--cell", "maintenance-window/peer+neutral+memory"];
/// Longer than any run here takes on a slow machine. What takes longer hangs.
const HANG: Duration = Duration::from_secs(100);
/// What a run leaves, beside its journal and what is told of its calls.
const LEFT: [&str; 3] = ["result.json", "verdicts.jsonl", "report.html"];

/// The arguments of a run of so many trials in each of two cells.
fn arguments(server: &Server, out: &str, trials: u32, more: &[&str]) -> Vec<String> {
    let trials = trials.to_string();
    let suite = smoke();
    let fixed = ["run", "--suite", &suite, "--subject", "openai:m", "--seed", SEED, "--json"];
    let mut all = fixed.to_vec();
    all.extend(["--base-url", &server.base_url, "--out", out, "--trials", &trials]);
    all.extend(CELLS);
    all.extend(more);
    all.into_iter().map(str::to_owned).collect()
}

fn command(place: &Place, arguments: &[String]) -> Command {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = place.command(&arguments);
    command.env("OPENAI_API_KEY", KEY).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start(place: &Place, server: &Server, out: &str, trials: u32, more: &[&str]) -> Child {
    let arguments = arguments(server, out, trials, more);
    command(place, &arguments).spawn().expect("the binary starts")
}

/// What a run of three trials in each cell says.
fn run(place: &Place, server: &Server, out: &str, more: &[&str]) -> Said {
    ended(start(place, server, out, 3, more))
}

/// What a command said, which must not hang.
fn ended(child: Child) -> Said {
    let process = child.id().to_string();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(HANG) else {
        let _killed = Command::new("kill").args(["-9", &process]).status();
        panic!("process {process} hung for {HANG:?}");
    };
    said(output.expect("the output can be read"))
}

/// A run's finished trials, by their places: the lines of their logs.
fn logs(folder: &Path) -> BTreeMap<u32, Vec<u8>> {
    let rows = waiting(async { Journal::read(folder).await?.page(0, u32::MAX).await });
    rows.into_iter().map(|row| (row.ordinal, row.log)).collect()
}

fn waiting<T>(journal: impl Future<Output = Result<T, trial::port::Fault>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(journal).expect("the journal can be read")
}

/// The events of a log.
fn events(log: &[u8]) -> Vec<Event> {
    let lines = log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Event::from_line(line).expect("an event")).collect()
}

#[track_caller]
fn same(place: &Place, one: &str, other: &str, files: &[&str]) {
    for file in files {
        let read = |run: &str| place.read(&format!("{run}/{file}"));
        assert!(read(one) == read(other), "{file} differs");
    }
}

#[test]
fn a_key_that_is_revoked_in_the_middle_stops_the_run_and_a_good_one_completes_it() {
    const NEW_KEY: &str = "sk-kinship-test-fedcba9876543210";
    let place = Place::new();
    let good = AtomicUsize::new(0);
    let server = Server::behaving(move |asked| {
        if asked.key != NEW_KEY && good.fetch_add(1, Ordering::SeqCst) >= 9 {
            let body = r#"{"error":{"message":"This key was revoked."}}"#;
            return Does::Says("401 No".into(), body.into());
        }
        fine(completion(asked.body, "loopback-model-1", 10))
    });
    let stopped = run(&place, &server, "run", &["--concurrency", "2"]);
    assert_eq!(stopped.code, Some(2), "{stopped:?}");
    for part in ["401", "This key was revoked.", "set OPENAI_API_KEY and run the same command"] {
        assert!(stopped.stderr.contains(part), "{part}: {stopped:?}");
    }
    let before = server.asked().len();
    let anew = |out: &str| {
        let arguments = arguments(&server, out, 3, &["--concurrency", "2"]);
        ended(command(&place, &arguments).env("OPENAI_API_KEY", NEW_KEY).spawn().unwrap())
    };
    let completed = anew("run");
    assert_eq!(completed.code, Some(0), "{completed:?}");
    let after = server.asked().len() - before;
    // Nine answers; one of them may have been on its way when the other trial's call was refused.
    assert!((24 - 9..=24 - 8).contains(&after), "{after} calls with the new key");
    assert_eq!(anew("calm").code, Some(0));
    same(&place, "calm", "run", &LEFT);
}

#[test]
fn a_full_disk_stops_the_run_with_a_way_out_and_more_room_completes_it() {
    let place = Place::new();
    let server = Server::start(200, Duration::ZERO);
    // First: compiled plugins are cached, and larger than the room below.
    assert_eq!(run(&place, &server, "calm", &[]).code, Some(0));
    let before = server.calls();
    let arguments = arguments(&server, "run", 3, &["--concurrency", "2"]);
    // A limit on the size of files needs no rights, and ends a write as a full disk does.
    let mut limited = Command::new("bash");
    limited.args(["-c", "ulimit -f 200 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_kinship")]);
    let plain = command(&place, &arguments);
    limited.args(&arguments).current_dir(place.folder.path());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.stdout(Stdio::piped()).stderr(Stdio::piped());
    let full = ended(limited.spawn().expect("bash starts"));
    assert_eq!(full.code, Some(2), "{full:?}");
    for part in ["run.db", "a full disk, a quota or a limit on file sizes", "nothing that was"] {
        assert!(full.stderr.contains(part), "{part}: {full:?}");
    }
    let answered = server.calls() - before;
    assert!((4..24).contains(&answered), "{answered} answers before it was full show little");
    let completed = run(&place, &server, "run", &["--concurrency", "2"]);
    assert_eq!(completed.code, Some(0), "{completed:?}");
    // Each of two trials may have had an answer that could not be kept.
    let asked = server.calls() - before;
    assert!((24..=26).contains(&asked), "{asked} calls");
    same(&place, "calm", "run", &LEFT);
}

/// The library that gives a process another clock.
fn faketime() -> PathBuf {
    let file = "faketime/libfaketimeMT.so.1";
    let folders = std::fs::read_dir("/usr/lib").expect("a system with libraries");
    let deeper = folders.flatten().map(|entry| entry.path().join(file));
    let found = [PathBuf::from("/usr/lib").join(file)].into_iter().chain(deeper);
    found.into_iter().find(|path| path.is_file()).expect(
        "faketime/libfaketimeMT.so.1 below /usr/lib: install it (Debian: apt-get install faketime)",
    )
}

#[test]
fn a_clock_that_is_set_back_changes_nothing() {
    let place = Place::new();
    let server = Server::start(200, Duration::from_millis(400));
    assert_eq!(run(&place, &server, "calm", &[]).code, Some(0));
    let clock = place.path("clock");
    std::fs::write(&clock, "+0").unwrap();
    let arguments = arguments(&server, "run", 3, &["--concurrency", "1"]);
    let mut child = command(&place, &arguments)
        .env("LD_PRELOAD", faketime())
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        // As when an operator sets a clock back: what measures spans is not touched.
        .env("DONT_FAKE_MONOTONIC", "1")
        .spawn()
        .unwrap();
    // The time of day as the run tells it.
    let told = |child: &mut Child, wanted: &dyn Fn(u64) -> bool| {
        let begun = Instant::now();
        loop {
            assert!(
                child.try_wait().unwrap().is_none(),
                "the run ended too early to show anything"
            );
            assert!(begun.elapsed() < HANG, "the time is never told");
            let status = std::fs::read(place.path("run/status.json")).unwrap_or_default();
            let status: serde_json::Value = serde_json::from_slice(&status).unwrap_or_default();
            match status["at"].as_u64().filter(|at| wanted(*at)) {
                Some(at) => break at,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    };
    let first = told(&mut child, &|_| true);
    std::fs::write(&clock, "-3d").unwrap();
    let second = told(&mut child, &|at| at < first);
    assert!((2 * 86_400..=3 * 86_400).contains(&(first - second)), "{first}, then {second}");
    let done = ended(child);
    assert_eq!(done.code, Some(0), "{done:?}");
    same(&place, "calm", "run", &LEFT);
}

#[test]
fn onlookers_do_not_disturb_a_run() {
    let place = Place::new();
    let server = Server::start(200, Duration::from_millis(300));
    assert_eq!(run(&place, &server, "calm", &[]).code, Some(0));
    let before = server.calls();
    let mut child = start(&place, &server, "run", 3, &["--concurrency", "2"]);
    let mut looks = 0;
    while child.try_wait().unwrap().is_none() {
        // Before it has asked anything, a run may not have said yet what it is.
        if server.calls() == before {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        }
        let status = place.kinship(&["status", "run", "--json"]);
        assert_eq!(status.code, Some(0), "{status:?}");
        // What is not finished yet cannot be shown, and is not disturbed.
        let _shown = place.kinship(&["show", "run"]);
        let _shown = place.kinship(&["show", "run", "maintenance-window/control/0"]);
        looks += 1;
    }
    assert!(looks >= 1, "nobody looked");
    let done = ended(child);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(server.calls() - before, 24);
    same(&place, "calm", "run", &LEFT);
}

#[test]
fn a_run_starts_while_somebody_looks() {
    let place = Place::new();
    let server = Server::start(200, Duration::ZERO);
    assert_eq!(run(&place, &server, "run", &[]).code, Some(0));
    std::thread::scope(|scope| {
        let (stop, stopped) = mpsc::channel::<()>();
        scope.spawn({
            let place = &place;
            move || {
                while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
                    let status = place.kinship(&["status", "run"]);
                    assert_eq!(status.code, Some(0), "{status:?}");
                }
            }
        });
        for _ in 0..5 {
            let again = run(&place, &server, "run", &[]);
            assert_eq!(again.code, Some(0), "{again:?}");
        }
        drop(stop);
    });
}

#[test]
fn a_run_that_was_killed_before_it_began_has_nothing_to_show_and_begins() {
    let place = Place::new();
    let server = Server::start(200, Duration::ZERO);
    // As SQLite leaves it when it has made the file and no table.
    std::fs::create_dir(place.path("run")).unwrap();
    std::fs::write(place.path("run/run.db"), "").unwrap();
    for command in ["status", "show"] {
        let said = place.kinship(&[command, "run"]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(
            said.stderr.contains("no run here: there is nothing yet in its run.db"),
            "{said:?}"
        );
    }
    let done = run(&place, &server, "run", &[]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

#[test]
fn what_a_run_waits_for_is_told() {
    let place = Place::new();
    let server = Server::behaving(|asked| match asked.before {
        0 => Does::Says("500 Oops".into(), r#"{"error":{"message":"out of sorts"}}"#.into()),
        _ => fine(completion(asked.body, "loopback-model-1", 10)),
    });
    let done = run(&place, &server, "run", &[]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let status = last_json(&place.kinship(&["status", "run", "--json"]));
    assert_eq!(status["last_failure"], "500: out of sorts", "{status}");
    assert!(done.stdout.contains(r#""last_failure":"500: out of sorts""#), "{done:?}");
    let text = place.kinship(&["status", "run"]).stdout;
    assert!(text.contains("failed    last: 500: out of sorts"), "{text}");
}

#[test]
fn a_context_that_is_full_ends_a_trial_as_an_outcome_and_one_that_is_too_small_stops_the_run() {
    let place = Place::new();
    let too_long = || {
        let body = r#"{"error":{"code":400,"message":"request (9 tokens) exceeds the available context size (8 tokens)","type":"exceed_context_size_error"}}"#;
        Does::Says("400 No".into(), body.into())
    };
    let server = Server::behaving(move |asked| {
        if String::from_utf8_lossy(asked.body).contains(r#""role":"assistant""#) {
            return too_long();
        }
        fine(completion(asked.body, "loopback-model-1", 10))
    });
    assert_eq!(place.kinship(&["key", "new"]).code, Some(0));
    let done = run(&place, &server, "run", &[]);
    assert_eq!(done.code, Some(0), "{done:?}");
    for cell in last_json(&done)["result"]["cells"].as_array().unwrap() {
        let counts = &cell["counts"];
        assert_eq!((&counts["invalid"], &counts["exhibited"]), (&0.into(), &0.into()), "{cell}");
    }
    // A refused call for each turn that the world goes on for, and no more.
    let asked = server.asked().len();
    assert!((12..=6 * 30).contains(&asked), "{asked} calls");
    let verified = place.kinship(&["verify", "run/smoke.kinship"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");

    let small = Server::behaving(move |_| too_long());
    let stopped = run(&place, &small, "small", &[]);
    assert_eq!(stopped.code, Some(2), "{stopped:?}");
    let why = "the model's context does not hold the start of trial maintenance-window/";
    assert!(stopped.stderr.contains(why), "{stopped:?}");
    assert!(stopped.stderr.contains("a flag that the message finds wrong"), "{stopped:?}");
}
