//! Our packages, as the rules see them.

use crate::error::TaskError;
use crate::workspace::{Workspace, relative};
use cargo_metadata::DependencyKind;

/// A package of the workspace.
#[derive(Clone, Debug)]
pub(super) struct Room {
    /// Package name.
    pub(super) name: String,
    /// Its folder, from the root.
    pub(super) folder: String,
    /// Its manifest, from the root.
    pub(super) manifest: String,
    /// Text of the manifest.
    pub(super) text: String,
    /// Packages of ours that it depends on, to run or to build.
    pub(super) ours: Vec<String>,
    /// Packages of ours that only its tests depend on.
    pub(super) tests: Vec<String>,
    /// Packages of others, for any purpose.
    pub(super) outside: Vec<String>,
}

impl Room {
    /// Line of the manifest, from 1, that asks for `dependency`; 0 when none does by that name.
    pub(super) fn line_of(&self, dependency: &str) -> usize {
        let asks = |line: &str| {
            let line = line.trim_start().trim_start_matches("[dependencies.");
            line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=', ']']))
        };
        self.text.lines().position(asks).map_or(0, |index| index + 1)
    }
}

/// Every package of the workspace.
///
/// # Errors
/// When a manifest cannot be read.
pub(super) fn of(workspace: &Workspace) -> Result<Vec<Room>, TaskError> {
    let members = workspace.members();
    let mut rooms = Vec::new();
    for package in &members {
        let manifest = workspace.manifest_of(package);
        let folder = package.manifest_path.parent().map(|p| p.as_std_path());
        let (ours, outside): (Vec<_>, Vec<_>) =
            package.dependencies.iter().partition(|d| d.path.is_some());
        let (tests, ours): (Vec<_>, Vec<_>) =
            ours.into_iter().partition(|d| d.kind == DependencyKind::Development);
        rooms.push(Room {
            name: package.name.to_string(),
            folder: folder.map(|f| relative(&workspace.root, f)).unwrap_or_default(),
            text: workspace.read_text(&manifest)?,
            manifest,
            tests: tests.into_iter().map(|d| d.name.clone()).collect(),
            ours: ours.into_iter().map(|d| d.name.clone()).collect(),
            outside: outside.into_iter().map(|d| d.name.clone()).collect(),
        });
    }
    Ok(rooms)
}
