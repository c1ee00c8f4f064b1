//! A tool server that is not here: what comes on its standard input goes to the host, and what the
//! host says is its standard output.

use crate::request::RELAY;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

/// Relays until the host closes; the end of standard input is passed on first.
pub(crate) fn run() -> ExitCode {
    match relay() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn relay() -> io::Result<()> {
    let mut connection = UnixStream::connect(crate::SOCKET)?;
    connection.write_all(&[RELAY])?;
    let mut asking = connection.try_clone()?;
    std::thread::Builder::new().spawn(move || {
        // Either end may go first; then there is nothing to pass on.
        drop(copy(&mut io::stdin().lock(), &mut asking));
        drop(asking.shutdown(Shutdown::Write));
    })?;
    copy(&mut connection, &mut io::stdout().lock())
}

/// As `io::copy`, but every part is written out as it comes: standard output is line buffered.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..length])?;
        to.flush()?;
    }
}
