//! What is told about a person with several customer ids: one value per field, and where it comes from.
//!
//! | field | which value survives |
//! |---|---|
//! | id | the longest known customer (see [`resolve_identities`](super::resolve_identities)) |
//! | joined | the earliest |
//! | marketing consent | the most restrictive: one no is a no; yes only if nobody said no |
//! | country | that of the row which gave the town; otherwise as any other field |
//! | e-mail, phone | the most recently delivered that can be one; otherwise as any other field |
//! | every other | the most recently delivered that is not empty |
//!
//! Delivered together: the smaller id, then the smaller value, so that the order of rows never matters.

use std::cmp::Reverse;

use confect_domain::Date;

use super::normal::{is_email, is_phone};
use super::record::CustomerRecord;

/// A value and the customer it was chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen<'a, T> {
    /// The value that survives.
    pub value: T,
    /// The id of the row that it stands in.
    pub customer_id: &'a str,
    /// The delivery of that row.
    pub delivery: u64,
}

/// One person, field by field; `None` where no row has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoldenRecord<'a> {
    /// The id of the master.
    pub person_id: &'a str,
    /// Name, as typed.
    pub name: Option<Chosen<'a, &'a str>>,
    /// E-mail address, as typed.
    pub email: Option<Chosen<'a, &'a str>>,
    /// Phone, as typed.
    pub phone: Option<Chosen<'a, &'a str>>,
    /// Town.
    pub city: Option<Chosen<'a, &'a str>>,
    /// Country.
    pub country: Option<Chosen<'a, &'a str>>,
    /// The day the person was first known.
    pub joined: Option<Chosen<'a, Date>>,
    /// Whether marketing is allowed.
    pub consent_marketing: Option<Chosen<'a, bool>>,
}

/// The golden record of one person from all rows of all its ids.
///
/// `person_id` is the master's id; no row gives a record without values.
pub fn golden_record<'a>(person_id: &'a str, rows: &[CustomerRecord<'a>]) -> GoldenRecord<'a> {
    let usable = |field: Field, is_usable: fn(&str) -> bool| {
        let values = rows.iter().filter_map(|row| Some((field(row).filter(|text| is_usable(text))?, row)));
        most_recent(values).or_else(|| most_recent(values_of(rows, field)))
    };
    let city = most_recent(values_of(rows, |row| row.city));
    let beside_city = city.and_then(|city| {
        let same = |row: &&CustomerRecord<'a>| {
            row.customer_id == city.customer_id
                && row.delivery == city.delivery
                && row.city.map(str::trim) == Some(city.value)
        };
        most_recent(rows.iter().filter(same).filter_map(|row| Some((filled(row.country)?, row))))
    });
    GoldenRecord {
        person_id,
        name: most_recent(values_of(rows, |row| row.name)),
        email: usable(|row| row.email, is_email),
        phone: usable(|row| row.phone, is_phone),
        city,
        country: beside_city.or_else(|| most_recent(values_of(rows, |row| row.country))),
        joined: earliest(rows.iter().filter_map(|row| Some((row.joined?, row)))),
        consent_marketing: most_restrictive(
            rows.iter().filter_map(|row| Some((row.consent_marketing?, row))),
        ),
    }
}

type Field = for<'r, 'a> fn(&'r CustomerRecord<'a>) -> Option<&'a str>;

fn values_of<'r, 'a>(
    rows: &'r [CustomerRecord<'a>],
    field: Field,
) -> impl Iterator<Item = (&'a str, &'r CustomerRecord<'a>)> {
    rows.iter().filter_map(move |row| Some((filled(field(row))?, row)))
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The most recently delivered value; delivered together, that of the smaller id, then the smaller value.
///
/// For any further column of a customer (tier, segment …).
pub fn most_recent<'r, 'a: 'r, T: Ord + Copy>(
    values: impl Iterator<Item = (T, &'r CustomerRecord<'a>)>,
) -> Option<Chosen<'a, T>> {
    values.min_by_key(|(value, row)| (Reverse(row.delivery), row.customer_id, *value)).map(chosen)
}

/// The smallest value; of equal ones that of the smaller id, then of the later delivery.
pub fn earliest<'r, 'a: 'r, T: Ord + Copy>(
    values: impl Iterator<Item = (T, &'r CustomerRecord<'a>)>,
) -> Option<Chosen<'a, T>> {
    values.min_by_key(|(value, row)| (*value, row.customer_id, Reverse(row.delivery))).map(chosen)
}

/// `false` if anyone said so; of equal answers the most recent.
pub fn most_restrictive<'r, 'a: 'r>(
    values: impl Iterator<Item = (bool, &'r CustomerRecord<'a>)>,
) -> Option<Chosen<'a, bool>> {
    values.min_by_key(|(value, row)| (*value, Reverse(row.delivery), row.customer_id)).map(chosen)
}

fn chosen<'a, T>((value, row): (T, &CustomerRecord<'a>)) -> Chosen<'a, T> {
    Chosen { value, customer_id: row.customer_id, delivery: row.delivery }
}
