//! `cargo xtask build-plugins`: every guest, the same bytes in every folder.

use crate::error::TaskError;
use crate::guests::{self, Guest, Place};
use crate::pins;
use crate::problem::Problem;
use crate::workspace::Workspace;
use clap::Args;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};
use toml_edit::TomlError;

/// What to do beside building.
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  cargo xtask build-plugins            build into target/plugins and print digests
  cargo xtask build-plugins ticket-triage      only one, while writing it
  cargo xtask build-plugins --pin      and write the digests into suite/*/suite.toml
  cargo xtask build-plugins --check    what the tests do
  cargo xtask build-plugins --check --twice    what CI does beside them")]
pub(crate) struct BuildPlugins {
    /// Write the digests of what was built into suite/*/suite.toml
    #[arg(long, conflicts_with = "check")]
    pub(crate) pin: bool,
    /// Fail when a suite pins another digest than that of what was built
    #[arg(long)]
    pub(crate) check: bool,
    /// Build a copy in another folder, with another cargo home, language and time zone, and fail
    /// when a byte differs
    #[arg(long)]
    pub(crate) twice: bool,
    /// Only these packages; all, when none is named
    #[arg(value_name = "PACKAGE", conflicts_with_all = ["pin", "check"])]
    pub(crate) packages: Vec<String>,
}

/// Builds, and then pins, checks or compares.
///
/// # Errors
/// When a guest does not build, a pin differs, or two builds differ.
pub(crate) fn run(asked: &BuildPlugins) -> Result<(), TaskError> {
    let workspace = Workspace::load()?;
    guests::install_target(&workspace.root)?;
    let packages = chosen(&workspace.guests(), &asked.packages)?;
    let place = Place::of(&workspace)?;
    // Side by side: most of a guest's build is its link, which uses one core.
    let (built, again) = thread::scope(|scope| {
        let elsewhere = asked.twice.then(|| scope.spawn(|| build_elsewhere(&workspace, &packages)));
        (guests::build(&place, &packages), elsewhere.map(ScopedJoinHandle::join))
    });
    let built = built?;
    publish(&workspace.root.join(pins::BUILT), &built)?;
    for guest in &built {
        println!("{}  {:>9}  {}/{}.wasm", guest.sha256, guest.size, pins::BUILT, guest.package);
    }
    if asked.pin {
        pin(&workspace, &built)?;
    }
    if asked.check {
        check(&workspace, &built)?;
    }
    if let Some(again) = again {
        let again = again.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        compare(&built, &again)?;
        println!("{} plugins: the same bytes in two folders", built.len());
    }
    Ok(())
}

fn chosen(guests: &[String], asked: &[String]) -> Result<Vec<String>, TaskError> {
    match asked.iter().find(|name| !guests.contains(name)) {
        Some(unknown) => Err(TaskError::Refused {
            message: format!("{unknown} is no package under plugins/ that builds a component"),
            fix: format!("name one of: {}", guests.join(", ")),
        }),
        None if asked.is_empty() => Ok(guests.to_vec()),
        None => Ok(asked.to_vec()),
    }
}

/// Copies to where suites look, by way of a new name: whoever reads meanwhile sees a whole file.
fn publish(folder: &Path, built: &[Guest]) -> Result<(), TaskError> {
    fs::create_dir_all(folder).map_err(TaskError::file(folder, "create"))?;
    for guest in built {
        let new = folder.join(format!("{}.new", guest.package));
        fs::copy(&guest.path, &new).map_err(TaskError::file(&new, "write"))?;
        let path = folder.join(format!("{}.wasm", guest.package));
        fs::rename(&new, &path).map_err(TaskError::file(&path, "write"))?;
    }
    Ok(())
}

fn pin(workspace: &Workspace, built: &[Guest]) -> Result<(), TaskError> {
    for file in workspace.files()?.into_iter().filter(|f| pins::is_suite(f)) {
        let old = workspace.read_text(&file)?;
        let new = pins::rewrite(&file, &old, built).map_err(|e| not_toml(&file, &e))?;
        if new == old {
            println!("{file}: its pins stand");
        } else {
            let path = workspace.root.join(&file);
            fs::write(&path, new).map_err(TaskError::file(&path, "write"))?;
            println!("{file}: pinned");
        }
    }
    Ok(())
}

fn check(workspace: &Workspace, built: &[Guest]) -> Result<(), TaskError> {
    let mut problems: Vec<Problem> = Vec::new();
    for file in workspace.files()?.into_iter().filter(|f| pins::is_suite(f)) {
        let text = workspace.read_text(&file)?;
        problems.extend(pins::check(&file, &text, built).map_err(|e| not_toml(&file, &e))?);
    }
    if problems.is_empty() { Ok(()) } else { Err(TaskError::Problems(problems)) }
}

fn not_toml(file: &str, error: &TomlError) -> TaskError {
    TaskError::Refused {
        message: format!("{file}: {error}"),
        fix: "mend the line that is shown".to_owned(),
    }
}

/// Builds a copy of the sources, in a folder of another name and depth.
fn build_elsewhere(workspace: &Workspace, packages: &[String]) -> Result<Vec<Guest>, TaskError> {
    let scratch = tempfile::Builder::new()
        .prefix("kinship-elsewhere-")
        .tempdir()
        .map_err(TaskError::file(&std::env::temp_dir(), "create"))?;
    let root = scratch.path().join("a folder").join("deeper");
    for file in workspace.files()? {
        let to = root.join(&file);
        let folder = to.parent().unwrap_or(&root);
        fs::create_dir_all(folder).map_err(TaskError::file(folder, "create"))?;
        fs::copy(workspace.root.join(&file), &to).map_err(TaskError::file(&to, "write"))?;
    }
    let cargo_home = scratch.path().join("cargo");
    fs::create_dir(&cargo_home).map_err(TaskError::file(&cargo_home, "create"))?;
    // The same downloads under another path.
    for part in ["registry", "git"] {
        let real = guests::cargo_home()?.join(part);
        if real.exists() {
            let link = cargo_home.join(part);
            symlink(&real, &link).map_err(TaskError::file(&link, "create"))?;
        }
    }
    let place = Place {
        root,
        target: scratch.path().join("products"),
        cargo_home,
        environment: vec![("LC_ALL", "C.UTF-8"), ("TZ", "Pacific/Auckland")],
    };
    guests::build(&place, packages)
}

fn compare(first: &[Guest], second: &[Guest]) -> Result<(), TaskError> {
    let problems: Vec<Problem> = first
        .iter()
        .zip(second)
        .filter(|(a, b)| a.sha256 != b.sha256)
        .map(|(a, b)| Problem {
            file: format!("{}/{}.wasm", pins::BUILT, a.package),
            line: 0,
            rule: "reproducible",
            found: format!(
                "{} bytes with digest {} here, {} bytes with digest {} in a copy",
                a.size, a.sha256, b.size, b.sha256
            ),
            fix: "find what of the folder got in: `strings` on both, or remove target/guests and \
                  build again if the compiler was changed"
                .to_owned(),
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(TaskError::Problems(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn guest(sha256: &str) -> Guest {
        let path = PathBuf::new();
        Guest { package: "night".into(), sha256: sha256.into(), size: 9, path }
    }

    #[test]
    fn a_byte_that_differs_is_a_problem() {
        assert!(compare(&[guest("aa")], &[guest("aa")]).is_ok());
        let text = compare(&[guest("aa")], &[guest("bb")]).unwrap_err().to_string();
        assert!(text.contains("target/plugins/night.wasm: [reproducible]"), "{text}");
        assert!(text.contains("digest aa here") && text.contains("digest bb in a copy"), "{text}");
    }

    #[test]
    fn a_package_that_is_no_guest_is_refused_with_those_that_are() {
        let guests = ["day".to_owned(), "night".to_owned()];
        assert_eq!(chosen(&guests, &[]).unwrap(), guests);
        assert_eq!(chosen(&guests, &["day".to_owned()]).unwrap(), ["day"]);
        let text = chosen(&guests, &["kit".to_owned()]).unwrap_err().to_string();
        assert!(text.starts_with("kit is no package"), "{text}");
        assert!(text.ends_with("fix: name one of: day, night"), "{text}");
    }

    #[test]
    fn a_plugin_is_published_whole_and_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        fs::write(&source, b"component").unwrap();
        let built = Guest { path: source, ..guest("aa") };
        let out = folder.path().join("plugins");
        publish(&out, std::slice::from_ref(&built)).unwrap();
        publish(&out, &[built]).unwrap();
        let names: Vec<_> = fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["night.wasm"]);
        assert_eq!(fs::read(out.join("night.wasm")).unwrap(), b"component");
    }
}
