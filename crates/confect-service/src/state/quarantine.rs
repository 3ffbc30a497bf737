//! What is known of each record that was set aside: since when, how often, and what was decided.
//!
//! The records themselves are in the warehouse's private table `quarantine`; here is only what a
//! refresh cannot know, by the record's id.

use std::collections::BTreeMap;

use rusqlite::params;

use super::State;
use crate::clock::Moment;
use crate::error::ServiceError;

/// What was decided about a record that is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuarantineState {
    /// To be looked at.
    Open,
    /// Known, and left as it is.
    Ignored,
}

impl QuarantineState {
    /// The word that is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ignored => "ignored",
        }
    }

    /// The state that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Open, Self::Ignored].into_iter().find(|state| state.word() == word)
    }
}

/// The history of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) first_seen: Moment,
    pub(crate) times_seen: i64,
    pub(crate) state: QuarantineState,
}

impl State {
    /// Notes the records that this refresh set aside; those that are gone are fixed.
    pub(crate) fn note_quarantine<'a>(
        &self,
        ids: impl Iterator<Item = &'a str>,
        now: Moment,
    ) -> Result<(), ServiceError> {
        self.write(|transaction| {
            transaction.execute("create temp table if not exists present (id text primary key) without rowid", [])?;
            transaction.execute("delete from present", [])?;
            let mut present = transaction.prepare("insert or ignore into present values (?1)")?;
            let mut seen = transaction.prepare(
                "insert into quarantined values (?1, ?2, ?2, 1, 'open') on conflict (id) do update set
                 last_seen = ?2, times_seen = times_seen + 1,
                 state = case state when 'fixed' then 'open' else state end",
            )?;
            for id in ids {
                present.execute(params![id])?;
                seen.execute(params![id, now.seconds()])?;
            }
            transaction.execute(
                "update quarantined set state = 'fixed' where state <> 'fixed' and id not in (select id from present)",
                [],
            )?;
            Ok(())
        })
    }

    /// Records by id, those that are set aside now.
    pub(crate) fn quarantined(&self) -> Result<BTreeMap<String, Seen>, ServiceError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "select id, first_seen, times_seen, state from quarantined where state <> 'fixed'",
            )?;
            let rows = statement.query_map([], |row| {
                let state: String = row.get(3)?;
                Ok((
                    row.get(0)?,
                    Seen {
                        first_seen: Moment::from_seconds(row.get(1)?),
                        times_seen: row.get(2)?,
                        state: QuarantineState::from_word(&state).unwrap_or(QuarantineState::Open),
                    },
                ))
            })?;
            Ok(rows.collect::<Result<BTreeMap<_, _>, _>>()?)
        })
    }

    /// Number of records that were set aside once and no longer are.
    pub(crate) fn fixed(&self) -> Result<i64, ServiceError> {
        self.read(|connection| {
            let count = "select count(*) from quarantined where state = 'fixed'";
            Ok(connection.query_row(count, [], |row| row.get(0))?)
        })
    }

    /// Sets the state of records; returns how many there are of them.
    pub(crate) fn set_quarantine_state(
        &self,
        ids: &[String],
        state: QuarantineState,
    ) -> Result<usize, ServiceError> {
        self.write(|transaction| {
            let mut update = transaction
                .prepare("update quarantined set state = ?2 where id = ?1 and state <> 'fixed'")?;
            let mut changed = 0;
            for id in ids {
                changed += update.execute(params![id, state.word()])?;
            }
            Ok(changed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_remembered_ignored_fixed_and_opened_again() {
        let state = State::in_memory();
        let day = |day: i64| Moment::from_seconds(day * 86_400);
        state.note_quarantine(["a", "b"].into_iter(), day(1)).expect("noted");
        assert_eq!(
            state.set_quarantine_state(&["a".into(), "x".into()], QuarantineState::Ignored).expect("set"),
            1
        );
        state.note_quarantine(["a"].into_iter(), day(2)).expect("noted");
        let now = state.quarantined().expect("read");
        assert_eq!(now.keys().collect::<Vec<_>>(), ["a"]);
        let expected = Seen { first_seen: day(1), times_seen: 2, state: QuarantineState::Ignored };
        assert_eq!(now["a"], expected);
        assert_eq!(state.fixed().expect("read"), 1);
        // What comes back is open again.
        state.note_quarantine(["a", "b"].into_iter(), day(3)).expect("noted");
        let now = state.quarantined().expect("read");
        assert_eq!((now["a"].state, now["b"].state), (QuarantineState::Ignored, QuarantineState::Open));
        assert_eq!(state.fixed().expect("read"), 0);
    }
}
