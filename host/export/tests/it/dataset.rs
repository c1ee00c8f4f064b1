//! The folder for a data hub: what its three files say of each other.

use crate::sample::{Sample, trial};
use crate::written::{OWN, PUBLIC, rows};
use export::dataset;
use export::table::{self, Options, TableError};
use record::digest::Digest;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

type Files = BTreeMap<String, Vec<u8>>;

/// The bytes of a file that is being written.
type Shared = Arc<Mutex<Vec<u8>>>;

/// A file in memory.
struct InMemory(Shared);

impl Write for InMemory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::Error::other("poisoned"))?.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn folder(trials: u32, options: Options) -> Files {
    let sample = Sample::new();
    let files: RefCell<BTreeMap<String, Shared>> = RefCell::default();
    let create = |path: &str| {
        let bytes = Shared::default();
        files.borrow_mut().insert(path.to_owned(), Arc::clone(&bytes));
        Ok(InMemory(bytes))
    };
    let trials = (0..trials).map(|n| Ok::<_, TableError>(trial(n)));
    dataset::write(&sample.run(), trials, options, create).expect("a folder");
    let files = files.borrow();
    let bytes = |file: &Shared| file.lock().expect("not poisoned").clone();
    files.iter().map(|(path, file)| (path.clone(), bytes(file))).collect()
}

#[test]
fn the_metadata_is_of_the_table() {
    for options in [OWN, PUBLIC] {
        let files = folder(24, options);
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, [dataset::CARD, dataset::CROISSANT, dataset::TABLE]);
        let table = &files[dataset::TABLE];
        let metadata: Value = serde_json::from_slice(&files[dataset::CROISSANT]).expect("JSON");
        let file = &metadata["distribution"][0];
        assert_eq!(file["sha256"], Digest::of(table).to_string());
        assert_eq!(file["contentSize"], format!("{} B", table.len()));
        assert_eq!(file["contentUrl"], dataset::TABLE);
        let columns = table::columns(&Sample::new().run(), options);
        let fields = metadata["recordSet"][0]["field"].as_array().expect("fields");
        assert_eq!(fields.len(), columns.len());
        for (field, column) in fields.iter().zip(&columns) {
            assert_eq!(field["source"]["extract"]["column"], column.name);
            let text = field["description"].as_str().expect("a text");
            assert!(text.starts_with(&column.doc));
        }
        let key = metadata["recordSet"][0]["key"]["@id"].as_str().expect("a key");
        assert!(fields.iter().any(|field| field["@id"] == key));
        assert_eq!(rows(table.clone()).len(), 24);
    }
}

#[test]
fn the_card_names_what_a_reader_needs() {
    let files = folder(24, OWN);
    let card = String::from_utf8(files[dataset::CARD].clone()).expect("UTF-8");
    let digest = Digest::of(&files[dataset::TABLE]).to_string();
    let (front, body) =
        card.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).expect("YAML");
    assert!(front.contains("license: apache-2.0\n"), "{front}");
    assert!(front.contains(r#"pretty_name: "Kinship: A \"sample\" of nothing""#), "{front}");
    assert!(front.contains("size_categories:\n- n<1K\n"), "{front}");
    assert!(front.contains("- split: test\n    path: data/test-00000-of-00001.parquet"), "{front}");
    for part in ["canary-sample", &digest, "`sample@1.2.3`", "arXiv 2604.19784", "`openai:m`"] {
        assert!(body.contains(part), "{part}");
    }
    for column in table::columns(&Sample::new().run(), OWN) {
        assert!(body.contains(&format!("| `{}` |", column.name)), "{}", column.name);
    }
}

#[test]
fn a_destination_that_refuses_is_named() {
    let sample = Sample::new();
    let create = |path: &str| match path {
        dataset::CROISSANT => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
        _ => Ok(Vec::new()),
    };
    let none = std::iter::empty::<Result<_, TableError>>();
    let error = dataset::write(&sample.run(), none, OWN, create).expect_err("a refusal");
    assert_eq!(error.to_string(), "cannot write the table: croissant.json: permission denied");
}
