//! The models of repeat buying fitted on the same customers, each at most once and when it is asked for.

use std::sync::OnceLock;

use crate::caveat::Caveat;

use super::groups::Groups;
use super::purchases::{PurchaseKind, PurchaseModel, fit_groups};
use super::summary::CustomerSummary;

/// A fitted model, or why there is none.
pub(super) type Fit = Result<PurchaseModel, Caveat>;

/// Fits that several ask for, also from several threads.
pub(super) struct Fits {
    groups: Groups,
    prior_sd: Option<f64>,
    made: [OnceLock<Fit>; PurchaseKind::ALL.len()],
}

impl Fits {
    pub(super) fn new(customers: &[CustomerSummary], prior_sd: Option<f64>) -> Self {
        Self { groups: Groups::new(customers), prior_sd, made: std::array::from_fn(|_| OnceLock::new()) }
    }

    pub(super) fn of(&self, kind: PurchaseKind) -> Fit {
        let fit = || fit_groups(kind, &self.groups, self.prior_sd);
        let place = PurchaseKind::ALL.iter().zip(&self.made).find(|(known, _)| **known == kind);
        place.map_or_else(fit, |(_, made)| made.get_or_init(fit).clone())
    }
}
