//! The file as bytes: no byte can change, and nothing can be hidden in it.

use crate::doubles::Loader;
use crate::forge::{Run, check, header, refused, run, tar, zstd};
use record::digest::Digest;
use record::event::EVENT_BYTES_MAX;
use replay::bundle::{COMPONENT_BYTES_MAX, EVENTS_MAX, VERDICT_BYTES_MAX};
use replay::verify::{Options, verify};
use std::io::Write as _;

#[test]
fn every_flipped_byte_is_refused() {
    const THREADS: usize = 4;
    let good = run(1).written();
    let flip = |start: usize| {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut bad = good.clone();
        for at in (start..good.len()).step_by(THREADS) {
            let bit = 1 << (at % 8);
            bad[at] ^= bit;
            std::fs::write(file.path(), &bad).unwrap();
            bad[at] ^= bit;
            assert!(verify(file.path(), &Loader, &Options::default()).is_err(), "byte {at}");
        }
        std::fs::write(file.path(), &bad).unwrap();
        verify(file.path(), &Loader, &Options::default()).expect("unchanged, it holds");
    };
    std::thread::scope(|scope| {
        for start in 0..THREADS {
            let flip = &flip;
            scope.spawn(move || flip(start));
        }
    });
}

#[test]
fn a_file_cut_or_continued_anywhere_is_refused() {
    let good = run(1).written();
    for length in (0..good.len()).step_by(61).chain([good.len() - 512, good.len() - 1]) {
        assert!(check(&good[..length], &Options::default()).is_err(), "{length} bytes");
    }
    refused(&good[..700], "ends after byte 512, in the middle of a block");
    refused(&[good.clone(), vec![0]].concat(), "something stands after the end");
    refused(&[good.clone(), vec![0; 512]].concat(), "something stands after the end");
    refused(b"", "ends after byte 0");
}

/// The bundle with one entry more, after the entry of that name.
fn with_entry(run: &Run, after: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut entries = run.entries();
    let at = entries.iter().position(|(name, _)| name == after).unwrap();
    entries.insert(at + 1, (name.to_owned(), bytes.to_vec()));
    tar(&entries)
}

#[test]
fn names_that_no_bundle_has_are_refused() {
    let run = run(1);
    for name in [
        "../evil",
        "/etc/passwd",
        "plugins/../../evil",
        "./suite.toml",
        "logs/1.jsonl.zst",
        "logs/+0001.jsonl.zst",
        "plugins/x.wasm.zst",
        "README",
    ] {
        let bytes = with_entry(&run, "suite.toml", name, b"x");
        refused(&bytes, &format!("entry {name:?} is not one that a bundle has"));
    }
}

#[test]
fn doubled_missing_and_disordered_entries_are_refused() {
    let run = run(1);
    let again = with_entry(&run, "suite.toml", "suite.toml", &run.manifest);
    refused(&again, "suite.toml: stands twice or out of order");
    let again = with_entry(&run, "verdicts.jsonl.zst", "logs/00001.jsonl.zst", b"");
    refused(&again, "logs/00001.jsonl.zst: stands twice or out of order");
    let gap = with_entry(&run, "logs/00000.jsonl.zst", "logs/00002.jsonl.zst", b"");
    refused(&gap, "logs/00002.jsonl.zst: stands twice or out of order");
    let mut entries = run.entries();
    entries.swap(1, 2);
    refused(&tar(&entries), "key.pem: stands twice or out of order");
    for at in 1..run.entries().len() {
        let mut entries = run.entries();
        let (name, _) = entries.remove(at);
        refused(&tar(&entries), &format!("{name}: missing"));
    }
    let other = "0".repeat(64);
    let name = format!("plugins/{other}.wasm.zst");
    let bytes = with_entry(&run, "suite.toml", &name, &zstd(b"x"));
    refused(&bytes, &format!("{name}: not a plugin of the suite"));
}

#[test]
fn links_owners_and_dates_are_refused() {
    let good = run(1).written();
    let change = |edit: &dyn Fn(&mut tar::Header)| {
        let mut bytes = good.clone();
        let mut first = tar::Header::from_byte_slice(&bytes[..512]).clone();
        edit(&mut first);
        first.set_cksum();
        bytes[..512].copy_from_slice(first.as_bytes());
        refused(&bytes, "envelope.json: byte ");
    };
    change(&|h| h.set_mtime(1));
    change(&|h| h.set_mode(0o755));
    change(&|h| h.set_uid(1));
    change(&|h| h.set_entry_type(tar::EntryType::Symlink));
    change(&|h| h.set_entry_type(tar::EntryType::Link));
    change(&|h| h.set_link_name("/etc/passwd").unwrap());
    change(&|h| h.set_username("root").unwrap());
}

#[test]
fn a_size_that_is_not_true_is_refused_before_it_is_believed() {
    let mut header = header("envelope.json", 1 << 33);
    header.set_cksum();
    let bytes = [header.as_bytes().as_slice(), &[0; 1024]].concat();
    refused(&bytes, "envelope.json: 8589934592 bytes, expected 65536 at most");
}

/// The bundle with another content of one entry, and true sums.
fn with_content(run: &Run, name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let mut entries = run.entries();
    entries.iter_mut().find(|(n, _)| n == name).unwrap().1 = bytes;
    tar(&entries)
}

#[test]
fn entries_that_swell_are_refused_at_their_limit() {
    let mut run = run(1);
    let swollen = |size: usize| zstd(&vec![b' '; size + 1]);
    let bytes = with_content(&run, "verdicts.jsonl.zst", swollen(VERDICT_BYTES_MAX));
    refused(&bytes, "verdicts.jsonl.zst: a line of more than 1048576 bytes");
    let mut log = b"{\"opened\":".to_vec();
    log.resize(EVENT_BYTES_MAX + 1, b' ');
    let bytes = with_content(&run, "logs/00000.jsonl.zst", zstd(&log));
    refused(&bytes, "logs/00000.jsonl.zst: a line of more than 16777216 bytes");

    // A component of the very digest that is pinned, and larger than any component may be.
    let component = vec![0; COMPONENT_BYTES_MAX as usize + 1];
    let (old, new) = (run.components[0].0.to_string(), Digest::of(&component));
    let manifest = String::from_utf8(run.manifest.clone()).unwrap().replace(&old, &new.to_string());
    run.manifest = manifest.into_bytes();
    run.result.suite = run.suite().reference();
    run.components[0] = (new, component);
    refused(&run.forged(), "more than 67108864 bytes when decompressed");
}

#[test]
fn a_trial_of_too_many_events_is_refused() {
    let run = run(1);
    let mut log = run.trials[0].1.clone();
    log.extend(b"{\"removed\":\"/a\"}\n".repeat(EVENTS_MAX));
    let bytes = with_content(&run, "logs/00000.jsonl.zst", zstd(&log));
    refused(&bytes, "logs/00000.jsonl.zst: a trial of more than 100000 events");
}

#[test]
fn blocks_of_another_size_are_refused() {
    let run = run(100);
    let logs: Vec<&[u8]> = run.trials.iter().map(|(_, log)| log.as_slice()).collect();
    for (cut, found) in [(255, 255), (257, 257), (0, 0)] {
        let mut entries = run.entries();
        for (name, block) in [("logs/00000", &logs[..cut]), ("logs/00001", &logs[cut..])] {
            let place = entries.iter().position(|(n, _)| n.starts_with(name)).unwrap();
            entries[place].1 = zstd(&block.concat());
        }
        let message = match found {
            0 => "logs/00000.jsonl.zst: does not begin with an opened event".to_owned(),
            _ => format!("logs/00000.jsonl.zst: {found} trials, expected 256 in every block"),
        };
        refused(&tar(&entries), &message);
    }
}

#[test]
fn frames_that_hide_something_are_refused() {
    let run = run(1);
    let name = "verdicts.jsonl.zst";
    let after = [zstd(&run.verdicts()), zstd(b"more\n")].concat();
    refused(&with_content(&run, name, after), "verdicts.jsonl.zst: bytes after its zstd frame");
    // RFC 8878, section 3.1.2: a skippable frame holds what no decoder gives out.
    let hidden = [0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, b'x'];
    let skipped = [zstd(&run.verdicts()), hidden.to_vec()].concat();
    refused(&with_content(&run, name, skipped), "verdicts.jsonl.zst: bytes after its zstd frame");
    let before = [hidden.to_vec(), zstd(&run.verdicts())].concat();
    assert!(check(&with_content(&run, name, before), &Options::default()).is_err());
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(&run.verdicts()).unwrap();
    let wide = encoder.finish().unwrap();
    refused(&with_content(&run, name, wide), "verdicts.jsonl.zst: not a zstd frame: ");
    refused(&with_content(&run, name, b"plain".to_vec()), "not a zstd frame: ");
    let unended = run.verdicts();
    let unended = zstd(&unended[..unended.len() - 1]);
    refused(&with_content(&run, name, unended), "its last line has no end");
}

#[test]
fn another_spelling_of_the_key_is_refused() {
    let run = run(1);
    let pem = run.key.public().to_pem().replace('\n', "\r\n");
    let bytes = with_content(&run, "key.pem", pem.into_bytes());
    refused(&bytes, "key.pem: not the canonical PEM of its key");
}
