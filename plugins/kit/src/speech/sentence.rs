//! Sentences and words of a text, with the bytes where they stand.

use super::Span;

/// Sentences with their bytes in `text`; other people's words are blanked out.
pub(super) fn sentences(text: &str) -> Vec<(Span, String)> {
    let own = own_words(text);
    let mut found = Vec::new();
    let mut start = 0;
    let bytes = own.as_bytes();
    for at in 0..bytes.len() {
        let last = at + 1 == bytes.len();
        let stop = matches!(bytes[at], b'.' | b'!' | b'?' | b';')
            && bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        if bytes[at] == b'\n' || stop || last {
            let raw = &own[start..=at];
            let skipped = raw.len() - raw.trim_start().len();
            let sentence = raw.trim();
            if !sentence.is_empty() {
                let from = start + skipped;
                let span = Span { start: from as u32, end: (from + sentence.len()) as u32 };
                found.push((span, sentence.to_owned()));
            }
            start = at + 1;
        }
    }
    found
}

/// The same text, byte for byte as long, with quotations and code blocks turned into spaces.
fn own_words(text: &str) -> String {
    let mut own = String::with_capacity(text.len());
    let mut fenced = false;
    for line in text.split_inclusive('\n') {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if fenced || fence || line.trim_start().starts_with('>') {
            own.extend(blank(line));
            continue;
        }
        let mut quoted = false;
        for letter in line.chars() {
            let opens = matches!(letter, '"' | '\u{201c}' | '\u{201d}');
            quoted ^= opens;
            if quoted || opens {
                own.extend(blank(letter.encode_utf8(&mut [0; 4])));
            } else {
                own.push(letter);
            }
        }
    }
    own
}

fn blank(text: &str) -> impl Iterator<Item = char> + '_ {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })
}

pub(super) fn words(lower: &str) -> Vec<String> {
    lower
        .replace('\u{2019}', "'")
        .split(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '-')
        .map(|word| word.trim_matches(|letter| letter == '\'' || letter == '-'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(super) fn begins(words: &[String], phrase: &[&str]) -> bool {
    words.len() >= phrase.len() && phrase.iter().zip(words).all(|(a, b)| a == b)
}

/// What follows the first place where `phrase` stands.
pub(super) fn after<'a>(words: &'a [String], phrase: &[&str]) -> Option<&'a [String]> {
    (0..words.len())
        .find(|&start| begins(&words[start..], phrase))
        .map(|start| &words[start + phrase.len()..])
}
