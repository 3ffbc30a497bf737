//! One-time sign-in links: 256 bits, good for a quarter of an hour, once.

use rusqlite::{OptionalExtension, Transaction, params};

use super::secret::{self, Token};
use super::users::known;
use crate::clock::{self, Moment};
use crate::error::ServiceError;
use crate::shop::Shop;
use crate::state::audit::{Entry, append};

/// Seconds for which a link is good.
const LIFE: i64 = 15 * 60;

impl Shop {
    /// Makes a link for a user and returns its token; the only time that it is readable.
    ///
    /// # Errors
    /// There is no such user, or signing in is off for it.
    pub fn make_link(&self, user: &str) -> Result<String, ServiceError> {
        let now = clock::now();
        self.state.write(|transaction| {
            let token = make(transaction, now, user)?;
            append(
                transaction,
                now,
                &Entry { actor: "owner", action: "user-link", object: user, result: "ok" },
            )?;
            Ok(token)
        })
    }
}

pub(super) fn make(transaction: &Transaction<'_>, now: Moment, user: &str) -> Result<String, ServiceError> {
    if known(transaction, user)?.disabled {
        return Err(ServiceError::NotAllowed {
            viewer: user.to_owned(),
            what: "sign in: the user is disabled",
        });
    }
    transaction.execute("delete from links where expires_at < ?1", params![now.seconds()])?;
    let token = Token::new()?;
    transaction.execute(
        "insert into links (token_hash, user, created_at, expires_at) values (?1, ?2, ?3, ?4)",
        params![token.hash(), user, now.seconds(), now.plus(LIFE).seconds()],
    )?;
    Ok(token.into_text())
}

/// Uses a link up; the user it was made for, or `None` if it is used, too old or unknown.
pub(super) fn redeem(
    transaction: &Transaction<'_>,
    now: Moment,
    token: &str,
) -> Result<Option<String>, ServiceError> {
    let Some(hash) = secret::hash(token) else { return Ok(None) };
    // One statement finds and uses it up, so that two clicks at once cannot both get in.
    let user = transaction
        .query_row(
            "update links set used_at = ?2 where token_hash = ?1 and used_at is null and expires_at >= ?2
             and exists (select 1 from users where name = links.user and disabled = 0) returning user",
            params![hash, now.seconds()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(user)
}
