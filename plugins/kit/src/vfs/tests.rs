//! Files are written, found, moved and refused as on a machine.

use super::*;
use std::fmt;

fn kind<T: fmt::Debug>(result: Result<T, VfsError>) -> VfsErrorKind {
    result.unwrap_err().kind
}

fn sample() -> Vfs {
    let mut files = Vfs::new(100);
    files.place("/a/b/c.txt", "c", 10, 0o600);
    files.place("/a-z", "z", 20, 0o644);
    files
}

#[test]
fn writing_stamps_and_keeps_the_mode() {
    let mut files = sample();
    assert_eq!(files.entry("/a/b/c.txt").unwrap().modified, 10);
    files.advance(5);
    files.write("/a/b/../b/./c.txt", b"cc").unwrap();
    files.append("/a/b/c.txt", b"c").unwrap();
    let entry = files.entry("/a/b/c.txt").unwrap();
    assert_eq!((entry.modified, entry.mode), (105, 0o600));
    assert_eq!(files.read("/a/b/c.txt").unwrap(), b"ccc");
    assert_eq!(files.bytes(), 4);
    files.write("/a/b/new", b"").unwrap();
    assert_eq!(files.entry("/a/b").unwrap().modified, 105);
}

#[test]
fn changes_are_counted_and_are_no_part_of_what_stands_there() {
    let mut files = sample();
    let before = files.changes();
    assert!(files.read("/a/b/c.txt").is_ok() && files.list("/a").is_ok() && !files.exists("/x"));
    assert!(files.write("/no/folder", b"").is_err());
    files.advance(1);
    assert_eq!((files.changes(), files.text("/a-z"), files.text("/a")), (before, "z", ""));
    type Change = fn(&mut Vfs);
    let all: [Change; 7] = [
        |files| files.write("/a-z", b"z").unwrap(),
        |files| files.make_directories("/d/e").unwrap(),
        |files| files.make_link("/a-z", "/d/l").unwrap(),
        |files| files.rename("/d/l", "/d/m").unwrap(),
        |files| files.set_mode("/a-z", 0o600).unwrap(),
        |files| files.set_modified("/a-z", 1).unwrap(),
        |files| files.remove_all("/d").unwrap(),
    ];
    for (number, change) in all.into_iter().enumerate() {
        let before = files.changes();
        change(&mut files);
        assert!(files.changes() > before, "change {number}");
    }
    let mut other = sample();
    other.write("/a-z", b"y").unwrap();
    assert_ne!(other, sample());
    other.write("/a-z", b"z").unwrap();
    other.set_modified("/a-z", 20).unwrap();
    assert_eq!(other, sample());
}

#[test]
fn listing_is_in_order_and_of_one_folder() {
    let files = sample();
    let names =
        |path| files.list(path).unwrap().iter().map(|(n, _)| (*n).to_owned()).collect::<Vec<_>>();
    assert_eq!(names("/"), ["a", "a-z"]);
    assert_eq!(names("/a"), ["b"]);
    let under: Vec<String> = files.files("/a").into_iter().map(|file| file.path).collect();
    assert_eq!(under, ["/a/b/c.txt"]);
    assert_eq!(files.files("/").len(), 2);
}

#[test]
fn removing_and_moving() {
    let mut files = sample();
    assert_eq!(kind(files.remove("/a")), VfsErrorKind::NotEmpty);
    assert_eq!(kind(files.rename("/a", "/a/b/d")), VfsErrorKind::BadPath);
    assert_eq!(kind(files.rename("/a", "/a-z")), VfsErrorKind::NotDirectory);
    files.rename("/a", "/q").unwrap();
    assert_eq!(files.read("/q/b/c.txt").unwrap(), b"c");
    assert!(!files.exists("/a/b"));
    files.rename("/a-z", "/q/b/c.txt").unwrap();
    assert_eq!((files.read("/q/b/c.txt").unwrap(), files.bytes()), (&b"z"[..], 1));
    files.remove_all("/q").unwrap();
    assert_eq!((files.bytes(), files.iter().count()), (0, 1));
}

#[test]
fn links_lead_on() {
    let mut files = sample();
    files.make_link("b/c.txt", "/a/link").unwrap();
    files.make_link("/a", "/alias").unwrap();
    assert_eq!(files.read("/alias/link").unwrap(), b"c");
    files.write("/alias/link", b"new").unwrap();
    assert_eq!(files.read("/a/b/c.txt").unwrap(), b"new");
    files.remove("/alias").unwrap();
    assert!(files.exists("/a/b/c.txt"));
    files.make_link("/y", "/x").unwrap();
    files.make_link("/x", "/y").unwrap();
    assert_eq!(kind(files.read("/x")), VfsErrorKind::LinkLoop);
}

#[test]
fn what_cannot_be_is_refused() {
    let mut files = sample();
    assert_eq!(kind(files.write("relative", b"")), VfsErrorKind::BadPath);
    assert_eq!(kind(files.write("/nul\0", b"")), VfsErrorKind::BadPath);
    assert_eq!(kind(files.write("/no/such", b"")), VfsErrorKind::NotFound);
    assert_eq!(kind(files.write("/a-z/x", b"")), VfsErrorKind::NotDirectory);
    assert_eq!(kind(files.write("/a", b"")), VfsErrorKind::IsDirectory);
    assert_eq!(kind(files.make_directory("/a")), VfsErrorKind::Exists);
    let large = vec![0; FILE_BYTES_MAX];
    assert_eq!(kind(files.append("/a-z", &large)), VfsErrorKind::TooLarge);
    for n in 0..15 {
        files.write(&format!("/large-{n}"), &large).unwrap();
    }
    assert_eq!(kind(files.write("/large-15", &large)), VfsErrorKind::TooLarge);
    assert_eq!(files.read("/a-z").unwrap(), b"z");
}

#[test]
fn a_world_cannot_be_filled_with_entries() {
    let mut files = Vfs::new(0);
    for n in 1..ENTRIES_MAX {
        files.write(&format!("/{n}"), b"").unwrap();
    }
    assert_eq!(kind(files.write("/one-more", b"")), VfsErrorKind::TooLarge);
    files.write("/1", b"an old one may still change").unwrap();
}

#[test]
fn errors_read_as_a_shell_says_them() {
    let error = Vfs::new(0).read("/x").unwrap_err();
    assert_eq!(error.to_string(), "/x: No such file or directory");
}
