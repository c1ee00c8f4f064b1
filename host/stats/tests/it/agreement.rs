//! Every line of `tests/golden/kappa.tsv`, which scikit-learn and statsmodels wrote.

use stats::agreement::Table;

/// Both sides round a few times at 2^-53; a wrong formula is off by far more.
const TOLERANCE: f64 = 1e-12;

const GOLDEN: &str = include_str!("../golden/kappa.tsv");

#[test]
fn kappa_is_that_of_scikit_learn_and_statsmodels() {
    let mut seen = 0;
    for line in GOLDEN.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let count = |at: usize| fields[at].parse().expect("a count");
        let table = Table {
            both: count(0),
            first_only: count(1),
            second_only: count(2),
            neither: count(3),
        };
        match (table.kappa(), fields[4]) {
            (found, "none") => assert_eq!(found, None, "{line}"),
            (found, expected) => {
                let found = found.unwrap_or_else(|| panic!("{line}: found none"));
                let expected: f64 = expected.parse().expect("a number");
                assert!((found - expected).abs() <= TOLERANCE, "{line}: found {found}");
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 627, "the golden file is whole");
}
