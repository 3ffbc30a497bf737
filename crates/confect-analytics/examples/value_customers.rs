//! How long scores and values of a million customers take, single thread.
//!
//! `cargo run --release -p confect-analytics --example value_customers -- [CUSTOMERS] [FILE]`; a file gets the
//! summaries, for other programs to fit.

#![allow(clippy::print_stdout, clippy::disallowed_methods, clippy::expect_used)]

use std::io::Write as _;
use std::time::Instant;

use confect_analytics::clv::{
    ClvOptions, PurchaseKind, SummaryOptions, fit_purchases, fit_spend, summarise, value_customers,
};
use confect_analytics::orders::Order;
use confect_analytics::proof::{holm, kruskal_wallis, mann_whitney};
use confect_analytics::rfm::{RfmOptions, score_rfm};
use confect_analytics::whales::revenue_by_customer;
use confect_domain::Date;

struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -self.next().ln()
    }
}

/// Two years of orders: rates and leaving differ over customers, values over customers and orders.
fn shop(customers: usize) -> Vec<Order> {
    let mut random = Uniform(7);
    let mut orders = Vec::new();
    for customer in 0..customers as i64 {
        let mut day = (random.next() * 728.0).floor();
        // Gamma(1/2) by the square of a normal would need a normal; a product of exponentials is as skewed.
        let rate = random.exponential() * random.exponential() / 60.0;
        let (leaves, level) = (random.next() * random.next(), 20.0 + 60.0 * random.exponential());
        while day < 728.0 {
            let cents = (100.0 * level * (0.3 + random.exponential())).ceil();
            let revenue = cents as i128 * 100;
            let date = Date::from_days(18_000 + day as i32);
            orders.push(Order { customer, day: date, revenue, margin: Some(revenue / 3), is_purchase: true });
            if random.next() < leaves {
                break;
            }
            day = (day + random.exponential() / rate.max(1e-9)).floor();
        }
    }
    orders
}

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let (start, busy) = (Instant::now(), processor_ms());
    let result = run();
    let spent =
        processor_ms().zip(busy).map_or(String::new(), |(to, from)| format!(" {:8.1} ms CPU", to - from));
    println!("{what:40} {:8.1} ms{spent}", start.elapsed().as_secs_f64() * 1e3);
    result
}

/// How long this thread has run, where the system tells: on a busy machine that says more than the clock.
fn processor_ms() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e6)
}

/// Eleven groups of the customers, by key; the first is a little larger.
fn prove_groups(orders: &[Order], path: Option<String>) {
    let mut groups: Vec<Vec<f64>> = vec![Vec::new(); 11];
    for row in revenue_by_customer(orders, None, Date::from_days(18_727)) {
        let at = (row.customer % 11) as usize;
        groups[at].push(row.revenue as f64 / 1e4 * if at == 0 { 1.05 } else { 1.0 });
    }
    if let Some(path) = path {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
        for (at, group) in groups.iter().enumerate() {
            for value in group {
                writeln!(file, "{at},{value}").expect("a line");
            }
        }
    }
    let slices: Vec<&[f64]> = groups.iter().map(Vec::as_slice).collect();
    let (overall, pairs) = timed("Kruskal-Wallis + 10 Mann-Whitney + Holm", || {
        let overall = kruskal_wallis(&slices);
        let pairs = slices[1..].iter().filter_map(|other| mann_whitney(slices[0], other));
        let p: Vec<f64> = pairs.map(|pair| pair.p_greater).collect();
        (overall, holm(&p))
    });
    println!(
        "  H {:?} p {:e}, largest of Holm {:e}",
        overall.h,
        overall.p,
        pairs.iter().fold(0.0_f64, |a, b| a.max(*b))
    );
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let customers: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let orders = shop(customers);
    let to = Date::from_days(18_727);
    println!("{customers} customers, {} orders", orders.len());
    let rfm = timed("scores and segments", || score_rfm(&orders, &RfmOptions::as_of(to)));
    println!("  {} rows", rfm.map_or(0, |rfm| rfm.rows.len()));
    let options = SummaryOptions { observed_to: to, first_from: None, unit_days: 7.0 };
    let summaries = timed("summaries", || summarise(&orders, &options));
    let path = arguments.next();
    let groups_to = path.as_ref().map(|path| format!("{path}.groups"));
    if let Some(path) = path {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
        for row in &summaries.customers {
            let line = [f64::from(row.repeats), row.recency, row.age, row.mean_value];
            writeln!(file, "{},{},{},{}", line[0], line[1], line[2], line[3]).expect("a line");
        }
    }
    for kind in [PurchaseKind::Bg, PurchaseKind::Mbg, PurchaseKind::Pareto] {
        let name = kind.name();
        let fit = timed(&format!("{name} fit"), || fit_purchases(kind, &summaries.customers, None));
        match fit {
            Ok(model) => {
                println!("  {:?} in {} evaluations", model.fitted.parameters, model.fitted.evaluations);
                println!("  log-likelihood {:.6}", model.fitted.log_likelihood);
                let time = 39.0;
                let sum = timed(&format!("{name} expected orders, one time"), || {
                    let rows = summaries.customers.iter();
                    rows.map(|row| model.expected_orders(time, row.repeats, row.recency, row.age))
                        .sum::<f64>()
                });
                println!("  {sum:.3}");
            }
            Err(caveat) => println!("  {}", caveat.message),
        }
    }
    let spend = timed("Gamma-Gamma fit", || fit_spend(&summaries.customers, None));
    println!("  {:?}", spend.map(|model| model.fitted.parameters));
    prove_groups(&orders, groups_to);
    for (what, intervals, holdout_days) in
        [("all in one, no intervals", false, None), ("all in one, intervals, holdout", true, Some(91))]
    {
        let options = ClvOptions { intervals, holdout_days, ..ClvOptions::observed_to(to) };
        let values = timed(what, || value_customers(&orders, &options)).expect("options");
        println!(
            "  {} {:.0} {:?} {:?}",
            values.card.model, values.card.value, values.card.value_interval, values.card.caveats
        );
    }
}
