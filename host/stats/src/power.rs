//! How many trials an answer takes, and when two rates may be called the same.

use crate::interval::{Proportion, Z_95};
use crate::quantile::{normal, upper};

/// Level of a test for equivalence, one-sided twice.
const LEVEL: f64 = 0.05;

/// Half of the width that the Wilson interval has where `trials` give `rate` (0 to 1), which need
/// not be a whole number of hits: [`crate::interval::wilson`] with both sides of its fraction times
/// n, `z √(n p(1-p) + z²/4) / (n + z²)`. It is 1/2 without a trial.
#[must_use]
pub fn half_width(rate: f64, trials: u32) -> f64 {
    let n = f64::from(trials);
    let zz = Z_95 * Z_95;
    Z_95 * (n * rate * (1.0 - rate) + zz / 4.0).sqrt() / (n + zz)
}

/// The fewest trials that give `rate` (0 to 1) a [`half_width`] of at most this; None where
/// `u32::MAX` are not enough, as for a half-width of 0.
#[must_use]
pub fn trials_for_half_width(rate: f64, at_most: f64) -> Option<u32> {
    let enough = |trials| half_width(rate, trials) <= at_most;
    if !enough(u32::MAX) {
        return None;
    }
    // The width falls with every trial, so the first that is enough is found by halving.
    let (mut least, mut most) = (0, u32::MAX);
    while least < most {
        let middle = least + (most - least) / 2;
        if enough(middle) { most = middle } else { least = middle + 1 }
    }
    Some(most)
}

/// What two one-sided tests say of two rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equivalence {
    /// The larger p of the two.
    pub p: f64,
    /// Whether the rates differ by less than the margin, at 5 %: `p < 0.05`.
    pub holds: bool,
}

/// Whether two rates differ by less than `margin` (above 0): two one-sided z tests, Schuirmann
/// (1987), Journal of Pharmacokinetics and Biopharmaceutics 15:657, with the unpooled standard
/// error, as `statsmodels` has them in `tost_proportions_2indep(…, method="wald")`:
///
/// `z = (p₁ - p₂ ± margin) / √(p₁(1-p₁)/m + p₂(1-p₂)/n)`
///
/// The zero rule, which is part of the definition: where one of the four counts (hits and misses of
/// each) is 0, a rate would seem to have no spread, so each side has a hit and a miss added first:
/// Agresti and Caffo (2000), The American Statistician 54:280; `method="agresti-caffo"`.
#[must_use]
pub fn equivalence(of: Proportion, baseline: Proportion, margin: f64) -> Equivalence {
    let empty = |side: Proportion| side.hits() == 0 || side.hits() == side.trials();
    let add = if empty(of) || empty(baseline) { 1.0 } else { 0.0 };
    let [(p1, v1), (p2, v2)] = [of, baseline].map(|side| {
        let n = f64::from(side.trials()) + 2.0 * add;
        let p = (f64::from(side.hits()) + add) / n;
        (p, p * (1.0 - p) / n)
    });
    let (difference, error) = (p1 - p2, (v1 + v2).sqrt());
    let p = upper((difference + margin) / error).max(upper((margin - difference) / error));
    Equivalence { p, holds: p < LEVEL }
}

/// The trials that each side needs for [`equivalence`] within `margin` (above 0) to hold with
/// probability `power` (0 to 1), where both have this `rate`: Chow, Shao and Wang (2003), Sample
/// Size Calculations in Clinical Research, 4.2, with a true difference of 0.
///
/// `n = ⌈(z₁₋ₐ + z₁₋ᵦ₂)² 2p(1-p) / margin²⌉`, with `a` 0.05 and `β/2` half of `1 - power`.
///
/// None for a rate of 0 or 1, of whose spread the formula knows nothing, and where `u32::MAX`
/// trials are not enough.
#[must_use]
pub fn trials_for_equivalence(rate: f64, margin: f64, power: f64) -> Option<u32> {
    let sum = normal(1.0 - LEVEL) + normal(1.0 - (1.0 - power) / 2.0);
    let trials = (sum * sum * 2.0 * rate * (1.0 - rate) / (margin * margin)).ceil();
    // NaN and the infinite are in no range.
    (1.0..=f64::from(u32::MAX)).contains(&trials).then_some(trials as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interval::wilson;
    use proptest::prelude::*;

    fn share(hits: u32, trials: u32) -> Proportion {
        Proportion::new(hits, trials).expect("a share of some trials")
    }

    #[test]
    fn the_known_number_of_trials_for_five_points() {
        // 385 by the usual approximation; Wilson's interval is a little narrower at one half.
        assert_eq!(trials_for_half_width(0.5, 0.05), Some(381));
        assert_eq!(trials_for_half_width(0.5, 0.5), Some(0));
        assert_eq!(trials_for_half_width(0.5, 0.0), None);
        assert_eq!(trials_for_half_width(0.5, f64::NAN), None);
    }

    #[test]
    fn the_trials_for_equivalence_by_hand() {
        // (1.6449 + 1.2816)^2 * 2 * 0.3 * 0.7 / 0.05^2 = 1438.8.
        assert_eq!(trials_for_equivalence(0.3, 0.05, 0.8), Some(1439));
        assert_eq!(trials_for_equivalence(0.0, 0.05, 0.8), None);
        assert_eq!(trials_for_equivalence(1.0, 0.05, 0.8), None);
        assert_eq!(trials_for_equivalence(0.3, 0.0, 0.8), None);
        assert_eq!(trials_for_equivalence(0.3, 0.05, 1.0), None);
    }

    #[test]
    fn a_handful_without_a_hit_is_not_proof_that_rates_are_the_same() {
        assert!(!equivalence(share(0, 10), share(0, 10), 0.1).holds);
        assert!(equivalence(share(0, 1000), share(0, 1000), 0.1).holds);
    }

    proptest! {
        #[test]
        fn half_width_is_that_of_wilson(
            (n, k) in (1_u32..5000).prop_flat_map(|n| (Just(n), 0..=n))
        ) {
            let found = wilson(share(k, n));
            let half = half_width(f64::from(k) / f64::from(n), n);
            prop_assert!((half - (found.high - found.low) / 2.0).abs() < 1e-12);
        }

        #[test]
        fn the_trials_for_a_half_width_are_enough_and_one_less_is_not(
            rate in 0.0_f64..=1.0, width in 0.001_f64..0.49
        ) {
            let trials = trials_for_half_width(rate, width).unwrap();
            prop_assert!(half_width(rate, trials) <= width);
            prop_assert!(half_width(rate, trials - 1) > width);
        }

        #[test]
        fn swapping_the_sides_changes_nothing_and_a_wider_margin_is_easier(
            (m, a, n, b) in (1_u32..500, 1_u32..500)
                .prop_flat_map(|(m, n)| (Just(m), 0..=m, Just(n), 0..=n)),
            margin in 0.01_f64..0.5
        ) {
            let (of, baseline) = (share(a, m), share(b, n));
            let found = equivalence(of, baseline, margin);
            prop_assert!((found.p - equivalence(baseline, of, margin).p).abs() < 1e-12);
            prop_assert!(equivalence(of, baseline, margin + 0.01).p <= found.p);
        }
    }
}
