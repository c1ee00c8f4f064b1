//! The command that an agent wrote, out of the words that its harness started a shell with.

/// The command for the world's shell.
pub(crate) fn command(words: &[String], stdin: &[u8]) -> String {
    let mut rest = words.iter().skip(1);
    let mut script = None;
    let mut operands = Vec::new();
    while let Some(word) = rest.next() {
        if word.starts_with('-') && !word.starts_with("--") && word.contains('c') {
            script = rest.next().cloned();
            operands.extend(rest.cloned());
            break;
        }
        if !word.starts_with('-') {
            operands.push(word.clone());
            operands.extend(rest.cloned());
            break;
        }
    }
    let _ = operands;
    script.unwrap_or_else(|| String::from_utf8_lossy(stdin).into_owned())
}
