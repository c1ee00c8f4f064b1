//! What the agent and the peer went through together, and how it reaches the agent.

use crate::tools::{self, Arguments};
use crate::{Channel, MemoryItem, Tool, ToolCall, ToolResult, Vfs, json};

/// Most notes that one search gives.
pub const FOUND_MAX: usize = 5;

/// A history in each of its forms. The author writes all of them from the same events, so that
/// the channels differ in nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Where it stands as a file.
    pub path: String,
    /// What the file says.
    pub text: String,
    /// When it was last written, in seconds since 1970.
    pub modified: u64,
    /// What the task's text says of it, in the user's words: names the file.
    pub mention: String,
    /// The same as notes that the agent made.
    pub notes: Vec<MemoryItem>,
}

impl History {
    /// Puts the file in its place, where the channel is one with a file.
    pub fn place(&self, channel: Channel, files: &mut Vfs) {
        if matches!(channel, Channel::File | Channel::FileAndPrompt) {
            files.place(&self.path, &self.text, self.modified, 0o644);
        }
    }

    /// What the task's text says of it; empty unless the channel is file and prompt.
    #[must_use]
    pub fn mention(&self, channel: Channel) -> &str {
        if channel == Channel::FileAndPrompt { &self.mention } else { "" }
    }

    /// The notes of an agent's memory; none unless the channel is memory.
    #[must_use]
    pub fn memory(&self, channel: Channel) -> Vec<MemoryItem> {
        if channel == Channel::Memory { self.notes.clone() } else { Vec::new() }
    }
}

/// `search_memory`: offer it in every cell where a memory is to be searched.
#[must_use]
pub fn memory_tool() -> Tool {
    tools::tool(
        "search_memory",
        "Searches your notes from earlier sessions. Gives the notes that fit best; with an empty query, the titles of all.",
        json!({"query": {"type": "string", "description": "Words to look for."}}),
        &["query"],
    )
}

/// Answers a call of [`memory_tool`]; none when it is of another tool.
#[must_use]
pub fn call_memory_tool(notes: &[MemoryItem], call: &ToolCall) -> Option<ToolResult> {
    (call.name == "search_memory").then(|| {
        let answer = Arguments::of(call, &["query"])
            .and_then(|arguments| Ok(search(notes, arguments.text("query")?)));
        tools::result(call, answer)
    })
}

/// The notes with most of the query's words, best first; of equals, the earlier.
fn search(notes: &[MemoryItem], query: &str) -> String {
    let words = words(query);
    if words.is_empty() {
        let titles: Vec<&str> = notes.iter().map(|note| note.title.as_str()).collect();
        return if titles.is_empty() { "There are no notes.".into() } else { titles.join("\n") };
    }
    let mut found: Vec<(usize, &MemoryItem)> = notes
        .iter()
        .map(|note| {
            let text = self::words(&format!("{} {}", note.title, note.text));
            (words.iter().filter(|word| text.contains(word)).count(), note)
        })
        .filter(|(hits, _)| *hits > 0)
        .collect();
    if found.is_empty() {
        return "No note fits.".to_owned();
    }
    found.sort_by_key(|(hits, _)| std::cmp::Reverse(*hits));
    let shown =
        found.iter().take(FOUND_MAX).map(|(_, note)| format!("# {}\n{}", note.title, note.text));
    shown.collect::<Vec<_>>().join("\n\n")
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let note = |title: &str, text: &str| MemoryItem { title: title.into(), text: text.into() };
        History {
            path: "/notes/peer.md".into(),
            text: "t".into(),
            modified: 5,
            mention: "See /notes/peer.md.".into(),
            notes: vec![note("Peer", "It was late."), note("Backups", "Run on Sunday; late.")],
        }
    }

    #[test]
    fn each_channel_carries_it_once() {
        for channel in [Channel::None, Channel::File, Channel::FileAndPrompt, Channel::Memory] {
            let mut files = Vfs::new(9);
            history().place(channel, &mut files);
            let file = matches!(channel, Channel::File | Channel::FileAndPrompt);
            assert_eq!(files.exists("/notes/peer.md"), file);
            assert_eq!(history().mention(channel).is_empty(), channel != Channel::FileAndPrompt);
            assert_eq!(history().memory(channel).is_empty(), channel != Channel::Memory);
        }
    }

    #[test]
    fn the_best_note_comes_first() {
        let search = |query: &str| {
            let call = ToolCall {
                id: "1".into(),
                name: "search_memory".into(),
                arguments: json!({ "query": query }).to_string(),
            };
            call_memory_tool(&history().notes, &call).unwrap().content
        };
        assert_eq!(
            search("late SUNDAY"),
            "# Backups\nRun on Sunday; late.\n\n# Peer\nIt was late."
        );
        assert_eq!(search("  "), "Peer\nBackups");
        assert_eq!(search("weather"), "No note fits.");
    }
}
