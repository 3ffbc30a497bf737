//! What was written, counted while it is written: the truth that a warehouse is held against.

use crate::dirt::KINDS as DIRT;
use crate::plan::{Plan, SEGMENTS};
use crate::world::World;

/// Lines and their money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub lines: u64,
    /// What they are worth, in hundredths.
    pub cents: i64,
}

impl Sum {
    pub(crate) fn add(&mut self, cents: i64) {
        self.lines += 1;
        self.cents += cents;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.lines += other.lines;
        self.cents += other.cents;
    }
}

/// What one rule of what is bought together came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleCount {
    /// Receipts with everything on the left.
    pub(crate) with: u64,
    /// Receipts with what is on the right.
    pub(crate) then: u64,
    /// Receipts with both.
    pub(crate) both: u64,
}

/// Counts of a day, or of all days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Lines that have to be found as sales.
    pub(crate) sales: Sum,
    /// As returns, positive.
    pub(crate) returns: Sum,
    /// As adjustments: their number only counts.
    pub(crate) adjustments: u64,
    pub(crate) quarantined: u64,
    pub(crate) deduplicated: u64,
    /// Receipts with a line that has to be found as a sale.
    pub(crate) receipts: u64,
    pub(crate) units: i64,
    /// Sales by store, kind and country.
    pub(crate) by_store: Vec<Sum>,
    pub(crate) by_kind: Vec<Sum>,
    pub(crate) by_country: Vec<Sum>,
    /// Receipts and sales of known customers by segment.
    pub(crate) by_segment: Vec<Sum>,
    /// Returns by store.
    pub(crate) returned_by_store: Vec<Sum>,
    pub(crate) rules: Vec<RuleCount>,
    /// Spoilt lines by kind of dirt.
    pub(crate) dirt: Vec<u64>,
    /// Points earned, redeemed and expired, and their events.
    pub(crate) points: [i64; 3],
    pub(crate) events: u64,
}

impl Tally {
    pub(crate) fn new(world: &World) -> Self {
        let sums = |length| vec![Sum::default(); length];
        Self {
            sales: Sum::default(),
            returns: Sum::default(),
            adjustments: 0,
            quarantined: 0,
            deduplicated: 0,
            receipts: 0,
            units: 0,
            by_store: sums(world.stores.len()),
            by_kind: sums(crate::assortment::KINDS.len()),
            by_country: sums(crate::group::COUNTRIES.len()),
            by_segment: sums(SEGMENTS.len()),
            returned_by_store: sums(world.stores.len()),
            rules: vec![RuleCount::default(); world.plan.rules.len()],
            dirt: vec![0; DIRT.len()],
            points: [0; 3],
            events: 0,
        }
    }

    /// Lines of the till in all.
    pub(crate) fn lines(&self) -> u64 {
        self.sales.lines + self.returns.lines + self.adjustments + self.quarantined + self.deduplicated
    }

    /// Counts a receipt by the articles that have to be found on it.
    pub(crate) fn receipt(&mut self, plan: &Plan, articles: u128) {
        if articles == 0 {
            return;
        }
        self.receipts += 1;
        for (count, rule) in self.rules.iter_mut().zip(&plan.rules) {
            let with = rule.with_bits;
            let (has_with, has_then) = (articles & with == with, articles & (1 << rule.then) != 0);
            count.with += u64::from(has_with);
            count.then += u64::from(has_then);
            count.both += u64::from(has_with && has_then);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.sales.merge(other.sales);
        self.returns.merge(other.returns);
        self.adjustments += other.adjustments;
        self.quarantined += other.quarantined;
        self.deduplicated += other.deduplicated;
        self.receipts += other.receipts;
        self.units += other.units;
        self.events += other.events;
        let pairs = [
            (&mut self.by_store, &other.by_store),
            (&mut self.by_kind, &other.by_kind),
            (&mut self.by_country, &other.by_country),
            (&mut self.by_segment, &other.by_segment),
            (&mut self.returned_by_store, &other.returned_by_store),
        ];
        for (own, others) in pairs {
            own.iter_mut().zip(others).for_each(|(own, other)| own.merge(*other));
        }
        for (own, other) in self.rules.iter_mut().zip(&other.rules) {
            own.with += other.with;
            own.then += other.then;
            own.both += other.both;
        }
        self.dirt.iter_mut().zip(&other.dirt).for_each(|(own, other)| *own += other);
        self.points.iter_mut().zip(other.points).for_each(|(own, other)| *own += other);
    }
}
