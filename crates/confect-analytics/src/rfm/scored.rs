//! The answer: scores, segments, what the bins hold, what to be careful about.

use confect_domain::{Date, Problem};

use crate::caveat::Caveat;
use crate::orders::Order;

use super::measure::{Measures, measure};
use super::options::RfmOptions;
use super::score::{BinReport, score};
use super::segments::SegmentMap;

/// One customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RfmRow {
    /// Key of the customer.
    pub customer: i64,
    /// Days from the last purchase to the day of the snapshot, 0 on that day.
    pub recency_days: i32,
    /// How often something was bought.
    pub frequency: u32,
    /// Net revenue in ten-thousandths; may be 0 or below.
    pub monetary: i128,
    /// Score of recency, 1 to the number of bins, which is the best.
    pub r: u8,
    /// Score of frequency.
    pub f: u8,
    /// Score of monetary value; 1 where that is 0 or below.
    pub m: u8,
    /// Mean of the scores by the weights of the options.
    pub weighted: f64,
    /// Index of the segment in [`Rfm::segments`].
    pub segment: u16,
}

/// One segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentSummary {
    /// Its name.
    pub name: String,
    /// How many customers are in it; may be 0.
    pub customers: usize,
    /// Their net revenue, in ten-thousandths.
    pub monetary: i128,
    /// Mean days since the last purchase; `None` if nobody is in it.
    pub mean_recency_days: Option<f64>,
    /// Mean times of buying.
    pub mean_frequency: Option<f64>,
}

/// Scores of all customers as of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Rfm {
    /// The day of the snapshot.
    pub as_of: Date,
    /// One row per customer with a purchase, by key.
    pub rows: Vec<RfmRow>,
    /// What the bins of recency, frequency and monetary value hold.
    pub bins: [BinReport; 3],
    /// Every segment of the map, in its order.
    pub segments: Vec<SegmentSummary>,
    /// Customers with credits only; they have no scores.
    pub never_bought: usize,
    /// What to be careful about.
    pub caveats: Vec<Caveat>,
}

impl Rfm {
    /// The row of a customer.
    pub fn row(&self, customer: i64) -> Option<&RfmRow> {
        let at = self.rows.binary_search_by_key(&customer, |row| row.customer).ok()?;
        self.rows.get(at)
    }

    /// The name of the segment of a row.
    pub fn segment_name(&self, row: &RfmRow) -> &str {
        self.segments.get(usize::from(row.segment)).map_or("", |segment| &segment.name)
    }
}

/// Scores every customer who bought up to and including `options.as_of`.
///
/// No purchase gives an answer without rows. Time: one sort of amounts; one of the orders, unless they come by
/// customer and day.
///
/// # Errors
/// Only for parameters that cannot be followed, see [`RfmOptions::check`]; never for data.
pub fn score_rfm(orders: &[Order], options: &RfmOptions) -> Result<Rfm, Problem> {
    options.check()?;
    let Measures { mut rows, never_bought } = measure(orders, options);
    let days: Vec<i32> = rows.iter().map(|row| row.recency_days).collect();
    let (r, recency) = score("recency", &days, true, &options.recency, options.bins);
    let times: Vec<u32> = rows.iter().map(|row| row.frequency).collect();
    let (f, frequency) = score("frequency", &times, false, &options.frequency, options.bins);
    let (m, monetary) = score_monetary(&rows, options);
    let [weight_r, weight_f, weight_m] = options.weights;
    let sum = weight_r + weight_f + weight_m;
    for (row, ((r, f), m)) in rows.iter_mut().zip(r.into_iter().zip(f).zip(m)) {
        // Who brought nothing is at the bottom, whatever the others brought.
        let m = if row.monetary <= 0 { 1 } else { m };
        (row.r, row.f, row.m) = (r, f, m);
        row.weighted = (weight_r * f64::from(r) + weight_f * f64::from(f) + weight_m * f64::from(m)) / sum;
        row.segment = options.segments.index(r, f, m);
    }
    let bins = [recency, frequency, monetary];
    let caveats = caveats(&rows, &bins, never_bought);
    let segments = summaries(&rows, &options.segments);
    Ok(Rfm { as_of: options.as_of, rows, bins, segments, never_bought, caveats })
}

/// Amounts of every shop fit into 64 bits; those of one that does not are scored all the same.
fn score_monetary(rows: &[RfmRow], options: &RfmOptions) -> (Vec<u8>, BinReport) {
    let short: Option<Vec<i64>> = rows.iter().map(|row| i64::try_from(row.monetary).ok()).collect();
    match short {
        Some(values) => score("monetary", &values, false, &options.monetary, options.bins),
        None => {
            let values: Vec<i128> = rows.iter().map(|row| row.monetary).collect();
            score("monetary", &values, false, &options.monetary, options.bins)
        }
    }
}

fn summaries(rows: &[RfmRow], map: &SegmentMap) -> Vec<SegmentSummary> {
    let mut sums = vec![(0_usize, 0_i128, 0_i64, 0_u64); map.names().len()];
    for row in rows {
        if let Some((customers, monetary, recency, frequency)) = sums.get_mut(usize::from(row.segment)) {
            *customers += 1;
            *monetary = monetary.saturating_add(row.monetary);
            *recency += i64::from(row.recency_days);
            *frequency += u64::from(row.frequency);
        }
    }
    let named = map.names().iter().zip(sums);
    let summary = |(name, (customers, monetary, recency, frequency)): (&String, (usize, i128, i64, u64))| {
        let mean = |sum: f64| (customers > 0).then(|| sum / customers as f64);
        SegmentSummary {
            name: name.clone(),
            customers,
            monetary,
            mean_recency_days: mean(recency as f64),
            mean_frequency: mean(frequency as f64),
        }
    };
    named.map(summary).collect()
}

fn caveats(rows: &[RfmRow], bins: &[BinReport; 3], never_bought: usize) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let customers = rows.len();
    if (1..5).contains(&customers) {
        let message = format!("{customers} customers are too few for quintiles");
        caveats.push(Caveat::new("rfm-few-customers", customers, message, "read the values, not the scores"));
    }
    for bin in bins.iter().filter(|bin| bin.distinct == 1 && customers > 1) {
        let message =
            format!("all {customers} customers have the same {}; all score the middle", bin.measure);
        caveats.push(Caveat::new(
            "rfm-degenerate",
            customers,
            message,
            "choose a longer window or thresholds",
        ));
    }
    let nothing = rows.iter().filter(|row| row.monetary <= 0).count();
    if nothing > 0 {
        let message = format!("{nothing} customers brought nothing after returns; their monetary score is 1");
        caveats.push(Caveat::new("rfm-net-nonpositive", nothing, message, "look at their returns"));
    }
    if never_bought > 0 {
        let message = format!("{never_bought} customers have credits but no purchase and are not scored");
        caveats.push(Caveat::new(
            "rfm-credits-only",
            never_bought,
            message,
            "load the time before, in which they bought",
        ));
    }
    caveats
}
