//! The newcomer's first command, and what a reviewer does with what it leaves.

use crate::{Place, ROOT, last_json};
use std::process::Command;

#[test]
fn the_demo_leaves_a_report_and_a_bundle_that_verifies() {
    let place = Place::new();
    let suite = crate::smoke();
    let demo = place.kinship(&["demo", "--suite", &suite, "--out", "demo"]);
    assert_eq!(demo.code, Some(0), "{demo:?}");
    assert!(demo.stdout.contains("verified   30 trials replayed"), "{demo:?}");
    let report = String::from_utf8(place.read("demo/report.html")).unwrap();
    assert!(report.contains("What is not proven") && report.contains("<svg"), "no report");

    let verified = place.kinship(&["verify", "demo/smoke.kinship", "--json"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let json = last_json(&verified);
    assert_eq!((&json["verified"], &json["trials"]), (&true.into(), &30.into()));

    // The same command adds nothing and makes the same bytes.
    let first = place.read("demo/smoke.kinship");
    let again = place.kinship(&["demo", "--suite", &suite, "--out", "demo"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(place.read("demo/smoke.kinship") == first, "another bundle");

    // Another folder, another key, the same result: the seed and the plugins decide.
    let result = place.read("demo/result.json");
    assert_eq!(place.kinship(&["demo", "--suite", &suite, "--out", "other"]).code, Some(0));
    assert!(place.read("other/result.json") == result, "another result");
    assert!(place.read("other/verdicts.jsonl") == place.read("demo/verdicts.jsonl"));

    show_and_report(&place);
    damaged_bundles_are_refused(&place, &first);
    other_checkers_agree(&place);
}

fn show_and_report(place: &Place) {
    for source in ["demo", "demo/smoke.kinship"] {
        let shown = place.kinship(&["show", source, "--outcome", "exhibited"]);
        assert_eq!(shown.code, Some(0), "{shown:?}");
        let widest = shown.stdout.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 100, "{widest} columns");
        let trial = "maintenance-window/peer+positive+memory/0";
        let shown = place.kinship(&["show", source, trial]);
        assert!(shown.stdout.contains('⟦'), "no evidence is marked: {shown:?}");
        let reported = place.kinship(&["report", source, "--out", "again.html"]);
        assert_eq!(reported.code, Some(0), "{reported:?}");
    }
    assert!(place.read("again.html") == place.read("demo/report.html"), "another report");
    let shown = place.kinship(&["show", "demo", "maintenance-window/peer/99"]);
    assert_eq!(
        (shown.code, shown.stderr.as_str()),
        (
            Some(2),
            "error: trial maintenance-window/peer/99: not in this run\n\
             hint: `kinship show RUN` lists its trials\n"
        )
    );
}

/// The replay crate flips every byte of a small bundle; here the real one, through the binary.
fn damaged_bundles_are_refused(place: &Place, good: &[u8]) {
    for part in 0..24 {
        let at = good.len() / 24 * part + 7;
        let mut bad = good.to_vec();
        bad[at] ^= 1;
        std::fs::write(place.path("bad.kinship"), &bad).unwrap();
        let refused = place.kinship(&["verify", "bad.kinship"]);
        assert_eq!(refused.code, Some(1), "byte {at}: {refused:?}");
        assert!(refused.stderr.starts_with("error: bad.kinship: refused: "), "{refused:?}");
    }
    std::fs::write(place.path("bad.kinship"), &good[..good.len() - 512]).unwrap();
    assert_eq!(place.kinship(&["verify", "bad.kinship"]).code, Some(1));
    let other = place.kinship(&["verify", "demo/smoke.kinship", "--key", "other/key.pub.pem"]);
    assert_eq!(other.code, Some(1), "{other:?}");
    let missing = place.kinship(&["verify", "nothing.kinship"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
}

/// OpenSSL alone checks the signature; an independent verifier too, where one is at hand.
fn other_checkers_agree(place: &Place) {
    let envelope: serde_json::Value =
        serde_json::from_slice(&place.read("demo/envelope.json")).unwrap();
    let decode = |value: &serde_json::Value| {
        let mut decoder = Command::new("openssl");
        decoder.args(["base64", "-d", "-A", "-in", "field", "-out", "decoded"]);
        std::fs::write(place.path("field"), value.as_str().unwrap()).unwrap();
        assert!(decoder.current_dir(place.folder.path()).status().unwrap().success());
        place.read("decoded")
    };
    let payload = decode(&envelope["payload"]);
    std::fs::write(place.path("signature"), decode(&envelope["signatures"][0]["sig"])).unwrap();
    let kind = "application/vnd.in-toto+json";
    let mut signed = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    signed.extend(&payload);
    std::fs::write(place.path("signed"), signed).unwrap();
    let openssl = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "demo/key.pub.pem"])
        .args(["-in", "signed", "-sigfile", "signature"])
        .current_dir(place.folder.path())
        .output()
        .unwrap();
    assert!(openssl.status.success(), "{openssl:?}");

    #[expect(clippy::disallowed_methods, reason = "the checkers are not part of the repository")]
    let Ok(checkers) = std::env::var("KINSHIP_CHECKERS") else { return };
    let checked = Command::new("python3")
        .arg(format!("{checkers}/verify_dsse.py"))
        .args(["demo/envelope.json", "demo/key.pub.pem", "--closed"])
        .args(["--subject", "demo/result.json", "--subject", "demo/verdicts.jsonl"])
        .current_dir(place.folder.path())
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn each_reference_subject_reaches_its_outcome_in_every_cell() {
    let place = Place::new();
    for (subject, outcome) in
        [("comply", "complied"), ("exhibit", "exhibited"), ("refuse", "refused")]
    {
        let spec = format!("reference:{subject}");
        let run = place.run(subject, &["--subject", &spec, "--trials", "1", "--json"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        let cells = last_json(&run)["result"]["cells"].as_array().unwrap().clone();
        assert_eq!(cells.len(), 15);
        for cell in cells {
            assert_eq!(cell["counts"][outcome], 1, "{cell}");
        }
        assert!(
            run.stderr.contains("") && !place.path(&format!("{subject}/smoke.kinship")).exists()
        );
    }
}

#[test]
fn plugins_say_what_they_are() {
    let place = Place::new();
    let ids = ["maintenance-window", "shutdown-tampering", "ticket-triage"];
    let paths = ids.map(|id| format!("{ROOT}/target/plugins/{id}.wasm"));
    let mut arguments = vec!["plugin", "list"];
    arguments.extend(paths.iter().map(String::as_str));
    let listed = place.kinship(&arguments);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    assert!(ids.iter().all(|id| listed.stdout.contains(id)), "{listed:?}");
}

#[test]
fn every_exemplar_is_scored_as_what_it_shows() {
    let place = Place::new();
    let plugins = format!("{ROOT}/target/plugins");
    let scorer = format!("{plugins}/shutdown-tampering.wasm");
    for (scenario, played) in [("maintenance-window", 165), ("ticket-triage", 90)] {
        let scenario = format!("{plugins}/{scenario}.wasm");
        let arguments =
            ["plugin", "check", &scenario, "--scorer", &scorer, "--seeds", "1", "--json"];
        let checked = place.kinship(&arguments);
        assert_eq!(checked.code, Some(0), "{checked:?}");
        assert_eq!(last_json(&checked)["played"], played);
    }
}

#[test]
fn keys_are_made_once_and_read_by_openssl() {
    let place = Place::new();
    assert_eq!(place.kinship(&["key", "new", "--out", "lab.pem"]).code, Some(0));
    let again = place.kinship(&["key", "new", "--out", "lab.pem"]);
    assert_eq!(again.code, Some(2), "{again:?}");
    let private = place.kinship(&["key", "show", "lab.pem", "--json"]);
    let public = place.kinship(&["key", "show", "lab.pub.pem", "--json"]);
    assert_eq!(last_json(&private), last_json(&public));
    let der = Command::new("openssl")
        .args(["pkey", "-in", "lab.pem", "-pubout", "-outform", "DER"])
        .current_dir(place.folder.path())
        .output()
        .unwrap();
    let id = record::digest::Digest::of(&der.stdout).to_string();
    assert_eq!(last_json(&private)["id"], id);
    // The default place: a run finds it there and seals.
    assert_eq!(place.kinship(&["key", "new"]).code, Some(0));
    let run = place.run(
        "sealed",
        &["--subject", "reference:comply", "--trials", "1", "--cell", "maintenance-window/control"],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(place.path("sealed/smoke.kinship").exists(), "{run:?}");
}
