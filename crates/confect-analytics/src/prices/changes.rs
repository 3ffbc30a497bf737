//! Levels of prices → changes with their evidence, and what was sold before and after.

use super::levels::{Level, LevelDay, LevelOptions, is_same, price_levels};

/// Sold lines of an article on a day at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedDay {
    /// The article: places from 0 on.
    pub article: u32,
    /// Days since 1970-01-01.
    pub day: i32,
    /// Price of a piece before discounts, in any unit such as ten-thousandths; `None` counts pieces only.
    pub price: Option<i64>,
    /// Number of lines.
    pub lines: u64,
    /// Pieces, in any unit.
    pub pieces: i128,
}

/// What counts as a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceOptions {
    /// What makes a level.
    pub levels: LevelOptions,
    /// Smaller changes are not told, as a share of the old price.
    pub min_change: f64,
    /// Share of lines that may have the old price after a change, and the new one before it.
    pub most_other: f64,
    /// Weeks before and after of which pieces are counted, at most.
    pub weeks: i32,
}

impl Default for PriceOptions {
    /// One percent, two lines of ten, eight weeks.
    fn default() -> Self {
        Self { levels: LevelOptions::default(), min_change: 0.01, most_other: 0.2, weeks: 8 }
    }
}

/// Pieces in a number of weeks before a change, and in as many from it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// Before the day of the change.
    pub before: i128,
    /// From that day on.
    pub after: i128,
}

/// A list price that became another one.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceChange {
    /// The article.
    pub article: u32,
    /// The first day on which a line was sold at the new price.
    pub day: i32,
    /// The price before, with its days and lines. Its last day is the last one before the change.
    pub old: Level,
    /// The price from then on.
    pub new: Level,
    /// Weeks before and after that are compared; 0 if there is less than one week on a side.
    pub weeks: i32,
    /// Pieces of the article in those weeks.
    pub pieces: Pieces,
    /// Pieces of the other articles of its group in those weeks.
    pub others: Pieces,
}

impl PriceChange {
    /// New price over old price, less 1.
    pub fn rate(&self) -> f64 {
        self.new.price as f64 / self.old.price as f64 - 1.0
    }
}

/// Changes of all articles, by article and day.
///
/// `groups` has the group of each article, such as its category, by its place; an article without one is compared
/// with nothing. `rows` in any order; further rows of an article, day and price add up. Rows without a positive price
/// or number of lines count pieces only. `last_day` is the last one on which anything was sold.
pub fn price_changes(
    mut rows: Vec<PricedDay>,
    groups: &[Option<u32>],
    last_day: i32,
    options: &PriceOptions,
) -> Vec<PriceChange> {
    rows.sort_unstable_by_key(|row| (row.article, row.day, row.price));
    let articles: Vec<&[PricedDay]> = rows.chunk_by(|left, right| left.article == right.article).collect();
    let mut changes = Vec::new();
    for own in &articles {
        changes.extend(changes_of(own, last_day, options));
    }
    let group = |article: u32| groups.get(article as usize).copied().flatten();
    for change in &mut changes {
        let Some(wanted) = group(change.article) else { continue };
        let others = articles.iter().filter(|rows| {
            rows.first()
                .is_some_and(|row| row.article != change.article && group(row.article) == Some(wanted))
        });
        let others: Vec<Pieces> = others.map(|rows| pieces(rows, change.day, change.weeks)).collect();
        change.others = Pieces {
            before: others.iter().map(|pieces| pieces.before).sum(),
            after: others.iter().map(|pieces| pieces.after).sum(),
        };
    }
    changes
}

fn changes_of(rows: &[PricedDay], last_day: i32, options: &PriceOptions) -> Vec<PriceChange> {
    let Some(article) = rows.first().map(|row| row.article) else { return Vec::new() };
    let days: Vec<LevelDay> =
        rows.chunk_by(|left, right| left.day == right.day).filter_map(level_day).collect();
    let levels = price_levels(&days, &options.levels);
    let share = |price: i64, level: &Level| {
        let within = days.iter().filter(|day| (level.from..=level.to).contains(&day.day));
        let (mut at, mut all) = (0_u64, 0_u64);
        for (paid, lines) in within.flat_map(|day| &day.prices) {
            at += if is_same(*paid, price, options.levels.tolerance) { *lines } else { 0 };
            all += lines;
        }
        at as f64 / all.max(1) as f64
    };
    let change = |pair: &[Level]| {
        let [old, new] = pair else { return None };
        let is_large = (new.price - old.price).unsigned_abs() as f64 >= options.min_change * old.price as f64;
        let is_clear =
            share(old.price, new) <= options.most_other && share(new.price, old) <= options.most_other;
        if !is_large || !is_clear {
            return None;
        }
        // Whole weeks, as many on each side, within what is known of the two prices.
        let known = (new.from - old.from).min(last_day + 1 - new.from) / 7;
        let weeks = known.clamp(0, options.weeks);
        Some(PriceChange {
            article,
            day: new.from,
            old: old.clone(),
            new: new.clone(),
            weeks,
            pieces: pieces(rows, new.from, weeks),
            others: Pieces::default(),
        })
    };
    levels.windows(2).filter_map(change).collect()
}

/// The priced lines of one day; `None` if there are none.
fn level_day(rows: &[PricedDay]) -> Option<LevelDay> {
    let priced = |row: &PricedDay| Some((row.price.filter(|price| *price > 0)?, row.lines));
    let mut prices: Vec<(i64, u64)> = Vec::new();
    for (price, lines) in rows.iter().filter_map(priced).filter(|(_, lines)| *lines > 0) {
        match prices.last_mut().filter(|(last, _)| *last == price) {
            Some((_, sum)) => *sum += lines,
            None => prices.push((price, lines)),
        }
    }
    Some(LevelDay { day: rows.first().filter(|_| !prices.is_empty())?.day, prices })
}

fn pieces(rows: &[PricedDay], day: i32, weeks: i32) -> Pieces {
    let sum = |from: i32, to: i32| {
        let start = rows.partition_point(|row| row.day < from);
        let within = rows.iter().skip(start).take_while(|row| row.day < to);
        within.map(|row| row.pieces).sum()
    };
    Pieces { before: sum(day - weeks * 7, day), after: sum(day, day + weeks * 7) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sold(article: u32, days: std::ops::Range<i32>, price: i64, pieces: i128) -> Vec<PricedDay> {
        days.map(|day| PricedDay { article, day, price: Some(price), lines: 2, pieces }).collect()
    }

    #[test]
    fn a_rise_is_told_with_what_was_sold_before_and_after() {
        let rows = [
            sold(0, 0..100, 450, 10),
            sold(0, 100..200, 504, 7),
            sold(1, 0..200, 300, 5),
            sold(2, 0..150, 300, 100),
        ];
        let groups = [Some(1), Some(1), None];
        let changes = price_changes(rows.concat(), &groups, 199, &PriceOptions::default());
        assert_eq!(changes.len(), 1);
        let change = &changes[0];
        assert_eq!((change.article, change.day, change.old.price, change.new.price), (0, 100, 450, 504));
        assert!((change.rate() - 0.12).abs() < 1e-12);
        assert_eq!((change.old.to, change.weeks), (99, 8));
        assert_eq!(change.pieces, Pieces { before: 560, after: 392 });
        assert_eq!(change.others, Pieces { before: 280, after: 280 });
    }

    #[test]
    fn weeks_are_as_many_on_both_sides_as_are_known() {
        let rows = [sold(0, 0..100, 450, 1), sold(0, 100..131, 504, 1)].concat();
        let changes = price_changes(rows, &[], 130, &PriceOptions::default());
        // 31 days: four weeks.
        assert_eq!((changes[0].weeks, changes[0].pieces), (4, Pieces { before: 28, after: 28 }));
        assert_eq!(changes[0].others, Pieces::default(), "no group, no others");
    }

    #[test]
    fn two_prices_side_by_side_are_no_change() {
        // Half of the lines are wholesale; its share goes from 40 % to 60 %: nobody changed a price.
        let side = |days: std::ops::Range<i32>, retail: u64, wholesale: u64| -> Vec<PricedDay> {
            let row = |day, price, lines| PricedDay { article: 0, day, price: Some(price), lines, pieces: 1 };
            days.flat_map(|day| [row(day, 450, retail), row(day, 300, wholesale)]).collect()
        };
        let rows = [side(0..100, 7, 3), side(100..200, 3, 7)].concat();
        assert_eq!(price_changes(rows, &[], 199, &PriceOptions::default()), []);
    }

    #[test]
    fn further_rows_of_a_day_add_up_and_their_order_says_nothing() {
        let whole = [sold(0, 0..60, 450, 4), sold(0, 60..120, 400, 4)].concat();
        let mut parts: Vec<PricedDay> = whole
            .iter()
            .flat_map(|row| {
                [PricedDay { lines: 1, pieces: 1, ..*row }, PricedDay { lines: 1, pieces: 3, ..*row }]
            })
            .collect();
        parts.reverse();
        let options = PriceOptions::default();
        let changes = price_changes(whole, &[], 119, &options);
        assert_eq!(changes.len(), 1);
        assert_eq!(price_changes(parts, &[], 119, &options), changes);
    }

    #[test]
    fn what_has_no_price_counts_pieces_only() {
        let mut rows = [sold(0, 0..60, 450, 1), sold(0, 60..120, 500, 1)].concat();
        rows.extend((0..120).map(|day| PricedDay { article: 0, day, price: None, lines: 9, pieces: 2 }));
        rows.push(PricedDay { article: 0, day: 3, price: Some(-450), lines: 1, pieces: 0 });
        let changes = price_changes(rows, &[], 119, &PriceOptions::default());
        assert_eq!((changes.len(), changes[0].pieces.before), (1, 168));
        assert_eq!(changes[0].old.lines, 120);
        assert_eq!(price_changes(Vec::new(), &[], 0, &PriceOptions::default()), []);
    }
}
