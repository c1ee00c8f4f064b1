//! Which trials a report shows whole. Ten thousand transcripts in one file help nobody; the bundle
//! has them all.

use record::id::CellId;
use record::verdict::{Outcome, TrialScore};
use std::collections::BTreeMap;

/// Trials of each cell that are shown whole whatever they came to: enough to see how a cell goes.
pub const FIRST_PER_CELL: usize = 2;

/// Most trials shown whole. Their logs are in memory together, and a page with more is slow.
pub const TRANSCRIPTS_MAX: usize = 300;

/// Positions in `scores` of the trials to show, the most telling first: the first
/// [`FIRST_PER_CELL`] of every cell, then every trial that exhibits a behaviour, cell by cell in
/// turn so that no cell is left out for another's sake, up to [`TRANSCRIPTS_MAX`].
#[must_use]
pub fn transcripts(scores: &[TrialScore]) -> Vec<usize> {
    let mut seen: BTreeMap<&CellId, usize> = BTreeMap::new();
    let mut exhibited: BTreeMap<&CellId, usize> = BTreeMap::new();
    let mut ranked = Vec::new();
    for (at, score) in scores.iter().enumerate() {
        let before = next(&mut seen, &score.trial.cell);
        let shows = score.scores.iter().any(|s| s.verdict.outcome == Outcome::Exhibited);
        if before < FIRST_PER_CELL {
            ranked.push((before, at));
        } else if shows {
            ranked.push((FIRST_PER_CELL + next(&mut exhibited, &score.trial.cell), at));
        }
    }
    ranked.sort_unstable();
    ranked.into_iter().take(TRANSCRIPTS_MAX).map(|(_, at)| at).collect()
}

fn next<'a>(counts: &mut BTreeMap<&'a CellId, usize>, cell: &'a CellId) -> usize {
    let count = counts.entry(cell).or_default();
    *count += 1;
    *count - 1
}
