//! Folders held open, so that a path is walked link by link and nothing can be slipped in between:
//! what is below a held folder is reached through `/proc/self/fd`.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

// `open(2)`'s flags, which differ between architectures; the standard library names none of them.
const NONBLOCK: i32 = 0o4000;
#[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
const DIRECTORY: i32 = 0o40_000;
#[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
const NOFOLLOW: i32 = 0o100_000;
#[cfg(not(any(target_arch = "aarch64", target_arch = "arm")))]
const DIRECTORY: i32 = 0o200_000;
#[cfg(not(any(target_arch = "aarch64", target_arch = "arm")))]
const NOFOLLOW: i32 = 0o400_000;

/// A folder that is open.
pub(super) struct Folder(File);

impl Folder {
    pub(super) fn root() -> io::Result<Self> {
        open_folder(PathBuf::from("/"))
    }

    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    /// A path of the entry of that name.
    pub(super) fn path(&self, name: &OsStr) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd())).join(name)
    }

    /// Names in byte order.
    pub(super) fn names(&self) -> io::Result<Vec<OsString>> {
        let entries = fs::read_dir(format!("/proc/self/fd/{}", self.0.as_raw_fd()))?;
        let mut names =
            entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    /// The folder of that name in this one, if it is one and no link to one.
    pub(super) fn folder(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.path(name);
        match open_folder(path.clone()) {
            // Whoever took the right to read it away owns it, and so does this process.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                fs::set_permissions(&path, Permissions::from_mode(0o700))?;
                open_folder(path)
            }
            other => other,
        }
    }

    /// The same, made if there is nothing, and in the place of anything else that is there.
    pub(super) fn make(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.path(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                fs::remove_file(&path)?;
                fs::create_dir(&path)?;
            }
            Err(_) => fs::create_dir(&path)?,
        }
        self.folder(name)
    }

    /// The file of that name, for reading: never through a link, and without waiting for the other
    /// end of a pipe.
    pub(super) fn file(&self, name: &OsStr) -> io::Result<File> {
        let path = self.path(name);
        let open = || OpenOptions::new().read(true).custom_flags(NOFOLLOW | NONBLOCK).open(&path);
        match open() {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let before = fs::symlink_metadata(&path)?.permissions();
                fs::set_permissions(&path, Permissions::from_mode(0o600))?;
                let opened = open();
                fs::set_permissions(&path, before)?;
                opened
            }
            other => other,
        }
    }
}

fn open_folder(path: PathBuf) -> io::Result<Folder> {
    OpenOptions::new().read(true).custom_flags(DIRECTORY | NOFOLLOW).open(path).map(Folder)
}
