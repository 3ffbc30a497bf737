//! The account of every row: each input record ends in exactly one bucket.
//!
//! `rows_in = rows_loaded + rows_quarantined + rows_deduplicated`, in rows and in money.
//! `rows_in` is counted by the tokenizer, the buckets by the writer, so that the two counts check
//! each other (access-and-reliability.md, 2.1).

use crate::decimal::format_scaled;

/// A number of rows and what they are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Number of rows.
    pub rows: u64,
    /// Sum of the rows' amounts in ten-thousandths; rows without a readable amount add nothing.
    pub amount: i128,
    /// Rows whose amount could not be read.
    pub rows_without_amount: u64,
}

impl Bucket {
    /// Adds one row.
    pub fn add(&mut self, amount: Option<i128>) {
        self.rows += 1;
        match amount {
            Some(amount) => self.amount += amount,
            None => self.rows_without_amount += 1,
        }
    }

    /// Adds another bucket's rows.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.amount += other.amount;
        self.rows_without_amount += other.rows_without_amount;
    }

    /// The amount as plain digits.
    pub fn amount_text(&self) -> String {
        format_scaled(self.amount, crate::decimal::SCALE)
    }
}

/// The account of one file, one source or one refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Records that the tokenizer found.
    pub rows_in: u64,
    /// Bytes of data that were read, after decompression, header and blank lines included.
    pub bytes_in: u64,
    /// Bytes of records that were parsed into rows (loaded or deduplicated), and of header and blank lines.
    pub bytes_parsed: u64,
    /// Bytes of records that were set aside.
    pub bytes_quarantined: u64,
    /// Rows handed on to the warehouse.
    pub loaded: Bucket,
    /// Rows set aside, each with a reason.
    pub quarantined: Bucket,
    /// Rows dropped because the very same line was there already.
    pub deduplicated: Bucket,
}

impl Balance {
    /// Adds another account.
    pub fn merge(&mut self, other: &Self) {
        self.rows_in += other.rows_in;
        self.bytes_in += other.bytes_in;
        self.bytes_parsed += other.bytes_parsed;
        self.bytes_quarantined += other.bytes_quarantined;
        self.loaded.merge(&other.loaded);
        self.quarantined.merge(&other.quarantined);
        self.deduplicated.merge(&other.deduplicated);
    }

    /// Whether every record and every byte is in exactly one bucket.
    pub fn holds(&self) -> bool {
        self.rows_in == self.loaded.rows + self.quarantined.rows + self.deduplicated.rows
            && self.bytes_in == self.bytes_parsed + self.bytes_quarantined
    }
}
