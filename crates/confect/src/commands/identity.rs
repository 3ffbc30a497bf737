//! `identity`: which customers are one person, and decisions about it.

use std::path::Path;

use confect_service::{Access, Decision, Steward};

use super::{Outcome, ask, one, open};
use crate::arguments::{Format, Identity, IdentityAction};
use crate::printer::Printer;
use crate::table::grouped;

pub(super) fn run(root: &Path, identity: &Identity, printer: &Printer) -> Outcome {
    let shop = open(root)?;
    let steward = Steward::of(&Access::owner(), "decide about customers").map_err(one)?;
    let (pair, decision) = match &identity.action {
        None => {
            let mut found = shop.identities(&steward).map_err(one)?;
            let merged = found.merges.rows.len();
            found.merges.rows.truncate(identity.limit);
            if !found.merges.rows.is_empty() || identity.format != Format::Table {
                ask::print(&found.merges, identity.format, printer);
            }
            let count = |number: u64| grouped(&number.to_string());
            printer.note(&format!(
                "{} customer ids are {} persons; {} were merged",
                count(found.customers),
                count(found.persons),
                count(merged as u64)
            ));
            return Ok(());
        }
        Some(IdentityAction::Split(pair)) => (pair, Decision::Apart),
        Some(IdentityAction::Join(pair)) => (pair, Decision::Together),
        Some(IdentityAction::Forget(pair)) => (pair, Decision::ByRule),
    };
    shop.decide_identity(&steward, &pair.left, &pair.right, decision).map_err(one)?;
    printer.note("noted in `identity.toml`; it counts from the next `confect refresh` on");
    Ok(())
}
