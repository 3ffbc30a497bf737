//! What a warehouse remembers of the rows it has read, so that new files can be told from old ones
//! without reading these again: a hash of every loaded line, and of every value that groups lines.
//!
//! Each refresh adds one file per subject (`known/<content>.keys`), sorted, named by its content and
//! listed in the manifest. A look-up reads one block of each file. A warehouse whose files are
//! missing or damaged is not wrong; its next refresh reads everything.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use confect_ingest::KnownRows;
use serde::{Deserialize, Serialize};

use crate::error::WarehouseError;
use crate::storage::draft::Draft;
use crate::storage::{create_folder, sync_folder};

/// Upper bits of a hash that choose its block.
const BLOCK_BITS: u32 = 12;
const BLOCKS: usize = 1 << BLOCK_BITS;
const KEY_BYTES: usize = 16;
/// Ends of the blocks, in keys, as `u64`.
const HEAD_BYTES: usize = BLOCKS * 8;
/// Files of up to so many keys are read at once.
const SMALL: u64 = 4_000_000;

/// One file of hashes, as the manifest lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownFile {
    /// `rows:<source>` or `groups:<entity>`.
    pub subject: String,
    /// Name below `known`.
    pub path: String,
    /// Number of hashes.
    pub keys: u64,
}

/// The hashes of one subject.
pub(super) struct Known {
    runs: Vec<Run>,
}

enum Run {
    Small(Vec<u128>),
    Large { file: File, ends: Vec<u64> },
}

/// Writes hashes that rise as a new file.
pub(super) fn write(folder: &Path, subject: String, keys: &[u128]) -> Result<KnownFile, WarehouseError> {
    let known = folder.join("known");
    create_folder(&known)?;
    let (draft, file) = Draft::create(&known)?;
    let failed = |error| WarehouseError::file("write", draft.path(), error);
    let mut hash = blake3::Hasher::new();
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut ends = vec![0_u64; BLOCKS];
    keys.iter().for_each(|key| ends[block_of(*key)] += 1);
    let mut sum = 0;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    for end in ends {
        sum += end;
        head.extend_from_slice(&sum.to_le_bytes());
    }
    hash.update(&head);
    out.write_all(&head).map_err(failed)?;
    let mut bytes = Vec::with_capacity(KEY_BYTES << 12);
    for part in keys.chunks(1 << 12) {
        bytes.clear();
        part.iter().for_each(|key| bytes.extend_from_slice(&key.to_le_bytes()));
        hash.update(&bytes);
        out.write_all(&bytes).map_err(failed)?;
    }
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    let path = format!("{}.keys", &hash.finalize().to_hex()[..32]);
    draft.place(&file, &known.join(&path))?;
    sync_folder(&known)?;
    Ok(KnownFile { subject, path, keys: keys.len() as u64 })
}

impl Known {
    /// The hashes of a subject; `None` if a file is not what the manifest says.
    pub(super) fn open(folder: &Path, files: &[KnownFile], subject: &str) -> Option<Self> {
        let open = |file: &KnownFile| Run::open(&folder.join("known").join(&file.path), file.keys);
        let runs = files.iter().filter(|file| file.subject == subject).map(open);
        Some(Self { runs: runs.collect::<Option<_>>()? })
    }

    /// Whether any run holds the hash.
    pub(super) fn has(&self, key: u128) -> std::io::Result<bool> {
        for run in &self.runs {
            if run.has(key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl KnownRows for Known {
    fn knows(&self, hash: u128) -> std::io::Result<bool> {
        self.has(hash)
    }
}

impl Run {
    fn open(path: &Path, keys: u64) -> Option<Self> {
        let file = File::open(path).ok()?;
        let bytes = file.metadata().ok()?.len();
        if bytes != HEAD_BYTES as u64 + keys.checked_mul(KEY_BYTES as u64)? {
            return None;
        }
        if keys <= SMALL {
            let mut all = vec![0; usize::try_from(bytes).ok()? - HEAD_BYTES];
            file.read_exact_at(&mut all, HEAD_BYTES as u64).ok()?;
            return Some(Self::Small(keys_of(&all)));
        }
        let mut head = vec![0; HEAD_BYTES];
        file.read_exact_at(&mut head, 0).ok()?;
        let ends = head.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        Some(Self::Large { file, ends })
    }

    fn has(&self, key: u128) -> std::io::Result<bool> {
        match self {
            Self::Small(keys) => Ok(keys.binary_search(&key).is_ok()),
            Self::Large { file, ends } => {
                let block = block_of(key);
                let from = block.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
                let to = ends.get(block).copied().unwrap_or(from);
                let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or(0) * KEY_BYTES];
                file.read_exact_at(&mut bytes, HEAD_BYTES as u64 + from * KEY_BYTES as u64)?;
                Ok(keys_of(&bytes).binary_search(&key).is_ok())
            }
        }
    }
}

fn keys_of(bytes: &[u8]) -> Vec<u128> {
    bytes.as_chunks::<KEY_BYTES>().0.iter().map(|bytes| u128::from_le_bytes(*bytes)).collect()
}

fn block_of(key: u128) -> usize {
    (key >> (u128::BITS - BLOCK_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_128;

    fn keys(range: std::ops::Range<u32>) -> Vec<u128> {
        let mut keys: Vec<u128> = range.map(|number| xxh3_128(&number.to_le_bytes())).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn hashes_of_several_files_are_found_and_others_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let (early, late) = (keys(0..9_000), keys(9_000..9_100));
        let files = [
            write(folder.path(), "rows:till".to_owned(), &early).expect("written"),
            write(folder.path(), "rows:till".to_owned(), &late).expect("written"),
            write(folder.path(), "rows:web".to_owned(), &[]).expect("written"),
        ];
        let known = Known::open(folder.path(), &files, "rows:till").expect("whole");
        assert!(early.iter().chain(&late).all(|key| known.has(*key).expect("read")));
        assert!(keys(9_100..10_000).iter().all(|key| !known.has(*key).expect("read")));
        let none = Known::open(folder.path(), &files, "rows:web").expect("whole");
        assert!(!none.has(early[0]).expect("read"));
        // The way of a large file finds the same.
        let path = folder.path().join("known").join(&files[0].path);
        let mut head = vec![0; HEAD_BYTES];
        let file = File::open(&path).expect("there");
        file.read_exact_at(&mut head, 0).expect("a head");
        let ends = head.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let large = Run::Large { file, ends };
        assert!(early.iter().all(|key| large.has(*key).expect("read")));
        assert!(late.iter().all(|key| !large.has(*key).expect("read")));
    }

    #[test]
    fn a_file_of_another_length_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = write(folder.path(), "rows:till".to_owned(), &keys(0..10)).expect("written");
        let cut = KnownFile { keys: 11, ..file };
        assert!(Known::open(folder.path(), &[cut], "rows:till").is_none());
    }
}
