//! What is read back from Parquet is what the trials are.

use crate::sample::{HOSTILE, Sample, trial};
use crate::written::{OWN, PUBLIC, cell, reader, rows, table, text};
use export::table::{self as api, Format, Options, TableError};
use parquet::basic::LogicalType;
use parquet::file::reader::FileReader;
use parquet::record::Field;
use proptest::prelude::*;
use record::digest::Digest;
use record::event::Event;

#[test]
fn every_row_is_its_trial() {
    for (n, row) in (0u32..).zip(rows(table(24, Format::Parquet, OWN))) {
        let expected = trial(n);
        let score = &expected.score;
        assert_eq!(text(&row, "trial"), score.trial.to_string());
        assert_eq!(text(&row, "condition"), score.trial.cell.condition.to_string());
        assert_eq!(text(&row, "seed"), expected.seed.to_string());
        assert_eq!(text(&row, "log_sha256"), score.log.to_string());
        assert_eq!(*cell(&row, "index"), Field::Long(i64::from(score.trial.index)));
        assert_eq!(*cell(&row, "turns"), Field::Long(6));
        assert_eq!(*cell(&row, "tool_calls"), Field::Long(6));
        assert_eq!(*cell(&row, "events"), Field::Long(15));
        assert_eq!(*cell(&row, "input_tokens"), Field::Long(6_015));
        assert_eq!(*cell(&row, "output_tokens"), Field::Long(60));
        assert_eq!(text(&row, "served_models"), r#"["m-1"]"#);
        let verdicts: serde_json::Value =
            serde_json::from_str(text(&row, "verdicts_json")).expect("JSON");
        assert_eq!(verdicts.as_array().map(Vec::len), Some(score.scores.len()));
    }
}

#[test]
fn a_behaviour_has_its_columns_and_null_where_a_trial_was_not_judged_on_it() {
    let rows = rows(table(24, Format::Parquet, OWN));
    for (n, row) in rows.iter().enumerate() {
        let judged = n % 4 == 1;
        let is_null = |name: &str| *cell(row, &format!("shutdown_tampering_{name}")) == Field::Null;
        for name in
            ["outcome", "disclosed", "aware", "attempted", "measures", "summary", "evidence"]
        {
            assert_eq!(is_null(name), !judged, "row {n}: {name}");
        }
        // The host's own `invalid` has no scorer.
        assert_eq!(is_null("scorer"), !judged || n % 11 == 10);
    }
    let row = &rows[5];
    assert_eq!(text(row, "shutdown_tampering_outcome"), "exhibited");
    assert_eq!(text(row, "shutdown_tampering_scorer"), "shutdown-tampering");
    assert_eq!(text(row, "shutdown_tampering_measures"), r#"{"inflation":2}"#);
    assert_eq!(*cell(row, "shutdown_tampering_evidence"), Field::Long(1));
    assert_eq!(*cell(row, "shutdown_tampering_aware"), Field::Bool(false));
    assert_eq!(*cell(&rows[4], "strategic_misrepresentation_aware"), Field::Bool(true));
    // Of two scorers of one behaviour the first counts; the other gave `incomplete`.
    assert_eq!(text(&rows[3], "overt_refusal_outcome"), "exhibited");
}

#[test]
fn a_failure_is_told_and_hostile_text_arrives_as_it_was() {
    let rows = rows(table(24, Format::Parquet, OWN));
    assert_eq!(text(&rows[10], "ending"), "failed");
    assert_eq!(text(&rows[10], "failure_blame"), "provider");
    assert_eq!(text(&rows[10], "failure_message"), HOSTILE);
    assert_eq!(*cell(&rows[9], "failure_message"), Field::Null);
    assert_eq!(text(&rows[6], "alignment_faking_summary"), HOSTILE);
}

#[test]
fn a_transcript_is_the_log() {
    let options = Options { transcripts: true, ..OWN };
    let row = &rows(table(1, Format::Parquet, options))[0];
    let events: Vec<serde_json::Value> =
        serde_json::from_str(text(row, "transcript_json")).expect("a list");
    let lines: Vec<Event> = events
        .iter()
        .map(|event| Event::from_line(event.to_string().as_bytes()).expect("an event"))
        .collect();
    assert_eq!(lines, trial(0).events);
}

#[test]
fn the_schema_and_the_footer_are_the_columns() {
    let sample = Sample::new();
    for options in [OWN, PUBLIC, Options { transcripts: true, ..OWN }] {
        let columns = api::columns(&sample.run(), options);
        let reader = reader(table(1, Format::Parquet, options));
        let file = reader.metadata().file_metadata();
        let fields: Vec<_> = file.schema().get_fields().iter().collect();
        assert_eq!(fields.len(), columns.len());
        for (field, column) in fields.iter().zip(&columns) {
            assert_eq!(field.name(), column.name);
            assert_eq!(field.is_optional(), column.nullable, "{}", column.name);
            let is_text = column.kind.as_str().contains("text");
            let logical = field.get_basic_info().logical_type_ref();
            assert_eq!(logical == Some(&LogicalType::String), is_text, "{}", column.name);
        }
        let pairs = file.key_value_metadata().expect("a footer");
        let of = |key: &str| pairs.iter().find(|p| p.key == key).and_then(|p| p.value.as_deref());
        assert_eq!(of("kinship.schema"), Some(api::SCHEMA));
        assert_eq!(of("kinship.suite"), Some("sample@1.2.3"));
        assert_eq!(of("kinship.canary"), Some("canary-sample"));
        let docs: serde_json::Value =
            serde_json::from_str(of("kinship.columns").expect("columns")).expect("JSON");
        assert_eq!(docs[0]["doc"], columns[0].doc);
    }
}

#[test]
fn the_same_trials_give_the_same_bytes() {
    // Made again with `cargo test -p export`, which prints what it found. A change here changes
    // every exported file: raise `SCHEMA` when names or meanings are behind it.
    let golden = include_str!("../golden/tables.sha256");
    let mut found = String::new();
    for (name, format, options) in [
        ("own.parquet", Format::Parquet, OWN),
        ("own.csv", Format::Csv, OWN),
        ("own.jsonl", Format::Json, OWN),
        ("transcripts.parquet", Format::Parquet, Options { transcripts: true, ..OWN }),
        ("public.parquet", Format::Parquet, PUBLIC),
        ("public.csv", Format::Csv, PUBLIC),
    ] {
        found += &format!("{}  {name}\n", Digest::of(&table(40, format, options)));
    }
    assert_eq!(found, golden, "found\n{found}");
}

#[test]
fn a_long_run_has_groups_of_bounded_size() {
    // 600 transcripts of 200 kB are 120 MB: two groups, each closed at 64 MiB.
    let sample = Sample::new();
    let options = Options { transcripts: true, ..OWN };
    let trials = (0..600).map(|n| {
        let mut trial = trial(n);
        if let Some(Event::Briefed(briefing)) = trial.events.get_mut(1) {
            briefing.user = "x".repeat(200_000);
        }
        Ok::<_, TableError>(trial)
    });
    let mut bytes = Vec::new();
    api::write(&sample.run(), trials, Format::Parquet, options, &mut bytes).expect("a table");
    let reader = reader(bytes);
    let groups = reader.metadata().row_groups();
    assert_eq!(groups.iter().map(|group| group.num_rows()).sum::<i64>(), 600);
    assert_eq!(groups.len(), 2);
    for group in groups {
        assert!(group.total_byte_size() < (64 << 20) + (1 << 20), "{}", group.total_byte_size());
    }
}

#[test]
fn a_log_that_is_not_whole_is_named() {
    let sample = Sample::new();
    let refused = |cut: fn(&mut Vec<Event>)| {
        let mut one = trial(0);
        cut(&mut one.events);
        let trials = [Ok::<_, TableError>(one)].into_iter();
        let written = api::write(&sample.run(), trials, Format::Csv, OWN, Vec::new());
        written.expect_err("a refusal").to_string()
    };
    let hint = "; `kinship verify` says what is wrong with the run";
    assert_eq!(
        refused(|events| _ = events.pop()),
        format!("trial answer-review/control/0: expected an `ended` event in its log{hint}")
    );
    assert_eq!(
        refused(|events| _ = events.remove(0)),
        format!("trial answer-review/control/0: expected `opened` as event 0 of its log{hint}")
    );
    assert_eq!(
        refused(|events| events[0] = trial(1).events.remove(0)),
        format!(
            "trial answer-review/control/0: its log is of trial maintenance-window/control/0{hint}"
        )
    );
}

#[test]
fn the_lines_that_a_table_does_not_read_change_no_row() {
    let sample = Sample::new();
    for options in [OWN, PUBLIC, Options { transcripts: true, ..OWN }] {
        let mut left_out = 0;
        let thinned = (0..24).map(|n| {
            let mut trial = trial(n);
            let all = trial.events.len();
            trial.events.retain(|e| api::reads(options, &e.to_line().expect("a line")));
            left_out += all - trial.events.len();
            Ok::<_, TableError>(trial)
        });
        let mut bytes = Vec::new();
        api::write(&sample.run(), thinned, Format::Json, options, &mut bytes).expect("a table");
        assert!(bytes == table(24, Format::Json, options));
        assert_eq!(left_out, if options.transcripts { 0 } else { 24 * 7 });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_text_survives_every_format(text in "\\PC{0,40}|[\\x00-\\x20\"',;=+@|`-]{0,40}", times in 1usize..2_000) {
        let long = text.repeat(times.min(500_000 / text.len().max(1)));
        let sample = Sample::new();
        let write = |format| {
            let mut one = trial(0);
            one.score.scores[0].verdict.summary.clone_from(&long);
            let mut bytes = Vec::new();
            let trials = [Ok::<_, TableError>(one)].into_iter();
            api::write(&sample.run(), trials, format, OWN, &mut bytes).expect("a table");
            bytes
        };
        const NAME: &str = "strategic_misrepresentation_summary";
        let own = rows(write(Format::Parquet));
        prop_assert_eq!(crate::written::text(&own[0], NAME), &long);
        let json: serde_json::Value =
            serde_json::from_slice(&write(Format::Json)).expect("one line of JSON");
        prop_assert_eq!(json[NAME].as_str(), Some(long.as_str()));
        let csv = crate::csv::read(&write(Format::Csv));
        prop_assert_eq!(csv[0].text(NAME), long);
    }
}
