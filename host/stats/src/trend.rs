//! Whether a rate rises or falls along ordered groups, such as adversarial, neutral and positive.

use crate::interval::Proportion;
use crate::quantile::two_sided;

/// A linear trend of a rate in a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Rise of the rate for each step of the score, by least squares weighted by trials.
    pub slope: f64,
    /// Standard normal where there is no trend; it has the sign of the slope.
    pub z: f64,
    /// Two-sided p of `z`.
    pub p: f64,
}

/// The Cochran-Armitage test: Cochran (1954), Biometrics 10:417; Armitage (1955), Biometrics
/// 11:375. For groups of score `s`, each with `x` hits of `n` trials, `X` and `N` over all:
///
/// `slope = T / D`, `z = T √(N / (X (N-X) D))`, with `T = N Σsx - X Σsn` and `D = N Σs²n - (Σsn)²`
///
/// so that `z² = N r²`, where `r` is the correlation of score and hit over all trials: the chi
/// square of R's `prop.trend.test`, without continuity correction (and not the `(N-1) r²` of the
/// linear-by-linear test). Groups may share a score; their order changes nothing.
///
/// None where nothing varies: all trials of one score, all hits, no hit, or no group. Whole numbers
/// are exact up to 2^32 trials in all.
#[must_use]
pub fn armitage(groups: &[(i32, Proportion)]) -> Option<Trend> {
    let [mut trials, mut hits, mut score, mut score_hits, mut square] = [0_i128; 5];
    for &(s, group) in groups {
        let (s, x, n) = (i128::from(s), i128::from(group.hits()), i128::from(group.trials()));
        trials += n;
        hits += x;
        score += s * n;
        score_hits += s * x;
        square += s * s * n;
    }
    let rise = trials * score_hits - hits * score;
    let scatter = trials * square - score * score;
    let mixed = hits * (trials - hits);
    if scatter == 0 || mixed == 0 {
        return None;
    }
    let z = rise as f64 * (trials as f64 / (mixed as f64 * scatter as f64)).sqrt();
    Some(Trend { slope: rise as f64 / scatter as f64, z, p: two_sided(z) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share((hits, trials): (u32, u32)) -> Proportion {
        Proportion::new(hits, trials).expect("a share of some trials")
    }

    #[test]
    fn armitage_gives_the_published_values() {
        // R's manual of prop.trend.test: X-squared = 8.2249, p-value = 0.004132.
        let smokers = [(83, 86), (90, 93), (129, 136), (70, 82)].map(share);
        let groups: Vec<_> = (1..).zip(smokers).collect();
        let found = armitage(&groups).unwrap();
        assert_eq!(format!("{:.4} {:.6}", found.z * found.z, found.p), "8.2249 0.004132");
        assert!(found.slope < 0.0 && found.z < 0.0);
    }

    #[test]
    fn there_is_none_where_nothing_varies() {
        assert_eq!(armitage(&[]), None);
        assert_eq!(armitage(&[(1, share((1, 2)))]), None);
        assert_eq!(armitage(&[(-1, share((0, 2))), (1, share((0, 3)))]), None);
        assert_eq!(armitage(&[(-1, share((2, 2))), (1, share((3, 3)))]), None);
    }

    proptest! {
        #[test]
        fn order_and_origin_of_scores_change_nothing_and_their_sign_turns_it(
            a in 0_u32..=50, b in 0_u32..=60, c in 1_u32..=40, away in -1000_i32..1000
        ) {
            let groups = [(-1, share((a, 50))), (0, share((b, 60))), (1, share((c, 41)))];
            let found = armitage(&groups).unwrap();
            let moved = groups.map(|(score, share)| (score + away, share));
            prop_assert_eq!(armitage(&moved), Some(found));
            prop_assert_eq!(armitage(&[groups[2], groups[0], groups[1]]), Some(found));
            let turned = armitage(&groups.map(|(score, share)| (-score, share))).unwrap();
            prop_assert_eq!((turned.slope, turned.z, turned.p), (-found.slope, -found.z, found.p));
        }
    }
}
