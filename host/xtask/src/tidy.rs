//! `cargo xtask tidy`: the rules of this repository that a compiler does not know.

mod contract;
mod licences;
mod map;
mod markdown;
mod members;
mod ratchet;
mod rooms;
mod sources;
mod walls;

use crate::error::TaskError;
use crate::workspace::Workspace;
use clap::Args;
use std::collections::BTreeMap;

/// Nothing to choose: every rule is checked, and every problem is shown at once.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  cargo xtask tidy

Rules: edge and wall (host/README.md), map (README.md), members (Cargo.toml), contract (wit/),
licence, ban and source (.deny.toml), module-doc, file-length, function-length, file-name,
unfinished, serde (exceptions: host/xtask/ratchet.toml)")]
pub(crate) struct Tidy {}

/// Checks every rule.
///
/// # Errors
/// With every problem; or when a file that states rules cannot be read.
pub(crate) fn run(_: &Tidy) -> Result<(), TaskError> {
    let workspace = Workspace::load_with_outside()?;
    let files = workspace.files()?;
    let rooms = rooms::of(&workspace)?;
    let texts = texts(&workspace, &files)?;
    let mut problems = Vec::new();
    problems.extend(walls::check(&text(&workspace, walls::RULES)?, &rooms, &texts));
    problems.extend(map::check(&text(&workspace, map::README)?, &files));
    problems.extend(members::check(&text(&workspace, members::MANIFEST)?, &rooms));
    problems.extend(contract::check(&text(&workspace, contract::README)?, &texts));
    problems.extend(sources::check(&text(&workspace, sources::RATCHET)?, &files, &texts));
    problems.extend(licences::check(
        &text(&workspace, licences::RULES)?,
        &licences::outside(workspace.packages()),
    ));
    problems.sort();
    if problems.is_empty() {
        println!("tidy: {} files, {} rooms, nothing to mend", files.len(), rooms.len());
        Ok(())
    } else {
        Err(TaskError::Problems(problems))
    }
}

/// A file that states rules. When it is missing it reads as empty, so that every other problem
/// is still shown: the rule then says what it misses in it.
fn text(workspace: &Workspace, file: &str) -> Result<String, TaskError> {
    if workspace.root.join(file).exists() { workspace.read_text(file) } else { Ok(String::new()) }
}

/// Texts by file: what rules look into.
type Texts = BTreeMap<String, String>;

fn texts(workspace: &Workspace, files: &[String]) -> Result<Texts, TaskError> {
    files
        .iter()
        .filter(|f| [".rs", ".wit"].iter().any(|end| f.ends_with(end)))
        .map(|f| Ok((f.clone(), workspace.read_text(f)?)))
        .collect()
}
