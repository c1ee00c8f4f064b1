//! Walks the machine's own file system and finds what the harness changed in it. Nothing is
//! followed: links, pipes and devices have no place in a world, so they are reported and removed.
//! What lies on another file system (`/proc`, what the host shows read-only) is none of it.

use super::super::folder::Folder;
use super::super::link::Link;
use super::{Known, MODE, Store, times};
use crate::frame::{FileHead, Frame, Kind, PAYLOAD_MAX};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

/// Entries that one walk looks at: a world has hundreds, and twenty cages walk at every turn.
const ENTRIES_MAX: usize = 20_000;
/// Folders inside each other.
const DEPTH_MAX: usize = 64;
/// Bytes of a file that a world takes: far more than anybody writes by hand.
const FILE_MAX: u64 = 4 * 1024 * 1024;
/// Bytes of all changes of one walk; the rest comes with the next.
const CHANGES_MAX: u64 = 32 * 1024 * 1024;
/// Larger files are read again only if size, time or inode changed. Smaller ones always: times can
/// be set back.
const TRUSTED_FROM: u64 = 1024 * 1024;
/// Reports of refused things in one walk.
const ODD_MAX: usize = 32;
/// Threads of all processes from which on their number is reported. A harness at work has up to 80.
const THREADS_LOUD: usize = 160;

/// Every path of the machine's own file system.
pub(super) fn everything() -> io::Result<BTreeSet<String>> {
    let root = Folder::root()?;
    let device = root.metadata()?.dev();
    let mut paths = BTreeSet::from(["/".to_owned()]);
    list(&root, "", device, 0, &mut paths);
    Ok(paths)
}

fn list(folder: &Folder, at: &str, device: u64, depth: usize, paths: &mut BTreeSet<String>) {
    for name in folder.names().unwrap_or_default() {
        let Some(path) = name.to_str().map(|name| format!("{at}/{name}")) else { continue };
        let below = fs::symlink_metadata(folder.path(&name))
            .is_ok_and(|metadata| metadata.is_dir() && metadata.dev() == device);
        if below
            && depth < DEPTH_MAX
            && let Ok(inner) = folder.folder(&name)
        {
            list(&inner, &path, device, depth + 1, paths);
        }
        // What another file system covers is furniture as well: it is nothing of a world.
        paths.insert(path);
    }
}

/// One walk.
struct Walk<'a> {
    store: &'a mut Store,
    link: &'a Link,
    device: u64,
    seen: BTreeSet<String>,
    entries: usize,
    bytes: u64,
    odd: usize,
    /// Something was left out, so that a path that was not seen may still be there.
    cut: bool,
}

impl Store {
    /// Sends what changed since the last time, in the order of paths; then what is gone.
    pub(crate) fn collect(&mut self, link: &Link) -> io::Result<()> {
        let root = Folder::root()?;
        let device = root.metadata()?.dev();
        let mut walk = Walk {
            store: self,
            link,
            device,
            seen: BTreeSet::new(),
            entries: 0,
            bytes: 0,
            odd: 0,
            cut: false,
        };
        walk.folder(&root, "", 0)?;
        walk.gone()?;
        self.count_threads(link);
        Ok(())
    }

    /// Tells of a machine that is full of processes, and again when they have become twice as many.
    fn count_threads(&mut self, link: &Link) {
        let Ok(entries) = fs::read_dir("/proc") else { return };
        let threads =
            entries.flatten().filter_map(|entry| fs::read_dir(entry.path().join("task")).ok());
        let count = threads.map(Iterator::count).sum::<usize>();
        if count >= THREADS_LOUD && count >= 2 * self.threads_told {
            self.threads_told = count;
            link.odd(&format!("{count} processes and threads are running"));
        }
    }
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Folder, at: &str, depth: usize) -> io::Result<()> {
        let names = match folder.names() {
            Ok(names) => names,
            Err(error) => return self.skip(at, &format!("cannot be read: {error}")),
        };
        for name in names {
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                let what = format!("has more than {ENTRIES_MAX} files; some were not looked at");
                return self.skip("the machine", &what);
            }
            let Some(path) = name.to_str().map(|name| format!("{at}/{name}")) else {
                self.odd(&format!("{at}/{}: a name that is no UTF-8", name.display()));
                continue;
            };
            if self.store.is_ignored(&path) {
                continue;
            }
            // Gone since the folder was listed: it is as if it had never been.
            let Ok(metadata) = fs::symlink_metadata(folder.path(&name)) else { continue };
            if metadata.dev() != self.device {
                continue;
            }
            if metadata.is_dir() {
                self.inner(folder, &name, &path, depth)?;
            } else if !self.store.furniture.contains(&path) {
                self.entry(folder, &name, path, &metadata)?;
            }
        }
        Ok(())
    }

    fn inner(&mut self, above: &Folder, name: &OsStr, path: &str, depth: usize) -> io::Result<()> {
        if depth >= DEPTH_MAX {
            return self.skip(path, &format!("is deeper than {DEPTH_MAX} folders"));
        }
        match above.folder(name) {
            Ok(inner) => self.folder(&inner, path, depth + 1),
            Err(error) => self.skip(path, &format!("cannot be read: {error}")),
        }
    }

    fn entry(
        &mut self,
        folder: &Folder,
        name: &OsStr,
        path: String,
        metadata: &Metadata,
    ) -> io::Result<()> {
        let kind = metadata.file_type();
        if kind.is_file() {
            match folder.file(name) {
                Ok(file) => return self.file(&file, path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => {
                    let told = self.skip(&path, &format!("cannot be read: {error}"));
                    self.seen.insert(path);
                    return told;
                }
            }
        }
        let what = if kind.is_symlink() {
            let to = fs::read_link(folder.path(name)).unwrap_or_default();
            format!("a link to {}", to.display())
        } else if kind.is_fifo() {
            "a pipe".to_owned()
        } else if kind.is_socket() {
            // Where programs on the machine talk to each other; a world has nothing like it.
            return Ok(());
        } else {
            "a device".to_owned()
        };
        let removed = match fs::remove_file(folder.path(name)) {
            Ok(()) => "it was removed",
            Err(_) => "it could not be removed",
        };
        self.odd(&format!("{path} was made {what}; {removed}"));
        Ok(())
    }

    fn file(&mut self, file: &File, path: String) -> io::Result<()> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(());
        }
        if metadata.size() > FILE_MAX {
            if self.store.refused.insert(path.clone()) {
                let size = metadata.size();
                self.odd(&format!("{path} holds {size} bytes; the world takes {FILE_MAX}"));
            }
            self.seen.insert(path);
            return Ok(());
        }
        let known = self.store.known.get(&path);
        if metadata.size() >= TRUSTED_FROM && known.is_some_and(|known| looks(known, &metadata)) {
            self.seen.insert(path);
            return Ok(());
        }
        let mut contents = Vec::new();
        file.take(FILE_MAX).read_to_end(&mut contents)?;
        let now = self.store.known_as(&metadata, &contents);
        if known.is_some_and(|known| known.print == now.print && known.mode == now.mode) {
            self.seen.insert(path);
            return Ok(());
        }
        if self.bytes + contents.len() as u64 > CHANGES_MAX {
            let what = format!("changed beyond {CHANGES_MAX} bytes of changes; it comes later");
            let told = self.skip(&path, &what);
            self.seen.insert(path);
            return told;
        }
        self.bytes += contents.len() as u64;
        self.send(file, path, &metadata, &contents)
    }

    /// Reports a file. Its time is made the machine's, whose clock is not the kernel's: a program
    /// that compares it with its own clock would find a file from another year.
    fn send(
        &mut self,
        file: &File,
        path: String,
        metadata: &Metadata,
        contents: &[u8],
    ) -> io::Result<()> {
        let mut modified = u64::try_from(metadata.mtime()).unwrap_or(0);
        if modified >= self.store.started {
            modified = modified.saturating_add_signed(self.store.offset);
            // A file that is gone by now needs none.
            drop(file.set_times(times(modified)));
        }
        let mode = metadata.mode() & MODE;
        let size = contents.len() as u64;
        let head = FileHead { path, mode, modified, size, own: false };
        self.link.send(&Frame::new(Kind::File, 0, head.encode()))?;
        for chunk in contents.chunks(PAYLOAD_MAX) {
            self.link.send(&Frame::new(Kind::Bytes, 0, chunk))?;
        }
        let known = self.store.known_as(&file.metadata()?, contents);
        self.seen.insert(head.path.clone());
        self.store.known.insert(head.path, known);
        Ok(())
    }

    fn gone(&mut self) -> io::Result<()> {
        if self.cut {
            return Ok(());
        }
        let known = self.store.known.keys();
        let gone: Vec<String> = known.filter(|path| !self.seen.contains(*path)).cloned().collect();
        for path in gone {
            self.link.send(&Frame::new(Kind::Gone, 0, path.as_bytes()))?;
            self.store.known.remove(&path);
        }
        Ok(())
    }

    /// Something is not looked at.
    fn skip(&mut self, path: &str, what: &str) -> io::Result<()> {
        self.cut = true;
        self.odd(&format!("{path} {what}"));
        Ok(())
    }

    fn odd(&mut self, what: &str) {
        self.odd += 1;
        if self.odd < ODD_MAX {
            self.link.odd(what);
        } else if self.odd == ODD_MAX {
            self.link.odd("and more of the kind");
        }
    }
}

/// Whether a file seems to be what it was, without a look at its contents.
fn looks(known: &Known, metadata: &Metadata) -> bool {
    known.size == metadata.size()
        && known.modified == (metadata.mtime(), metadata.mtime_nsec())
        && known.inode == metadata.ino()
        && known.mode == metadata.mode() & MODE
}
