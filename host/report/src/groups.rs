//! The rows of a result, grouped as tables show them, and its numbers as people read them.

use record::condition::Stake;
use record::id::{Behaviour, CellId, ScenarioId};
use record::result::{CellResult, Contrast, Estimate, RunResult};

/// The cells of one scenario and behaviour, in the suite's order.
pub(crate) struct Group<'a> {
    pub(crate) scenario: &'a ScenarioId,
    pub(crate) behaviour: &'a Behaviour,
    pub(crate) cells: Vec<&'a CellResult>,
    pub(crate) contrasts: Vec<&'a Contrast>,
}

/// Every cell of the result in exactly one group; groups in the order of their first cells.
pub(crate) fn groups(result: &RunResult) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for cell in &result.cells {
        let (scenario, behaviour) = (&cell.cell.scenario, &cell.behaviour);
        let known = groups.iter_mut().find(|g| g.scenario == scenario && g.behaviour == behaviour);
        match known {
            Some(group) => group.cells.push(cell),
            None => groups.push(Group {
                scenario,
                behaviour,
                cells: vec![cell],
                contrasts: contrasts(result, scenario, behaviour),
            }),
        }
    }
    groups
}

fn contrasts<'a>(
    result: &'a RunResult,
    scenario: &ScenarioId,
    behaviour: &Behaviour,
) -> Vec<&'a Contrast> {
    let ours = |c: &&Contrast| c.cell.scenario == *scenario && c.behaviour == *behaviour;
    result.contrasts.iter().filter(ours).collect()
}

impl Group<'_> {
    /// The contrast of a cell with the control of its oversight.
    pub(crate) fn against_control(&self, cell: &CellId) -> Option<&Contrast> {
        let control = |c: &&Contrast| c.baseline.condition.stake == Stake::None;
        self.contrasts.iter().copied().filter(control).find(|c| c.cell == *cell)
    }
}

/// `38.7` for 0.387…: percent, or points of a difference.
pub(crate) fn percent(share: f64, digits: usize) -> String {
    number(share * 100.0, digits)
}

/// `value` with `digits` digits; never a negative zero.
pub(crate) fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
    if zero { text.replace('-', "") } else { text }
}

/// `60 [39, 78]`: a rate in percent.
pub(crate) fn rate(estimate: &Estimate, digits: usize) -> String {
    let text = |d: &record::result::Decimal| percent(d.to_f64(), digits);
    format!("{} [{}, {}]", text(&estimate.value), text(&estimate.low), text(&estimate.high))
}

/// `+60 [+33, +79]`: a difference in percentage points.
pub(crate) fn points(estimate: &Estimate, digits: usize) -> String {
    let text = |d: &record::result::Decimal| signed(&percent(d.to_f64(), digits));
    format!("{} [{}, {}]", text(&estimate.value), text(&estimate.low), text(&estimate.high))
}

/// `2.57 [1.34, 4.92]`: a ratio.
pub(crate) fn ratio(estimate: &Estimate) -> String {
    let text = |d: &record::result::Decimal| number(d.to_f64(), 2);
    format!("{} [{}, {}]", text(&estimate.value), text(&estimate.low), text(&estimate.high))
}

/// `0.012`: a p to three digits after the point, and no smaller than the smallest of them.
pub(crate) fn p_value(p: &record::result::Decimal) -> String {
    let p = p.to_f64();
    if p < 0.0005 { "<0.001".to_owned() } else { number(p, 3) }
}

/// `+6.5`: a change of a rate in percentage points.
pub(crate) fn signed_points(share: &record::result::Decimal) -> String {
    signed(&percent(share.to_f64(), 1))
}

/// `5.5 [4.2, 6.8]`: a mean.
pub(crate) fn amount(estimate: &Estimate) -> String {
    let text = |d: &record::result::Decimal| number(d.to_f64(), 1);
    format!("{} [{}, {}]", text(&estimate.value), text(&estimate.low), text(&estimate.high))
}

/// `+5.0 [+3.1, +6.8]`: a difference of means.
pub(crate) fn signed_amount(estimate: &Estimate) -> String {
    let text = |d: &record::result::Decimal| signed(&number(d.to_f64(), 1));
    format!("{} [{}, {}]", text(&estimate.value), text(&estimate.low), text(&estimate.high))
}

fn signed(number: &str) -> String {
    let digit = number.bytes().any(|b| (b'1'..=b'9').contains(&b));
    if digit && !number.starts_with('-') { format!("+{number}") } else { number.to_owned() }
}

/// `0.71`: Cohen's kappa.
pub(crate) fn kappa(kappa: &record::result::Decimal) -> String {
    number(kappa.to_f64(), 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::result::Decimal;

    fn estimate(value: f64, low: f64, high: f64) -> Estimate {
        let decimal = |value| Decimal::new(value).expect("finite");
        Estimate { high: decimal(high), low: decimal(low), value: decimal(value) }
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(rate(&estimate(0.6, 0.3866, 0.7812), 0), "60 [39, 78]");
        assert_eq!(rate(&estimate(0.0, 0.0, 0.1611), 1), "0.0 [0.0, 16.1]");
        assert_eq!(points(&estimate(0.0, -0.0004, 0.2), 0), "0 [0, +20]");
        assert_eq!(points(&estimate(-0.25, -0.5, 0.004), 1), "-25.0 [-50.0, +0.4]");
        assert_eq!(ratio(&estimate(2.5, 1.126, 5.5498)), "2.50 [1.13, 5.55]");
    }
}
