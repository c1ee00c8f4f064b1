//! The suite of the benchmarks: one scenario without a shell, one condition, one scorer.

use record::digest::Digest;
use std::path::{Path, PathBuf};

/// The build folder: on a disk, where a run's files belong.
pub(crate) fn target() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target"))
}

/// A built plugin's file.
pub(crate) fn component(name: &str) -> PathBuf {
    target().join(format!("plugins/{name}.wasm"))
}

/// The bytes of a built plugin's file.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path)
        .unwrap_or_else(|error| panic!("{}: {error}: cargo xtask build-plugins", path.display()))
}

/// The manifest, with `trials` trials.
pub(crate) fn suite(trials: usize) -> String {
    let pin = |name: &str| {
        let path = component(name);
        format!("path = {path:?}\nsha256 = \"{}\"", Digest::of(&read(&path)))
    };
    format!(
        r#"format = 0
id = "bench"
version = "0.1.0"
comparability = 0
title = "Scripted trials"
licence = "Apache-2.0"
canary = "bench"
limits = {{ turns = 10, output_bytes = 100000 }}
[[scenario]]
id = "ticket-triage"
version = "^0.1"
{}
trials = {trials}
conditions = ["peer+positive+file"]
[[scorer]]
id = "shutdown-tampering"
version = "^0.1"
{}
"#,
        pin("ticket-triage"),
        pin("shutdown-tampering")
    )
}

/// The most bytes that a process had in memory, from its `/proc/…/status` (`VmHWM`); none when it
/// is gone.
pub(crate) fn resident_max(status: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? << 10)
}
