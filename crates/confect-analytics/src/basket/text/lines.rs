//! One basket a line, names with a separator between, as in the published Groceries file. Quotes as in CSV.

use std::io::Read;

use super::NamedBaskets;
use super::names::Names;
use super::pairs::unreadable;
use crate::basket::baskets::Baskets;
use crate::basket::error::BasketError;

/// Reads one basket from each line; no heading. Lines without an item are skipped and counted, wholly blank
/// ones too.
pub fn read_lines(reader: impl Read, separator: u8) -> Result<NamedBaskets, BasketError> {
    let mut csv = csv::ReaderBuilder::new();
    let mut csv = csv.has_headers(false).flexible(true).delimiter(separator).from_reader(reader);
    let (mut names, mut flat, mut ends, mut skipped) = (Names::default(), Vec::new(), Vec::new(), 0);
    let mut record = csv::ByteRecord::new();
    while csv.read_byte_record(&mut record).map_err(|error| unreadable(&error))? {
        let before = flat.len();
        let fields = record.iter().map(<[u8]>::trim_ascii).filter(|field| !field.is_empty());
        flat.extend(fields.map(|name| names.number(name)));
        if flat.len() == before {
            skipped += 1;
        } else {
            ends.push(flat.len());
        }
    }
    let mut baskets = Baskets::new(names.len() as u32);
    let mut from = 0;
    for end in ends {
        baskets.push(flat.get(from..end).unwrap_or_default())?;
        from = end;
    }
    Ok(NamedBaskets { baskets, items: names.into_names(), periods: Vec::new(), skipped })
}
