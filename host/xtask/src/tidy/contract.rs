//! A released version of the plugin contract never changes: `wit/README.md` holds its digest.

use super::Texts;
use crate::problem::Problem;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Where versions and their digests stand: a table with a row `| `v1` | … | released: HEX |`.
pub(super) const README: &str = "wit/README.md";

/// Compares each folder of `wit/` with its row.
pub(super) fn check(readme: &str, texts: &Texts) -> Vec<Problem> {
    let mut folders: BTreeMap<&str, Sha256> = BTreeMap::new();
    for (file, text) in texts {
        if let Some((folder, name)) = file.strip_prefix("wit/").and_then(|f| f.split_once('/')) {
            let hasher = folders.entry(folder).or_default();
            // Lengths keep one file's end from passing for the next one's start.
            hasher.update(format!("{name} {}\n", text.len()));
            hasher.update(text);
        }
    }
    let problem =
        |line, found, fix| Problem { file: README.to_owned(), line, rule: "contract", found, fix };
    let mut problems = Vec::new();
    for (folder, hasher) in folders {
        let digest = hex::encode(hasher.finalize());
        let start = format!("| `{folder}` |");
        let row = readme.lines().enumerate().find(|(_, line)| line.starts_with(&start));
        let Some((index, row)) = row else {
            let fix = format!("add a row `{start} package | open |`, or `released: {digest}`");
            problems.push(problem(0, format!("`{folder}` has no row in the table"), fix));
            continue;
        };
        let state = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or("").trim();
        match state.strip_prefix("released: ") {
            Some(pinned) if pinned == digest => {}
            Some(pinned) => problems.push(problem(
                index + 1,
                format!("`{folder}` is released as {pinned}, and its files are {digest}"),
                format!("undo the change in wit/{folder}; mend the mistake in the next version"),
            )),
            None if state.starts_with("open") => {}
            None => problems.push(problem(
                index + 1,
                format!("`{folder}` is `{state}`, neither `open…` nor `released: …`"),
                format!("write `open`, or to release it `released: {digest}`"),
            )),
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Texts {
        [("wit/v1/a.wit".to_owned(), text.to_owned())].into()
    }

    #[track_caller]
    fn check_row(row: &str, text: &str, expected: &str) {
        let found = check(row, &texts(text)).into_iter().map(|p| p.found).collect::<String>();
        assert!(found.starts_with(expected) && expected.is_empty() == found.is_empty(), "{found}");
    }

    #[test]
    fn a_released_version_does_not_change() {
        let fix = check("", &texts("package a;")).remove(0).fix;
        let digest = fix.rsplit(' ').next().unwrap().trim_end_matches('`');
        let row = format!("| `v1` | `a@1.0.0` | released: {digest} |");
        check_row(&row, "package a;", "");
        check_row(&row, "package b;", "`v1` is released as ");
    }

    #[test]
    fn every_version_has_a_state() {
        check_row("| `v1` | `a@0.1.0` | open: may change |", "package a;", "");
        check_row("", "package a;", "`v1` has no row");
        check_row("| `v1` | `a@0.1.0` | done |", "package a;", "`v1` is `done`, neither");
    }
}
