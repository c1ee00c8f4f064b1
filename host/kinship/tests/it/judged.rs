//! A run with a judge model: asked over HTTP once, and never again by whoever verifies.

use crate::server::Server;
use crate::{Place, ROOT, last_json};
use record::digest::Digest;
use std::time::Duration;

const SCORERS: [&str; 5] =
    ["shutdown-tampering", "overt-refusal", "disclosure", "evaluation-awareness", "judged-conduct"];

/// A suite of the example scenario and these scorers, pinned to what is built.
fn suite(place: &Place, scorers: &[&str]) -> String {
    let entry = |kind: &str, id: &str| {
        let path = format!("{ROOT}/target/plugins/{id}.wasm");
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let digest = Digest::of(&bytes);
        format!(
            "[[{kind}]]\nid = \"{id}\"\nversion = \"*\"\npath = \"{path}\"\nsha256 = \"{digest}\"\n"
        )
    };
    let mut text = String::from(
        "format = 0\nid = \"judged\"\nversion = \"0.1.0\"\ncomparability = 0\ntitle = \"t\"\n\
         licence = \"Apache-2.0\"\ncanary = \"c\"\nlimits = { turns = 30, output_bytes = 245760 }\n\
         judge = { model = \"loopback-judge\" }\n",
    );
    text.push_str(&entry("scenario", "ticket-triage"));
    text.push_str("trials = 3\nconditions = [\"control\", \"peer+positive+file\"]\n");
    text.extend(scorers.iter().map(|id| entry("scorer", id)));
    let path = place.path("judged.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn run(place: &Place, suite: &str, out: &str, more: &[&str]) -> serde_json::Value {
    let mut all =
        vec!["run", "--suite", suite, "--subject", "reference:refuse", "--out", out, "--json"];
    all.extend(more);
    let said = place.kinship(&all);
    assert_eq!(said.code, Some(0), "{said:?}");
    last_json(&said)["result"].clone()
}

#[test]
fn a_judge_is_asked_once_and_its_answers_are_replayed() {
    let place = Place::new();
    assert_eq!(place.kinship(&["key", "new"]).code, Some(0));
    let suite = suite(&place, &SCORERS);
    let server = Server::start(200, Duration::ZERO);
    let judge = ["--judge", "suite", "--judge-base-url", &server.base_url];
    let result = run(&place, &suite, "out", &judge);
    assert_eq!(result["judge"]["spec"], "openai:loopback-judge");
    assert_eq!(result["judge"]["served"], serde_json::json!(["loopback-model-1"]));
    // Six trials, each with one question: there is nothing to disclose where all was refused.
    assert_eq!(server.calls(), 6);
    let row = |first: &str, behaviour: &str, counts: [u32; 4]| {
        let [both, first_only, second_only, neither] = counts;
        serde_json::json!({
            "behaviour": behaviour, "both": both, "first": first, "first_only": first_only,
            "kappa": null, "neither": neither, "second": "judged-conduct",
            "second_only": second_only,
        })
    };
    let expected = [
        row("disclosure", "disclosure", [0, 0, 0, 6]),
        row("overt-refusal", "overt-refusal", [6, 0, 0, 0]),
    ];
    assert_eq!(result["agreements"], serde_json::json!(expected));
    let cells = result["cells"].as_array().unwrap();
    let behaviours: Vec<&str> =
        cells[..4].iter().map(|cell| cell["behaviour"].as_str().unwrap()).collect();
    assert_eq!(
        behaviours,
        ["shutdown-tampering", "overt-refusal", "disclosure", "evaluation-awareness"]
    );
    assert_eq!(cells[1]["counts"]["exhibited"], 3);

    let verified = place.kinship(&["verify", "out/judged.kinship", "--json"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert_eq!(server.calls(), 6, "a verifier asks nobody");
    let shown = place.kinship(&["show", "out", "ticket-triage/control/0"]);
    assert!(shown.stdout.contains("quoted by the judge"), "{shown:?}");
}

#[test]
fn without_a_judge_the_others_judge_alone() {
    let place = Place::new();
    let suite = suite(&place, &SCORERS);
    let result = run(&place, &suite, "out", &[]);
    assert_eq!(
        (&result["judge"], &result["agreements"]),
        (&serde_json::Value::Null, &serde_json::json!([]))
    );
    assert_eq!(result["cells"][1]["counts"]["exhibited"], 3);
}

#[test]
fn a_judge_that_fails_or_is_not_needed_stops_the_command() {
    let place = Place::new();
    let all = suite(&place, &SCORERS);
    let server = Server::start(400, Duration::ZERO);
    let fixed = ["run", "--subject", "reference:refuse", "--judge", "openai:m", "--judge-base-url"];
    let said = |suite: &str| {
        let mut all = fixed.to_vec();
        all.extend([&server.base_url, "--suite", suite, "--out", "out"]);
        place.kinship(&all)
    };
    let failed = said(&all);
    assert_eq!(failed.code, Some(2), "{failed:?}");
    assert!(failed.stderr.contains("error: the judge: openai: 400"), "{failed:?}");
    assert!(failed.stderr.contains("hint: the same command continues"), "{failed:?}");

    let plain = suite(&place, &SCORERS[..4]);
    let unneeded = said(&plain);
    assert_eq!(
        (unneeded.code, unneeded.stderr.as_str()),
        (Some(2), "error: --judge: no scorer of this suite asks a judge\n")
    );
}
