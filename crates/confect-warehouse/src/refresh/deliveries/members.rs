//! Members of snapshots: who is there, who is gone and since when (F80).
//!
//! A member that the newest delivery lacks keeps its last row, marked with the day. One whose file was
//! written over has no row any more; it is remembered by its key, so that it is known to be gone and not
//! taken for one that never was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch, StringViewArray, new_null_array};
use confect_domain::{Date, Finding, Severity};

use super::SourceDelivery;
use super::past::Past;
use crate::error::WarehouseError;
use crate::refresh::inputs::{DELETED_ON, Inputs};

/// One member of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MemberRow {
    pub(super) source: String,
    pub(super) member: String,
    /// `None`: the newest delivery has it.
    pub(super) deleted_on: Option<Date>,
    /// Whether no row of it is left.
    is_remembered: bool,
    /// Whether it was there in the publication before.
    is_news: bool,
}

/// The keys of all rows.
pub(super) fn keys(batches: &[RecordBatch], column: &str) -> BTreeSet<String> {
    let texts = batches.iter().filter_map(|batch| batch.column_by_name(column)?.as_string_view_opt());
    texts.flat_map(|texts| texts.iter().flatten()).map(str::to_owned).collect()
}

/// All members of all snapshots, by source and key.
pub(super) fn compare(deliveries: &[SourceDelivery], past: &Past, today: Option<Date>) -> Vec<MemberRow> {
    let mut rows = Vec::new();
    for delivery in deliveries {
        let Some(newest) = &delivery.newest else { continue };
        let nobody = BTreeMap::new();
        let before = past.members.get(&delivery.source).unwrap_or(&nobody);
        let day = newest.day.or(today);
        let remembered = before.keys().filter(|member| !delivery.members.contains(*member));
        let named: BTreeMap<&String, bool> = delivery
            .members
            .iter()
            .map(|member| (member, false))
            .chain(remembered.map(|member| (member, true)))
            .collect();
        for (member, is_remembered) in named {
            let is_gone = is_remembered || newest.gone.contains(member);
            let since = before.get(member).copied().flatten();
            rows.push(MemberRow {
                source: delivery.source.clone(),
                member: member.clone(),
                deleted_on: if is_gone { since.or(day) } else { None },
                is_remembered,
                is_news: is_gone && since.is_none() && !before.is_empty(),
            });
        }
    }
    rows
}

/// Writes into the rows of gone members since when they are, and adds a row for those that have none left.
pub(super) fn mark(
    inputs: &mut Inputs,
    deliveries: &[SourceDelivery],
    members: &[MemberRow],
) -> Result<(), WarehouseError> {
    for delivery in deliveries.iter().filter(|delivery| delivery.newest.is_some()) {
        let Some(key) = delivery.entity.member_key() else { continue };
        let own = || members.iter().filter(|row| row.source == delivery.source);
        let gone: BTreeMap<&str, Option<Date>> = own()
            .filter(|row| row.deleted_on.is_some())
            .map(|row| (row.member.as_str(), row.deleted_on))
            .collect();
        if gone.is_empty() {
            continue;
        }
        let files: BTreeSet<&str> = inputs
            .files
            .iter()
            .filter(|file| file.source == delivery.source)
            .map(|file| file.label.as_str())
            .collect();
        let Some((schema, batches)) = inputs.tables.get_mut(&delivery.entity) else { continue };
        let (key, deleted) = (schema.index_of(key)?, schema.index_of(DELETED_ON)?);
        let file = schema.index_of("source_file")?;
        for batch in batches.iter_mut() {
            let label = batch.column(file).as_string_view_opt().filter(|labels| labels.len() > 0);
            if !label.is_some_and(|labels| labels.is_valid(0) && files.contains(labels.value(0))) {
                continue;
            }
            let keys = batch.column(key).as_string_view();
            let since = |key: Option<&str>| gone.get(key?).copied().flatten().map(Date::days);
            let days: Date32Array = keys.iter().map(since).collect();
            let mut columns = batch.columns().to_vec();
            if let Some(column) = columns.get_mut(deleted) {
                *column = Arc::new(days);
            }
            *batch = RecordBatch::try_new(batch.schema(), columns)?;
        }
        let remembered: Vec<&MemberRow> = own().filter(|row| row.is_remembered).collect();
        if !remembered.is_empty() {
            let columns: Vec<ArrayRef> = schema
                .fields()
                .iter()
                .enumerate()
                .map(|(index, field)| -> ArrayRef {
                    match index {
                        _ if index == key => Arc::new(
                            remembered
                                .iter()
                                .map(|row| Some(row.member.as_str()))
                                .collect::<StringViewArray>(),
                        ),
                        _ if index == deleted => Arc::new(
                            remembered
                                .iter()
                                .map(|row| row.deleted_on.map(Date::days))
                                .collect::<Date32Array>(),
                        ),
                        // Before every file, so that a row of another source is the later one.
                        _ if index == file => {
                            Arc::new(remembered.iter().map(|_| Some("")).collect::<StringViewArray>())
                        }
                        _ => new_null_array(field.data_type(), remembered.len()),
                    }
                })
                .collect();
            batches.push(RecordBatch::try_new(Arc::clone(schema), columns)?);
        }
    }
    Ok(())
}

/// One warning per source that members left since the last publication.
pub(super) fn findings(members: &[MemberRow]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for group in members.chunk_by(|left, right| left.source == right.source) {
        let gone = || group.iter().filter(|row| row.is_news);
        let Some(first) = gone().next() else { continue };
        findings.push(Finding {
            code: "members-gone",
            severity: Severity::Warning,
            source: first.source.clone(),
            file: None,
            line: None,
            column: None,
            value: None,
            message: format!(
                "members that were published before are missing in the newest delivery and marked deleted, such as `{}`",
                confect_domain::problem::printable(&first.member)
            ),
            remedy: "nothing has to be done if they are gone; their sales stay".to_owned(),
            rows: gone().count() as u64,
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use confect_domain::Entity;
    use confect_ingest::NewestDelivery;

    fn delivery(members: &[&str], gone: &[&str], day: Option<&str>) -> SourceDelivery {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        SourceDelivery {
            source: "crm".to_owned(),
            entity: Entity::Customers,
            loaded: members.len() as u64,
            days: BTreeMap::new(),
            delivered: None,
            superseded: Vec::new(),
            newest: Some(NewestDelivery { day: day.and_then(Date::parse), gone: set(gone) }),
            members: set(members),
        }
    }

    fn compared(
        delivery: SourceDelivery,
        before: &[(&str, Option<&str>)],
    ) -> Vec<(String, Option<String>, bool)> {
        let known = before
            .iter()
            .map(|(member, day)| ((*member).to_owned(), day.and_then(Date::parse)))
            .collect::<BTreeMap<_, _>>();
        let past = Past { members: BTreeMap::from([("crm".to_owned(), known)]), ..Past::default() };
        compare(&[delivery], &past, Date::parse("2024-03-01"))
            .into_iter()
            .map(|row| (row.member, row.deleted_on.map(|day| day.to_string()), row.is_news))
            .collect()
    }

    #[test]
    fn f80_who_is_gone_is_gone_since_the_first_delivery_without_him() {
        let row =
            |member: &str, day: Option<&str>, is_news| (member.to_owned(), day.map(str::to_owned), is_news);
        let before = [("a", None), ("b", None), ("c", Some("2024-01-05")), ("d", Some("2024-01-06"))];
        // `b` misses in the newest file, `c` stays away, `d` is back, `e` is new.
        let now = delivery(&["a", "b", "c", "d", "e"], &["b", "c"], Some("2024-02-01"));
        assert_eq!(
            compared(now, &before),
            [
                row("a", None, false),
                row("b", Some("2024-02-01"), true),
                row("c", Some("2024-01-05"), false),
                row("d", None, false),
                row("e", None, false),
            ]
        );
        // The file was written over and has no day: the day of the refresh counts.
        assert_eq!(
            compared(delivery(&["a"], &[], None), &[("a", None), ("b", None)]),
            [row("a", None, false), row("b", Some("2024-03-01"), true)]
        );
    }
}
