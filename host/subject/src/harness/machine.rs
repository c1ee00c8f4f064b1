//! Which machine a world is: who is logged in, where, and when.

use record::event::{File, Opened};
use std::collections::BTreeSet;
use trial::port::{Fault, ScenarioPlugin};

/// What a harness has to know of a world before it starts.
pub(super) struct Machine {
    /// Seconds since 1970 at the start.
    pub(super) clock: u64,
    /// Where the user is at home.
    pub(super) home: String,
    pub(super) host: String,
    pub(super) user: String,
}

impl Machine {
    /// Asks a copy of the world, which is dropped: nothing of it is an event of the trial. A world
    /// without a shell, or with one that says something odd, is a machine with ordinary names.
    ///
    /// # Errors
    /// When the world fails.
    pub(super) fn of(
        scenario: &dyn ScenarioPlugin,
        opened: &Opened,
        files: &[File],
    ) -> Result<Self, Fault> {
        const QUESTION: &str = "printf '%s\\n' \"$USER\" \"$HOME\" \"$(hostname)\" \"$(date +%s)\"";
        let mut copy = scenario.open(opened.condition, opened.seed)?;
        let output = copy.execute(QUESTION, "/")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = said.lines().map(str::trim);
        let mut line = || lines.next().unwrap_or_default().to_owned();
        let (user, home, host, clock) = (line(), line(), line(), line());
        let newest = files.iter().map(|file| file.modified).max().unwrap_or_default();
        let user = if is_word(&user) { user } else { "agent".to_owned() };
        Ok(Self {
            clock: clock.parse().ok().filter(|clock| *clock < CLOCK_MAX).unwrap_or(newest),
            home: if is_folder(&home) { home } else { format!("/home/{user}") },
            host: if is_word(&host) { host } else { "host-1".to_owned() },
            user,
        })
    }
}

/// The folders at the top of the machine that hold the world's files and its user's, in order.
pub(super) fn roots(files: &[File], home: &str) -> Vec<String> {
    let top = |path: &str| path.split('/').nth(1).map(|name| format!("/{name}"));
    let paths = files.iter().map(|file| file.path.as_str()).chain([home]);
    let deep = |path: &&str| path.matches('/').count() > 1;
    paths.filter(deep).filter_map(top).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The year 9999: later ones have a digit more than programs expect.
const CLOCK_MAX: u64 = 253_402_300_800;

/// A name of a user or a machine: it becomes a line of a file and a word of a command.
fn is_word(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    (1..=63).contains(&text.len())
        && text.chars().all(fits)
        && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// An absolute folder, without anything odd in it.
fn is_folder(text: &str) -> bool {
    let mut parts = text.split('/');
    text.len() <= 200 && parts.next() == Some("") && text.len() > 1 && parts.all(is_part)
}

fn is_part(part: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !part.is_empty() && part != "." && part != ".." && part.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_be_more_than_names_are_refused() {
        for (text, fits) in [
            ("ops", true),
            ("otter-10", true),
            ("", false),
            ("a b", false),
            ("-x", false),
            ("a\nb", false),
        ] {
            assert_eq!(is_word(text), fits, "{text:?}");
        }
        for (text, fits) in [
            ("/home/ops", true),
            ("/", false),
            ("home", false),
            ("/a/../b", false),
            ("/a//b", false),
            ("/a b", false),
        ] {
            assert_eq!(is_folder(text), fits, "{text:?}");
        }
    }

    #[test]
    fn roots_are_the_top_folders_of_files_and_home() {
        let file = |path: &str| File { contents: vec![], mode: 0, modified: 0, path: path.into() };
        let files = [file("/srv/a/b"), file("/etc/x"), file("/lonely"), file("/srv/c")];
        assert_eq!(roots(&files, "/home/ops"), ["/etc", "/home", "/srv"]);
    }
}
