//! Passwords: Argon2id with 64 MiB and three passes, at most two at once.
//!
//! A password for a user that does not exist is checked against a hash that nothing matches, so that the
//! answer takes the same time.

use std::sync::{Condvar, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::ServiceError;

/// KiB of memory per hash.
const MEMORY: u32 = 65_536;
/// Passes over that memory.
const PASSES: u32 = 3;
/// Longest password that is taken, in bytes.
pub(crate) const MAX_BYTES: usize = 256;
/// Hashes at once; each takes 64 MiB.
const AT_ONCE: usize = 2;
/// What the password of an unknown user is compared with: as much work as any, and nothing matches it.
const DUMMY: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// Callers that may wait for their turn.
const MAX_WAITING: usize = 32;

fn hasher() -> Result<Argon2<'static>, ServiceError> {
    let params = Params::new(MEMORY, PASSES, 1, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("password hash: {error}"))
}

/// How a password compares with what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// It is the one.
    Yes,
    /// It is the one, but the stored hash is weaker than today's.
    YesButWeak,
    /// It is not, or there is none.
    No,
}

/// Lets few hash at once and the others wait.
pub(crate) struct Gate {
    /// Callers that hash, and callers that wait.
    state: Mutex<(usize, usize)>,
    freed: Condvar,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new((0, 0)), freed: Condvar::new() }
    }

    /// The hash of `password` as it is stored.
    pub(crate) fn hash(&self, password: &str) -> Result<String, ServiceError> {
        self.pass(|| hash(password))
    }

    /// Compares `password` with `stored`, in the same time whether there is a stored hash or not.
    pub(crate) fn verify(&self, password: &str, stored: Option<&str>) -> Result<Match, ServiceError> {
        if password.len() > MAX_BYTES {
            return Ok(Match::No);
        }
        self.pass(|| {
            let Some(stored) = stored else {
                verify(password, DUMMY)?;
                return Ok(Match::No);
            };
            verify(password, stored)
        })
    }

    fn pass<T>(&self, work: impl FnOnce() -> Result<T, ServiceError>) -> Result<T, ServiceError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.1 >= MAX_WAITING {
            return Err(ServiceError::Busy);
        }
        state.1 += 1;
        while state.0 >= AT_ONCE {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.1 -= 1;
        state.0 += 1;
        drop(state);
        let _place = Place(self);
        work()
    }
}

/// Gives the place back, also when hashing panics.
struct Place<'a>(&'a Gate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).0 -= 1;
        self.0.freed.notify_one();
    }
}

fn hash(password: &str) -> Result<String, ServiceError> {
    Ok(hasher()?.hash_password(password.as_bytes()).map_err(failed)?.to_string())
}

fn verify(password: &str, stored: &str) -> Result<Match, ServiceError> {
    let parsed = PasswordHash::new(stored).map_err(failed)?;
    if hasher()?.verify_password(password.as_bytes(), &parsed).is_err() {
        return Ok(Match::No);
    }
    let params = Params::try_from(&parsed).map_err(failed)?;
    let strong =
        parsed.algorithm.as_str() == "argon2id" && params.m_cost() >= MEMORY && params.t_cost() >= PASSES;
    Ok(if strong { Match::Yes } else { Match::YesButWeak })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_and_no_other() {
        let gate = Gate::new();
        let stored = gate.hash("correct horse battery").expect("a hash");
        assert!(stored.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{stored}");
        assert_eq!(gate.verify("correct horse battery", Some(&stored)).expect("a check"), Match::Yes);
        assert_eq!(gate.verify("correct horse batterz", Some(&stored)).expect("a check"), Match::No);
        assert_eq!(gate.verify("correct horse battery", None).expect("a check"), Match::No);
        assert_eq!(gate.verify(&"x".repeat(300), Some(&stored)).expect("a check"), Match::No);
    }

    #[test]
    fn weaker_hashes_are_noticed() {
        let params = Params::new(8_192, 1, 1, None).expect("parameters");
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let stored = weak.hash_password(b"correct horse battery").expect("a hash").to_string();
        let gate = Gate::new();
        assert_eq!(gate.verify("correct horse battery", Some(&stored)).expect("a check"), Match::YesButWeak);
    }
}
