//! Baskets from text: FIMI, one basket a line, or rows of basket and item.
//!
//! Pure: the caller opens the file, unpacks it and hands in a reader. Names are kept beside the baskets, in
//! the order in which they came; an item is its name without the blanks around it. Bytes that are not UTF-8
//! become the replacement character.

mod fimi;
mod lines;
mod names;
mod pairs;

pub use fimi::read_fimi;
pub use lines::read_lines;
pub(super) use names::Names;
pub use pairs::{PairColumns, read_pairs};

use super::baskets::Baskets;

/// Baskets with the names of their items.
#[derive(Clone, Debug, Default)]
pub struct NamedBaskets {
    /// The baskets.
    pub baskets: Baskets,
    /// The name of each item, by its number.
    pub items: Vec<String>,
    /// The label of each period, by its number, ascending; empty if there are no periods.
    pub periods: Vec<String>,
    /// Blank lines, and rows without a basket or an item: told, never guessed.
    pub skipped: usize,
}

impl NamedBaskets {
    /// The name of an item, or its number if it has none.
    pub fn name(&self, item: u32) -> String {
        self.items.get(item as usize).cloned().unwrap_or_else(|| item.to_string())
    }
}
