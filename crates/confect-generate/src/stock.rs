//! The stock behind the shops: what is there at first, what is sold, what is delivered.
//!
//! For each article: opening stock + deliveries − sales = the snapshot on the last day. Returned sweets
//! are thrown away, so a return moves no stock.

use confect_domain::Date;

use crate::GenerateSpec;
use crate::assortment::{Product, products};
use crate::random::Random;

/// One line of the stock ledger.
pub(crate) struct Movement {
    pub(crate) day: Date,
    /// Index of the article.
    pub(crate) product: usize,
    /// Positive in, negative out.
    pub(crate) quantity: i64,
    /// Number of the purchase order of a delivery.
    pub(crate) order: Option<u32>,
}

/// One article's stock.
pub(crate) struct Position {
    pub(crate) opening: i64,
    pub(crate) on_hand: i64,
    pub(crate) threshold: i64,
    pub(crate) cost: i64,
    /// Day and quantity of the delivery under way.
    due: Option<(Date, i64)>,
}

/// The whole stock with its ledger.
pub(crate) struct Stock {
    pub(crate) products: Vec<Product>,
    pub(crate) positions: Vec<Position>,
    pub(crate) movements: Vec<Movement>,
    orders: u32,
}

impl Stock {
    pub(crate) fn open(spec: &GenerateSpec, random: &mut Random) -> Self {
        let products = products();
        let appeal: f64 = products.iter().map(|product| product.appeal).sum();
        let position = |product: &Product| {
            // Pieces that go in a good week.
            let week = (f64::from(spec.customers) * 0.9 * product.appeal / appeal).max(4.0);
            let opening = (week * (1.5 + random.share())) as i64;
            // Goods cost 36-48 % of the price.
            let cost = product.price * (36 + random.below(13) as i64) / 100;
            Position { opening, on_hand: opening, threshold: week as i64, cost, due: None }
        };
        let positions = products.iter().map(position).collect();
        Self { products, positions, movements: Vec::new(), orders: 1_000 }
    }

    /// Before the shops open: what was ordered arrives, and what runs low is ordered.
    pub(crate) fn morning(&mut self, day: Date, random: &mut Random) {
        for (product, position) in self.positions.iter_mut().enumerate() {
            if let Some((_, quantity)) = position.due.filter(|(due, _)| *due <= day) {
                position.due = None;
                position.on_hand += quantity;
                self.orders += 1;
                self.movements.push(Movement { day, product, quantity, order: Some(self.orders) });
            }
            if position.due.is_none() && position.on_hand <= position.threshold {
                let lead_days = 2 + random.below(4) as i32;
                let quantity = (position.threshold * 3 - position.on_hand + 9) / 10 * 10;
                position.due = Some((day.plus_days(lead_days), quantity));
            }
        }
    }

    /// Takes pieces off the shelf; fewer than asked, or none, when they are not there.
    pub(crate) fn take(&mut self, day: Date, product: usize, quantity: i64) -> i64 {
        let Some(position) = self.positions.get_mut(product) else { return 0 };
        let taken = quantity.min(position.on_hand).max(0);
        if taken > 0 {
            position.on_hand -= taken;
            self.movements.push(Movement { day, product, quantity: -taken, order: None });
        }
        taken
    }
}
