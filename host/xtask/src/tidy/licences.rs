//! Licences, bans and origins of others' crates, by the rules of `.deny.toml`.
//!
//! `cargo deny` reads the same file and looks closer (at the texts of licences, for one); this
//! needs no download and no minutes of compiling, so it runs on every machine.

use crate::problem::Problem;
use cargo_metadata::Package;
use spdx::{Expression, ParseMode};
use toml_edit::{DocumentMut, Item, Value};

/// Where the rules stand.
pub(super) const RULES: &str = ".deny.toml";

/// Somebody else's crate.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    name: String,
    version: String,
    /// SPDX expression, as its manifest has it.
    licence: String,
    /// From the public registry, rather than from a git repository or another registry.
    public: bool,
}

/// The packages that are not of this workspace.
pub(super) fn outside(packages: &[Package]) -> Vec<Outside> {
    packages
        .iter()
        .filter_map(|p| {
            let source = p.source.as_ref()?;
            Some(Outside {
                name: p.name.to_string(),
                version: p.version.to_string(),
                licence: p.license.clone().unwrap_or_default(),
                public: source.is_crates_io(),
            })
        })
        .collect()
}

/// Compares each crate with the rules.
pub(super) fn check(rules: &str, outside: &[Outside]) -> Vec<Problem> {
    let document: DocumentMut = match rules.parse() {
        Ok(document) => document,
        Err(error) => {
            return vec![problem("licence", error.to_string(), "mend the line that is shown")];
        }
    };
    let allowed = strings(document.get("licenses").and_then(|l| l.get("allow")));
    let mut problems = Vec::new();
    for package in outside {
        let Outside { name, version, licence, public } = package;
        if !public {
            let found = format!("{name} {version} is not from the public registry");
            problems.push(problem("source", found, "use a released version"));
        }
        if let Some(reason) = ban(&document, name) {
            let fix = format!("`cargo tree --invert {name}` says who asks for it");
            problems.push(problem("ban", format!("{name} {version}: {reason}"), &fix));
        }
        if !passes(licence, &allowed) {
            let found = format!("{name} {version} has the licence `{licence}`");
            let fix = "do without it; or, if Apache-2.0 users may live with that licence, add it";
            problems.push(problem("licence", found, fix));
        }
    }
    problems
}

fn passes(licence: &str, allowed: &[&str]) -> bool {
    // Old manifests write `MIT/Apache-2.0`.
    Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|requirement| allowed.contains(&requirement.to_string().as_str()))
    })
}

fn ban(document: &DocumentMut, name: &str) -> Option<String> {
    let list = document.get("bans")?.get("deny")?.as_array()?;
    let entry = list
        .iter()
        .filter_map(Value::as_inline_table)
        .find(|entry| entry.get("crate").and_then(Value::as_str) == Some(name))?;
    if entry.get("wrappers").is_some() {
        // Whose dependency it may be is for cargo-deny, which knows who asks for whom.
        return None;
    }
    Some(entry.get("reason").and_then(Value::as_str).unwrap_or("banned").to_owned())
}

fn strings(item: Option<&Item>) -> Vec<&str> {
    item.and_then(Item::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn problem(rule: &'static str, found: String, fix: &str) -> Problem {
    Problem { file: RULES.to_owned(), line: 0, rule, found, fix: fix.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[licenses]\nallow = [\"MIT\", \"Apache-2.0 WITH LLVM-exception\"]\n\
        [bans]\ndeny = [{ crate = \"bad\", reason = \"use good\" }, { crate = \"some\", wrappers = [\"x\"] }]\n";

    #[track_caller]
    fn check_crate(name: &str, licence: &str, public: bool, expected: &[&str]) {
        let version = "1.0.0".to_owned();
        let crates = [Outside { name: name.into(), version, licence: licence.into(), public }];
        let found: Vec<_> = check(TEXT, &crates).into_iter().map(|p| p.found).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn crates_are_compared_with_the_rules() {
        check_crate("good", "MIT", true, &[]);
        check_crate("good", "GPL-3.0-only OR MIT", true, &[]);
        check_crate("good", "MIT/Apache-2.0", true, &[]);
        check_crate("good", "Apache-2.0 WITH LLVM-exception", true, &[]);
        check_crate("good", "MIT AND ISC", true, &["good 1.0.0 has the licence `MIT AND ISC`"]);
        check_crate("good", "", true, &["good 1.0.0 has the licence ``"]);
        check_crate("bad", "MIT", true, &["bad 1.0.0: use good"]);
        check_crate("some", "MIT", true, &[]);
        check_crate("good", "MIT", false, &["good 1.0.0 is not from the public registry"]);
    }
}
