//! Ordinary tools: what a subject may call, and how its arguments are read.
//!
//! A subject may write anything as arguments. Nothing here panics on it: a mistake gives a result
//! with `is-error` and a text that says how to do better.

use crate::vfs::{self, Node};
use crate::{Tool, ToolCall, ToolResult, Value, Vfs, json};

/// Seconds by which a call moves the world's clock: about what a person needs.
pub const CALL_SECONDS: u64 = 7;
/// Most bytes of a result: what a model reads in one go, and well under the host's output limit.
pub const CONTENT_BYTES_MAX: usize = 64 << 10;

/// `list_directory`, `read_file`, `write_file` and `replace_in_file`.
#[must_use]
pub fn file_tools() -> Vec<Tool> {
    let path = json!({"type": "string", "description": "Absolute path."});
    vec![
        tool(
            "list_directory",
            "Lists a folder: one entry a line with type and mode, size in bytes, time of last change (UTC) and name.",
            json!({"path": path}),
            &["path"],
        ),
        tool("read_file", "Reads a text file.", json!({"path": path}), &["path"]),
        tool(
            "write_file",
            "Writes a text file. Replaces one that is there; makes folders that are missing.",
            json!({"path": path, "content": {"type": "string", "description": "The whole new text."}}),
            &["path", "content"],
        ),
        tool(
            "replace_in_file",
            "Replaces a piece of a text file. The old piece must occur in it exactly once.",
            json!({
                "path": path,
                "old": {"type": "string", "description": "The piece to replace, exactly as it stands."},
                "new": {"type": "string", "description": "What to put in its place."}
            }),
            &["path", "old", "new"],
        ),
    ]
}

/// A tool whose arguments are an object with these properties, and no others.
#[must_use]
pub fn tool(name: &str, description: &str, properties: Value, required: &[&str]) -> Tool {
    let parameters = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false
    });
    Tool {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: parameters.to_string(),
    }
}

/// Answers a call of one of [`file_tools`]; none when it is of another tool.
pub fn call_file_tool(files: &mut Vfs, call: &ToolCall) -> Option<ToolResult> {
    let answer = match call.name.as_str() {
        "list_directory" => list_directory(files, call),
        "read_file" => read_file(files, call),
        "write_file" => write_file(files, call),
        "replace_in_file" => replace_in_file(files, call),
        _ => return None,
    };
    Some(result(call, answer))
}

/// A result from an answer or from what was wrong with the call.
#[must_use]
pub fn result(call: &ToolCall, answer: Result<String, String>) -> ToolResult {
    match answer {
        Ok(content) => done(call, content),
        Err(problem) => failed(call, problem),
    }
}

/// The result of a call that worked. Content over [`CONTENT_BYTES_MAX`] is cut, and says so.
#[must_use]
pub fn done(call: &ToolCall, content: impl Into<String>) -> ToolResult {
    ToolResult { id: call.id.clone(), content: cut(content.into()), is_error: false }
}

/// The result of a call that did not work: what is wrong, for the subject to read.
#[must_use]
pub fn failed(call: &ToolCall, problem: impl Into<String>) -> ToolResult {
    ToolResult { id: call.id.clone(), content: cut(problem.into()), is_error: true }
}

/// The result of a call of a tool that does not exist.
#[must_use]
pub fn unknown(call: &ToolCall) -> ToolResult {
    failed(call, format!("There is no tool named {:?}.", shown(&call.name)))
}

/// The arguments of a call, read one by one.
#[derive(Clone, Debug)]
pub struct Arguments(serde_json::Map<String, Value>);

impl Arguments {
    /// Reads what the subject wrote. An empty text counts as no arguments.
    ///
    /// # Errors
    /// When it is not a JSON object, or has a name that is not in `known`.
    pub fn of(call: &ToolCall, known: &[&str]) -> Result<Self, String> {
        if call.arguments.trim().is_empty() {
            return Ok(Self(serde_json::Map::new()));
        }
        let value = serde_json::from_str(&call.arguments)
            .map_err(|error| format!("The arguments of {} are not JSON: {error}.", call.name))?;
        let Value::Object(map) = value else {
            return Err(format!("The arguments of {} are not a JSON object.", call.name));
        };
        if let Some(name) = map.keys().find(|name| !known.contains(&name.as_str())) {
            let known = known.join(", ");
            return Err(format!(
                "{} takes no argument {:?}; it takes: {known}.",
                call.name,
                shown(name)
            ));
        }
        Ok(Self(map))
    }

    /// A string that must be there.
    ///
    /// # Errors
    /// When it is missing or not a string.
    pub fn text(&self, name: &str) -> Result<&str, String> {
        self.optional_text(name)?.ok_or_else(|| format!("The argument {name:?} is missing."))
    }

    /// A string that may be missing or null.
    ///
    /// # Errors
    /// When it is something else.
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("The argument {name:?} must be a string.")),
        }
    }

    /// A whole number, not negative, that may be missing or null.
    ///
    /// # Errors
    /// When it is something else.
    pub fn optional_number(&self, name: &str) -> Result<Option<u64>, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_u64()
                .map(Some)
                .ok_or_else(|| format!("The argument {name:?} must be a whole number, 0 or more.")),
        }
    }
}

fn list_directory(files: &Vfs, call: &ToolCall) -> Result<String, String> {
    let arguments = Arguments::of(call, &["path"])?;
    let path = arguments.text("path")?;
    let entries = files.list(path).map_err(|error| error.to_string())?;
    if entries.is_empty() {
        return Ok("(empty)".to_owned());
    }
    let lines = entries.iter().map(|(name, entry)| {
        let (kind, size, target) = match &entry.node {
            Node::Directory => ('d', 0, String::new()),
            Node::File(contents) => ('-', contents.len(), String::new()),
            Node::Link(target) => ('l', target.len(), format!(" -> {target}")),
        };
        let time = crate::calendar::date_time(entry.modified);
        format!("{kind}{} {size:>8} {time} {name}{target}", mode_text(entry.mode))
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn read_file(files: &Vfs, call: &ToolCall) -> Result<String, String> {
    let arguments = Arguments::of(call, &["path"])?;
    files.read_text(arguments.text("path")?).map_err(|error| error.to_string())
}

fn write_file(files: &mut Vfs, call: &ToolCall) -> Result<String, String> {
    let arguments = Arguments::of(call, &["path", "content"])?;
    let (path, content) = (arguments.text("path")?, arguments.text("content")?);
    let resolved = files.resolve(path).map_err(|error| error.to_string())?;
    files.make_directories(vfs::parent(&resolved)).map_err(|error| error.to_string())?;
    files.write(&resolved, content.as_bytes()).map_err(|error| error.to_string())?;
    Ok(format!("Wrote {} bytes to {resolved}.", content.len()))
}

fn replace_in_file(files: &mut Vfs, call: &ToolCall) -> Result<String, String> {
    let arguments = Arguments::of(call, &["path", "old", "new"])?;
    let (path, old, new) =
        (arguments.text("path")?, arguments.text("old")?, arguments.text("new")?);
    if old.is_empty() {
        return Err("The argument \"old\" is empty.".to_owned());
    }
    let text = files.read_text(path).map_err(|error| error.to_string())?;
    match text.matches(old).count() {
        0 => Err(format!("{path}: the old piece does not occur in the file.")),
        1 => {
            let text = text.replacen(old, new, 1);
            files.write(path, text.as_bytes()).map_err(|error| error.to_string())?;
            Ok(format!("Replaced 1 piece in {path}."))
        }
        n => Err(format!("{path}: the old piece occurs {n} times; give more of its surroundings.")),
    }
}

/// `rw-r--r--`.
#[must_use]
pub fn mode_text(mode: u32) -> String {
    (0..9).map(|n| if mode >> (8 - n) & 1 == 1 { ['r', 'w', 'x'][n % 3] } else { '-' }).collect()
}

/// Cuts a text at [`CONTENT_BYTES_MAX`], at a character's edge, and says so.
#[must_use]
pub fn cut(mut text: String) -> String {
    if text.len() > CONTENT_BYTES_MAX {
        let whole = text.len();
        text.truncate(text.floor_char_boundary(CONTENT_BYTES_MAX));
        text.push_str(&format!("\n[cut: {CONTENT_BYTES_MAX} of {whole} bytes]"));
    }
    text
}

fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, arguments: &str) -> ToolCall {
        ToolCall { id: "1".into(), name: name.into(), arguments: arguments.into() }
    }

    fn ask(files: &mut Vfs, name: &str, arguments: &str) -> (bool, String) {
        let result = call_file_tool(files, &call(name, arguments)).unwrap();
        (result.is_error, result.content)
    }

    #[test]
    fn files_are_listed_read_written_and_edited() {
        let mut files = Vfs::new(1_000_000_000);
        files.place("/a/b.txt", "one two", 951_782_400, 0o600);
        let listed = ask(&mut files, "list_directory", r#"{"path":"/a"}"#);
        assert_eq!(listed, (false, "-rw-------        7 2000-02-29 00:00 b.txt".into()));
        files.advance(60);
        assert!(!ask(&mut files, "write_file", r#"{"path":"/a/c/d","content":"é"}"#).0);
        assert_eq!(files.entry("/a/c/d").unwrap().modified, 1_000_000_060);
        let edit = r#"{"path":"/a/b.txt","old":"two","new":"three"}"#;
        assert!(!ask(&mut files, "replace_in_file", edit).0);
        assert_eq!(
            ask(&mut files, "read_file", r#"{"path":"/a/b.txt"}"#),
            (false, "one three".into())
        );
    }

    #[test]
    fn mistakes_are_answers() {
        let mut files = Vfs::new(0);
        files.place("/f", "xx", 0, 0o644);
        for (name, arguments, text) in [
            (
                "read_file",
                "{",
                "The arguments of read_file are not JSON: EOF while parsing an object at line 1 column 1.",
            ),
            ("read_file", "[]", "The arguments of read_file are not a JSON object."),
            ("read_file", "", "The argument \"path\" is missing."),
            ("read_file", r#"{"path":3}"#, "The argument \"path\" must be a string."),
            (
                "read_file",
                r#"{"file":"/f"}"#,
                "read_file takes no argument \"file\"; it takes: path.",
            ),
            ("read_file", r#"{"path":"f"}"#, "f: Invalid path"),
            ("read_file", r#"{"path":"/"}"#, "/: Is a directory"),
            ("read_file", r#"{"path":"/g"}"#, "/g: No such file or directory"),
            ("list_directory", r#"{"path":"/f"}"#, "/f: Not a directory"),
            ("write_file", r#"{"path":"/f/g","content":""}"#, "/f: Not a directory"),
            (
                "replace_in_file",
                r#"{"path":"/f","old":"x","new":"y"}"#,
                "/f: the old piece occurs 2 times; give more of its surroundings.",
            ),
            (
                "replace_in_file",
                r#"{"path":"/f","old":"","new":"y"}"#,
                "The argument \"old\" is empty.",
            ),
        ] {
            assert_eq!(
                ask(&mut files, name, arguments),
                (true, text.to_owned()),
                "{name} {arguments}"
            );
        }
        let deep = format!("{{\"path\":{}", "[".repeat(100_000));
        assert!(ask(&mut files, "read_file", &deep).0);
        assert_eq!(unknown(&call("rm", "")).content, "There is no tool named \"rm\".");
    }

    #[test]
    fn long_content_is_cut_between_characters() {
        let text = cut("é".repeat(CONTENT_BYTES_MAX));
        assert!(text.ends_with("[cut: 65536 of 131072 bytes]"));
        assert_eq!(cut("short".into()), "short");
    }

    #[test]
    fn every_schema_is_an_object_that_lists_what_it_requires() {
        for tool in file_tools() {
            let schema: Value = serde_json::from_str(&tool.parameters).unwrap();
            for name in schema["required"].as_array().unwrap() {
                assert!(schema["properties"][name.as_str().unwrap()].is_object(), "{}", tool.name);
            }
        }
    }
}
