//! Which tables stay as they were published when a refresh only adds.
//!
//! A table stays if nothing that it is made of has changed. A table of whole months stays as well while no
//! further month is over and no line of a month before is new, as long as the rows that it joins stay.
//! Staging tables that are not stored and that nobody needs are not built at all.
//! Deliberately absent: growing tables, which are always asked for their new rows.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use confect_domain::{Date, Entity, Growth, Layer};
use datafusion::prelude::{SessionContext, col};

use super::RefreshPlan;
use super::base::Base;
use super::growth::{Growing, source_table};
use super::lookups::rows_gone;
use super::schedule::Waiting;
use crate::error::WarehouseError;
use crate::publish::PublishedSource;

/// Whole months before this many make no table of whole months.
const LEAST_MONTHS: i32 = 2;

/// What is other than at the last publication.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// Entities whose files are others.
    pub(super) entities: BTreeSet<Entity>,
    /// Whether the calendar may reach further.
    pub(super) calendar: bool,
    /// Whether another month is over, or a line of a month before is new.
    pub(super) months: bool,
}

/// What need not be built.
#[derive(Clone, Debug, Default)]
pub(super) struct Keep {
    /// Tables that stay.
    pub(super) unchanged: BTreeSet<String>,
    /// Tables that stay unless a row that they join has changed.
    pub(super) within_month: BTreeSet<String>,
    /// Tables that go by a key: rows of keys that no new row names stay, unless a row that they join has changed.
    pub(super) by_key: BTreeMap<String, Vec<String>>,
    /// Tables that go by month: rows of months that are over stay, unless a row that they join has changed.
    pub(super) by_month: BTreeSet<String>,
    /// Models that nobody needs.
    pub(super) idle: BTreeSet<String>,
    /// What is read by models that are built.
    pub(super) read: BTreeSet<String>,
}

/// Entities whose files are others than before.
pub(super) fn changed_entities(
    plan: &RefreshPlan,
    now: &[PublishedSource],
    before: &[PublishedSource],
) -> BTreeSet<Entity> {
    let files = |all: &[PublishedSource], name: &str| -> BTreeSet<(String, String)> {
        let own = all.iter().filter(|source| source.source == name);
        own.map(|source| (source.file.clone(), source.blake3.clone())).collect()
    };
    let changed = plan.sources.iter().filter(|(spec, _)| files(now, &spec.name) != files(before, &spec.name));
    changed.map(|(spec, _)| spec.entity).collect()
}

/// The day from which on tables of whole months leave out what happened: the first of the month in progress,
/// or the day after the last line if there are fewer than two whole months, or if the project wants it so.
pub(super) fn whole_months_to(lines: Option<(Date, Date)>, plan: &RefreshPlan) -> Option<Date> {
    let (from, to) = lines?;
    let end = plan.as_of.unwrap_or_else(|| to.plus_days(1));
    let month = end.month_start();
    let least = from.month_start().plus_months(LEAST_MONTHS);
    Some(if plan.whole_months && month >= least { month } else { end })
}

impl Keep {
    /// What stays of `models`, which are in order.
    pub(super) fn of(
        models: &[Waiting<'_>],
        growing: &Growing,
        is_published: impl Fn(&str) -> bool,
        changes: &Changes,
    ) -> Self {
        let has_column = |table: &String, column: &String| {
            let model = models.iter().find(|next| next.model.contract.name == *table);
            model.is_some_and(|next| next.model.contract.columns.iter().any(|known| known.name == *column))
        };
        let names: BTreeSet<&str> = models.iter().map(|next| next.model.contract.name.as_str()).collect();
        let changed_sources: BTreeSet<String> =
            changes.entities.iter().map(|entity| source_table(*entity)).collect();
        let mut same: BTreeSet<&str> = BTreeSet::new();
        let mut keep = Self::default();
        let mut optional = BTreeSet::new();
        for next in models {
            let name = next.model.contract.name.as_str();
            let is_same = |read: &String| match read.as_str() {
                "calendar_days" => !changes.calendar,
                read if names.contains(read) => same.contains(read),
                read => !changed_sources.contains(read),
            };
            let published = is_published(name);
            if next.reads.iter().all(is_same) {
                same.insert(name);
                let is_stored = next.model.contract.layer != Layer::Staging || growing.stored.contains(name);
                match (growing.grows(name), published, is_stored) {
                    (false, true, _) => drop(keep.unchanged.insert(name.to_owned())),
                    (false, false, false) => drop(optional.insert(name.to_owned())),
                    // What is to be published for the first time is built, whatever it is made of.
                    _ => {}
                }
            } else if matches!(next.model.growth, Growth::WholeMonths | Growth::ByMonth) {
                let stays = |read: &String| {
                    is_same(read) || growing.grows(read) || next.model.keeps.contains_key(read)
                };
                if published && !changes.months && next.reads.iter().all(stays) {
                    let is_whole = next.model.growth == Growth::WholeMonths;
                    let staying = if is_whole { &mut keep.within_month } else { &mut keep.by_month };
                    staying.insert(name.to_owned());
                }
            } else if let (Some(column), true) = (&next.model.by_key, published) {
                let goes_by_it = |read: &String| growing.grows(read) && has_column(read, column);
                let stays =
                    |read: &String| is_same(read) || goes_by_it(read) || next.model.keeps.contains_key(read);
                if next.reads.iter().all(stays) {
                    let inputs = next.reads.iter().filter(|read| growing.grows(read)).cloned().collect();
                    keep.by_key.insert(name.to_owned(), inputs);
                }
            }
        }
        for next in models.iter().rev() {
            let name = &next.model.contract.name;
            if optional.contains(name) && !keep.read.contains(name) {
                keep.idle.insert(name.clone());
            } else if !keep.unchanged.contains(name) {
                keep.read.extend(next.reads.iter().cloned());
            }
        }
        keep
    }
}

/// Stands for all columns of a table that must not have a further row either.
const ALL: &str = "*";

/// Whether every row that was published of a table is there with the same values in these columns. With
/// `*`, whether the table has just the same rows.
pub(super) async fn rows_stay(
    base: &Base,
    context: &SessionContext,
    table: &str,
    columns: &[String],
) -> Result<bool, WarehouseError> {
    if columns.is_empty() {
        return Ok(true);
    }
    if base.publication.table(table).is_none() {
        return Ok(false);
    }
    if columns == [ALL] {
        if base.table(table)?.rows != context.table(table).await?.count().await? as u64 {
            return Ok(false);
        }
        let now = context.table(table).await?.collect().await?;
        return Ok(!rows_gone(&base.rows(context, table).await?, &now)?);
    }
    let wanted = || columns.iter().map(|name| col(name.as_str())).collect::<Vec<_>>();
    let before: Vec<RecordBatch> = base.frame(context, table).await?.select(wanted())?.collect().await?;
    let now = context.table(table).await?.select(wanted())?.collect().await?;
    Ok(!rows_gone(&before, &now)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::schedule::{in_order, tests::model};

    #[test]
    fn what_nothing_changed_for_stays_and_what_nobody_needs_is_not_built() {
        let months = |name: &str, sql: &str, keeps: &[&str]| {
            let keeps = keeps.iter().map(|table| ((*table).to_owned(), Vec::new())).collect();
            confect_domain::Model { growth: Growth::WholeMonths, keeps, ..model(name, sql) }
        };
        let lines = confect_domain::Model {
            growth: Growth::Rows,
            ..model("lines", "select * from source_sale_lines")
        };
        let models = [
            lines,
            model("stg_suppliers", "select * from source_suppliers"),
            model("dim_supplier", "select * from stg_suppliers"),
            model("stg_stores", "select * from source_stores"),
            model("dim_store", "select * from stg_stores join lines using (a)"),
            model("dim_date", "select * from calendar_days"),
            months("rules", "select * from lines join dim_supplier using (a)", &[]),
            months("bridge", "select * from lines join dim_store using (a)", &[]),
            months("proof", "select * from lines join dim_store using (a)", &["dim_store"]),
        ];
        let order = in_order(&models).expect("an order");
        let growing = Growing::of(&order);
        assert!(growing.grows("lines"));
        let all = |name: &str| !name.starts_with("stg_");
        let mut changes = Changes { entities: [Entity::SaleLines].into(), calendar: false, months: false };
        let keep = Keep::of(&order, &growing, all, &changes);
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(keep.unchanged, set(&["dim_date", "dim_supplier"]));
        assert_eq!(keep.idle, set(&["stg_suppliers"]));
        assert_eq!(keep.within_month, set(&["rules", "proof"]));
        changes.months = true;
        changes.calendar = true;
        let keep = Keep::of(&order, &growing, all, &changes);
        assert_eq!((keep.unchanged, keep.within_month), (set(&["dim_supplier"]), set(&[])));
        // A table that was never published is built, even of what is the same.
        let keep = Keep::of(&order, &growing, |name| name == "lines", &Changes::default());
        assert_eq!((keep.unchanged, keep.within_month), (set(&[]), set(&[])));
    }
}
