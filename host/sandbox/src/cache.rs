//! Compiled plugins on disk.
//!
//! Compiled code is trusted code, so a file is used only when its check sum is right and its
//! folder is this user's: that keeps out damage and other users. Who can write as this user could
//! replace the program itself.
//!
//! A file is the compiled component, followed by the BLAKE3 hash of it (32 bytes). Its name has
//! the component's SHA-256 and a hash of everything that decides what the compiler makes of it:
//! wasmtime's version, the configuration, the processor. Files arrive by renaming, so processes
//! may share a folder; a damaged or foreign file is compiled again and replaced.

use record::digest::Digest;
use record::event::Blame;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use trial::port::Fault;
use wasmtime::Engine;
use wasmtime::component::Component;

/// A folder of compiled plugins that is safe to read code from.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the folder, or makes it for this user alone.
    pub(crate) fn open(folder: &Path) -> Result<Self, Fault> {
        let fault = |what: String| {
            Fault::new(
                Blame::Setup,
                format!("cache {}: {what}: choose another folder for the cache", folder.display()),
            )
        };
        create(folder).map_err(|error| fault(error.to_string()))?;
        check_owner(folder).map_err(fault)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The compiled form of the component that has this digest, if there is a sound one.
    pub(crate) fn get(&self, engine: &Engine, digest: Digest) -> Option<Component> {
        let path = self.path(engine, digest);
        if !is_sound(&path).unwrap_or(false) {
            return None;
        }
        // SAFETY: the bytes are what `put` wrote: the check sum says that they are undamaged, and
        // only this user can write to the folder. What another version or configuration wrote has
        // another name, and wasmtime compares its own header besides.
        #[expect(unsafe_code, reason = "compiled code is mapped from disk; see this module's top")]
        let component = unsafe { Component::deserialize_file(engine, &path) };
        component.ok()
    }

    /// Keeps a compiled component. A full disk or a lost folder makes the next start slower and
    /// nothing else, so it is no error.
    pub(crate) fn put(&self, engine: &Engine, digest: Digest, component: &Component) {
        let written = component.serialize().map(|code| {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(&code)?;
            file.write_all(blake3::hash(&code).as_bytes())?;
            file.persist(self.path(engine, digest))?;
            Ok::<(), io::Error>(())
        });
        drop(written);
    }

    fn path(&self, engine: &Engine, digest: Digest) -> PathBuf {
        // Another release of the standard library may hash otherwise: then nothing is found.
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        self.folder.join(format!("{digest}-{:016x}.code", hasher.finish()))
    }
}

fn create(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Whether nobody else can put files into the folder; else what is wrong.
#[cfg(unix)]
fn check_owner(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    /// Permission bits of the group and of others to write.
    const WRITE_BY_OTHERS: u32 = 0o022;
    let metadata = folder.metadata().map_err(|error| error.to_string())?;
    if metadata.mode() & WRITE_BY_OTHERS != 0 {
        return Err(format!("others may write there (mode {:03o})", metadata.mode() & 0o777));
    }
    // A file that we make is ours: this tells our user id without asking the system for it.
    let probe = tempfile::tempfile_in(folder).and_then(|file| file.metadata());
    let probe = probe.map_err(|error| error.to_string())?;
    if probe.uid() != metadata.uid() {
        return Err("it belongs to another user".to_owned());
    }
    Ok(())
}

/// Elsewhere folders are private to a user by their place.
#[cfg(not(unix))]
fn check_owner(_folder: &Path) -> Result<(), String> {
    Ok(())
}

fn is_sound(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let Some(length) = file.metadata()?.len().checked_sub(blake3::OUT_LEN as u64) else {
        return Ok(false);
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader((&mut file).take(length))?;
    let mut stored = [0; blake3::OUT_LEN];
    file.read_exact(&mut stored)?;
    Ok(hasher.finalize() == stored)
}
