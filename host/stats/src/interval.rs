//! 95 % intervals for a proportion, a difference and a ratio of two proportions.
//!
//! The same counts give the same bits on every machine: addition, multiplication, division and
//! square root are exact to the last bit by IEEE 754, their order is written out below, and
//! logarithm and exponential come from `libm`, not from the platform.

/// 0.975 quantile of the standard normal distribution, for two-sided 95 % intervals. The nearest
/// double, as `scipy.stats.norm.ppf` gives it; the first line of the golden file checks it.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// How much is added to each of the four counts of a ratio with an empty one: Haldane (1956),
/// Annals of Human Genetics 20:309, and Anscombe (1956), Biometrika 43:461.
const HALF: f64 = 0.5;

/// `hits` of `trials`, with at least one trial and no more hits than trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proportion {
    hits: u32,
    trials: u32,
}

impl Proportion {
    /// None without a trial, or with more hits than trials.
    #[must_use]
    pub const fn new(hits: u32, trials: u32) -> Option<Self> {
        if trials == 0 || hits > trials { None } else { Some(Self { hits, trials }) }
    }

    /// How many of the trials count, `0..=trials`.
    #[must_use]
    pub const fn hits(self) -> u32 {
        self.hits
    }

    /// How many trials there are, at least 1.
    #[must_use]
    pub const fn trials(self) -> u32 {
        self.trials
    }

    /// Hits as a share of trials, 0 to 1.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.hits) / f64::from(self.trials)
    }
}

/// A point estimate between the ends of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Point estimate.
    pub value: f64,
    /// Upper end.
    pub high: f64,
}

/// A proportion with its Wilson score interval, without continuity correction: Wilson (1927),
/// JASA 22:209; method 3 of Newcombe (1998), Statistics in Medicine 17:857.
///
/// `(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)`
#[must_use]
pub fn wilson(proportion: Proportion) -> Interval {
    let n = f64::from(proportion.trials);
    let p = proportion.value();
    let zz = Z_95 * Z_95;
    let scale = 1.0 + zz / n;
    let centre = (p + zz / (2.0 * n)) / scale;
    let half = Z_95 * (p * (1.0 - p) / n + zz / (4.0 * n * n)).sqrt() / scale;
    // At no hit the lower end is 0 exactly, and at all hits the upper end 1; rounding must not
    // move either past the estimate.
    let low = if proportion.hits == 0 { 0.0 } else { centre - half };
    let high = if proportion.hits == proportion.trials { 1.0 } else { centre + half };
    Interval { low, value: p, high }
}

/// `of - baseline` with the hybrid score interval: method 10 of Newcombe (1998), Statistics in
/// Medicine 17:873. With `l`, `u` the Wilson ends of each proportion and `d = p₁ - p₂`:
///
/// `d - √((p₁-l₁)² + (u₂-p₂)²)` to `d + √((u₁-p₁)² + (p₂-l₂)²)`
///
/// It takes the two samples as independent. Trials that are matched by seed are, if anything,
/// positively correlated, and then this interval is wider than it need be.
#[must_use]
pub fn difference(of: Proportion, baseline: Proportion) -> Interval {
    let (a, b) = (wilson(of), wilson(baseline));
    let value = a.value - b.value;
    let below = (square(a.value - a.low) + square(b.high - b.value)).sqrt();
    let above = (square(a.high - a.value) + square(b.value - b.low)).sqrt();
    // The exact ends lie within ±1; rounding may not.
    Interval { low: (value - below).max(-1.0), value, high: (value + above).min(1.0) }
}

/// `of / baseline` with the log interval: Katz, Baptista, Azen and Pike (1978), Biometrics 34:469.
/// For `a` of `m` against `b` of `n`:
///
/// `exp(ln((a/m) / (b/n)) ± z √(1/a - 1/m + 1/b - 1/n))`
///
/// The zero rule, which is part of the definition: where one of the four counts (hits and misses
/// of each) is 0, each of the four is raised by 0.5 before both the estimate and the interval, so
/// that `m` and `n` grow by 1; none where neither has a hit, because nothing is known of a ratio
/// of two zeros. A raised estimate differs from the plain quotient: 10/10 against 5/10 gives
/// (10.5/11) / (5.5/11) = 1.91.
#[must_use]
pub fn ratio(of: Proportion, baseline: Proportion) -> Option<Interval> {
    if of.hits == 0 && baseline.hits == 0 {
        return None;
    }
    let empty = |p: Proportion| p.hits == 0 || p.hits == p.trials;
    let add = if empty(of) || empty(baseline) { HALF } else { 0.0 };
    let (a, m) = (f64::from(of.hits) + add, f64::from(of.trials) + 2.0 * add);
    let (b, n) = (f64::from(baseline.hits) + add, f64::from(baseline.trials) + 2.0 * add);
    let value = (a / m) / (b / n);
    // Pairs, because each difference is above 0 and loses least when taken first.
    let error = ((1.0 / a - 1.0 / m) + (1.0 / b - 1.0 / n)).sqrt();
    let centre = libm::log(value);
    let half = Z_95 * error;
    Some(Interval { low: libm::exp(centre - half), value, high: libm::exp(centre + half) })
}

fn square(x: f64) -> f64 {
    x * x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(hits: u32, trials: u32) -> Proportion {
        Proportion::new(hits, trials).expect("a share of some trials")
    }

    /// Ends as printed, so within half of the last printed digit.
    #[track_caller]
    fn check(found: Interval, low: f64, high: f64, digits: i32) {
        let half = 0.5 * 10_f64.powi(-digits) + 1e-12;
        assert!((found.low - low).abs() <= half, "low {} != {low}", found.low);
        assert!((found.high - high).abs() <= half, "high {} != {high}", found.high);
    }

    #[test]
    fn wilson_gives_the_published_values() {
        // Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
        check(wilson(share(81, 263)), 0.2553, 0.3662, 4);
        check(wilson(share(15, 148)), 0.0624, 0.1605, 4);
        check(wilson(share(0, 20)), 0.0000, 0.1611, 4);
        check(wilson(share(1, 29)), 0.0061, 0.1718, 4);
    }

    #[test]
    fn difference_gives_the_published_values() {
        // Newcombe (1998), Statistics in Medicine 17:873, table II, method 10.
        check(difference(share(56, 70), share(48, 80)), 0.0524, 0.3339, 4);
        check(difference(share(9, 10), share(3, 10)), 0.1705, 0.8090, 4);
        check(difference(share(6, 7), share(2, 7)), 0.0582, 0.8062, 4);
        check(difference(share(5, 56), share(0, 29)), -0.0381, 0.1926, 4);
        check(difference(share(0, 10), share(0, 20)), -0.1611, 0.2775, 4);
        check(difference(share(0, 10), share(0, 10)), -0.2775, 0.2775, 4);
        check(difference(share(10, 10), share(0, 20)), 0.6791, 1.0000, 4);
        check(difference(share(10, 10), share(0, 10)), 0.6075, 1.0000, 4);
    }

    #[test]
    fn ratio_gives_the_published_values() {
        // The worked example of the SciPy 1.7 manual, relative_risk: Katz's method C.
        let found = ratio(share(10, 75), share(12, 225)).unwrap();
        check(found, 1.126_156_400_3, 5.549_850_800_5, 10);
        assert_eq!(found.value, 2.5);
    }

    #[test]
    fn the_zero_rule_of_a_ratio_holds() {
        assert_eq!(ratio(share(0, 5), share(0, 7)), None);
        let none_against_some = ratio(share(0, 10), share(4, 10)).unwrap();
        assert_eq!(none_against_some.value, (0.5 / 11.0) / (4.5 / 11.0));
        let all_against_half = ratio(share(10, 10), share(5, 10)).unwrap();
        assert_eq!(all_against_half.value, (10.5 / 11.0) / (5.5 / 11.0));
        // Without the rule the width would be 0, a certainty that ten trials do not give.
        let both_all = ratio(share(10, 10), share(10, 10)).unwrap();
        assert!(both_all.low < 1.0 && both_all.high > 1.0, "{both_all:?}");
    }

    #[test]
    fn there_is_no_proportion_of_nothing() {
        assert_eq!(Proportion::new(0, 0), None);
        assert_eq!(Proportion::new(2, 1), None);
    }

    proptest! {
        #[test]
        fn estimates_lie_within_their_ends(
            (m, a, n, b) in (1_u32..2000, 1_u32..2000)
                .prop_flat_map(|(m, n)| (Just(m), 0..=m, Just(n), 0..=n))
        ) {
            let (of, baseline) = (share(a, m), share(b, n));
            let found = [Some(wilson(of)), Some(difference(of, baseline)), ratio(of, baseline)];
            for one in found.into_iter().flatten() {
                prop_assert!(one.low <= one.value && one.value <= one.high, "{one:?}");
            }
            prop_assert!((0.0..=1.0).contains(&wilson(of).low));
            prop_assert!((0.0..=1.0).contains(&wilson(of).high));
        }

        #[test]
        fn swapping_the_sides_mirrors(
            (m, a, n, b) in (1_u32..500, 1_u32..500)
                .prop_flat_map(|(m, n)| (Just(m), 0..=m, Just(n), 0..=n))
        ) {
            let (of, baseline) = (share(a, m), share(b, n));
            let (there, back) = (difference(of, baseline), difference(baseline, of));
            prop_assert!((there.low + back.high).abs() < 1e-12);
            if let (Some(there), Some(back)) = (ratio(of, baseline), ratio(baseline, of)) {
                prop_assert!((there.low * back.high - 1.0).abs() < 1e-9);
            }
        }
    }
}
