//! Signing in and out, and the sessions in between.
//!
//! A session ends after 30 minutes without a request, after 8 hours in any case, when its user is
//! disabled or gets other roles, and when the user signs in an eleventh time.
//! What its user may see is worked out anew for every request, so that a change takes effect at once.

use confect_metrics::Access;
use rusqlite::{OptionalExtension, Transaction, params};

use super::attempts;
use super::links;
use super::passwords::Match;
use super::secret::{self, Token};
use super::users::{User, find};
use crate::clock::{self, Moment};
use crate::error::ServiceError;
use crate::shop::Shop;
use crate::state::State;
use crate::state::audit::{Entry, append};

/// Seconds without a request.
const IDLE: i64 = 30 * 60;
/// Seconds in all.
const ABSOLUTE: i64 = 8 * 3_600;
/// Sessions of one user.
const PER_USER: i64 = 10;
/// A request notes that it was seen only if the last note is older, so that reading stays reading.
const NOTE_AFTER: i64 = 60;

/// Somebody who signed in just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The session's token, for the cookie.
    pub token: String,
    /// Who it is.
    pub user: User,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who it is.
    pub user: User,
    /// What that user may see and do, as of this request.
    pub access: Access,
}

impl Shop {
    /// Signs in with a password. Blocks for the time of a hash, a second or so.
    ///
    /// # Errors
    /// [`ServiceError::SignInFailed`] whatever is wrong; [`ServiceError::TooManyAttempts`] before any
    /// password is looked at; [`ServiceError::Busy`].
    pub fn sign_in(&self, name: &str, password: &str, address: &str) -> Result<SignedIn, ServiceError> {
        let now = clock::now();
        let account: String = name.chars().take(64).collect();
        let stored = self.state.write(|transaction| {
            attempts::check(transaction, now, &account, address)?;
            // Counted before the password is looked at, so that many at once do not slip through together.
            attempts::fail(transaction, now, &account, address)?;
            stored_hash(transaction, name)
        })?;
        let verdict = self.gate.verify(password, stored.as_deref())?;
        let rehashed = (verdict == Match::YesButWeak).then(|| self.gate.hash(password)).transpose()?;
        self.state
            .write(|transaction| {
                let user = find(transaction, name)?.filter(|user| !user.disabled && verdict != Match::No);
                let Some(user) = user else { return Ok(None) };
                if let Some(hash) = rehashed {
                    transaction.execute(
                        "update users set password_hash = ?2 where name = ?1",
                        params![name, hash],
                    )?;
                }
                attempts::succeed(transaction, &account, address)?;
                let token = begin(transaction, now, name, address)?;
                append(
                    transaction,
                    now,
                    &Entry { actor: name, action: "sign-in", object: "password", result: "ok" },
                )?;
                Ok(Some(SignedIn { token, user }))
            })?
            .map_or_else(|| self.refuse(now, "password"), Ok)
    }

    /// Signs in with a one-time link.
    ///
    /// # Errors
    /// [`ServiceError::SignInFailed`] for a link that is used, too old or unknown.
    pub fn sign_in_by_link(&self, token: &str, address: &str) -> Result<SignedIn, ServiceError> {
        let now = clock::now();
        let signed_in = self.state.write(|transaction| {
            let Some(name) = links::redeem(transaction, now, token)? else { return Ok(None) };
            let Some(user) = find(transaction, &name)? else { return Ok(None) };
            let token = begin(transaction, now, &name, address)?;
            append(
                transaction,
                now,
                &Entry { actor: &name, action: "sign-in", object: "link", result: "ok" },
            )?;
            Ok(Some(SignedIn { token, user }))
        })?;
        signed_in.map_or_else(|| self.refuse(now, "link"), Ok)
    }

    /// Who holds this token; `None` if nobody does any more.
    ///
    /// # Errors
    /// The state database fails.
    pub fn visitor(&self, token: &str) -> Result<Option<Visitor>, ServiceError> {
        let user = seen(&self.state, clock::now(), token)?;
        Ok(user.map(|user| Visitor { access: self.access_of(&user), user }))
    }

    /// Ends the session of this token, if there is one.
    ///
    /// # Errors
    /// The state database fails.
    pub fn sign_out(&self, token: &str) -> Result<(), ServiceError> {
        let Some(hash) = secret::hash(token) else { return Ok(()) };
        let now = clock::now();
        self.state.write(|transaction| {
            let user: Option<String> = transaction
                .query_row(
                    "delete from sessions where token_hash = ?1 returning user",
                    params![hash],
                    |row| row.get(0),
                )
                .optional()?;
            match user {
                Some(user) => append(
                    transaction,
                    now,
                    &Entry { actor: &user, action: "sign-out", object: "session", result: "ok" },
                ),
                None => Ok(()),
            }
        })
    }

    /// Notes in the audit trail that a viewer took data out.
    ///
    /// # Errors
    /// The state database fails.
    pub fn note_export(&self, viewer: &str, object: &str) -> Result<(), ServiceError> {
        let entry = Entry { actor: viewer, action: "export", object, result: "ok" };
        self.state.write(|transaction| append(transaction, clock::now(), &entry))
    }

    /// The name that was tried is not noted: people type passwords into the wrong field.
    fn refuse<T>(&self, now: Moment, by: &'static str) -> Result<T, ServiceError> {
        let entry = Entry { actor: "unknown", action: "sign-in", object: by, result: "refused" };
        self.state.write(|transaction| append(transaction, now, &entry))?;
        Err(ServiceError::SignInFailed)
    }
}

fn stored_hash(transaction: &Transaction<'_>, name: &str) -> Result<Option<String>, ServiceError> {
    let hash: Option<Option<String>> = transaction
        .query_row("select password_hash from users where name = ?1 and disabled = 0", params![name], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(hash.flatten())
}

/// Begins a session; the oldest ones beyond ten end.
fn begin(
    transaction: &Transaction<'_>,
    now: Moment,
    user: &str,
    address: &str,
) -> Result<String, ServiceError> {
    transaction.execute(
        "delete from sessions where seen_at < ?1 or created_at < ?2",
        params![now.seconds() - IDLE, now.seconds() - ABSOLUTE],
    )?;
    transaction.execute(
        "delete from sessions where rowid in
         (select rowid from sessions where user = ?1 order by seen_at desc, rowid desc limit -1 offset ?2)",
        params![user, PER_USER - 1],
    )?;
    let token = Token::new()?;
    transaction.execute(
        "insert into sessions (token_hash, user, address, created_at, seen_at) values (?1, ?2, ?3, ?4, ?4)",
        params![token.hash(), user, address, now.seconds()],
    )?;
    Ok(token.into_text())
}

/// The user of a live session; notes that it was seen.
fn seen(state: &State, now: Moment, token: &str) -> Result<Option<User>, ServiceError> {
    let Some(hash) = secret::hash(token) else { return Ok(None) };
    let live = state.read(|connection| {
        let found: Option<(String, i64)> = connection
            .query_row(
                "select user, seen_at from sessions where token_hash = ?1 and seen_at >= ?2 and created_at >= ?3",
                params![hash, now.seconds() - IDLE, now.seconds() - ABSOLUTE],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((name, seen_at)) = found else { return Ok(None) };
        Ok(find(connection, &name)?.filter(|user| !user.disabled).map(|user| (user, seen_at)))
    })?;
    let Some((user, seen_at)) = live else { return Ok(None) };
    if now.seconds() - seen_at >= NOTE_AFTER {
        state.write(|transaction| {
            transaction.execute(
                "update sessions set seen_at = ?2 where token_hash = ?1",
                params![hash, now.seconds()],
            )?;
            Ok(())
        })?;
    }
    Ok(Some(user))
}

#[cfg(test)]
mod tests {
    use super::super::users::{NewUser, end_all, insert};
    use super::*;

    fn state() -> State {
        let state = State::in_memory();
        let new = NewUser { name: "mara".into(), roles: vec!["owner".into()], ..NewUser::default() };
        state.write(|transaction| insert(transaction, now(), &new, None)).expect("a user");
        state
    }

    fn now() -> Moment {
        Moment::from_seconds(1_800_000_000)
    }

    fn begin_one(state: &State, at: Moment) -> String {
        state.write(|transaction| begin(transaction, at, "mara", "127.0.0.1")).expect("a session")
    }

    fn is_live(state: &State, at: Moment, token: &str) -> bool {
        seen(state, at, token).expect("an answer").is_some()
    }

    #[test]
    fn a_session_ends_after_half_an_hour_without_a_request_and_after_eight_hours_with() {
        let state = state();
        let token = begin_one(&state, now());
        assert!(is_live(&state, now().plus(IDLE), &token));
        let idle = begin_one(&state, now());
        assert!(!is_live(&state, now().plus(IDLE + 1), &idle));
        let mut at = now();
        let token = begin_one(&state, at);
        while at < now().plus(ABSOLUTE - 1_000) {
            at = at.plus(1_000);
            assert!(is_live(&state, at, &token));
        }
        assert!(!is_live(&state, now().plus(ABSOLUTE + 1), &token));
    }

    #[test]
    fn only_ten_sessions_stay_and_a_disabled_user_has_none() {
        let state = state();
        let tokens: Vec<String> = (0..12).map(|index| begin_one(&state, now().plus(index))).collect();
        let live: Vec<bool> = tokens.iter().map(|token| is_live(&state, now().plus(20), token)).collect();
        assert_eq!(live.iter().filter(|live| **live).count(), 10);
        assert!(!live[0] && !live[1]);
        state
            .write(|transaction| Ok(transaction.execute("update users set disabled = 1", [])?))
            .expect("an update");
        assert!(!is_live(&state, now().plus(20), &tokens[11]));
        state.write(|transaction| end_all(transaction, "mara")).expect("an end");
        state
            .write(|transaction| Ok(transaction.execute("update users set disabled = 0", [])?))
            .expect("an update");
        assert!(!is_live(&state, now().plus(20), &tokens[11]));
    }

    #[test]
    fn a_link_lets_in_once_and_for_a_quarter_of_an_hour() {
        let state = state();
        let make = |at| state.write(|transaction| links::make(transaction, at, "mara")).expect("a link");
        let redeem = |at, token: &str| {
            state.write(|transaction| links::redeem(transaction, at, token)).expect("an answer")
        };
        let token = make(now());
        assert_eq!(redeem(now().plus(900), &token), Some("mara".to_owned()));
        assert_eq!(redeem(now().plus(900), &token), None);
        let late = make(now());
        assert_eq!(redeem(now().plus(901), &late), None);
        assert_eq!(redeem(now(), "0"), None);
        assert_eq!(redeem(now(), &"0".repeat(64)), None);
    }

    #[test]
    fn tokens_are_not_in_the_database() {
        let state = state();
        let token = begin_one(&state, now());
        let found: i64 = state
            .read(|connection| {
                let sql = "select count(*) from sessions where cast(token_hash as text) = ?1 or hex(token_hash) = upper(?1)";
                Ok(connection.query_row(sql, params![token], |row| row.get(0))?)
            })
            .expect("a count");
        assert_eq!(found, 0);
    }
}
