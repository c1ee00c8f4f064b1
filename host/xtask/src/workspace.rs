//! The workspace as cargo and git see it.

use crate::error::TaskError;
use crate::process;
use cargo_metadata::{Metadata, MetadataCommand, Package};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where guests live, from the root.
pub(crate) const PLUGINS: &str = "plugins";

/// The root folder and what `cargo metadata` says of it.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Absolute.
    pub(crate) root: PathBuf,
    metadata: Metadata,
}

impl Workspace {
    /// Our packages only: quick, needs no network.
    ///
    /// # Errors
    /// When cargo cannot read the workspace that contains the current folder.
    pub(crate) fn load() -> Result<Self, TaskError> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        Self::read(&mut command)
    }

    /// Our packages and all that they stand on.
    ///
    /// # Errors
    /// As [`Workspace::load`], and when the lock file is out of date.
    pub(crate) fn load_with_outside() -> Result<Self, TaskError> {
        Self::read(MetadataCommand::new().other_options(["--locked".to_owned()]))
    }

    fn read(command: &mut MetadataCommand) -> Result<Self, TaskError> {
        if let Some(cargo) = env::var_os("CARGO") {
            command.cargo_path(cargo);
        }
        let metadata = command.exec().map_err(|e| TaskError::Metadata(e.to_string()))?;
        Ok(Self { root: metadata.workspace_root.clone().into(), metadata })
    }

    /// Our packages, in the order of their folders.
    pub(crate) fn members(&self) -> Vec<&Package> {
        let mut members = self.metadata.workspace_packages();
        members.sort_by(|a, b| a.manifest_path.cmp(&b.manifest_path));
        members
    }

    /// Every package, ours and others'.
    pub(crate) fn packages(&self) -> &[Package] {
        &self.metadata.packages
    }

    /// Names of the packages that are built for the sandbox: those under `plugins/` that ask for
    /// a `cdylib`.
    pub(crate) fn guests(&self) -> Vec<String> {
        self.members()
            .into_iter()
            .filter(|p| {
                p.manifest_path.starts_with(self.root.join(PLUGINS).to_string_lossy().as_ref())
            })
            .filter(|p| p.targets.iter().any(|t| t.crate_types.contains(&"cdylib".into())))
            .map(|p| p.name.to_string())
            .collect()
    }

    /// Names of the guests that bring a shell: those that ask `kit` for it.
    pub(crate) fn guests_with_shell(&self) -> Vec<String> {
        let asks = |p: &&Package| {
            p.dependencies.iter().any(|d| d.name == "kit" && d.features.contains(&"shell".into()))
        };
        self.members().into_iter().filter(asks).map(|p| p.name.to_string()).collect()
    }

    /// A package's manifest, from the root, with forward slashes.
    pub(crate) fn manifest_of(&self, package: &Package) -> String {
        relative(&self.root, package.manifest_path.as_std_path())
    }

    /// Every file that git tracks or would track, from the root, sorted.
    ///
    /// # Errors
    /// When git is missing or this is no clone.
    pub(crate) fn files(&self) -> Result<Vec<String>, TaskError> {
        let mut git = Command::new("git");
        git.current_dir(&self.root);
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listed = process::output(&mut git, "work in a git clone of the repository")?;
        let mut files: Vec<String> = listed
            .split('\0')
            .filter(|f| !f.is_empty() && self.root.join(f).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// Text of a file, from the root.
    ///
    /// # Errors
    /// When it cannot be read as UTF-8.
    pub(crate) fn read_text(&self, file: &str) -> Result<String, TaskError> {
        let path = self.root.join(file);
        fs::read_to_string(&path).map_err(TaskError::file(&path, "read"))
    }
}

/// `path` from `root`, with forward slashes.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
