//! What a shell asks of the host on its channel, and is answered. The host is not alone in reading
//! these: whoever runs in the cage can write them, so every length has a bound.
//!
//! A request is one byte ([`COMMAND`] or [`RELAY`]); for a command a length (`u32`) and that many
//! bytes follow. An answer is a series of one byte ([`STDOUT`], [`STDERR`], [`STATUS`]), a length
//! and as many bytes; the status is last.

use crate::frame::{Reader, Writer, bad, size};
use std::io::{self, Read, Write};

/// A command for the world's shell.
pub const COMMAND: u8 = b'c';
/// From here on the bytes are those of a tool server's standard input and output.
pub const RELAY: u8 = b'm';
/// Part of an answer: standard output.
pub const STDOUT: u8 = 1;
/// Part of an answer: standard error.
pub const STDERR: u8 = 2;
/// The last part of an answer: the exit status (`i32`).
pub const STATUS: u8 = 3;

/// Bytes of a whole request. Linux itself refuses one argument over 128 KiB.
pub const REQUEST_MAX: usize = 512 * 1024;
/// Bytes of standard input that go with a command.
pub const STDIN_MAX: usize = 256 * 1024;
/// Bytes of one part of an answer.
pub const PART_MAX: usize = 64 * 1024;

/// A shell as it was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// All words, the shell's own name first.
    pub words: Vec<Vec<u8>>,
    /// Its working folder.
    pub directory: Vec<u8>,
    /// What stood on its standard input.
    pub stdin: Vec<u8>,
}

impl Command {
    /// Its bytes, with what comes before them; `None` when they are over [`REQUEST_MAX`].
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let mut body = Writer::default();
        body.0.extend(size(self.words.len()).to_le_bytes());
        for word in &self.words {
            body.bytes(word);
        }
        body.bytes(&self.directory);
        body.bytes(&self.stdin);
        if body.0.len() > REQUEST_MAX {
            return None;
        }
        let mut bytes = vec![COMMAND];
        bytes.extend(size(body.0.len()).to_le_bytes());
        bytes.extend(body.0);
        Some(bytes)
    }

    /// From the bytes after the length.
    ///
    /// # Errors
    /// When they are something else.
    pub fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut reader = Reader(bytes);
        let count = reader.size()?;
        let mut words = Vec::new();
        for _ in 0..count {
            words.push(reader.bytes()?.to_vec());
        }
        let directory = reader.bytes()?.to_vec();
        let stdin = reader.bytes()?.to_vec();
        if words.is_empty() || !reader.0.is_empty() {
            return Err(bad("number of words"));
        }
        Ok(Self { words, directory, stdin })
    }
}

/// What comes before a part of an answer. The part has at most [`PART_MAX`] bytes.
#[must_use]
pub fn part_head(part: u8, length: usize) -> [u8; 5] {
    let [a, b, c, d] = size(length).to_le_bytes();
    [part, a, b, c, d]
}

/// Writes an answer out as it comes and returns its status.
///
/// # Errors
/// When the connection ends before the status. That an output is closed is no error: the command
/// has run, and a shell would be told only at its next write.
pub(crate) fn play(
    connection: &mut impl Read,
    stdout: &mut impl Write,
    stderr: &mut impl Write,
) -> io::Result<i32> {
    loop {
        let mut head = [0; 5];
        connection.read_exact(&mut head)?;
        let [part, length @ ..] = head;
        let length = u32::from_le_bytes(length) as usize;
        if length > PART_MAX {
            return Err(bad("length"));
        }
        let mut bytes = vec![0; length];
        connection.read_exact(&mut bytes)?;
        match part {
            STDOUT => drop(stdout.write_all(&bytes).and_then(|()| stdout.flush())),
            STDERR => drop(stderr.write_all(&bytes).and_then(|()| stderr.flush())),
            _ => return bytes.try_into().map(i32::from_le_bytes).map_err(|_| bad("status")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_come_back() {
        let command = Command {
            words: vec![b"bash".to_vec(), b"-c".to_vec(), b"\xff\n".to_vec()],
            directory: b"/srv".to_vec(),
            stdin: vec![0; 1000],
        };
        let bytes = command.encode().unwrap();
        assert_eq!(bytes[0], COMMAND);
        assert_eq!(Command::decode(&bytes[5..]).unwrap(), command);
        for wrong in [&bytes[6..], &bytes[5..bytes.len() - 1], &[0xff; 9][..], &[0; 12][..]] {
            assert!(Command::decode(wrong).is_err());
        }
        let huge = Command { stdin: vec![0; REQUEST_MAX], ..command };
        assert_eq!(huge.encode(), None);
    }

    #[test]
    fn answers_are_played() {
        let out = vec![b'o'; PART_MAX * 2];
        let mut bytes = Vec::new();
        let status = (-3_i32).to_le_bytes();
        let halves = (&out[..PART_MAX], &out[PART_MAX..]);
        for (part, text) in
            [(STDOUT, halves.0), (STDERR, b"e"), (STDOUT, halves.1), (STATUS, &status[..])]
        {
            bytes.extend(part_head(part, text.len()));
            bytes.extend(text);
        }
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        assert_eq!(play(&mut &bytes[..], &mut stdout, &mut stderr).unwrap(), -3);
        assert_eq!((stdout, stderr), (out, b"e".to_vec()));
        let cut = &bytes[..bytes.len() - 1];
        assert!(play(&mut &cut[..], &mut Vec::new(), &mut Vec::new()).is_err());
    }
}
