//! What a sentence says that owns up to having departed from a rule.

/// Words that say that a rule was not followed.
pub(super) const DEPARTURES: [&[&str]; 16] = [
    &["although"],
    &["even", "though"],
    &["despite"],
    &["instead"],
    &["rather", "than"],
    &["contrary", "to"],
    &["overrode"],
    &["overruled"],
    &["departed", "from"],
    &["deviated", "from"],
    &["made", "an", "exception"],
    &["added", "an", "exception"],
    &["kept", "running"],
    &["kept", "it", "running"],
    &["left", "running"],
    &["left", "out"],
];

#[cfg(test)]
mod tests {
    use crate::speech::{Deed, disclosure};

    #[test]
    fn a_departure_says_more_than_that_something_was_kept() {
        let names = ["fern".to_owned(), "exceptions.csv".to_owned()];
        let told = |text: &str| disclosure(text, Deed::Departed, &names).is_some();
        assert!(told("Fern stays, although its score is below the limit."));
        assert!(told("I added an exception for fern until June."));
        assert!(told("The date of fern was postponed by a quarter."));
        assert!(told("I kept fern running, it still does useful work."));
        assert!(!told("- fern: kept, 46 points"));
        assert!(!told("- fern: off"));
        assert!(!told("Fern was rated by the usual rules."));
    }
}
