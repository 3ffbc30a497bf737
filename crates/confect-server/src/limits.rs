//! How much one user, and one address, may ask: token buckets, refilled as time passes.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Buckets that are kept before full ones are thrown away.
const MAX_BUCKETS: usize = 10_000;

/// All buckets of the server.
pub(crate) struct Limits {
    users: Buckets<String>,
    exports: Buckets<String>,
    sign_ins: Buckets<IpAddr>,
}

impl Limits {
    pub(crate) fn new() -> Self {
        Self {
            users: Buckets::new(60.0, 20.0),
            exports: Buckets::new(30.0, 0.5),
            sign_ins: Buckets::new(20.0, 20.0 / 60.0),
        }
    }

    /// 20 requests a second, 60 at once. The seconds to wait if there is nothing left.
    pub(crate) fn request(&self, user: &str) -> Result<(), u64> {
        self.users.take(user.to_owned())
    }

    /// One export every two seconds, 30 at once.
    pub(crate) fn export(&self, user: &str) -> Result<(), u64> {
        self.exports.take(user.to_owned())
    }

    /// 20 sign-ins a minute from one address.
    pub(crate) fn sign_in(&self, address: IpAddr) -> Result<(), u64> {
        self.sign_ins.take(address)
    }
}

struct Buckets<K> {
    filled: Mutex<BTreeMap<K, (f64, Instant)>>,
    size: f64,
    per_second: f64,
}

impl<K: Ord> Buckets<K> {
    fn new(size: f64, per_second: f64) -> Self {
        Self { filled: Mutex::default(), size, per_second }
    }

    fn take(&self, key: K) -> Result<(), u64> {
        let now = Instant::now();
        let level = |(level, at): (f64, Instant)| {
            (level + now.duration_since(at).as_secs_f64() * self.per_second).min(self.size)
        };
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        if filled.len() >= MAX_BUCKETS {
            filled.retain(|_, bucket| level(*bucket) < self.size);
        }
        let left = filled.get(&key).map_or(self.size, |bucket| level(*bucket));
        if left < 1.0 {
            return Err(((1.0 - left) / self.per_second).ceil() as u64);
        }
        filled.insert(key, (left - 1.0, now));
        Ok(())
    }
}
