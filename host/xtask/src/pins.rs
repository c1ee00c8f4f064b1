//! The digests of plugins that suites carry.

use crate::error::TaskError;
use crate::guests::Guest;
use crate::problem::Problem;
use std::path::{Component, Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, TomlError, value};

/// Where built plugins lie, from the root.
pub(crate) const BUILT: &str = "target/plugins";

/// Whether this is the manifest of a suite.
pub(crate) fn is_suite(file: &str) -> bool {
    let parts: Vec<_> = file.split('/').collect();
    matches!(parts[..], ["suite", _, "suite.toml"])
}

/// Every pin of the suite `text`, which stands in `file`, that is not the digest of what was built.
///
/// # Errors
/// When it is not TOML.
pub(crate) fn check(file: &str, text: &str, built: &[Guest]) -> Result<Vec<Problem>, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let mut problems = Vec::new();
    for_each_pin(file, &mut document, |at, entry| {
        let pinned = entry.get("sha256").and_then(Item::as_str).unwrap_or("nothing").to_owned();
        let (found, fix) = match guest(&at, built) {
            Some(guest) if guest.sha256 == pinned => return,
            Some(guest) => (
                format!("{at} is pinned as {pinned}, and built it is {}", guest.sha256),
                "if the change of the plugin is meant: `cargo xtask build-plugins --pin`, \
                 and raise its version"
                    .to_owned(),
            ),
            None => (
                format!("{at} is built from no package of this workspace"),
                format!("name one of: {}", names(built)),
            ),
        };
        let line = text.lines().position(|l| l.contains(&at)).map_or(0, |l| l + 1);
        problems.push(Problem { file: file.to_owned(), line, rule: "pin", found, fix });
    })?;
    Ok(problems)
}

/// The suite `text` with the digests of what was built; all else stays as it is.
///
/// # Errors
/// When it is not TOML.
pub(crate) fn rewrite(file: &str, text: &str, built: &[Guest]) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    for_each_pin(file, &mut document, |at, entry| {
        if let Some(guest) = guest(&at, built) {
            let mut digest = value(&guest.sha256);
            let old = entry.get("sha256").and_then(Item::as_value).map(|v| v.decor().clone());
            if let (Some(new), Some(old)) = (digest.as_value_mut(), old) {
                *new.decor_mut() = old;
            }
            entry.insert("sha256", digest);
        }
    })?;
    Ok(document.to_string())
}

/// Ids of the scenarios and of the scorers that the suite in `file` lists, a path from `root`.
///
/// # Errors
/// When it cannot be read, or is not TOML.
pub(crate) fn ids(root: &Path, file: &str) -> Result<(Vec<String>, Vec<String>), TaskError> {
    let path = root.join(file);
    let text = std::fs::read_to_string(&path).map_err(|source| TaskError::File {
        path: path.clone(),
        doing: "read",
        source,
    })?;
    let document: DocumentMut = text.parse().map_err(|error| TaskError::Refused {
        message: format!("{file}: {error}"),
        fix: "mend the manifest".to_owned(),
    })?;
    let ids = |kind: &str| {
        let tables = document.get(kind).and_then(Item::as_array_of_tables);
        let entries = tables.into_iter().flat_map(toml_edit::ArrayOfTables::iter);
        let id = |entry: &Table| entry.get("id").and_then(Item::as_str).map(str::to_owned);
        entries.filter_map(id).collect()
    };
    Ok((ids("scenario"), ids("scorer")))
}

/// Visits the entries of `[[scenario]]` and `[[scorer]]` whose component lies in [`BUILT`], each
/// with the component's path as it is typed. A third party's component is not ours to pin.
fn for_each_pin(
    file: &str,
    document: &mut DocumentMut,
    mut visit: impl FnMut(String, &mut Table),
) -> Result<(), TomlError> {
    let folder = Path::new(file).parent().unwrap_or(Path::new("")).to_owned();
    for kind in ["scenario", "scorer"] {
        let tables = document.get_mut(kind).and_then(Item::as_array_of_tables_mut);
        for entry in tables.into_iter().flat_map(toml_edit::ArrayOfTables::iter_mut) {
            let Some(typed) = entry.get("path").and_then(Item::as_str).map(str::to_owned) else {
                continue;
            };
            if plain(&folder.join(&typed)).starts_with(BUILT) {
                visit(typed, entry);
            }
        }
    }
    Ok(())
}

/// Without `.` and `..`; the file need not exist.
fn plain(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                parts.pop();
            }
            Component::CurDir => {}
            other => parts.push(other),
        }
    }
    parts
}

fn guest<'a>(typed: &str, built: &'a [Guest]) -> Option<&'a Guest> {
    let stem = Path::new(typed).file_stem()?.to_str()?;
    built.iter().find(|g| g.package == stem)
}

fn names(built: &[Guest]) -> String {
    built.iter().map(|g| format!("{}.wasm", g.package)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITE: &str = r#"format = 0 # why

[[scenario]]
path = "../../target/plugins/night.wasm"
sha256 = "aa" # pinned
trials = 2

[[scorer]]
path = "vendored/other.wasm"
sha256 = "cc"
"#;

    fn built(package: &str, sha256: &str) -> Vec<Guest> {
        let path = PathBuf::new();
        vec![Guest { package: package.into(), sha256: sha256.into(), size: 0, path }]
    }

    #[track_caller]
    fn check_pins(built: &[Guest], expected: &[&str]) {
        let problems = check("suite/smoke/suite.toml", SUITE, built).unwrap();
        let shown: Vec<_> = problems.iter().map(|p| format!("{}: {}", p.line, p.found)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn pins_are_compared_with_what_is_built() {
        check_pins(&built("night", "aa"), &[]);
        check_pins(
            &built("night", "bb"),
            &["4: ../../target/plugins/night.wasm is pinned as aa, and built it is bb"],
        );
        check_pins(
            &built("day", "bb"),
            &["4: ../../target/plugins/night.wasm is built from no package of this workspace"],
        );
    }

    #[test]
    fn a_pin_is_rewritten_and_nothing_else() {
        let new = rewrite("suite/smoke/suite.toml", SUITE, &built("night", "bb")).unwrap();
        assert_eq!(new, SUITE.replace("\"aa\"", "\"bb\""));
        assert!(check("suite/smoke/suite.toml", &new, &built("night", "bb")).unwrap().is_empty());
    }

    #[test]
    fn suites_are_found_by_their_place() {
        assert!(is_suite("suite/smoke/suite.toml"));
        assert!(!is_suite("suite/smoke/cells/suite.toml"));
        assert!(!is_suite("host/suite.toml"));
    }
}
