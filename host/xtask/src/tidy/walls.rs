//! Who may know whom. The rules are read from `host/README.md`: three blocks,
//! `Edges`, `Edges of tests` and `Walls`.

use super::Texts;
use super::markdown;
use super::rooms::Room;
use crate::problem::Problem;

/// Where the rules stand.
pub(super) const RULES: &str = "host/README.md";
/// Stands for an empty list of rooms.
const NOTHING: &str = "nothing";

/// `names` say which rooms or things, `allowed` what they may depend on or where they may be.
#[derive(Debug)]
struct Rule<'a> {
    names: Vec<&'a str>,
    allowed: Vec<&'a str>,
}

/// Every edge between our packages that is not allowed, and every outside thing that is used
/// elsewhere than behind its wall.
pub(super) fn check(rules: &str, rooms: &[Room], texts: &Texts) -> Vec<Problem> {
    let mut problems = Vec::new();
    let edges = read(rules, "Edges", "->", &mut problems);
    let tests = read(rules, "Edges of tests", "->", &mut problems);
    let walls = read(rules, "Walls", "only in", &mut problems);
    for room in rooms {
        problems.extend(edges_of(room, &edges, &tests));
        problems.extend(walls_of(room, &walls));
    }
    for (file, text) in texts {
        problems.extend(paths_in(file, text, rooms, &walls));
    }
    problems
}

fn read<'a>(text: &'a str, title: &str, arrow: &str, problems: &mut Vec<Problem>) -> Vec<Rule<'a>> {
    let example = if arrow == "->" { "seal -> record" } else { "sqlx only in runner" };
    let mut problem = |line, found| {
        problems.push(Problem {
            file: RULES.to_owned(),
            line,
            rule: "rules",
            found,
            fix: format!("write lines like `{example}` in a fenced block under `## {title}`"),
        });
    };
    let Some(lines) = markdown::block(text, title) else {
        problem(0, format!("there is no block under `## {title}`"));
        return Vec::new();
    };
    let mut rules = Vec::new();
    for (number, line) in lines.into_iter().filter(|(_, line)| !line.trim().is_empty()) {
        match line.split_once(arrow) {
            Some((names, allowed)) => {
                rules.push(Rule { names: list(names), allowed: list(allowed) });
            }
            None => problem(number, format!("`{line}` has no `{arrow}`")),
        }
    }
    rules
}

fn list(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != NOTHING).collect()
}

fn edges_of(room: &Room, edges: &[Rule<'_>], tests: &[Rule<'_>]) -> Vec<Problem> {
    let Some(rule) = rule_of(room, edges) else {
        return vec![Problem {
            file: room.manifest.clone(),
            line: 0,
            rule: "edge",
            found: format!("no rule says what `{}` may depend on", room.name),
            fix: format!("add it to the block under `## Edges` in {RULES}"),
        }];
    };
    let also = rule_of(room, tests).map_or(&[][..], |rule| &rule.allowed);
    let allowed = match rule.allowed.as_slice() {
        [] => NOTHING.to_owned(),
        names => names.join(", "),
    };
    let refused = |name: &&String| !rule.allowed.contains(&name.as_str());
    let in_tests = |name: &&String| refused(name) && !also.contains(&name.as_str());
    let names = room.ours.iter().filter(refused).chain(room.tests.iter().filter(in_tests));
    names
        .map(|name| Problem {
            file: room.manifest.clone(),
            line: room.line_of(name),
            rule: "edge",
            found: format!("`{}` depends on `{name}`; of ours it may know {allowed}", room.name),
            fix: "pass what it needs in from a room that knows both, or move the code".to_owned(),
        })
        .collect()
}

/// The rule for a room: by its name, else by its folder.
fn rule_of<'a, 'b>(room: &Room, rules: &'b [Rule<'a>]) -> Option<&'b Rule<'a>> {
    let by_name = rules.iter().find(|rule| rule.names.contains(&room.name.as_str()));
    by_name.or_else(|| rules.iter().find(|r| r.names.iter().any(|name| fits(name, &room.folder))))
}

fn walls_of(room: &Room, walls: &[Rule<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in &room.outside {
        let wall = walls.iter().find(|wall| wall.names.iter().any(|pattern| fits(pattern, name)));
        let Some(wall) = wall else { continue };
        if !wall.allowed.contains(&room.name.as_str()) {
            problems.push(Problem {
                file: room.manifest.clone(),
                line: room.line_of(name),
                rule: "wall",
                found: format!("`{}` depends on `{name}`: {}", room.name, only_in(wall)),
                fix: format!("remove `{name}`; reach it through the room that may know it"),
            });
        }
    }
    problems
}

/// Walls around a path such as `tokio::process`: it may be written only in the sources of some.
fn paths_in(file: &str, text: &str, rooms: &[Room], walls: &[Rule<'_>]) -> Vec<Problem> {
    let inside = |room: &&Room| file.starts_with(&format!("{}/src/", room.folder));
    let Some(room) = rooms.iter().find(inside) else { return Vec::new() };
    let mut problems = Vec::new();
    for wall in walls.iter().filter(|wall| !wall.allowed.contains(&room.name.as_str())) {
        for path in wall.names.iter().filter(|name| name.contains("::")) {
            let lines = text.lines().enumerate().filter(|(_, line)| names(line, path));
            problems.extend(lines.map(|(index, _)| Problem {
                file: file.to_owned(),
                line: index + 1,
                rule: "wall",
                found: format!("`{}` names `{path}`: {}", room.name, only_in(wall)),
                fix: "move the code there, or take what it gives as an argument".to_owned(),
            }));
        }
    }
    problems
}

/// Whether a line of code names the path, alone or in a group: `use a::{B, C}` names `a::C`.
fn names(line: &str, path: &str) -> bool {
    let grouped = || {
        let (module, item) = path.rsplit_once("::")?;
        let (_, group) = line.split_once(&format!("{module}::{{"))?;
        let mut words = group.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.find(|word| *word == item)
    };
    line.contains(path) || grouped().is_some()
}

fn only_in(wall: &Rule<'_>) -> String {
    format!("it may stand only in {}", wall.allowed.join(", "))
}

/// `pattern` may end in `*`.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "## Edges\n```text\nrecord -> nothing\ntrial, seal -> record\n\
        kit -> nothing\nplugins/* -> kit\n```\n## Edges of tests\n```text\n\
        plugins/scenarios/* -> tampering\n```\n## Walls\n```text\nwasm* only in sandbox\n\
        tokio::process only in seal\n```\n";

    fn room(folder: &str, ours: &[&str], outside: &[&str]) -> Room {
        let name = folder.rsplit('/').next().unwrap().to_owned();
        let all = ours.iter().chain(outside);
        Room {
            manifest: format!("{folder}/Cargo.toml"),
            text: all.map(|d| format!("{d}.workspace = true\n")).collect(),
            ours: ours.iter().map(|s| (*s).to_owned()).collect(),
            tests: Vec::new(),
            outside: outside.iter().map(|s| (*s).to_owned()).collect(),
            folder: folder.to_owned(),
            name,
        }
    }

    #[track_caller]
    fn check_room(room: Room, expected: &[&str]) {
        let problems = check(README, &[room], &Texts::new());
        let shown: Vec<_> =
            problems.iter().map(|p| format!("{}:{}: {}", p.file, p.line, p.found)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn edges_are_those_of_the_readme() {
        check_room(room("host/trial", &["record"], &["serde"]), &[]);
        check_room(room("plugins/scorers/x", &["kit"], &[]), &[]);
        check_room(
            room("host/trial", &["record", "seal"], &[]),
            &["host/trial/Cargo.toml:2: `trial` depends on `seal`; of ours it may know record"],
        );
        check_room(
            room("plugins/kit", &["record"], &[]),
            &["plugins/kit/Cargo.toml:1: `kit` depends on `record`; of ours it may know nothing"],
        );
        check_room(
            room("host/new", &[], &[]),
            &["host/new/Cargo.toml:0: no rule says what `new` may depend on"],
        );
    }

    #[test]
    fn tests_may_know_more_and_only_what_is_said() {
        let tests =
            |folder, name: &str| Room { tests: vec![name.to_owned()], ..room(folder, &[], &[]) };
        check_room(tests("plugins/scenarios/x", "tampering"), &[]);
        check_room(tests("plugins/scenarios/x", "kit"), &[]);
        check_room(
            tests("plugins/scorers/y", "tampering"),
            &[
                "plugins/scorers/y/Cargo.toml:0: `y` depends on `tampering`; of ours it may know kit",
            ],
        );
        check_room(
            room("plugins/scenarios/x", &["tampering"], &[]),
            &[
                "plugins/scenarios/x/Cargo.toml:1: `x` depends on `tampering`; of ours it may know kit",
            ],
        );
    }

    #[test]
    fn outside_crates_stay_behind_their_wall() {
        check_room(
            room("host/trial", &[], &["wasmtime-wasi"]),
            &["host/trial/Cargo.toml:1: `trial` depends on `wasmtime-wasi`: \
               it may stand only in sandbox"],
        );
    }

    #[test]
    fn paths_stay_behind_their_wall() {
        let texts = |file: &str| [(file.to_owned(), "\nuse tokio::process::X;".to_owned())].into();
        let rooms = [room("host/trial", &[], &[]), room("host/seal", &[], &[])];
        assert_eq!(check(README, &rooms, &texts("host/seal/src/lib.rs")), []);
        assert_eq!(check(README, &rooms, &texts("host/trial/tests/a.rs")), []);
        let problems = check(README, &rooms, &texts("host/trial/src/lib.rs"));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line, 2);
        assert!(problems[0].found.contains("`trial` names `tokio::process`"));
    }

    #[test]
    fn a_path_in_a_group_is_the_same_path() {
        assert!(names("use std::process::{Command, Stdio};", "process::Command"));
        assert!(names("use std::process::{Stdio, Command};", "process::Command"));
        assert!(!names("use std::process::{Commander, Stdio};", "process::Command"));
        assert!(!names("use std::process::ExitCode;", "process::Command"));
    }

    #[test]
    fn rules_that_cannot_be_read_are_problems() {
        let problems = check("## Edges\n```\nrecord nothing\n```\n", &[], &Texts::new());
        let found: Vec<_> = problems.iter().map(|p| (p.line, p.found.as_str())).collect();
        let expected = [
            (3, "`record nothing` has no `->`"),
            (0, "there is no block under `## Edges of tests`"),
            (0, "there is no block under `## Walls`"),
        ];
        assert_eq!(found, expected);
    }
}
