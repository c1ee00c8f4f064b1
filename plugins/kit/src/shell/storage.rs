//! The world's files as the shell's library wants them.

use super::{World, lock};
use crate::Vfs;
use crate::vfs::{Entry, Node, VfsError, VfsErrorKind};
use bashkit::{DirEntry, FileType, FsBackend, Metadata, Result, async_trait};
use std::io::{Error as IoError, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A stamp this close to the host's clock was taken from it, and means the world's `now`.
const HOST_NOW: Duration = Duration::from_secs(10);

pub(super) struct Storage<S> {
    world: Arc<Mutex<World<S>>>,
}

impl<S> Storage<S> {
    pub(super) fn new(world: Arc<Mutex<World<S>>>) -> Self {
        Self { world }
    }

    fn with<T>(
        &self,
        path: &Path,
        act: impl FnOnce(&mut Vfs, &str) -> std::result::Result<T, VfsError>,
    ) -> Result<T> {
        let path = path.to_string_lossy();
        act(&mut lock(&self.world).files, &path).map_err(io_error)
    }
}

#[async_trait]
impl<S: Send + 'static> FsBackend for Storage<S> {
    async fn read(&self, path: &Path) -> Result<Vec<u8>> {
        self.with(path, |files, path| Ok(files.read(path)?.to_vec()))
    }

    async fn write(&self, path: &Path, content: &[u8]) -> Result<()> {
        self.with(path, |files, path| files.write(path, content))
    }

    async fn append(&self, path: &Path, content: &[u8]) -> Result<()> {
        self.with(path, |files, path| files.append(path, content))
    }

    async fn mkdir(&self, path: &Path, recursive: bool) -> Result<()> {
        self.with(path, |files, path| {
            if recursive { files.make_directories(path) } else { files.make_directory(path) }
        })
    }

    async fn remove(&self, path: &Path, recursive: bool) -> Result<()> {
        self.with(
            path,
            |files, path| {
                if recursive { files.remove_all(path) } else { files.remove(path) }
            },
        )
    }

    async fn stat(&self, path: &Path) -> Result<Metadata> {
        self.with(path, |files, path| Ok(metadata(files.link_entry(path)?)))
    }

    async fn read_dir(&self, path: &Path) -> Result<Vec<DirEntry>> {
        self.with(path, |files, path| {
            let entries = files.list(path)?.into_iter();
            Ok(entries
                .map(|(name, entry)| DirEntry { name: name.to_owned(), metadata: metadata(entry) })
                .collect())
        })
    }

    async fn exists(&self, path: &Path) -> Result<bool> {
        self.with(path, |files, path| Ok(files.link_entry(path).is_ok()))
    }

    async fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let to = to.to_string_lossy();
        self.with(from, |files, from| files.rename(from, &to))
    }

    async fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        let to = to.to_string_lossy();
        self.with(from, |files, from| {
            let (contents, mode) = (files.read(from)?.to_vec(), files.entry(from)?.mode);
            let fresh = !files.exists(&to);
            files.write(&to, &contents)?;
            if fresh { files.set_mode(&to, mode) } else { Ok(()) }
        })
    }

    async fn symlink(&self, target: &Path, link: &Path) -> Result<()> {
        let target = target.to_string_lossy();
        self.with(link, |files, link| files.make_link(&target, link))
    }

    async fn read_link(&self, path: &Path) -> Result<PathBuf> {
        self.with(path, |files, path| match &files.link_entry(path)?.node {
            Node::Link(target) => Ok(PathBuf::from(target)),
            _ => Err(VfsError { path: path.to_owned(), kind: VfsErrorKind::BadPath }),
        })
    }

    async fn chmod(&self, path: &Path, mode: u32) -> Result<()> {
        self.with(path, |files, path| files.set_mode(path, mode))
    }

    async fn set_modified_time(&self, path: &Path, time: SystemTime) -> Result<()> {
        self.with(path, |files, path| {
            let seconds = match time.duration_since(UNIX_EPOCH) {
                Ok(_) if is_host_now(time) => files.now(),
                Ok(since) => since.as_secs(),
                Err(_) => 0,
            };
            files.set_modified(path, seconds)
        })
    }
}

/// `touch` of the library takes the present from the host, whose clock is none of the world's.
#[allow(clippy::disallowed_methods, reason = "only to recognise a time that was read from it")]
fn is_host_now(time: SystemTime) -> bool {
    let now = SystemTime::now();
    now.duration_since(time).or_else(|_| time.duration_since(now)).is_ok_and(|d| d < HOST_NOW)
}

fn metadata(entry: &Entry) -> Metadata {
    let (file_type, size) = match &entry.node {
        Node::File(contents) => (FileType::File, contents.len()),
        Node::Directory => (FileType::Directory, 4096),
        Node::Link(target) => (FileType::Symlink, target.len()),
    };
    let modified = UNIX_EPOCH + Duration::from_secs(entry.modified);
    Metadata { file_type, size: size as u64, mode: entry.mode, modified, created: modified }
}

fn io_error(error: VfsError) -> bashkit::Error {
    // The shell's commands print the path themselves; these are the texts that they expect.
    match error.kind {
        VfsErrorKind::NotFound => IoError::new(ErrorKind::NotFound, "No such file or directory"),
        VfsErrorKind::Exists => IoError::new(ErrorKind::AlreadyExists, "File exists"),
        VfsErrorKind::IsDirectory => IoError::other("is a directory"),
        VfsErrorKind::NotDirectory => IoError::other("not a directory"),
        VfsErrorKind::NotEmpty => IoError::other("directory not empty"),
        VfsErrorKind::BadPath => IoError::new(ErrorKind::InvalidInput, "Invalid argument"),
        VfsErrorKind::LinkLoop => IoError::other("Too many levels of symbolic links"),
        VfsErrorKind::TooLarge => IoError::other("No space left on device"),
    }
    .into()
}
