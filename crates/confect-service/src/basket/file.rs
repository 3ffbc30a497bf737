//! Baskets from a file: FIMI, or CSV in one of two shapes, plain or compressed with gzip or zstd.
//!
//! The shape of a CSV is told by its heading: one that names a basket and an item is rows of both; any other
//! file has one basket on each line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use confect_analytics::basket::{BasketError, NamedBaskets, PairColumns, read_fimi, read_lines, read_pairs};
use confect_domain::problem::printable;
use confect_domain::{Problem, ProblemKind};

/// Bytes that are looked at to tell the shape of a file.
const HEAD: usize = 64 << 10;
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Largest window that is accepted, as a power of two.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Headings of the column with the basket, letters and digits only.
const BASKETS: [&str; 18] = [
    "invoiceno",
    "invoice",
    "invoiceid",
    "basket",
    "basketid",
    "transaction",
    "transactionid",
    "transactionno",
    "order",
    "orderid",
    "orderno",
    "ordernumber",
    "receipt",
    "receiptid",
    "receiptno",
    "bon",
    "ticket",
    "ticketid",
];
/// Headings of the column with the item.
const ITEMS: [&str; 16] = [
    "stockcode",
    "item",
    "itemid",
    "itemname",
    "itemdescription",
    "article",
    "articleid",
    "articleno",
    "product",
    "productid",
    "productname",
    "productcode",
    "sku",
    "items",
    "plu",
    "description",
];

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// One basket a line, item numbers with blanks between.
    Fimi,
    /// Rows of basket and item with a heading, or one basket a line; names.
    Csv,
}

/// Baskets of a file, and how they were read.
#[derive(Clone, Debug)]
pub struct ReadFile {
    /// The baskets.
    pub named: NamedBaskets,
    /// In words, for people: "rows of `InvoiceNo` and `StockCode`".
    pub read_as: String,
}

/// Reads a file; `columns` names those of basket and item.
///
/// # Errors
/// No such file, bytes that cannot be unpacked, or a text that is not what it should be, with its place.
pub fn read_file(
    path: &Path,
    format: Option<FileFormat>,
    columns: Option<(&str, &str)>,
) -> Result<ReadFile, Problem> {
    let mut text = BufReader::with_capacity(HEAD, open(path)?);
    let head = text.fill_buf().map_err(|error| unreadable(path, &error))?.to_vec();
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)).into_owned();
    let told = |error: BasketError| Problem::from(error).with_detail(format!("file `{}`", path.display()));
    let format = format.unwrap_or_else(|| guessed(&head));
    if head.contains(&0) {
        let message = format!("`{}` is not a text file", path.display());
        return Err(Problem::new(ProblemKind::Source, "not-text", message)
            .with_hint("save it as CSV: rows of basket and item with a heading"));
    }
    if format == FileFormat::Fimi && columns.is_none() {
        let named = read_fimi(text).map_err(told)?;
        return Ok(ReadFile { named, read_as: "one basket a line, item numbers".to_owned() });
    }
    let separator = separator(&line);
    let pair = columns.map(|(basket, item)| (basket.to_owned(), item.to_owned()));
    match pair.or_else(|| heading(&line, separator)) {
        Some((basket, item)) => {
            let read_as = format!("rows of `{}` and `{}`", printable(&basket), printable(&item));
            let wish = PairColumns { separator, ..PairColumns::new(basket, item) };
            Ok(ReadFile { named: read_pairs(text, &wish).map_err(told)?, read_as })
        }
        None => {
            let named = read_lines(text, separator).map_err(told)?;
            Ok(ReadFile { named, read_as: "one basket a line, names".to_owned() })
        }
    }
}

fn open(path: &Path) -> Result<Box<dyn Read>, Problem> {
    let failed = |error: std::io::Error| {
        let problem = unreadable(path, &error);
        if path.is_dir() { problem.with_hint("name a file, not a folder") } else { problem }
    };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let head = file.fill_buf().map_err(failed)?;
    Ok(if head.starts_with(&GZIP) {
        Box::new(flate2::bufread::MultiGzDecoder::new(file))
    } else if head.starts_with(&ZSTD) {
        let mut decoder = zstd::Decoder::with_buffer(file).map_err(failed)?;
        decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(failed)?;
        Box::new(decoder)
    } else {
        Box::new(file)
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    let message = format!("cannot read `{}`: {error}", path.display());
    Problem::new(ProblemKind::Source, "unreadable", message)
}

/// Only digits and blanks are item numbers.
fn guessed(head: &[u8]) -> FileFormat {
    let lines = head.split(|byte| *byte == b'\n').take(20);
    let numbers = lines.flatten().all(|byte| byte.is_ascii_digit() || byte.is_ascii_whitespace());
    if numbers { FileFormat::Fimi } else { FileFormat::Csv }
}

/// The most frequent of the usual ones.
fn separator(line: &str) -> u8 {
    let count = |separator: u8| line.bytes().filter(|byte| *byte == separator).count();
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// The columns of basket and item, if the line is a heading that names both.
fn heading(line: &str, separator: u8) -> Option<(String, String)> {
    let names: Vec<&str> =
        line.split(char::from(separator)).map(|name| name.trim().trim_matches('"').trim()).collect();
    let plain = |name: &str| -> String {
        name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let find = |known: &[&str]| {
        known
            .iter()
            .find_map(|known| names.iter().find(|name| plain(name) == *known))
            .map(|name| (*name).to_owned())
    };
    find(&BASKETS).zip(find(&ITEMS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<ReadFile, Problem> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, text).unwrap();
        read_file(&path, None, None)
    }

    #[test]
    fn the_shape_is_told_by_the_text() {
        let cases: [(&str, &str, usize); 5] = [
            ("1 2 3\n2 3\n", "one basket a line, item numbers", 2),
            ("milk,bread\nmilk\n", "one basket a line, names", 2),
            ("Invoice No;Stock Code\n1;a\n1;b\n2;a\n", "rows of `Invoice No` and `Stock Code`", 2),
            ("\u{feff}order_id\tdate\tsku\n1\tx\ta\n", "rows of `order_id` and `sku`", 1),
            ("date,customer\n1,a\n", "one basket a line, names", 2),
        ];
        for (text, read_as, baskets) in cases {
            let found = read(text.as_bytes()).unwrap();
            assert_eq!((found.read_as.as_str(), found.named.baskets.len()), (read_as, baskets), "{text}");
        }
    }

    #[test]
    fn packed_files_are_unpacked_and_others_refused() {
        let packed = zstd::encode_all(&b"1 2\n2 3\n"[..], 3).unwrap();
        assert_eq!(read(&packed).unwrap().named.baskets.len(), 2);
        assert_eq!(read(b"PK\x03\x04\x00\x00").unwrap_err().code, "not-text");
        assert_eq!(read(&packed[..packed.len() - 3]).unwrap_err().code, "unreadable");
        assert_eq!(read_file(Path::new("/no/such/file"), None, None).unwrap_err().code, "unreadable");
    }
}
