//! README.md's map names every room, and every name on it is there.

use super::markdown;
use crate::problem::Problem;
use std::collections::BTreeSet;

/// Where the map stands.
pub(super) const README: &str = "README.md";
/// Folders whose own folders are rooms too.
const WINGS: [&str; 2] = ["host", "plugins"];

/// Deepest indentation of a line that names a room; a deeper one goes on with the line before it.
const INDENT_MAX: usize = 2;

/// Compares the block under `## Map` with the folders of `files`. A wing's folder counts as named
/// when a room inside it is.
pub(super) fn check(readme: &str, files: &[String]) -> Vec<Problem> {
    let problem = |line, found, fix: &str| Problem {
        file: README.to_owned(),
        line,
        rule: "map",
        found,
        fix: fix.to_owned(),
    };
    let Some(lines) = markdown::block(readme, "Map") else {
        let fix = "add a fenced block with a line for each room: `host/record   what it is`";
        return vec![problem(0, "there is no block under `## Map`".to_owned(), fix)];
    };
    let mut named = BTreeSet::new();
    let mut problems = Vec::new();
    let mut last = 0;
    for (number, line) in lines {
        last = number;
        let indent = line.len() - line.trim_start().len();
        let Some(name) = line.split_whitespace().next().filter(|_| indent <= INDENT_MAX) else {
            continue;
        };
        let name = name.trim_end_matches('/');
        let inside = format!("{name}/");
        if !files.iter().any(|file| file == name || file.starts_with(&inside)) {
            let fix = "remove the line, or correct the path";
            problems.push(problem(number, format!("`{name}` is on the map and not there"), fix));
        }
        if !named.insert(name) {
            problems.push(problem(number, format!("`{name}` stands twice"), "remove one"));
        }
    }
    let is_named = |room: &str| {
        let inside = format!("{room}/");
        named.iter().any(|name| *name == room || name.starts_with(&inside))
    };
    for room in rooms(files).iter().filter(|room| !is_named(room)) {
        let fix = format!("add a line: `{room}   what it is, and what it never does`");
        problems.push(problem(last, format!("`{room}` is not on the map"), &fix));
    }
    problems
}

/// Folders at the top, and those in each of [`WINGS`]; hidden ones are tools' settings.
fn rooms(files: &[String]) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for file in files.iter().filter(|file| !file.starts_with('.')) {
        let parts: Vec<_> = file.split('/').collect();
        if let [top, _, ..] = parts[..] {
            rooms.insert(top.to_owned());
            if let [_, inner, _, ..] = parts[..]
                && WINGS.contains(&top)
            {
                rooms.insert(format!("{top}/{inner}"));
            }
        }
    }
    rooms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_map(map: &str, expected: &[(usize, &str)]) {
        let files = ["README.md", ".ci/run", "host/README.md", "host/plan/a.rs", "wit/v0/a.wit"];
        let files: Vec<_> = files.map(str::to_owned).into();
        let problems = check(&format!("## Map\n```text\n{map}\n```\n"), &files);
        let found: Vec<_> = problems.iter().map(|p| (p.line, p.found.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_map_and_the_folders_agree() {
        check_map("wit   the contract\n      more of it\nhost/\n  host/plan  b", &[]);
        check_map("wit/v0\nhost/plan", &[]);
        check_map("wit\nhost", &[(4, "`host/plan` is not on the map")]);
        check_map(
            "wit\nhost\nhost/plan\nhost/gone",
            &[(6, "`host/gone` is on the map and not there")],
        );
        check_map("wit\nhost\nhost/plan\nwit", &[(6, "`wit` stands twice")]);
    }

    #[test]
    fn a_readme_without_a_map_is_a_problem() {
        let problems = check("# Kinship\n", &[]);
        assert_eq!(problems[0].found, "there is no block under `## Map`");
    }
}
