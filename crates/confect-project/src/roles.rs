//! `access.toml`: roles with permissions and grants. The project's role replaces the pack's of its name.
//!
//! A grant's rules compare one text column of one dimension with literals or with an attribute of the
//! viewer; nothing else can be written (access-and-reliability.md, 3.1).

use std::collections::{BTreeMap, BTreeSet};

use confect_domain::policy::{Comparison, Operand, RuleDefinition};
use confect_domain::{ColumnType, Permission, Role, TableContract};
use serde::Deserialize;
use toml::Spanned;

use crate::error::{Place, ProjectError};
use crate::text_file::{TextFile, word};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessFile {
    #[serde(default)]
    role: BTreeMap<Spanned<String>, RoleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleTable {
    #[serde(default)]
    permissions: Vec<Spanned<String>>,
    #[serde(default)]
    grant: Vec<GrantTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantTable {
    rules: Spanned<Vec<Spanned<RuleTable>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    dimension: Spanned<String>,
    column: Spanned<String>,
    #[serde(rename = "in")]
    one_of: Option<Spanned<Values>>,
    not_in: Option<Spanned<Values>>,
    prefix: Option<Spanned<Values>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    Attribute(String),
    Listed(Vec<String>),
}

/// Reads the roles of `files`, later files over earlier ones, and checks their rules against `contracts`.
/// Tables in `broken` are not blamed a second time.
pub(crate) fn read_roles(
    files: &[TextFile],
    contracts: &[TableContract],
    broken: &BTreeSet<String>,
    errors: &mut Vec<ProjectError>,
) -> Vec<Role> {
    let mut roles = BTreeMap::new();
    for file in files {
        match file.parse::<AccessFile>() {
            Ok(tables) => {
                let mut reader = RoleReader { file, contracts, broken, errors };
                for (name, table) in tables.role {
                    let role = reader.role(name.get_ref(), &table);
                    roles.insert(name.into_inner(), role);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    roles.into_values().collect()
}

struct RoleReader<'a> {
    file: &'a TextFile,
    contracts: &'a [TableContract],
    broken: &'a BTreeSet<String>,
    errors: &'a mut Vec<ProjectError>,
}

impl RoleReader<'_> {
    fn role(&mut self, name: &str, table: &RoleTable) -> Role {
        let mut permissions = BTreeSet::new();
        for permission in &table.permissions {
            match word(self.file, "permission", permission, &Permission::WORDS) {
                Ok(permission) => drop(permissions.insert(permission)),
                Err(error) => self.errors.push(error),
            }
        }
        let grants = table.grant.iter().map(|grant| self.grant(name, grant)).collect();
        Role { name: name.to_owned(), permissions, grants }
    }

    fn grant(&mut self, role: &str, table: &GrantTable) -> Vec<RuleDefinition> {
        if table.rules.get_ref().is_empty() {
            self.errors.push(ProjectError::Missing {
                place: self.file.place_of(&table.rules),
                subject: format!("a grant of role `{role}`"),
                what: "at least one rule; the permission `data:all` is what shows every row".to_owned(),
            });
        }
        table.rules.get_ref().iter().filter_map(|rule| self.rule(rule)).collect()
    }

    fn rule(&mut self, rule: &Spanned<RuleTable>) -> Option<RuleDefinition> {
        let table = rule.get_ref();
        self.check_column(table);
        let given: Vec<(Comparison, &Spanned<Values>)> = [
            (Comparison::In, &table.one_of),
            (Comparison::NotIn, &table.not_in),
            (Comparison::Prefix, &table.prefix),
        ]
        .into_iter()
        .filter_map(|(comparison, values)| Some((comparison, values.as_ref()?)))
        .collect();
        let [(comparison, values)] = given.as_slice() else {
            let what = "exactly one of `in`, `not_in` and `prefix`".to_owned();
            self.errors.push(ProjectError::Missing {
                place: self.file.place_of(rule),
                subject: "a rule".to_owned(),
                what,
            });
            return None;
        };
        Some(RuleDefinition {
            dimension: table.dimension.get_ref().clone(),
            column: table.column.get_ref().clone(),
            comparison: *comparison,
            operand: self.operand(values)?,
        })
    }

    fn operand(&mut self, values: &Spanned<Values>) -> Option<Operand> {
        let place = self.file.place_of(values);
        match values.get_ref() {
            Values::Attribute(text) => match text.strip_prefix("user.").filter(|name| is_attribute(name)) {
                Some(name) => Some(Operand::Attribute(name.to_owned())),
                None => {
                    let expected = "`user.<attribute>` or a list of values such as [\"France\"]";
                    self.errors.push(ProjectError::BadValue { place, value: text.clone(), expected });
                    None
                }
            },
            Values::Listed(values) if values.is_empty() => {
                let (subject, what) = ("a rule".to_owned(), "at least one value".to_owned());
                self.errors.push(ProjectError::Missing { place, subject, what });
                None
            }
            Values::Listed(values) => Some(Operand::Values(values.clone())),
        }
    }

    /// The rule's table must be a dimension and its column a text of it.
    fn check_column(&mut self, table: &RuleTable) {
        let (dimension, column) = (table.dimension.get_ref(), table.column.get_ref());
        if self.broken.contains(dimension) {
            return;
        }
        let is_dimension =
            |contract: &&TableContract| contract.name.starts_with("dim_") && contract.key.len() == 1;
        let dimensions: Vec<&TableContract> = self.contracts.iter().filter(is_dimension).collect();
        let place = self.file.place_of(&table.dimension);
        let Some(contract) = dimensions.iter().find(|contract| contract.name == *dimension) else {
            let known = dimensions.iter().map(|contract| contract.name.clone()).collect();
            return self.unknown(place, "dimension", dimension, None, known);
        };
        let place = self.file.place_of(&table.column);
        match contract.columns.iter().find(|found| found.name == *column) {
            None => {
                let texts = contract.columns.iter().filter(|found| found.column_type == ColumnType::Text);
                let known = texts.map(|found| found.name.clone()).collect();
                self.unknown(place, "column", column, Some(dimension.as_str().into()), known);
            }
            Some(found) if found.column_type != ColumnType::Text => {
                let expected = "a text column, which a rule needs";
                self.errors.push(ProjectError::BadValue { place, value: column.clone(), expected });
            }
            Some(_) => {}
        }
    }

    fn unknown(
        &mut self,
        place: Place,
        what: &'static str,
        name: &str,
        of: Option<Box<str>>,
        known: Box<[String]>,
    ) {
        self.errors.push(ProjectError::UnknownName { place, what, name: name.to_owned(), of, known });
    }
}

fn is_attribute(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
