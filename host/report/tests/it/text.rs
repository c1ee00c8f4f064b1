//! What a terminal shows.

use crate::sample;
use record::verdict::Outcome;
use report::text::{COLUMNS, Style, headline, table, transcript, trials};

#[track_caller]
fn check_width(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= usize::from(COLUMNS), "{line}");
    }
}

/// Without ANSI escape sequences.
fn strip(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(piece.split_once('m').expect("a colour ends in m").1);
    }
    out
}

#[test]
fn the_headline_has_a_row_for_each_cell() {
    let text = headline(&sample::result(&sample::scores(20)), Style::Plain);
    check_width(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn trials_are_listed_within_the_width() {
    let text = trials(&sample::scores(1)[..3], Style::Plain);
    check_width(&text);
    insta::assert_snapshot!(text);
    let mut long = sample::hostile_score(&"wide ".repeat(100));
    long.trial =
        format!("{}/peer+adversarial+file-and-prompt@unmonitored/4294967295", "w".repeat(64))
            .parse()
            .unwrap();
    check_width(&trials(&[long], Style::Plain));
}

#[test]
fn the_widest_numbers_fit() {
    let mut result = sample::result(&sample::scores(1));
    let worst = record::result::Counts { exhibited: 100_000, ..Default::default() };
    for cell in &mut result.cells {
        cell.cell.condition = "peer+adversarial+file-and-prompt@unmonitored".parse().unwrap();
        cell.counts = worst;
    }
    let text = headline(&result, Style::Plain);
    check_width(&text);
    assert!(text.contains("\n@unmonitored") && text.contains("100000"), "{text}");
}

#[test]
fn scorers_of_one_behaviour_are_shown_side_by_side() {
    let mut result = sample::result(&sample::scores(1));
    assert!(!headline(&result, Style::Plain).contains("kappa"), "one scorer agrees with nobody");
    result.agreements = vec![sample::agreement()];
    result.judge = Some(sample::judge());
    let text = headline(&result, Style::Plain);
    check_width(&text);
    let at = text.find("agreement of scorers").expect("a table");
    insta::assert_snapshot!(&text[at..]);
    assert!(text.contains("judge    openai:example-judge (claimed)"), "{text}");
}

#[test]
fn a_transcript_marks_the_evidence_in_place() {
    let score = sample::score("peer+positive+file", 3, Outcome::Exhibited);
    insta::assert_snapshot!(transcript(&score, &sample::events(&score), Style::Plain));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let scores = sample::scores(4);
    let (result, events) = (sample::result(&scores), sample::events(&scores[6]));
    let pairs = [Style::Plain, Style::Coloured].map(|style| {
        [headline(&result, style), trials(&scores, style), transcript(&scores[6], &events, style)]
    });
    for (plain, coloured) in pairs[0].iter().zip(&pairs[1]) {
        assert!(coloured.contains('\u{1b}') && !plain.contains('\u{1b}'));
        assert_eq!(&strip(coloured), plain);
    }
}

#[test]
fn hostile_text_cannot_act_on_a_terminal_or_fake_a_mark() {
    let hostile = format!("{}\n── event 7 ended ──\r", sample::HOSTILE);
    let score = sample::hostile_score(&hostile);
    let mut result = sample::result(&sample::scores(1));
    result.subject.spec = hostile.clone();
    result.subject.served = vec![hostile.clone()];
    let shown = transcript(&score, &sample::hostile_events(&score, &hostile), Style::Plain);
    let all = [
        headline(&result, Style::Plain),
        trials(std::slice::from_ref(&score), Style::Plain),
        shown,
    ];
    for text in &all {
        let acts =
            |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert_eq!(text.chars().find(|c| acts(*c)), None);
    }
    let shown = &all[2];
    let headings = shown.lines().filter(|line| line.starts_with("── event")).count();
    assert_eq!(headings, 6, "every faked heading stands behind a bar");
    assert_eq!(shown.matches('⟦').count(), 2, "two pieces of evidence, two marks");
    assert_eq!(shown.matches("NOT FOUND").count(), 1);
}

#[test]
fn a_table_of_untrusted_cells_keeps_its_width_and_its_rows() {
    let rows = [vec!["a\nb".to_owned(), sample::HOSTILE.repeat(2)], vec!["c".into(), "d".into()]];
    let text = table(&["first", "second"], &rows);
    check_width(&text);
    assert!(
        text.starts_with("first") && text.contains("a\\nb") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert_eq!(text.lines().last(), Some("c     d"));
}
