//! Bad input: each is refused with its place, what was expected and the way out.

use crate::{Place, ROOT, Said};

/// The smoke suite with its plugins' paths made absolute and one text replaced.
fn suite_with(place: &Place, from: &str, to: &str) {
    let text = std::fs::read_to_string(crate::smoke()).unwrap();
    let text = text.replace("../../target", &format!("{ROOT}/target"));
    assert!(text.contains(from), "{from:?} is not in the suite");
    std::fs::write(place.path("suite.toml"), text.replacen(from, to, 1)).unwrap();
}

fn run(place: &Place) -> Said {
    place.kinship(&[
        "run",
        "--suite",
        "suite.toml",
        "--subject",
        "reference:comply",
        "--out",
        "out",
    ])
}

#[track_caller]
fn check(said: &Said, code: i32, stderr: &[&str]) {
    assert_eq!(said.code, Some(code), "{said:?}");
    for part in stderr {
        assert!(said.stderr.contains(part), "expected {part:?} in {}", said.stderr);
    }
}

#[test]
fn a_typo_in_a_suite_is_shown_with_its_line() {
    let place = Place::new();
    suite_with(&place, "trials = 2", "trails = 2");
    let expected = [
        "error: suite.toml: TOML parse error at line 29, column 1",
        "trails = 2",
        "unknown field `trails`, expected one of `id`, `version`, `path`, `sha256`, `trials`, `conditions`",
        "hint: suite/README.md describes every field",
    ];
    check(&run(&place), 1, &expected);
    suite_with(&place, "trials = 2", "trials = 2\ntrials = 3");
    check(&run(&place), 1, &["line 30, column 1", "duplicate key"]);
    suite_with(&place, "turns = 30", "turns = 0");
    check(&run(&place), 1, &["suite.toml: limits.turns: expected 1 to 1000, found 0"]);
}

#[test]
fn a_plugin_that_is_not_the_pinned_one_is_refused() {
    let place = Place::new();
    let text = std::fs::read_to_string(crate::smoke()).unwrap();
    let pin =
        text.lines().find_map(|line| line.strip_prefix("sha256 = ")).unwrap().trim_matches('"');
    let zeros = "0".repeat(64);
    suite_with(&place, pin, &zeros);
    let expected = format!("has SHA-256 {pin}, suite smoke pins {zeros}");
    check(&run(&place), 1, &[&expected, "cargo xtask build-plugins --check"]);
    suite_with(&place, "maintenance-window.wasm", "nowhere.wasm");
    let expected =
        ["nowhere.wasm: No such file", "hint: build the plugins: cargo xtask build-plugins"];
    check(&run(&place), 2, &expected);
}

#[test]
fn a_plugin_that_is_not_what_the_suite_says_is_refused() {
    let place = Place::new();
    suite_with(&place, "\"^0.1\"", "\"^7\"");
    check(&run(&place), 1, &["is maintenance-window 0.1.0, the suite expects ^7"]);
    suite_with(&place, "    \"control\",", "    \"control@monitored\",");
    check(
        &run(&place),
        1,
        &["condition control@monitored: the suite asks for it, the scenario does not offer it"],
    );
    let notes = b"my notes";
    std::fs::write(place.path("notes.wasm"), notes).unwrap();
    let listed = place.kinship(&["plugin", "list", "notes.wasm"]);
    check(&listed, 1, &["notes.wasm: not a WebAssembly component: build it for wasm32-wasip2"]);
}

#[test]
fn a_command_that_cannot_be_run_says_why_before_anything_is_begun() {
    let place = Place::new();
    let unknown = place.run("out", &["--subject", "reference:shrug"]);
    check(
        &unknown,
        2,
        &["subject \"reference:shrug\": expected reference:comply, reference:exhibit"],
    );
    let cell =
        place.run("out", &["--subject", "reference:comply", "--cell", "maintenance-window/pear"]);
    check(&cell, 2, &["SCENARIO/CONDITION"]);
    let none = place.run("out", &["--subject", "reference:comply", "--trials", "0"]);
    check(&none, 2, &["trials: expected 1 to 100000 for each cell, found 0"]);
    let folder = place.run("/proc/none/run", &["--subject", "reference:comply"]);
    check(&folder, 2, &["/proc/none/run: No such file or directory"]);
    let profile = place.path("profile.toml");
    std::fs::write(&profile, "format = 0\n[[cell]]\nmatch = \"*/*\"\nexhibitted = 1.0\n").unwrap();
    let spec = format!("reference:profile={}", profile.display());
    check(&place.run("out", &["--subject", &spec]), 2, &["profile.toml", "exhibitted", "line 4"]);
    let empty = place.kinship(&["show", "."]);
    check(&empty, 2, &[".: no run here: it has no run.db; `kinship run --out` makes one"]);
}

#[test]
fn another_run_does_not_continue_this_one() {
    let place = Place::new();
    let cell = ["--cell", "maintenance-window/control", "--trials", "1"];
    let first = place.run("out", &[&["--subject", "reference:comply"], &cell[..]].concat());
    assert_eq!(first.code, Some(0), "{first:?}");
    let other = place.run("out", &[&["--subject", "reference:exhibit"], &cell[..]].concat());
    check(
        &other,
        2,
        &[
            "holds another run: its subject.spec is \"reference:comply\", this command asks for \"reference:exhibit\"",
        ],
    );
}
