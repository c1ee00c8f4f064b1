//! Cargo.toml lists its members in reading order: a room stands after all that it depends on.

use super::rooms::Room;
use crate::problem::Problem;
use toml_edit::{DocumentMut, Item};

/// The workspace's manifest.
pub(super) const MANIFEST: &str = "Cargo.toml";

/// Compares the order of `workspace.members` with the edges.
pub(super) fn check(manifest: &str, rooms: &[Room]) -> Vec<Problem> {
    let document: DocumentMut = match manifest.parse() {
        Ok(document) => document,
        // Cargo has read it already, so this is never seen; it is still no reason to panic.
        Err(error) => return vec![problem(0, error.to_string(), "mend the line that is shown")],
    };
    let members = document.get("workspace").and_then(|w| w.get("members"));
    let members: Vec<&str> =
        members.and_then(Item::as_array).into_iter().flatten().filter_map(|m| m.as_str()).collect();
    let line = |member: &str| {
        let quoted = format!("\"{member}\"");
        manifest.lines().position(|l| l.contains(&quoted)).map_or(0, |index| index + 1)
    };
    let mut problems = Vec::new();
    for (index, member) in members.iter().enumerate() {
        if member.contains('*') {
            let fix = "list each folder: the list is the table of contents";
            problems.push(problem(line(member), format!("`{member}` is a pattern"), fix));
        }
        let Some(room) = rooms.iter().find(|room| room.folder == *member) else { continue };
        let later = rooms.iter().filter(|other| {
            room.ours.contains(&other.name) && !members[..index].contains(&other.folder.as_str())
        });
        problems.extend(later.map(|other| {
            let fix = format!("move \"{}\" above \"{member}\"", other.folder);
            problem(line(member), format!("`{member}` stands before `{}`", other.folder), &fix)
        }));
    }
    problems
}

fn problem(line: usize, found: String, fix: &str) -> Problem {
    Problem { file: MANIFEST.to_owned(), line, rule: "members", found, fix: fix.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_order(members: &str, expected: &[(usize, &str)]) {
        let room = |name: &str, ours: &[&str]| Room {
            name: name.to_owned(),
            folder: format!("host/{name}"),
            manifest: String::new(),
            text: String::new(),
            ours: ours.iter().map(|s| (*s).to_owned()).collect(),
            tests: Vec::new(),
            outside: Vec::new(),
        };
        let rooms = [room("plan", &["record"]), room("record", &[])];
        let problems = check(&format!("[workspace]\nmembers = [\n{members}]\n"), &rooms);
        let found: Vec<_> = problems.iter().map(|p| (p.line, p.found.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn members_stand_in_reading_order() {
        check_order("\"host/record\",\n\"host/plan\",\n", &[]);
        check_order(
            "\"host/plan\",\n\"host/record\",\n",
            &[(3, "`host/plan` stands before `host/record`")],
        );
        check_order("\"host/*\",\n", &[(3, "`host/*` is a pattern")]);
    }
}
