//! `sources/*.toml`: which files or databases deliver which entity, and under which headings.
//!
//! A profile is such a file of the pack, named in `confect.toml`. Files in the project's own `sources/`
//! are always read; one that is called like a profile replaces it. Own files come first, because a
//! profile's patterns are wide and a file goes to the first source that matches it.

use std::collections::{BTreeMap, BTreeSet};

use confect_domain::database::DatabaseSource;
use confect_domain::{Date, Entity, Severity};
use confect_ingest::{
    ColumnMapping, DateOrder, Derived, Lookup, LookupStep, ReadOptions, RuleAction, SourceSpec,
};
use glob::Pattern;
use serde::Deserialize;
use toml::Spanned;

use crate::database::{DatabaseTable, read_database};
use crate::error::ProjectError;
use crate::text_file::{TextFile, word};

/// A source of the project.
#[derive(Clone, Debug)]
pub struct ProjectSource {
    /// What ingest needs to know.
    pub spec: SourceSpec,
    /// Globs of files below `data/`; case does not count.
    pub patterns: Vec<String>,
    /// The database whose extract is read as well.
    pub database: Option<DatabaseSource>,
    /// Whether it reads files that an earlier source reads as well: a flat file with several entities.
    pub shares_files: bool,
    /// The file that defines it, for messages.
    pub origin: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    #[serde(default)]
    #[allow(dead_code, reason = "for people; accepted and not used")]
    about: Option<String>,
    #[serde(default)]
    source: Vec<SourceTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceTable {
    name: Spanned<String>,
    entity: Spanned<String>,
    files: Option<Spanned<Vec<Spanned<String>>>>,
    database: Option<Spanned<DatabaseTable>>,
    #[serde(default)]
    shares_files: bool,
    #[serde(default)]
    columns: BTreeMap<Spanned<String>, ColumnTable>,
    #[serde(default)]
    constants: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    values: BTreeMap<Spanned<String>, BTreeMap<String, String>>,
    #[serde(default)]
    lookups: BTreeMap<Spanned<String>, LookupTable>,
    #[serde(default)]
    options: OptionsTable,
}

/// Where a column comes from: headings, or how it is made.
#[derive(Clone, Deserialize)]
#[serde(untagged, expecting = "expected [\"Heading\"] or { join | row_number | headings, negate }")]
enum ColumnTable {
    Headings(Vec<String>),
    Made(MadeTable),
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MadeTable {
    #[serde(default)]
    headings: Vec<String>,
    #[serde(default)]
    negate: bool,
    #[serde(default)]
    join: Vec<String>,
    row_number: Option<String>,
}

impl Default for ColumnTable {
    fn default() -> Self {
        Self::Headings(Vec::new())
    }
}

impl ColumnTable {
    fn says_something(&self) -> bool {
        match self {
            Self::Headings(headings) => !headings.is_empty(),
            Self::Made(made) => {
                !made.headings.is_empty() || !made.join.is_empty() || made.row_number.is_some()
            }
        }
    }

    /// Headings, what is made of them, and whether the sign is turned.
    fn parts(self) -> (Vec<String>, Option<Derived>, bool) {
        match self {
            Self::Headings(headings) => (headings, None, false),
            Self::Made(MadeTable { headings, negate, join, row_number }) => {
                let made = match row_number {
                    Some(prefix) => Some(Derived::RowNumber(prefix)),
                    None => (!join.is_empty()).then_some(Derived::Join(join)),
                };
                (headings, made, negate)
            }
        }
    }
}

/// A value found in another file below `data/`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LookupTable {
    /// The heading in this source's files.
    by: String,
    file: String,
    /// The heading of the key there; `by` if it is the same.
    key: Option<String>,
    take: String,
    then: Option<Box<StepTable>>,
}

/// A further step: what was taken is the key.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepTable {
    file: String,
    key: String,
    take: String,
    then: Option<Box<StepTable>>,
}

impl LookupTable {
    fn lookup(&self) -> Lookup {
        let step = |file: &String, key: &String, take: &String| LookupStep {
            pattern: file.clone(),
            files: Vec::new(),
            key: key.clone(),
            take: take.clone(),
        };
        let mut steps = vec![step(&self.file, self.key.as_ref().unwrap_or(&self.by), &self.take)];
        let mut next = self.then.as_deref();
        while let Some(table) = next {
            steps.push(step(&table.file, &table.key, &table.take));
            next = table.then.as_deref();
        }
        Lookup { by: self.by.clone(), steps }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct OptionsTable {
    deduplicate: Option<bool>,
    delimiter: Option<Spanned<String>>,
    encoding: Option<String>,
    zone: Option<String>,
    date_order: Option<Spanned<String>>,
    decimal_comma: Option<bool>,
    null_words: Option<Vec<String>>,
    max_quarantine_rate: Option<Spanned<f64>>,
    max_quarantine_rows: Option<u64>,
    sheet: Option<String>,
    comment: Option<Spanned<String>>,
    skip_footer: Option<String>,
    repair_mojibake: Option<bool>,
    earliest_date: Option<Spanned<String>>,
    #[serde(default)]
    rules: BTreeMap<String, Spanned<String>>,
    price_from_products: Option<bool>,
    first_per_key: Option<bool>,
    strict_encoding: Option<bool>,
    snapshot: Option<Spanned<bool>>,
    file_date: Option<Spanned<String>>,
    expect_every: Option<Spanned<String>>,
    freshness: Option<Spanned<String>>,
    volume: Option<Spanned<String>>,
}

const DATE_ORDERS: [(&str, DateOrder); 3] =
    [("dmy", DateOrder::Dmy), ("mdy", DateOrder::Mdy), ("ymd", DateOrder::Ymd)];
const SEVERITIES: [(&str, Severity); 2] = [("warning", Severity::Warning), ("critical", Severity::Critical)];
const SEVERITIES_OR_OFF: [(&str, Option<Severity>); 3] =
    [("warning", Some(Severity::Warning)), ("critical", Some(Severity::Critical)), ("off", None)];
const DELIMITERS: [(&str, u8); 5] = [(",", b','), (";", b';'), ("\t", b'\t'), ("tab", b'\t'), ("|", b'|')];

/// Reads the sources of all `files`, in their order. Every mistake goes to `errors`.
pub(crate) fn read_sources(files: &[TextFile], errors: &mut Vec<ProjectError>) -> Vec<ProjectSource> {
    let mut sources = Vec::new();
    let mut names = BTreeSet::new();
    for file in files {
        let profile: ProfileFile = match file.parse() {
            Ok(profile) => profile,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        for table in profile.source {
            if !names.insert(table.name.get_ref().clone()) {
                let place = file.place_of(&table.name);
                errors.push(ProjectError::Twice {
                    place,
                    what: "source",
                    name: table.name.get_ref().clone(),
                });
            }
            sources.extend(source(file, table, errors));
        }
    }
    sources
}

fn source(file: &TextFile, table: SourceTable, errors: &mut Vec<ProjectError>) -> Option<ProjectSource> {
    let patterns = match &table.files {
        Some(files) => patterns(file, files, errors),
        None => Vec::new(),
    };
    let name = table.name.get_ref().clone();
    if table.files.is_none() && table.database.is_none() {
        let what = "`files` or `[source.database]`".to_owned();
        let subject = format!("source `{name}`");
        errors.push(ProjectError::Missing { place: file.place_of(&table.name), subject, what });
    }
    if !is_name(&name) {
        let place = file.place_of(&table.name);
        errors.push(ProjectError::BadValue {
            place,
            value: name.clone(),
            expected: "a name of letters, digits and `_`",
        });
    }
    let snapshot = table.options.snapshot.clone();
    let is_database = table.database.is_some() && table.files.is_none();
    if is_database {
        check_unneeded(file, &table.name, &table.options, errors);
    }
    let mut options = options(file, table.options, errors);
    if is_database {
        // The extract is ours: commas between fields, points in numbers.
        options.delimiter = Some(b',');
        options.infer_numbers = false;
    }
    let database = table.database.and_then(|database| read_database(file, database, errors));
    let words: Vec<(&'static str, Entity)> =
        Entity::ALL.iter().map(|entity| (entity.name(), *entity)).collect();
    let entity = match word(file, "entity", &table.entity, &words) {
        Ok(entity) => entity,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let without_members = entity.member_key().is_none() || options.first_per_key;
    if let Some(given) = snapshot.filter(|given| *given.get_ref() && without_members) {
        errors.push(ProjectError::BadValue {
            place: file.place_of(&given),
            value: "snapshot = true".to_owned(),
            expected: "it only for products, customers and stores, and without `first_per_key`",
        });
    }
    let parts = Mapped {
        columns: &table.columns,
        constants: &table.constants,
        values: &table.values,
        lookups: &table.lookups,
        price_from_products: options.price_from_products,
    };
    parts.check_names(file, entity, errors);
    parts.check_complete(file, entity, &table.name, errors);
    let spec = SourceSpec { name, entity, columns: parts.mappings(entity), options };
    let (shares_files, origin) = (table.shares_files, file.label.clone());
    Some(ProjectSource { spec, patterns, database, shares_files, origin })
}

/// How files are written says nothing about a database.
fn check_unneeded(
    file: &TextFile,
    name: &Spanned<String>,
    options: &OptionsTable,
    errors: &mut Vec<ProjectError>,
) {
    let given = [
        ("delimiter", options.delimiter.is_some()),
        ("encoding", options.encoding.is_some()),
        ("sheet", options.sheet.is_some()),
        ("comment", options.comment.is_some()),
    ];
    for (key, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
        let subject = format!("source `{}`, which is a database,", name.get_ref());
        errors.push(ProjectError::Unneeded { place: file.place_of(name), subject, key });
    }
}

fn patterns(
    file: &TextFile,
    files: &Spanned<Vec<Spanned<String>>>,
    errors: &mut Vec<ProjectError>,
) -> Vec<String> {
    if files.get_ref().is_empty() {
        let what = "at least one pattern such as `till*.csv`".to_owned();
        errors.push(ProjectError::Missing {
            place: file.place_of(files),
            subject: "`files`".to_owned(),
            what,
        });
    }
    for pattern in files.get_ref() {
        let text = pattern.get_ref();
        let climbs = text.starts_with('/') || text.split(['/', '\\']).any(|part| part == "..");
        if climbs || Pattern::new(text).is_err() {
            let place = file.place_of(pattern);
            errors.push(ProjectError::BadValue {
                place,
                value: text.clone(),
                expected: "a pattern of files below `data/`",
            });
        }
    }
    files.get_ref().iter().map(|pattern| pattern.get_ref().clone()).collect()
}

/// The tables of a source that speak of the entity's columns.
struct Mapped<'a> {
    columns: &'a BTreeMap<Spanned<String>, ColumnTable>,
    constants: &'a BTreeMap<Spanned<String>, String>,
    values: &'a BTreeMap<Spanned<String>, BTreeMap<String, String>>,
    lookups: &'a BTreeMap<Spanned<String>, LookupTable>,
    price_from_products: bool,
}

impl Mapped<'_> {
    fn check_names(&self, file: &TextFile, entity: Entity, errors: &mut Vec<ProjectError>) {
        let named = self.columns.keys().chain(self.constants.keys());
        let named = named.chain(self.values.keys()).chain(self.lookups.keys());
        for name in named.filter(|name| entity.column(name.get_ref()).is_none()) {
            errors.push(ProjectError::UnknownName {
                place: file.place_of(name),
                what: "column",
                name: name.get_ref().clone(),
                of: Some(entity.name().into()),
                known: entity.columns().iter().map(|column| column.name.to_owned()).collect(),
            });
        }
        for name in self.values.keys().filter(|name| !self.columns.contains_key(*name)) {
            if entity.column(name.get_ref()).is_some() {
                let subject = format!("a rewrite of `{}`", name.get_ref());
                let what = "the same column under `[source.columns]`".to_owned();
                errors.push(ProjectError::Missing { place: file.place_of(name), subject, what });
            }
        }
    }

    fn check_complete(
        &self,
        file: &TextFile,
        entity: Entity,
        name: &Spanned<String>,
        errors: &mut Vec<ProjectError>,
    ) {
        let has = |column: &str| {
            self.columns.iter().any(|(name, table)| name.get_ref() == column && table.says_something())
                || self.constants.keys().any(|name| name.get_ref() == column)
                || self.lookups.keys().any(|name| name.get_ref() == column)
        };
        let required = entity.columns().iter().filter(|column| column.required && !has(column.name));
        let mut missing: Vec<String> = required.map(|column| format!("`{}`", column.name)).collect();
        if entity == Entity::SaleLines
            && !has("unit_price")
            && !has("line_amount")
            && !self.price_from_products
        {
            missing.push("`unit_price` or `line_amount`".to_owned());
        }
        if !missing.is_empty() {
            let subject = format!("source `{}`", name.get_ref());
            let what = format!("{} under `[source.columns]`", missing.join(", "));
            errors.push(ProjectError::Missing { place: file.place_of(name), subject, what });
        }
    }

    fn mappings(&self, entity: Entity) -> Vec<ColumnMapping> {
        let find = |column: &str| {
            let table = value_of(self.columns, column).cloned().unwrap_or_default();
            let lookup = value_of(self.lookups, column).map(|table| Derived::Lookup(table.lookup()));
            let (headers, made, negate) = table.parts();
            ColumnMapping {
                column: column.to_owned(),
                headers,
                constant: value_of(self.constants, column).cloned(),
                values: value_of(self.values, column).cloned().unwrap_or_default(),
                derived: lookup.or(made),
                negate,
            }
        };
        let is_mapped = |mapping: &ColumnMapping| {
            !mapping.headers.is_empty() || mapping.constant.is_some() || mapping.derived.is_some()
        };
        entity.columns().iter().map(|column| find(column.name)).filter(is_mapped).collect()
    }
}

fn value_of<'a, T>(table: &'a BTreeMap<Spanned<String>, T>, column: &str) -> Option<&'a T> {
    table.iter().find(|(name, _)| name.get_ref() == column).map(|(_, value)| value)
}

fn options(file: &TextFile, table: OptionsTable, errors: &mut Vec<ProjectError>) -> ReadOptions {
    let mut options = ReadOptions { encoding: table.encoding, zone: table.zone, ..ReadOptions::default() };
    let mut keep = |error| errors.push(error);
    if let Some(given) = table.delimiter {
        options.delimiter =
            DELIMITERS.iter().find(|(text, _)| text == given.get_ref()).map(|(_, byte)| *byte);
        if options.delimiter.is_none() {
            let (place, value) = (file.place_of(&given), given.get_ref().clone());
            keep(ProjectError::BadValue { place, value, expected: "a delimiter: `,`, `;`, `|` or `tab`" });
        }
    }
    if let Some(given) = table.date_order {
        options.date_order = word(file, "date order", &given, &DATE_ORDERS).map_err(&mut keep).ok();
    }
    if let Some(given) = table.file_date {
        options.file_date = word(file, "date order", &given, &DATE_ORDERS).map_err(&mut keep).ok();
    }
    if let Some(given) = table.expect_every {
        options.expect_every = days(given.get_ref());
        if options.expect_every.is_none() {
            let (place, value) = (file.place_of(&given), given.get_ref().clone());
            keep(ProjectError::BadValue { place, value, expected: "a span of days such as `1d` or `7d`" });
        }
    }
    if let Some(given) = table.freshness {
        let found = word(file, "severity", &given, &SEVERITIES).map_err(&mut keep).ok();
        options.freshness = found.unwrap_or(options.freshness);
    }
    if let Some(given) = table.volume {
        options.volume = word(file, "severity", &given, &SEVERITIES_OR_OFF).map_err(&mut keep).ok().flatten();
    }
    if let Some(rate) = table.max_quarantine_rate {
        options.max_quarantine_rate = *rate.get_ref();
        if !(0.0..=1.0).contains(rate.get_ref()) {
            let place = file.place_of(&rate);
            keep(ProjectError::BadValue {
                place,
                value: rate.get_ref().to_string(),
                expected: "a fraction from 0 to 1",
            });
        }
    }
    if let Some(given) = table.comment {
        match given.get_ref().as_bytes() {
            [byte] => options.comment = Some(*byte),
            _ => keep(ProjectError::BadValue {
                place: file.place_of(&given),
                value: given.get_ref().clone(),
                expected: "one character such as `#`",
            }),
        }
    }
    if let Some(given) = table.earliest_date {
        options.earliest_date = Date::parse(given.get_ref());
        if options.earliest_date.is_none() {
            let (place, value) = (file.place_of(&given), given.get_ref().clone());
            keep(ProjectError::BadValue { place, value, expected: "a day such as `2020-01-01`" });
        }
    }
    let actions = RuleAction::ALL.map(|action| (action.word(), action));
    for (rule, given) in table.rules {
        if let Some(action) = word(file, "action", &given, &actions).map_err(&mut keep).ok() {
            options.rules.insert(rule, action);
        }
    }
    // What is declared is not overruled by what the numbers of a column look like.
    options.infer_numbers = table.decimal_comma.is_none();
    options.sheet = table.sheet;
    options.skip_footer = table.skip_footer;
    options.repair_mojibake = table.repair_mojibake.unwrap_or(options.repair_mojibake);
    options.deduplicate = table.deduplicate.unwrap_or(options.deduplicate);
    options.decimal_comma = table.decimal_comma.unwrap_or(options.decimal_comma);
    options.max_quarantine_rows = table.max_quarantine_rows.unwrap_or(options.max_quarantine_rows);
    options.price_from_products = table.price_from_products.unwrap_or(false);
    options.first_per_key = table.first_per_key.unwrap_or(false);
    options.strict_encoding = table.strict_encoding.unwrap_or(false);
    options.snapshot = table.snapshot.is_some_and(|given| *given.get_ref());
    options.null_words = table.null_words.unwrap_or(options.null_words);
    options
}

/// `7d` → 7.
fn days(text: &str) -> Option<u32> {
    text.strip_suffix('d')?.parse().ok().filter(|days| (1..=366).contains(days))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
