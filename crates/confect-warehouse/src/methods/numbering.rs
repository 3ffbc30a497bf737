//! Texts to numbers, one batch of rows after the other.
//!
//! Numbers are given as texts come; which batch comes first is a matter of chance, so [`Numbering::ranked`]
//! tells each number's place in the order of the alphabet, and answers go by that.

use arrow::array::StringViewArray;
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
}
