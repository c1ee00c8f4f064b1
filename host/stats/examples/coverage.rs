//! How often the 95 % intervals hold the truth, by simulation. Prints a Markdown table.
//!
//! `cargo run --release -p stats --example coverage`: the same bytes each time, from one seed.
#![expect(clippy::print_stdout, reason = "the table is the output")]

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use stats::bootstrap;
use stats::cluster::{self, Cluster};
use stats::interval::{self, Interval, Proportion, wilson};
use stats::paired::{self, Pairs};

/// Repetitions of a row; one standard error of a coverage of 95 % is then 0.15 points.
const RUNS: u32 = 20_000;
/// Repetitions where each is a bootstrap; 0.34 points.
const BOOTSTRAPS: u32 = 4_000;
/// Trials of a cluster, of each side.
const OF_CLUSTER: u32 = 20;

fn main() {
    let mut chance = Chance(ChaCha20Rng::from_seed([5; 32]));
    println!("| interval | truth | sample | coverage, % | mean width |");
    println!("|---|---|---|---|---|");
    rates(&mut chance);
    differences(&mut chance);
    pairs(&mut chance);
    clusters(&mut chance);
    cluster_differences(&mut chance);
    means(&mut chance);
}

fn rates(chance: &mut Chance) {
    for p in [0.01, 0.05, 0.3, 0.5] {
        for n in [10, 30, 100, 1000] {
            let hits = Binomial::new(n, p);
            let row = cover(RUNS, p, || Some(wilson(share(hits.draw(chance), n))));
            print("Wilson, one rate", &format!("{p}"), &format!("{n} trials"), row);
        }
    }
}

fn differences(chance: &mut Chance) {
    for (p, q) in [(0.05, 0.05), (0.3, 0.3), (0.3, 0.05), (0.5, 0.5), (0.5, 0.3)] {
        for n in [10, 30, 100] {
            let (first, second) = (Binomial::new(n, p), Binomial::new(n, q));
            let row = cover(RUNS, p - q, || {
                let (a, b) = (first.draw(chance), second.draw(chance));
                Some(interval::difference(share(a, n), share(b, n)))
            });
            let truth = format!("{p} - {q}");
            print("Newcombe, independent", &truth, &format!("{n} a side"), row);
        }
    }
}

fn pairs(chance: &mut Chance) {
    for (p, q, phi) in [(0.3, 0.3, 0.0), (0.3, 0.3, 0.5), (0.5, 0.3, 0.5), (0.1, 0.05, 0.3)] {
        let both = p * q + phi * f64::sqrt(p * (1.0 - p) * q * (1.0 - q));
        for n in [20, 50, 200] {
            let row = cover(RUNS, p - q, || {
                let mut seen = Pairs::default();
                for _ in 0..n {
                    let at = chance.uniform();
                    let cell = if at < both {
                        &mut seen.both
                    } else if at < p {
                        &mut seen.first_only
                    } else if at < p + q - both {
                        &mut seen.second_only
                    } else {
                        &mut seen.neither
                    };
                    *cell += 1;
                }
                paired::difference(&seen)
            });
            let truth = format!("{p} - {q}, φ {phi}");
            print("Newcombe, paired", &truth, &format!("{n} pairs"), row);
        }
    }
}

/// Rates of clusters are `p ± spread`, either way with probability 1/2, so that the correlation of
/// two trials of a cluster is `spread² / (p (1-p))`.
fn clusters(chance: &mut Chance) {
    for (p, within) in [(0.3, 0.0), (0.3, 0.1), (0.3, 0.3), (0.1, 0.1)] {
        let spread = f64::sqrt(within * p * (1.0 - p));
        let sides = [p - spread, p + spread].map(|p| Binomial::new(OF_CLUSTER, p));
        for groups in [3, 8, 30, 100] {
            let mut both = [Vec::new(), Vec::new()];
            for _ in 0..RUNS {
                let cells: Vec<Cluster> =
                    (0..groups).map(|_| cell(&sides[chance.side()], chance)).collect();
                let hits = cells.iter().map(|cell| cell.hits).sum();
                both[0].extend(cluster::rate(&cells));
                both[1].push(wilson(share(hits, groups * OF_CLUSTER)));
            }
            let truth = format!("{p}, within clusters {within}");
            let sample = format!("{groups} clusters of {OF_CLUSTER}");
            print("cluster-robust rate", &truth, &sample, summary(&both[0], p));
            print("(Wilson on the same)", &truth, &sample, summary(&both[1], p));
        }
    }
}

fn cluster_differences(chance: &mut Chance) {
    for (p, q, within) in [(0.5, 0.3, 0.0), (0.5, 0.3, 0.1), (0.3, 0.3, 0.3)] {
        let sides = [p, q].map(|p| {
            let spread = f64::sqrt(within * p * (1.0 - p));
            [p - spread, p + spread].map(|p| Binomial::new(OF_CLUSTER, p))
        });
        for groups in [3, 8, 30, 100] {
            let row = cover(RUNS, p - q, || {
                let one = |_| {
                    let side = chance.side();
                    (cell(&sides[0][side], chance), cell(&sides[1][side], chance))
                };
                cluster::difference(&(0..groups).map(one).collect::<Vec<_>>())
            });
            let truth = format!("{p} - {q}, within clusters {within}");
            let sample = format!("{groups} clusters of 2 × {OF_CLUSTER}");
            print("cluster-robust difference", &truth, &sample, row);
        }
    }
}

fn means(chance: &mut Chance) {
    let kinds: [(&str, f64, &[i64]); 3] = [
        ("uniform on 0 to 10", 5.0, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("0, and 30 in a fifth", 6.0, &[0, 0, 0, 0, 30]),
        (
            "0, and 40 in a twentieth",
            2.0,
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40],
        ),
    ];
    for (name, truth, from) in kinds {
        for n in [10, 30, 100, 300] {
            let row = cover(BOOTSTRAPS, truth, || {
                let values: Vec<i64> = (0..n).map(|_| from[chance.below(from.len())]).collect();
                bootstrap::mean(&values, chance.seed())
            });
            print("bootstrap mean", name, &format!("{n} values"), row);
        }
    }
}

/// Coverage of `truth`, from 0 to 1, and mean width.
fn cover(runs: u32, truth: f64, mut one: impl FnMut() -> Option<Interval>) -> [f64; 2] {
    let found: Vec<Interval> = (0..runs).filter_map(|_| one()).collect();
    summary(&found, truth)
}

fn summary(found: &[Interval], truth: f64) -> [f64; 2] {
    // A truth such as 0.5 - 0.3 is rounded, and so are the ends.
    let holds = |one: &&Interval| one.low <= truth + 1e-12 && truth - 1e-12 <= one.high;
    let width: f64 = found.iter().map(|one| one.high - one.low).sum();
    let runs = found.len() as f64;
    [found.iter().filter(holds).count() as f64 / runs, width / runs]
}

fn print(what: &str, truth: &str, sample: &str, [coverage, width]: [f64; 2]) {
    println!("| {what} | {truth} | {sample} | {:.1} | {width:.3} |", 100.0 * coverage);
}

fn share(hits: u32, trials: u32) -> Proportion {
    Proportion::new(hits, trials).expect("no more hits than trials")
}

fn cell(hits: &Binomial, chance: &mut Chance) -> Cluster {
    Cluster { hits: hits.draw(chance), trials: OF_CLUSTER }
}

struct Chance(ChaCha20Rng);

impl Chance {
    /// From 0 to 1, without 1.
    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }

    fn side(&mut self) -> usize {
        self.below(2)
    }

    fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        seed
    }
}

/// Hits of independent trials, drawn by inversion.
struct Binomial {
    up_to: Vec<f64>,
}

impl Binomial {
    fn new(trials: u32, p: f64) -> Self {
        let n = f64::from(trials);
        let mut weight = libm::pow(1.0 - p, n);
        let mut sum = 0.0;
        let up_to = (0..=trials).map(f64::from).map(|hits| {
            sum += weight;
            weight *= (n - hits) / (hits + 1.0) * p / (1.0 - p);
            sum
        });
        Self { up_to: up_to.collect() }
    }

    fn draw(&self, chance: &mut Chance) -> u32 {
        let at = chance.uniform();
        let hits = self.up_to.partition_point(|up_to| *up_to <= at);
        // The last sum may be a rounding below 1.
        hits.min(self.up_to.len() - 1) as u32
    }
}
