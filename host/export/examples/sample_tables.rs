//! Writes the tables of the tests' sample into a folder, for `tests/python/check.py` to read with
//! the programs that people read them with.
//!
//! `cargo run -p export --example sample_tables -- FOLDER`

#[path = "../tests/it/sample.rs"]
mod sample;

use export::dataset;
use export::table::{self, Format, Options, TableError, View};
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// All scenarios and conditions, failures and hostile texts among them.
const TRIALS: u32 = 440;

fn main() -> Result<(), TableError> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("expected a folder to write to").into());
    };
    let sample = sample::Sample::new();
    let trials = || (0..TRIALS).map(|n| Ok::<_, TableError>(sample::trial(n)));
    for (name, view) in [("own", View::Kinship), ("public", View::Public)] {
        let options = Options { view, transcripts: true };
        for (ending, format) in [("csv", Format::Csv), ("jsonl", Format::Json)] {
            let file = create(&folder, &format!("{name}.{ending}"))?;
            table::write(&sample.run(), trials(), format, options, file)?;
        }
        let hub = folder.join(name);
        dataset::write(&sample.run(), trials(), options, |path| create(&hub, path))?;
    }
    Ok(())
}

fn create(folder: &Path, path: &str) -> io::Result<BufWriter<File>> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create(path).map(BufWriter::new)
}
