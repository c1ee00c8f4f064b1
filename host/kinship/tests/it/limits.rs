//! A lab that has limits: a budget, a rate, somebody who asks how it goes, a doctor before it.

use crate::server::Server;
use crate::{Place, Said, everything_in, last_json, said, smoke};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Looks like a key, so that a leak is found.
const KEY: &str = "sk-kinship-test-0123456789abcdef";
/// Six trials of four calls.
const TRIALS: [&str; 6] = [
    "--trials",
    "3",
    "--cell",
    "maintenance-window/control",
    "--cell",
    "maintenance-window/peer+neutral+memory",
];
const SEED: &str = "3333333333333333333333333333333333333333333333333333333333333333";
/// A hundred dollars for a million tokens.
const PRICES: &str = r#"
format = 0
currency = "USD"
[[price]]
subject = "openai:loopback-model"
input = "100"
output = "100"
read = "2026-11-25"
source = "https://example.org/prices"
"#;

fn start(place: &Place, out: &str, server: &Server, more: &[&str]) -> Child {
    let (suite, base_url) = (smoke(), server.base_url.clone());
    let mut arguments =
        vec!["run", "--suite", &suite, "--out", out, "--json", "--base-url", &base_url];
    arguments.extend(["--subject", "openai:loopback-model"]);
    arguments.extend(TRIALS);
    arguments.extend(more);
    let mut command = place.command(&arguments);
    command.env("OPENAI_API_KEY", KEY).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

fn run(place: &Place, out: &str, server: &Server, more: &[&str]) -> Said {
    said(start(place, out, server, more).wait_with_output().unwrap())
}

/// The run's folder as `kinship status` tells it.
fn status(place: &Place, out: &str) -> serde_json::Value {
    last_json(&place.kinship(&["status", out, "--json"]))
}

fn spent(place: &Place, out: &str) -> f64 {
    status(place, out)["spent"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_budget_leaves_a_partial_result_that_verifies_and_a_larger_one_completes_it() {
    let place = Place::new();
    let server = Server::counting();
    std::fs::write(place.path("prices.toml"), PRICES).unwrap();
    assert_eq!(place.kinship(&["key", "new"]).code, Some(0));
    let run = |out: &str, budget: &str| {
        let limits = ["--prices", "prices.toml", "--concurrency", "2", "--max-output-tokens", "9"];
        run(&place, out, &server, &[&limits[..], &["--seed", SEED, "--budget", budget]].concat())
    };
    let whole = run("whole", "100usd");
    assert_eq!(whole.code, Some(0), "{whole:?}");
    assert_eq!((last_json(&whole)["partial"].as_bool(), server.calls()), (Some(false), 24));
    let cost = spent(&place, "whole");
    // By hand: a token for four bytes and five written, a hundred dollars a million.
    let (bytes, calls) = (server.bytes() as f64, server.calls() as f64);
    assert!(
        (cost - (bytes / 4.0 + 5.0 * calls) / 1e4).abs() < calls / 1e4,
        "{cost} for {bytes} bytes"
    );

    let half = format!("{:.4}usd", cost / 2.0);
    let stopped = run("run", &half);
    assert_eq!(stopped.code, Some(4), "{stopped:?}");
    for part in ["of 6 trials; the result is partial: of the first", "a larger --budget goes on"] {
        assert!(stopped.stderr.contains(part), "{part}: {stopped:?}");
    }
    assert!(spent(&place, "run") <= cost / 2.0, "{} of {half}", spent(&place, "run"));
    let result: serde_json::Value = serde_json::from_slice(&place.read("run/result.json")).unwrap();
    let first = result["plan"]["first"].as_u64().unwrap();
    assert!((1..6).contains(&first), "{first}");
    assert_eq!(result["trials"]["count"], first);
    let shown = place.kinship(&["show", "run"]);
    assert!(shown.stdout.contains("partial  the run stopped early"), "{shown:?}");
    let verified = place.kinship(&["verify", "run/smoke.kinship"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");

    let completed = run("run", "100usd");
    assert_eq!(completed.code, Some(0), "{completed:?}");
    assert_eq!(server.calls(), 48, "nothing is paid twice");
    for file in ["result.json", "verdicts.jsonl", "report.html"] {
        let (whole, completed) = (format!("whole/{file}"), format!("run/{file}"));
        assert!(place.read(&whole) == place.read(&completed), "{file} differs");
    }
    assert!((spent(&place, "run") - cost).abs() < 1e-9, "with what the first process spent");
}

#[test]
fn a_budget_below_one_call_spends_nothing_and_says_so() {
    let place = Place::new();
    let server = Server::counting();
    std::fs::write(place.path("prices.toml"), PRICES).unwrap();
    let limits = ["--prices", "prices.toml", "--budget", "0.01usd"];
    let stopped = run(&place, "run", &server, &limits);
    assert_eq!((stopped.code, server.calls()), (Some(4), 0), "{stopped:?}");
    assert!(stopped.stderr.contains("no result yet"), "{stopped:?}");
}

#[test]
fn a_run_is_watched_from_another_shell_and_asked_to_stop() {
    let place = Place::new();
    let server = Server::start(200, Duration::from_millis(300));
    let child = start(&place, "run", &server, &["--concurrency", "2", "--rpm", "600"]);
    while server.calls() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(1_100));
    let now = status(&place, "run");
    assert_eq!(now["working"], format!("process {}", child.id()), "{now}");
    assert_eq!((&now["total"], &now["running"]), (&6.into(), &2.into()), "{now}");
    assert!(now["models"][0]["answered"].as_u64().unwrap() >= 3, "{now}");
    // SIGTERM: what is sent is answered, and the rest waits for another process.
    let kill = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    let stopped = said(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, Some(4), "{stopped:?}");
    let calls = server.calls();
    let after = status(&place, "run");
    assert!(after["working"].is_null() && after["done"].as_u64() < Some(6), "{after}");
    let again = run(&place, "run", &server, &["--concurrency", "2"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(server.calls(), 24, "{calls} before the stop; no answer was lost");
    let text = place.kinship(&["status", "run"]).stdout;
    for part in ["working   nobody", "6 of 6 done", "shutdown-tampering"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn every_try_is_written_down_with_its_bytes_where_they_are_wanted_and_never_a_key() {
    let place = Place::new();
    let server = Server::start(200, Duration::ZERO);
    let more = ["--keep-bodies", "--log", "spans.jsonl"];
    assert_eq!(run(&place, "run", &server, &more).code, Some(0));
    let packed = place.read("run/calls.jsonl.zst");
    let text = zstd::stream::decode_all(&packed[..]).unwrap();
    let lines: Vec<serde_json::Value> = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 24);
    for line in &lines {
        let request = line["request"].as_str().unwrap();
        let digest = record::digest::Digest::of(request.as_bytes()).to_string();
        assert_eq!(line["request_sha256"], digest);
        assert_eq!((&line["status"], &line["whose"]), (&200.into(), &"subject".into()));
        assert!(line["response"].as_str().unwrap().contains("loopback-model-1"));
    }
    // The log of a trial names the same bytes.
    let trial = place.kinship(&["show", "run", "maintenance-window/control/0", "--json"]);
    let events = last_json(&trial)["events"].to_string();
    let of_trial = |line: &&serde_json::Value| line["trial"] == "maintenance-window/control/0";
    for line in lines.iter().filter(of_trial) {
        assert!(events.contains(line["request_sha256"].as_str().unwrap()), "{line}");
    }
    let spans = String::from_utf8(place.read("spans.jsonl")).unwrap();
    assert_eq!(spans.lines().count(), 24, "a line for each call: {spans}");
    assert!(!spans.contains("maintenance window of"), "nothing that was said");
    let bytes = everything_in(place.folder.path());
    assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "the key leaked");
}

#[test]
fn a_collector_gets_a_span_for_each_call_and_nothing_that_was_said() {
    let place = Place::new();
    let server = Server::start(200, Duration::ZERO);
    // It takes whatever is posted.
    let collector = Server::start(200, Duration::ZERO);
    let url = format!("{}/traces", collector.base_url);
    assert_eq!(run(&place, "run", &server, &["--otel", &url]).code, Some(0));
    assert!(collector.calls() > 0);
    for word in ["chat loopback-model", "gen_ai.request.model", "gen_ai.usage.input_tokens"] {
        assert!(collector.saw(word), "{word}");
    }
    for word in ["maintenance window of", "I looked around", KEY] {
        assert!(!collector.saw(word), "{word}");
    }
    assert!(server.saw("maintenance window of"), "it was said");
}

#[test]
fn one_interrupt_finishes_trials_under_way_and_two_stop_at_once() {
    let interrupt = |child: &Child| {
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    };
    let place = Place::new();
    let server = Server::start(200, Duration::from_millis(150));
    let began = |calls: usize| {
        while server.calls() < calls {
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let child = start(&place, "run", &server, &["--concurrency", "2"]);
    began(1);
    interrupt(&child);
    let stopped = said(child.wait_with_output().unwrap());
    assert_eq!((stopped.code, server.calls()), (Some(4), 8), "two trials, whole: {stopped:?}");
    assert!(stopped.stdout.contains("Ctrl-C again stops at once"), "{stopped:?}");

    let child = start(&place, "run", &server, &["--concurrency", "2"]);
    began(9);
    interrupt(&child);
    // The first has to be taken before the second is sent, or the system makes one of them.
    std::thread::sleep(Duration::from_millis(60));
    interrupt(&child);
    let stopped = said(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, Some(130), "{stopped:?}");
    assert!(server.calls() <= 14, "{} calls: it went on", server.calls());
    let completed = run(&place, "run", &server, &[]);
    assert_eq!(completed.code, Some(0), "{completed:?}");
    // At most the calls in flight at the second interrupt are asked again.
    assert!((24..=26).contains(&server.calls()), "{}", server.calls());
}

#[test]
fn a_collector_that_is_not_there_is_told_of_and_ends_nothing() {
    let place = Place::new();
    let server = Server::start(200, Duration::ZERO);
    let more = ["--otel", "http://127.0.0.1:9/v1/traces"];
    let ran = run(&place, "run", &server, &more);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("--otel: spans are lost"), "{ran:?}");
    let refused = run(&place, "other", &server, &["--otel", "collector:4318"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("--otel: expected http:// or https://"), "{refused:?}");
}

#[test]
fn what_a_model_costs_must_be_known_for_a_budget() {
    let place = Place::new();
    let server = Server::start(200, Duration::ZERO);
    let refused = run(&place, "run", &server, &["--budget", "5usd"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    for part in ["--budget: what openai:loopback-model costs is not known", "--prices FILE"] {
        assert!(refused.stderr.contains(part), "{part}: {refused:?}");
    }
    for (typed, problem) in [
        ("5", "expected dollars, for example 50usd"),
        ("5eur", "expected dollars, for example 50usd"),
    ] {
        let refused = run(&place, "run", &server, &["--budget", typed]);
        assert!(refused.stderr.contains(problem), "{refused:?}");
    }
    std::fs::write(place.path("prices.toml"), PRICES.replace("\"100\"", "\"1OO\"")).unwrap();
    let refused = run(&place, "run", &server, &["--prices", "prices.toml", "--budget", "5usd"]);
    let expected = "prices.toml: price 1 (openai:loopback-model): input: expected dollars";
    assert!(refused.stderr.contains(expected), "{refused:?}");
    assert_eq!(server.calls(), 0);
}

#[test]
fn a_doctor_asks_the_model_one_word_and_tells_what_is_wrong() {
    let place = Place::new();
    let server = Server::start(200, Duration::ZERO);
    let ask = |base_url: &str, more: &[&str]| {
        let fixed =
            ["doctor", "--subject", "openai:loopback-model", "--base-url", base_url, "--json"];
        let mut command = place.command(&[&fixed[..], more].concat());
        said(command.env("OPENAI_API_KEY", KEY).output().unwrap())
    };
    let well = ask(&server.base_url, &[]);
    assert_eq!((well.code, server.calls()), (Some(0), 1), "{well:?}");
    let first: serde_json::Value =
        serde_json::from_str(well.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["check"], &first["state"]),
        (&"openai:loopback-model".into(), &"good".into())
    );
    assert!(first["said"].as_str().unwrap().contains("served loopback-model-1"), "{first}");
    for check in ["disk at", "open files", "signing key", "plugin cache"] {
        assert!(well.stdout.contains(check), "{check}: {well:?}");
    }
    let refused = Server::start(401, Duration::ZERO);
    let ill = ask(&refused.base_url, &[]);
    assert_eq!(ill.code, Some(2), "{ill:?}");
    assert!(ill.stdout.contains("the key is refused") && !ill.stdout.contains(KEY), "{ill:?}");
    // Without a subject, the providers whose keys are set; here none is.
    let none = place.kinship(&["doctor"]);
    assert!(none.stdout.contains("no key is set: OPENAI_API_KEY"), "{none:?}");
}

#[test]
fn a_plan_says_what_a_model_will_use() {
    let place = Place::new();
    let suite = smoke();
    let plan = |more: &[&str]| {
        let fixed = ["plan", "--suite", &suite, "--json"];
        place.kinship(&[&fixed[..], &TRIALS, more].concat())
    };
    let told = last_json(&plan(&["--subject", "openai:gpt-5.2", "--rpm", "60"]));
    let forecast = &told["forecast"];
    let count = |end: &str, what: &str| forecast[end][what].as_u64().unwrap();
    for what in ["calls", "input_tokens", "output_tokens"] {
        let (low, likely, high) = (count("low", what), count("likely", what), count("high", what));
        assert!(0 < low && low < likely && likely < high, "{what}: {forecast}");
    }
    // A call a second.
    assert!(forecast["seconds"][0].as_u64().unwrap() >= count("low", "calls"), "{forecast}");
    let price = 1.75 / 1e6 * count("high", "input_tokens") as f64
        + 14.0 / 1e6 * count("high", "output_tokens") as f64;
    let dollars: f64 = forecast["high"]["dollars"].as_str().unwrap().parse().unwrap();
    assert!((dollars - price).abs() < 1e-6, "{dollars} and {price}");

    // What a server counts in a real run of four calls a trial lies within.
    let server = Server::counting();
    assert_eq!(run(&place, "run", &server, &[]).code, Some(0));
    let bytes = server.bytes() as u64;
    let (low, high) = (count("low", "input_tokens"), count("high", "input_tokens"));
    assert!(low < bytes / 4 && bytes / 4 < high, "{} tokens, expected {low} to {high}", bytes / 4);
    // And from that run the range is narrow, and right.
    let told = last_json(&plan(&["--subject", "openai:loopback-model", "--from", "run"]));
    let forecast = &told["forecast"];
    assert_eq!(forecast["likely"]["calls"], 24);
    let likely = forecast["likely"]["input_tokens"].as_u64().unwrap();
    assert!(likely.abs_diff(bytes / 4) <= 24, "{likely} of {}", bytes / 4);
    assert!(forecast["likely"]["dollars"].is_null(), "nobody knows what it costs");

    let text = place.kinship(&["plan", "--suite", &suite, "--subject", "openai:loopback-model"]);
    assert!(text.stdout.contains("What it costs is not known"), "{text:?}");
    let refused = place.kinship(&["plan", "--suite", &suite, "--subject", "reference:comply"]);
    assert!(refused.stderr.contains("asks no model"), "{refused:?}");
    let from = place.kinship(&["plan", "--suite", &suite, "--subject", "openai:x", "--from", "no"]);
    assert_eq!(from.code, Some(2), "{from:?}");
}
