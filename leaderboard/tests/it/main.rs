//! From a bundle to a page: what is replayed is shown, what is damaged is refused.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A sealed run of six trials.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../suite/golden/ticket-triage.kinship");

fn publish(out: &Path, bundles: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leaderboard"))
        .arg("publish")
        .args(bundles)
        .arg("--out")
        .arg(out)
        .output()
        .expect("the binary starts")
}

fn page(out: &Path) -> String {
    std::fs::read_to_string(out.join("index.html")).expect("a page")
}

#[test]
fn a_replayed_result_has_one_row_however_often_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("site");
    let golden = Path::new(GOLDEN);
    let published = publish(&out, &[golden, golden]);
    assert_eq!(published.status.code(), Some(0), "{published:?}");
    let page = page(&out);
    assert_eq!(page.matches("signed, replayed").count(), 1, "{page}");
    assert!(page.contains("Suite golden, not comparable"), "{page}");
    assert!(page.contains("reference:profile=demo.toml"), "{page}");
    assert!(!page.contains("http://") && !page.contains("https://"), "the page asks nobody");
}

#[test]
fn a_damaged_bundle_is_refused_and_the_others_are_published() {
    let folder = tempfile::tempdir().unwrap();
    let bad: PathBuf = folder.path().join("bad.kinship");
    let mut bytes = std::fs::read(GOLDEN).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&bad, bytes).unwrap();
    let out = folder.path().join("site");
    let published = publish(&out, &[&bad, Path::new(GOLDEN)]);
    assert_eq!(published.status.code(), Some(1), "{published:?}");
    let said = String::from_utf8(published.stderr).unwrap();
    assert!(said.contains("1 published, 1 refused"), "{said}");
    assert!(said.contains(&format!("refused: {}: ", bad.display())), "{said}");
    assert_eq!(page(&out).matches("signed, replayed").count(), 1);
}
