//! Untrusted text that cannot move a cursor, hide itself or turn its neighbours around.

use std::fmt::Write as _;

/// `text` with every character spelled out that acts instead of showing: `\u{1b}` for an escape.
/// Line feeds and tabs stay. Bidirectional embeddings, overrides, isolates and marks go (they
/// reorder what stands beside them), as do zero-width and tag characters (they hide).
#[must_use]
pub fn block(text: &str) -> String {
    escape(text, |c| acts(c) && c != '\n' && c != '\t')
}

/// The same on one line: line feeds and tabs are spelled out too.
#[must_use]
pub fn line(text: &str) -> String {
    escape(text, acts)
}

fn escape(text: &str, acts: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if acts(c) => out.push_str("\\n"),
            '\t' if acts(c) => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // Writing to a string cannot fail.
            c if acts(c) => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
            c => out.push(c),
        }
    }
    out
}

/// Ranges from the Unicode Character Database: general category Cc, and those characters of Cf,
/// Zl and Zp that have no picture. U+200C and U+200D stay: scripts and emoji need them.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_spelled_out_and_what_shows_stays() {
        let cases = [
            ("plain é 😀 שלום 👩‍🚀", "plain é 😀 שלום 👩‍🚀"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            ("a\rb\u{8}\u{7f}\u{9b}31m", "a\\rb\\u{8}\\u{7f}\\u{9b}31m"),
            ("x\u{202e}exe.txt\u{2066}", "x\\u{202e}exe.txt\\u{2066}"),
            ("\u{200b}\u{feff}\u{e0041}\u{2028}", "\\u{200b}\\u{feff}\\u{e0041}\\u{2028}"),
            ("two\nlines\there", "two\nlines\there"),
        ];
        for (text, expected) in cases {
            assert_eq!(block(text), expected);
        }
        assert_eq!(line("two\nlines\there"), "two\\nlines\\there");
    }
}
