//! What is remembered of the last extract, beside it: `<source>.json`.
//!
//! Whatever does not fit, another query, another size, another heading, makes the next extract a full one. So
//! does a note that is gone: deleting `state/extracts` is always allowed.

use std::path::Path;

use confect_domain::database::DatabaseSource;
use serde_json::{Value, json};

use crate::error::ConnectError;
use crate::spool::{Summary, create_private};

/// Goes up when extracts of the same rows are written in another way.
const VERSION: u64 = 1;

/// The last extract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retained {
    /// Hash of what was asked.
    pub(crate) question: String,
    /// What was written.
    pub(crate) summary: Summary,
    /// Highest value of the watermark, as the server writes it.
    pub(crate) top: Option<String>,
}

/// A hash of everything that shapes an extract.
pub(crate) fn question_of(database: &DatabaseSource) -> String {
    let watermark = database.watermark.as_ref().map(|watermark| &watermark.column);
    let parts =
        format!("{VERSION}|{:?}|{:?}|{:?}|{watermark:?}", database.kind, database.query, database.key);
    blake3::hash(parts.as_bytes()).to_hex().to_string()
}

impl Retained {
    /// The note beside `extract`, if it fits the file and the question.
    pub(crate) fn load(note: &Path, extract: &Path, question: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(&std::fs::read_to_string(note).ok()?).ok()?;
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let number = |key: &str| value.get(key).and_then(Value::as_u64);
        let summary = Summary {
            rows: number("rows")?,
            bytes: number("bytes")?,
            sum: u128::from_str_radix(text("sum")?, 16).ok()?,
            header: text("header")?.as_bytes().to_vec(),
        };
        let size = std::fs::metadata(extract).ok().filter(std::fs::Metadata::is_file)?.len();
        let fits = text("question")? == question && size == summary.bytes;
        fits.then(|| Self { question: question.to_owned(), summary, top: text("top").map(str::to_owned) })
    }

    /// Writes the note; whole, or not at all.
    pub(crate) fn save(&self, source: &str, note: &Path) -> Result<(), ConnectError> {
        let value = json!({
            "about": "what confect knows of the extract beside this file; delete both and it is read anew",
            "question": self.question,
            "rows": self.summary.rows,
            "bytes": self.summary.bytes,
            "sum": format!("{:x}", self.summary.sum),
            "header": String::from_utf8_lossy(&self.summary.header),
            "top": self.top,
        });
        let part = note.with_extension("json.part");
        let write = || {
            use std::io::Write;
            let mut file = create_private(&part)?;
            file.write_all(format!("{value:#}\n").as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&part, note)
        };
        write().map_err(|error| ConnectError::disk(source, "write", note, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_counts_only_for_its_file_and_its_question() {
        let folder = tempfile::tempdir().expect("a folder");
        let (note, extract) = (folder.path().join("till.json"), folder.path().join("till.csv"));
        let summary = Summary { rows: 1, bytes: 6, sum: u128::MAX - 5, header: b"a,b".to_vec() };
        let kept = Retained { question: "q".to_owned(), summary, top: Some("2024-01-02".to_owned()) };
        kept.save("till", &note).expect("saved");
        assert_eq!(Retained::load(&note, &extract, "q"), None, "no file");
        std::fs::write(&extract, "a,b\n1\n").expect("a file");
        assert_eq!(Retained::load(&note, &extract, "q"), Some(kept));
        assert_eq!(Retained::load(&note, &extract, "other"), None);
        std::fs::write(&extract, "a,b\n1\n2").expect("a file");
        assert_eq!(Retained::load(&note, &extract, "q"), None, "another size");
        std::fs::write(&note, "{").expect("a file");
        assert_eq!(Retained::load(&note, &extract, "q"), None, "a torn note");
    }
}
