//! Measured and published rates side by side.

use crate::sample::{result, scores};
use record::published::Published;
use record::result::Decimal;
use report::layout::{effects, table};
use stats::compare::compare;

const FIGURES: &str = r#"
format = 0
title = "A study"
source = "somewhere"
[[model]]
name = "m"
[[model.figure]]
behaviour = "shutdown-tampering"
stake = "peer"
relationship = "positive"
exhibited = 0.953
source = "s"
[[model]]
name = "gap"
"#;

fn line<'a>(text: &'a str, word: &str) -> &'a str {
    text.lines().find(|line| line.contains(word)).unwrap_or_default()
}

#[test]
fn measured_and_published_stand_side_by_side_and_gaps_stay_gaps() {
    let result = result(&scores(10));
    let published = Published::parse(FIGURES.as_bytes()).unwrap();
    let plain = table(&result, None);
    assert!(!plain.contains("published") && plain.contains("self, with a peer"), "{plain}");
    let beside = table(&result, Some((&published, None)));
    let row = line(&beside, "peer, positive");
    // (6 + 9 + 10) of 30.
    assert!(row.contains("83.3") && row.contains("30") && row.contains("m 95.3"), "{beside}");
    assert!(line(&beside, "control").trim_end().ends_with('–'), "{beside}");
    let gap = table(&result, Some((&published, published.model("gap"))));
    assert!(!gap.contains("95.3") && gap.contains("published: gap; A study, somewhere."), "{gap}");
    for line in beside.lines().filter(|line| !line.starts_with("published:")) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn what_pools_say_of_each_other_fits_and_tells_what_was_declared() {
    let result = result(&scores(10));
    let text = effects(&result);
    let row = text.lines().find(|line| line.contains("peer, positive") && line.contains("control"));
    // 25 of 30 against 0 of 9 (statsmodels, newcomb), p of scipy 6.8e-6, doubled by Holm.
    let row = row.unwrap_or_else(|| panic!("{text}"));
    assert!(row.contains("+83") && row.trim_end().ends_with("<0.001"), "{text}");
    assert_eq!(text.contains("Cochran-Armitage"), !result.trends.is_empty(), "{text}");
    // Incomplete trials are taken both ways, aware ones out.
    assert!(text.contains("what incomplete and aware trials could change"), "{text}");
    assert!(!text.contains("pairs of one seed"), "nothing was unmonitored: {text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn forged_numbers_are_shown_and_break_nothing() {
    let mut result = result(&scores(1));
    for (pool, value) in result.pools.iter_mut().zip([1e30, -1e30, 1.000_001].into_iter().cycle()) {
        let decimal = Decimal::new(value);
        if let (Some(board), Some(decimal)) = (&mut pool.board, decimal) {
            board.value = decimal;
        }
    }
    let text = table(&result, None);
    assert!(text.contains("████████"), "{text}");
    assert!(text.len() < 1 << 16, "{} bytes", text.len());
    let rows = compare(&[&result, &result]);
    let text = report::compare::table(&[&result, &result], &rows);
    assert!(text.contains('█') && text.len() < 1 << 16, "{text}");
}
