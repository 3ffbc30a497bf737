//! The account of every sale line, from the file to the facts, in rows and in money.
//!
//! `sales + returns + adjustments + quarantine + duplicates = lines read`. The left side is summed
//! by the engine over what the models built, the right side was counted by the reader.

use confect_domain::{Balance, Bucket};

use crate::contract::Checks;
use crate::error::WarehouseError;

/// Rows and money per kind of line, as the models sorted them; `None` without sale lines.
pub(super) type LineKinds = Option<Vec<(String, Bucket)>>;

/// The buckets of the reconciliation; adds the checks that they balance.
pub(super) fn buckets(
    balance: &Balance,
    kinds: LineKinds,
    checks: &mut Checks,
) -> Result<Vec<(String, Bucket)>, WarehouseError> {
    if !balance.holds() {
        return Err(WarehouseError::Imbalance(format!(
            "{} records read, {} loaded, {} set aside, {} duplicates",
            balance.rows_in, balance.loaded.rows, balance.quarantined.rows, balance.deduplicated.rows
        )));
    }
    Ok(match kinds {
        None => Vec::new(),
        Some(mut buckets) => {
            let mut sum = Bucket::default();
            buckets.iter().for_each(|(_, bucket)| sum.merge(bucket));
            checks.expect(sum.amount == balance.loaded.amount, || {
                format!(
                    "sales, returns and adjustments add up to {} but the lines that were read to {}",
                    sum.amount_text(),
                    balance.loaded.amount_text()
                )
            });
            buckets.push(("duplicates".to_owned(), balance.deduplicated));
            buckets.push(("quarantine".to_owned(), balance.quarantined));
            buckets
        }
    })
}
