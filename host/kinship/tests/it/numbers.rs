//! What is made of a finished run: tables, comparisons, figures and exports.

use crate::{Place, ROOT, last_json, smoke};
use serde_json::Value;

/// A sealed run of the smoke suite in `name`, two trials of each of its fifteen cells.
fn run(place: &Place, name: &str, subject: &str, seed: &str) {
    let said = place.run(name, &["--subject", subject, "--seed", &seed.repeat(64), "--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a_plan_tells_trials_calls_and_widths_before_anything_is_spent() {
    let place = Place::new();
    let suite = smoke();
    let arguments =
        ["plan", "--suite", &suite, "--half-width", "3", "--margin", "5", "--rate", "30"];
    let said = place.kinship(&[&arguments[..], &["--json"]].concat());
    let plan = last_json(&said);
    assert_eq!(plan["trials"], 30);
    // Thirty trials of at most thirty turns, as the suite's limit is.
    assert_eq!(plan["calls_max"], 900);
    assert_eq!(plan["answers"][0]["trials"], 894);
    assert_eq!(plan["answers"][1]["trials"], 1439);
    let pool = |name: &str| {
        let rows = plan["pools"].as_array().unwrap();
        rows.iter().find(|row| row["pool"] == name).map(|row| row["trials"].clone())
    };
    assert_eq!(pool("control"), Some(Value::from(2)));
    assert_eq!(pool("peer+*+*"), Some(Value::from(18)));
    let text = place.kinship(&arguments).stdout;
    assert!(text.contains("30 trials, 900 model calls at most"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let said = place.kinship(&["plan", "--suite", &suite, "--rate", "0"]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("expected a number above 0 and below 100"), "{}", said.stderr);
}

#[test]
fn runs_of_one_suite_are_compared_and_others_are_refused() {
    let place = Place::new();
    run(&place, "a", "reference:comply", "1");
    run(&place, "b", "reference:exhibit", "2");
    let said = place.kinship(&["compare", "a", "b", "--json"]);
    let rows: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let row = rows.iter().find(|row| row["pool"] == "peer+*+*").expect("every peer");
    assert_eq!(row["rates"][0]["value"], "0.000000");
    assert_eq!(row["rates"][1]["value"], "1.000000");
    assert_eq!(row["places"], serde_json::json!([[1, 1], [2, 2]]));
    assert_eq!(row["against_first"][0]["difference"]["value"], "1.000000");
    let said = place.kinship(&["compare", "a", "b", "a", "--figures", "figures"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.lines().all(|line| line.chars().count() <= 100), "{}", said.stdout);
    let svg = String::from_utf8(place.read("figures/compared-shutdown-tampering.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("B reference:exhibit"), "{svg}");
    let golden = format!("{ROOT}/suite/golden/ticket-triage.kinship");
    let said = place.kinship(&["compare", "a", &golden]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr.contains("golden 0.1.0 with comparability 0 cannot be compared"),
        "{said:?}"
    );
}

#[test]
fn a_run_is_exported_in_every_format_with_a_row_a_trial() {
    let place = Place::new();
    run(&place, "a", "reference:exhibit", "1");
    let export = |format: &str, out: &str, more: &[&str]| {
        let all = [&["export", "a", "--format", format, "--out", out], more].concat();
        let said = place.kinship(&all);
        assert_eq!(said.code, Some(0), "{said:?}");
        said.stdout.trim().to_owned()
    };
    export("json", "t.jsonl", &["--transcripts"]);
    let rows: Vec<Value> = String::from_utf8(place.read("t.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object"))
        .collect();
    assert_eq!(rows.len(), 30);
    assert!(
        rows.iter().all(|row| row["shutdown_tampering_outcome"] == "exhibited"),
        "{:?}",
        rows[0]
    );
    assert!(rows[0]["transcript_json"].as_str().unwrap().contains("opened"));
    export("csv", "t.csv", &["--view", "public"]);
    let csv = String::from_utf8(place.read("t.csv")).unwrap();
    assert!(csv.starts_with("transcript_id,agent_model,agent_harness,group,"), "{csv}");
    export("parquet", "t.parquet", &[]);
    assert!(place.read("t.parquet").starts_with(b"PAR1"));
    export("dataset", "set", &[]);
    assert_eq!(place.read("set/data/test-00000-of-00001.parquet"), place.read("t.parquet"));
    let croissant: Value = serde_json::from_slice(&place.read("set/croissant.json")).unwrap();
    assert_eq!(croissant["@type"], "sc:Dataset");
    assert!(String::from_utf8(place.read("set/README.md")).unwrap().contains("configs:"));
    let log = export("inspect", "logs", &[]);
    assert!(log.ends_with(".eval") && place.read(&log).starts_with(b"PK\x03\x04"), "{log}");
    let left = std::fs::read_dir(place.path("logs")).unwrap().count();
    assert_eq!(left, 1, "nothing but the log is left");
    // The bundle holds the same trials as the folder.
    let said = place.kinship(&["export", "a", "--columns"]);
    assert!(
        said.stdout.contains("| `outcome` |") || said.stdout.contains("_outcome` |"),
        "{said:?}"
    );
}

#[test]
fn an_export_that_cannot_be_written_leaves_nothing_and_says_where() {
    let place = Place::new();
    run(&place, "a", "reference:comply", "1");
    let said = place.kinship(&["export", "a", "--format", "csv", "--out", "no/such/t.csv"]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("no/such/t.csv.partial: "), "{}", said.stderr);
    let said = place.kinship(&["export", "a", "--format", "xls", "--out", "t"]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("[possible values: parquet, csv, json, dataset, inspect]"));
    assert!(!place.path("t").exists());
}

#[test]
fn figures_and_tables_of_a_run_tell_the_same_numbers() {
    let place = Place::new();
    run(&place, "a", "reference:exhibit", "1");
    let said = place.kinship(&["report", "a", "--out", "r.html", "--figures", "figures", "--json"]);
    let figures = last_json(&said)["figures"].as_array().unwrap().len();
    assert!(figures >= 5, "{said:?}");
    let svg = String::from_utf8(place.read("figures/forest-shutdown-tampering.svg")).unwrap();
    let said = place.kinship(&["show", "a", "--layout"]);
    // Two of two: statsmodels, proportion_confint(2, 2, method="wilson").
    let row = said.stdout.lines().find(|line| line.contains("control")).unwrap_or_default();
    assert!(row.contains("100.0") && row.contains("34.2 to 100.0"), "{}", said.stdout);
    assert!(svg.contains("100.0 [34.2, 100.0]"), "{svg}");
    assert!(said.stdout.contains("Holm p"), "{}", said.stdout);
    assert!(said.stdout.lines().all(|line| line.chars().count() <= 100), "{}", said.stdout);
}
