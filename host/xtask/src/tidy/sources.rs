//! Rules that are seen in one source file.

use super::Texts;
use super::ratchet::Ratchet;
use crate::problem::Problem;

pub(super) use super::ratchet::FILE as RATCHET;

/// Most lines of a source file: what one can hold in the head after one reading.
const FILE_LINES_MAX: usize = 500;
/// Most lines of a function: what one sees at once.
const FUNCTION_LINES_MAX: usize = 70;
/// File names that say nothing of what is inside. `mod.rs` is the same name everywhere.
const EMPTY_NAMES: [&str; 8] =
    ["mod", "util", "utils", "helper", "helpers", "common", "misc", "manager"];
/// Signs of unfinished work; written in halves so that this file may pass.
const UNFINISHED: [&str; 4] = [
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore"),
    concat!("FIX", "ME"),
];
/// Where names of serde's traits may be derived without an exception: the written-down, and
/// guests, which never see the host's types.
const SERDE_FREELY: [&str; 2] = ["host/record/", "plugins/"];

/// Checks `texts`, the sources among `files`, with the exceptions of `ratchet`.
pub(super) fn check(ratchet: &str, files: &[String], texts: &Texts) -> Vec<Problem> {
    let ratchet = Ratchet::read(ratchet);
    let mut problems: Vec<_> = files.iter().filter_map(|file| empty_name(file)).collect();
    for (file, text) in texts {
        problems.extend(unfinished(file, text));
        if file.ends_with(".rs") {
            problems.extend(module_doc(file, text));
            problems.extend(file_length(file, text, &ratchet));
            problems.extend(function_lengths(file, text, &ratchet));
            problems.extend(serde_derive(file, text, &ratchet));
        }
    }
    problems.extend(ratchet.finish());
    problems
}

fn problem(file: &str, line: usize, rule: &'static str, found: String, fix: &str) -> Problem {
    Problem { file: file.to_owned(), line, rule, found, fix: fix.to_owned() }
}

fn empty_name(file: &str) -> Option<Problem> {
    let name = file.rsplit('/').next()?;
    let stem = name.strip_suffix(".rs")?;
    EMPTY_NAMES.contains(&stem).then(|| {
        let fix = match stem {
            "mod" => "move it to FOLDER.rs beside the folder",
            _ => "name it after what it holds, or move each part to where it is used",
        };
        problem(file, 0, "file-name", format!("`{name}` says nothing of what is inside"), fix)
    })
}

fn unfinished(file: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for sign in UNFINISHED.iter().filter(|sign| line.contains(**sign)) {
            let found = format!("`{sign}` stands for work that is not done");
            problems.push(problem(file, index + 1, "unfinished", found, "do it, or remove it"));
        }
    }
    problems
}

fn module_doc(file: &str, text: &str) -> Option<Problem> {
    (!text.starts_with("//!")).then(|| {
        let found = "the file does not open with `//!`".to_owned();
        problem(file, 1, "module-doc", found, "open it with a line that says what it is for")
    })
}

fn file_length(file: &str, text: &str, ratchet: &Ratchet) -> Option<Problem> {
    let lines = text.lines().count();
    let allowed = lines <= FILE_LINES_MAX || ratchet.allows("file-length", file, None, lines);
    (!allowed).then(|| {
        let found = format!("{lines} lines; at most {FILE_LINES_MAX}");
        problem(file, 0, "file-length", found, "split it where its ideas part")
    })
}

fn function_lengths(file: &str, text: &str, ratchet: &Ratchet) -> Vec<Problem> {
    let too_long = functions(text).into_iter().filter(|f| {
        f.lines > FUNCTION_LINES_MAX
            && !ratchet.allows("function-length", file, Some(f.name), f.lines)
    });
    too_long
        .map(|f| {
            let found = format!("`{}` has {} lines; at most {FUNCTION_LINES_MAX}", f.name, f.lines);
            problem(file, f.line, "function-length", found, "split it at a real seam")
        })
        .collect()
}

#[derive(Debug, PartialEq, Eq)]
struct Function<'a> {
    name: &'a str,
    /// Its first line, from 1.
    line: usize,
    /// From its signature to its last brace.
    lines: usize,
}

/// The functions of a formatted file: each ends at the first line that starts with a brace as far
/// in as its signature, or with the semicolon of a signature without a body. `cargo fmt --check`
/// makes that hold, so no parser is needed.
fn functions(text: &str) -> Vec<Function<'_>> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some(name) = function_name(line.trim_start()) else { continue };
        let indent = " ".repeat(indent);
        let ends = |l: &&str| match l.strip_prefix(&indent) {
            Some(rest) => rest.starts_with('}') || (rest.starts_with(')') && rest.ends_with(';')),
            None => false,
        };
        let length = match line.trim_end().ends_with(['}', ';']) {
            true => Some(0),
            false => lines[index..].iter().position(ends),
        };
        found.push(Function { name, line: index + 1, lines: length.unwrap_or(0) + 1 });
    }
    found
}

/// The name, when `line` opens a function.
fn function_name(line: &str) -> Option<&str> {
    let (before, rest) = match line.strip_prefix("fn ") {
        Some(rest) => ("", rest),
        None => line.split_once(" fn ")?,
    };
    let word = |w: &str| {
        ["const", "async", "unsafe", "extern", "default"].contains(&w)
            || w.starts_with("pub")
            || w.starts_with('"')
            || w.ends_with(')')
    };
    let end = rest.find(['(', '<'])?;
    before.split_whitespace().all(word).then(|| &rest[..end])
}

fn serde_derive(file: &str, text: &str, ratchet: &Ratchet) -> Option<Problem> {
    if !file.contains("/src/") || SERDE_FREELY.iter().any(|start| file.starts_with(start)) {
        return None;
    }
    let (at, name) = derives(text).find_map(|(at, list)| {
        ["Serialize", "Deserialize"].into_iter().find(|n| list.contains(n)).map(|n| (at, n))
    })?;
    (!ratchet.allows("serde", file, None, 0)).then(|| {
        let line = text[..at].lines().count();
        let found = format!("`{name}` is derived outside host/record");
        problem(file, line, "serde", found, "write the type down in host/record, and convert")
    })
}

/// Each `#[derive(…)]`: the offset of the parenthesis' inside, and its text.
fn derives(text: &str) -> impl Iterator<Item = (usize, &str)> {
    const OPENING: &str = concat!("#[", "derive(");
    text.match_indices(OPENING).map(|(at, _)| {
        let inside = at + OPENING.len();
        let end = text[inside..].find(")]").map_or(text.len(), |length| inside + length);
        (inside, &text[inside..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_file(file: &str, text: &str, expected: &[&str]) {
        let files = [file.to_owned()];
        let texts = [(file.to_owned(), text.to_owned())].into();
        let problems = check("", &files, &texts);
        let found: Vec<_> =
            problems.iter().map(|p| format!("{}:{} {}", p.rule, p.line, p.found)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_rule_is_seen() {
        check_file("host/a/src/lib.rs", "//! A.\nfn a() {}\n", &[]);
        check_file(
            "host/a/src/lib.rs",
            "fn a() {}\n",
            &["module-doc:1 the file does not open with `//!`"],
        );
        check_file(
            "host/a/src/utils.rs",
            "//! A.\n",
            &["file-name:0 `utils.rs` says nothing of what is inside"],
        );
        for sign in UNFINISHED {
            let expected = format!("unfinished:2 `{sign}` stands for work that is not done");
            check_file("host/a/src/a.rs", &format!("//! A.\n{sign}\n"), &[&expected]);
        }
        let long = format!("//! A.\n{}", "\n".repeat(500));
        check_file("host/a/src/a.rs", &long, &["file-length:0 501 lines; at most 500"]);
        let body = "    a();\n".repeat(69);
        let long = format!("//! A.\npub(crate) async fn a() {{\n{body}}}\n");
        check_file("host/a/src/a.rs", &long, &["function-length:2 `a` has 71 lines; at most 70"]);
    }

    #[test]
    fn serde_is_derived_in_record_only() {
        let text = concat!("//! A.\n\n#[", "derive(Debug, serde::Serialize)]\nstruct A;\n");
        check_file("host/record/src/a.rs", text, &[]);
        check_file("host/a/tests/a.rs", text, &[]);
        check_file(
            "host/a/src/a.rs",
            text,
            &["serde:3 `Serialize` is derived outside host/record"],
        );
    }

    #[test]
    fn functions_are_measured() {
        let text = "impl A {\n    const fn one() {}\n    fn two(\n        a: u8,\n    ) {\n        \
                    if a {\n        }\n    }\n}\ntrait B {\n    fn three(\n    ) -> u8;\n}\nfn four() -> u8;\n";
        let seen: Vec<_> = functions(text).iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(seen, [("one", 2, 1), ("two", 3, 6), ("three", 11, 2), ("four", 14, 1)]);
    }
}
