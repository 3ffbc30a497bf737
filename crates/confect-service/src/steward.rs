//! The right to see what was set aside and how tables were built: every row, and the right to manage.
//!
//! What asks for a [`Steward`] cannot be called without one, and there is one way to get it.

use confect_domain::Permission;
use confect_metrics::Access;

use crate::error::ServiceError;

/// The proof that a viewer may see private tables. Lives as long as one request.
#[derive(Debug)]
pub struct Steward {
    name: String,
}

impl Steward {
    /// # Errors
    /// A viewer with a row policy, or without the permission to manage. `what` completes "may not …".
    pub fn of(access: &Access, what: &'static str) -> Result<Self, ServiceError> {
        if access.policy().is_everything() && access.may(Permission::Manage) {
            Ok(Self { name: access.viewer().to_owned() })
        } else {
            Err(ServiceError::NotAllowed { viewer: access.viewer().to_owned(), what })
        }
    }

    /// Whether `access` would be given one.
    pub fn is(access: &Access) -> bool {
        Self::of(access, "").is_ok()
    }

    /// Who it is, for the audit trail.
    pub fn name(&self) -> &str {
        &self.name
    }
}
