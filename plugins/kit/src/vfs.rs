//! The files of a world, and its clock: what is written is stamped with the world's time.

mod entry;
mod error;
mod path;

use crate::File;
use error::fail;
use path::{names_of, normal};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;

pub use entry::{Entry, Node};
pub use error::{VfsError, VfsErrorKind};
pub use path::{join, parent};

/// Most entries of a world: well over what a scenario places, well under what a guest can hold.
pub const ENTRIES_MAX: usize = 10_000;
/// Most bytes of one file: a larger one would not pass the host's output limit.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// Most bytes of all files together: keeps a runaway loop of an agent inside the guest's memory.
pub const BYTES_MAX: usize = 16 << 20;
/// Longest path in bytes, as on most systems.
pub const PATH_BYTES_MAX: usize = 4096;
/// Symbolic links followed before a path counts as a loop, as on Linux.
const LINKS_MAX: usize = 40;

/// A virtual file system in path order. Paths are absolute, with `/` between names; `.`, `..` and
/// repeated slashes are resolved by text. `/` always exists.
#[derive(Clone, Debug)]
pub struct Vfs {
    entries: BTreeMap<String, Entry>,
    now: u64,
    bytes: usize,
    changes: u64,
}

/// What stands there and the time; not how it came to be so.
impl PartialEq for Vfs {
    fn eq(&self, other: &Self) -> bool {
        (&self.entries, self.now) == (&other.entries, other.now)
    }
}

impl Eq for Vfs {}

impl Default for Vfs {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Vfs {
    /// Only `/`, at the time `now` in seconds since 1970.
    #[must_use]
    pub fn new(now: u64) -> Self {
        let root = Entry { node: Node::Directory, modified: now, mode: 0o755 };
        Self { entries: BTreeMap::from([("/".to_owned(), root)]), now, bytes: 0, changes: 0 }
    }

    /// The world's time in seconds since 1970.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// How many changes were made so far: as long as it stays, nothing was written, moved, stamped
    /// or removed. A world compares it around a call and looks closer only after one that counts.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Moves the world's clock on.
    pub fn advance(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(seconds);
    }

    /// Places a file with its folders, its time and mode: for building a world.
    ///
    /// # Panics
    /// When the path or size is not possible: a mistake of the scenario, not of a subject.
    pub fn place(&mut self, path: &str, text: impl AsRef<[u8]>, modified: u64, mode: u32) {
        let now = std::mem::replace(&mut self.now, modified);
        let placed = self.put(&File {
            path: path.to_owned(),
            contents: text.as_ref().to_vec(),
            modified,
            mode,
        });
        self.now = now;
        placed.unwrap_or_else(|error| panic!("the scenario places {error}"));
    }

    /// Writes a whole file as given, with missing folders.
    ///
    /// # Errors
    /// As [`Vfs::write`]; missing folders are made.
    pub fn put(&mut self, file: &File) -> Result<(), VfsError> {
        let path = self.resolve(&file.path)?;
        self.make_directories(parent(&path))?;
        self.write(&path, &file.contents)?;
        if let Some(entry) = self.entries.get_mut(&path) {
            entry.modified = file.modified;
            entry.mode = file.mode & 0o777;
        }
        Ok(())
    }

    /// The entry at a path, links followed.
    ///
    /// # Errors
    /// When nothing is there.
    pub fn entry(&self, path: &str) -> Result<&Entry, VfsError> {
        if let Some(entry) = self.plain(path) {
            return Ok(entry);
        }
        let path = self.resolve(path)?;
        self.entries.get(&path).ok_or_else(|| fail(&path, VfsErrorKind::NotFound))
    }

    /// The entry at a path; a link itself where it is one.
    ///
    /// # Errors
    /// When nothing is there.
    pub fn link_entry(&self, path: &str) -> Result<&Entry, VfsError> {
        let path = self.resolve_parent(path)?;
        self.entries.get(&path).ok_or_else(|| fail(&path, VfsErrorKind::NotFound))
    }

    /// Whether something is at a path.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.entry(path).is_ok()
    }

    /// Whether a folder is at a path.
    #[must_use]
    pub fn is_directory(&self, path: &str) -> bool {
        self.entry(path).is_ok_and(|entry| entry.node == Node::Directory)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// When nothing is there, or a folder.
    pub fn read(&self, path: &str) -> Result<&[u8], VfsError> {
        match &self.entry(path)?.node {
            Node::File(contents) => Ok(contents),
            Node::Directory => Err(fail(path, VfsErrorKind::IsDirectory)),
            Node::Link(_) => Err(fail(path, VfsErrorKind::LinkLoop)),
        }
    }

    /// The text of a file, without a copy; empty when there is none or it is not UTF-8.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        self.read(path).ok().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// The text of a file; bytes that are not UTF-8 read as U+FFFD.
    ///
    /// # Errors
    /// When nothing is there, or a folder.
    pub fn read_text(&self, path: &str) -> Result<String, VfsError> {
        Ok(String::from_utf8_lossy(self.read(path)?).into_owned())
    }

    /// Writes a file, stamped now. A new one has mode 644; an old one keeps its mode.
    ///
    /// # Errors
    /// When its folder is missing, a folder is in its place, or a limit is reached.
    pub fn write(&mut self, path: &str, contents: &[u8]) -> Result<(), VfsError> {
        let path = self.resolve(path)?;
        self.check_parent(&path)?;
        let old = match self.entries.get(&path).map(|entry| &entry.node) {
            Some(Node::Directory) => return Err(fail(&path, VfsErrorKind::IsDirectory)),
            Some(Node::File(old)) => old.len(),
            _ => 0,
        };
        let total = self.bytes - old + contents.len();
        if contents.len() > FILE_BYTES_MAX || total > BYTES_MAX {
            return Err(fail(&path, VfsErrorKind::TooLarge));
        }
        let node = Node::File(contents.to_vec());
        self.set(path, node, 0o644)?;
        self.bytes = total;
        Ok(())
    }

    /// Adds to the end of a file, or makes it.
    ///
    /// # Errors
    /// As [`Vfs::write`].
    pub fn append(&mut self, path: &str, contents: &[u8]) -> Result<(), VfsError> {
        let mut all = if self.exists(path) { self.read(path)?.to_vec() } else { Vec::new() };
        all.extend_from_slice(contents);
        self.write(path, &all)
    }

    /// Makes one folder.
    ///
    /// # Errors
    /// When something is there, or its own folder is not.
    pub fn make_directory(&mut self, path: &str) -> Result<(), VfsError> {
        let path = self.resolve(path)?;
        if self.entries.contains_key(&path) {
            return Err(fail(&path, VfsErrorKind::Exists));
        }
        self.check_parent(&path)?;
        self.set(path, Node::Directory, 0o755)
    }

    /// Makes a folder and all above it that are missing.
    ///
    /// # Errors
    /// When a file is in the way.
    pub fn make_directories(&mut self, path: &str) -> Result<(), VfsError> {
        let path = self.resolve(path)?;
        match self.entries.get(&path).map(|entry| &entry.node) {
            Some(Node::Directory) => Ok(()),
            Some(_) => Err(fail(&path, VfsErrorKind::NotDirectory)),
            None => {
                self.make_directories(parent(&path))?;
                self.set(path, Node::Directory, 0o755)
            }
        }
    }

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// When something is there, or its folder is not.
    pub fn make_link(&mut self, target: &str, path: &str) -> Result<(), VfsError> {
        let path = self.resolve_parent(path)?;
        if self.entries.contains_key(&path) {
            return Err(fail(&path, VfsErrorKind::Exists));
        }
        self.check_parent(&path)?;
        self.set(path, Node::Link(target.to_owned()), 0o777)
    }

    /// Removes a file, a link, or an empty folder.
    ///
    /// # Errors
    /// When nothing is there, or a folder that is not empty, or `/`.
    pub fn remove(&mut self, path: &str) -> Result<(), VfsError> {
        let path = self.resolve_parent(path)?;
        let entry = self.entries.get(&path).ok_or_else(|| fail(&path, VfsErrorKind::NotFound))?;
        if entry.node == Node::Directory && (path == "/" || self.children(&path).next().is_some()) {
            return Err(fail(&path, VfsErrorKind::NotEmpty));
        }
        self.take(&path);
        self.stamp(parent(&path));
        Ok(())
    }

    /// Removes whatever is at a path and below it; `/` itself stays.
    ///
    /// # Errors
    /// When nothing is there.
    pub fn remove_all(&mut self, path: &str) -> Result<(), VfsError> {
        let path = self.resolve_parent(path)?;
        if !self.entries.contains_key(&path) {
            return Err(fail(&path, VfsErrorKind::NotFound));
        }
        for below in self.below(&path) {
            self.take(&below);
        }
        if path != "/" {
            self.take(&path);
            self.stamp(parent(&path));
        }
        Ok(())
    }

    /// Moves a file, a link or a folder with all below it; a file or an empty folder in the new
    /// place gives way.
    ///
    /// # Errors
    /// When nothing is there, the new folder is missing, or the new place is inside the old one.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), VfsError> {
        let (from, to) = (self.resolve_parent(from)?, self.resolve_parent(to)?);
        let moved = self.link_entry(&from)?.node.clone();
        if from == to {
            return Ok(());
        }
        if from == "/" || to.starts_with(&format!("{from}/")) {
            return Err(fail(&to, VfsErrorKind::BadPath));
        }
        self.check_parent(&to)?;
        match self.entries.get(&to).map(|entry| &entry.node) {
            Some(Node::Directory) if moved != Node::Directory => {
                return Err(fail(&to, VfsErrorKind::IsDirectory));
            }
            Some(Node::File(_) | Node::Link(_)) if moved == Node::Directory => {
                return Err(fail(&to, VfsErrorKind::NotDirectory));
            }
            Some(_) => self.remove(&to)?,
            None => {}
        }
        for old in std::iter::once(from.clone()).chain(self.below(&from)) {
            if let Some(entry) = self.entries.remove(&old) {
                self.changes += 1;
                self.entries.insert(format!("{to}{}", &old[from.len()..]), entry);
            }
        }
        self.stamp(parent(&from));
        self.stamp(parent(&to));
        Ok(())
    }

    /// Sets the nine permission bits.
    ///
    /// # Errors
    /// When nothing is there.
    pub fn set_mode(&mut self, path: &str, mode: u32) -> Result<(), VfsError> {
        self.entry_mut(path)?.mode = mode & 0o777;
        Ok(())
    }

    /// Sets the time of last change, in seconds since 1970.
    ///
    /// # Errors
    /// When nothing is there.
    pub fn set_modified(&mut self, path: &str, modified: u64) -> Result<(), VfsError> {
        self.entry_mut(path)?.modified = modified;
        Ok(())
    }

    /// Names in a folder with their entries, in order.
    ///
    /// # Errors
    /// When nothing is there, or a file.
    pub fn list(&self, path: &str) -> Result<Vec<(&str, &Entry)>, VfsError> {
        let path = self.resolve(path)?;
        match self.entries.get(&path).map(|entry| &entry.node) {
            Some(Node::Directory) => Ok(self.children(&path).collect()),
            Some(_) => Err(fail(&path, VfsErrorKind::NotDirectory)),
            None => Err(fail(&path, VfsErrorKind::NotFound)),
        }
    }

    /// Regular files at or below a path, in path order; links are not followed.
    #[must_use]
    pub fn files(&self, under: &str) -> Vec<File> {
        let Ok(under) = normal(under) else { return Vec::new() };
        let below = if under == "/" { under.clone() } else { format!("{under}/") };
        let own = self.entries.get_key_value(&under).into_iter();
        own.chain(
            self.entries.range(below.clone()..).take_while(|(path, _)| path.starts_with(&below)),
        )
        .filter_map(|(path, entry)| match &entry.node {
            Node::File(contents) => Some(File {
                path: path.clone(),
                contents: contents.clone(),
                modified: entry.modified,
                mode: entry.mode,
            }),
            Node::Directory | Node::Link(_) => None,
        })
        .collect()
    }

    /// Every path with its entry, in path order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// Bytes of all files together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The path with every link on the way followed; what it names need not exist.
    ///
    /// # Errors
    /// When the path is not absolute or links lead in a circle.
    pub fn resolve(&self, path: &str) -> Result<String, VfsError> {
        if self.plain(path).is_some() {
            return Ok(path.to_owned());
        }
        let whole = normal(path)?;
        let new = !self.entries.contains_key(&whole) && self.plain(parent(&whole)).is_some();
        if new || self.plain(&whole).is_some() {
            return Ok(whole);
        }
        let mut left = LINKS_MAX;
        let mut resolved = String::from("/");
        let mut rest: Vec<String> = names_of(&whole);
        rest.reverse();
        while let Some(name) = rest.pop() {
            let next = normal(&join(&resolved, &name))?;
            match self.entries.get(&next).map(|entry| &entry.node) {
                Some(Node::Link(target)) => {
                    left = left.checked_sub(1).ok_or_else(|| fail(path, VfsErrorKind::LinkLoop))?;
                    let target = normal(&join(&resolved, target))?;
                    let mut names = names_of(&target);
                    names.reverse();
                    rest.extend(names);
                    resolved = String::from("/");
                }
                _ => resolved = next,
            }
        }
        Ok(resolved)
    }

    /// The entry whose key a path is as it stands. Keys are in one spelling and no link is above
    /// them, so this spares most paths their taking apart.
    fn plain(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path).filter(|entry| !matches!(entry.node, Node::Link(_)))
    }

    fn resolve_parent(&self, path: &str) -> Result<String, VfsError> {
        let path = normal(path)?;
        if path == "/" {
            return Ok(path);
        }
        let (above, name) = (parent(&path), &path[path.rfind('/').map_or(0, |at| at + 1)..]);
        Ok(join(&self.resolve(above)?, name))
    }

    fn check_parent(&self, path: &str) -> Result<(), VfsError> {
        match self.entries.get(parent(path)).map(|entry| &entry.node) {
            Some(Node::Directory) => Ok(()),
            Some(_) => Err(fail(path, VfsErrorKind::NotDirectory)),
            None => Err(fail(path, VfsErrorKind::NotFound)),
        }
    }

    fn set(&mut self, path: String, node: Node, mode: u32) -> Result<(), VfsError> {
        let (now, count) = (self.now, self.entries.len());
        self.changes += 1;
        match self.entries.entry(path) {
            MapEntry::Occupied(mut old) => {
                let old = old.get_mut();
                old.node = node;
                old.modified = now;
            }
            MapEntry::Vacant(free) => {
                if count >= ENTRIES_MAX {
                    return Err(fail(free.key(), VfsErrorKind::TooLarge));
                }
                let above = parent(free.key()).to_owned();
                free.insert(Entry { node, modified: now, mode });
                self.stamp(&above);
            }
        }
        Ok(())
    }

    fn take(&mut self, path: &str) {
        self.changes += 1;
        if let Some(Entry { node: Node::File(contents), .. }) = self.entries.remove(path) {
            self.bytes -= contents.len();
        }
    }

    fn stamp(&mut self, path: &str) {
        if let Some(entry) = self.entries.get_mut(path) {
            entry.modified = self.now;
        }
    }

    fn entry_mut(&mut self, path: &str) -> Result<&mut Entry, VfsError> {
        let path = self.resolve(path)?;
        self.changes += 1;
        self.entries.get_mut(&path).ok_or_else(|| fail(&path, VfsErrorKind::NotFound))
    }

    fn below(&self, path: &str) -> Vec<String> {
        let prefix = if path == "/" { "/".to_owned() } else { format!("{path}/") };
        self.entries
            .range(prefix.clone()..)
            .take_while(|(p, _)| p.starts_with(&prefix))
            .map(|(p, _)| p.clone())
            .filter(|p| p != "/")
            .collect()
    }

    fn children<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a Entry)> + use<'a> {
        let prefix = if path == "/" { "/".to_owned() } else { format!("{path}/") };
        let length = prefix.len();
        self.entries
            .range(prefix.clone()..)
            .take_while(move |(p, _)| p.starts_with(&prefix))
            .map(move |(p, entry)| (&p[length..], entry))
            .filter(|(name, _)| !name.is_empty() && !name.contains('/'))
    }
}

#[cfg(test)]
mod tests;
