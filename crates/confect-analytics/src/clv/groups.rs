//! Customers with equal histories are one row with a weight: fewer terms in a likelihood, the same sum.

use super::summary::CustomerSummary;

/// A history and how many customers have it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) x: u32,
    pub(super) recency: f64,
    pub(super) age: f64,
    pub(super) weight: f64,
}

/// The histories that can be fitted, in a fixed order.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) groups: Vec<Group>,
    pub(super) customers: usize,
    pub(super) repeat_customers: usize,
    pub(super) largest_x: u32,
    pub(super) mean_age: f64,
}

impl Groups {
    /// Groups those who were observed for some time; who came on the last day tells nothing.
    pub(super) fn new(summaries: &[CustomerSummary]) -> Self {
        let usable = summaries.iter().filter(|summary| summary.is_valid() && summary.age > 0.0);
        // Numbers that are not negative sort as their bits do.
        let mut keys: Vec<(u32, u64, u64)> = usable
            .map(|summary| (summary.repeats, summary.age.to_bits(), summary.recency.to_bits()))
            .collect();
        keys.sort_unstable();
        let customers = keys.len();
        let repeat_customers = keys.iter().filter(|key| key.0 > 0).count();
        let age: f64 = keys.iter().map(|key| f64::from_bits(key.1)).sum();
        let group = |equal: &[(u32, u64, u64)]| {
            let (x, age, recency) = *equal.first()?;
            let (recency, age) = (f64::from_bits(recency), f64::from_bits(age));
            Some(Group { x, recency, age, weight: equal.len() as f64 })
        };
        Self {
            groups: keys.chunk_by(|left, right| left == right).filter_map(group).collect(),
            customers,
            repeat_customers,
            largest_x: keys.last().map_or(0, |key| key.0),
            mean_age: age / customers.max(1) as f64,
        }
    }

    /// Every `step`-th group: a start near the maximum for a fraction of the work.
    pub(super) fn every(&self, step: usize) -> Vec<Group> {
        self.groups.iter().copied().step_by(step).collect()
    }
}
