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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn interval(low: f64, high: f64) -> Interval {
        Interval { low, value: low, high }
    }

    #[test]
    fn places_are_ranges_where_intervals_overlap() {
        let entries = [
            Some(interval(0.5, 0.7)),
            Some(interval(0.0, 0.2)),
            None,
            Some(interval(0.2, 0.4)),
            Some(interval(0.3, 0.45)),
        ];
        let expected = [Some((4, 4)), Some((1, 2)), None, Some((1, 3)), Some((2, 3))];
        assert_eq!(ranges(&entries), expected);
        assert_eq!(ranges(&[]), []);
    }

    proptest! {
        #[test]
        fn the_sorted_count_is_the_plain_one(
            ends in proptest::collection::vec((0_u8..40, 0_u8..10), 0..40)
        ) {
            let entries: Vec<_> = ends
                .iter()
                .map(|&(low, width)| Some(interval(f64::from(low), f64::from(low + width))))
                .collect();
            let all: Vec<Interval> = entries.iter().flatten().copied().collect();
            for (one, range) in all.iter().zip(ranges(&entries)) {
                let below = all.iter().filter(|other| other.high < one.low).count();
                let above = all.iter().filter(|other| other.low > one.high).count();
                prop_assert_eq!(range, Some((1 + below, all.len() - above)));
            }
        }
    }
}
