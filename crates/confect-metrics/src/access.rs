//! Who asks, and the proof that what is asked was authorised.
//!
//! [`AuthorisedQuery`] has no public constructor: only this crate makes one, and each carries the
//! viewer's row policy, so that no surface can hand the warehouse a query without a viewer
//! (architecture.md, invariant 3).

use std::collections::BTreeSet;

use confect_domain::{Permission, Role, RowPolicy, Viewer};

use crate::definition::Unit;
use crate::query::Grain;

/// What a viewer may see and do, resolved from roles and attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    viewer: String,
    policy: RowPolicy,
    permissions: BTreeSet<Permission>,
}

impl Access {
    /// The access that `viewer`'s roles add up to; roles that are not defined give nothing.
    pub fn of(viewer: &Viewer, roles: &[Role]) -> Self {
        let permissions = roles
            .iter()
            .filter(|role| viewer.roles.contains(&role.name))
            .flat_map(|role| role.permissions.iter().copied())
            .collect();
        Self { viewer: viewer.name.clone(), policy: RowPolicy::of(viewer, roles), permissions }
    }

    /// The project's owner on the command line, who holds the files anyway: every row, every right.
    pub fn owner() -> Self {
        Self {
            viewer: "owner".to_owned(),
            policy: RowPolicy::everything(),
            permissions: Permission::WORDS.iter().map(|(_, permission)| *permission).collect(),
        }
    }

    /// The rows that may be seen.
    pub fn policy(&self) -> &RowPolicy {
        &self.policy
    }

    /// The viewer's name, for the audit trail.
    pub fn viewer(&self) -> &str {
        &self.viewer
    }

    /// Whether the viewer holds `permission`.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// What a column of a result holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// The first day of a step of time, `Date32`.
    Period(Grain),
    /// A dimension's value; the id of the dimension.
    Dimension(String),
    /// A metric.
    Metric {
        /// Id of the metric.
        id: String,
        /// What its numbers stand for.
        unit: Unit,
    },
}

/// One column of a result, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultColumn {
    /// Name in the result.
    pub name: String,
    /// What it holds.
    pub role: ColumnRole,
}

/// SQL together with the policy under which it must run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorisedQuery {
    sql: String,
    policy: RowPolicy,
    viewer: String,
    columns: Vec<ResultColumn>,
    is_adhoc: bool,
}

impl AuthorisedQuery {
    pub(crate) fn compiled(sql: String, columns: Vec<ResultColumn>, access: &Access) -> Self {
        Self { sql, policy: access.policy.clone(), viewer: access.viewer.clone(), columns, is_adhoc: false }
    }

    pub(crate) fn adhoc(sql: String, access: &Access) -> Self {
        Self { is_adhoc: true, ..Self::compiled(sql, Vec::new(), access) }
    }

    /// One `select` in DataFusion's SQL.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The rows that its tables may give.
    pub fn policy(&self) -> &RowPolicy {
        &self.policy
    }

    /// Who asked.
    pub fn viewer(&self) -> &str {
        &self.viewer
    }

    /// The columns in order; empty for SQL of the viewer's own and for `select *`.
    pub fn columns(&self) -> &[ResultColumn] {
        &self.columns
    }

    /// Whether the viewer wrote the SQL, so that the warehouse must guard the statement.
    pub fn is_adhoc(&self) -> bool {
        self.is_adhoc
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_come_from_held_roles_only() {
        let role = |name: &str, permission| Role {
            name: name.to_owned(),
            permissions: BTreeSet::from([permission]),
            grants: Vec::new(),
        };
        let roles = [role("analyst", Permission::SqlRun), role("owner", Permission::DataAll)];
        let viewer = Viewer {
            name: "mara".to_owned(),
            roles: vec!["analyst".to_owned(), "ghost".to_owned()],
            attributes: std::collections::BTreeMap::new(),
        };
        let access = Access::of(&viewer, &roles);
        assert!(access.may(Permission::SqlRun));
        assert!(!access.may(Permission::DataAll));
        assert!(access.policy().is_nothing());
        assert!(Access::owner().may(Permission::Manage) && Access::owner().policy().is_everything());
    }
}
