//! Profiles of unknown files → a project that reads them, with the reason for every choice.
//!
//! Headings say what a column might be, in six languages; values confirm it or not; values that two files
//! share say how they belong together. What nothing proves is still proposed, but marked `# unsure`, and
//! told. Deliberately absent: reading files, which is ingest's.
//!
//! ```text
//! profiles ──► sheets: concept per column, kind per file ──► alternates left out, same shapes together
//!          ──► columns of the entity, lookups, joins, constants ──► Proposal ──► TOML, report
//! ```

mod concept;
mod evidence;
mod extra;
mod fill;
mod links;
mod map;
mod named;
mod options;
mod parts;
mod report;
mod shapes;
mod sheet;
mod start;
mod words;
mod write;

use std::collections::BTreeMap;
use std::fmt;

use confect_domain::{Date, Entity};
use confect_ingest::{DateOrder, FileProfile, Lookup};

pub use start::{StartedProject, start_project};
pub use write::write_project;

use concept::Concept;
use sheet::{Kind, Sheet};

/// How sure a choice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Nothing but convention or a weak hint speaks for it: a person should look.
    Unsure,
    /// The heading says so, and the values do not contradict.
    Likely,
    /// Heading and values say so, or values that two files share.
    Sure,
}

impl fmt::Display for Confidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unsure => "unsure",
            Self::Likely => "likely",
            Self::Sure => "sure",
        })
    }
}

/// Where a column of the entity comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The column with this heading.
    Heading(String),
    /// The column with this heading, its sign turned.
    Negated(String),
    /// These columns, joined by blanks.
    Join(Vec<String>),
    /// A prefix and the row's number.
    RowNumber(String),
    /// Another file.
    Lookup(Lookup),
    /// The same in every row.
    Constant(String),
}

/// One column of the entity.
#[derive(Clone, Debug)]
pub struct ProposedColumn {
    /// Name in the entity.
    pub column: &'static str,
    /// Where it comes from.
    pub origin: Origin,
    /// Rewrites of values.
    pub values: BTreeMap<String, String>,
    /// Why, in one line.
    pub reason: String,
    /// How sure.
    pub confidence: Confidence,
}

/// One source.
#[derive(Clone, Debug)]
pub struct ProposedSource {
    /// Its name.
    pub name: String,
    /// What its rows are.
    pub entity: Entity,
    /// Patterns of its files below `data/`.
    pub patterns: Vec<String>,
    /// Indices of the profiles it reads.
    pub files: Vec<usize>,
    /// Whether an earlier source reads the same files.
    pub shares_files: bool,
    /// Why the files are these rows.
    pub reason: String,
    /// Columns in the entity's order.
    pub columns: Vec<ProposedColumn>,
    /// Headings that nothing was made of; kept as extra columns.
    pub left: Vec<String>,
    /// Options that differ from the usual ones, with reasons.
    pub options: Vec<ProposedOption>,
}

/// One option of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct ProposedOption {
    /// What is set.
    pub option: SourceOption,
    /// Why, in one line.
    pub reason: String,
    /// How sure.
    pub confidence: Confidence,
}

/// An option and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceOption {
    /// `deduplicate`.
    Deduplicate(bool),
    /// `encoding`.
    Encoding(String),
    /// `zone`.
    Zone(String),
    /// `date_order`.
    DateOrder(DateOrder),
    /// `decimal_comma = true`.
    DecimalComma,
    /// `price_from_products = true`.
    PriceFromProducts,
    /// `first_per_key = true`.
    FirstPerKey,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is read.
    Read,
    /// Values are looked up in it.
    LookedUp,
    /// It is left out, for this reason.
    LeftOut(String),
}

/// A project for these files.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The shop's name.
    pub shop_name: String,
    /// ISO 4217 code, the reason, and how sure.
    pub currency: (String, String, Confidence),
    /// Sources in the order of entities.
    pub sources: Vec<ProposedSource>,
    /// What became of each profile, in their order.
    pub fates: Vec<Fate>,
    /// Names of the profiles' files below `data/`, in their order.
    pub names: Vec<String>,
    /// Number of records of each profile, in their order.
    pub records: Vec<u64>,
    /// What a person should look at and that belongs to no single column.
    pub doubts: Vec<String>,
    /// The last day of a sale.
    pub last_sale: Option<Date>,
}

impl Proposal {
    /// Indices of the profiles whose files the project needs in `data/`, under [`Proposal::names`].
    pub fn needed_files(&self) -> Vec<usize> {
        let fates = self.fates.iter().enumerate();
        fates.filter(|(_, fate)| !matches!(fate, Fate::LeftOut(_))).map(|(index, _)| index).collect()
    }
}

/// Proposes a project for these files.
pub fn from_profiles(profiles: &[FileProfile], shop_name: &str) -> Proposal {
    let names = parts::data_names(profiles);
    let mut sheets: Vec<Sheet<'_>> =
        profiles.iter().enumerate().map(|(index, profile)| Sheet::new(index, profile)).collect();
    sheet::classify(&mut sheets);
    let mut fates: Vec<Fate> = sheets.iter().map(|sheet| sheet.kind.fate()).collect();
    shapes::drop_alternates(&mut sheets, &names, &mut fates);
    let order = evidence::shop_date_order(&sheets);
    let shop = Shop { last_sale: evidence::last_sale(&sheets, order), order, sheets: &sheets, names: &names };
    let mut sources = Vec::new();
    for group in shapes::groups(&sheets) {
        sources.extend(map::source(&shop, &group));
    }
    sources.extend(extra::sources(&shop, &sources));
    sources.sort_by_key(|source: &ProposedSource| (source.shares_files, source.entity, source.name.clone()));
    parts::name_uniquely(&mut sources);
    mark_lookups(&sources, &names, &mut fates);
    let doubts = doubts(&sources, profiles, &names, &fates);
    Proposal {
        shop_name: shop_name.to_owned(),
        currency: evidence::currency(&shop),
        last_sale: shop.last_sale,
        records: profiles.iter().map(|profile| profile.records).collect(),
        sources,
        fates,
        doubts,
        names,
    }
}

/// All files, as choices that look beyond one of them need them.
struct Shop<'a> {
    sheets: &'a [Sheet<'a>],
    names: &'a [String],
    order: Option<DateOrder>,
    last_sale: Option<Date>,
}

impl<'a> Shop<'a> {
    /// The sheets of a kind.
    fn of(&self, kind: &Kind) -> impl Iterator<Item = &'a Sheet<'a>> {
        let kind = kind.clone();
        self.sheets.iter().filter(move |sheet| sheet.kind == kind)
    }

    /// Whether an article list has prices.
    fn has_list_price(&self) -> bool {
        self.of(&Kind::Products).any(|sheet| sheet.find(&[Concept::ListPrice, Concept::Price]).is_some())
    }
}

fn mark_lookups(sources: &[ProposedSource], names: &[String], fates: &mut [Fate]) {
    let columns = sources.iter().flat_map(|source| &source.columns);
    for column in columns {
        let Origin::Lookup(lookup) = &column.origin else { continue };
        for step in &lookup.steps {
            let wanted = step.pattern.trim_start_matches("**/");
            for (name, fate) in names.iter().zip(&mut *fates) {
                if glob::Pattern::escape(name) == wanted && *fate != Fate::Read {
                    *fate = Fate::LookedUp;
                }
            }
        }
    }
}

fn doubts(
    sources: &[ProposedSource],
    profiles: &[FileProfile],
    names: &[String],
    fates: &[Fate],
) -> Vec<String> {
    let mut doubts = Vec::new();
    if !sources.iter().any(|source| source.entity == Entity::SaleLines) {
        doubts.push("no file holds sales: without them there is nothing to build".to_owned());
    }
    for ((profile, name), fate) in profiles.iter().zip(names).zip(fates) {
        if matches!(fate, Fate::LeftOut(_)) {
            continue;
        }
        if profile.header_line > 1 {
            doubts.push(format!(
                "`{name}`: the headings were found on line {}; the lines above are passed over",
                profile.header_line
            ));
        }
        if profile.odd_records > 0 {
            doubts.push(format!(
                "`{name}`: {} of {} records looked at do not fit the headings and will be set aside",
                profile.odd_records, profile.records_seen
            ));
        }
    }
    for source in sources {
        doubts.extend(
            source.files.iter().filter_map(|file| stranger(source, profiles.get(*file)?, names.get(*file)?)),
        );
    }
    for entity in Entity::ALL {
        let lists: Vec<&str> = sources
            .iter()
            .filter(|source| {
                source.entity == entity && matches!(entity, Entity::Products | Entity::Customers)
            })
            .map(|source| source.name.as_str())
            .collect();
        if lists.len() > 1 {
            doubts.push(format!(
                "{} sources deliver `{}`: {}; where a key stands in several, the last row wins",
                lists.len(),
                entity.name(),
                lists.join(", ")
            ));
        }
    }
    doubts
}

/// A few keys that are no numbers where all others are: a second line of headings, a total at the end.
fn stranger(source: &ProposedSource, profile: &FileProfile, name: &str) -> Option<String> {
    let keys = source
        .columns
        .iter()
        .filter(|column| matches!(column.column, "customer_id" | "stock_code" | "store_id"));
    keys.filter_map(|column| match &column.origin {
        Origin::Heading(heading) => profile.columns.iter().position(|own| own.heading == *heading),
        _ => None,
    })
    .find_map(|place| {
        let column = profile.columns.get(place)?;
        let odd = column.filled - column.numbers.readable;
        if odd == 0 || odd > 3 || column.filled < 20 {
            return None;
        }
        let values = (0..profile.sample.len()).map(|row| profile.sample.value(row, place));
        let value = values.filter(|value| !value.is_empty()).find(|value| !value.bytes().any(|byte| byte.is_ascii_digit()));
        let shown = value.map(|value| format!(", such as `{}`", confect_domain::problem::printable(value)));
        Some(format!(
            "`{name}`: {odd} value(s) of `{}` are no numbers while all others are{}; if those rows are no data, take them out",
            column.heading,
            shown.unwrap_or_default()
        ))
    })
}
