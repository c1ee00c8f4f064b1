//! Installs the plotting library that `plots/package-lock.json` pins, each file by its digest, and
//! hands the two files that the crate embeds to the compiler. None of it is kept in the repository.
#![allow(clippy::disallowed_methods, reason = "Cargo hands a build script its folder this way")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What is embedded, below `node_modules`.
const FILES: [&str; 2] = ["vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js"];
const NEEDED: &str = "building `report` needs Node.js 20 or newer with npm on the PATH, and once \
    an npm registry (or npm's cache): its plots are drawn by Vega, which npm installs";

fn main() {
    println!("cargo::rerun-if-changed=plots/package.json");
    println!("cargo::rerun-if-changed=plots/package-lock.json");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    if let Err(problem) = install(&out) {
        println!("cargo::error={problem}");
        std::process::exit(1);
    }
}

fn install(out: &Path) -> Result<(), String> {
    // Beside the embedded files: 80 packages in 42 MB that nothing needs afterwards.
    let folder = out.join("npm");
    let told = |error: std::io::Error| format!("{}: {error}", out.display());
    fs::create_dir_all(&folder).map_err(told)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(Path::new("plots").join(name), folder.join(name)).map_err(told)?;
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    // No package runs a script of its own here, and each must have the digest of the lock file.
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    let output = Command::new(npm)
        .args(arguments)
        .current_dir(&folder)
        .output()
        .map_err(|error| format!("{npm}: {error}; {NEEDED}"))?;
    if !output.status.success() {
        // Its first lines say what is wrong; then come the frames of its own stack.
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().take(5).collect::<Vec<_>>().join("; ");
        return Err(format!("`{npm} {}` failed: {said}; {NEEDED}", arguments.join(" ")));
    }
    for file in FILES {
        let from = folder.join("node_modules").join(file);
        let name = from.file_name().expect("FILES name files");
        fs::copy(&from, out.join(name)).map_err(told)?;
    }
    fs::remove_dir_all(&folder).map_err(told)
}
