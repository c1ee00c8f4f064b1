//! Paths as text: joined, split and brought into one spelling.

use super::error::fail;
use super::{PATH_BYTES_MAX, VfsError, VfsErrorKind};

/// `name` seen from the folder `directory`; `name` itself where it is absolute.
#[must_use]
pub fn join(directory: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    format!("{}/{name}", directory.trim_end_matches('/'))
}

/// The folder of a path; `/` for `/`.
#[must_use]
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => &path[..at],
    }
}

pub(super) fn normal(path: &str) -> Result<String, VfsError> {
    if !path.starts_with('/') || path.len() > PATH_BYTES_MAX || path.contains('\0') {
        let shown = path.chars().take(200).collect::<String>();
        return Err(fail(&shown, VfsErrorKind::BadPath));
    }
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            _ => names.push(name),
        }
    }
    Ok(format!("/{}", names.join("/")))
}

pub(super) fn names_of(normal: &str) -> Vec<String> {
    normal.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
