//! How a file operation fails.

use std::fmt;

/// Why a file operation failed. Displays as a shell would say it: `PATH: No such file …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VfsError {
    /// The path it is about.
    pub path: String,
    /// What is wrong.
    pub kind: VfsErrorKind,
}

/// The ways in which a file operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VfsErrorKind {
    /// Nothing is there.
    NotFound,
    /// A folder, where a file was expected.
    IsDirectory,
    /// A file, where a folder was expected.
    NotDirectory,
    /// Something is there already.
    Exists,
    /// A folder with something in it.
    NotEmpty,
    /// Not absolute, too long, or with a NUL in it.
    BadPath,
    /// Links that lead in a circle.
    LinkLoop,
    /// The file or the world would be larger than its limit.
    TooLarge,
}

impl fmt::Display for VfsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.kind {
            VfsErrorKind::NotFound => "No such file or directory",
            VfsErrorKind::IsDirectory => "Is a directory",
            VfsErrorKind::NotDirectory => "Not a directory",
            VfsErrorKind::Exists => "File exists",
            VfsErrorKind::NotEmpty => "Directory not empty",
            VfsErrorKind::BadPath => "Invalid path",
            VfsErrorKind::LinkLoop => "Too many levels of symbolic links",
            VfsErrorKind::TooLarge => "No space left on device",
        };
        write!(f, "{}: {text}", self.path)
    }
}

impl std::error::Error for VfsError {}

pub(super) fn fail(path: &str, kind: VfsErrorKind) -> VfsError {
    VfsError { path: path.to_owned(), kind }
}
