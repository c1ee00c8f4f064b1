//! Rules that stand in Markdown, so that what people read is what is checked.

/// Lines of the first fenced block under the heading `title`, each with its number from 1.
/// `None` when there is no such heading, or no block before the next heading.
pub(super) fn block<'a>(text: &'a str, title: &str) -> Option<Vec<(usize, &'a str)>> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines
        .find(|(_, line)| line.starts_with('#') && line.trim_start_matches('#').trim() == title)?;
    let (_, opening) = lines.find(|(_, line)| line.starts_with("```") || line.starts_with('#'))?;
    if opening.starts_with('#') {
        return None;
    }
    Some(lines.take_while(|(_, line)| !line.starts_with("```")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&[(usize, &str)]>) {
        assert_eq!(block(text, "Map").as_deref(), expected);
    }

    #[test]
    fn the_block_under_the_heading_is_found() {
        check("# A\n## Map\nwords\n```text\nx\n\ny\n```\nz", Some(&[(5, "x"), (6, ""), (7, "y")]));
        check("## Maps\n```\nx\n```", None);
        check("## Map\nwords\n## Next\n```\nx\n```", None);
        check("", None);
    }
}
