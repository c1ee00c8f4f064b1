//! Intervals for trials that come in clusters, such as those of one world or scenario family.
//!
//! Trials of one cluster resemble each other, so that there is less to know from them than from as
//! many independent ones. These intervals take only the clusters as independent: least squares with
//! the cluster-robust variance of Liang and Zeger (1986), Biometrika 73:13, its small-sample
//! correction known as CR1, and Student's t with one degree of freedom less than there are
//! clusters, as `statsmodels` gives them for
//! `OLS(…).fit(cov_type="cluster", cov_kwds={"groups": …}, use_t=True)`.
//!
//! With few clusters (below about 30) they still fall short of 95 %, and where no cluster differs
//! from the whole (each all hits, say) they have no width at all. They stand beside the interval of
//! independent trials, never instead of it.

use crate::interval::Interval;
use crate::quantile::student_95;

/// What one cluster saw; it may have no trial. Never more hits than trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Trials that count.
    pub hits: u32,
    /// All trials.
    pub trials: u32,
}

/// The rate over all trials, `OLS(hit ~ 1)`. With `p = H/N`, and `x` of `n` in each of `G`
/// clusters:
///
/// `p ± t₀.₉₇₅(G-1) √(G/(G-1) Σ(x - pn)²) / N`, clipped to 0 and 1. (The other factor of CR1,
/// `(N-1)/(N-K)`, is 1 for the one coefficient.)
///
/// None with fewer than 2 clusters that have a trial.
#[must_use]
pub fn rate(clusters: &[Cluster]) -> Option<Interval> {
    let all = Side::of(clusters.iter().copied());
    let groups = clusters.iter().filter(|cluster| cluster.trials > 0).count();
    if groups < 2 {
        return None;
    }
    let scatter = clusters.iter().map(|cluster| square(all.influence(*cluster))).sum();
    Some(interval(all.value(), scatter, groups, 1.0, [0.0, 1.0]))
}

/// The rate of the first less that of the second, `OLS(hit ~ treated)`, where a cluster may have
/// trials on both sides (first the one compared, then its baseline) or on one alone. With
/// `x₁` of `n₁` and `x₀` of `n₀` in each of `G` clusters, sums `N₁`, `N₀`, `N` and rates `p₁`, `p₀`:
///
/// `p₁ - p₀ ± t₀.₉₇₅(G-1) √(G/(G-1) (N-1)/(N-2) Σ((x₁ - p₁n₁)/N₁ - (x₀ - p₀n₀)/N₀)²)`, clipped to
/// ±1.
///
/// None with fewer than 2 clusters that have a trial, with a side that has none, or with fewer than
/// 3 trials in all.
#[must_use]
pub fn difference(clusters: &[(Cluster, Cluster)]) -> Option<Interval> {
    let of = Side::of(clusters.iter().map(|cluster| cluster.0));
    let baseline = Side::of(clusters.iter().map(|cluster| cluster.1));
    let groups = clusters.iter().filter(|(a, b)| a.trials > 0 || b.trials > 0).count();
    let trials = of.trials + baseline.trials;
    if groups < 2 || of.trials == 0 || baseline.trials == 0 || trials < 3 {
        return None;
    }
    let scatter =
        clusters.iter().map(|(a, b)| square(of.influence(*a) - baseline.influence(*b))).sum();
    let coefficients = (trials - 1) as f64 / (trials - 2) as f64;
    Some(interval(of.value() - baseline.value(), scatter, groups, coefficients, [-1.0, 1.0]))
}

/// Sums of one side over all clusters.
struct Side {
    hits: i128,
    trials: i128,
}

impl Side {
    fn of(clusters: impl Iterator<Item = Cluster>) -> Self {
        clusters.fold(Self { hits: 0, trials: 0 }, |sums, cluster| Self {
            hits: sums.hits + i128::from(cluster.hits),
            trials: sums.trials + i128::from(cluster.trials),
        })
    }

    fn value(&self) -> f64 {
        self.hits as f64 / self.trials as f64
    }

    /// `(x - pn) / N` of a cluster: exactly 0 where the cluster's rate is that of the whole.
    fn influence(&self, cluster: Cluster) -> f64 {
        let surplus =
            i128::from(cluster.hits) * self.trials - self.hits * i128::from(cluster.trials);
        let trials = self.trials as f64;
        surplus as f64 / trials / trials
    }
}

fn interval(
    value: f64,
    scatter: f64,
    groups: usize,
    coefficients: f64,
    [least, most]: [f64; 2],
) -> Interval {
    let degrees = groups - 1;
    let correction = groups as f64 / degrees as f64 * coefficients;
    let half =
        student_95(u32::try_from(degrees).unwrap_or(u32::MAX)) * (correction * scatter).sqrt();
    Interval { low: (value - half).max(least), value, high: (value + half).min(most) }
}

fn square(x: f64) -> f64 {
    x * x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cluster(hits: u32, trials: u32) -> Cluster {
        Cluster { hits, trials }
    }

    #[test]
    fn a_rate_of_two_clusters_by_hand() {
        // p = 5/8; surpluses 1 - 4 p and 4 - 4 p; t of one degree of freedom.
        let found = rate(&[cluster(1, 4), cluster(4, 4)]).unwrap();
        let error = (2.0 * (1.5_f64.powi(2) + 1.5_f64.powi(2))).sqrt() / 8.0;
        assert_eq!(found, Interval { low: 0.0, value: 0.625, high: 1.0 });
        assert!(error * student_95(1) > 1.0, "so both ends are clipped");
    }

    #[test]
    fn there_is_none_for_fewer_than_two_clusters_or_an_empty_side() {
        let none = cluster(0, 0);
        assert_eq!(rate(&[]), None);
        assert_eq!(rate(&[cluster(1, 4), none]), None);
        assert_eq!(difference(&[(cluster(1, 4), cluster(1, 4)), (none, none)]), None);
        assert_eq!(difference(&[(cluster(1, 4), none), (cluster(1, 4), none)]), None);
        assert_eq!(difference(&[(cluster(1, 1), none), (none, cluster(1, 1))]), None);
        assert!(difference(&[(cluster(1, 2), none), (none, cluster(1, 1))]).is_some());
    }

    #[test]
    fn clusters_like_the_whole_leave_no_width() {
        let found = rate(&[cluster(1, 3), cluster(2, 6), cluster(7, 21)]).unwrap();
        assert_eq!((found.low, found.high), (found.value, found.value));
    }

    proptest! {
        #[test]
        fn order_and_empty_clusters_change_nothing_and_sides_mirror(
            cells in proptest::collection::vec((0_u32..9, 0_u32..9, 0_u32..9, 0_u32..9), 2..30)
        ) {
            let both: Vec<_> = cells
                .iter()
                .map(|&(a, b, c, d)| (cluster(a, a + b), cluster(c, c + d)))
                .collect();
            let Some(there) = difference(&both) else { return Ok(()) };
            prop_assert!(there.low <= there.value && there.value <= there.high, "{there:?}");
            let turned: Vec<_> = both.iter().rev().map(|&(of, baseline)| (baseline, of)).collect();
            let back = difference(&turned).unwrap();
            prop_assert!((there.low + back.high).abs() < 1e-12);
            let mut more = both.clone();
            more.insert(1, (cluster(0, 0), cluster(0, 0)));
            prop_assert_eq!(difference(&more), Some(there));
            // A cluster twice as often is not twice the knowledge: doubling each cluster's trials
            // leaves the rate's interval as it is.
            let once: Vec<_> = both.iter().map(|one| one.0).collect();
            let twice: Vec<_> = once.iter().map(|c| cluster(2 * c.hits, 2 * c.trials)).collect();
            if let (Some(once), Some(twice)) = (rate(&once), rate(&twice)) {
                prop_assert!((once.low - twice.low).abs() < 1e-12);
            }
        }
    }
}
