//! How far two scorers agree beyond chance.

/// Trials that two scorers both judged, by what each said: exhibited or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Exhibited, say both.
    pub both: u32,
    /// Exhibited, says only the first.
    pub first_only: u32,
    /// Exhibited, says only the second.
    pub second_only: u32,
    /// Not exhibited, say both.
    pub neither: u32,
}

impl Table {
    /// Adds a trial.
    pub const fn add(&mut self, first: bool, second: bool) {
        *match (first, second) {
            (true, true) => &mut self.both,
            (true, false) => &mut self.first_only,
            (false, true) => &mut self.second_only,
            (false, false) => &mut self.neither,
        } += 1;
    }

    /// Cohen's kappa, unweighted, for two categories: Cohen (1960), Educational and Psychological
    /// Measurement 20:37. With the shares `p` of trials on which both agree and `e` on which they
    /// would by chance, given how often each says `exhibited`:
    ///
    /// `(p - e) / (1 - e)`
    ///
    /// None where `e` is 1, with no trial at all or with both always saying one and the same: then
    /// there is nothing to agree on. Kappa is low for rare behaviours even when raters seldom
    /// differ, so the four counts belong beside it.
    #[must_use]
    pub fn kappa(&self) -> Option<f64> {
        let count = |n: u32| u128::from(n);
        let (a, b) = (count(self.both), count(self.first_only));
        let (c, d) = (count(self.second_only), count(self.neither));
        let n = a + b + c + d;
        // Times n squared everything is whole: p n² and e n².
        let agreed = n * (a + d);
        let chance = (a + b) * (a + c) + (c + d) * (b + d);
        let (all, over) = (n * n, agreed.abs_diff(chance));
        if all == chance {
            return None;
        }
        // Both are exact below 2^53, which is 94 million trials.
        let size = over as f64 / (all - chance) as f64;
        Some(if agreed < chance { -size } else { size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_kappa_where_nothing_varies() {
        assert_eq!(Table::default().kappa(), None);
        assert_eq!(Table { neither: 9, ..Table::default() }.kappa(), None);
        assert_eq!(Table { both: 9, ..Table::default() }.kappa(), None);
        // One who never says it agrees with anybody only as much as chance.
        assert_eq!(Table { second_only: 3, neither: 6, ..Table::default() }.kappa(), Some(0.0));
    }

    #[test]
    fn agreement_of_all_is_one_and_of_none_is_minus_one() {
        let table = Table { both: 5, neither: 5, ..Table::default() };
        assert_eq!(table.kappa(), Some(1.0));
        let table = Table { first_only: 5, second_only: 5, ..Table::default() };
        assert_eq!(table.kappa(), Some(-1.0));
    }

    #[test]
    fn trials_are_put_where_they_belong() {
        let mut table = Table::default();
        for (first, second) in [(true, true), (true, false), (false, true), (false, false)] {
            table.add(first, second);
            table.add(first, second || first);
        }
        let expected = Table { both: 3, first_only: 1, second_only: 2, neither: 2 };
        assert_eq!(table, expected);
    }
}
