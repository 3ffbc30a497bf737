//! Who moved between segments from one snapshot to the next: a matrix of customers and their value.

use std::collections::BTreeMap;

use super::scored::{Rfm, RfmRow};

/// One cell of the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The segment before; `None` for customers who had not bought yet.
    pub from: Option<String>,
    /// The segment after; `None` for customers who are no longer in the window.
    pub to: Option<String>,
    /// How many made this move.
    pub customers: usize,
    /// What they brought up to the first snapshot, in ten-thousandths.
    pub monetary_before: i128,
    /// What they brought up to the second snapshot, in ten-thousandths.
    pub monetary_after: i128,
}

/// All moves between two snapshots; cells that nobody made are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Ordered by the segments of the first snapshot, then of the second, nobody first.
    pub moves: Vec<Move>,
}

impl Migration {
    /// Customers who moved from one segment to another.
    pub fn customers(&self, from: Option<&str>, to: Option<&str>) -> usize {
        let same = |cell: &&Move| cell.from.as_deref() == from && cell.to.as_deref() == to;
        self.moves.iter().find(same).map_or(0, |cell| cell.customers)
    }
}

/// Customers, and what they brought before and after.
type Sums = (usize, i128, i128);

/// The moves from one snapshot to another; every customer of either is in exactly one cell.
pub fn migration(before: &Rfm, after: &Rfm) -> Migration {
    let mut cells: BTreeMap<(Option<u16>, Option<u16>), Sums> = BTreeMap::new();
    let mut count = |old: Option<&RfmRow>, new: Option<&RfmRow>| {
        let cell = cells.entry((old.map(|row| row.segment), new.map(|row| row.segment))).or_default();
        cell.0 += 1;
        cell.1 = cell.1.saturating_add(old.map_or(0, |row| row.monetary));
        cell.2 = cell.2.saturating_add(new.map_or(0, |row| row.monetary));
    };
    let (mut olds, mut news) = (before.rows.iter().peekable(), after.rows.iter().peekable());
    // Both are sorted by customer: walk them side by side.
    loop {
        match (olds.peek(), news.peek()) {
            (None, None) => break,
            (Some(old), Some(new)) if old.customer == new.customer => count(olds.next(), news.next()),
            (Some(old), Some(new)) if old.customer > new.customer => count(None, news.next()),
            (Some(_), _) => count(olds.next(), None),
            (None, Some(_)) => count(None, news.next()),
        }
    }
    let name = |rfm: &Rfm, index: Option<u16>| {
        index.and_then(|index| rfm.segments.get(usize::from(index))).map(|segment| segment.name.clone())
    };
    let moves = cells.into_iter().map(|((from, to), (customers, monetary_before, monetary_after))| Move {
        from: name(before, from),
        to: name(after, to),
        customers,
        monetary_before,
        monetary_after,
    });
    Migration { moves: moves.collect() }
}
