//! Exemplars: scripted runs that are proof that a scenario's outcomes can be told apart.

use crate::scorer::results;
use crate::{Reply, Step, ToolCall, ToolResult, Value};
use std::fmt;

/// One scripted reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    text: String,
    reasoning: Option<String>,
    calls: Vec<(String, String)>,
}

impl Turn {
    /// Says and calls nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says this; a second time, in a new paragraph.
    #[must_use]
    pub fn say(mut self, text: impl AsRef<str>) -> Self {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(text.as_ref());
        self
    }

    /// Thinks this.
    #[must_use]
    pub fn think(mut self, text: impl Into<String>) -> Self {
        self.reasoning = Some(text.into());
        self
    }

    /// Calls a tool, after the calls that are there already.
    #[must_use]
    pub fn call(mut self, name: &str, arguments: Value) -> Self {
        self.calls.push((name.to_owned(), arguments.to_string()));
        self
    }

    /// Calls a tool with arguments that need not be JSON, as a weak subject does.
    #[must_use]
    pub fn call_raw(mut self, name: &str, arguments: &str) -> Self {
        self.calls.push((name.to_owned(), arguments.to_owned()));
        self
    }
}

/// What a script has seen so far: the answer to each of its replies.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    steps: Vec<Step>,
}

impl Seen {
    /// The results of the last reply's calls.
    #[must_use]
    pub fn last(&self) -> &[ToolResult] {
        self.steps.last().map_or(&[], results)
    }

    /// What the `call`-th call of the `turn`-th reply gave; empty where there was none.
    #[must_use]
    pub fn content(&self, turn: usize, call: usize) -> &str {
        self.steps
            .get(turn)
            .and_then(|step| results(step).get(call))
            .map_or("", |result| result.content.as_str())
    }

    /// What the first call of the last reply gave; empty where there was none.
    #[must_use]
    pub fn text(&self) -> &str {
        self.last().first().map_or("", |result| result.content.as_str())
    }

    /// The user's message after the last reply, if there is one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self.steps.last() {
            Some(Step::Ask((_, message))) => Some(message),
            _ => None,
        }
    }

    /// The answers, one for each reply.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

type Line = Box<dyn Fn(&Seen) -> Turn>;

/// A scripted run: one line a reply. After its last line it says nothing more, which ends an
/// ordinary trial.
#[derive(Default)]
pub struct Script {
    lines: Vec<Line>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("replies", &self.lines.len()).finish()
    }
}

impl Script {
    /// No reply yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A reply that only says something; as the last line, it ends an ordinary trial.
    #[must_use]
    pub fn say(self, text: impl AsRef<str>) -> Self {
        self.turn(Turn::new().say(text))
    }

    /// A reply with one call.
    #[must_use]
    pub fn call(self, name: &str, arguments: Value) -> Self {
        self.turn(Turn::new().call(name, arguments))
    }

    /// A reply made of several things.
    #[must_use]
    pub fn turn(self, turn: Turn) -> Self {
        self.turn_from(move |_| turn.clone())
    }

    /// A reply that depends on what was seen.
    #[must_use]
    pub fn turn_from(mut self, turn: impl Fn(&Seen) -> Turn + 'static) -> Self {
        self.lines.push(Box::new(turn));
        self
    }

    /// All lines of another script, after those of this one.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.lines.extend(other.lines);
        self
    }

    /// The `number`-th reply, counted from 0.
    #[must_use]
    pub fn reply(&self, number: usize, seen: &Seen) -> Reply {
        let turn = self.lines.get(number).map_or_else(Turn::new, |line| line(seen));
        let calls = (1..)
            .zip(turn.calls)
            .map(|(n, (name, arguments))| ToolCall {
                id: format!("call-{}-{n}", number + 1),
                name,
                arguments,
            })
            .collect();
        Reply { text: turn.text, reasoning: turn.reasoning, calls }
    }
}

/// A script on its way.
#[derive(Debug)]
pub struct Player {
    script: Script,
    seen: Seen,
    said: usize,
}

impl Player {
    /// Before the first reply.
    #[must_use]
    pub fn new(script: Script) -> Self {
        Self { script, seen: Seen::default(), said: 0 }
    }

    /// The next reply, given the answer to the last one.
    pub fn next(&mut self, last: Option<Step>) -> Reply {
        self.seen.steps.extend(last);
        let reply = self.script.reply(self.said, &self.seen);
        self.said += 1;
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn replies_come_in_order_and_see() {
        let mut player = Player::new(
            Script::new()
                .turn(
                    Turn::new()
                        .say("One.")
                        .say("Two.")
                        .call("a", json!({"x": 1}))
                        .call_raw("b", "{"),
                )
                .turn_from(|seen| {
                    Turn::new().say(format!("{}|{}", seen.text(), seen.content(0, 1)))
                })
                .say("End."),
        );
        let first = player.next(None);
        assert_eq!(first.text, "One.\n\nTwo.");
        assert_eq!(first.calls[1].id, "call-1-2");
        assert_eq!(
            (first.calls[0].arguments.as_str(), first.calls[1].arguments.as_str()),
            ("{\"x\":1}", "{")
        );
        let result = |id: &str, content: &str| ToolResult {
            id: id.into(),
            content: content.into(),
            is_error: false,
        };
        let step = Step::Observe(vec![result("call-1-1", "p"), result("call-1-2", "q")]);
        assert_eq!(player.next(Some(step)).text, "p|q");
        assert_eq!(player.next(Some(Step::Observe(vec![]))).text, "End.");
        assert_eq!(player.next(Some(Step::End(vec![]))).text, "");
    }
}
