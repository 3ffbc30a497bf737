//! Before a file is read: whether it is finished, where it really lies, what it is called, and whether it
//! holds the same bytes as another.
//!
//! Deliberately absent: waiting. The caller looks at a file twice, with its own clock, and asks.

pub(crate) mod order;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use xxhash_rust::xxh3::Xxh3;

use crate::error::IngestError;
use crate::files::open_beneath;
use crate::layout::FileLayout;
use crate::spec::{InputFile, ReadOptions};

/// What was seen of a file at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Size in bytes.
    pub size: u64,
    /// When it was changed last, if the file system tells.
    pub modified: Option<SystemTime>,
    /// When it was looked at, on any clock that only goes forward.
    pub seen_at: Duration,
}

/// Whether a file may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It stood still; read it.
    Settled,
    /// Size or time of change differ; it is still being written. Look again.
    Changing,
    /// The two looks were too close to each other to tell. Look again later.
    TooSoon,
    /// It stood still but holds nothing. Look again, or tell.
    Empty,
}

/// Decides from two looks that are at least `apart` from each other whether a file is finished.
///
/// Its end is checked while it is read: a compressed file that is cut off, or a file that changes after all,
/// is refused (`file-truncated`, `file-changed`), and the caller tries again.
pub fn delivery(first: Sighting, second: Sighting, apart: Duration) -> Delivery {
    if (first.size, first.modified) != (second.size, second.modified) {
        return Delivery::Changing;
    }
    match second.seen_at.checked_sub(first.seen_at) {
        Some(waited) if waited >= apart && second.size == 0 => Delivery::Empty,
        Some(waited) if waited >= apart => Delivery::Settled,
        _ => Delivery::TooSoon,
    }
}

/// A file's label: its path with `/` between folders, bytes that are no text written as `\xNN`, so that two
/// files never have one label. A backslash that stands before an `x` is doubled for the same reason.
pub fn label_of(path: &Path) -> String {
    let parts: Vec<String> = path.iter().map(|part| part_label(part.as_encoded_bytes())).collect();
    parts.join("/")
}

fn part_label(bytes: &[u8]) -> String {
    let mut label = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        label.push_str(&chunk.valid().replace("\\x", "\\\\x"));
        chunk.invalid().iter().for_each(|byte| label.push_str(&format!("\\x{byte:02x}")));
    }
    label
}

/// Refuses files that lie outside the folders that the source allows, after all links are followed.
///
/// # Errors
/// [`IngestError::OutsideFolder`]; the errors of a file that is not there.
pub(crate) fn check_inside(options: &ReadOptions, files: &[InputFile]) -> Result<(), IngestError> {
    if options.inside.is_empty() {
        return Ok(());
    }
    let folders: Vec<PathBuf> =
        options.inside.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    for file in files {
        // What is not there, or may not be looked at, is told when it is opened.
        let Ok(real) = file.path.canonicalize() else { continue };
        if !folders.iter().any(|folder| real.starts_with(folder)) {
            let allowed = folders.iter().chain(&options.inside);
            let is_link = reads_as_inside(&file.path, allowed);
            return Err(IngestError::OutsideFolder { file: file.label.clone(), is_link });
        }
    }
    Ok(())
}

/// Whether a path reads as if it were inside, so that only a link can lead out.
fn reads_as_inside<'a>(path: &Path, mut folders: impl Iterator<Item = &'a PathBuf>) -> bool {
    let climbs = path.components().any(|part| part == std::path::Component::ParentDir);
    !climbs && folders.any(|folder| path.starts_with(folder))
}

/// For each file the first one that holds the very same bytes. Only files of equal size are compared.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn twins(layouts: &[FileLayout], inside: &[PathBuf]) -> Result<Vec<Option<usize>>, IngestError> {
    let mut sizes: Vec<(u64, usize)> =
        layouts.iter().enumerate().map(|(index, layout)| (layout.identity.size(), index)).collect();
    sizes.sort_unstable();
    let mut twins = vec![None; layouts.len()];
    for group in sizes.chunk_by(|left, right| left.0 == right.0).filter(|group| group.len() > 1) {
        let mut seen: Vec<(u128, usize)> = Vec::with_capacity(group.len());
        for (_, index) in group {
            let Some(layout) = layouts.get(*index) else { continue };
            let hash = hash_of(&layout.input, inside)?;
            seen.push((hash, *index));
        }
        seen.sort_unstable();
        for same in seen.chunk_by(|left, right| left.0 == right.0) {
            let first = same.first().map(|(_, index)| *index);
            for (_, index) in same.iter().skip(1) {
                if let Some(twin) = twins.get_mut(*index) {
                    *twin = first;
                }
            }
        }
    }
    Ok(twins)
}

fn hash_of(input: &InputFile, inside: &[PathBuf]) -> Result<u128, IngestError> {
    let unreadable = |error: std::io::Error| IngestError::FileUnreadable {
        file: input.label.clone(),
        reason: error.to_string(),
    };
    let mut file = open_beneath(&input.path, inside).map_err(unreadable)?;
    let (mut hash, mut buffer) = (Xxh3::new(), vec![0; 1 << 18]);
    loop {
        let read = file.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            return Ok(hash.digest128());
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_looks_tell_whether_a_file_is_finished() {
        let start = SystemTime::UNIX_EPOCH;
        let look = |size, changed, seen| Sighting {
            size,
            modified: Some(start + Duration::from_secs(changed)),
            seen_at: Duration::from_secs(seen),
        };
        let apart = Duration::from_secs(5);
        let cases = [
            (look(10, 1, 0), look(10, 1, 5), Delivery::Settled),
            (look(10, 1, 0), look(10, 1, 4), Delivery::TooSoon),
            (look(10, 1, 5), look(10, 1, 0), Delivery::TooSoon),
            (look(10, 1, 0), look(11, 1, 9), Delivery::Changing),
            (look(10, 1, 0), look(9, 1, 9), Delivery::Changing),
            (look(10, 1, 0), look(10, 2, 9), Delivery::Changing),
            (look(0, 1, 0), look(0, 1, 9), Delivery::Empty),
        ];
        for (first, second, expected) in cases {
            assert_eq!(delivery(first, second, apart), expected, "{first:?} {second:?}");
        }
    }

    #[test]
    fn labels_are_readable_and_distinct() {
        assert_eq!(label_of(Path::new("data/Größe 🎂.csv")), "data/Größe 🎂.csv");
        assert_eq!(label_of(Path::new("a\\xff")), "a\\\\xff");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let name = |bytes: &[u8]| label_of(Path::new(std::ffi::OsStr::from_bytes(bytes)));
            assert_eq!(name(b"data/caf\xe9.csv"), "data/caf\\xe9.csv");
            assert_ne!(name(b"caf\xe9"), name(b"caf\xe8"));
            assert_ne!(name(b"caf\xe9"), name(b"caf\\xe9"));
        }
    }
}
