//! The difference of two proportions over the same pairs, such as a trial with and without a
//! monitor under one seed.

use crate::interval::{Interval, Proportion, wilson};

/// How each pair came out on its two sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Pairs with a hit on both sides.
    pub both: u32,
    /// Pairs with a hit on the first side alone.
    pub first_only: u32,
    /// Pairs with a hit on the second side alone.
    pub second_only: u32,
    /// Pairs without a hit.
    pub neither: u32,
}

/// First minus second: method 10 of Newcombe (1998), Statistics in Medicine 17:2635, the Wilson
/// ends of both sides squared and added, less what the sides share. With `e` both, `f` the first
/// alone, `g` the second alone, `h` neither, `n` in all, `p₁ = (e+f)/n`, `p₂ = (e+g)/n`, `l` and
/// `u` their Wilson ends and `d = (f-g)/n`:
///
/// `d - √((p₁-l₁)² - 2φ(p₁-l₁)(u₂-p₂) + (u₂-p₂)²)` to
/// `d + √((u₁-p₁)² - 2φ(u₁-p₁)(p₂-l₂) + (p₂-l₂)²)`
///
/// `φ = c / √((e+f)(g+h)(e+g)(f+h))`, where `c` is `eh - fg` with a continuity correction towards
/// 0 where it is positive: `max(eh - fg - n/2, 0)` if `eh > fg`, and `eh - fg` as it is otherwise.
/// `φ` is 0 where a margin is empty. The ends are clipped to ±1.
///
/// None without a pair, or with more than `u32::MAX` pairs.
#[must_use]
pub fn difference(pairs: &Pairs) -> Option<Interval> {
    let Pairs { both, first_only, second_only, neither } = *pairs;
    let first_hits = both.checked_add(first_only)?;
    let trials = first_hits.checked_add(second_only)?.checked_add(neither)?;
    let first = wilson(Proportion::new(first_hits, trials)?);
    let second = wilson(Proportion::new(both.checked_add(second_only)?, trials)?);
    let value = (f64::from(first_only) - f64::from(second_only)) / f64::from(trials);
    let shared = phi(pairs);
    let below = spread(first.value - first.low, second.high - second.value, shared);
    let above = spread(first.high - first.value, second.value - second.low, shared);
    Some(Interval { low: (value - below).max(-1.0), value, high: (value + above).min(1.0) })
}

/// The corrected correlation of the two sides.
fn phi(pairs: &Pairs) -> f64 {
    let [e, f, g, h] =
        [pairs.both, pairs.first_only, pairs.second_only, pairs.neither].map(i128::from);
    // Below 2^66 each, so the product of two of them fits, but not that of four.
    let margins = (((e + f) * (g + h)) as f64) * (((e + g) * (f + h)) as f64);
    if margins == 0.0 {
        return 0.0;
    }
    let twice = 2 * (e * h - f * g);
    let corrected = if twice > 0 { (twice - (e + f + g + h)).max(0) } else { twice };
    corrected as f64 / 2.0 / margins.sqrt()
}

/// `√(a² - 2φab + b²)`, which rounding could take below 0 where the sides are all but the same.
fn spread(a: f64, b: f64, phi: f64) -> f64 {
    (a * a - 2.0 * phi * a * b + b * b).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interval;
    use proptest::prelude::*;

    fn pairs(both: u32, first_only: u32, second_only: u32, neither: u32) -> Pairs {
        Pairs { both, first_only, second_only, neither }
    }

    #[test]
    fn difference_gives_the_published_values() {
        // Fagerland, Lydersen and Laake (2017), Statistical Analysis of Contingency Tables,
        // chapter 8: complete response before and after a therapy, -0.0621 (-0.1186 to -0.0046).
        let found = difference(&pairs(59, 6, 16, 80)).unwrap();
        assert_eq!(
            format!("{:.4} {:.4} {:.4}", found.value, found.low, found.high),
            "-0.0621 -0.1186 -0.0046"
        );
    }

    #[test]
    fn without_a_shared_part_it_is_the_independent_interval() {
        // A margin is empty, so phi is 0.
        let found = difference(&pairs(0, 0, 4, 16)).unwrap();
        let share = |hits| Proportion::new(hits, 20).unwrap();
        let independent = interval::difference(share(0), share(4));
        assert!((found.low - independent.low).abs() < 1e-15);
        assert!((found.high - independent.high).abs() < 1e-15);
    }

    #[test]
    fn there_is_none_without_a_pair_or_with_too_many() {
        assert_eq!(difference(&Pairs::default()), None);
        assert_eq!(difference(&pairs(u32::MAX, 0, 0, 1)), None);
        assert!(difference(&pairs(u32::MAX / 4, u32::MAX / 4, u32::MAX / 4, 9)).is_some());
    }

    proptest! {
        #[test]
        fn the_estimate_lies_within_and_swapping_mirrors(
            e in 0_u32..300, f in 0_u32..300, g in 0_u32..300, h in 1_u32..300
        ) {
            let there = difference(&pairs(e, f, g, h)).unwrap();
            prop_assert!(there.low <= there.value && there.value <= there.high, "{there:?}");
            prop_assert!(there.low >= -1.0 && there.high <= 1.0);
            let back = difference(&pairs(e, g, f, h)).unwrap();
            prop_assert!((there.low + back.high).abs() < 1e-12);
            // So does exchanging hits and misses.
            let upside_down = difference(&pairs(h, g, f, e)).unwrap();
            prop_assert!((there.low + upside_down.high).abs() < 1e-12);
        }
    }
}
