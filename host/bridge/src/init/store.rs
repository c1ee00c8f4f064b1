//! The cage's files: puts down what the host sends, and reports what the harness changed.

mod walk;

use super::folder::Folder;
use super::link::Link;
use crate::frame::{FileHead, Settings};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, Metadata, Permissions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where a file is made before it takes its place: on the same file system, and never reported.
const PART: &str = "/run/session/part";
/// The nine permission bits.
const MODE: u32 = 0o777;

/// What was put down or reported, and what never is.
pub(super) struct Store {
    known: BTreeMap<String, Known>,
    /// What stood here before any file came: shells, libraries, folders.
    furniture: BTreeSet<String>,
    /// The harness's own files.
    own: BTreeSet<String>,
    ignored: Vec<String>,
    /// Reported once as over a bound.
    refused: BTreeSet<String>,
    /// Threads at the last report of too many.
    threads_told: usize,
    coming: Option<Coming>,
    print: Print,
    /// The machine's clock less the real one, in seconds.
    offset: i64,
    /// Real seconds since 1970 when the machine was made: what is younger was written in it.
    started: u64,
}

/// What a file was when it was last put down or reported.
#[derive(PartialEq, Eq)]
struct Known {
    print: [u64; 2],
    mode: u32,
    size: u64,
    modified: (i64, i64),
    inode: u64,
}

struct Coming {
    head: FileHead,
    contents: Vec<u8>,
}

/// Fingerprints of contents. Their keys are drawn at the start, so that nobody can make a change
/// that keeps a fingerprint.
struct Print([RandomState; 2]);

impl Print {
    fn of(&self, contents: &[u8]) -> [u64; 2] {
        [0, 1].map(|index: usize| {
            let mut hasher = self.0[index].build_hasher();
            hasher.write(contents);
            hasher.finish()
        })
    }
}

impl Store {
    /// Everything that is there now is furniture.
    pub(super) fn new(settings: Settings) -> io::Result<Self> {
        let started = now();
        let clock = i64::try_from(settings.clock).unwrap_or(i64::MAX);
        let mut store = Self {
            known: BTreeMap::new(),
            furniture: BTreeSet::new(),
            own: BTreeSet::new(),
            ignored: settings.ignored,
            refused: BTreeSet::new(),
            threads_told: 0,
            coming: None,
            print: Print([RandomState::new(), RandomState::new()]),
            offset: clock - i64::try_from(started).unwrap_or(i64::MAX),
            started,
        };
        store.furniture = walk::everything()?;
        Ok(store)
    }

    /// The machine's clock less the real one, in seconds.
    pub(super) const fn offset(&self) -> i64 {
        self.offset
    }

    /// A file will come.
    pub(super) fn begin(&mut self, link: &Link, payload: &[u8]) -> io::Result<()> {
        let head = FileHead::decode(payload)?;
        self.coming = Some(Coming { head, contents: Vec::new() });
        self.finish(link);
        Ok(())
    }

    /// More of its contents.
    pub(super) fn append(&mut self, link: &Link, bytes: &[u8]) {
        if let Some(coming) = &mut self.coming {
            coming.contents.extend(bytes);
        }
        self.finish(link);
    }

    /// Puts it down once it is whole.
    fn finish(&mut self, link: &Link) {
        let whole = |coming: &Coming| coming.contents.len() as u64 >= coming.head.size;
        let Some(Coming { head, contents }) = self.coming.take_if(|coming| whole(coming)) else {
            return;
        };
        // A world may have a file where the machine needs one of its own, such as a shell.
        if self.furniture.contains(&head.path) || self.own.contains(&head.path) {
            return;
        }
        match self.put(&head, &contents) {
            Ok(_) if head.own => {
                self.own.insert(head.path);
            }
            Ok(metadata) => {
                let known = self.known_as(&metadata, &contents);
                self.known.insert(head.path, known);
            }
            Err(error) => link.odd(&format!("{} cannot be written: {error}", head.path)),
        }
    }

    fn put(&self, head: &FileHead, contents: &[u8]) -> io::Result<Metadata> {
        let (folder, name) = place(&head.path)?;
        let result = write_part(head, contents).and_then(|metadata| {
            let to = folder.path(name);
            if fs::symlink_metadata(&to).is_ok_and(|there| there.is_dir()) {
                fs::remove_dir_all(&to)?;
            }
            fs::rename(PART, to)?;
            Ok(metadata)
        });
        if result.is_err() {
            drop(fs::remove_file(PART));
        }
        result
    }

    /// Removes a file, and the folders that it leaves empty.
    pub(super) fn remove(&mut self, link: &Link, payload: &[u8]) {
        let path = String::from_utf8_lossy(payload).into_owned();
        self.known.remove(&path);
        if self.furniture.contains(&path) || self.own.contains(&path) {
            return;
        }
        let removed = hold(&path).and_then(|(folder, name)| fs::remove_file(folder.path(name)));
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                link.odd(&format!("{path} cannot be removed: {error}"));
            }
            _ => self.remove_empty(&path),
        }
    }

    fn remove_empty(&self, path: &str) {
        let above = Path::new(path).ancestors().skip(1).filter_map(Path::to_str);
        for folder in above.take_while(|folder| !self.furniture.contains(*folder)) {
            let removed = hold(folder).and_then(|(above, name)| fs::remove_dir(above.path(name)));
            if removed.is_err() {
                break;
            }
        }
    }

    fn known_as(&self, metadata: &Metadata, contents: &[u8]) -> Known {
        Known {
            print: self.print.of(contents),
            mode: metadata.mode() & MODE,
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            inode: metadata.ino(),
        }
    }

    fn is_ignored(&self, path: &str) -> bool {
        let below = |ignored: &String| {
            path.strip_prefix(ignored.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        path == "/run/session" || self.own.contains(path) || self.ignored.iter().any(below)
    }
}

fn write_part(head: &FileHead, contents: &[u8]) -> io::Result<Metadata> {
    drop(fs::remove_file(PART));
    let mut file = File::create_new(PART)?;
    file.write_all(contents)?;
    file.set_permissions(Permissions::from_mode(head.mode & MODE))?;
    file.set_times(times(head.modified))?;
    file.metadata()
}

fn times(modified: u64) -> FileTimes {
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(modified)).unwrap_or(UNIX_EPOCH);
    FileTimes::new().set_modified(time).set_accessed(time)
}

/// The folder of a path, made where it is missing, and the last name.
fn place(path: &str) -> io::Result<(Folder, &OsStr)> {
    let (above, name) = split(path)?;
    let mut folder = Folder::root()?;
    for part in above {
        folder = folder.make(part)?;
    }
    Ok((folder, name))
}

/// The folder of a path, and the last name.
fn hold(path: &str) -> io::Result<(Folder, &OsStr)> {
    let (above, name) = split(path)?;
    let mut folder = Folder::root()?;
    for part in above {
        folder = folder.folder(part)?;
    }
    Ok((folder, name))
}

/// The parts of an absolute path that goes nowhere but down.
fn split(path: &str) -> io::Result<(Vec<&OsStr>, &OsStr)> {
    let mut components = Path::new(path).components();
    let mut parts = match components.next() {
        Some(Component::RootDir) => components
            .map(|part| match part {
                Component::Normal(name) => Some(name),
                _ => None,
            })
            .collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let name = parts.as_mut().and_then(Vec::pop);
    match (parts, name) {
        (Some(parts), Some(name)) => Ok((parts, name)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "no absolute path")),
    }
}

#[allow(clippy::disallowed_methods, reason = "only this process knows when the harness starts")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_down_only() {
        let (above, name) = split("/srv/a b/c").unwrap();
        assert_eq!((above.len(), name), (2, OsStr::new("c")));
        for wrong in ["", "/", "srv/a", "/srv/../etc/passwd", ".."] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fingerprints_tell_contents_apart() {
        let print = Print([RandomState::new(), RandomState::new()]);
        assert_eq!(print.of(b"a"), print.of(b"a"));
        assert_ne!(print.of(b"a"), print.of(b"b"));
        assert_ne!(print.of(b""), Print([RandomState::new(), RandomState::new()]).of(b""));
    }
}
