//! Which trials are shown whole.

use crate::sample;
use record::verdict::Outcome;
use report::choice::{FIRST_PER_CELL, TRANSCRIPTS_MAX, transcripts};
use std::collections::BTreeSet;

#[test]
fn a_small_run_shows_the_first_of_each_cell_and_every_exhibited_one() {
    let scores = sample::scores(10);
    let chosen: BTreeSet<usize> = transcripts(&scores).into_iter().collect();
    for (at, score) in scores.iter().enumerate() {
        let exhibited = score.scores[0].verdict.outcome == Outcome::Exhibited;
        let first = score.trial.index < FIRST_PER_CELL as u32;
        assert_eq!(chosen.contains(&at), exhibited || first, "{}", score.trial);
    }
}

#[test]
fn a_large_run_shows_every_cell_before_more_of_any() {
    let scores = sample::scores(700);
    let chosen = transcripts(&scores);
    assert_eq!(chosen.len(), TRANSCRIPTS_MAX);
    let head = &chosen[..FIRST_PER_CELL * sample::CONDITIONS.len()];
    let cells: BTreeSet<_> = head.iter().map(|at| &scores[*at].trial.cell).collect();
    assert_eq!(cells.len(), sample::CONDITIONS.len());
    let unique: BTreeSet<_> = chosen.iter().collect();
    assert_eq!(unique.len(), chosen.len());
}
