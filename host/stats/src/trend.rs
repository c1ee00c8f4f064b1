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
