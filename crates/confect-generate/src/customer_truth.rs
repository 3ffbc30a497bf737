//! `truth_customers.csv`: what each person is like, who has left for good, and what is to come of those who have not.
//!
//! Written when it is asked for only. Persons are invented a second time for it, so that nothing of it is kept.
//! What is to come is an expectation, not another draw: a warehouse's forecast is then held against the truth
//! without the noise of one future.

use std::io::Write;

use crate::customers::{CHUNK, Customers, Habits};
use crate::plan::{P, SEGMENTS};
use crate::world::{BEFORE, World};

/// Name of the file without its ending.
pub(crate) const STEM: &str = "truth_customers";
/// Its heading.
pub(crate) const HEADING: &str = "customer_id,second_id,joined_date,segment,visits,has_left,visits_per_week,\
                                  leaves_after_visit,mean_order,visits_next_year\n";
/// Days of the year ahead.
const YEAR: f64 = 365.0;

/// The lines of a chunk of customers.
pub(crate) fn chunk_text(world: &World, habits: &Habits, customers: &Customers, number: u32) -> Vec<u8> {
    let first = number * CHUNK;
    let last = customers.count.min(first.saturating_add(CHUNK));
    let mut out = Vec::with_capacity((last - first) as usize * 80);
    for customer in first..last {
        let (profile, nature, visits) = habits.again(world, customer);
        let joined = world.first.plus_days(i32::from(profile.joined) - BEFORE as i32);
        let second = profile.second().map_or_else(String::new, |_| customers.second_id(customer).to_string());
        let ahead = if profile.has_left { 0.0 } else { nature.visits_ahead(YEAR) };
        let written = writeln!(
            out,
            "{},{second},{joined},{},{visits},{},{:.9},{:.9},{:.4},{ahead:.6}",
            customers.id(customer),
            SEGMENTS.get(profile.segment()).map_or("", |segment| segment.name),
            u8::from(profile.has_left),
            nature.rate * 7.0,
            nature.leaves,
            P / f64::from(profile.nu),
        );
        debug_assert!(written.is_ok(), "a vector takes everything");
    }
    out
}
