//! Customers about to leave, with the reason and what is at stake.
//!
//! A customer's rhythm is the days between its purchases. With few of them the rhythm of all customers stands in,
//! and the reason says which it was.

use confect_domain::Date;

use crate::caveat::Caveat;
use crate::clv::CustomerValue;
use crate::numeric::quantile::quantile;
use crate::numeric::random::Random;
use crate::orders::{Order, by_customer, customers, units};

/// Why someone is on the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// Silent for longer than this many days, which all but a few of its own gaps stay below.
    OwnRhythmBroken {
        /// That many days.
        usual_at_most: f64,
        /// How many gaps the rhythm was seen in.
        gaps: usize,
    },
    /// Silent for longer than all but a few gaps of all customers; its own are too few.
    SharedRhythmBroken {
        /// That many days.
        usual_at_most: f64,
    },
    /// A model thinks that it has left.
    ProbablyGone {
        /// Probability that it has not.
        p_alive: f64,
    },
}

/// One customer on the list.
#[derive(Clone, Debug, PartialEq)]
pub struct AtRisk {
    /// Key of the customer.
    pub customer: i64,
    /// The last day with a purchase.
    pub last_purchase: Date,
    /// Days since then.
    pub days_silent: i32,
    /// Median of its own gaps, in days; `None` for one purchase.
    pub usual_gap: Option<f64>,
    /// Why it is here; never empty.
    pub reasons: Vec<Reason>,
    /// What is lost if it is gone, in units of money: with a model the value of one who is there times the
    /// probability of having left; else the net revenue of the last year.
    pub at_stake: f64,
    /// Whether it is left alone, so that the others can be compared with it.
    pub control: bool,
}

/// What is decided about the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChurnOptions {
    /// The day; later orders are not seen.
    pub as_of: Date,
    /// The share of gaps that a usual silence stays below.
    pub usual_share: f64,
    /// Gaps that make a rhythm of one's own.
    pub min_gaps: usize,
    /// Below this P(alive) a customer is on the list whatever the rhythm.
    pub p_alive_below: f64,
    /// Silent for longer than this many days is lost, not at risk.
    pub lost_after: i32,
    /// Less at stake is not worth a letter.
    pub min_at_stake: f64,
    /// The share of the list that is left alone.
    pub control_share: f64,
    /// The same seed leaves the same customers alone, whoever else is on the list.
    pub seed: u64,
}

impl ChurnOptions {
    /// 95 % of gaps, four gaps, P(alive) below one half, lost after a year, one in ten left alone.
    pub fn as_of(as_of: Date) -> Self {
        Self {
            as_of,
            usual_share: 0.95,
            min_gaps: 4,
            p_alive_below: 0.5,
            lost_after: 365,
            min_at_stake: 0.0,
            control_share: 0.1,
            seed: 1,
        }
    }
}

/// The list.
#[derive(Clone, Debug, PartialEq)]
pub struct ChurnList {
    /// Most at stake first, equal ones by key; customers of the control group among them.
    pub rows: Vec<AtRisk>,
    /// Customers with a second purchase, from whom the list was drawn.
    pub considered: usize,
    /// The days that all but a few gaps of all customers stay below.
    pub shared_usual: Option<f64>,
    /// What to be careful about.
    pub caveats: Vec<Caveat>,
}

struct Rhythm {
    customer: i64,
    last: Date,
    /// Sorted.
    gaps: Vec<f64>,
    last_year: i128,
}

/// Who is about to leave; `values` are those of a model as of the same day, by key, or empty.
///
/// Customers who bought on one day only have no rhythm and are not listed.
pub fn list_churn(orders: &[Order], values: &[CustomerValue], options: &ChurnOptions) -> ChurnList {
    list_churn_drawn(orders, values, options, |customer| customer as u64)
}

/// The same where keys of customers are not kept from one day to the next: `lot` gives what is, and who is left
/// alone is drawn by that.
pub fn list_churn_drawn(
    orders: &[Order],
    values: &[CustomerValue],
    options: &ChurnOptions,
    lot: impl Fn(i64) -> u64,
) -> ChurnList {
    let rhythms = rhythms(orders, options.as_of);
    let mut pooled: Vec<f64> = rhythms.iter().flat_map(|rhythm| rhythm.gaps.iter().copied()).collect();
    pooled.sort_unstable_by(f64::total_cmp);
    let shared_usual = quantile(&pooled, options.usual_share);
    let mut rows: Vec<AtRisk> = rhythms
        .iter()
        .filter_map(|rhythm| {
            let at = values.binary_search_by_key(&rhythm.customer, |value| value.customer).ok();
            at_risk(rhythm, at.and_then(|at| values.get(at)), shared_usual, lot(rhythm.customer), options)
        })
        .collect();
    rows.sort_by(|left, right| {
        right.at_stake.total_cmp(&left.at_stake).then(left.customer.cmp(&right.customer))
    });
    let mut caveats = Vec::new();
    if pooled.len() < 30 {
        let message = format!("{} gaps between purchases are too few for a shared rhythm", pooled.len());
        caveats.push(Caveat::new("churn-few-gaps", pooled.len(), message, "observe for longer"));
    }
    let control = rows.iter().filter(|row| row.control).count();
    if options.control_share > 0.0 && control < 30 {
        let message = format!("{control} customers are left alone, too few to measure what the others do");
        let remedy = "leave a larger share alone, or measure over several lists";
        caveats.push(Caveat::new("churn-small-control", control, message, remedy));
    }
    ChurnList { rows, considered: rhythms.len(), shared_usual, caveats }
}

/// Customers with purchases on two days or more.
fn rhythms(orders: &[Order], as_of: Date) -> Vec<Rhythm> {
    let mut rhythms = Vec::new();
    for orders in customers(&by_customer(orders)) {
        let seen = || orders.iter().filter(|order| order.day <= as_of);
        let mut days: Vec<Date> = seen().filter(|order| order.is_purchase).map(|order| order.day).collect();
        days.dedup();
        let (Some(first), Some(last), true) = (orders.first(), days.last().copied(), days.len() > 1) else {
            continue;
        };
        let gap = |pair: &[Date]| match pair {
            [from, to] => f64::from(to.days().saturating_sub(from.days())),
            _ => 0.0,
        };
        let mut gaps: Vec<f64> = days.windows(2).map(gap).collect();
        gaps.sort_unstable_by(f64::total_cmp);
        let year = |order: &&Order| as_of.days().saturating_sub(order.day.days()) < 365;
        let last_year = seen().filter(year).fold(0_i128, |sum, order| sum.saturating_add(order.revenue));
        rhythms.push(Rhythm { customer: first.customer, last, gaps, last_year });
    }
    rhythms
}

fn at_risk(
    rhythm: &Rhythm,
    value: Option<&CustomerValue>,
    shared_usual: Option<f64>,
    lot: u64,
    options: &ChurnOptions,
) -> Option<AtRisk> {
    let days_silent = options.as_of.days().saturating_sub(rhythm.last.days());
    if days_silent > options.lost_after {
        return None;
    }
    let mut reasons = Vec::new();
    let gaps = rhythm.gaps.len();
    if gaps >= options.min_gaps.max(1) {
        let usual = quantile(&rhythm.gaps, options.usual_share);
        if let Some(usual_at_most) = usual.filter(|usual| f64::from(days_silent) > *usual) {
            reasons.push(Reason::OwnRhythmBroken { usual_at_most, gaps });
        }
    } else if let Some(usual_at_most) = shared_usual.filter(|usual| f64::from(days_silent) > *usual) {
        reasons.push(Reason::SharedRhythmBroken { usual_at_most });
    }
    let p_alive = value.and_then(|value| value.p_alive);
    if let Some(p_alive) = p_alive.filter(|p_alive| *p_alive < options.p_alive_below) {
        reasons.push(Reason::ProbablyGone { p_alive });
    }
    let at_stake = match (value, p_alive) {
        // The value of one who is there, times the probability of having left.
        (Some(value), Some(p_alive)) if p_alive > 1e-9 => value.value / p_alive * (1.0 - p_alive),
        _ => units(rhythm.last_year),
    };
    if reasons.is_empty() || at_stake.is_nan() || at_stake < options.min_at_stake {
        return None;
    }
    let mut random = Random::new(options.seed, lot);
    let control = (random.below(1_000_000) as f64) < options.control_share * 1e6;
    let usual_gap = quantile(&rhythm.gaps, 0.5);
    Some(AtRisk {
        customer: rhythm.customer,
        last_purchase: rhythm.last,
        days_silent,
        usual_gap,
        reasons,
        at_stake,
        control,
    })
}
