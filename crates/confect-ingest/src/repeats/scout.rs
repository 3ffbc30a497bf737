//! The pass before reading: records are cut and hashed, nothing is typed; what the filter knows is kept.

use memchr::memchr3;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::filter::Filter;
use super::table::Table;
use super::{Limits, Stretch};
use crate::error::IngestError;
use crate::stages::{self, Source, Step, What};
use crate::text::record::{Dialect, line_end_length, scan_record};
use crate::text::splitter::Piece;

/// What came of the pass.
pub(super) enum Found {
    /// All lines that repeat are among these.
    Candidates(Table),
    /// More than may be held; and about how many rows there are.
    TooMany { rows: u64 },
}

/// A filter that is this many times as full as it was made for is made anew, so many times as big.
const OVERFULL: u64 = 2;
const LARGER: u64 = 8;

/// Goes through the files for lines that may repeat.
///
/// # Errors
/// As reading.
pub(super) fn candidates(
    source: Source<'_>,
    stretch: Stretch,
    likely: u64,
    limits: Limits,
) -> Result<Found, IngestError> {
    let mut room = (likely / 100).saturating_mul(limits.filter_percent).max(1);
    let mut told = 0;
    loop {
        let pass = Pass { source, stretch, limits, room };
        if let Some(found) = pass.run(&mut told)? {
            return Ok(found);
        }
        room = room.saturating_mul(LARGER);
    }
}

/// One pass with one filter.
struct Pass<'a> {
    source: Source<'a>,
    stretch: Stretch,
    limits: Limits,
    /// Rows that the filter is made for.
    room: u64,
}

/// Why a pass ended early.
enum Stop {
    /// There are far more rows than the filter was made for.
    Overfull,
    TooMany {
        rows: u64,
    },
    Failed(IngestError),
}

/// What stage 2 found in some pieces.
struct Hashed {
    records: u64,
    known: Vec<u128>,
}

impl Pass<'_> {
    /// `None` if the filter was too small. `told` is the progress told so far, which never goes back.
    fn run(&self, told: &mut u64) -> Result<Option<Found>, IngestError> {
        let filter = Filter::new(self.room);
        let work = |file: usize, pieces: Vec<Piece>| Ok(hash(self.source, &filter, file, &pieces));
        let (mut table, mut rows) = (Table::with_room(0), 0);
        let outcome = stages::run(self.source, &work, &mut |step: Step<Hashed>| {
            *told = self.stretch.at(step.bytes_read).max(*told);
            self.source.progress.advanced(*told, 0);
            let What::Pieces(hashed) = step.what else { return Ok(()) };
            rows += hashed.records;
            let held = (table.len() + hashed.known.len()) as u64;
            if rows / OVERFULL > self.room {
                return Err(Stop::Overfull);
            }
            if held > self.limits.candidates {
                return Err(Stop::TooMany { rows: self.stretch.extrapolated(rows, step.bytes_read) });
            }
            for hash in hashed.known {
                table.insert(hash);
            }
            Ok(())
        });
        match outcome {
            Ok(()) => Ok(Some(Found::Candidates(table))),
            Err(Stop::Overfull) => Ok(None),
            Err(Stop::TooMany { rows }) => Ok(Some(Found::TooMany { rows })),
            Err(Stop::Failed(error)) => Err(error),
        }
    }
}

impl From<IngestError> for Stop {
    fn from(error: IngestError) -> Self {
        Self::Failed(error)
    }
}

fn hash(source: Source<'_>, filter: &Filter, file: usize, pieces: &[Piece]) -> Hashed {
    let (mut hashed, mut hashes) = (Hashed { records: 0, known: Vec::new() }, Vec::new());
    let Some(layout) = source.layouts.get(file) else { return hashed };
    for piece in pieces.iter().filter(|piece| piece.rejection.is_none()) {
        hashes.clear();
        hash_records(&piece.bytes, &layout.dialect, layout.seed, &mut hashes);
        hashed.records += hashes.len() as u64;
        filter.add(&hashes, &mut hashed.known);
    }
    hashed
}

/// Appends the hash of every record, also of blank lines, comments and what will be set aside: that only
/// costs a place.
fn hash_records(bytes: &[u8], dialect: &Dialect, seed: u64, hashes: &mut Vec<u128>) {
    let (mut start, mut spans) = (0, Vec::new());
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        // A line without a quote is a record; with one it takes a closer look.
        let stop = memchr3(b'\n', b'\r', b'"', rest).map_or(bytes.len(), |length| start + length);
        let (end, next) = if bytes.get(stop) == Some(&b'"') {
            let found = scan_record(bytes, start, dialect, &mut spans, 0);
            (found.end, found.next)
        } else {
            (stop, stop + line_end_length(bytes, stop))
        };
        hashes.push(xxh3_128_with_seed(bytes.get(start..end).unwrap_or_default(), seed));
        start = next.max(start + 1);
    }
}
