//! A small confectioner with five shops, invented from a seed: tills, customers and stock over as many
//! days as asked, in the shape of the `confectionery` profile.
//!
//! Deterministic to the byte: the same [`GenerateSpec`] gives the same files on every machine. For that,
//! chance comes from an own generator and no transcendental function is used.
//! Planted and returned as [`Planted`]: how many rows are dirty, how many are returns, and what the clean
//! sales are worth, so that a warehouse built from the files can be held against them.
//! Pure: no files, no clock, no global randomness. Deliberately absent: a calibration to any real shop.

mod assortment;
mod customers;
mod files;
mod random;
mod sales;
mod season;
mod stock;

use confect_domain::Date;

use random::Random;

/// What to invent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GenerateSpec {
    /// Another seed, another shop.
    pub seed: u64,
    /// Customers with a loyalty card; sales grow with them. About 40 lines each over two years.
    pub customers: u32,
    /// Days of trade, at least 1.
    pub days: u32,
    /// The last day of trade.
    pub end: Date,
    /// Share of the till's lines that are spoilt (0-1), a third each: impossible date, missing article,
    /// line written twice.
    pub dirt: f64,
}

impl Default for GenerateSpec {
    /// The demo: 1,500 customers, two years to 31 October 2026, two lines in a thousand spoilt.
    fn default() -> Self {
        let end = Date::from_ymd(2026, 10, 31).unwrap_or(Date::from_days(20_757));
        Self { seed: 7, customers: 1_500, days: 731, end, dirt: 0.002 }
    }
}

/// A file to be written below `data/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedFile {
    /// File name.
    pub name: &'static str,
    /// Its whole content: UTF-8, commas, line feeds, one heading.
    pub text: String,
}

/// What is known about the files, because it was planted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// Lines of the till in all, returns and spoilt ones included.
    pub lines: u64,
    /// Lines with a day that does not exist.
    pub bad_dates: u64,
    /// Lines without an article.
    pub missing_products: u64,
    /// Lines that repeat the line before them, byte for byte.
    pub duplicates: u64,
    /// Clean lines that take goods back.
    pub returns: u64,
    /// Value of the clean sold lines, in hundredths.
    pub sales_cents: i64,
    /// Value of the clean returned lines, positive, in hundredths.
    pub returns_cents: i64,
}

/// The files and the truth about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The five exports.
    pub files: Vec<GeneratedFile>,
    /// What was planted.
    pub planted: Planted,
}

/// Invents a shop. Fewer than one customer or day count as one; `dirt` is kept within 0-1.
pub fn generate(spec: &GenerateSpec) -> Generated {
    let spec = &GenerateSpec {
        customers: spec.customers.clamp(1, 1_000_000),
        days: spec.days.clamp(1, 36_500),
        dirt: if spec.dirt.is_finite() { spec.dirt.clamp(0.0, 1.0) } else { 0.0 },
        ..*spec
    };
    let mut random = Random::new(spec.seed);
    let customers = customers::invent(spec, &mut random.branch());
    let mut stock = stock::Stock::open(spec, &mut random.branch());
    let lines = sales::trade(spec, &customers, &mut stock, &mut random.branch());
    let mut planted = Planted::default();
    let till = files::till(spec, &lines, &mut planted, &mut random.branch());
    let files = vec![
        GeneratedFile { name: "pos_data.csv", text: till },
        GeneratedFile { name: "crm_data.csv", text: files::customers(&customers, &lines) },
        GeneratedFile { name: "inventory_data.csv", text: files::articles(&stock) },
        GeneratedFile { name: "current_stock_snapshot.csv", text: files::snapshot(&stock) },
        GeneratedFile { name: "inventory_transactions.csv", text: files::movements(&stock) },
    ];
    Generated { files, planted }
}

#[cfg(test)]
mod tests;
