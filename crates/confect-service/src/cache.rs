//! Answers that were given before, as long as they fit.
//!
//! The key holds everything that decides an answer: the publication, the viewer's canonical policy and
//! the SQL. Equal rights share an answer, different rights never do, and a changed role changes the key
//! at once (access-and-reliability.md, 3.2, 7).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::answer::Answer;

/// What decides an answer: publication, policy, SQL.
type Key = (u64, String, String);

/// Answers by key, the least recently used leaving first.
pub(crate) struct Cache {
    kept: Mutex<Kept>,
    limit: usize,
}

#[derive(Default)]
struct Kept {
    answers: BTreeMap<Key, (u64, Arc<Answer>)>,
    /// Keys by the turn in which they were last used.
    by_turn: BTreeMap<u64, Key>,
    turn: u64,
    bytes: usize,
}

impl Cache {
    /// Keeps about `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { kept: Mutex::default(), limit }
    }

    pub(crate) fn get(&self, publication: u64, policy: &str, sql: &str) -> Option<Arc<Answer>> {
        let mut kept = self.lock();
        let key = (publication, policy.to_owned(), sql.to_owned());
        let (turn, answer) = kept.answers.get(&key).map(|(turn, answer)| (*turn, Arc::clone(answer)))?;
        kept.by_turn.remove(&turn);
        kept.touch(key, Arc::clone(&answer));
        Some(answer)
    }

    pub(crate) fn put(&self, publication: u64, policy: &str, sql: &str, answer: &Arc<Answer>) {
        let key = (publication, policy.to_owned(), sql.to_owned());
        let bytes = weight(&key, answer);
        // One answer must not drive all others out.
        if bytes > self.limit / 4 {
            return;
        }
        let mut kept = self.lock();
        kept.drop_key(&key);
        kept.bytes += bytes;
        kept.touch(key, Arc::clone(answer));
        while kept.bytes > self.limit {
            let Some((_, oldest)) = kept.by_turn.pop_first() else { break };
            if let Some((_, answer)) = kept.answers.remove(&oldest) {
                kept.bytes -= weight(&oldest, &answer);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn touch(&mut self, key: Key, answer: Arc<Answer>) {
        self.turn += 1;
        self.by_turn.insert(self.turn, key.clone());
        self.answers.insert(key, (self.turn, answer));
    }

    fn drop_key(&mut self, key: &Key) {
        if let Some((turn, answer)) = self.answers.remove(key) {
            self.by_turn.remove(&turn);
            self.bytes -= weight(key, &answer);
        }
    }
}

fn weight(key: &Key, answer: &Answer) -> usize {
    2 * (key.1.len() + key.2.len()) + answer.bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Arc<Answer> {
        Arc::new(Answer { rows: vec![vec![Some(text.to_owned())]], ..Answer::default() })
    }

    #[test]
    fn publications_and_policies_never_share() {
        let cache = Cache::new(10_000);
        cache.put(1, "everything", "select 1", &answer("all"));
        assert!(cache.get(1, "everything", "select 1").is_some());
        assert!(cache.get(1, "France", "select 1").is_none());
        assert!(cache.get(2, "everything", "select 1").is_none());
    }

    #[test]
    fn the_least_recently_used_leaves_first_and_nothing_leaks() {
        let cache = Cache::new(2_000);
        for number in 0..200 {
            cache.put(1, "p", &format!("select {number}"), &answer(&"x".repeat(100)));
            assert!(cache.get(1, "p", "select 0").is_some(), "kept in use, {number}");
            assert!(cache.lock().bytes <= 2_000);
        }
        assert!(cache.get(1, "p", "select 1").is_none());
        let kept = cache.lock();
        assert_eq!(kept.answers.len(), kept.by_turn.len());
        assert_eq!(
            kept.bytes,
            kept.answers.iter().map(|(key, (_, answer))| weight(key, answer)).sum::<usize>()
        );
    }

    #[test]
    fn one_huge_answer_is_not_kept() {
        let cache = Cache::new(2_000);
        cache.put(1, "p", "select 1", &answer(&"x".repeat(1_000)));
        assert!(cache.get(1, "p", "select 1").is_none());
    }
}
