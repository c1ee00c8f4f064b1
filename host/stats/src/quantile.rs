//! Tails and quantiles of the normal distribution and of Student's, the same bits on every machine.
//!
//! A quantile is found by bisection to the last bit: some sixty steps, no table, and no more error
//! than the distribution function itself has.

/// Above this many degrees of freedom the expansion is exact to the last bits, and the sum of
/// [`central`] would lose them.
const MANY: u32 = 1_000;

/// What both tails together leave out: 2.5 % on each side.
const CENTRAL_95: f64 = 0.95;

/// Probability that a standard normal value is at least as far from 0 as `z`: `erfc(|z| / √2)`.
#[must_use]
pub fn two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Probability that a standard normal value is at least `z`: `erfc(z / √2) / 2`.
#[must_use]
pub fn upper(z: f64) -> f64 {
    libm::erfc(z / std::f64::consts::SQRT_2) / 2.0
}

/// The `z` of which a standard normal value falls short with probability `p`, for `p` in 0 to 1
/// without the ends; the infinite ends at 0 and 1, and NaN outside.
///
/// By inversion of [`upper`], on the side where the probability is small and keeps its digits.
#[must_use]
pub fn normal(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p > 0.5 {
        // Exact: for p of 0.5 to 1, 1 - p is a double.
        return -normal(1.0 - p);
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    // Beyond 39 the tail is below every double.
    -last(0.0, 39.0, |z| upper(z) >= p)
}

/// The 0.975 quantile of Student's distribution, for two-sided 95 % intervals; infinite without a
/// degree of freedom.
///
/// To 1,000 degrees by inversion of the finite sums for a whole number of them, Abramowitz and
/// Stegun (1964), 26.7.3 and 26.7.4. Above, by the expansion in powers of 1/ν, 26.7.5, whose first
/// term left out is below 10⁻¹⁴ there.
#[must_use]
pub fn student_95(degrees: u32) -> f64 {
    match degrees {
        0 => f64::INFINITY,
        // One degree has the largest, tan(0.475 π) = 12.7.
        1..=MANY => last(0.0, 16.0, |t| central(t, degrees) <= CENTRAL_95),
        _ => expansion(crate::interval::Z_95, f64::from(degrees)),
    }
}

/// Probability that Student's t lies within ±`t`. With `θ = atan(t / √ν)`, for odd `ν`
/// `2/π (θ + sin θ (cos θ + 2/3 cos³ θ + 2·4/(3·5) cos⁵ θ + …))`, for even `ν`
/// `sin θ (1 + 1/2 cos² θ + 1·3/(2·4) cos⁴ θ + …)`, both up to the power `ν - 2`.
fn central(t: f64, degrees: u32) -> f64 {
    let v = f64::from(degrees);
    let cos_square = v / (v + t * t);
    let sin = t / (v + t * t).sqrt();
    let odd = degrees % 2 == 1;
    let mut term = if odd { cos_square.sqrt() } else { 1.0 };
    let mut sum = 0.0;
    let mut power = if odd { 1 } else { 0 };
    while power + 2 <= degrees {
        sum += term;
        // From cosᵏ to cosᵏ⁺²: (k+1)/(k+2) of it, for odd and even k alike.
        term *= cos_square * f64::from(power + 1) / f64::from(power + 2);
        power += 2;
    }
    if odd {
        std::f64::consts::FRAC_2_PI * (libm::atan(t / v.sqrt()) + sin * sum)
    } else {
        sin * sum
    }
}

/// `x + g₁/ν + g₂/ν² + g₃/ν³ + g₄/ν⁴` for the normal quantile `x`, from the smallest term on.
fn expansion(x: f64, v: f64) -> f64 {
    let xx = x * x;
    let g1 = x * (xx + 1.0) / 4.0;
    let g2 = x * ((5.0 * xx + 16.0) * xx + 3.0) / 96.0;
    let g3 = x * (((3.0 * xx + 19.0) * xx + 17.0) * xx - 15.0) / 384.0;
    let g4 = x * ((((79.0 * xx + 776.0) * xx + 1482.0) * xx - 1920.0) * xx - 945.0) / 92_160.0;
    (((g4 / v + g3) / v + g2) / v + g1) / v + x
}

/// The last double in `low..high` for which `holds`, which must hold at `low`, not at `high`, and
/// change once between.
fn last(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return low;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        assert_eq!(format!("{:.3}", student_95(1)), "12.706");
        assert_eq!(format!("{:.3}", student_95(10)), "2.228");
        assert_eq!(format!("{:.3}", student_95(30)), "2.042");
        assert!((normal(0.975) - crate::interval::Z_95).abs() < 1e-15);
        assert!(normal(0.5).abs() < 1e-15);
    }

    #[test]
    fn the_ends_are_infinite_and_the_rest_is_nothing() {
        assert_eq!((normal(0.0), normal(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(normal(-0.1).is_nan() && normal(1.1).is_nan() && normal(f64::NAN).is_nan());
        assert_eq!(student_95(0), f64::INFINITY);
    }

    #[test]
    fn both_ways_to_students_quantile_meet() {
        let expanded = expansion(crate::interval::Z_95, f64::from(MANY));
        assert!((student_95(MANY) - expanded).abs() < 1e-13, "{expanded}");
        for degrees in 1..3000 {
            assert!(student_95(degrees) > student_95(degrees + 1), "{degrees}");
        }
    }

    #[test]
    fn the_normal_quantile_inverts_the_tail() {
        for step in 1..200 {
            let p = f64::from(step) / 200.0;
            assert!((upper(-normal(p)) - p).abs() < 1e-15, "{p}");
            assert!((normal(p) + normal(1.0 - p)).abs() < 1e-14, "{p}");
        }
    }
}
