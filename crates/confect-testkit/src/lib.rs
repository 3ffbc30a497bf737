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

/// Writes the tiny retailer's project into `folder`.
///
/// # Errors
/// A folder or file cannot be written.
pub fn write_tiny(folder: &Path) -> io::Result<()> {
    for (name, content) in TINY_FILES {
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
