//! Compiled plugins on disk.

use crate::guest::scenario;
use record::event::Blame;
use sandbox::{Sandbox, Settings};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

fn sandbox(folder: &Path) -> Sandbox {
    Sandbox::new(&Settings { cache: Some(folder.to_owned()), instances_max: 2 }).unwrap()
}

fn load(sandbox: &Sandbox, component: &[u8]) {
    assert_eq!(sandbox.inspect("x.wasm", component).unwrap().reference.id, "tiny");
}

/// The one file of a cache.
fn entry(folder: &Path) -> PathBuf {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(paths.len(), 1, "{paths:?}");
    paths.remove(0)
}

#[test]
fn two_sandboxes_share_an_entry() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("a/cache");
    let component = scenario().component();
    let first = sandbox(&folder);
    load(&first, &component);
    let written = fs::metadata(entry(&folder)).unwrap();
    load(&sandbox(&folder), &component);
    load(&first, &component);
    // The same file: it was read, not written again.
    assert_eq!(fs::metadata(entry(&folder)).unwrap().ino(), written.ino());
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_damaged_entry_is_built_again() {
    let home = tempfile::tempdir().unwrap();
    let component = scenario().component();
    load(&sandbox(home.path()), &component);
    let path = entry(home.path());
    let good = fs::read(&path).unwrap();
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damaged = [
        flipped(0),
        flipped(good.len() / 2),
        flipped(good.len() - 1),
        good[..good.len() / 2].to_vec(),
        good[..10].to_vec(),
        Vec::new(),
    ];
    for bytes in damaged {
        fs::write(&path, &bytes).unwrap();
        load(&sandbox(home.path()), &component);
        let again = fs::read(entry(home.path())).unwrap();
        assert_ne!(again, bytes, "it was replaced");
        let (code, sum) = again.split_last_chunk::<32>().unwrap();
        assert_eq!(blake3::hash(code).as_bytes(), sum);
    }
}

#[test]
fn a_folder_of_others_is_refused() {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let settings = Settings { cache: Some(home.path().to_owned()), instances_max: 2 };
    let fault = Sandbox::new(&settings).err().unwrap();
    let expected = format!(
        "cache {}: others may write there (mode 777): choose another folder for the cache",
        home.path().display()
    );
    assert_eq!((fault.blame, fault.message), (Blame::Setup, expected));
}
