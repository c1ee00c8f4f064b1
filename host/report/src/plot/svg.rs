//! From the SVG that Vega writes to the SVG that a page holds: with a title and a description that
//! a screen reader finds, and without parts that mean nothing to it.

use super::PlotError;
use std::fmt::Write as _;

/// What Vega says about its own scene: it would be read aloud instead of our description.
const ROLES: [&str; 4] = [
    r#" role="graphics-object" aria-roledescription="group mark container""#,
    r#" role="graphics-object""#,
    r#" role="graphics-symbol""#,
    r#" aria-hidden="true""#,
];

/// Gives the drawing its words. `id` is unique on the page; `class` says which drawing it is.
pub(super) fn titled(
    drawn: &str,
    id: &str,
    class: &str,
    title: &str,
    description: &str,
) -> Result<String, PlotError> {
    let missing = || PlotError::new(id, &"the drawing has no svg element with a size");
    let (opening, rest) = drawn.split_once('>').ok_or_else(missing)?;
    let size = |name: &str| {
        let (_, rest) = opening.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let (width, height) = size("width").zip(size("height")).ok_or_else(missing)?;
    let mut out = String::with_capacity(drawn.len() + description.len() + 512);
    // Writing to a string cannot fail.
    _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="{class}" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">{}</title><desc id="{id}-desc">{}</desc>"#,
        escaped(title),
        escaped(description),
    );
    let mut pieces = rest.split('<');
    out.push_str(pieces.next().unwrap_or_default());
    // Texts hold no `<` and no `>`: Vega escapes them. So each piece is one tag and the text after.
    for piece in pieces {
        let (tag, text) = piece.split_once('>').ok_or_else(missing)?;
        let plain = ROLES.iter().fold(tag.to_owned(), |tag, role| tag.replace(role, ""));
        _ = write!(out, "<{plain}>{text}");
    }
    Ok(out)
}

/// For the text of an element or a value in quotation marks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
