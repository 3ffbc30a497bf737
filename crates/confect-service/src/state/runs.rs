//! The history of refreshes, those that failed included.

use confect_domain::Problem;
use confect_warehouse::{CheckResult, RefreshRecord};
use rusqlite::{OptionalExtension, Row, Transaction, params};

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

fn insert_checks(
    transaction: &Transaction<'_>,
    run: i64,
    checks: &[CheckResult],
) -> Result<(), ServiceError> {
    let mut insert = transaction.prepare("insert or replace into checks values (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for check in checks {
        let (severity, failing) = (check.severity.word(), whole(check.failing_rows));
        insert.execute(params![run, check.table, check.name, severity, failing, check.message])?;
    }
    Ok(())
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
            insert_checks(transaction, id, &record.checks)
        })
    }

    /// Notes the checks of a run that failed by them.
    pub(crate) fn note_checks(&self, id: i64, checks: &[CheckResult]) -> Result<(), ServiceError> {
        self.write(|transaction| insert_checks(transaction, id, checks))
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

impl State {
    /// What the latest refresh that published says of itself, and its run's number.
    pub(crate) fn latest_record(&self) -> Result<Option<(i64, serde_json::Value)>, ServiceError> {
        self.read(|connection| {
            let found = connection
                .query_row(
                    "select id, record from runs where outcome = 'done' order by id desc limit 1",
                    [],
                    |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
                )
                .optional()?;
            Ok(found.and_then(|(id, text)| Some((id, serde_json::from_str(&text).ok()?))))
        })
    }

    /// The steps of a run: `[{name, start, seconds}]`, null if it did not publish.
    pub(crate) fn timeline(&self, run: i64) -> Result<serde_json::Value, ServiceError> {
        self.read(|connection| {
            let text: Option<String> =
                connection.query_row("select record from runs where id = ?1", [run], |row| row.get(0))?;
            let record: Option<serde_json::Value> = text.and_then(|text| serde_json::from_str(&text).ok());
            Ok(record.and_then(|mut record| Some(record.get_mut("timeline")?.take())).unwrap_or_default())
        })
    }

    /// Every check of the latest refreshes that published or that failed by them, oldest first.
    pub(crate) fn checks(&self, latest_runs: u32) -> Result<Vec<PastCheck>, ServiceError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "select run, table_name, name, severity, failing_rows, message, outcome from checks
                 join runs on runs.id = run
                 where run in (select distinct run from checks order by run desc limit ?1)
                 order by run, table_name, name",
            )?;
            let checks = statement.query_map(params![latest_runs], |row| {
                Ok(PastCheck {
                    run: row.get(0)?,
                    table: row.get(1)?,
                    name: row.get(2)?,
                    severity: row.get(3)?,
                    failing_rows: row.get(4)?,
                    message: row.get(5)?,
                    is_published: row.get::<_, String>(6)? == "done",
                })
            })?;
            Ok(checks.collect::<Result<Vec<_>, _>>()?)
        })
    }
}

/// A check as a run made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PastCheck {
    pub(crate) run: i64,
    pub(crate) table: String,
    pub(crate) name: String,
    pub(crate) severity: String,
    pub(crate) failing_rows: i64,
    pub(crate) message: Option<String>,
    /// Whether the run's tables became visible.
    pub(crate) is_published: bool,
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
