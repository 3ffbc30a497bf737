//! Who is looking, and which rows they may see.
//!
//! A viewer holds roles; a role either sees every row or carries grants. Within a grant every rule
//! must hold; a row is visible if one grant admits it. No grant, no rows.
//! A rule compares one column of one dimension with literals: no functions, no arithmetic, no
//! sub-queries, so that judging a row can never raise an error that tells something about it.
//! A null in the column is never admitted (access-and-reliability.md, 3.1).

use std::collections::{BTreeMap, BTreeSet};

/// What a person, token or schedule may do beside looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// See every row of every table that is not private.
    DataAll,
    /// Run SQL of one's own.
    SqlRun,
    /// Manage users.
    Manage,
}

impl Permission {
    /// Every permission with its word.
    pub const WORDS: [(&'static str, Self); 3] =
        [("data:all", Self::DataAll), ("sql:run", Self::SqlRun), ("manage", Self::Manage)];

    /// The permission that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, permission)| *permission)
    }
}

/// Who is looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Unique user name.
    pub name: String,
    /// Names of the viewer's roles.
    pub roles: Vec<String>,
    /// Attributes that rules may refer to, such as `countries`.
    pub attributes: BTreeMap<String, Vec<String>>,
}

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operand {
    /// Values written in the role.
    Values(Vec<String>),
    /// The viewer's attribute of that name; absent or empty admits nothing.
    Attribute(String),
}

/// A rule as a role states it, before it is bound to a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleDefinition {
    /// The dimension table.
    pub dimension: String,
    /// Its column.
    pub column: String,
    /// Whether values are listed, excluded or prefixes.
    pub comparison: Comparison,
    /// What it is compared with.
    pub operand: Operand,
}

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// Equal to one of the values.
    In,
    /// Equal to none of the values.
    NotIn,
    /// Starts with one of the values.
    Prefix,
}

/// A role of the project.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Role {
    /// Unique name.
    pub name: String,
    /// What it may do.
    pub permissions: BTreeSet<Permission>,
    /// Grants: each a list of rules that must all hold.
    pub grants: Vec<Vec<RuleDefinition>>,
}

/// A rule bound to values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule {
    /// The dimension table.
    pub dimension: String,
    /// Its column.
    pub column: String,
    /// The comparison and its values, sorted.
    pub test: Test,
}

/// A comparison with literals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Test {
    /// One of these; an empty list admits nothing.
    In(BTreeSet<String>),
    /// None of these, and not null.
    NotIn(BTreeSet<String>),
    /// Starts with one of these; an empty list admits nothing.
    Prefix(BTreeSet<String>),
}

/// Rules that must all hold; without rules it admits every row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    rules: BTreeSet<Rule>,
}

impl Grant {
    /// The rules, sorted.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }
}

/// The rows that a viewer may see: canonical, so that equal rights compare equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowPolicy {
    grants: BTreeSet<Grant>,
}

impl RowPolicy {
    /// Every row. For the project's owner on the command line and for roles with `data:all`.
    pub fn everything() -> Self {
        Self { grants: BTreeSet::from([Grant { rules: BTreeSet::new() }]) }
    }

    /// No row at all.
    pub fn nothing() -> Self {
        Self { grants: BTreeSet::new() }
    }

    /// The policy that `viewer`'s roles add up to. Roles that are not defined give nothing.
    pub fn of(viewer: &Viewer, roles: &[Role]) -> Self {
        let held: Vec<&Role> = roles.iter().filter(|role| viewer.roles.contains(&role.name)).collect();
        if held.iter().any(|role| role.permissions.contains(&Permission::DataAll)) {
            return Self::everything();
        }
        let grants = held
            .iter()
            .flat_map(|role| role.grants.iter())
            .filter(|rules| !rules.is_empty())
            .map(|rules| Grant { rules: rules.iter().map(|rule| bind(rule, viewer)).collect() })
            .collect();
        Self { grants }
    }

    /// Whether every row is visible.
    pub fn is_everything(&self) -> bool {
        self.grants.iter().any(|grant| grant.rules.is_empty())
    }

    /// Whether no row is visible, whatever the data.
    pub fn is_nothing(&self) -> bool {
        self.grants.is_empty()
    }

    /// The grants, sorted.
    pub fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter()
    }

    /// A text that is equal exactly for equal policies; the basis of cache keys and plan checks.
    pub fn canonical(&self) -> String {
        if self.is_everything() {
            return "everything".to_owned();
        }
        format!("{:?}", self.grants)
    }

    /// The policy in words: `country is France`.
    pub fn summary(&self) -> String {
        if self.is_everything() {
            return "all rows".to_owned();
        }
        if self.is_nothing() {
            return "no rows".to_owned();
        }
        let grant = |grant: &Grant| grant.rules.iter().map(Rule::summary).collect::<Vec<_>>().join(" and ");
        self.grants.iter().map(grant).collect::<Vec<_>>().join(", or ")
    }
}

impl Rule {
    fn summary(&self) -> String {
        let column = self.column.replace('_', " ");
        let list = |values: &BTreeSet<String>, none: &str| match values.len() {
            0 => none.to_owned(),
            1..=4 => values.iter().cloned().collect::<Vec<_>>().join(", "),
            count => format!(
                "{} and {} more",
                values.iter().take(3).cloned().collect::<Vec<_>>().join(", "),
                count - 3
            ),
        };
        match &self.test {
            Test::In(values) => format!("{column} is {}", list(values, "nothing")),
            Test::NotIn(values) => format!("{column} is not {}", list(values, "missing")),
            Test::Prefix(values) => format!("{column} starts with {}", list(values, "nothing")),
        }
    }
}

impl Test {
    /// Whether a value passes; null never does.
    pub fn admits(&self, value: Option<&str>) -> bool {
        let Some(value) = value else { return false };
        match self {
            Self::In(values) => values.contains(value),
            Self::NotIn(values) => !values.contains(value),
            Self::Prefix(values) => values.iter().any(|prefix| value.starts_with(prefix.as_str())),
        }
    }
}

fn bind(rule: &RuleDefinition, viewer: &Viewer) -> Rule {
    let values: BTreeSet<String> = match &rule.operand {
        Operand::Values(values) => values.iter().cloned().collect(),
        Operand::Attribute(name) => viewer.attributes.get(name).into_iter().flatten().cloned().collect(),
    };
    let absent = matches!(&rule.operand, Operand::Attribute(_)) && values.is_empty();
    let test = match rule.comparison {
        // An attribute that is missing must not turn "not in" into "everything".
        Comparison::NotIn if absent => Test::In(BTreeSet::new()),
        Comparison::NotIn => Test::NotIn(values),
        Comparison::In => Test::In(values),
        // The empty prefix is every text's prefix; a rule that admits all is never meant.
        Comparison::Prefix => Test::Prefix(values.into_iter().filter(|text| !text.is_empty()).collect()),
    };
    Rule { dimension: rule.dimension.clone(), column: rule.column.clone(), test }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(roles: &[&str], countries: &[&str]) -> Viewer {
        Viewer {
            name: "mara".into(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            attributes: BTreeMap::from([(
                "countries".to_owned(),
                countries.iter().map(|country| (*country).to_owned()).collect(),
            )]),
        }
    }

    fn country_role(comparison: Comparison) -> Role {
        let rule = RuleDefinition {
            dimension: "dim_country".into(),
            column: "country".into(),
            comparison,
            operand: Operand::Attribute("countries".into()),
        };
        Role { name: "country".into(), grants: vec![vec![rule]], ..Role::default() }
    }

    #[test]
    fn nobody_sees_anything_without_a_grant() {
        let roles = [country_role(Comparison::In)];
        assert!(RowPolicy::of(&viewer(&[], &["France"]), &roles).is_nothing());
        assert!(RowPolicy::of(&viewer(&["unknown"], &["France"]), &roles).is_nothing());
    }

    #[test]
    fn a_missing_attribute_admits_nothing_whatever_the_comparison() {
        for comparison in [Comparison::In, Comparison::NotIn, Comparison::Prefix] {
            let policy = RowPolicy::of(&viewer(&["country"], &[]), &[country_role(comparison)]);
            for rule in policy.grants().flat_map(Grant::rules) {
                assert!(!rule.test.admits(Some("France")), "{comparison:?}");
                assert!(!rule.test.admits(None), "{comparison:?}");
            }
        }
    }

    #[test]
    fn a_grant_without_rules_is_not_a_way_to_see_everything() {
        let role = Role { name: "empty".into(), grants: vec![vec![]], ..Role::default() };
        assert!(RowPolicy::of(&viewer(&["empty"], &[]), &[role]).is_nothing());
    }

    #[test]
    fn equal_rights_are_equal_policies_whatever_the_order() {
        let roles = [country_role(Comparison::In)];
        let one = RowPolicy::of(&viewer(&["country"], &["France", "Spain"]), &roles);
        let other = RowPolicy::of(&viewer(&["country"], &["Spain", "France", "Spain"]), &roles);
        assert_eq!(one.canonical(), other.canonical());
        assert_eq!(one.summary(), "country is France, Spain");
        assert_ne!(one.canonical(), RowPolicy::everything().canonical());
    }
}
