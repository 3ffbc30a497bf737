//! The tiny retailer: two shops, a dozen customers, nineteen good lines and one bad row of each kind.
//!
//! Anyone can add these numbers up from `tiny/data/till.csv`:
//!
//! | | all | France (shop N) | Spain (shop S) |
//! |---|--:|--:|--:|
//! | records | 24 | | |
//! | duplicates | 1 | | |
//! | set aside | 5 | | |
//! | sold lines | 15 | 9 | 6 |
//! | revenue | 133.00 | 80.50 | 52.50 |
//! | returns | 5.00 | 0 | 5.00 |
//! | net sales | 128.00 | 80.50 | 47.50 |
//! | orders | 13 | 7 | 6 |
//! | units of merchandise | 56 | 40 | 16 |
//! | active customers | 11 | 6 | 5 |
//! | cost of sold goods | 52.00 | | |
//!
//! One line is a sample (receipt 1009) and one a write-off (1010); customer C06 never bought.
//! C01: recency 58 days as of 2026-04-01, frequency 2, monetary 18.50.
//! C02: recency 86, frequency 1, monetary 15.00, since one piece came back.
//! C03 and C13 are one person with two customer numbers.
//!
//! Development only.

pub mod postgres;

use std::fs;
use std::io;
use std::path::Path;

/// Path below the project, content.
pub const TINY_FILES: [(&str, &str); 7] = [
    ("confect.toml", include_str!("tiny/confect.toml")),
    ("access.toml", include_str!("tiny/access.toml")),
    ("sources/tiny.toml", include_str!("tiny/sources/tiny.toml")),
    ("data/till.csv", include_str!("tiny/data/till.csv")),
    ("data/crm.csv", include_str!("tiny/data/crm.csv")),
    ("data/articles.csv", include_str!("tiny/data/articles.csv")),
    ("data/shops.csv", include_str!("tiny/data/shops.csv")),
];

/// What the full retailer has beside the tiny one's files: every entity, two more deliveries of customers
/// and articles, and a web shop in dollars.
///
/// | | |
/// |---|--:|
/// | web sales: 2 × 4.00 USD at 0.90, 6.00 USD at 0.95 | 7.20 + 5.70 |
/// | web returns: 2 × 4.00 and 4.00 USD at 0.95, the second of nothing that is left | 7.60 + 3.80 |
/// | revenue 133.00 + 12.90, returns 5.00 + 11.40 | 145.90, 16.40 |
/// | cost: 52.00, truffles 0.20 dearer from 1 March (3 pieces), web 3.00 + 2.20, returned 2.00 + 4.50 | 51.30 |
/// | gross margin: 145.90 − 16.40 − postage without a cost 4.00 − 51.30 | 74.20 |
/// | less written off 2.20 and card fees 1.50: contribution margin | 70.50 |
/// | and other income 3.00, less payroll and rent 30.00: EBITDA | 43.50 |
/// | EBIT, before tax, net: less 2.00, 0.50, 1.00 | 41.50, 41.00, 40.00 |
/// | stock of truffles on 31 March: shop N counted 26, one less than booked; shop S 0 | 26 × 2.20 = 57.20 |
/// | stock of truffles on 28 February: N 20 − 2 − 1, S 5 − 4 + 1 | 19 × 2.00 = 38.00 |
/// | days listed: N 87, S 90, one of them without stock | 1 / 177 |
/// | points issued 23, redeemed 4, expired 3 | 16 |
/// | target of the quarter 90.00, a day 1.00; net sales 129.50 | 1.438889 |
///
/// C01 is Gold, Platinum from 10 February, Gold again from 15 March; C12 moves to Spain on 10 February.
pub const FULL_FILES: [(&str, &str); 14] = [
    ("sources/full.toml", include_str!("full/sources/full.toml")),
    ("data/articles_2026-03-01.csv", include_str!("full/data/articles_2026-03-01.csv")),
    ("data/books.csv", include_str!("full/data/books.csv")),
    ("data/counts.csv", include_str!("full/data/counts.csv")),
    ("data/crm_2026-02-10.csv", include_str!("full/data/crm_2026-02-10.csv")),
    ("data/crm_2026-03-15.csv", include_str!("full/data/crm_2026-03-15.csv")),
    ("data/events.csv", include_str!("full/data/events.csv")),
    ("data/moves.csv", include_str!("full/data/moves.csv")),
    ("data/moves_late.csv", include_str!("full/data/moves_late.csv")),
    ("data/points.csv", include_str!("full/data/points.csv")),
    ("data/rates.csv", include_str!("full/data/rates.csv")),
    ("data/suppliers.csv", include_str!("full/data/suppliers.csv")),
    ("data/targets.csv", include_str!("full/data/targets.csv")),
    ("data/web.csv", include_str!("full/data/web.csv")),
];

/// Writes the full retailer's project into `folder`.
///
/// # Errors
/// A folder or file cannot be written.
pub fn write_full(folder: &Path) -> io::Result<()> {
    write_tiny(folder)?;
    write_files(folder, &FULL_FILES)
}

/// Writes the tiny retailer's project into `folder`.
///
/// # Errors
/// A folder or file cannot be written.
pub fn write_tiny(folder: &Path) -> io::Result<()> {
    write_files(folder, &TINY_FILES)
}

fn write_files(folder: &Path, files: &[(&str, &str)]) -> io::Result<()> {
    for (name, content) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}

/// Compares `actual` with the golden file at `path`; with `CONFECT_BLESS=1` writes it instead.
///
/// # Errors
/// A message with both texts if they differ, or the file cannot be read or written.
pub fn golden(path: &Path, actual: &str) -> Result<(), String> {
    if std::env::var_os("CONFECT_BLESS").is_some() {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        }
        return fs::write(path, actual).map_err(|error| error.to_string());
    }
    let expected = fs::read_to_string(path)
        .map_err(|error| format!("{}: {error}; bless it with `cargo xtask bless`", path.display()))?;
    if expected == actual {
        return Ok(());
    }
    Err(format!(
        "{} differs\n--- expected\n{expected}\n--- actual\n{actual}\n--- bless it with `cargo xtask bless`",
        path.display()
    ))
}
