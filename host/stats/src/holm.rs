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
