//! From rules about dimensions to rows of any table: the star rule.
//!
//! A rule is judged once per publication on the rows of its dimension, which gives the set of keys
//! it admits. Every table that holds that key is then filtered by the set, whichever columns are
//! asked for and whether or not the dimension is joined. The unknown member, key 0, is never
//! admitted by a rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use confect_domain::{Grant, RowPolicy, Rule, TableAccess, TableContract};
use hashbrown::HashSet;

/// Keys of one dimension.
pub(crate) type KeySet = Arc<HashSet<i64>>;

/// The keys that each rule of a policy admits.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeySets {
    sets: BTreeMap<Rule, KeySet>,
}

impl KeySets {
    /// Adds the keys that `rule` admits, out of a dimension's rows of (key, value).
    pub(crate) fn admit(&mut self, rule: &Rule, rows: impl Iterator<Item = (i64, Option<String>)>) {
        let keys: HashSet<i64> = rows
            .filter(|(key, value)| *key != 0 && rule.test.admits(value.as_deref()))
            .map(|(key, _)| key)
            .collect();
        self.sets.insert(rule.clone(), Arc::new(keys));
    }

    fn of(&self, rule: &Rule) -> KeySet {
        self.sets.get(rule).cloned().unwrap_or_default()
    }
}

/// What a policy means for one table.
#[derive(Clone, Debug)]
pub(crate) enum TablePolicy {
    /// The table is not in the viewer's catalogue.
    Hidden,
    /// Every row.
    All,
    /// A row is visible if all conditions of one of the grants hold.
    Some(Vec<Vec<Condition>>),
}

/// The value of a key column must be in a set.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// Key column of the table.
    pub(crate) column: String,
    /// Keys that are admitted.
    pub(crate) keys: KeySet,
}

impl TablePolicy {
    /// The meaning of `policy` for the table that `contract` describes.
    pub(crate) fn of(contract: &TableContract, policy: &RowPolicy, sets: &KeySets) -> Self {
        if contract.access == TableAccess::Private {
            return Self::Hidden;
        }
        if policy.is_everything() {
            return Self::All;
        }
        let grants: Vec<Vec<Condition>> =
            policy.grants().filter_map(|grant| conditions(contract, grant, sets)).collect();
        if grants.is_empty() {
            Self::Hidden
        } else if grants.iter().any(Vec::is_empty) {
            Self::All
        } else {
            Self::Some(grants)
        }
    }
}

/// The conditions that a grant puts on a table; `None` if the grant shows nothing of it.
fn conditions(contract: &TableContract, grant: &Grant, sets: &KeySets) -> Option<Vec<Condition>> {
    let mut conditions = Vec::new();
    for rule in grant.rules() {
        match (contract.key_of_dimension(&rule.dimension), contract.access) {
            (Some(column), _) => {
                conditions.push(Condition { column: column.to_owned(), keys: sets.of(rule) });
            }
            (None, TableAccess::Public) => {}
            // Fail closed: a secured table that a rule cannot be applied to shows nothing.
            (None, _) => return None,
        }
    }
    Some(conditions)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use confect_domain::policy::{Comparison, Operand, RuleDefinition};
    use confect_domain::{ForeignKey, Layer, Role, Test, Viewer};

    use super::*;

    fn contract(access: TableAccess, references: &[&str]) -> TableContract {
        TableContract {
            name: "fact_sales".into(),
            layer: Layer::Star,
            grain: "one row per sold line".into(),
            key: vec!["invoice_no".into()],
            order: Vec::new(),
            access,
            columns: Vec::new(),
            foreign_keys: references
                .iter()
                .map(|table| ForeignKey {
                    column: table.replace("dim_", "") + "_key",
                    references: (*table).to_owned(),
                })
                .collect(),
            accepted: Vec::new(),
        }
    }

    fn policy(dimensions: &[&str]) -> RowPolicy {
        let rules = dimensions.iter().map(|dimension| RuleDefinition {
            dimension: (*dimension).to_owned(),
            column: "name".into(),
            comparison: Comparison::In,
            operand: Operand::Values(vec!["x".into()]),
        });
        let role = Role { name: "r".into(), grants: vec![rules.collect()], ..Role::default() };
        let viewer = Viewer { name: "v".into(), roles: vec!["r".into()], attributes: BTreeMap::new() };
        RowPolicy::of(&viewer, &[role])
    }

    #[test]
    fn a_secured_table_without_the_key_of_a_rule_is_hidden_and_a_public_one_is_not() {
        let rules = policy(&["dim_store"]);
        let sets = KeySets::default();
        let secured = TablePolicy::of(&contract(TableAccess::Secured, &["dim_country"]), &rules, &sets);
        assert!(matches!(secured, TablePolicy::Hidden));
        let public = TablePolicy::of(&contract(TableAccess::Public, &["dim_country"]), &rules, &sets);
        assert!(matches!(public, TablePolicy::All));
        let private = TablePolicy::of(&contract(TableAccess::Private, &[]), &RowPolicy::everything(), &sets);
        assert!(matches!(private, TablePolicy::Hidden));
    }

    #[test]
    fn two_dimensions_in_one_grant_both_apply() {
        let table = contract(TableAccess::Secured, &["dim_country", "dim_store"]);
        let TablePolicy::Some(grants) =
            TablePolicy::of(&table, &policy(&["dim_country", "dim_store"]), &KeySets::default())
        else {
            panic!("conditions expected");
        };
        assert_eq!(grants.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn the_unknown_member_is_never_admitted() {
        let rule = Rule {
            dimension: "dim_country".into(),
            column: "country".into(),
            test: Test::NotIn(BTreeSet::from(["France".to_owned()])),
        };
        let mut sets = KeySets::default();
        let rows = [(0, Some("Unknown")), (1, Some("France")), (2, Some("Spain")), (3, None)];
        sets.admit(&rule, rows.into_iter().map(|(key, value)| (key, value.map(str::to_owned))));
        assert_eq!(sets.of(&rule).iter().copied().collect::<Vec<_>>(), [2]);
    }
}
