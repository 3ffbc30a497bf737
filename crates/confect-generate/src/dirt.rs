//! Dirt in the till's export: what is spoilt, and where a warehouse has to put it.
//!
//! Only kinds that the reader's table of faults knows. Deliberately absent: broken encodings and quotes, which make
//! a reader judge a whole file and are tested in `confect-ingest`.

use crate::random::Random;

/// Where a spoilt line has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    /// It is still a sale.
    Sales,
    /// An additional line that is a return.
    Returns,
    Adjustments,
    Quarantined,
    /// An additional line that is dropped.
    Deduplicated,
}

impl Bucket {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Returns => "returns",
            Self::Adjustments => "adjustments",
            Self::Quarantined => "quarantined",
            Self::Deduplicated => "deduplicated",
        }
    }
}

/// A kind of dirt.
pub(crate) struct DirtKind {
    pub(crate) name: &'static str,
    /// The reader's code for it, or the reason of the adjustment; empty if it says nothing.
    pub(crate) code: &'static str,
    pub(crate) bucket: Bucket,
    /// Whether the line still tells who bought.
    pub(crate) keeps_customer: bool,
    spoil: fn(&mut Vec<Vec<u8>>),
}

const fn dirt(
    name: &'static str,
    code: &'static str,
    bucket: Bucket,
    spoil: fn(&mut Vec<Vec<u8>>),
) -> DirtKind {
    let keeps_customer = !matches!(name.as_bytes(), b"missing_customer");
    DirtKind { name, code, bucket, keeps_customer, spoil }
}

/// Places of the fields of a line.
const LINE_NO: usize = 1;
const SOLD_AT: usize = 2;
const STOCK_CODE: usize = 3;
const QUANTITY: usize = 4;
const UNIT_PRICE: usize = 5;
const DISCOUNT: usize = 6;
const AMOUNT: usize = 7;
const CUSTOMER: usize = 8;
const STORE: usize = 9;

/// Every kind but the rows of totals, which stand once in each file. All are equally frequent.
pub(crate) const KINDS: [DirtKind; 14] = [
    dirt("impossible_date", "bad-date", Bucket::Quarantined, |fields| {
        // The 31st of a February, say: well formed, but no day.
        set_bytes(fields, SOLD_AT, 5, b"02-31");
    }),
    dirt("unreadable_quantity", "bad-number", Bucket::Quarantined, |fields| set(fields, QUANTITY, b"two")),
    dirt("unreadable_amount", "bad-number", Bucket::Quarantined, |fields| set(fields, AMOUNT, b"12.5O")),
    dirt("missing_article", "missing-key", Bucket::Quarantined, |fields| set(fields, STOCK_CODE, b"")),
    dirt("too_few_fields", "too-few-fields", Bucket::Quarantined, |fields| fields.truncate(CUSTOMER)),
    dirt("too_many_fields", "too-many-fields", Bucket::Quarantined, |fields| {
        fields.extend([b"x".to_vec(), b"y".to_vec()]);
    }),
    dirt("control_byte", "control-byte", Bucket::Quarantined, |fields| push(fields, STORE, 0x07)),
    dirt("lost_digits", "bad-key", Bucket::Quarantined, |fields| set(fields, CUSTOMER, b"1.00E+05")),
    dirt("discount_of_1500_percent", "discount-over-100", Bucket::Quarantined, |fields| {
        set(fields, DISCOUNT, b"15");
    }),
    dirt("repeated_line", "", Bucket::Deduplicated, |_| {}),
    dirt("padded_article", "key-padded", Bucket::Sales, |fields| push(fields, STOCK_CODE, b' ')),
    dirt("missing_customer", "", Bucket::Sales, |fields| set(fields, CUSTOMER, b"")),
    dirt("negative_price", "negative_price", Bucket::Adjustments, |fields| {
        insert(fields, UNIT_PRICE, b'-');
        insert(fields, AMOUNT, b'-');
    }),
    dirt("return_without_sale", "", Bucket::Returns, |fields| {
        set(fields, CUSTOMER, b"");
        insert(fields, LINE_NO, b'9');
        insert(fields, QUANTITY, b'-');
        insert(fields, AMOUNT, b'-');
    }),
];

/// The dirt of a line; `None` for clean ones.
pub(crate) fn draw(share: f64, random: &mut Random) -> Option<usize> {
    (share > 0.0 && random.happens(share)).then(|| random.below(KINDS.len()))
}

/// Appends the spoilt form of `line`, which ends with a line feed.
pub(crate) fn spoil(out: &mut Vec<u8>, line: &[u8], kind: &DirtKind) {
    let body = line.strip_suffix(b"\n").unwrap_or(line);
    let mut fields: Vec<Vec<u8>> = body.split(|byte| *byte == b',').map(<[u8]>::to_vec).collect();
    (kind.spoil)(&mut fields);
    out.extend(fields.join(&b','));
    out.push(b'\n');
}

fn set(fields: &mut [Vec<u8>], place: usize, value: &[u8]) {
    if let Some(field) = fields.get_mut(place) {
        *field = value.to_vec();
    }
}

fn set_bytes(fields: &mut [Vec<u8>], place: usize, from: usize, value: &[u8]) {
    if let Some(part) = fields.get_mut(place).and_then(|field| field.get_mut(from..from + value.len())) {
        part.copy_from_slice(value);
    }
}

fn insert(fields: &mut [Vec<u8>], place: usize, byte: u8) {
    if let Some(field) = fields.get_mut(place) {
        field.insert(0, byte);
    }
}

fn push(fields: &mut [Vec<u8>], place: usize, byte: u8) {
    if let Some(field) = fields.get_mut(place) {
        field.push(byte);
    }
}
