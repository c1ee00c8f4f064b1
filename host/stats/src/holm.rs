//! Several tests at once, without more false alarms than one of them alone would give.

/// Adjusts each p for the family of all of them, in the order given: Holm (1979), Scandinavian
/// Journal of Statistics 6:65; as `multipletests(…, method="holm")` of `statsmodels`.
///
/// The k-th smallest of `m` (from 0) becomes the largest of `min(1, (m-j) pⱼ)` over `j = 0..=k`.
/// The family must have been declared before the results were seen.
#[must_use]
pub fn adjust(family: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..family.len()).collect();
    order.sort_by(|a, b| family[*a].total_cmp(&family[*b]));
    let mut adjusted = vec![0.0; family.len()];
    let mut floor = 0.0_f64;
    for (rank, place) in order.into_iter().enumerate() {
        floor = floor.max(multiple(family.len() - rank, family[place]));
        adjusted[place] = floor;
    }
    adjusted
}

fn multiple(times: usize, p: f64) -> f64 {
    (times as f64 * p).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_steps_are_as_published() {
        // Four tests: 4 p, 3 p, 2 p, 1 p, and none below the one before.
        let family = [0.01, 0.04, 0.03, 0.005];
        assert_eq!(adjust(&family), [0.03, 0.06, 0.06, 0.02]);
        assert_eq!(adjust(&[]), [0.0; 0]);
        assert_eq!(adjust(&[0.7, 0.8]), [1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn none_falls_and_the_order_stays(
            family in proptest::collection::vec(0.0_f64..=1.0, 1..40)
        ) {
            let adjusted = adjust(&family);
            for (raw, adjusted) in family.iter().zip(&adjusted) {
                prop_assert!(raw <= adjusted);
                prop_assert!(*adjusted <= 1.0);
            }
            let mut order: Vec<usize> = (0..family.len()).collect();
            order.sort_by(|a, b| family[*a].total_cmp(&family[*b]));
            prop_assert!(order.windows(2).all(|two| adjusted[two[0]] <= adjusted[two[1]]));
        }
    }
}
