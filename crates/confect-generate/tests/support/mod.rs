//! An invented group in memory, read again with the `csv` crate, which knows nothing of how it was written.

#![allow(dead_code, reason = "each test program uses a part")]

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read, Write};
use std::rc::Rc;

use confect_generate::{GenerateSpec, Output, Planted, generate};
use serde_json::Value;

type Files = BTreeMap<String, Vec<u8>>;

/// Files in memory.
#[derive(Clone, Default)]
struct Memory(Rc<RefCell<Files>>);

struct File {
    name: String,
    memory: Memory,
}

impl Output for Memory {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Write>> {
        self.0.borrow_mut().insert(name.to_owned(), Vec::new());
        Ok(Box::new(File { name: name.to_owned(), memory: self.clone() }))
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.memory.0.borrow_mut().get_mut(&self.name).expect("a file").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An invented group.
pub(crate) struct Group {
    pub(crate) files: Files,
    pub(crate) planted: Planted,
    pub(crate) truth: Value,
}

/// Invents one.
pub(crate) fn invent(spec: &GenerateSpec) -> Group {
    let mut memory = Memory::default();
    let planted = generate(spec, &mut memory).expect("memory does not fail");
    let files = memory.0.take();
    let truth = serde_json::from_slice(&files["truth.json"]).expect("a manifest");
    Group { files, planted, truth }
}

/// A record by its headings.
pub(crate) type Record = HashMap<String, String>;

impl Group {
    /// All records of the files whose names start so, in the order of their names.
    pub(crate) fn records(&self, stem: &str) -> Vec<Record> {
        self.raw(stem)
            .into_iter()
            .map(|(headings, record)| headings.into_iter().zip(record).collect())
            .collect()
    }

    /// Headings and fields, also of records with too few or too many of them.
    pub(crate) fn raw(&self, stem: &str) -> Vec<(Vec<String>, Vec<String>)> {
        let mut found = Vec::new();
        for (name, bytes) in self.files.iter().filter(|(name, _)| name.starts_with(stem)) {
            let mut text = Vec::new();
            if name.ends_with(".gz") {
                flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text).expect("gzip");
            } else {
                text.clone_from(bytes);
            }
            let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_slice());
            let headings: Vec<String> =
                reader.headers().expect("headings").iter().map(str::to_owned).collect();
            for record in reader.records() {
                let record = record.expect("a record").iter().map(str::to_owned).collect();
                found.push((headings.clone(), record));
            }
        }
        found
    }
}

/// An amount in hundredths.
pub(crate) fn cents(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').expect("two places");
    assert_eq!(part.len(), 2, "{text}");
    format!("{whole}{part}").parse().expect("an amount")
}

/// A count of the manifest.
pub(crate) fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

/// A text of the manifest.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
