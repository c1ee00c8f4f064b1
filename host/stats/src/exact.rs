//! Exact two-sided tests for counts: no normal approximation, so they hold for a handful of trials.
//!
//! Both sum the probabilities of a unimodal distribution. Each weight is its neighbour's times a
//! quotient of whole numbers, outward from the mode, so that there is no factorial to overflow.
//! Some 50 standard deviations hold every weight that a double can tell from 0: two arms of a
//! million trials take some 37,000 steps.

use crate::interval::Proportion;

/// The weight of the mode, before the weights are divided by their sum. As high as leaves room for
/// the sum of 2^32 of them, so that a probability is told from 0 as far down as a double can.
const PEAK: f64 = 1e290;

/// Another table counts as no more probable than the observed one up to this factor, because equal
/// probabilities come out of different roundings. R's `fisher.test` has the same.
const TIE: f64 = 1.0 + 1e-7;

/// Fisher's exact test, two-sided: how probable a table of the same margins is that is no more
/// probable than the observed one. Fisher (1935), JRSS 98:39; as R's `fisher.test` and
/// `scipy.stats.fisher_exact` define the two-sided value.
///
/// For `a` of `m` against `b` of `n`, with `k = a + b` hits in all:
/// `Σ C(m, i) C(n, k-i) / C(m+n, k)` over every `i` whose term is at most `1 + 10⁻⁷` times that of
/// `i = a`. Within 10⁻¹⁰ of the exact value, as a share of it; 0 only where that lies below every
/// double.
#[must_use]
pub fn fisher(of: Proportion, baseline: Proportion) -> f64 {
    let [m, n] = [of, baseline].map(|side| u64::from(side.trials()));
    let observed = u64::from(of.hits());
    let hits = observed + u64::from(baseline.hits());
    let (least, most) = (hits.saturating_sub(n), hits.min(m));
    // Of the hypergeometric distribution; it lies within least..=most, whatever the margins.
    let mode = u128::from(m + 1) * u128::from(hits + 1) / u128::from(m + n + 2);
    let mode = mode as u64;
    // Both factors of a quotient's numerator are at least 1 inside the support; `n - hits` may be
    // negative, so the sum is written in an order that never is.
    let above = outward(
        mode,
        |i| i < most,
        |i| i + 1,
        |i| quotient([m - i, hits - i], [i + 1, n + i + 1 - hits]),
    );
    let below = outward(
        mode,
        |i| i > least,
        |i| i - 1,
        |i| quotient([i, n + i - hits], [m - i + 1, hits - i + 1]),
    );
    let (side, distance) =
        if observed < mode { (&below, mode - observed) } else { (&above, observed - mode) };
    let Some(weight) = usize::try_from(distance).ok().and_then(|at| side.get(at)) else {
        return 0.0;
    };
    let limit = weight * TIE;
    // Both sides begin at the mode; it counts once.
    let all = sum(&above, f64::INFINITY) + sum(&below[1..], f64::INFINITY);
    (sum(&above, limit) + sum(&below[1..], limit)) / all
}

/// McNemar's test for pairs, exact and two-sided: among pairs of which one alone is a hit, either
/// may be with probability 1/2. McNemar (1947), Psychometrika 12:153; the exact form as in
/// `statsmodels.stats.contingency_tables.mcnemar`.
///
/// `min(1, 2 Σ C(n, i) / 2ⁿ)` over `i = 0..=min(only_first, only_second)`, with `n` their sum; 1
/// where no pair differs. Within 10⁻¹⁰ of the exact value, as a share of it.
#[must_use]
pub fn mcnemar(only_first: u32, only_second: u32) -> f64 {
    let n = u64::from(only_first) + u64::from(only_second);
    let mode = n / 2;
    let below = outward(mode, |i| i > 0, |i| i - 1, |i| quotient([i, 1], [n - i + 1, 1]));
    let distance = mode - u64::from(only_first.min(only_second));
    let tail = usize::try_from(distance).ok().and_then(|at| below.get(at..)).unwrap_or(&[]);
    // The upper half mirrors the lower; an even n has its mode in the middle, once.
    let mirrored = if n.is_multiple_of(2) { &below[1..] } else { &below[..] };
    let all = sum(&below, f64::INFINITY) + sum(mirrored, f64::INFINITY);
    (2.0 * sum(tail, f64::INFINITY) / all).min(1.0)
}

/// Weights from the mode on: [`PEAK`], then each the one before times `quotient` at the place
/// before, as long as there is `more` and the weight is a normal double: below, a product with
/// almost 1 rounds to what it was and never ends, and over [`PEAK`] the quotient is 0 anyway.
fn outward(
    mode: u64,
    more: impl Fn(u64) -> bool,
    next: impl Fn(u64) -> u64,
    quotient: impl Fn(u64) -> f64,
) -> Vec<f64> {
    let step = |&(place, weight): &(u64, f64)| {
        let weight = if more(place) { weight * quotient(place) } else { 0.0 };
        (weight >= f64::MIN_POSITIVE).then(|| (next(place), weight))
    };
    std::iter::successors(Some((mode, PEAK)), step).map(|(_, weight)| weight).collect()
}

/// `a b / (c d)`.
fn quotient([a, b]: [u64; 2], [c, d]: [u64; 2]) -> f64 {
    (a as f64 * b as f64) / (c as f64 * d as f64)
}

/// Sum of the weights up to `limit`, from the far end on, where they are smallest.
fn sum(weights: &[f64], limit: f64) -> f64 {
    weights.iter().rev().filter(|weight| **weight <= limit).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(hits: u32, trials: u32) -> Proportion {
        Proportion::new(hits, trials).expect("a share of some trials")
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected, "{found} != {expected}");
    }

    #[test]
    fn fisher_gives_the_published_values() {
        // Fisher's tea: 4 cups of each kind, 3 told right; R's manual of fisher.test, two-sided.
        close(fisher(share(3, 4), share(1, 4)), 34.0 / 70.0);
        // All right: the two outermost of C(8, 4) = 70 tables.
        close(fisher(share(4, 4), share(0, 4)), 2.0 / 70.0);
    }

    #[test]
    fn mcnemar_gives_the_published_values() {
        // Fagerland, Lydersen and Laake (2017), Statistical Analysis of Contingency Tables,
        // chapter 8: airway hyper-responsiveness before and after a transplantation, P = 0.0703.
        close(mcnemar(1, 7), 18.0 / 256.0);
        assert_eq!(mcnemar(0, 0), 1.0);
        assert_eq!(mcnemar(5, 5), 1.0);
        assert_eq!(mcnemar(6, 5), 1.0);
    }

    #[test]
    fn the_largest_counts_neither_overflow_nor_vanish() {
        let all = share(u32::MAX, u32::MAX);
        assert_eq!(fisher(all, all), 1.0);
        assert_eq!(fisher(all, share(0, u32::MAX)), 0.0);
        assert_eq!(mcnemar(u32::MAX, u32::MAX), 1.0);
        assert_eq!(mcnemar(0, u32::MAX), 0.0);
        // 2/2^1000, which is still told from 0.
        close(mcnemar(0, 1000), 2.0 * 2.0_f64.powi(-1000));
    }

    proptest! {
        #[test]
        fn either_way_round_and_upside_down_fisher_is_the_same(
            (m, a, n, b) in (1_u32..300, 1_u32..300)
                .prop_flat_map(|(m, n)| (Just(m), 0..=m, Just(n), 0..=n))
        ) {
            let p = fisher(share(a, m), share(b, n));
            prop_assert!(0.0 < p && p <= 1.0 + 1e-12, "{p}");
            let others = [
                fisher(share(b, n), share(a, m)),
                fisher(share(m - a, m), share(n - b, n)),
            ];
            for other in others {
                prop_assert!((p - other).abs() <= 1e-10 * p, "{p} != {other}");
            }
        }

        #[test]
        fn mcnemar_falls_as_the_counts_part(few in 0_u32..400, more in 0_u32..400) {
            prop_assert_eq!(mcnemar(few, few + more), mcnemar(few + more, few));
            prop_assert!(mcnemar(few, few + more + 1) <= mcnemar(few, few + more));
        }
    }
}
