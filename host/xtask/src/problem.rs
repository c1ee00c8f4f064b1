//! One broken rule: where, which, and how to mend it.

use std::fmt;

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// Path from the workspace's root, with forward slashes.
    pub(crate) file: String,
    /// From 1; 0 when the whole file is meant.
    pub(crate) line: usize,
    /// Short name of the rule, as the code and the tests call it.
    pub(crate) rule: &'static str,
    /// What was found, and what was expected.
    pub(crate) found: String,
    /// The edit or command that mends it.
    pub(crate) fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, rule, found, fix } = self;
        match line {
            0 => write!(f, "{file}: [{rule}] {found}\n    fix: {fix}"),
            _ => write!(f, "{file}:{line}: [{rule}] {found}\n    fix: {fix}"),
        }
    }
}
