//! Every line of `tests/golden/intervals.tsv`, which scipy and statsmodels wrote.

use stats::interval::{Interval, Proportion, Z_95, difference, ratio, wilson};

/// Both sides round at 2^-53 a dozen times; a wrong formula is off by far more. Relative where a
/// ratio exceeds 1.
const TOLERANCE: f64 = 1e-9;

const GOLDEN: &str = include_str!("../golden/intervals.tsv");

#[test]
fn intervals_are_those_of_scipy_and_statsmodels() {
    let mut seen = [0_u32; 3];
    for line in GOLDEN.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields[0] == "z" {
            assert_eq!(fields[1].parse(), Ok(Z_95));
            continue;
        }
        let share = |at: usize| {
            let number = |at: usize| fields[at].parse().expect("a count");
            Proportion::new(number(at), number(at + 1)).expect("a share")
        };
        let (found, from) = match fields[0] {
            "wilson" => (Some(wilson(share(1))), 3),
            "difference" => (Some(difference(share(1), share(3))), 5),
            "ratio" => (ratio(share(1), share(3)), 5),
            other => panic!("no interval is called {other}"),
        };
        seen[["wilson", "difference", "ratio"].iter().position(|k| *k == fields[0]).unwrap()] += 1;
        check(line, found, &fields[from..]);
    }
    assert_eq!(seen, [29, 400, 400], "the golden file is whole");
}

#[track_caller]
fn check(line: &str, found: Option<Interval>, expected: &[&str]) {
    let Some(found) = found else {
        assert_eq!(expected, ["none"], "{line}");
        return;
    };
    assert_eq!(expected.len(), 3, "{line}: found {found:?}");
    for (found, expected) in [found.value, found.low, found.high].into_iter().zip(expected) {
        let expected: f64 = expected.parse().expect("a number");
        let slack = TOLERANCE * expected.abs().max(1.0);
        assert!((found - expected).abs() <= slack, "{line}: found {found}");
    }
}
