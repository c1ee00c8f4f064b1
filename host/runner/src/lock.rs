//! One process works on a run at a time: a lock on a file beside the journal, which the kernel lets
//! go of however that process ends.

use crate::journal::{io, setup};
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;
use trial::port::Fault;

/// Held by the process that writes.
pub const LOCK_FILE: &str = "run.lock";
/// How often the lock is tried before it counts as held, and the time between.
const LOOKS: u32 = 3;
const LOOK: Duration = Duration::from_millis(20);

/// The process that works on the run in `folder` now, in words such as `process 12`; none if nobody
/// does.
///
/// # Errors
/// `Setup` when the lock cannot be read.
pub fn holder(folder: &Path) -> Result<Option<String>, Fault> {
    let path = folder.join(LOCK_FILE);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(&path, &error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(Some(named(&mut file))),
        Err(TryLockError::Error(error)) => Err(io(&path, &error)),
    }
}

/// Takes the lock, for this process alone.
///
/// # Errors
/// `Setup` when another process has it, or the file cannot be made.
pub(crate) fn take(folder: &Path) -> Result<File, Fault> {
    let path = folder.join(LOCK_FILE);
    let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = open.map_err(|error| io(&path, &error))?;
    for tries_left in (0..LOOKS).rev() {
        match file.try_lock() {
            Ok(()) => break,
            // Whoever only looks who is at work is gone in a moment.
            Err(TryLockError::WouldBlock) if tries_left > 0 => std::thread::sleep(LOOK),
            Err(TryLockError::WouldBlock) => {
                return Err(setup(format!(
                    "{}: in use by another process ({}); wait for it, or stop it and run the same \
                     command again",
                    folder.display(),
                    named(&mut file)
                )));
            }
            Err(TryLockError::Error(error)) => return Err(io(&path, &error)),
        }
    }
    let write = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| write!(file, "process {}", std::process::id()));
    write.map_err(|error| io(&path, &error))?;
    Ok(file)
}

/// Who holds the lock, as it wrote into the file.
fn named(file: &mut File) -> String {
    let mut named = String::new();
    // The number is a courtesy; the lock is what counts.
    let _ = file.read_to_string(&mut named);
    let named = named.trim();
    if named.is_empty() { "number unknown".to_owned() } else { named.to_owned() }
}
