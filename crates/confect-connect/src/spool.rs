//! An extract while it is written: counted, hashed, and gone again unless it was kept.
//!
//! The hash is a sum over records, so it does not depend on the order in which a database happens to deliver
//! them: the same rows in another order are the same extract.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use crate::csv::Cutter;
use crate::error::ConnectError;

/// Line ends in one record beyond which its fields are written on one line: the reader would take such a
/// quote for one that is never closed.
const MAX_LINE_ENDS: usize = 500;

/// What is known of a written extract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Records below the heading.
    pub(crate) rows: u64,
    /// Size, heading included.
    pub(crate) bytes: u64,
    /// Sum of the records' hashes.
    pub(crate) sum: u128,
    /// The heading.
    pub(crate) header: Vec<u8>,
}

impl Summary {
    /// Whether it holds the same rows, in whatever order.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.rows, self.sum, &self.header) == (other.rows, other.sum, &other.header)
    }
}

/// A file under way; removed when dropped.
pub(crate) struct Spool {
    source: String,
    path: PathBuf,
    file: Option<BufWriter<File>>,
    cutter: Cutter,
    summary: Summary,
    has_header: bool,
}

impl Spool {
    /// Starts an empty file.
    pub(crate) fn create(source: &str, path: &Path) -> Result<Self, ConnectError> {
        let file =
            create_private(path).map_err(|error| ConnectError::disk(source, "create", path, &error))?;
        Ok(Self {
            source: source.to_owned(),
            path: path.to_owned(),
            file: Some(BufWriter::with_capacity(1 << 18, file)),
            cutter: Cutter::default(),
            summary: Summary::default(),
            has_header: false,
        })
    }

    /// What was written so far.
    pub(crate) fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Takes a piece of text as it comes from the server.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<(), ConnectError> {
        let mut cutter = std::mem::take(&mut self.cutter);
        let fed = cutter.feed(piece, |record| self.record(record));
        self.cutter = cutter;
        fed
    }

    /// Writes one record; the first one is the heading.
    pub(crate) fn record(&mut self, record: &[u8]) -> Result<(), ConnectError> {
        let ends = record.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
        if ends > MAX_LINE_ENDS {
            let flat: Vec<u8> =
                record.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect();
            return self.write(&flat);
        }
        self.write(record)
    }

    fn write(&mut self, record: &[u8]) -> Result<(), ConnectError> {
        if self.has_header {
            self.summary.rows += 1;
            self.summary.sum = self.summary.sum.wrapping_add(xxh3_128(record));
        } else {
            self.summary.header = record.to_vec();
            self.has_header = true;
        }
        self.summary.bytes += record.len() as u64 + 1;
        let Some(file) = &mut self.file else { return Err(ConnectError::internal(&self.source)) };
        file.write_all(record)
            .and_then(|()| file.write_all(b"\n"))
            .map_err(|error| ConnectError::disk(&self.source, "write", &self.path, &error))
    }

    /// Everything on disk; whether the last record was whole.
    pub(crate) fn finish(&mut self) -> Result<bool, ConnectError> {
        if let Some(mut file) = self.file.take() {
            let written = file.flush().and_then(|()| file.get_ref().sync_all());
            written.map_err(|error| ConnectError::disk(&self.source, "write", &self.path, &error))?;
        }
        Ok(self.cutter.is_at_end() && self.has_header)
    }

    /// Where it is until it is kept.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the finished file in its place.
    pub(crate) fn keep(mut self, place: &Path) -> Result<Summary, ConnectError> {
        self.finish()?;
        std::fs::rename(&self.path, place)
            .map_err(|error| ConnectError::disk(&self.source, "write", place, &error))?;
        Ok(std::mem::take(&mut self.summary))
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // After `keep` there is nothing under this name.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
pub(crate) fn create_private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
pub(crate) fn create_private(path: &Path) -> std::io::Result<File> {
    File::create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spooled(text: &[u8]) -> (Summary, Vec<u8>) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut spool = Spool::create("till", &folder.path().join("part")).expect("a spool");
        spool.feed(text).expect("fed");
        assert!(spool.finish().expect("finished"));
        let place = folder.path().join("till.csv");
        let summary = spool.keep(&place).expect("kept");
        assert!(!folder.path().join("part").exists());
        (summary, std::fs::read(place).expect("a file"))
    }

    #[test]
    fn the_order_of_rows_does_not_count_but_every_row_does() {
        let (one, text) = spooled(b"a,b\n1,x\n2,y\n");
        assert_eq!(text, b"a,b\n1,x\n2,y\n");
        assert_eq!((one.rows, one.bytes, one.header.as_slice()), (2, 12, &b"a,b"[..]));
        assert_eq!(spooled(b"a,b\n2,y\n1,x\n").0.sum, one.sum);
        assert_ne!(spooled(b"a,b\n1,y\n2,x\n").0.sum, one.sum);
        // The same row twice is not no row.
        assert_ne!(spooled(b"a,b\n1,x\n2,y\n2,y\n").0.sum, one.sum);
    }

    #[test]
    fn what_is_not_kept_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("part");
        let mut spool = Spool::create("till", &path).expect("a spool");
        spool.feed(b"a\n1\n2").expect("fed");
        assert!(!spool.finish().expect("finished"), "the last record has no end");
        drop(spool);
        assert!(!path.exists());
    }

    #[test]
    fn endless_notes_are_put_on_one_line() {
        let note = "line\n".repeat(600);
        let (summary, text) = spooled(format!("a,b\n1,\"{note}\"\n").as_bytes());
        assert_eq!(summary.rows, 1);
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 2);
    }
}
