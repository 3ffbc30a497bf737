//! The audit trail: who did what to what, with which result. Never a value of the data, never a secret.
//!
//! Append-only by triggers, and each entry's hash covers the one before, so that a change in the middle
//! shows. A chain alone cannot show a cut tail; anchoring its head elsewhere is not done yet.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

use crate::clock::Moment;
use crate::error::ServiceError;

/// One entry before it is written.
pub(crate) struct Entry<'a> {
    pub(crate) actor: &'a str,
    /// `sign-in`, `user-add`, …
    pub(crate) action: &'a str,
    pub(crate) object: &'a str,
    /// `ok`, `refused`, …
    pub(crate) result: &'a str,
}

/// Writes one entry.
pub(crate) fn append(
    transaction: &Transaction<'_>,
    now: Moment,
    entry: &Entry<'_>,
) -> Result<(), ServiceError> {
    let previous: Option<Vec<u8>> = transaction
        .query_row("select hash from audit order by id desc limit 1", [], |row| row.get(0))
        .optional()?;
    let hash = hash(&previous.unwrap_or_default(), now.seconds(), entry);
    transaction.execute(
        "insert into audit (at, actor, action, object, result, hash) values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![now.seconds(), entry.actor, entry.action, entry.object, entry.result, hash],
    )?;
    Ok(())
}

/// The id of the first entry that does not fit the one before it; `None` if all do.
#[cfg_attr(not(test), allow(dead_code))] // `confect audit verify` comes with the audit page.
pub(crate) fn first_break(connection: &Connection) -> Result<Option<i64>, ServiceError> {
    let mut statement =
        connection.prepare("select id, at, actor, action, object, result, hash from audit order by id")?;
    let mut rows = statement.query([])?;
    let (mut previous, mut expected) = (Vec::new(), 1);
    while let Some(row) = rows.next()? {
        let (id, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        let text = |column| row.get::<_, String>(column);
        let (actor, action, object, result) = (text(2)?, text(3)?, text(4)?, text(5)?);
        let entry = Entry { actor: &actor, action: &action, object: &object, result: &result };
        let stored: Vec<u8> = row.get(6)?;
        if id != expected || stored != hash(&previous, at, &entry) {
            return Ok(Some(id));
        }
        (previous, expected) = (stored, id + 1);
    }
    Ok(None)
}

fn hash(previous: &[u8], at: i64, entry: &Entry<'_>) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(at.to_be_bytes());
    for text in [entry.actor, entry.action, entry.object, entry.result] {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;

    fn filled() -> State {
        let state = State::in_memory();
        for result in ["ok", "refused", "ok"] {
            let entry = Entry { actor: "mara", action: "sign-in", object: "mara", result };
            state
                .write(|transaction| append(transaction, Moment::from_seconds(7), &entry))
                .expect("an entry");
        }
        state
    }

    #[test]
    fn entries_cannot_be_changed_or_removed() {
        let state = filled();
        for sql in ["update audit set result = 'ok'", "delete from audit where id = 2"] {
            assert!(state.write(|transaction| Ok(transaction.execute(sql, [])?)).is_err(), "{sql}");
        }
        assert_eq!(state.read(first_break).expect("a check"), None);
    }

    #[test]
    fn who_gets_around_the_triggers_breaks_the_chain() {
        for sql in ["update audit set result = 'ok' where id = 2", "delete from audit where id = 2"] {
            let state = filled();
            let tampered =
                format!("drop trigger audit_is_never_changed; drop trigger audit_is_never_shortened; {sql}");
            state.write(|transaction| Ok(transaction.execute_batch(&tampered)?)).expect("a change");
            assert!(state.read(first_break).expect("a check").is_some(), "{sql}");
        }
    }
}
