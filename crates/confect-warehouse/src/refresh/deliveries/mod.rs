//! What deliveries say beyond their rows: what came late, what is missing, who is gone, what was replaced.
//!
//! Each refresh is compared with the publication before it, of which three small private tables are kept:
//! `delivery_days` (rows by source and day), `snapshot_members` (who was delivered, and who is gone) and
//! `superseded_rows` (rows that a later delivery replaced). A source that shrank too much stops the refresh
//! until somebody confirms, and what a source promises of its newest days is checked (`promises`).
//! Deliberately absent: what a file says of itself (`confect-ingest`), and the clock: today is an argument.

mod days;
mod members;
mod past;
mod promises;
mod shrink;
mod superseded;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use confect_domain::{Date, Entity, Finding};
use confect_ingest::{InputFile, NewestDelivery, SourceRows, SourceSpec, SupersededRow};

use super::RefreshPlan;
use super::inputs::Inputs;
use crate::contract::CheckResult;
use crate::error::WarehouseError;
use crate::publish::{Publication, PublishedTable};
use past::Past;
pub use promises::days_late;

/// What one source delivered, beyond its rows.
pub(super) struct SourceDelivery {
    source: String,
    entity: Entity,
    loaded: u64,
    /// Rows by day; empty where rows have none.
    days: BTreeMap<Date, u64>,
    delivered: Option<Date>,
    superseded: Vec<SupersededRow>,
    newest: Option<NewestDelivery>,
    /// Keys of the rows that stand, where all members are delivered each time.
    members: BTreeSet<String>,
}

impl SourceDelivery {
    pub(super) fn of(spec: &SourceSpec, rows: &SourceRows) -> Self {
        let members = match (&rows.newest, spec.entity.member_key()) {
            (Some(_), Some(key)) => members::keys(&rows.batches, key),
            _ => BTreeSet::new(),
        };
        Self {
            source: spec.name.clone(),
            entity: spec.entity,
            loaded: rows.balance.loaded.rows,
            days: spec.entity.moment().map(|column| days::count(&rows.batches, column)).unwrap_or_default(),
            delivered: rows.delivered,
            superseded: rows.superseded.clone(),
            newest: rows.newest.clone(),
            members,
        }
    }

    /// The last day that any row has, else that the name of a file has.
    pub(super) fn newest_day(&self) -> Option<Date> {
        self.days.keys().next_back().copied().or(self.delivered)
    }
}

/// Rows that came after later days had been published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateRows {
    /// The source.
    pub source: String,
    /// First day of the month that they are dated in.
    pub month: Date,
    /// Number of rows.
    pub rows: u64,
}

/// What was found out, and the tables that keep it.
pub(super) struct Noted {
    pub(super) late: Vec<LateRows>,
    pub(super) findings: Vec<Finding>,
    /// Of what sources promise.
    pub(super) checks: Vec<CheckResult>,
    deliveries: Vec<SourceDelivery>,
    members: Vec<members::MemberRow>,
}

/// Adds what is published of the sources of which only new files were read.
fn add_old(deliveries: &mut Vec<SourceDelivery>, plan: &RefreshPlan, grown: &[String], past: &Past) {
    for (spec, files) in plan.sources.iter().filter(|(spec, _)| grown.contains(&spec.name)) {
        let known = deliveries.iter().position(|delivery| delivery.source == spec.name);
        let place = known.unwrap_or_else(|| {
            deliveries.push(SourceDelivery {
                source: spec.name.clone(),
                entity: spec.entity,
                loaded: 0,
                days: BTreeMap::new(),
                delivered: newest_in_names(files),
                superseded: Vec::new(),
                newest: None,
                members: BTreeSet::new(),
            });
            deliveries.len() - 1
        });
        let Some(delivery) = deliveries.get_mut(place) else { continue };
        delivery.loaded += past.rows.get(&spec.name).copied().unwrap_or(0);
        for (day, rows) in past.days.get(&spec.name).into_iter().flatten() {
            *delivery.days.entry(*day).or_default() += rows;
        }
    }
}

/// The last day in the names of files, if each has one.
fn newest_in_names(files: &[InputFile]) -> Option<Date> {
    let days: Option<Vec<Date>> = files.iter().map(|file| Date::in_name(&file.label)).collect();
    days.and_then(|days| days.into_iter().max())
}

/// Compares what was read with what is published, and marks members that are gone in the rows themselves.
/// `added_to` is what the rows are added to, with the sources of which it holds the old ones.
///
/// # Errors
/// [`WarehouseError::Shrunk`] if a source lost more than may go unasked.
pub(super) fn look(
    folder: &Path,
    latest: Option<&Publication>,
    plan: &RefreshPlan,
    added_to: Option<(&Publication, &[String])>,
    today: Option<Date>,
    inputs: &mut Inputs,
) -> Result<Noted, WarehouseError> {
    let past = Past::read(folder, latest)?;
    let mut deliveries = std::mem::take(&mut inputs.deliveries);
    if let Some((before, grown)) = added_to {
        add_old(&mut deliveries, plan, grown, &Past::read(folder, Some(before))?);
    }
    shrink::check(plan, &deliveries, &past)?;
    let members = members::compare(&deliveries, &past, today);
    shrink::check_members(plan, &deliveries, &past, &members)?;
    members::mark(inputs, &deliveries, &members)?;
    let late = days::late(&deliveries, &past);
    let (checks, unusual) = promises::check(plan, &deliveries, &past, today);
    let findings = days::findings(&late, &past).into_iter().chain(members::findings(&members));
    let findings = findings.chain(unusual).collect();
    Ok(Noted { late, findings, checks, deliveries, members })
}

impl Noted {
    /// The last day that a source tells of.
    pub(super) fn newest_day(&self, source: &str) -> Option<Date> {
        self.deliveries.iter().find(|delivery| delivery.source == source).and_then(SourceDelivery::newest_day)
    }

    /// Forgets what was promised of the newest days: in a part of a build these are any days, and not whole.
    pub(super) fn leave_promises(&mut self) {
        self.checks.clear();
        self.findings.retain(|finding| finding.code != promises::UNUSUAL);
    }

    /// Writes the tables; they become visible with the publication.
    pub(super) fn write(&self, folder: &Path) -> Result<Vec<PublishedTable>, WarehouseError> {
        Ok(vec![
            tables::delivery_days(folder, &self.deliveries)?,
            tables::snapshot_members(folder, &self.members)?,
            superseded::table(folder, &self.deliveries)?,
        ])
    }
}
