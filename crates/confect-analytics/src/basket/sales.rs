//! Baskets from sold lines, one line at a time, with what each item earned.
//!
//! Grain: whatever the caller calls a basket (a receipt, a customer) and an item (an article, a category).
//! Lines may come in any order: items are numbered by name, ascending, and a basket belongs to the least
//! period of its lines, so that the same lines always give the same answer.
//! Deliberately absent: which lines count (the caller's query decides) and floating-point money.

use super::baskets::Baskets;
use super::error::BasketError;
use super::rules::RuleCounts;
use super::text::{NamedBaskets, Names};

/// One sold line. Amounts are whole ten-thousandths.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoldLine<'a> {
    /// What the line is part of.
    pub basket: &'a str,
    /// What was sold.
    pub item: &'a str,
    /// For example the month, counted from anywhere.
    pub period: u32,
    /// What was paid.
    pub revenue: Option<i128>,
    /// Revenue less cost; `None` if no cost is known.
    pub margin: Option<i128>,
}

/// Lines on their way to be baskets.
#[derive(Default)]
pub struct SoldLines {
    baskets: Names,
    items: Names,
    pairs: Vec<(u32, u32)>,
    periods: Vec<u32>,
    worth: Vec<Worth>,
    skipped: usize,
}

/// What all lines of an item earned, in ten-thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// Revenue of all lines.
    pub revenue: i128,
    /// Margin of all lines; `None` as soon as the cost of one is unknown.
    pub margin: Option<i128>,
}

impl Worth {
    /// What the consequent of a rule adds to a basket with the antecedent beyond what it would add by chance:
    /// its mean amount in a basket that has it, times (confidence - support of the consequent).
    ///
    /// `total` is the amount of the consequent in all baskets. In ten-thousandths, rounded half away from 0;
    /// 0 if a count is 0, and at the bound of the type if the amount does not fit.
    pub fn added(total: i128, counts: RuleCounts) -> i128 {
        let of = |count: u32| i128::from(count);
        let (baskets, left, right, both) =
            (of(counts.baskets), of(counts.antecedent), of(counts.consequent), of(counts.both));
        let below = right * left * baskets;
        if below == 0 {
            return 0;
        }
        let above = total.saturating_mul(both * baskets - left * right);
        let half = if above < 0 { -(below / 2) } else { below / 2 };
        above.saturating_add(half) / below
    }
}

/// Baskets, the names of their items, and what each item earned.
#[derive(Clone, Debug, Default)]
pub struct Sales {
    /// Items by name, ascending.
    pub named: NamedBaskets,
    /// By item.
    pub worth: Vec<Worth>,
}

impl Sales {
    /// The number of the item called `name`.
    pub fn item(&self, name: &str) -> Option<u32> {
        let found = self.named.items.binary_search_by(|other| other.as_str().cmp(name)).ok()?;
        u32::try_from(found).ok()
    }

    /// The amounts of the items of a rule's side together; the margin is unknown if that of one is.
    pub fn worth_of(&self, items: &[u32]) -> Worth {
        let each = items.iter().filter_map(|item| self.worth.get(*item as usize));
        each.fold(Worth { revenue: 0, margin: Some(0) }, |sum, worth| Worth {
            revenue: sum.revenue.saturating_add(worth.revenue),
            margin: sum.margin.zip(worth.margin).map(|(sum, worth)| sum.saturating_add(worth)),
        })
    }
}

impl SoldLines {
    /// Takes a line; one without a basket or an item is skipped and counted.
    pub fn push(&mut self, line: SoldLine<'_>) {
        if line.basket.is_empty() || line.item.is_empty() {
            self.skipped += 1;
            return;
        }
        let basket = self.baskets.number(line.basket.as_bytes());
        let item = self.items.number(line.item.as_bytes());
        self.pairs.push((basket, item));
        match self.periods.get_mut(basket as usize) {
            Some(period) => *period = line.period.min(*period),
            None => self.periods.push(line.period),
        }
        if self.worth.len() <= item as usize {
            self.worth.push(Worth { revenue: 0, margin: Some(0) });
        }
        if let Some(worth) = self.worth.get_mut(item as usize) {
            worth.revenue = worth.revenue.saturating_add(line.revenue.unwrap_or(0));
            worth.margin = worth.margin.zip(line.margin).map(|(sum, margin)| sum.saturating_add(margin));
        }
    }

    /// Lines taken so far.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether no line was taken.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The baskets.
    ///
    /// # Errors
    /// More items in all baskets than the engine can number.
    pub fn finish(self) -> Result<Sales, BasketError> {
        let Self { items, pairs, periods, worth, skipped, .. } = self;
        let mut by_name: Vec<(String, u32)> = items.into_names().into_iter().zip(0..).collect();
        by_name.sort_unstable();
        let mut rank = vec![0_u32; by_name.len()];
        for (new, (_, old)) in (0_u32..).zip(&by_name) {
            if let Some(rank) = rank.get_mut(*old as usize) {
                *rank = new;
            }
        }
        let worth =
            by_name.iter().map(|(_, old)| worth.get(*old as usize).copied().unwrap_or_default()).collect();
        let mut baskets = Baskets::new(rank.len() as u32);
        fill(&mut baskets, pairs, &periods, &rank)?;
        let items = by_name.into_iter().map(|(name, _)| name).collect();
        Ok(Sales { named: NamedBaskets { baskets, items, periods: Vec::new(), skipped }, worth })
    }
}

/// Pushes the baskets in the order of their numbers.
fn fill(
    baskets: &mut Baskets,
    mut pairs: Vec<(u32, u32)>,
    periods: &[u32],
    rank: &[u32],
) -> Result<(), BasketError> {
    pairs.sort_unstable_by_key(|(basket, _)| *basket);
    let mut members: Vec<u32> = Vec::new();
    for of_one in pairs.chunk_by(|(left, _), (right, _)| left == right) {
        members.clear();
        members.extend(of_one.iter().filter_map(|(_, item)| rank.get(*item as usize)));
        let basket = of_one.first().map_or(0, |(basket, _)| *basket as usize);
        baskets.push_in(&members, periods.get(basket).copied().unwrap_or(0))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'a>(basket: &'a str, item: &'a str, period: u32, margin: Option<i128>) -> SoldLine<'a> {
        SoldLine { basket, item, period, revenue: Some(100), margin }
    }

    #[test]
    fn lines_in_any_order_give_the_same_baskets() {
        let rows = [
            line("b2", "tea", 4, Some(5)),
            line("b1", "jam", 3, Some(1)),
            line("b2", "jam", 3, Some(2)),
            line("b1", "jam", 3, Some(4)),
            line("", "jam", 3, None),
            line("b1", "bun", 3, None),
        ];
        let sales = |order: &[usize]| {
            let mut lines = SoldLines::default();
            order.iter().for_each(|row| lines.push(rows[*row]));
            lines.finish().unwrap()
        };
        let one = sales(&[0, 1, 2, 3, 4, 5]);
        assert_eq!(one.named.items, ["bun", "jam", "tea"]);
        assert_eq!((one.item("jam"), one.item("ham")), (Some(1), None));
        assert_eq!(one.named.skipped, 1);
        let listed = |sales: &Sales| -> Vec<(Vec<u32>, u32)> {
            let baskets = &sales.named.baskets;
            let mut all: Vec<_> =
                (0..baskets.len()).map(|at| (baskets.basket(at).to_vec(), baskets.period(at))).collect();
            all.sort();
            all
        };
        assert_eq!(listed(&one), [(vec![0, 1], 3), (vec![1, 2], 3)]);
        let margins: Vec<_> = one.worth.iter().map(|worth| worth.margin).collect();
        assert_eq!(margins, [None, Some(7), Some(5)]);
        let other = sales(&[5, 4, 3, 2, 1, 0]);
        assert_eq!((listed(&other), &other.worth), (listed(&one), &one.worth));
    }

    #[test]
    fn what_a_rule_adds_is_the_mean_amount_times_the_uplift() {
        // 10 baskets, A in 4, C in 5 worth 2.00 together (0.40 each), both in 3: 0.40 * (3/4 - 5/10) = 0.10.
        let counts = RuleCounts { baskets: 10, antecedent: 4, consequent: 5, both: 3 };
        assert_eq!(Worth::added(20_000, counts), 1_000);
        // Less often than by chance takes away: 0.40 * (1/4 - 1/2) = -0.10.
        assert_eq!(Worth::added(20_000, RuleCounts { both: 1, ..counts }), -1_000);
        assert_eq!(Worth::added(20_000, RuleCounts::default()), 0);
        let huge = RuleCounts { baskets: u32::MAX, antecedent: 1, consequent: 1, both: 1 };
        assert!(Worth::added(i128::MAX, huge) > 0);
    }
}
