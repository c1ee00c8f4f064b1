//! Building guests so that the bytes depend on the sources and the compiler, and on nothing else.

use crate::error::TaskError;
use crate::process;
use crate::workspace::Workspace;
use sha2::{Digest, Sha256};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every guest is compiled to.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// A built guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guest {
    /// Package name.
    pub(crate) package: String,
    /// SHA-256 of the component, in hexadecimal.
    pub(crate) sha256: String,
    /// Bytes.
    pub(crate) size: usize,
    /// Where it lies.
    pub(crate) path: PathBuf,
}

/// Where a build happens; none of it may show in the result.
#[derive(Debug)]
pub(crate) struct Place {
    /// Root of the sources.
    pub(crate) root: PathBuf,
    /// Folder for build products; not the host's, so that neither build spoils the other's cache.
    pub(crate) target: PathBuf,
    /// Where cargo keeps other people's sources.
    pub(crate) cargo_home: PathBuf,
    /// `LANG`, `TZ` and the like.
    pub(crate) environment: Vec<(&'static str, &'static str)>,
}

impl Place {
    /// The place where a person builds.
    pub(crate) fn of(workspace: &Workspace) -> Result<Self, TaskError> {
        Ok(Self {
            root: workspace.root.clone(),
            target: workspace.root.join("target/guests"),
            cargo_home: cargo_home()?,
            environment: vec![("LC_ALL", "C"), ("TZ", "UTC")],
        })
    }
}

/// Cargo's home: `CARGO_HOME`, else `~/.cargo`.
///
/// # Errors
/// When neither that variable nor `HOME` is set.
pub(crate) fn cargo_home() -> Result<PathBuf, TaskError> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cargo"))).ok_or_else(|| {
        TaskError::Refused {
            message: "neither CARGO_HOME nor HOME is set".to_owned(),
            fix: "export HOME, or CARGO_HOME, and run this again".to_owned(),
        }
    })
}

/// Makes sure that the compiler can build for [`TARGET`].
///
/// # Errors
/// When the target is missing and `rustup` cannot add it.
pub(crate) fn install_target(root: &Path) -> Result<(), TaskError> {
    let libraries = rustc(root, &["--print", "target-libdir", "--target", TARGET])?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    process::run(
        Command::new("rustup").current_dir(root).args(["target", "add", TARGET]),
        "connect to the network, or install a toolchain that has the target",
    )
}

/// Builds each guest by itself: built together, they would share the features that any of them
/// asks of `kit`, and adding a plugin would change the bytes of the others.
///
/// # Errors
/// When one does not build.
pub(crate) fn build(place: &Place, packages: &[String]) -> Result<Vec<Guest>, TaskError> {
    process::run(
        cargo(place).args(["fetch", "--locked", "--quiet"]),
        "connect to the network once; or, if Cargo.lock is old, run `cargo update --workspace`",
    )?;
    let flags = flags(place)?;
    packages
        .iter()
        .map(|package| {
            let mut command = cargo(place);
            command.env("CARGO_ENCODED_RUSTFLAGS", &flags);
            command.args(["rustc", "--locked", "--offline", "--profile", "plugin"]);
            // A guest is also a library for its tests; asked for both at once, cargo would leave
            // link-time optimisation out, and the component would be a fifth larger.
            command.args(["--lib", "--crate-type", "cdylib"]);
            command.args(["--target", TARGET, "--package", package, "--target-dir"]);
            command.arg(&place.target);
            process::run(&mut command, "mend what the compiler names above")?;
            read(place, package)
        })
        .collect()
}

fn cargo(place: &Place) -> Command {
    let mut command = process::cargo(&place.root);
    // Whoever builds may have wishes for the host's programs; none may reach a guest.
    for (name, _) in env::vars_os() {
        let known = name.to_str().unwrap_or("");
        let foreign = ["CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_TARGET_", "CARGO_ENCODED_"];
        if foreign.iter().any(|f| known.starts_with(f)) || known.starts_with("RUSTFLAGS") {
            command.env_remove(&name);
        }
    }
    command.env_remove("RUSTC_WRAPPER").env_remove("RUSTC_WORKSPACE_WRAPPER");
    command.env("CARGO_HOME", &place.cargo_home);
    command.env("CARGO_INCREMENTAL", "0");
    command.env("SOURCE_DATE_EPOCH", "0");
    command.envs(place.environment.iter().copied());
    command
}

/// Flags for every crate of a guest, the standard library's inlined parts included: paths become
/// the same names everywhere. The last prefix that fits wins, so that narrower ones stand later.
fn flags(place: &Place) -> Result<OsString, TaskError> {
    let version = rustc(&place.root, &["--version", "--verbose"])?;
    let commit = version.lines().find_map(|l| l.strip_prefix("commit-hash: ")).unwrap_or("unknown");
    let sysroot = PathBuf::from(rustc(&place.root, &["--print", "sysroot"])?.trim());
    let mut names = vec![
        (place.root.clone(), "/kinship".to_owned()),
        (place.target.clone(), "/kinship/target".to_owned()),
        (place.cargo_home.clone(), "/cargo".to_owned()),
    ];
    // The folder's name holds a digest of the address of the registry or of its mirror.
    let sources = place.cargo_home.join("registry/src");
    for entry in fs::read_dir(&sources).into_iter().flatten().flatten() {
        names.push((entry.path(), "/cargo/registry".to_owned()));
    }
    names.push((sysroot.clone(), "/rust".to_owned()));
    names.push((sysroot.join("lib/rustlib/src/rust"), format!("/rustc/{commit}")));
    let mut flags = OsString::new();
    for (index, (from, to)) in names.iter().enumerate() {
        if index > 0 {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    Ok(flags)
}

fn rustc(root: &Path, arguments: &[&str]) -> Result<String, TaskError> {
    let program = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    process::output(
        Command::new(program).current_dir(root).args(arguments),
        "install the toolchain of rust-toolchain.toml: `rustup show` in this folder",
    )
}

fn read(place: &Place, package: &str) -> Result<Guest, TaskError> {
    let file = format!("{TARGET}/plugin/{}.wasm", package.replace('-', "_"));
    let path = place.target.join(file);
    let bytes = fs::read(&path).map_err(TaskError::file(&path, "read"))?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    Ok(Guest { package: package.to_owned(), sha256, size: bytes.len(), path })
}
