//! Files that are still being written are left for the next refresh.
//!
//! A file that nobody touched for a while is whole. Of one that was touched just now, the end tells: text
//! whose last line is finished is taken; anything else is watched until it stays the same for a while.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

use confect_ingest::{Delivery, InputFile, Sighting, SourceSpec, delivery, open_beneath};

/// A file that did not change for this long is whole.
const APART: Duration = Duration::from_secs(5);

/// Takes files that grow out of `sources` and returns their labels. Waits, once for all of them, only if
/// one of them was touched within the last seconds and does not end like a finished text.
pub(crate) fn set_growing_aside(sources: &mut [(SourceSpec, Vec<InputFile>)]) -> Vec<String> {
    let started = Instant::now();
    let files = sources.iter().flat_map(|(_, files)| files);
    let doubtful: Vec<(InputFile, Sighting)> = files
        .filter(|file| touched_within(&file.path, APART) && !ends_with_a_line(&file.path))
        .filter_map(|file| Some((file.clone(), sighting(&file.path, started)?)))
        .collect();
    if doubtful.is_empty() {
        return Vec::new();
    }
    std::thread::sleep(APART);
    let mut growing: Vec<String> = doubtful
        .into_iter()
        .filter(|(file, first)| {
            let second = sighting(&file.path, started);
            second.is_none_or(|second| delivery(*first, second, APART) == Delivery::Changing)
        })
        .map(|(file, _)| file.label)
        .collect();
    growing.sort();
    growing.dedup();
    for (_, files) in sources {
        files.retain(|file| growing.binary_search(&file.label).is_err());
    }
    growing
}

fn sighting(path: &Path, started: Instant) -> Option<Sighting> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Sighting { size: metadata.len(), modified: metadata.modified().ok(), seen_at: started.elapsed() })
}

/// Measured by the file system's own clock; a time in the future counts as just now.
fn touched_within(path: &Path, span: Duration) -> bool {
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().map_or(true, |age| age < span))
}

fn ends_with_a_line(path: &Path) -> bool {
    let last = || -> std::io::Result<u8> {
        let mut file = open_beneath(path, &[])?;
        let mut byte = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut byte)?;
        Ok(byte[0])
    };
    // An empty file is told by the reader.
    last().map_or(true, |byte| byte == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_text_is_taken_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "a,b\n1,2\n").expect("a file");
        assert!(touched_within(&path, APART) && ends_with_a_line(&path));
        std::fs::write(&path, "a,b\n1,").expect("a file");
        assert!(!ends_with_a_line(&path));
        std::fs::write(&path, "").expect("a file");
        assert!(ends_with_a_line(&path), "an empty file is not waited for");
    }
}
