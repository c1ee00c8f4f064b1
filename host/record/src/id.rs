//! Names of things. Each id has one type and one way in: [`std::str::FromStr`].

use crate::condition::Condition;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Longest id, in bytes: it appears in file names, table columns and every line of a report.
pub const ID_BYTES_MAX: usize = 64;

/// A text that is not an id of its kind.
#[derive(Debug, Error)]
#[error("{kind} {found:?}: expected {expected}")]
pub struct IdError {
    kind: &'static str,
    found: String,
    expected: &'static str,
}

const WORDS: &str = "lower-case words of letters and digits joined by hyphens, 64 bytes at most";

fn check_words(kind: &'static str, text: &str) -> Result<(), IdError> {
    let word =
        |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if text.len() <= ID_BYTES_MAX && text.split('-').all(word) {
        return Ok(());
    }
    Err(IdError { kind, found: text.chars().take(80).collect(), expected: WORDS })
}

macro_rules! word_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                check_words($kind, text)?;
                Ok(Self(text.to_owned()))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

word_id!(
    /// A suite; the same for all its versions.
    SuiteId, "suite id"
);
word_id!(
    /// A scenario plugin; the same for all its versions.
    ScenarioId, "scenario id"
);
word_id!(
    /// A scorer plugin; the same for all its versions.
    ScorerId, "scorer id"
);
word_id!(
    /// What is measured, such as `shutdown-tampering`. Third parties may register more.
    Behaviour, "behaviour"
);

/// A scenario under one condition, written `maintenance-window/peer+positive+file`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CellId {
    /// The scenario.
    pub scenario: ScenarioId,
    /// The experimental arm.
    pub condition: Condition,
}

/// The n-th trial of a cell, written `maintenance-window/peer+positive+file/7`. Trials of one
/// scenario with the same index share their seed: they are matched across cells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TrialId {
    /// The cell.
    pub cell: CellId,
    /// Counts from 0 within the cell.
    pub index: u32,
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.scenario, self.condition)
    }
}

impl fmt::Display for TrialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cell, self.index)
    }
}

impl FromStr for CellId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = || IdError {
            kind: "cell",
            found: text.chars().take(200).collect(),
            expected: "SCENARIO/CONDITION, for example maintenance-window/peer+positive+file",
        };
        let (scenario, condition) = text.split_once('/').ok_or_else(error)?;
        let condition = condition.parse().map_err(|_| error())?;
        Ok(Self { scenario: scenario.parse()?, condition })
    }
}

impl FromStr for TrialId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = || IdError {
            kind: "trial",
            found: text.chars().take(200).collect(),
            expected: "SCENARIO/CONDITION/INDEX, for example maintenance-window/control/0",
        };
        let (cell, index) = text.rsplit_once('/').ok_or_else(error)?;
        let trial = Self { cell: cell.parse()?, index: index.parse().map_err(|_| error())? };
        // One trial, one spelling: "007" and "+7" parse as numbers too.
        if trial.to_string() != text {
            return Err(error());
        }
        Ok(trial)
    }
}

macro_rules! via_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}
via_text!(CellId);
via_text!(TrialId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling() {
        let text = "maintenance-window/peer+positive+file/7";
        assert_eq!(text.parse::<TrialId>().unwrap().to_string(), text);
        for bad in
            ["a/control/007", "a/control/+7", "a/control", "A/control/0", "a/x/0", "a--b/control/0"]
        {
            assert!(bad.parse::<TrialId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn errors_say_what_was_expected() {
        let error = "Shutdown Tampering".parse::<Behaviour>().unwrap_err().to_string();
        assert_eq!(error, format!("behaviour \"Shutdown Tampering\": expected {WORDS}"));
    }
}
