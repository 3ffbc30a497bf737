//! Failed sign-ins: from the fifth in a row the next one has to wait, twice as long each time.
//!
//! Counted per account and address, so that a stranger cannot lock somebody out of their own account.
//! Accounts that do not exist are counted the same, so that waiting tells nothing.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::clock::Moment;
use crate::error::ServiceError;

/// Failures that cost nothing.
const FREE: i64 = 4;
/// Longest wait, in seconds.
const MAX_WAIT: i64 = 900;
/// After that many seconds without a failure all is forgotten.
const FORGOTTEN: i64 = 86_400;
/// Pairs of account and address that are kept at most.
const MAX_KEPT: i64 = 10_000;

/// Refuses while the pair has to wait.
pub(crate) fn check(
    transaction: &Transaction<'_>,
    now: Moment,
    account: &str,
    address: &str,
) -> Result<(), ServiceError> {
    let known: Option<(i64, i64)> = transaction
        .query_row(
            "select failures, last_at from attempts where account = ?1 and address = ?2",
            params![account, address],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((failures, last)) = known else { return Ok(()) };
    let left = last + wait_after(failures) - now.seconds();
    match u64::try_from(left) {
        Ok(wait_seconds) if wait_seconds > 0 => Err(ServiceError::TooManyAttempts { wait_seconds }),
        _ => Ok(()),
    }
}

/// Counts a failure.
pub(crate) fn fail(
    transaction: &Transaction<'_>,
    now: Moment,
    account: &str,
    address: &str,
) -> Result<(), ServiceError> {
    transaction.execute("delete from attempts where last_at < ?1", params![now.seconds() - FORGOTTEN])?;
    transaction.execute(
        "delete from attempts where rowid in (select rowid from attempts order by last_at desc limit -1 offset ?1)",
        params![MAX_KEPT],
    )?;
    transaction.execute(
        "insert into attempts (account, address, failures, last_at) values (?1, ?2, 1, ?3)
         on conflict (account, address) do update set failures = failures + 1, last_at = ?3",
        params![account, address, now.seconds()],
    )?;
    Ok(())
}

/// Forgets a pair's failures after a success.
pub(crate) fn succeed(
    transaction: &Transaction<'_>,
    account: &str,
    address: &str,
) -> Result<(), ServiceError> {
    transaction
        .execute("delete from attempts where account = ?1 and address = ?2", params![account, address])?;
    Ok(())
}

/// Seconds to wait after so many failures in a row: 0 up to four, then 1, 2, 4, … 900.
fn wait_after(failures: i64) -> i64 {
    match failures - FREE {
        ..=0 => 0,
        over @ 1..=10 => (1_i64 << (over - 1)).min(MAX_WAIT),
        _ => MAX_WAIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;

    #[test]
    fn waits_double_from_the_fifth_failure_and_end_at_a_quarter_of_an_hour() {
        let waits: Vec<i64> = [0, 4, 5, 6, 7, 8, 14, 15, 1_000].into_iter().map(wait_after).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 512, 900, 900]);
    }

    #[test]
    fn one_address_does_not_lock_out_another() {
        let state = State::in_memory();
        let now = Moment::from_seconds(1_000_000);
        for _ in 0..9 {
            state.write(|transaction| fail(transaction, now, "mara", "1.2.3.4")).expect("a failure");
        }
        let ask = |account: &str, address: &str, now| {
            state.write(|transaction| check(transaction, now, account, address))
        };
        assert!(matches!(
            ask("mara", "1.2.3.4", now),
            Err(ServiceError::TooManyAttempts { wait_seconds: 16 })
        ));
        assert!(ask("mara", "5.6.7.8", now).is_ok());
        assert!(ask("mara", "1.2.3.4", now.plus(16)).is_ok());
        state.write(|transaction| succeed(transaction, "mara", "1.2.3.4")).expect("a success");
        assert!(ask("mara", "1.2.3.4", now).is_ok());
    }
}
