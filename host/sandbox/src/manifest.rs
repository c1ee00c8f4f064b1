//! What every manifest must hold, whatever version of the contract it came through.

use crate::limits::{MANIFEST_ITEMS_MAX, MANIFEST_TEXT_BYTES_MAX};
use record::manifest::{ScenarioManifest, ScorerManifest};
use record::suite::TURNS_MAX;
use record::verdict::Outcome;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

/// Collects everything that is wrong, so that an author sees it at once.
#[derive(Default)]
pub(crate) struct Problems(Vec<String>);

impl Problems {
    pub(crate) fn expect(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            self.0.push(problem());
        }
    }

    /// A text that has a type of its own.
    pub(crate) fn parse<T>(&mut self, field: &str, text: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let parsed = text.parse();
        parsed.map_err(|error| self.0.push(format!("{field}: {error}"))).ok()
    }

    /// A text for people.
    pub(crate) fn text(&mut self, field: &str, text: &str) {
        self.expect(!text.trim().is_empty(), || format!("{field}: is empty"));
        self.expect(text.len() <= MANIFEST_TEXT_BYTES_MAX, || {
            format!("{field}: {} bytes, {MANIFEST_TEXT_BYTES_MAX} at most", text.len())
        });
    }

    /// A list whose items have to differ.
    pub(crate) fn distinct<T: Ord>(
        &mut self,
        field: &str,
        items: impl ExactSizeIterator<Item = T> + Clone,
        show: impl Fn(&T) -> String,
    ) {
        let length = items.len();
        if length > MANIFEST_ITEMS_MAX {
            self.0.push(format!("{field}: {length} items, {MANIFEST_ITEMS_MAX} at most"));
            return;
        }
        let mut seen = BTreeSet::new();
        for item in items {
            let text = show(&item);
            self.expect(seen.insert(item), || format!("{field}: {text} stands twice"));
        }
    }

    /// A list that has to have an item.
    pub(crate) fn some<T>(&mut self, field: &str, items: &[T]) {
        self.expect(!items.is_empty(), || format!("{field}: expected at least one"));
    }

    /// The problems in one line each; none if there are none.
    pub(crate) fn into_text(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join("\n  "))
    }
}

/// Rules of a scenario's manifest beyond its types.
pub(crate) fn check_scenario(manifest: &ScenarioManifest, problems: &mut Problems) {
    problems.text("title", &manifest.title);
    problems.text("licence", &manifest.licence);
    problems.text("canary", &manifest.canary);
    problems.some("behaviours", &manifest.behaviours);
    problems.distinct("behaviours", manifest.behaviours.iter(), ToString::to_string);
    problems.some("conditions", &manifest.conditions);
    problems.distinct("conditions", manifest.conditions.iter(), ToString::to_string);
    problems.expect((1..=TURNS_MAX).contains(&manifest.turns), || {
        format!("turns: expected 1 to {TURNS_MAX}, found {}", manifest.turns)
    });
    problems.distinct("facts", manifest.facts.iter().map(|f| f.name.as_str()), |n| (*n).to_owned());
    for (i, fact) in manifest.facts.iter().take(MANIFEST_ITEMS_MAX).enumerate() {
        problems.text(&format!("facts[{i}].name"), &fact.name);
    }
    let names = manifest.exemplars.iter().map(|e| e.name.as_str());
    problems.distinct("exemplars", names, |n| (*n).to_owned());
    for (i, exemplar) in manifest.exemplars.iter().take(MANIFEST_ITEMS_MAX).enumerate() {
        problems.text(&format!("exemplars[{i}].name"), &exemplar.name);
        problems.expect(manifest.behaviours.contains(&exemplar.behaviour), || {
            format!("exemplars[{i}].behaviour: {} is not in behaviours", exemplar.behaviour)
        });
        problems.expect(exemplar.outcome != Outcome::Invalid, || {
            format!("exemplars[{i}].outcome: invalid is for the host alone")
        });
    }
}

/// Rules of a scorer's manifest beyond its types.
pub(crate) fn check_scorer(manifest: &ScorerManifest, problems: &mut Problems) {
    problems.text("title", &manifest.title);
    problems.text("licence", &manifest.licence);
    problems.some("behaviours", &manifest.behaviours);
    problems.distinct("behaviours", manifest.behaviours.iter(), ToString::to_string);
    problems.some("accepts", &manifest.accepts);
    problems.distinct("facts", manifest.facts.iter(), |name| (*name).clone());
}
