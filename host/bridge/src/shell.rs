//! A shell that runs nothing itself: its words, its folder and what waits on its standard input go
//! to the host, and what comes back is its output and its status.

use crate::request::{Command, STDIN_MAX, play};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// How long a command of `-c` waits for the first bytes of its standard input. Nearly every caller
/// leaves it closed, empty or a terminal, which is seen at once; the rest have written by then.
const STDIN_WAIT: Duration = Duration::from_millis(100);
/// How long for more, once some came: whoever pipes something in closes the pipe.
const STDIN_REST: Duration = Duration::from_secs(2);
/// What shells say of a command that cannot be run, and of an argument list that is too long.
const STATUS_CANNOT: u8 = 126;

/// Asks the host and plays its answer.
pub(crate) fn run(name: &OsString, words: impl Iterator<Item = OsString>) -> ExitCode {
    let mut all = vec![name.as_bytes().to_vec()];
    all.extend(words.map(OsString::into_vec));
    let shown = String::from_utf8_lossy(&all[0]).into_owned();
    match ask(all) {
        Ok(status) => ExitCode::from(status.to_le_bytes()[0]),
        Err(error) => {
            // There is nobody left to tell where this fails too.
            drop(writeln!(io::stderr(), "{shown}: {error}"));
            ExitCode::from(STATUS_CANNOT)
        }
    }
}

fn ask(words: Vec<Vec<u8>>) -> io::Result<i32> {
    let given = words[1..].iter().any(|word| is_command_option(word));
    let stdin = stdin(given);
    let directory = std::env::current_dir().unwrap_or_else(|_| "/".into());
    let directory = directory.into_os_string().into_vec();
    let request = Command { words, directory, stdin }.encode();
    let request = request.ok_or_else(|| io::Error::other("Argument list too long"))?;
    let mut connection = UnixStream::connect(crate::SOCKET)?;
    connection.write_all(&request)?;
    play(&mut connection, &mut io::stdout().lock(), &mut io::stderr().lock())
}

/// `-c`, alone or among other letters: `-lc`.
fn is_command_option(word: &[u8]) -> bool {
    matches!(word, [b'-', letters @ ..] if letters.first() != Some(&b'-') && letters.contains(&b'c'))
}

/// What stands on standard input. With `patient` false (the script itself may stand there) all of
/// it up to its end, else what is there at once.
fn stdin(given: bool) -> Vec<u8> {
    let Ok(file) = io::stdin().as_fd().try_clone_to_owned().map(File::from) else {
        return Vec::new();
    };
    let silent = file.metadata().is_ok_and(|m| m.file_type().is_char_device());
    if given && (silent || file.is_terminal()) {
        return Vec::new();
    }
    let (sender, receiver) = mpsc::channel();
    let reading = std::thread::Builder::new().spawn(move || {
        let mut file = file.take(STDIN_MAX as u64);
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = file.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    let mut bytes = Vec::new();
    if reading.is_err() {
        return bytes;
    }
    loop {
        let part = match (given, bytes.is_empty()) {
            (false, _) => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            (true, true) => receiver.recv_timeout(STDIN_WAIT),
            (true, false) => receiver.recv_timeout(STDIN_REST),
        };
        match part {
            Ok(part) => bytes.extend(part),
            Err(_) => return bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_option_that_brings_the_command() {
        for yes in ["-c", "-lc", "-euxc"] {
            assert!(is_command_option(yes.as_bytes()), "{yes}");
        }
        for no in ["", "-", "-l", "--norc", "script.c", "c"] {
            assert!(!is_command_option(no.as_bytes()), "{no}");
        }
    }
}
