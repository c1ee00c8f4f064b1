//! Every line of `tests/golden/formulas.tsv`, which scipy, statsmodels and a second bootstrap wrote.

use std::collections::BTreeMap;
use std::str::FromStr;

use stats::cluster::{self, Cluster};
use stats::interval::{Interval, Proportion};
use stats::paired::{self, Pairs};
use stats::{bootstrap, exact, holm, power, quantile, trend};

/// Both sides round some thousand times at 2^-53; a wrong formula is off by far more.
const TOLERANCE: f64 = 1e-9;

const GOLDEN: &str = include_str!("../golden/formulas.tsv");

#[test]
fn formulas_are_those_of_scipy_and_statsmodels() {
    let mut seen = BTreeMap::new();
    for line in GOLDEN.lines().filter(|line| !line.starts_with('#')) {
        let fields = Line { line, fields: line.split('\t').collect() };
        *seen.entry(fields.fields[0]).or_insert(0) += 1;
        check(&fields);
    }
    let expected = [
        ("arm", 27),
        ("equivalence", 800),
        ("fisher", 877),
        ("half", 49),
        ("holm", 6),
        ("mcnemar", 68),
        ("mean", 21),
        ("means", 21),
        ("near", 3),
        ("normal", 14),
        ("paired", 259),
        ("rate", 11),
        ("rates", 29),
        ("student", 209),
        ("trend", 38),
        ("trials", 35),
    ];
    assert_eq!(seen, BTreeMap::from(expected), "the golden file is whole");
}

fn check(line: &Line<'_>) {
    match line.fields[0] {
        "fisher" => line.small(5, exact::fisher(line.share(1), line.share(3))),
        "mcnemar" => line.small(3, exact::mcnemar(line.at(1), line.at(2))),
        "paired" => {
            let [both, first_only, second_only, neither] = [1, 2, 3, 4].map(|at| line.at(at));
            let pairs = Pairs { both, first_only, second_only, neither };
            line.interval(5, paired::difference(&pairs));
        }
        "trend" => line.trend(),
        "rate" => line.interval(2, cluster::rate(&line.clusters(1))),
        "rates" => {
            let both: Vec<_> = line.clusters(1).into_iter().zip(line.clusters(2)).collect();
            line.interval(3, cluster::difference(&both));
        }
        "student" => line.close(2, quantile::student_95(line.at(1)), 1e-12),
        "normal" => line.close(2, quantile::normal(line.at(1)), 1e-12),
        "holm" => {
            let adjusted = holm::adjust(&line.list(1));
            let expected: Vec<f64> = line.list(2);
            assert_eq!(adjusted.len(), expected.len(), "{}", line.line);
            for (found, expected) in adjusted.into_iter().zip(expected) {
                assert!((found - expected).abs() <= 1e-15, "{}: found {found}", line.line);
            }
        }
        "half" => line.close(3, power::half_width(line.at(1), line.at(2)), TOLERANCE),
        "trials" => {
            let found = power::trials_for_half_width(line.at(1), line.at(2));
            assert_eq!(found, Some(line.at(3)), "{}", line.line);
        }
        "equivalence" => {
            let found = power::equivalence(line.share(1), line.share(3), line.at(5));
            line.small(6, found.p);
            assert_eq!(found.holds, line.at::<f64>(6) < 0.05, "{}", line.line);
        }
        "arm" => {
            let found = power::trials_for_equivalence(line.at(1), line.at(2), line.at(3));
            assert_eq!(found, Some(line.at(4)), "{}", line.line);
        }
        "mean" => line.bits(3, bootstrap::mean(&line.list(2), line.seed())),
        "means" => {
            let found = bootstrap::mean_difference(&line.list(2), &line.list(3), line.seed());
            line.bits(4, found);
        }
        "near" => line.near(),
        other => panic!("no formula is called {other}"),
    }
}

struct Line<'a> {
    line: &'a str,
    fields: Vec<&'a str>,
}

impl Line<'_> {
    fn at<T: FromStr>(&self, at: usize) -> T {
        self.fields[at].parse().unwrap_or_else(|_| panic!("{}: field {at}", self.line))
    }

    fn list<T: FromStr>(&self, at: usize) -> Vec<T> {
        let one = |text: &str| text.parse().unwrap_or_else(|_| panic!("{}: {text}", self.line));
        self.fields[at].split(',').map(one).collect()
    }

    fn share(&self, at: usize) -> Proportion {
        Proportion::new(self.at(at), self.at(at + 1)).expect("a share")
    }

    fn clusters(&self, at: usize) -> Vec<Cluster> {
        let one = |text: &str| {
            let (hits, trials) = text.split_once('/').expect("hits/trials");
            let number = |text: &str| text.parse().expect("a count");
            Cluster { hits: number(hits), trials: number(trials) }
        };
        self.fields[at].split(',').map(one).collect()
    }

    fn seed(&self) -> [u8; 32] {
        let byte = |at| u8::from_str_radix(&self.fields[1][2 * at..2 * at + 2], 16).expect("hex");
        std::array::from_fn(byte)
    }

    /// Within `tolerance`, relative where the number exceeds 1.
    #[track_caller]
    fn close(&self, at: usize, found: f64, tolerance: f64) {
        let expected: f64 = self.at(at);
        let slack = tolerance * expected.abs().max(1.0);
        assert!((found - expected).abs() <= slack, "{}: found {found}", self.line);
    }

    /// A probability, whose digits count however small it is; but scipy's own error exceeds ours
    /// where it nears the least double.
    #[track_caller]
    fn small(&self, at: usize, found: f64) {
        let expected: f64 = self.at(at);
        let slack = if expected < 1e-290 { 1e-290 } else { TOLERANCE * expected };
        assert!((found - expected).abs() <= slack, "{}: found {found}", self.line);
    }

    #[track_caller]
    fn interval(&self, from: usize, found: Option<Interval>) {
        let Some(found) = found else {
            assert_eq!(self.fields[from..], ["none"], "{}", self.line);
            return;
        };
        assert_eq!(self.fields.len(), from + 3, "{}: found {found:?}", self.line);
        for (step, found) in [found.value, found.low, found.high].into_iter().enumerate() {
            self.close(from + step, found, TOLERANCE);
        }
    }

    /// The same order statistics: a single wrong draw would show.
    #[track_caller]
    fn bits(&self, from: usize, found: Option<Interval>) {
        let found = found.expect("some values");
        for (step, found) in [found.value, found.low, found.high].into_iter().enumerate() {
            // Python divides whole numbers with one rounding, we with two or three.
            self.close(from + step, found, 1e-15);
        }
    }

    fn trend(&self) {
        let group = |text: &str| {
            let (score, share) = text.split_once(':').expect("score:share");
            let (hits, trials) = share.split_once('/').expect("hits/trials");
            let number = |text: &str| text.parse().expect("a count");
            let share = Proportion::new(number(hits), number(trials)).expect("a share");
            (score.parse().expect("a score"), share)
        };
        let groups: Vec<(i32, Proportion)> = self.fields[1].split(',').map(group).collect();
        let Some(found) = trend::armitage(&groups) else {
            assert_eq!(self.fields[2], "none", "{}", self.line);
            return;
        };
        self.close(2, found.slope, TOLERANCE);
        self.close(3, found.z, TOLERANCE);
        self.small(4, found.p);
    }

    /// Ends averaged over seeds, against scipy's over other seeds. An end of one run varies by some
    /// 3 % of the width, so the means of 40 and of 20 runs differ by less than 4 %.
    fn near(&self) {
        const RUNS: u8 = 40;
        let values = self.list(1);
        let ends: Vec<_> =
            (0..RUNS).map(|run| bootstrap::mean(&values, [run; 32]).expect("values")).collect();
        let mean = |end: fn(&Interval) -> f64| ends.iter().map(end).sum::<f64>() / f64::from(RUNS);
        let (low, high): (f64, f64) = (self.at(2), self.at(3));
        for (found, expected) in [(mean(|one| one.low), low), (mean(|one| one.high), high)] {
            let slack = 0.04 * (high - low);
            assert!((found - expected).abs() <= slack, "{}: found {found}", self.line);
        }
    }
}
