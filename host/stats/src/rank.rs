//! Places in a ranking, no finer than the intervals allow.

use crate::interval::Interval;

/// The places that each entry may hold, from and to, where place 1 is the lowest rate: 1 and the
/// number of entries that lie wholly below it, to the number of entries less those that lie wholly
/// above it. Intervals that touch overlap. An entry without an interval has no place, and does not
/// count.
///
/// Overlap is not a test: it tells two entries apart more seldom than a test of their difference
/// would (Goldstein and Healy (1995), JRSS A 158:175).
#[must_use]
pub fn ranges(entries: &[Option<Interval>]) -> Vec<Option<(usize, usize)>> {
    let sorted = |end: fn(&Interval) -> f64| {
        let mut ends: Vec<f64> = entries.iter().flatten().map(end).collect();
        ends.sort_by(f64::total_cmp);
        ends
    };
    let (lows, highs) = (sorted(|one| one.low), sorted(|one| one.high));
    let range = |one: &Interval| {
        let below = highs.partition_point(|high| *high < one.low);
        let not_above = lows.partition_point(|low| *low <= one.high);
        (below + 1, not_above)
    };
    entries.iter().map(|entry| entry.as_ref().map(range)).collect()
}
