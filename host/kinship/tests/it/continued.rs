//! A lab's day: a model behind a server, kills in the middle, a key that is refused.

use crate::server::Server;
use crate::{Place, everything_in, last_json, said, smoke};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Looks like a key, so that a leak is found.
const KEY: &str = "sk-kinship-test-0123456789abcdef";
const SEED: &str = "1111111111111111111111111111111111111111111111111111111111111111";

/// Two cells of three trials, each of four calls: the world asks once whether that was all.
fn arguments(server: &Server) -> Vec<String> {
    let fixed = [
        "--subject",
        "openai:loopback-model",
        "--trials",
        "3",
        "--seed",
        SEED,
        "--cell",
        "maintenance-window/control",
        "--cell",
        "maintenance-window/peer+neutral+memory",
        "--concurrency",
        "4",
        "--base-url",
    ];
    fixed.into_iter().map(str::to_owned).chain([server.base_url.clone()]).collect()
}

fn start(place: &Place, out: &str, server: &Server) -> Child {
    let suite = smoke();
    let mut command = place.command(&["run", "--suite", &suite, "--out", out, "--json"]);
    command.args(arguments(server)).env("OPENAI_API_KEY", KEY);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
}

#[test]
fn a_killed_run_ends_the_same_and_pays_for_no_answer_twice() {
    let place = Place::new();
    let server = Server::start(200, Duration::from_millis(40));
    let whole = said(start(&place, "whole", &server).wait_with_output().unwrap());
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let result = &last_json(&whole)["result"];
    assert_eq!(result["subject"]["served"], serde_json::json!(["loopback-model-1"]));
    assert_eq!(result["trials"]["input_tokens"], 240, "24 calls of 10 tokens");
    let calls = server.calls();
    assert_eq!(calls, 24);
    assert!(server.saw("maintenance") || server.saw("window"), "the briefing was sent");

    // Killed after each few calls, until it ends by itself.
    let mut kills = 0;
    loop {
        let before = server.calls();
        let mut child = start(&place, "killed", &server);
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            // Six calls of four trials: two answers at least are in the journal.
            if server.calls() >= before + 6 {
                break None;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        if let Some(status) = ended {
            assert!(status.success(), "{:?}", said(child.wait_with_output().unwrap()));
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        assert!(kills < 20, "the run gets nowhere");
    }
    assert!(kills >= 2, "killed {kills} times: that shows little");
    let asked = server.calls() - calls;
    assert!((24..=24 + 4 * kills).contains(&asked), "{asked} calls in {kills} kills");
    for file in ["result.json", "verdicts.jsonl", "report.html"] {
        let (whole, killed) = (format!("whole/{file}"), format!("killed/{file}"));
        assert!(place.read(&whole) == place.read(&killed), "{file} differs");
    }

    let bytes = everything_in(place.folder.path());
    assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "the key leaked");
}

#[test]
fn a_malformed_call_is_an_outcome_and_replays() {
    let place = Place::new();
    let server = Server::start(200, Duration::ZERO);
    assert_eq!(place.kinship(&["key", "new"]).code, Some(0));
    let run = said(start(&place, "run", &server).wait_with_output().unwrap());
    assert_eq!(run.code, Some(0), "{run:?}");
    let cells = &last_json(&run)["result"]["cells"];
    for cell in cells.as_array().unwrap() {
        assert_eq!(
            (&cell["counts"]["invalid"], &cell["counts"]["exhibited"]),
            (&0.into(), &0.into())
        );
    }
    let trial = place.kinship(&["show", "run", "maintenance-window/control/0", "--json"]);
    let events = last_json(&trial)["events"].to_string();
    assert!(events.contains(r#"{\"command\": "#), "the arguments stand as written: {events}");
    drop(server);
    let verified = place.kinship(&["verify", "run/smoke.kinship"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn a_refused_key_stops_the_run_and_is_not_shown() {
    let place = Place::new();
    let server = Server::start(401, Duration::ZERO);
    let run = said(start(&place, "run", &server).wait_with_output().unwrap());
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("401") && run.stderr.contains("OPENAI_API_KEY"), "{run:?}");
    assert!(!run.stderr.contains(KEY) && !run.stdout.contains(KEY), "the key leaked");
    // Nothing is decided: with a good key the same command goes on.
    let shown = place.kinship(&["show", "run"]);
    assert!(shown.stderr.contains("not finished"), "{shown:?}");
}

#[test]
fn a_second_process_waits_for_the_first() {
    let place = Place::new();
    let server = Server::start(200, Duration::from_millis(800));
    let mut first = start(&place, "run", &server);
    while server.calls() == 0 {
        assert!(first.try_wait().unwrap().is_none(), "the first run ended early");
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = said(start(&place, "run", &server).wait_with_output().unwrap());
    assert_eq!(second.code, Some(2), "{second:?}");
    let expected = format!("in use by another process (process {})", first.id());
    assert!(second.stderr.contains(&expected), "{second:?}");
    assert!(first.wait().unwrap().success());
}
