//! Compiles `bridge` into the one static program that `harness::cage` embeds: a machine that is
//! made for a trial has no library of ours, and nothing in it tells where it was built.
#![allow(clippy::disallowed_methods, reason = "Cargo tells a build script everything this way")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCES: &str = "../bridge/src";
const NEEDED: &str = "building `subject` needs Rust's standard library and the C library's static \
    files for this target (Debian: libc6-dev)";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SOURCES}");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    let library = rustc(&out, "lib.rs").args(["--crate-type", "rlib"]).output();
    let mut program = rustc(&out, "main.rs");
    // One pass over everything: the program is put into every machine, so it should be small.
    program.args(["--crate-type", "bin", "-C", "lto=fat", "-C", "strip=symbols"]);
    let library_at = out.join("libbridge.rlib");
    program.arg("--extern").arg(format!("bridge={}", library_at.display()));
    program.arg("-o").arg(out.join("bridge"));
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        program.arg("-C").arg(format!("linker={}", linker.to_string_lossy()));
    }
    for output in [library, program.output()] {
        let problem = match output {
            Ok(output) if output.status.success() => continue,
            Ok(output) => String::from_utf8_lossy(&output.stderr).replace('\n', "; "),
            Err(error) => error.to_string(),
        };
        println!("cargo::error=bridge: {problem}; {NEEDED}");
        std::process::exit(1);
    }
}

fn rustc(out: &Path, file: &str) -> Command {
    let mut rustc = Command::new(env::var_os("RUSTC").expect("Cargo sets RUSTC"));
    let here = env::var("CARGO_MANIFEST_DIR").expect("Cargo sets CARGO_MANIFEST_DIR");
    let target = env::var("TARGET").expect("Cargo sets TARGET");
    rustc.args(["--crate-name", if file == "lib.rs" { "bridge" } else { "main" }]);
    rustc.args(["--edition", "2024", "--target", &target, "--out-dir"]).arg(out);
    rustc.args(["-C", "opt-level=s", "-C", "panic=abort", "-C", "codegen-units=1"]);
    rustc.args(["-C", "target-feature=+crt-static", "--cap-lints", "allow"]);
    // In this order: the last that fits is taken.
    rustc.arg(format!("--remap-path-prefix={here}=."));
    rustc.arg("--remap-path-prefix=../bridge/src=src");
    rustc.arg(format!("{SOURCES}/{file}"));
    rustc
}
