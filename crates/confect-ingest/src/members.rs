//! Members of a dimension by their natural key: which line counts where a key is delivered several times.
//!
//! Within one file the last line counts and the others are set aside, because a list that names a member
//! twice contradicts itself. Of several files the one that was delivered last counts; the lines before it are the member's past.
//! Lines that were dropped because they were there already count as deliveries too: a value that goes back to what it was is the newest.
//!
//! Deliberately absent: sources that take the first row of each key (`ReadOptions::first_per_key`), and keys
//! across sources.

use arrow::array::{Array, ArrayRef, AsArray};
use confect_domain::Entity;
use hashbrown::{HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_128;

use crate::cells::Cells;
use crate::columns::{ColumnPlan, Plan};
use crate::layout::FileLayout;
use crate::typing::record_hash;

/// Stands for no sighting.
const NONE: u32 = u32::MAX;

/// The key and the record of one row, as hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) key: u128,
    pub(crate) record: u64,
}

/// Whether lines of this source are members that are told apart by their key.
pub(crate) fn key_column(plan: &Plan) -> Option<usize> {
    if plan.options.first_per_key {
        return None;
    }
    // Such a list states several versions of a member itself.
    let has_versions = |column: &ColumnPlan| column.entity.name == "valid_from" && !column.headers.is_empty();
    if plan.columns.iter().any(has_versions) {
        return None;
    }
    let name = plan.entity.member_key()?;
    plan.columns.iter().position(|column| column.entity.name == name)
}

/// The hash of a key, as the models compare it.
pub(crate) fn key_hash(entity: Entity, key: &str) -> u128 {
    // Articles are one whatever their capital letters are (`stg_products`).
    match entity {
        Entity::Products => xxh3_128(key.to_uppercase().as_bytes()),
        _ => xxh3_128(key.as_bytes()),
    }
}

/// The members of a piece, one per row; `None` for a row without a key, and nothing where rows are no members.
pub(crate) fn members(
    plan: &Plan,
    layout: &FileLayout,
    cells: &Cells,
    columns: &[ArrayRef],
) -> Vec<Option<Member>> {
    let keys =
        key_column(plan).and_then(|index| columns.get(index)).and_then(|keys| keys.as_string_view_opt());
    let Some(keys) = keys else { return Vec::new() };
    let member = |(row, place): (usize, &crate::cells::RowPlace)| {
        keys.is_valid(row).then(|| Member {
            key: key_hash(plan.entity, keys.value(row)),
            record: record_hash(layout, cells.record(*place)) as u64,
        })
    };
    cells.rows.iter().enumerate().map(member).collect()
}

/// One line of a member.
#[derive(Clone, Copy, Debug)]
struct Sighting {
    /// The one before of the same member.
    before: u32,
    file: u32,
    line: u64,
    record: u64,
    /// Whether it was loaded, and not dropped as there already.
    is_loaded: bool,
}

/// Lines by member.
#[derive(Default)]
pub(crate) struct Members {
    /// The last sighting, and the last file.
    slots: HashMap<u128, (u32, u32)>,
    sightings: Vec<Sighting>,
}

/// Where a line stands: index of the file, line.
pub(crate) type Line = (u32, u64);

/// A line that a later one took the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Superseded {
    pub(crate) line: Line,
    /// The later line.
    pub(crate) by: Line,
    /// A line that was loaded and says what the later one says; the later one itself may have been dropped.
    pub(crate) says: Line,
}

/// What is known when all files have been seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Lines whose key is there again in the same file, with the line that counts.
    pub(crate) repeated: Vec<(Line, u64)>,
    /// Their records, so that equal lines go the same way.
    pub(crate) records: HashSet<(u32, u64)>,
    /// Lines of members that a later file delivers with other values.
    pub(crate) superseded: Vec<Superseded>,
}

impl Members {
    /// Notes a line. Files and lines come in order.
    pub(crate) fn see(&mut self, member: Member, file: u32, line: u64, is_loaded: bool) {
        let slot = self.slots.entry(member.key).or_insert((NONE, file));
        slot.1 = file;
        let last = self.sightings.get(slot.0 as usize);
        if !is_loaded && last.is_some_and(|last| last.record == member.record) {
            return;
        }
        let Ok(index) = u32::try_from(self.sightings.len()) else { return };
        let sighting = Sighting { before: slot.0, file, line, record: member.record, is_loaded };
        self.sightings.push(sighting);
        slot.0 = index;
    }

    /// Number of members.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether the newest delivery, from this file on, has the member.
    pub(crate) fn is_delivered_since(&self, key: u128, file: u32) -> bool {
        self.slots.get(&key).is_some_and(|slot| slot.1 >= file)
    }

    /// Judges every member.
    pub(crate) fn verdict(&self) -> Verdict {
        let mut verdict = Verdict::default();
        let mut chain: Vec<Sighting> = Vec::new();
        for (last, _) in self.slots.values() {
            chain.clear();
            let mut next = *last;
            while let Some(sighting) = self.sightings.get(next as usize) {
                chain.push(*sighting);
                next = sighting.before;
            }
            if chain.len() > 1 {
                chain.reverse();
                judge(&chain, &mut verdict);
            }
        }
        verdict.repeated.sort_unstable();
        verdict.superseded.sort_unstable();
        verdict
    }
}

/// Judges the lines of one member, in the order in which they came.
fn judge(chain: &[Sighting], verdict: &mut Verdict) {
    // What each file says in the end.
    let mut said: Vec<Sighting> = Vec::new();
    // Lines that were loaded and that no later one of their file contradicts.
    let mut standing: Vec<Sighting> = Vec::new();
    for group in chain.chunk_by(|left, right| left.file == right.file) {
        let Some(end) = group.last() else { continue };
        said.push(*end);
        let counts = group.iter().rev().find(|line| line.is_loaded && line.record == end.record);
        for line in group.iter().filter(|line| line.is_loaded) {
            if counts.is_some_and(|counts| counts.line == line.line) {
                standing.push(*line);
                continue;
            }
            verdict.repeated.push(((line.file, line.line), end.line));
            if line.record != end.record {
                verdict.records.insert((line.file, line.record));
            }
        }
    }
    let Some(end) = said.last() else { return };
    let counts = standing.iter().rev().find(|line| line.record == end.record);
    for line in &standing {
        if counts.is_some_and(|counts| (counts.file, counts.line) == (line.file, line.line)) {
            continue;
        }
        let later = said.iter().find(|later| later.file > line.file && later.record != line.record);
        let later = later.unwrap_or(end);
        let says = chain.iter().find(|known| known.is_loaded && known.record == later.record);
        let says = says.unwrap_or(later);
        verdict.superseded.push(Superseded {
            line: (line.file, line.line),
            by: (later.file, later.line),
            says: (says.file, says.line),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines `(key, record, file, line, loaded)` → repeated and superseded.
    fn judged(lines: &[(u128, u64, u32, u64, bool)]) -> Verdict {
        let mut members = Members::default();
        for (key, record, file, line, is_loaded) in lines {
            members.see(Member { key: *key, record: *record }, *file, *line, *is_loaded);
        }
        members.verdict()
    }

    fn taken(line: Line, by: Line, says: Line) -> Superseded {
        Superseded { line, by, says }
    }

    #[test]
    fn the_last_line_of_a_file_counts() {
        let verdict = judged(&[(1, 10, 0, 2, true), (2, 20, 0, 3, true), (1, 11, 0, 4, true)]);
        assert_eq!(verdict.repeated, [((0, 2), 4)]);
        assert!(verdict.superseded.is_empty());
        // a, b, and a again, which was dropped: a counts.
        let verdict = judged(&[(1, 10, 0, 2, true), (1, 11, 0, 3, true), (1, 10, 0, 4, false)]);
        assert_eq!(verdict.repeated, [((0, 3), 4)]);
    }

    #[test]
    fn the_last_file_counts_even_if_its_line_was_there_already() {
        let verdict = judged(&[(1, 10, 0, 2, true), (1, 11, 1, 2, true)]);
        assert_eq!(verdict.superseded, [taken((0, 2), (1, 2), (1, 2))]);
        let verdict = judged(&[(1, 10, 0, 2, true), (1, 11, 1, 2, true), (1, 10, 2, 5, false)]);
        assert_eq!(verdict.superseded, [taken((1, 2), (2, 5), (0, 2))]);
        let verdict = judged(&[(1, 10, 0, 2, true), (1, 11, 1, 2, true), (1, 12, 2, 2, true)]);
        let both = [taken((0, 2), (1, 2), (1, 2)), taken((1, 2), (2, 2), (2, 2))];
        assert_eq!(verdict.superseded, both);
    }

    #[test]
    fn a_file_that_contradicts_itself_has_one_word_in_the_end() {
        // File 0: a; file 1: a (dropped), b.
        let verdict = judged(&[(1, 10, 0, 2, true), (1, 10, 1, 2, false), (1, 11, 1, 3, true)]);
        assert!(verdict.repeated.is_empty());
        assert_eq!(verdict.superseded, [taken((0, 2), (1, 3), (1, 3))]);
        // File 0: a; file 1: b, a (dropped).
        let verdict = judged(&[(1, 10, 0, 2, true), (1, 11, 1, 2, true), (1, 10, 1, 3, false)]);
        assert_eq!(verdict.repeated, [((1, 2), 3)]);
        assert!(verdict.superseded.is_empty());
    }

    #[test]
    fn who_is_not_delivered_again_is_known() {
        let mut members = Members::default();
        members.see(Member { key: 1, record: 1 }, 0, 2, true);
        members.see(Member { key: 2, record: 2 }, 0, 3, true);
        members.see(Member { key: 1, record: 1 }, 1, 2, false);
        assert!(members.is_delivered_since(1, 1) && !members.is_delivered_since(2, 1));
        assert_eq!(members.len(), 2);
    }
}
