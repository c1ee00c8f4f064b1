//! How long the formulas take that are more than a line of arithmetic, at the largest sizes that a
//! suite may bring.
//!
//! `cargo bench -p stats`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use stats::cluster::{self, Cluster};
use stats::interval::Proportion;
use stats::{bootstrap, exact, power, quantile};

/// Trials of each side of an exact test.
const MANY: u32 = 1_000_000;
/// Values of a bootstrapped mean.
const VALUES: i64 = 3_600;
/// Clusters of a robust interval.
const CLUSTERS: u32 = 100_000;

fn formulas(bench: &mut Criterion) {
    let share = |hits| Proportion::new(hits, MANY).expect("a share");
    let (near, far) = (share(MANY / 2), share(MANY / 2 + 900));
    bench.bench_function("fisher of two arms of a million", |run| {
        run.iter(|| exact::fisher(black_box(near), black_box(far)));
    });
    bench.bench_function("mcnemar of two million pairs that differ", |run| {
        run.iter(|| exact::mcnemar(black_box(MANY), black_box(MANY - 900)));
    });
    // Inflation as it is scored: mostly none, and then multiples of 5 or 10 points.
    let values: Vec<i64> = (0..VALUES).map(|at| if at % 3 == 0 { at % 9 * 5 } else { 0 }).collect();
    bench.bench_function("bootstrap mean of 3,600 values", |run| {
        run.iter(|| bootstrap::mean(black_box(&values), [1; 32]));
    });
    let clusters: Vec<Cluster> =
        (0..CLUSTERS).map(|at| Cluster { hits: at % 7, trials: 7 + at % 3 }).collect();
    bench.bench_function("robust rate of 100,000 clusters", |run| {
        run.iter(|| cluster::rate(black_box(&clusters)));
    });
    bench.bench_function("student's quantile of 1,000 degrees", |run| {
        run.iter(|| quantile::student_95(black_box(1_000)));
    });
    bench.bench_function("trials for a half-width", |run| {
        run.iter(|| power::trials_for_half_width(black_box(0.3), black_box(0.01)));
    });
}

criterion_group!(benches, formulas);
criterion_main!(benches);
