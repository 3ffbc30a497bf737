//! Prices by day → spans of days at one price.
//!
//! Each day is said to be at one of the article's usual prices so that as few lines as possible have another price,
//! where each change from one price to another costs as much as some lines that do not fit (the Viterbi path of a
//! Potts model). So a day with odd prices changes nothing, and the day of a change is the one that explains most lines.
//! Levels that do not last, have few lines, or hold for too few of them are then left out, and what stands on both
//! sides of a short one joins if the price is the same: a campaign does not end one price and begin another.

/// Prices of an article on a day, in any unit such as ten-thousandths, with the number of lines at each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelDay {
    /// Days since 1970-01-01.
    pub day: i32,
    /// Price and lines; positive both.
    pub prices: Vec<(i64, u64)>,
}

/// What makes a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelOptions {
    /// Days that a price has to last.
    pub min_days: i32,
    /// Lines that have to be sold at it.
    pub min_lines: u64,
    /// Share of the lines of its days that have to be sold at it.
    pub min_share: f64,
    /// Prices that differ by at most this share are one: rounding of prices that were worked out from amounts.
    pub tolerance: f64,
}

impl Default for LevelOptions {
    /// Four weeks, twenty lines, six of ten lines, half a percent.
    fn default() -> Self {
        Self { min_days: 28, min_lines: 20, min_share: 0.6, tolerance: 0.005 }
    }
}

/// Days on which an article had one price.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The price at which most of its lines were sold.
    pub price: i64,
    /// First and last day on which a line was sold at it.
    pub from: i32,
    /// See `from`.
    pub to: i32,
    /// Lines at that price, and all lines of the days from `from` to `to`.
    pub lines: u64,
    /// See `lines`.
    pub all_lines: u64,
}

impl Level {
    /// Share of the lines at that price.
    pub fn share(&self) -> f64 {
        self.lines as f64 / self.all_lines.max(1) as f64
    }
}

/// Usual prices that are looked at for one article; the most frequent ones.
const MOST_PRICES: usize = 64;

/// Whether two prices are one.
pub(super) fn is_same(left: i64, right: i64, tolerance: f64) -> bool {
    (left - right).unsigned_abs() as f64 <= tolerance * left.min(right) as f64
}

/// The levels of one article, by day; `days` in order, each once.
pub fn price_levels(days: &[LevelDay], options: &LevelOptions) -> Vec<Level> {
    let usual = usual_prices(days, options);
    let path = path(days, &usual, options);
    let mut found: Vec<Level> = Vec::new();
    let mut spans = days.iter().zip(&path).peekable();
    while let Some((first, place)) = spans.next() {
        let mut span = vec![first];
        while let Some((next, _)) = spans.next_if(|(_, next)| *next == place) {
            span.push(next);
        }
        let level = usual.get(*place).and_then(|price| level(&span, *price, options.tolerance));
        let level = level.filter(|level| {
            level.to - level.from + 1 >= options.min_days
                && level.lines >= options.min_lines
                && level.share() >= options.min_share
        });
        let Some(level) = level else { continue };
        match found.last_mut().filter(|last| last.price == level.price) {
            Some(last) => {
                last.to = level.to;
                last.lines += level.lines;
                last.all_lines += level.all_lines;
            }
            None => found.push(level),
        }
    }
    found
}

/// Prices with enough lines, the most frequent first, without those that are the same as a more frequent one.
fn usual_prices(days: &[LevelDay], options: &LevelOptions) -> Vec<i64> {
    let mut all: Vec<(i64, u64)> = days.iter().flat_map(|day| day.prices.iter().copied()).collect();
    all.sort_unstable();
    let sum = |same: &[(i64, u64)]| Some((same.iter().map(|(_, lines)| lines).sum::<u64>(), same.first()?.0));
    let mut counted: Vec<(u64, i64)> =
        all.chunk_by(|left, right| left.0 == right.0).filter_map(sum).collect();
    counted.sort_unstable_by_key(|(lines, price)| (std::cmp::Reverse(*lines), *price));
    let mut usual: Vec<i64> = Vec::new();
    for (_, price) in &counted {
        if usual.len() < MOST_PRICES && !usual.iter().any(|known| is_same(*known, *price, options.tolerance))
        {
            usual.push(*price);
        }
    }
    // With those that are the same as it, not by itself: amounts of several pieces round to several prices.
    let with_same = |price: &i64| {
        let same = counted.iter().filter(|(_, other)| is_same(*price, *other, options.tolerance));
        same.map(|(lines, _)| *lines).sum::<u64>()
    };
    usual.retain(|price| with_same(price) >= options.min_lines);
    usual
}

/// Which of the usual prices each day is at; empty if there are none.
fn path(days: &[LevelDay], usual: &[i64], options: &LevelOptions) -> Vec<usize> {
    let change = options.min_lines;
    let mut costs = vec![0_u64; usual.len()];
    // For each day: the best price to come from, and which prices were better reached from there than by staying.
    let mut turns: Vec<(usize, Vec<bool>)> = Vec::with_capacity(days.len());
    for day in days {
        let best = costs.iter().enumerate().min_by_key(|(_, cost)| **cost).map_or(0, |(place, _)| place);
        let least = costs.get(best).copied().unwrap_or(0);
        let total: u64 = day.prices.iter().map(|(_, lines)| lines).sum();
        let mut turned = vec![false; usual.len()];
        for ((cost, price), turn) in costs.iter_mut().zip(usual).zip(&mut turned) {
            let fits = day.prices.iter().filter(|(paid, _)| is_same(*paid, *price, options.tolerance));
            let misfits = total - fits.map(|(_, lines)| lines).sum::<u64>();
            *turn = least + change < *cost;
            *cost = (*cost).min(least + change) + misfits;
        }
        turns.push((best, turned));
    }
    let Some((mut place, _)) = costs.iter().enumerate().min_by_key(|(_, cost)| **cost) else {
        return Vec::new();
    };
    let mut path: Vec<usize> = Vec::with_capacity(days.len());
    for (best, turned) in turns.iter().rev() {
        path.push(place);
        if turned.get(place) == Some(&true) {
            place = *best;
        }
    }
    path.reverse();
    path
}

/// The span as a level, from the first to the last day with a line at its price; `None` if there is none.
fn level(span: &[&LevelDay], price: i64, tolerance: f64) -> Option<Level> {
    let lines_of = |day: &LevelDay| -> u64 {
        day.prices.iter().filter(|(paid, _)| is_same(*paid, price, tolerance)).map(|(_, lines)| lines).sum()
    };
    let first = span.iter().position(|day| lines_of(day) > 0)?;
    let last = span.iter().rposition(|day| lines_of(day) > 0)?;
    let (mut lines, mut all_lines) = (0, 0);
    for day in span.get(first..=last)? {
        lines += lines_of(day);
        all_lines += day.prices.iter().map(|(_, lines)| lines).sum::<u64>();
    }
    Some(Level { price, from: span.get(first)?.day, to: span.get(last)?.day, lines, all_lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days from `from` on with these prices and lines each.
    fn days(from: i32, count: i32, prices: &[(i64, u64)]) -> Vec<LevelDay> {
        (from..from + count).map(|day| LevelDay { day, prices: prices.to_vec() }).collect()
    }

    fn found(days: &[LevelDay]) -> Vec<(i64, i32, i32)> {
        let levels = price_levels(days, &LevelOptions::default());
        levels.iter().map(|level| (level.price, level.from, level.to)).collect()
    }

    #[test]
    fn one_price_is_one_level_and_odd_prices_do_not_end_it() {
        let mut shop = days(0, 100, &[(450, 2)]);
        assert_eq!(found(&shop), [(450, 0, 99)]);
        shop[40].prices = vec![(100, 3), (450, 1)];
        shop[41].prices = vec![(99, 5)];
        shop[0].prices = vec![(1, 4)];
        // The first line at the price is of day 1.
        assert_eq!(found(&shop), [(450, 1, 99)]);
    }

    #[test]
    fn a_change_is_found_on_its_day() {
        let shop = [days(0, 50, &[(450, 1)]), days(50, 50, &[(504, 1)])].concat();
        assert_eq!(found(&shop), [(450, 0, 49), (504, 50, 99)]);
        // Also when shops change one after the other: the day on which most have.
        let mixed = [
            days(0, 50, &[(450, 4)]),
            days(50, 2, &[(450, 3), (504, 1)]),
            days(52, 2, &[(450, 1), (504, 3)]),
            days(54, 50, &[(504, 4)]),
        ];
        let levels = price_levels(&mixed.concat(), &LevelOptions::default());
        assert_eq!(levels[1], Level { price: 504, from: 52, to: 103, lines: 206, all_lines: 208 });
        assert_eq!((levels[0].to, levels[0].lines, levels[0].all_lines), (51, 206, 208));
    }

    #[test]
    fn what_does_not_last_is_no_level_and_both_sides_of_it_join() {
        let campaign = [days(0, 50, &[(450, 4)]), days(50, 14, &[(360, 9)]), days(64, 50, &[(450, 4)])];
        assert_eq!(found(&campaign.concat()), [(450, 0, 113)]);
        let at_the_end = [days(0, 50, &[(450, 4)]), days(50, 27, &[(504, 4)])].concat();
        assert_eq!(found(&at_the_end), [(450, 0, 49)], "four weeks are not over");
        let seldom = [days(0, 200, &[(450, 4)]), days(200, 19, &[(504, 1)])].concat();
        assert_eq!(found(&seldom).len(), 1);
    }

    #[test]
    fn a_price_that_few_pay_is_no_level() {
        let haggled: Vec<LevelDay> =
            (0..200).map(|day| LevelDay { day, prices: vec![(450, 2), (400 + i64::from(day), 2)] }).collect();
        assert_eq!(found(&haggled), []);
        assert_eq!(found(&[]), []);
        assert_eq!(found(&days(0, 300, &[])), []);
    }

    #[test]
    fn rounding_is_not_a_price() {
        // 4.99 for one, 4.995 for two, worked out from amounts.
        let shop: Vec<LevelDay> = (0..90)
            .map(|day| LevelDay { day, prices: vec![(49_900 + i64::from(day % 3) * 50, 1)] })
            .collect();
        let levels = price_levels(&shop, &LevelOptions::default());
        assert_eq!((levels.len(), levels[0].lines), (1, 90));
    }

    #[test]
    fn the_day_found_explains_most_lines() {
        // Every possible day of one change, by hand: lines at the old price before it and at the new one from it on.
        let mut state = 7_u64;
        for _ in 0..40 {
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % 10
            };
            let shop: Vec<LevelDay> = (0..120)
                .map(|day| {
                    let is_new = (next() < 8) == (day >= 60);
                    LevelDay { day, prices: vec![(if is_new { 504 } else { 450 }, 1 + next() % 4)] }
                })
                .collect();
            let levels = price_levels(&shop, &LevelOptions::default());
            assert_eq!(levels.len(), 2, "{levels:?}");
            let fits = |day: &LevelDay, price: i64| -> u64 {
                day.prices.iter().filter(|(paid, _)| *paid == price).map(|(_, lines)| lines).sum()
            };
            let explained = |change: i32| -> u64 {
                shop.iter().map(|day| fits(day, if day.day < change { 450 } else { 504 })).sum()
            };
            let best = (1..120).map(explained).max().expect("days");
            assert_eq!(explained(levels[1].from), best);
        }
    }
}
