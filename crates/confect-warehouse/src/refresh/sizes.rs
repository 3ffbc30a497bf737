//! How many rows the tables have that a model reads: few rows are worked through in one go.

use std::collections::{BTreeMap, BTreeSet};

/// Rows up to which sharing them out among the cores costs more than it gives.
const FEW: u64 = 50_000;

/// Rows by table.
#[derive(Clone, Debug, Default)]
pub(super) struct Sizes {
    /// All rows.
    whole: BTreeMap<String, u64>,
    /// Rows that growing models see, where that is not all.
    new: BTreeMap<String, u64>,
}

impl Sizes {
    /// A table has `rows` rows.
    pub(super) fn note(&mut self, table: &str, rows: u64) {
        self.whole.insert(table.to_owned(), rows);
    }

    /// Of the rows of a growing table so many are new.
    pub(super) fn note_new(&mut self, table: &str, rows: u64) {
        self.new.insert(table.to_owned(), rows);
    }

    /// Whether a model that reads these tables has little to do; `grows`: it sees only new rows.
    pub(super) fn are_few(&self, reads: &BTreeSet<String>, grows: bool) -> bool {
        let rows = |table: &String| {
            let new = self.new.get(table).filter(|_| grows);
            new.or_else(|| self.whole.get(table)).copied().unwrap_or(FEW)
        };
        reads.iter().map(rows).fold(0_u64, u64::saturating_add) <= FEW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_sees_counts() {
        let mut sizes = Sizes::default();
        sizes.note("lines", FEW);
        sizes.note_new("lines", 7);
        sizes.note("dim", 1);
        let reads: BTreeSet<String> = ["lines", "dim"].map(str::to_owned).into();
        assert!(sizes.are_few(&reads, true));
        assert!(!sizes.are_few(&reads, false));
        // Of what nothing is known, there may be many.
        assert!(!sizes.are_few(&["dim", "other"].map(str::to_owned).into(), true));
    }
}
