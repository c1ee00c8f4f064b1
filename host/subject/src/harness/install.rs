//! A harness's package on this machine: installed by npm, read only, known by its digest.

use crate::harness::kind::Harness;
use record::digest::{Digest, DigestBuilder};
use record::event::Blame;
use record::result::HarnessClaim;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;
use trial::port::Fault;

/// An installed harness.
#[derive(Clone, Debug)]
pub struct Installed {
    folder: PathBuf,
    /// Which one.
    pub harness: Harness,
    /// Programs of this machine that it needs, each with its name.
    needs: Vec<(String, PathBuf)>,
    sha256: Digest,
    version: String,
}

impl Installed {
    /// Looks at the package in `folder`, where [`install`] or `npm install --prefix` put it. `path`
    /// is the `PATH` on which the programs are looked for that it needs.
    ///
    /// # Errors
    /// `Setup` when it is not there, is another package, or a program that it needs is missing.
    pub fn find(harness: Harness, folder: &Path, path: &OsStr) -> Result<Self, Fault> {
        let (name, title) = (harness.name(), harness.title());
        let modules = folder.join("node_modules");
        let about = modules.join(harness.package()).join("package.json");
        let missing = |what: &dyn std::fmt::Display| {
            setup(format!(
                "{title} is not in {}: {what}\nhint: kinship harness install {name}",
                folder.display()
            ))
        };
        let text = fs::read(&about).map_err(|error| missing(&error))?;
        let about: Value = serde_json::from_slice(&text).map_err(|error| missing(&error))?;
        let version = about.get("version").and_then(Value::as_str).unwrap_or_default().to_owned();
        if version.is_empty() {
            return Err(missing(&"its package.json has no version"));
        }
        let mut needs = Vec::new();
        for (program, needed) in harness.0.programs() {
            match on_path(program, path) {
                Some(found) => needs.push((program.to_owned(), found)),
                None if needed => {
                    return Err(setup(format!(
                        "{title} needs {program}, which is not on the PATH\nhint: {}",
                        how_to_get(program)
                    )));
                }
                None => {}
            }
        }
        let sha256 = tree_digest(&modules)
            .map_err(|error| setup(format!("{}: {error}", modules.display())))?;
        Ok(Self { folder: folder.to_owned(), harness, needs, sha256, version })
    }

    /// What a result says of it.
    pub fn claim(&self) -> HarnessClaim {
        HarnessClaim {
            name: self.harness.name().to_owned(),
            sha256: self.sha256,
            version: self.version.clone(),
        }
    }

    /// The version of its package.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where its packages are.
    pub(super) fn modules(&self) -> PathBuf {
        self.folder.join("node_modules")
    }

    /// Programs of this machine, and where it looks for them.
    pub(super) fn programs(&self) -> impl Iterator<Item = (&Path, String)> {
        self.needs.iter().map(|(name, path)| (path.as_path(), format!("/usr/bin/{name}")))
    }
}

/// Has npm install the package, without any of its install scripts, in `folder`.
///
/// # Errors
/// `Setup` when npm is missing or fails.
pub async fn install(
    harness: Harness,
    version: &str,
    folder: &Path,
    path: &OsStr,
) -> Result<(), Fault> {
    let npm = on_path("npm", path)
        .ok_or_else(|| setup(format!("npm is not on the PATH\nhint: {}", how_to_get("npm"))))?;
    fs::create_dir_all(folder).map_err(|error| setup(format!("{}: {error}", folder.display())))?;
    let package = format!("{}@{version}", harness.package());
    let output = Command::new(npm)
        .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact"])
        .arg("--prefix")
        .arg(folder)
        .arg(&package)
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| setup(format!("npm: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().filter(|line| line.contains("error")).take(3).collect();
    Err(setup(format!("npm could not install {package} ({}): {}", output.status, said.join("; "))))
}

/// SHA-256 over a line for each file of an installed package's `node_modules`, in the order of their
/// paths' bytes: `SHA256 MODE PATH\n`, where MODE is `x` for an executable file, `-` for another and
/// `l` for a link (whose digest is that of its target's text), and PATH is relative, with `/`. npm's
/// own list of what it installed, `.package-lock.json`, is left out: it has no code.
///
/// # Errors
/// When something cannot be read, or a path is not UTF-8.
pub fn tree_digest(modules: &Path) -> std::io::Result<Digest> {
    let mut lines = Vec::new();
    list(modules, "", &mut lines)?;
    lines.sort();
    let mut digest = DigestBuilder::default();
    for (path, mode, sha256) in lines {
        digest.update(format!("{sha256} {mode} {path}\n").as_bytes());
    }
    Ok(digest.finish())
}

fn list(
    folder: &Path,
    below: &str,
    lines: &mut Vec<(String, char, Digest)>,
) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let odd = || std::io::Error::other(format!("{}: not UTF-8", entry.path().display()));
        let name = entry.file_name().into_string().map_err(|_| odd())?;
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(&entry.path(), &path, lines)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(entry.path())?;
            let text = target.to_str().ok_or_else(odd)?;
            lines.push((path, 'l', Digest::of(text.as_bytes())));
        } else if path != ".package-lock.json" {
            let executable = entry.metadata()?.permissions().mode() & 0o111 != 0;
            lines.push((path, if executable { 'x' } else { '-' }, file_digest(&entry.path())?));
        }
    }
    Ok(())
}

fn file_digest(path: &Path) -> std::io::Result<Digest> {
    let mut file = fs::File::open(path)?;
    let (mut digest, mut buffer) = (DigestBuilder::default(), vec![0; 1 << 20]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(digest.finish());
        }
        digest.update(&buffer[..count]);
    }
}

/// The program of that name, links followed.
fn on_path(name: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .and_then(|file| file.canonicalize().ok())
}

fn how_to_get(program: &str) -> String {
    match program {
        "rg" => "apt-get install ripgrep".to_owned(),
        "node" | "npm" => {
            "install Node 20 or later, for example apt-get install nodejs npm".to_owned()
        }
        other => format!("install {other}"),
    }
}

fn setup(message: String) -> Fault {
    Fault::new(Blame::Setup, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_digest_is_of_every_files_bytes_path_and_mode() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("a")).unwrap();
        fs::write(at("a/b"), "one").unwrap();
        fs::write(at(".package-lock.json"), "{}").unwrap();
        let first = tree_digest(folder.path()).unwrap();
        let expected = format!("{} - a/b\n", Digest::of(b"one"));
        assert_eq!(first, Digest::of(expected.as_bytes()));
        fs::write(at(".package-lock.json"), "{ }").unwrap();
        assert_eq!(tree_digest(folder.path()).unwrap(), first);
        fs::set_permissions(at("a/b"), fs::Permissions::from_mode(0o755)).unwrap();
        let executable = tree_digest(folder.path()).unwrap();
        assert_ne!(executable, first);
        symlink("a/b", at("link")).unwrap();
        assert_ne!(tree_digest(folder.path()).unwrap(), executable);
    }

    #[test]
    fn what_is_missing_is_named_with_the_way_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let harness: Harness = "gemini-cli".parse().unwrap();
        let error = Installed::find(harness, folder.path(), OsStr::new("")).unwrap_err();
        let at = folder.path().display();
        assert_eq!(
            error.message,
            format!(
                "Gemini CLI is not in {at}: No such file or directory (os error 2)\n\
                 hint: kinship harness install gemini-cli"
            )
        );
        let package = folder.path().join("node_modules/@google/gemini-cli");
        fs::create_dir_all(&package).unwrap();
        fs::write(package.join("package.json"), r#"{"version":"0.61.0"}"#).unwrap();
        let error = Installed::find(harness, folder.path(), OsStr::new("/nowhere")).unwrap_err();
        assert_eq!(
            error.message,
            "Gemini CLI needs node, which is not on the PATH\n\
             hint: install Node 20 or later, for example apt-get install nodejs npm"
        );
    }
}
