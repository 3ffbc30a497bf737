//! Which customer ids were told to be one person, and decisions about it.

use confect_project::Decision;

use crate::answer::Answer;
use crate::clock;
use crate::error::ServiceError;
use crate::shop::Shop;
use crate::state::audit::{Entry, append};
use crate::steward::Steward;

/// Merges that are looked at.
const MAX_IDS: usize = 10_000_000;

/// The customers of the CRM as persons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentitySummary {
    /// Ids in the CRM.
    pub customers: u64,
    /// Persons that they are.
    pub persons: u64,
    /// One row per id that was merged: the columns of `customer_identity`.
    pub merges: Answer,
}

impl Shop {
    /// Every merge, those with the least confidence first. Blocks.
    ///
    /// # Errors
    /// Before the first refresh.
    pub fn identities(&self, _steward: &Steward) -> Result<IdentitySummary, ServiceError> {
        let publication = self.publication()?;
        if publication.table("customer_identity").is_none() {
            return Ok(IdentitySummary::default());
        }
        let mut merges: Answer =
            self.warehouse.read_private(&publication, "customer_identity", MAX_IDS)?.into();
        let customers = merges.rows.len() as u64;
        let place = |name: &str| merges.column(name).unwrap_or(usize::MAX);
        let (rule, confidence, id) = (place("rule"), place("confidence"), place("customer_id"));
        let is_merge = |row: &Vec<Option<String>>| row.get(rule).is_some_and(Option::is_some);
        merges.rows.retain(is_merge);
        let rank = |row: &Vec<Option<String>>| {
            let text = row.get(confidence).and_then(Option::as_deref).unwrap_or_default();
            let scaled = confect_domain::decimal::parse_scaled(text).unwrap_or_default();
            (scaled, row.get(id).cloned().flatten())
        };
        merges.rows.sort_by_cached_key(rank);
        Ok(IdentitySummary { customers, persons: customers - merges.rows.len() as u64, merges })
    }

    /// Notes that two ids are different people, one person, or left to the rules. Counts from the next
    /// refresh on. Blocks.
    ///
    /// # Errors
    /// An id that the CRM does not have; a file that cannot be written.
    pub fn decide_identity(
        &self,
        steward: &Steward,
        left: &str,
        right: &str,
        decision: Decision,
    ) -> Result<(), ServiceError> {
        self.known_customers(&[left, right])?;
        confect_project::decide(self.root(), left, right, decision)
            .map_err(|error| ServiceError::file("write", self.root().join("identity.toml"), error))?;
        let word = match decision {
            Decision::Apart => "apart",
            Decision::Together => "together",
            Decision::ByRule => "by rule",
        };
        let object = format!("customers {left} and {right}");
        let entry = Entry { actor: steward.name(), action: "identity", object: &object, result: word };
        self.state.write(|transaction| append(transaction, clock::now(), &entry))
    }

    fn known_customers(&self, ids: &[&str]) -> Result<(), ServiceError> {
        let publication = self.publication()?;
        if publication.table("customer_identity").is_none() {
            return Err(ServiceError::NothingPublished);
        }
        let all: Answer = self.warehouse.read_private(&publication, "customer_identity", MAX_IDS)?.into();
        let column = all.column("customer_id").unwrap_or(usize::MAX);
        for id in ids {
            if !(0..all.rows.len()).any(|row| all.cell(row, column) == Some(id)) {
                let id = confect_domain::problem::printable(id);
                return Err(ServiceError::NoSuchCustomer { id, near: Vec::new() });
            }
        }
        Ok(())
    }
}
