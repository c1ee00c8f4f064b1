//! A suite on disk, with its plugins loaded.

use crate::ambient;
use crate::error::CliError;
use record::digest::Digest;
use record::event::Blame;
use record::suite::{SUITE_BYTES_MAX, Suite};
use sandbox::{Sandbox, Settings};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use trial::port::Fault;
use trial::resolve::{Plugins, resolve};

/// Largest component that is read at all. A scenario with a shell has 7 MB.
pub(crate) const COMPONENT_BYTES_MAX: usize = 64 << 20;

/// A checked suite and its plugins.
pub(crate) struct LoadedSuite {
    /// The manifest's bytes: its digest is the suite's.
    pub(crate) text: Vec<u8>,
    pub(crate) suite: Suite,
    pub(crate) plugins: Plugins,
    /// Components by digest, in the suite's order, each once: a bundle carries them.
    pub(crate) components: Vec<(Digest, Vec<u8>)>,
}

pub(crate) fn load(path: &Path, sandbox: &Sandbox) -> Result<LoadedSuite, CliError> {
    let path = manifest_path(path);
    let text = read_limited(&path, SUITE_BYTES_MAX)
        .map_err(|error| error.hint("name a suite manifest: --suite suite/smoke/suite.toml"))?;
    let suite = Suite::parse(&text).map_err(|error| {
        CliError::bad(format!("{}: {error}", path.display()))
            .hint("suite/README.md describes every field")
    })?;
    let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
    let mut components: Vec<(Digest, Vec<u8>)> = Vec::new();
    let plugins = resolve(&suite, sandbox, &mut |relative, pinned| {
        let bytes = read_limited(&folder.join(relative), COMPONENT_BYTES_MAX)
            .map_err(|error| Fault::new(Blame::Setup, error.message))?;
        if components.iter().all(|(digest, _)| *digest != pinned) {
            components.push((pinned, bytes.clone()));
        }
        Ok(bytes)
    })
    .map_err(|fault| {
        let hint = match fault.blame {
            Blame::Setup => "build the plugins: cargo xtask build-plugins",
            _ => "`kinship plugin list --suite` shows what each plugin says of itself",
        };
        let error = CliError::from(fault);
        CliError { message: format!("{}: {}", path.display(), error.message), ..error }.hint(hint)
    })?;
    Ok(LoadedSuite { text, suite, plugins, components })
}

/// Trials for each cell under a preset; none where the suite's own numbers hold.
pub(crate) fn preset(suite: &Suite, name: &str) -> Result<Option<u32>, CliError> {
    if name == "full" {
        return Ok(None);
    }
    let presets = &suite.file().presets;
    presets.get(name).copied().map(Some).ok_or_else(|| {
        let known: Vec<&str> = presets.keys().map(String::as_str).chain(["full"]).collect();
        CliError::usage(format!(
            "preset {name}: the suite {} has none of that name",
            suite.file().id
        ))
        .hint(format!("it has {}", known.join(", ")))
    })
}

/// One engine for the whole command, for this many trials at once.
pub(crate) fn sandbox(trials: usize) -> Result<Sandbox, CliError> {
    /// A trial has a world and, for a reference subject, an exemplar.
    const INSTANCES_PER_TRIAL: usize = 2;
    // A scorer lives within one call, which no thread leaves before its end.
    let instances = trials * INSTANCES_PER_TRIAL + ambient::cores();
    let instances_max = u32::try_from(instances).unwrap_or(u32::MAX);
    Ok(Sandbox::new(&Settings { cache: ambient::cache_folder(), instances_max })?)
}

/// A folder stands for the manifest in it.
fn manifest_path(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("suite.toml") } else { path.to_owned() }
}

/// A file's bytes, refused before they are read when there are more than `most`.
pub(crate) fn read_limited(path: &Path, most: usize) -> Result<Vec<u8>, CliError> {
    let file = File::open(path).map_err(|error| CliError::file(path, &error))?;
    let mut bytes = Vec::new();
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| CliError::file(path, &error))?;
    if bytes.len() > most {
        return Err(CliError::bad(format!(
            "{}: larger than {most} bytes, the most that is read",
            path.display()
        )));
    }
    Ok(bytes)
}
