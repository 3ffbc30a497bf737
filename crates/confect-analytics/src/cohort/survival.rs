//! How long until the second purchase, with those who have not made it yet (Kaplan and Meier 1958).

use confect_domain::Date;

use crate::orders::{Order, by_customer, customers};

/// One day on which someone made a second purchase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurvivalStep {
    /// Days since the first purchase.
    pub days: i32,
    /// Customers who had made no second purchase before and were still observed.
    pub at_risk: usize,
    /// Second purchases on this day.
    pub events: usize,
    /// Share of customers without a second purchase after this day.
    pub waiting: f64,
    /// 95 % interval of that share: Greenwood's variance on the log-log scale; `None` where it is 0 or 1.
    pub interval: Option<(f64, f64)>,
}

/// The curve of the time to the second purchase.
#[derive(Clone, Debug, PartialEq)]
pub struct Survival {
    /// Customers with a first purchase.
    pub customers: usize,
    /// Of these, customers with a second one.
    pub events: usize,
    /// The curve, by days; 1 before the first step.
    pub steps: Vec<SurvivalStep>,
    /// The first day after which at most half have made no second purchase; `None` if that was not reached.
    pub median_days: Option<i32>,
}

impl Survival {
    /// The share of customers with a second purchase within so many days.
    pub fn repeated_within(&self, days: i32) -> f64 {
        let steps = self.steps.partition_point(|step| step.days <= days);
        steps.checked_sub(1).and_then(|at| self.steps.get(at)).map_or(0.0, |step| 1.0 - step.waiting)
    }
}

/// The time from the first to the second day with a purchase of each customer, up to `observed_to`.
pub fn second_purchase(orders: &[Order], observed_to: Date) -> Survival {
    let mut durations: Vec<(i32, bool)> = Vec::new();
    for orders in customers(&by_customer(orders)) {
        let mut days = orders
            .iter()
            .filter(|order| order.is_purchase && order.day <= observed_to)
            .map(|order| order.day);
        let Some(first) = days.next() else { continue };
        let second = days.find(|day| *day != first);
        let until = second.unwrap_or(observed_to);
        durations.push((until.days().saturating_sub(first.days()), second.is_some()));
    }
    durations.sort_unstable();
    let (customers, events) = (durations.len(), durations.iter().filter(|row| row.1).count());
    let (mut waiting, mut variance, mut at_risk) = (1.0_f64, 0.0_f64, customers);
    let mut steps = Vec::new();
    for same in durations.chunk_by(|left, right| left.0 == right.0) {
        let made = same.iter().filter(|row| row.1).count();
        if let (Some((days, _)), true) = (same.first(), made > 0) {
            let (risk, count) = (at_risk as f64, made as f64);
            waiting *= 1.0 - count / risk;
            variance += count / (risk * (risk - count));
            let interval = interval(waiting, variance);
            steps.push(SurvivalStep { days: *days, at_risk, events: made, waiting, interval });
        }
        at_risk = at_risk.saturating_sub(same.len());
    }
    let median_days = steps.iter().find(|step| step.waiting <= 0.5).map(|step| step.days);
    Survival { customers, events, steps, median_days }
}

fn interval(waiting: f64, variance: f64) -> Option<(f64, f64)> {
    if waiting <= 0.0 || waiting >= 1.0 {
        return None;
    }
    let log = waiting.ln();
    let half = 1.959_963_984_540_054 * variance.sqrt() / log;
    let ends = (waiting.powf(half.exp()), waiting.powf((-half).exp()));
    Some((ends.0.min(ends.1), ends.0.max(ends.1)))
}
