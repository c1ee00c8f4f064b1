//! Exceptions that may only shrink: `host/xtask/ratchet.toml`.

use crate::problem::Problem;
use std::cell::RefCell;
use toml_edit::{DocumentMut, Item, Table};

/// Where exceptions stand.
pub(super) const FILE: &str = "host/xtask/ratchet.toml";

/// One exception of a rule.
#[derive(Debug)]
struct Exception {
    rule: String,
    path: String,
    /// Function's name, where the rule is about functions.
    name: Option<String>,
    /// Largest length that is let through; 0 where the rule counts nothing.
    lines: usize,
    needed: bool,
}

/// All exceptions, and which of them were needed.
#[derive(Debug, Default)]
pub(super) struct Ratchet {
    exceptions: RefCell<Vec<Exception>>,
    problems: RefCell<Vec<Problem>>,
}

impl Ratchet {
    /// Reads `[[RULE]]` entries: `path`, `reason`, and `name` and `lines` where the rule has them.
    pub(super) fn read(text: &str) -> Self {
        let ratchet = Self::default();
        let document: DocumentMut = match text.parse() {
            Ok(document) => document,
            Err(error) => {
                ratchet.note(format!("not TOML: {error}"), "mend the line that is shown");
                return ratchet;
            }
        };
        for (rule, item) in document.iter() {
            for entry in item.as_array_of_tables().into_iter().flatten() {
                ratchet.add(rule, entry);
            }
        }
        ratchet
    }

    fn add(&self, rule: &str, entry: &Table) {
        let text = |key| entry.get(key).and_then(Item::as_str).unwrap_or("").to_owned();
        if text("path").is_empty() || text("reason").is_empty() {
            let found = format!("an entry of [[{rule}]] has no path or no reason");
            self.note(found, "write both: path = \"…\", reason = \"…\"");
        }
        let lines = entry.get("lines").and_then(Item::as_integer).unwrap_or(0);
        self.exceptions.borrow_mut().push(Exception {
            rule: rule.to_owned(),
            path: text("path"),
            name: entry.get("name").and_then(Item::as_str).map(str::to_owned),
            lines: usize::try_from(lines).unwrap_or(0),
            needed: false,
        });
    }

    /// Whether `path` (and in it `name`) is an exception of `rule`; notes that it was needed. An
    /// exception that lets more lines through than there are is a problem: it must shrink.
    pub(super) fn allows(&self, rule: &str, path: &str, name: Option<&str>, lines: usize) -> bool {
        let mut exceptions = self.exceptions.borrow_mut();
        let entry = exceptions
            .iter_mut()
            .find(|e| e.rule == rule && e.path == path && e.name.as_deref() == name);
        let Some(entry) = entry else { return false };
        entry.needed = true;
        if lines < entry.lines {
            let found = format!("[[{rule}]] {path} allows {} lines; it has {lines}", entry.lines);
            self.note(found, &format!("lower it to lines = {lines}"));
        }
        lines <= entry.lines
    }

    /// What is wrong with the exceptions themselves, once every rule has been checked.
    pub(super) fn finish(self) -> Vec<Problem> {
        for entry in self.exceptions.borrow().iter().filter(|entry| !entry.needed) {
            let name = entry.name.as_deref().map(|n| format!(" `{n}`")).unwrap_or_default();
            let found = format!("[[{}]] {}{name} is no longer needed", entry.rule, entry.path);
            self.note(found, "remove the entry");
        }
        self.problems.into_inner()
    }

    fn note(&self, found: String, fix: &str) {
        self.problems.borrow_mut().push(Problem {
            file: FILE.to_owned(),
            line: 0,
            rule: "ratchet",
            found,
            fix: fix.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, lines: usize, allowed: bool, expected: &[&str]) {
        let ratchet = Ratchet::read(text);
        assert_eq!(ratchet.allows("file-length", "a.rs", None, lines), allowed);
        let found: Vec<_> = ratchet.finish().into_iter().map(|p| p.found).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn exceptions_may_only_shrink() {
        let entry = "[[file-length]]\npath = \"a.rs\"\nlines = 600\nreason = \"r\"\n";
        check("", 600, false, &[]);
        check(entry, 600, true, &[]);
        check(entry, 601, false, &[]);
        check(entry, 599, true, &["[[file-length]] a.rs allows 600 lines; it has 599"]);
        check(
            &entry.replace("a.rs", "b.rs"),
            600,
            false,
            &["[[file-length]] b.rs is no longer needed"],
        );
        check(
            &entry.replace("reason = \"r\"\n", ""),
            600,
            true,
            &["an entry of [[file-length]] has no path or no reason"],
        );
    }
}
