//! Texts to numbers, one batch of rows after the other.
//!
//! Numbers are given as texts come; which batch comes first is a matter of chance, so [`Numbering::ranked`]
//! tells each number's place in the order of the alphabet, and answers go by that.

use arrow::array::{Array, StringViewArray};
use hashbrown::HashMap;

/// Texts seen so far.
#[derive(Default)]
pub(super) struct Numbering {
    numbers: HashMap<Box<str>, u32>,
}

impl Numbering {
    /// The number of a text; a new one gets the next.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        match self.numbers.get(text) {
            Some(number) => *number,
            None => {
                self.numbers.insert(text.into(), next);
                next
            }
        }
    }

    /// The numbers of a column; none where there is no text.
    pub(super) fn numbers(&mut self, texts: &StringViewArray) -> Vec<Option<u32>> {
        let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(|text| self.number(text));
        texts.iter().map(filled).collect()
    }

    /// All texts in order of the alphabet, and for each number its place among them.
    pub(super) fn ranked(self) -> (Vec<String>, Vec<u32>) {
        let mut texts: Vec<(Box<str>, u32)> = self.numbers.into_iter().collect();
        texts.sort_unstable();
        let mut places = vec![0; texts.len()];
        for (rank, (_, number)) in (0_u32..).zip(&texts) {
            if let Some(place) = places.get_mut(*number as usize) {
                *place = rank;
            }
        }
        (texts.into_iter().map(|(text, _)| text.into()).collect(), places)
    }
}

/// All rows at once: the number of the text of each row, by the order of the alphabet, and one row of each number.
pub(super) fn numbered(ids: &StringViewArray) -> (Vec<Option<i64>>, Vec<u32>) {
    let mut numbers = Vec::with_capacity(ids.len());
    let mut row_of: Vec<u32> = Vec::new();
    let mut last: Option<&str> = None;
    // Stored rows come by customer; then a look at the row before is enough.
    for (row, id) in (0_u32..).zip(ids) {
        match (id, last) {
            (Some(id), Some(before)) if id < before => return looked_up(ids),
            (Some(id), before) => {
                if before != Some(id) {
                    row_of.push(row);
                    last = Some(id);
                }
                numbers.push(i64::try_from(row_of.len()).ok().map(|count| count - 1));
            }
            (None, _) => numbers.push(None),
        }
    }
    (numbers, row_of)
}

/// The same for rows in any order.
fn looked_up(ids: &StringViewArray) -> (Vec<Option<i64>>, Vec<u32>) {
    let mut first: HashMap<&str, u32> = HashMap::new();
    for (row, id) in (0_u32..).zip(ids) {
        if let Some(id) = id {
            first.entry(id).or_insert(row);
        }
    }
    let mut sorted: Vec<(&str, u32)> = first.into_iter().collect();
    sorted.sort_unstable();
    let number: HashMap<&str, i64> = sorted.iter().map(|(id, _)| *id).zip(0..).collect();
    let numbers = ids.iter().map(|id| id.and_then(|id| number.get(id).copied())).collect();
    (numbers, sorted.into_iter().map(|(_, row)| row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_turn_and_places_by_the_alphabet() {
        let mut numbering = Numbering::default();
        let column = StringViewArray::from(vec![Some("jam"), None, Some(""), Some("bun"), Some("jam")]);
        assert_eq!(numbering.numbers(&column), [Some(0), None, None, Some(1), Some(0)]);
        let (texts, places) = numbering.ranked();
        assert_eq!((texts, places), (vec!["bun".to_owned(), "jam".to_owned()], vec![1, 0]));
    }

    #[test]
    fn texts_are_numbered_by_the_alphabet_whatever_the_order_of_the_rows() {
        let sorted = StringViewArray::from(vec![Some("a"), Some("a"), None, Some("b"), Some("d")]);
        let (numbers, rows) = numbered(&sorted);
        assert_eq!(numbers, [Some(0), Some(0), None, Some(1), Some(2)]);
        assert_eq!(rows, [0, 3, 4]);
        let mixed = StringViewArray::from(vec![Some("d"), Some("a"), None, Some("b"), Some("a")]);
        let (numbers, rows) = numbered(&mixed);
        assert_eq!(numbers, [Some(2), Some(0), None, Some(1), Some(0)]);
        assert_eq!(rows, [1, 3, 0]);
    }
}
