//! A source that lost much since the last publication stops the refresh until somebody confirms (F67, F80):
//! an export that was cut off, a mount that is empty or a filter in the source looks just like a smaller shop.

use std::collections::BTreeSet;

use super::members::MemberRow;
use super::past::Past;
use super::{RefreshPlan, SourceDelivery};
use crate::error::WarehouseError;

/// Rows that may go unasked, in percent.
const ROWS_PERCENT: u64 = 30;
/// Fewer rows may always go.
const ROWS_MIN: u64 = 10;
/// Members of a snapshot that may go unasked, in percent.
const MEMBERS_PERCENT: u64 = 5;

/// Refuses a source that has more than 30 % fewer rows than it had.
pub(super) fn check(
    plan: &RefreshPlan,
    deliveries: &[SourceDelivery],
    past: &Past,
) -> Result<(), WarehouseError> {
    for (spec, _) in &plan.sources {
        let Some(before) = past.rows.get(&spec.name).copied() else { continue };
        let delivery = deliveries.iter().find(|delivery| delivery.source == spec.name);
        let now = delivery.map_or(0, |delivery| delivery.loaded);
        let lost = before.saturating_sub(now);
        if lost >= ROWS_MIN && lost * 100 > before * ROWS_PERCENT && !plan.accept_shrink.contains(&spec.name)
        {
            return Err(WarehouseError::Shrunk {
                source_name: spec.name.clone(),
                what: "rows".to_owned(),
                before,
                lost,
                limit: ROWS_PERCENT,
            });
        }
    }
    Ok(())
}

/// Refuses a snapshot that lacks more than 5 % of the members that were there.
pub(super) fn check_members(
    plan: &RefreshPlan,
    deliveries: &[SourceDelivery],
    past: &Past,
    members: &[MemberRow],
) -> Result<(), WarehouseError> {
    for delivery in deliveries.iter().filter(|delivery| delivery.newest.is_some()) {
        let Some(before) = past.members.get(&delivery.source) else { continue };
        let gone: BTreeSet<&str> = members
            .iter()
            .filter(|row| row.source == delivery.source && row.deleted_on.is_some())
            .map(|row| row.member.as_str())
            .collect();
        let there = before.iter().filter(|(_, deleted_on)| deleted_on.is_none());
        let (mut all, mut lost) = (0_u64, 0_u64);
        for (member, _) in there {
            all += 1;
            lost += u64::from(gone.contains(member.as_str()));
        }
        if lost * 100 > all * MEMBERS_PERCENT && !plan.accept_shrink.contains(&delivery.source) {
            return Err(WarehouseError::Shrunk {
                source_name: delivery.source.clone(),
                what: delivery.entity.name().to_owned(),
                before: all,
                lost,
                limit: MEMBERS_PERCENT,
            });
        }
    }
    Ok(())
}
