//! Names to numbers, in the order in which they come.

use hashbrown::HashMap;

/// Names seen so far.
#[derive(Default)]
pub(crate) struct Names {
    numbers: HashMap<Box<[u8]>, u32>,
    in_order: Vec<String>,
}

impl Names {
    /// The number of a name; a new one gets the next.
    pub(crate) fn number(&mut self, name: &[u8]) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.in_order.len() as u32;
        self.numbers.insert(name.into(), number);
        self.in_order.push(String::from_utf8_lossy(name).into_owned());
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.in_order.len()
    }

    pub(crate) fn into_names(self) -> Vec<String> {
        self.in_order
    }
}
