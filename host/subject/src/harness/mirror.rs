//! The world's files as a harness sees them in its cage: its own changes go into the world, the
//! world's changes into the cage, and both are the same before anything is done or asked.

use crate::harness::cage::{Cage, Change};
use record::digest::Digest;
use record::event::File;
use std::collections::BTreeMap;
use trial::bench::Bench;
use trial::port::Fault;

/// What a cage shows of a world.
pub(super) struct Mirror {
    /// Newest time of the world's files, in seconds since 1970: what the harness changes has it.
    latest: u64,
    shown: BTreeMap<String, Look>,
}

/// How a file looks: its contents and mode. Times are the world's alone.
type Look = (Digest, u32);

impl Mirror {
    /// A cage that was made with these files, when the world's clock stood there.
    pub(super) fn new(clock: u64, files: &[File]) -> Self {
        Self { latest: clock, shown: files.iter().map(seen).collect() }
    }

    /// What the harness's own tools changed goes into the world.
    ///
    /// # Errors
    /// The cage's and the bench's.
    pub(super) async fn gather(&mut self, cage: &Cage, bench: &mut Bench<'_>) -> Result<(), Fault> {
        let mut refused = false;
        for change in cage.changes().await? {
            match change {
                Change::Wrote(file) => {
                    let file = File { modified: self.latest, ..file };
                    let (path, look) = seen(&file);
                    if self.shown.get(&path) == Some(&look) {
                        continue;
                    }
                    let taken = bench.wrote(file).await?;
                    refused |= !taken;
                    // What was refused is shown as it is in the world, below.
                    self.shown.insert(path, look);
                }
                Change::Removed(path) => {
                    if self.shown.remove(&path).is_some() {
                        refused |= !bench.removed(&path).await?;
                    }
                }
            }
        }
        if refused { self.show(cage, bench).await } else { Ok(()) }
    }

    /// What changed in the world is shown to the harness.
    ///
    /// # Errors
    /// The cage's and the world's.
    pub(super) async fn show(&mut self, cage: &Cage, bench: &mut Bench<'_>) -> Result<(), Fault> {
        let files = bench.files("/")?;
        let now: BTreeMap<String, Look> = files.iter().map(seen).collect();
        let removed: Vec<String> =
            self.shown.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
        self.latest = files.iter().map(|file| file.modified).fold(self.latest, u64::max);
        let changed: Vec<File> = files
            .into_iter()
            .filter(|file| self.shown.get(&file.path) != now.get(&file.path))
            .collect();
        if !changed.is_empty() || !removed.is_empty() {
            cage.put(&changed, &removed).await?;
        }
        self.shown = now;
        Ok(())
    }
}

fn seen(file: &File) -> (String, Look) {
    (file.path.clone(), (Digest::of(&file.contents), file.mode))
}
