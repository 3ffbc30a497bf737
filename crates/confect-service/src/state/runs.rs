//! The history of refreshes, those that failed included.

use confect_domain::Problem;
use confect_warehouse::RefreshRecord;
use rusqlite::{Row, params};

use super::State;
use crate::clock::Moment;
use crate::error::ServiceError;
use crate::refresh::record_json;

/// One refresh, past or under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Running number.
    pub id: i64,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339; `None` while it runs, or if it was killed.
    pub finished_at: Option<String>,
    /// `running`, `done`, `unchanged` or `failed`.
    pub outcome: String,
    /// The publication that was live afterwards.
    pub publication: Option<i64>,
    /// Records read.
    pub rows_in: Option<i64>,
    /// Records in the tables.
    pub rows_loaded: Option<i64>,
    /// Records set aside.
    pub rows_quarantined: Option<i64>,
    /// Records dropped as exact duplicates.
    pub rows_deduplicated: Option<i64>,
    /// Wall time.
    pub seconds: Option<f64>,
    /// What went wrong, as it was printed.
    pub problem: Option<String>,
}

impl State {
    /// Notes that a run begins.
    pub(crate) fn begin_run(&self, now: Moment) -> Result<i64, ServiceError> {
        self.write(|transaction| {
            transaction.execute(
                "insert into runs (started_at, outcome) values (?1, 'running')",
                params![now.seconds()],
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Notes what a run did.
    pub(crate) fn finish_run(
        &self,
        id: i64,
        now: Moment,
        record: &RefreshRecord,
    ) -> Result<(), ServiceError> {
        let balance = &record.balance;
        let outcome = if record.changed { "done" } else { "unchanged" };
        self.write(|transaction| {
            transaction.execute(
                "update runs set finished_at = ?2, outcome = ?3, publication = ?4, rows_in = ?5, rows_loaded = ?6,
                 rows_quarantined = ?7, rows_deduplicated = ?8, seconds = ?9, record = ?10 where id = ?1",
                params![
                    id,
                    now.seconds(),
                    outcome,
                    whole(record.publication),
                    whole(balance.rows_in),
                    whole(balance.loaded.rows),
                    whole(balance.quarantined.rows),
                    whole(balance.deduplicated.rows),
                    record.seconds,
                    record_json(record).to_string(),
                ],
            )?;
            Ok(())
        })
    }

    /// Notes that a run failed.
    pub(crate) fn fail_run(&self, id: i64, now: Moment, problem: &Problem) -> Result<(), ServiceError> {
        self.write(|transaction| {
            transaction.execute(
                "update runs set finished_at = ?2, outcome = 'failed', seconds = ?2 - started_at, problem = ?3 where id = ?1",
                params![id, now.seconds(), problem.to_string()],
            )?;
            Ok(())
        })
    }

    /// Forgets a run that did not take place, because another one held the lock.
    pub(crate) fn forget_run(&self, id: i64) -> Result<(), ServiceError> {
        self.write(|transaction| {
            transaction.execute("delete from runs where id = ?1", params![id])?;
            Ok(())
        })
    }

    /// The latest runs, newest first.
    pub(crate) fn runs(&self, limit: u32) -> Result<Vec<Run>, ServiceError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "select id, started_at, finished_at, outcome, publication, rows_in, rows_loaded, rows_quarantined,
                 rows_deduplicated, seconds, problem from runs order by id desc limit ?1",
            )?;
            let runs = statement.query_map(params![limit], run)?.collect::<Result<Vec<_>, _>>()?;
            Ok(runs)
        })
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let moment = |seconds: i64| Moment::from_seconds(seconds).rfc3339();
    Ok(Run {
        id: row.get(0)?,
        started_at: moment(row.get(1)?),
        finished_at: row.get::<_, Option<i64>>(2)?.map(moment),
        outcome: row.get(3)?,
        publication: row.get(4)?,
        rows_in: row.get(5)?,
        rows_loaded: row.get(6)?,
        rows_quarantined: row.get(7)?,
        rows_deduplicated: row.get(8)?,
        seconds: row.get(9)?,
        problem: row.get(10)?,
    })
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
