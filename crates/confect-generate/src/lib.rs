//! A confectioner's group, invented from a seed: stores and a web shop, tills, customers, stock, suppliers, ledger,
//! loyalty, targets and events, in the shape of the `generated` profile, and the truth about all of it.
//!
//! ```text
//! spec ─► world (days, shelves, plan) ─► customers ─► days ─► stock, books ─► truth.json
//!                                        chunk by     day by   position by
//!                                        chunk        day      position, on any number of threads
//! ```
//!
//! Deterministic to the byte: the same [`GenerateSpec`] gives the same files on every machine and any number of
//! threads. How customers behave and what is planted: `docs/design/generator.md`.
//! Pure: no clock, no global randomness; files are asked of an [`Output`]. Deliberately absent: a calibration to any
//! real shop, and Parquet.

mod assortment;
mod basket;
mod books;
mod customer_truth;
mod customers;
mod day;
mod dirt;
mod files;
mod group;
mod parallel;
mod people;
mod plan;
mod random;
mod season;
mod stock;
mod tally;
mod text;
mod truth;
mod world;

use std::io;
use std::sync::atomic::AtomicI64;

use confect_domain::Date;

use books::Months;
use customers::{CHUNK, Customers, Habits};
use day::Writer;
pub use files::{FileFormat, Output};
use files::{Listed, Series, single};
use parallel::in_order;
use stock::{Stock, Units};
pub use tally::Sum;
use tally::Tally;
use world::World;

/// What to invent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GenerateSpec {
    /// Another seed, another shop.
    pub seed: u64,
    /// Persons with a card, 1 to 20 million; sales grow with them.
    pub customers: u32,
    /// Lines of the till to aim at, within a few percent; the customers follow from it.
    pub lines: Option<u64>,
    /// Days of trade, 1 to 7,300.
    pub days: u32,
    /// The last day of trade.
    pub until: Date,
    /// Stores beside the web shop, 1 to 200.
    pub stores: u32,
    /// Share of the till's lines that are spoilt, 0 to 1.
    pub dirt: f64,
    /// Whether a file beside `truth.json` tells what each person is like: see `docs/design/generator.md`.
    pub customer_truth: bool,
    /// How the files are written.
    pub format: FileFormat,
    /// Threads to work with; 0 is one for each core. The files do not depend on it.
    pub threads: usize,
}

impl Default for GenerateSpec {
    /// The demo: 4,000 customers, five stores, two years to 31 October 2026, two lines in a thousand spoilt.
    fn default() -> Self {
        let until = Date::from_ymd(2026, 10, 31).unwrap_or(Date::from_days(20_757));
        Self {
            seed: 7,
            customers: 4_000,
            lines: None,
            days: 730,
            until,
            stores: 5,
            dirt: 0.002,
            customer_truth: false,
            format: FileFormat::Csv,
            threads: 0,
        }
    }
}

/// What was written, in short; `truth.json` says all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// Files beside `truth.json`.
    pub files: u64,
    /// Persons with a card.
    pub customers: u32,
    /// Lines of the till in all.
    pub lines: u64,
    /// Lines that have to be found as sales, and what they are worth.
    pub sales: Sum,
    /// Lines that have to be found as returns, amounts positive.
    pub returns: Sum,
    /// Lines that have to be set aside.
    pub quarantined: u64,
    /// Lines that are there twice.
    pub deduplicated: u64,
    /// Lines that are neither sale nor return.
    pub adjustments: u64,
    /// Persons who are in the CRM twice.
    pub duplicate_persons: u64,
    /// Times in which an article was out of stock in a store.
    pub stock_outs: u64,
}

/// Name of the manifest.
pub const TRUTH_FILE: &str = "truth.json";
/// Lines of a receipt, on average, as measured; only [`GenerateSpec::lines`] depends on it.
const LINES_PER_RECEIPT: f64 = 2.14;

/// Invents a group and writes its files. What a spec asks for is kept within the bounds that it tells.
///
/// # Errors
/// What `output` says.
pub fn generate(spec: &GenerateSpec, output: &mut dyn Output) -> io::Result<Planted> {
    let mut spec = bounded(spec);
    let threads = match spec.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let mut world = World::new(&spec);
    let habits = Habits::new(&world);
    if let Some(lines) = spec.lines {
        spec.customers = customers_for(lines, &world, &habits);
    }
    let mut customers = Customers { chunks: Vec::new(), count: spec.customers };
    let chunks = spec.customers.div_ceil(CHUNK) as usize;
    in_order(
        threads,
        chunks,
        |number| habits.chunk(&world, number, spec.customers),
        |_, chunk| {
            customers.chunks.push(chunk);
            io::Result::Ok(())
        },
    )?;
    world.invite_walk_ins(customers.visits(), plan::WALK_IN_SHARE);
    let output = Listed { output, names: Vec::new() };
    Run { spec: &spec, threads, world: &world, habits: &habits, customers: &customers, output }.run()
}

fn bounded(spec: &GenerateSpec) -> GenerateSpec {
    GenerateSpec {
        customers: spec.customers.clamp(1, 20_000_000),
        lines: spec.lines.map(|lines| lines.clamp(1, 1_000_000_000)),
        days: spec.days.clamp(1, 7_300),
        stores: spec.stores.clamp(1, 200),
        dirt: if spec.dirt.is_finite() { spec.dirt.clamp(0.0, 1.0) } else { 0.0 },
        ..*spec
    }
}

/// How many customers it takes: a few thousand are tried out.
fn customers_for(lines: u64, world: &World, habits: &Habits) -> u32 {
    const TRIED: u32 = 8_192;
    let chunk = habits.chunk(world, 0, TRIED);
    let visits: u64 = chunk.visits.iter().map(|visits| u64::from(*visits)).sum();
    let each = visits.max(1) as f64 / f64::from(TRIED) / (1.0 - plan::WALK_IN_SHARE) * LINES_PER_RECEIPT;
    (lines as f64 / each).clamp(1.0, 20_000_000.0) as u32
}

/// Everything that is at hand when files are written.
struct Run<'a> {
    spec: &'a GenerateSpec,
    threads: usize,
    world: &'a World,
    habits: &'a Habits,
    customers: &'a Customers,
    output: Listed<'a>,
}

impl Run<'_> {
    fn run(mut self) -> io::Result<Planted> {
        let twice = self.people()?;
        if self.spec.customer_truth {
            self.natures()?;
        }
        let worth: Vec<AtomicI64> = (0..self.customers.count).map(|_| AtomicI64::new(0)).collect();
        let (months, footers, units) = self.till(&worth)?;
        let worth: Vec<i64> = worth.into_iter().map(AtomicI64::into_inner).collect();
        let mut total = Tally::new(self.world);
        months.values().for_each(|month| total.merge(month));
        let (movements, levels) = self.stock(units)?;
        for (name, text) in books::all(self.world, &months) {
            single(&mut self.output, name, &text, self.spec.format)?;
        }
        let files = std::mem::take(&mut self.output.names);
        let counted = truth::Counted {
            spec: self.spec,
            files: &files,
            total: &total,
            months: &months,
            footers,
            twice: &twice,
            worth: &worth,
            movements,
            levels,
        };
        let manifest = truth::manifest(self.world, self.customers, &counted);
        let mut text = serde_json::to_vec_pretty(&manifest)?;
        text.push(b'\n');
        let mut file = self.output.create(TRUTH_FILE)?;
        file.write_all(&text)?;
        file.flush()?;
        Ok(Planted {
            files: files.len() as u64,
            customers: self.customers.count,
            lines: total.lines() + footers,
            sales: total.sales,
            returns: total.returns,
            quarantined: total.quarantined + footers,
            deduplicated: total.deduplicated,
            adjustments: total.adjustments,
            duplicate_persons: twice.len() as u64,
            stock_outs: self.world.plan.stock_outs.len() as u64,
        })
    }

    /// The CRM.
    fn people(&mut self) -> io::Result<Vec<people::Twice>> {
        let format = self.spec.format;
        let (world, customers) = (self.world, self.customers);
        let mut file = self.output.create(&format.name("customers"))?;
        file.write_all(&format.packed(people::HEADING.as_bytes().to_vec())?)?;
        let mut twice = Vec::new();
        let work = |number: usize| {
            let (text, twice) = people::chunk_text(world, customers, number, &customers.chunks[number]);
            (format.packed(text), twice)
        };
        in_order(self.threads, customers.chunks.len(), work, |_, (text, found)| {
            twice.extend(found);
            file.write_all(&text?)
        })?;
        file.flush()?;
        Ok(twice)
    }

    /// What each person is like.
    fn natures(&mut self) -> io::Result<()> {
        let format = self.spec.format;
        let (world, habits, customers) = (self.world, self.habits, self.customers);
        let mut file = self.output.create(&format.name(customer_truth::STEM))?;
        file.write_all(&format.packed(customer_truth::HEADING.as_bytes().to_vec())?)?;
        let work = |number: usize| {
            format.packed(customer_truth::chunk_text(world, habits, customers, number as u32))
        };
        in_order(self.threads, customers.chunks.len(), work, |_, text| file.write_all(&text?))?;
        file.flush()
    }

    /// Till and loyalty, a file for each month; the counts by month, rows of totals, and the pieces that moved.
    fn till(&mut self, worth: &[AtomicI64]) -> io::Result<(Months, u64, Units)> {
        let format = self.spec.format;
        let (world, customers) = (self.world, self.customers);
        let cells = world.stores.len() * world.articles.len();
        let mut units = Units { cells, sold: Vec::new(), returned: Vec::new() };
        let (mut till, mut loyalty) = (
            Series::new("sale_lines", day::HEADING, format),
            Series::new("loyalty_events", day::LOYALTY_HEADING, format),
        );
        let mut months = Months::new();
        let mut footers = 0;
        let mut due: Vec<Vec<day::Due>> = vec![Vec::new(); world.days.len()];
        in_order(
            self.threads,
            world.days.len(),
            |index| day::coming_back(world, customers, index),
            |_, found| {
                for (on, receipt) in found {
                    due.get_mut(on).into_iter().for_each(|due| due.push(receipt));
                }
                io::Result::Ok(())
            },
        )?;
        let work = |index: usize| {
            let mut text = Writer::new(world, customers, (worth, &due[index]), index).write();
            let till = format.packed(std::mem::take(&mut text.till));
            let loyalty = format.packed(std::mem::take(&mut text.loyalty));
            (till, loyalty, text)
        };
        in_order(self.threads, world.days.len(), work, |index, (lines, events, text)| {
            let start = world.days[index].date.month_start();
            let month = months.entry(start.days()).or_insert_with(|| Tally::new(world));
            month.merge(&text.tally);
            units.sold.extend(text.sold);
            units.returned.extend(text.returned);
            till.write(&mut self.output, start, &lines?)?;
            loyalty.write(&mut self.output, start, &events?)?;
            let is_last = world.days.get(index + 1).is_none_or(|next| next.date.month_start() != start);
            if is_last && world.dirt > 0.0 {
                footers += 1;
                let sum = text::amount(month.sales.cents - month.returns.cents);
                till.write(
                    &mut self.output,
                    start,
                    &format.packed(format!("Total,,,,,,,{sum},,,,\n").into_bytes())?,
                )?;
            }
            io::Result::Ok(())
        })?;
        till.close()?;
        loyalty.close()?;
        Ok((months, footers, units))
    }

    /// Movements and levels, a file for each month; how many lines of each.
    fn stock(&mut self, units: Units) -> io::Result<(u64, u64)> {
        let format = self.spec.format;
        let world = self.world;
        let stock = Stock::new(world, self.threads, units);
        let mut files = (
            Series::new("stock_movements", stock::MOVEMENTS_HEADING, format),
            Series::new("stock_levels", stock::LEVELS_HEADING, format),
        );
        let mut counts = (0, 0);
        let work = |index: usize| {
            let (movements, levels, moved, counted) = stock.day(world, index);
            (format.packed(movements), format.packed(levels), moved, counted)
        };
        in_order(self.threads, world.days.len(), work, |index, (movements, levels, moved, counted)| {
            let start = world.days[index].date.month_start();
            files.0.write(&mut self.output, start, &movements?)?;
            files.1.write(&mut self.output, start, &levels?)?;
            counts.0 += moved;
            counts.1 += counted;
            io::Result::Ok(())
        })?;
        files.0.close()?;
        files.1.close()?;
        Ok(counts)
    }
}

#[cfg(test)]
mod tests;
