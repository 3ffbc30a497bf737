//! The last extract and what is new since: one file again.
//!
//! Rows whose key came again are replaced; the rest stays. Rows that are gone from the database are not seen
//! here: whoever calls compares the number of rows with the database's own.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use crate::csv::{Cutter, fields};
use crate::error::ConnectError;
use crate::spool::Spool;

/// The files of a merge.
pub(crate) struct Merge<'a> {
    pub(crate) source: &'a str,
    /// The last extract.
    pub(crate) base: &'a Path,
    /// What is new, with the same heading.
    pub(crate) window: &'a Path,
    /// Places of the key's columns.
    pub(crate) key: &'a [usize],
}

impl Merge<'_> {
    /// Writes both into `merged`.
    pub(crate) fn write(&self, merged: &mut Spool) -> Result<(), ConnectError> {
        // A hash of 128 bits: two of a billion keys are alike with a chance of 10^-21.
        let mut newer: HashSet<u128> = HashSet::new();
        self.records(self.window, |index, record| {
            if index > 0 {
                newer.insert(self.key_of(record));
            }
            Ok(())
        })?;
        self.records(self.base, |index, record| {
            if index == 0 || !newer.contains(&self.key_of(record)) {
                merged.record(record)?;
            }
            Ok(())
        })?;
        self.records(self.window, |index, record| if index == 0 { Ok(()) } else { merged.record(record) })
    }

    fn key_of(&self, record: &[u8]) -> u128 {
        let mut hash = Xxh3::new();
        for (index, field) in fields(record).enumerate() {
            if self.key.contains(&index) {
                hash.update(field);
                // Neighbours stay apart: no field holds a bare line end.
                hash.update(b"\n");
            }
        }
        hash.digest128()
    }

    fn records(
        &self,
        path: &Path,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), ConnectError>,
    ) -> Result<(), ConnectError> {
        let failed = |error: std::io::Error| ConnectError::disk(self.source, "read", path, &error);
        let mut file = File::open(path).map_err(failed)?;
        let (mut cutter, mut buffer, mut index) = (Cutter::default(), vec![0; 1 << 18], 0);
        loop {
            let read = file.read(&mut buffer).map_err(failed)?;
            if read == 0 {
                return Ok(());
            }
            cutter.feed(buffer.get(..read).unwrap_or_default(), |record| {
                index += 1;
                visit(index - 1, record)
            })?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_came_again_replace_their_elders() {
        let folder = tempfile::tempdir().expect("a folder");
        let (base, window) = (folder.path().join("base"), folder.path().join("window"));
        std::fs::write(&base, "no,line,what\n1,1,a\n1,2,b\n2,1,\"x\ny\"\n").expect("a file");
        std::fs::write(&window, "no,line,what\n1,2,B\n3,1,c\n").expect("a file");
        let mut merged = Spool::create("till", &folder.path().join("merged")).expect("a spool");
        let merge = Merge { source: "till", base: &base, window: &window, key: &[0, 1] };
        merge.write(&mut merged).expect("merged");
        assert_eq!(merged.summary().rows, 4);
        let place = folder.path().join("place");
        merged.keep(&place).expect("kept");
        let text = std::fs::read_to_string(place).expect("a file");
        assert_eq!(text, "no,line,what\n1,1,a\n2,1,\"x\ny\"\n1,2,B\n3,1,c\n");
    }

    #[test]
    fn parts_of_a_key_stay_apart() {
        let merge = Merge { source: "till", base: Path::new(""), window: Path::new(""), key: &[0, 1] };
        assert_ne!(merge.key_of(b"ab,c"), merge.key_of(b"a,bc"));
        assert_eq!(merge.key_of(b"a,b,1"), merge.key_of(b"a,b,2"));
    }
}
