//! The customers, one per id, in the order of their ids.
//!
//! A number stands for an id from here on, and comparing numbers compares ids; that makes the outcome
//! independent of the order of the rows. Rows of one id are folded into one by the rules of survivorship.

use super::golden::golden_record;
use super::record::CustomerRecord;

/// Customers by number.
#[derive(Debug)]
pub(super) struct Nodes<'r, 'a> {
    records: &'r [CustomerRecord<'a>],
    places: Vec<Place>,
    folded: Vec<CustomerRecord<'a>>,
    /// Rows without an id.
    pub(super) without_id: usize,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// The only row of its id.
    Given(usize),
    /// Made of several rows.
    Folded(usize),
}

impl<'r, 'a> Nodes<'r, 'a> {
    pub(super) fn gather(records: &'r [CustomerRecord<'a>]) -> Self {
        let sorted = sort_by_id(records);
        let mut nodes =
            Self { records, places: Vec::with_capacity(sorted.len()), folded: Vec::new(), without_id: 0 };
        let id = |index: &usize| records.get(*index).map_or("", |record| record.customer_id);
        for same in sorted.chunk_by(|left, right| id(left) == id(right)) {
            match same {
                _ if same.first().is_none_or(|first| id(first).is_empty()) => nodes.without_id += same.len(),
                [only] => nodes.places.push(Place::Given(*only)),
                several => {
                    let rows: Vec<_> =
                        several.iter().filter_map(|index| records.get(*index).copied()).collect();
                    nodes.places.push(Place::Folded(nodes.folded.len()));
                    nodes.folded.push(fold(&rows));
                }
            }
        }
        nodes
    }

    pub(super) const fn len(&self) -> usize {
        self.places.len()
    }

    /// The customer of that number.
    pub(super) fn record(&self, node: usize) -> &CustomerRecord<'a> {
        match self.places[node] {
            Place::Given(index) => &self.records[index],
            Place::Folded(index) => &self.folded[index],
        }
    }

    pub(super) fn id(&self, node: usize) -> &'a str {
        self.record(node).customer_id
    }

    /// The number of an id.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        let position = self.places.partition_point(|place| {
            let record = match place {
                Place::Given(index) => self.records.get(*index),
                Place::Folded(index) => self.folded.get(*index),
            };
            record.is_some_and(|record| record.customer_id < id)
        });
        (position < self.len() && self.id(position) == id).then_some(position)
    }
}

/// Numbers of the rows in the order of their ids.
///
/// Ids of one source start alike (`C-000…`), so eight bytes behind the common start decide almost every
/// comparison without a look at the text.
fn sort_by_id(records: &[CustomerRecord<'_>]) -> Vec<usize> {
    let common = common_start(records);
    let leading = |id: &str| {
        let mut bytes = [0_u8; 8];
        let rest = id.as_bytes().get(common..).unwrap_or(&[]);
        bytes.iter_mut().zip(rest).for_each(|(byte, given)| *byte = *given);
        u64::from_be_bytes(bytes)
    };
    let ids = records.iter().enumerate();
    let mut keyed: Vec<(u64, usize)> =
        ids.map(|(index, record)| (leading(record.customer_id), index)).collect();
    let id = |index: usize| records.get(index).map_or("", |record| record.customer_id);
    keyed.sort_unstable_by(|left, right| {
        left.0.cmp(&right.0).then_with(|| id(left.1).cmp(id(right.1))).then(left.1.cmp(&right.1))
    });
    keyed.into_iter().map(|(_, index)| index).collect()
}

/// Bytes that all ids start with.
fn common_start(records: &[CustomerRecord<'_>]) -> usize {
    let mut ids = records.iter().map(|record| record.customer_id.as_bytes()).filter(|id| !id.is_empty());
    let Some(first) = ids.next() else { return 0 };
    ids.fold(first.len(), |common, id| {
        first.iter().zip(id).take(common).take_while(|(left, right)| left == right).count()
    })
}

fn fold<'a>(rows: &[CustomerRecord<'a>]) -> CustomerRecord<'a> {
    let id = rows.first().map_or("", |row| row.customer_id);
    let golden = golden_record(id, rows);
    CustomerRecord {
        customer_id: id,
        name: golden.name.map(|chosen| chosen.value),
        email: golden.email.map(|chosen| chosen.value),
        phone: golden.phone.map(|chosen| chosen.value),
        city: golden.city.map(|chosen| chosen.value),
        country: golden.country.map(|chosen| chosen.value),
        joined: golden.joined.map(|chosen| chosen.value),
        consent_marketing: golden.consent_marketing.map(|chosen| chosen.value),
        delivery: rows.iter().map(|row| row.delivery).max().unwrap_or(0),
    }
}
