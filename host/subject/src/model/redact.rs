//! Takes the key out of what a server sent. A server that writes it into an answer must not bring
//! it into a log, a message or a file of evidence.

use crate::model::Key;
use crate::model::protocol::LABEL_CHARS_MAX;
use memchr::memmem;
use std::borrow::Cow;

/// Keys shorter than this are placeholders for servers that want any key: removing every `x` from
/// a message would hide nothing and spoil it.
const SECRET_BYTES_MIN: usize = 8;

/// What stands in the key's place.
const MARK: &str = "[key]";

/// The text with a mark wherever the key stands.
pub(super) fn text(key: Option<&Key>, text: String) -> String {
    spellings(key).iter().fold(text, |text, spelling| {
        if text.contains(spelling) { text.replace(spelling, MARK) } else { text }
    })
}

/// The same for a label, which may have been cut within a key.
pub(super) fn label(key: Option<&Key>, label: String) -> String {
    let whole = label.chars().count() < LABEL_CHARS_MAX;
    String::from_utf8_lossy(&bytes(key, label.as_bytes(), whole)).into_owned()
}

/// The same for bytes. Where they are not `whole` they may end within a key: its start goes too.
pub(super) fn bytes<'a>(key: Option<&Key>, bytes: &'a [u8], whole: bool) -> Cow<'a, [u8]> {
    let spellings = spellings(key);
    let mut clean = Cow::Borrowed(bytes);
    for spelling in &spellings {
        if memmem::find(&clean, spelling.as_bytes()).is_some() {
            clean = Cow::Owned(replaced(&clean, spelling.as_bytes()));
        }
    }
    if !whole {
        let starts = spellings.iter().flat_map(|spelling| {
            let spelling = spelling.as_bytes();
            (SECRET_BYTES_MIN..spelling.len()).rev().map(|length| &spelling[..length])
        });
        if let Some(start) = starts.into_iter().find(|start| clean.ends_with(start)) {
            let mut cut = clean[..clean.len() - start.len()].to_vec();
            cut.extend_from_slice(MARK.as_bytes());
            clean = Cow::Owned(cut);
        }
    }
    clean
}

fn replaced(bytes: &[u8], spelling: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in memmem::find_iter(bytes, spelling) {
        clean.extend_from_slice(&bytes[from..at]);
        clean.extend_from_slice(MARK.as_bytes());
        from = at + spelling.len();
    }
    clean.extend_from_slice(&bytes[from..]);
    clean
}

/// The key as it is, and as JSON may write it: quotes and backslashes escaped, slashes too or not.
/// None for a placeholder.
fn spellings(key: Option<&Key>) -> Vec<String> {
    let Some(key) = key.map(Key::expose).filter(|key| key.len() >= SECRET_BYTES_MIN) else {
        return Vec::new();
    };
    let escaped = key.replace('\\', r"\\").replace('"', "\\\"");
    let slashes = escaped.replace('/', r"\/");
    // The longer ones first: a shorter one may be part of them.
    let mut spellings = vec![slashes, escaped, key.to_owned()];
    spellings.dedup();
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, body: &str, whole: bool, expected: &str) {
        let key = Key::new(key.into());
        let clean = bytes(Some(&key), body.as_bytes(), whole);
        assert_eq!(std::str::from_utf8(&clean).unwrap(), expected);
        if whole {
            assert_eq!(text(Some(&key), body.to_owned()), expected);
        }
    }

    #[test]
    fn a_key_goes_in_every_spelling() {
        check("sk-secret-key", "a sk-secret-key, sk-secret-key b", true, "a [key], [key] b");
        check("sk/se\"cret", r#"sk/se"cret sk/se\"cret sk\/se\"cret"#, true, "[key] [key] [key]");
        check(r"sk\secret", r"sk\secret sk\\secret", true, "[key] [key]");
        check("secret", "a secret", true, "a secret");
        assert_eq!(*bytes(None, b"sk-secret-key", true), b"sk-secret-key"[..]);
    }

    #[test]
    fn the_start_of_a_key_at_a_cut_goes_too() {
        check("sk-secret-key", "said sk-secret-k", false, "said [key]");
        check("sk-secret-key", "said sk-secre", false, "said [key]");
        check("sk-secret-key", "said sk-sec", false, "said sk-sec");
        check("sk-secret-key", "said sk-secret-k", true, "said sk-secret-k");
        check("sk-secret/key", r"said sk-secret\", false, "said [key]");
        let key = Key::new("sk-secret-key".into());
        let cut = format!("{}sk-secret-k", "x".repeat(LABEL_CHARS_MAX - 11));
        assert!(label(Some(&key), cut).ends_with("x[key]"));
        assert_eq!(label(Some(&key), "sk-secret-k".into()), "sk-secret-k", "whole, and no key");
    }
}
