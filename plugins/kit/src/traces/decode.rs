//! Other ways to read the same bytes: unpacked, decoded, backwards.
//!
//! Every reading is tried wherever it could begin. A wrong one gives noise, in which nothing is
//! found, so that nothing has to be guessed.

use super::{DECODED_MAX, Form, inflate};

/// Characters of a text in an alphabet from which it may hold a piece of
/// [`PIECE_MIN`](super::PIECE_MIN) bytes.
const RUN_MIN: usize = 32;
/// Values of a dump's line from which it is one.
const LINE_MIN: usize = 4;
/// Bytes of a zip entry's header before its name.
const ZIP_HEADER: usize = 30;

/// One reading.
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// How the content is held, if it is found here; none for the bytes as they are.
    pub(super) form: Option<Form>,
    /// Steps from the bytes as they are.
    pub(super) depth: usize,
    turned: bool,
    shifted: bool,
}

impl View {
    /// The bytes as they are.
    pub(super) fn whole(data: &[u8]) -> Self {
        Self { bytes: data.to_vec(), form: None, depth: 0, turned: false, shifted: false }
    }

    fn next(&self, bytes: Vec<u8>, form: Form) -> Self {
        // The outermost step names the form: a reader meets it first.
        let form = Some(self.form.unwrap_or(form));
        Self { bytes, form, depth: self.depth + 1, turned: self.turned, shifted: self.shifted }
    }
}

/// Every reading that is one step away.
pub(super) fn views(view: &View) -> Vec<View> {
    let data = &view.bytes;
    let mut found = Vec::new();
    let mut add = |bytes: Vec<u8>, form| {
        if bytes.len() >= super::PIECE_MIN {
            found.push(view.next(bytes, form));
        }
    };
    unpacked(data).into_iter().for_each(|bytes| add(bytes, Form::Compressed));
    let mut radix_64 = runs(data, |byte| value_64(byte).is_some());
    let shift = !view.shifted && radix_64.iter().any(|run| may_be_shifted(run));
    radix_64.retain(|run| is_mixed(run));
    for phase in 0..4 {
        add(joined(&radix_64, phase, 6, value_64), Form::Encoded);
    }
    let radix_32 = runs(data, |byte| value_32(byte).is_some());
    for phase in 0..8 {
        add(joined(&radix_32, phase, 5, value_32), Form::Encoded);
    }
    let radix_16 = runs(&without_marks(data), |byte| value_16(byte).is_some());
    for phase in 0..2 {
        add(joined(&radix_16, phase, 4, value_16), Form::Encoded);
    }
    dumps(data).into_iter().for_each(|bytes| add(bytes, Form::Encoded));
    if !view.turned {
        let backwards = data.iter().rev().copied().collect();
        found.push(View { turned: true, ..view.next(backwards, Form::Encoded) });
    }
    if shift {
        let turned = data.iter().map(|&byte| half_turn(byte)).collect();
        found.push(View { shifted: true, ..view.next(turned, Form::Encoded) });
    }
    found
}

/// What comes out of every compressed stream that begins in the data.
fn unpacked(data: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for at in 0..data.len().saturating_sub(10) {
        let rest = &data[at..];
        match rest {
            [0x1f, 0x8b, 8, flags, ..] => {
                if let Some(start) = gzip_body(rest, *flags) {
                    found.push(inflate::inflate(&rest[start..], DECODED_MAX));
                }
            }
            [0x78, second, ..] if (0x78 << 8 | u32::from(*second)).is_multiple_of(31) => {
                found.push(inflate::inflate(&rest[2..], DECODED_MAX));
            }
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, ..] => {
                found.push(inflate::bunzip(rest, DECODED_MAX));
            }
            [b'P', b'K', 3, 4, ..] if rest.len() > ZIP_HEADER && rest[8] == 8 => {
                let length = |at: usize| usize::from(rest[at]) | usize::from(rest[at + 1]) << 8;
                if let Some(body) = rest.get(ZIP_HEADER + length(26) + length(28)..) {
                    found.push(inflate::inflate(body, DECODED_MAX));
                }
            }
            _ => {}
        }
    }
    found
}

/// Where the compressed bytes of a gzip member begin (RFC 1952).
fn gzip_body(member: &[u8], flags: u8) -> Option<usize> {
    let mut at = 10;
    if flags & 4 != 0 {
        at += 2 + usize::from(*member.get(at)?) + (usize::from(*member.get(at + 1)?) << 8);
    }
    for _ in 0..(flags >> 3 & 1) + (flags >> 4 & 1) {
        at += member.get(at..)?.iter().position(|&byte| byte == 0)? + 1;
    }
    at += usize::from(flags & 2);
    (at < member.len()).then_some(at)
}

/// Stretches of an alphabet, white space left out, that are long enough to hold something.
fn runs(data: &[u8], is_digit: impl Fn(u8) -> bool) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut run = Vec::new();
    for &byte in data {
        if is_digit(byte) {
            run.push(byte);
        } else if !byte.is_ascii_whitespace() {
            if run.len() >= RUN_MIN {
                found.push(std::mem::take(&mut run));
            }
            run.clear();
        }
    }
    if run.len() >= RUN_MIN {
        found.push(run);
    }
    found
}

/// Content in base 64 has letters of both cases, but for one run in some millions; a list of paths
/// or of sums has not, and is long.
fn is_mixed(run: &[u8]) -> bool {
    run.iter().any(u8::is_ascii_uppercase) && run.iter().any(u8::is_ascii_lowercase)
}

/// Capitals come from base 64 or 32; hexadecimal letters turn into those from n to s.
fn may_be_shifted(run: &[u8]) -> bool {
    run.iter().any(u8::is_ascii_uppercase)
        || run.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'n'..=b's'))
}

/// All runs decoded one after the other, without their first `phase` digits.
fn joined(runs: &[Vec<u8>], phase: usize, bits: u32, value: impl Fn(u8) -> Option<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    for run in runs {
        let (mut held, mut count) = (0_u32, 0);
        for digit in run.iter().skip(phase).filter_map(|&byte| value(byte)) {
            held = held << bits | u32::from(digit);
            count += bits;
            if count >= 8 {
                count -= 8;
                out.push((held >> count) as u8);
            }
        }
    }
    out
}

fn value_64(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

fn value_32(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

fn value_16(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// The same text without what programs write between hexadecimal bytes: `\x`, `0x`, `,`, `:`.
fn without_marks(data: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut before = 0;
    for &byte in data {
        match byte {
            // Of `0x` the zero goes too; of `\x` the digit before it belongs to another byte.
            b'x' if before == b'0' => {
                out.pop();
            }
            b'x' => {}
            b'\\' | b',' | b':' | b'"' | b'\'' => {}
            _ => out.push(byte),
        }
        before = byte;
    }
    out
}

/// The dump that a text may be, read as bytes, as words of either order, and in other bases.
fn dumps(data: &[u8]) -> Vec<Vec<u8>> {
    let mut found = vec![Vec::new(); 4];
    for line in data.split(|&byte| byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let values = values(line);
        if values.len() < LINE_MIN {
            continue;
        }
        for value in values {
            if let Ok(number) = u64::from_str_radix(value, 16) {
                let bytes = number.to_be_bytes();
                let word = &bytes[8 - value.len().div_ceil(2).min(8)..];
                found[0].extend(word);
                found[1].extend(word.iter().rev());
            }
            if let Ok(number) = u16::from_str_radix(value, 8) {
                let size = if value.len() > 3 { 2 } else { 1 };
                found[2].extend(&number.to_le_bytes()[..size]);
            }
            found[3].extend(value.parse::<u8>().ok());
        }
    }
    found
}

/// The values of a dump's line: neither its offset nor its column of characters.
fn values(line: &str) -> Vec<&str> {
    let line = line.split('|').next().unwrap_or_default();
    let (offset, rest) = match line.split_once(": ") {
        // After an offset with a colon, two spaces end the values.
        Some((offset, rest)) => (Some(offset), rest.split("  ").next().unwrap_or_default()),
        None => (None, line),
    };
    let mut values: Vec<&str> =
        rest.split([' ', '\t', ',', '\r']).filter(|value| !value.is_empty()).collect();
    let is_offset =
        |first: &str| first.len() >= 6 && values.get(1).is_some_and(|v| v.len() != first.len());
    if offset.is_none() && values.first().is_some_and(|first| is_offset(first)) {
        values.remove(0);
    }
    values
}

fn half_turn(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
        _ => byte,
    }
}
