//! A connection that failed for a while is tried again, from the beginning, in a new snapshot.
//!
//! What will not mend itself, such as a wrong password, is not tried again: servers lock users out for that.

use std::time::{Duration, Instant};

use crate::error::{Cause, ConnectError};
use crate::{Extract, ExtractProgress, Request};

/// How often and how soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all.
    pub attempts: u32,
    /// Pause after the first one; twice as long after each further one, at most five minutes.
    pub first_pause: Duration,
}

impl Default for Retry {
    /// Five attempts, pauses of 1, 2, 4 and 8 seconds.
    fn default() -> Self {
        Self { attempts: 5, first_pause: Duration::from_secs(1) }
    }
}

const LONGEST: Duration = Duration::from_secs(300);
/// How often a pause looks whether it was cancelled.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

impl Retry {
    fn pause(&self, attempt: u32) -> Duration {
        self.first_pause.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(LONGEST)
    }
}

/// Attempts until one succeeds or fails for good.
pub(crate) async fn until_done(
    request: &Request<'_>,
    progress: &dyn ExtractProgress,
    attempt: impl AsyncFn() -> Result<Extract, ConnectError>,
) -> Result<Extract, ConnectError> {
    let mut number = 1;
    loop {
        let error = match attempt().await {
            Ok(extract) => return Ok(Extract { tries: number, ..extract }),
            Err(error) => error,
        };
        if !error.passing {
            return Err(error);
        }
        if number >= request.retry.attempts.max(1) {
            let message = format!("{}; tried {number} times", error.message);
            return Err(ConnectError { message, ..error });
        }
        progress.retrying(&error);
        let until = Instant::now() + request.retry.pause(number);
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if progress.cancelled() {
                return Err(ConnectError::new(Cause::Cancelled, request.source, "it was cancelled"));
            }
            tokio::time::sleep(left.min(LOOK)).await;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let pauses: Vec<u64> =
            [1, 2, 3, 4, 9, 10, 40].map(|attempt| Retry::default().pause(attempt).as_secs()).to_vec();
        assert_eq!(pauses, [1, 2, 4, 8, 256, 300, 300]);
    }
}
