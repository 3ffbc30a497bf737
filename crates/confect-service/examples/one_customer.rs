//! Looks single customers up in the customer view of a published project, in one process, and tells how long it took.
//!
//! `cargo run --release -p confect-service --example one_customer -- PROJECT [CUSTOMERS]`; customers are drawn by their
//! place, each is asked for once, and 20 more come first to warm up. Source of the figures in benches/README.md.

use std::path::Path;
use std::time::Instant;

use confect_service::{Access, Shop};

const WARM: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let project = arguments.next().ok_or("which project?")?;
    let wanted: usize = arguments.next().map_or(Ok(200), |count| count.parse())?;
    let shop = Shop::open(Path::new(&project)).map_err(|problems| format!("{problems:?}"))?;
    let access = Access::owner();
    let ids = shop.sql("select customer_id from single_customer_view", &access)?;
    let step = (ids.rows.len() / (wanted + WARM)).max(1);
    let mut times = Vec::new();
    for (number, row) in ids.rows.iter().step_by(step).take(wanted + WARM).enumerate() {
        let id = row.first().cloned().flatten().unwrap_or_default().replace('\'', "''");
        let begin = Instant::now();
        let found =
            shop.sql(&format!("select * from single_customer_view where customer_id = '{id}'"), &access)?;
        assert_eq!(found.rows.len(), 1, "{id}");
        if number >= WARM {
            times.push(begin.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!(
        "{} of {} customers, milliseconds: median {:.2}, 95 % {:.2}, largest {:.2}",
        times.len(),
        ids.rows.len(),
        at(0.5),
        at(0.95),
        times.last().copied().unwrap_or_default()
    );
    Ok(())
}
