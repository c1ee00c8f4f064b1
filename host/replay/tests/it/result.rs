//! Numbers and signatures: what a liar with a key can write, and what comes of it.

use crate::doubles::Loader;
use crate::forge::{FIRST, check, refused, run};
use record::digest::Digest;
use record::verdict::Outcome;
use replay::verify::Options;
use seal::key::SigningKey;

#[test]
fn another_key_is_named_beside_the_one_that_was_asked_for() {
    let run = run(1);
    let asked = SigningKey::generate([1; 32]).public();
    let (expected, found) = (asked.id(), run.key.public().id());
    let options = Options { key: Some(asked), ..Options::default() };
    let error = check(&run.written(), &options).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("envelope: signed by another key: expected key {expected}, found key {found}")
    );
}

#[test]
fn a_key_that_did_not_sign_is_refused() {
    let run = run(1);
    let mut entries = run.entries();
    entries[1].1 = SigningKey::generate([1; 32]).public().to_pem().into_bytes();
    refused(&crate::forge::tar(&entries), "envelope: signed by another key: expected key ");
}

#[test]
fn an_edited_result_is_refused() {
    let run = run(1);
    let mut entries = run.entries();
    let text = String::from_utf8(entries[2].1.clone()).unwrap();
    entries[2].1 = text.replace("\"exhibited\":1", "\"exhibited\":0").into_bytes();
    assert_ne!(entries[2].1, text.as_bytes());
    let digest = Digest::of(&entries[2].1).to_string();
    refused(
        &crate::forge::tar(&entries),
        &format!("statement: subject[0].digest.sha256: replay gives \"{}", &digest[..50]),
    );
}

#[test]
fn an_edited_and_signed_count_is_refused() {
    let mut run = run(1);
    let counts = &mut run.result.cells[1].counts;
    assert_eq!(counts.exhibited, 1);
    (counts.exhibited, counts.complied) = (0, 1);
    refused(
        &run.forged(),
        "result.json: cells[1].counts.complied: replay gives 0, the bundle says 1",
    );
}

#[test]
fn an_edited_claim_about_the_served_models_is_refused() {
    let mut run = run(1);
    run.result.subject.served = vec!["eagle-9".into()];
    refused(&run.forged(), "result.json: subject.served[0]: replay gives \"parrot-1\"");
}

#[test]
fn an_invented_agreement_is_refused() {
    let mut run = run(1);
    run.result.agreements = vec![record::result::Agreement {
        behaviour: "shutdown-tampering".parse().unwrap(),
        both: 1,
        first: "tampering".parse().unwrap(),
        first_only: 0,
        kappa: record::result::Decimal::new(1.0),
        neither: 1,
        second: "another".parse().unwrap(),
        second_only: 0,
    }];
    refused(&run.forged(), "result.json: agreements: replay gives []");
}

#[test]
fn a_judge_is_part_of_what_is_claimed_and_recounted() {
    let mut run = crate::forge::judged_run();
    let judge = run.result.judge.clone().unwrap();
    assert_eq!(judge.model, "owl");
    run.result.judge.as_mut().unwrap().served = vec!["eagle-9".into()];
    refused(&run.forged(), "result.json: judge.served");

    // Whoever denies the judge has to explain the answers in the logs.
    run.result.judge = None;
    refused(&run.forged(), "a judge's answer that nobody asked for");

    // And whoever invents one, why nobody asked it.
    let mut plain = crate::forge::run(1);
    plain.result.judge = Some(judge);
    refused(&plain.forged(), "result.json: judge: named, and no scorer of the suite asks one");
}

/// The attacker owns the host and a key: everything follows from the edited score but the world.
#[test]
fn an_edited_score_is_refused_whoever_signs_it() {
    let mut run = run(2);
    let place = run
        .trials
        .iter()
        .position(|(score, _)| score.scores[0].verdict.outcome == Outcome::Exhibited);
    let place = place.unwrap();
    run.trials[place].0.scores[0].verdict.outcome = Outcome::Complied;
    run.recount();
    run.key = SigningKey::generate([66; 32]);
    refused(
        &run.forged(),
        "trial yard/self/0, verdict: scores[0].verdict.outcome: \
         replay gives \"exhibited\", the bundle says \"complied\"",
    );
}

#[test]
fn a_score_under_another_log_digest_is_refused() {
    let mut run = run(1);
    run.trials[0].0.log = Digest::of(b"another log");
    run.recount();
    refused(&run.forged(), &format!("trial {FIRST}, verdict: log: replay gives "));
}

#[test]
fn more_served_models_than_a_result_lists_are_refused() {
    let mut run = run(100);
    for place in 0..300 {
        run.replace(place, |events| {
            for event in events {
                if let record::event::Event::Replied(replied) = event {
                    replied.exchange.as_mut().unwrap().model = format!("parrot-{place}");
                }
            }
        });
    }
    run.redigest();
    refused(&run.forged(), "trial yard/self/85: more than 256 served models");
}

#[test]
fn another_format_is_refused() {
    let mut run = run(1);
    run.result.format = "0.1".into();
    refused(&run.forged(), "result.json: format: expected \"0.3\", found \"0.1\"");
}

#[test]
fn another_suite_is_refused() {
    let mut run = run(1);
    let mut entries = run.entries();
    entries[3].1.extend(b"# a remark\n");
    let expected = Digest::of(&entries[3].1).to_string();
    let message = format!("result.json: suite: sha256: replay gives \"{}", &expected[..50]);
    refused(&crate::forge::tar(&entries), &message);
    run.manifest = b"format = 0\n".to_vec();
    refused(&run.forged(), "suite.toml: TOML parse error");
}

#[test]
fn another_component_under_a_pinned_name_is_refused() {
    let run = run(1);
    let mut entries = run.entries();
    let at = entries.iter().position(|(name, _)| name.starts_with("plugins/")).unwrap();
    entries[at].1 = crate::forge::zstd(b"another component");
    let found = Digest::of(b"another component");
    refused(&crate::forge::tar(&entries), &format!(": has SHA-256 {found}"));
}

#[test]
fn another_plugin_in_the_result_is_refused() {
    let mut run = run(1);
    run.result.plugins[0].version = semver::Version::new(0, 1, 9);
    refused(
        &run.forged(),
        "result.json: plugins: [0].version: replay gives \"0.1.0\", the bundle says \"0.1.9\"",
    );
}

#[test]
fn a_writer_refuses_what_a_verifier_would() {
    use replay::write::{Contents, write};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.kinship");
    std::fs::write(&path, "what stood there").unwrap();
    let refuse = |edit: &dyn Fn(&mut crate::forge::Run), message: &str| {
        let mut run = run(1);
        edit(&mut run);
        let (suite, plugins) = (run.suite(), run.plugins());
        let contents = Contents {
            manifest: &run.manifest,
            suite: &suite,
            plugins: &plugins,
            components: &run.components,
            spec: run.spec.clone(),
            claims: run.claims(),
            host: "0.0.0",
        };
        let error = write(&path, &run.key, &contents, run.trials.into_iter().map(Ok)).unwrap_err();
        assert!(error.message.contains(message), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"what stood there");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    };
    refuse(&|run| drop(run.trials.pop()), "trial yard/peer+positive+file/0: missing");
    refuse(&|run| run.trials.swap(0, 1), "its log is not that of the next planned trial");
    refuse(&|run| run.trials[0].1.push(b'\n'), "its score names");
    let unwritable = std::path::Path::new("/proc/a.kinship");
    let one = run(1);
    let (suite, plugins) = (one.suite(), one.plugins());
    let contents = Contents {
        manifest: &one.manifest,
        suite: &suite,
        plugins: &plugins,
        components: &one.components,
        spec: one.spec.clone(),
        claims: one.claims(),
        host: "0.0.0",
    };
    let error = write(unwritable, &one.key, &contents, []).unwrap_err();
    assert_eq!(error.blame, record::event::Blame::Setup, "{error}");
}

#[test]
fn a_plugin_that_this_host_does_not_know_is_a_plugins_fault() {
    let mut run = run(1);
    let component = b"scenario of a later version".to_vec();
    let (old, new) = (run.components[0].0.to_string(), Digest::of(&component));
    let manifest = String::from_utf8(run.manifest.clone()).unwrap().replace(&old, &new.to_string());
    run.manifest = manifest.replace("\"yard.wasm", "\"\\u001b[2Jyard.wasm").into_bytes();
    run.result.suite = run.suite().reference();
    run.components[0] = (new, component);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, &run.forged()).unwrap();
    let error = replay::verify::verify(file.path(), &Loader, &Options::default()).unwrap_err();
    assert_eq!(error.kind(), record::event::Blame::Plugin, "{error}");
    // The path is the submitter's text; what it could do to a terminal is spelt out.
    assert_eq!(error.to_string(), "\\u{1b}[2Jyard.wasm: no scenario");
}
