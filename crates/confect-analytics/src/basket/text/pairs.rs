//! Rows of basket and item, as a till or a shop system exports its lines: CSV with a heading.
//!
//! The rows of a basket need not stand together. A period may be read from a third column, for example the
//! month as the first seven letters of an ISO date; a basket belongs to the period of its first row.

use std::io::Read;

use super::NamedBaskets;
use super::names::Names;
use crate::basket::baskets::Baskets;
use crate::basket::error::BasketError;

/// Which columns to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairColumns {
    /// The heading of the column with the basket.
    pub basket: String,
    /// The heading of the column with the item.
    pub item: String,
    /// The heading of the column with the period, and how many of its letters count.
    pub period: Option<(String, usize)>,
    /// What stands between fields.
    pub separator: u8,
}

impl PairColumns {
    /// Two columns of a file with commas.
    pub fn new(basket: impl Into<String>, item: impl Into<String>) -> Self {
        Self { basket: basket.into(), item: item.into(), period: None, separator: b',' }
    }
}

/// Where the columns are.
struct Places {
    basket: usize,
    item: usize,
    period: Option<(usize, usize)>,
}

/// Reads rows of basket and item. Rows in which one is blank are skipped and counted.
pub fn read_pairs(reader: impl Read, columns: &PairColumns) -> Result<NamedBaskets, BasketError> {
    let mut csv = csv::ReaderBuilder::new();
    let mut csv = csv.flexible(true).delimiter(columns.separator).from_reader(reader);
    let heading = csv.byte_headers().map_err(|error| unreadable(&error))?.clone();
    let places = Places {
        basket: place(&heading, &columns.basket)?,
        item: place(&heading, &columns.item)?,
        period: match &columns.period {
            Some((name, letters)) => Some((place(&heading, name)?, *letters)),
            None => None,
        },
    };
    let (mut ids, mut items, mut labels) = (Names::default(), Names::default(), Names::default());
    let (mut pairs, mut periods, mut skipped) = (Vec::new(), Vec::new(), 0);
    let mut record = csv::ByteRecord::new();
    while csv.read_byte_record(&mut record).map_err(|error| unreadable(&error))? {
        let basket = field(&record, places.basket, &columns.basket)?;
        let item = field(&record, places.item, &columns.item)?;
        if basket.is_empty() || item.is_empty() {
            skipped += 1;
            continue;
        }
        let number = ids.number(basket);
        pairs.push((number, items.number(item)));
        if number as usize == periods.len() {
            periods.push(places.period.map_or(0, |(place, letters)| {
                let label = record.get(place).unwrap_or_default().trim_ascii();
                labels.number(label.get(..letters).unwrap_or(label))
            }));
        }
    }
    let (labels, rank) = ascending(labels.into_names());
    let mut baskets = Baskets::new(items.len() as u32);
    for (members, period) in grouped(&pairs, periods.len()).zip(&periods) {
        baskets.push_in(&members, rank.get(*period as usize).copied().unwrap_or(0))?;
    }
    Ok(NamedBaskets { baskets, items: items.into_names(), periods: labels, skipped })
}

fn place(heading: &csv::ByteRecord, column: &str) -> Result<usize, BasketError> {
    let names: Vec<String> =
        heading.iter().map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned()).collect();
    let same = |name: &String| name == column;
    let alike = |name: &String| name.to_lowercase() == column.to_lowercase();
    if let Some(place) = names.iter().position(same).or_else(|| names.iter().position(alike)) {
        return Ok(place);
    }
    let likeness = |name: &String| strsim::jaro_winkler(&name.to_lowercase(), &column.to_lowercase());
    let nearest = names.iter().max_by(|left, right| likeness(left).total_cmp(&likeness(right)));
    let nearest = nearest.filter(|name| likeness(name) > 0.7).cloned();
    Err(BasketError::MissingColumn { column: column.to_owned(), present: names, nearest })
}

fn field<'r>(record: &'r csv::ByteRecord, place: usize, column: &str) -> Result<&'r [u8], BasketError> {
    record.get(place).map(<[u8]>::trim_ascii).ok_or_else(|| BasketError::MissingField {
        line: record.position().map_or(0, |position| position.line() as usize),
        fields: record.len(),
        column: column.to_owned(),
        expected: place + 1,
    })
}

pub(super) fn unreadable(error: &csv::Error) -> BasketError {
    let line = error.position().map_or(0, |position| position.line() as usize);
    let reason = match error.kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    };
    BasketError::Unreadable { line, reason }
}

/// Labels in ascending order, and for each old number the new one.
fn ascending(labels: Vec<String>) -> (Vec<String>, Vec<u32>) {
    let mut order: Vec<(String, usize)> = labels.into_iter().zip(0..).collect();
    order.sort();
    let mut rank = vec![0; order.len()];
    for (new, (_, old)) in (0_u32..).zip(&order) {
        if let Some(rank) = rank.get_mut(*old) {
            *rank = new;
        }
    }
    (order.into_iter().map(|(label, _)| label).collect(), rank)
}

/// The items of each basket, baskets in the order of their numbers.
fn grouped(pairs: &[(u32, u32)], baskets: usize) -> impl Iterator<Item = Vec<u32>> {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    let basket_of = |index: &usize| pairs.get(*index).map(|(basket, _)| *basket);
    order.sort_by_key(basket_of);
    let mut rest = order.into_iter().peekable();
    (0..baskets as u32).map(move |basket| {
        let mut members = Vec::new();
        while let Some(index) = rest.next_if(|index| basket_of(index) == Some(basket)) {
            members.extend(pairs.get(index).map(|(_, item)| *item));
        }
        members
    })
}
