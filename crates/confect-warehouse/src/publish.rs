//! Publications: one manifest makes all tables of a refresh visible at once, or none.
//!
//! `publish/<id>.json` names every data file of every table with its size and hash, and the hash of
//! its parent. It is written aside, synced, and then linked under its name: that link is the only
//! switch (access-and-reliability.md, 4.1). Readers take the newest manifest that is whole and
//! whose files are there; a damaged one is passed over for the one before it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use arrow::datatypes::SchemaRef;
use confect_domain::{
    Bucket, ColumnContract, ColumnType, Date, ForeignKey, Layer, TableAccess, TableContract,
};
use serde::{Deserialize, Serialize};

use crate::error::WarehouseError;
pub use crate::refresh::{ClosedMonths, KnownFile};
use crate::storage::draft::Draft;
use crate::storage::{arrow_schema, create_folder, sync_folder};

/// Version of the manifest's form; an older program refuses a newer one.
const FORMAT: u32 = 1;

/// One data file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFile {
    /// Name below the table's folder.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// Number of rows.
    pub rows: u64,
    /// Hash of the content, in hex.
    pub blake3: String,
}

/// One table of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedTable {
    /// Table name.
    pub name: String,
    /// Number of rows.
    pub rows: u64,
    /// Size of its files.
    pub bytes: u64,
    /// Version in the Delta log.
    pub version: u64,
    /// Hash of the log's entry of that version, in hex; older publications do not state it.
    pub log: Option<String>,
    /// Data files, in order.
    pub files: Vec<PublishedFile>,
    /// What the table promises.
    pub contract: TableContract,
}

impl PublishedTable {
    /// Columns as they are read.
    pub fn schema(&self) -> SchemaRef {
        arrow_schema(&self.contract)
    }
}

/// One input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedSource {
    /// Source name.
    pub source: String,
    /// Path below the project.
    pub file: String,
    /// Size on disk.
    pub bytes: u64,
    /// Hash of the content, in hex.
    pub blake3: String,
    /// When it was changed last, in nanoseconds since 1970: a file of the same size and time is not hashed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_ns: Option<u64>,
}

/// Rows and money of one bucket of the reconciliation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedBucket {
    /// `sales`, `returns`, `adjustments: sample`, `duplicates`, `quarantine`, …
    pub name: String,
    /// Number of rows.
    pub rows: u64,
    /// Exact amount as plain digits.
    pub amount: String,
}

impl PublishedBucket {
    pub(crate) fn new(name: impl Into<String>, bucket: &Bucket) -> Self {
        Self { name: name.into(), rows: bucket.rows, amount: bucket.amount_text() }
    }
}

/// Everything that one refresh made visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Running number, from 1.
    pub id: u64,
    /// RFC 3339.
    pub published_at: String,
    /// Hash of definitions and inputs: the same fingerprint means the same tables.
    pub fingerprint: String,
    /// What the next refresh needs to know to add to these tables.
    pub memory: Memory,
    /// Records that were read.
    pub rows_in: u64,
    /// Records in the tables.
    pub rows_loaded: u64,
    /// Records set aside.
    pub rows_quarantined: u64,
    /// Records dropped as exact duplicates.
    pub rows_deduplicated: u64,
    /// Day of the first sale.
    pub data_from: Option<Date>,
    /// Day of the last sale.
    pub data_to: Option<Date>,
    /// Contract checks that passed.
    pub checks_passed: u32,
    /// Contract checks that were made.
    pub checks_total: u32,
    /// Where every sale line went, in rows and money.
    pub buckets: Vec<PublishedBucket>,
    /// Input files.
    pub sources: Vec<PublishedSource>,
    /// Tables by name.
    pub tables: Vec<PublishedTable>,
}

/// What a publication tells the next refresh.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Hash of the definitions alone, without the inputs.
    pub definitions: String,
    /// Hash of the links between customer ids.
    pub identities: String,
    /// Hashes of loaded lines and of what groups them.
    pub known: Vec<KnownFile>,
    /// How many refreshes have added to the tables since they were built whole.
    pub increments: u32,
    /// Days since 1970 of the first and the last line, of whatever kind.
    pub lines_span: Option<(i32, i32)>,
    /// The currency of all lines, if it is not the shop's and they were not converted.
    #[serde(default)]
    pub unconverted: Option<String>,
    /// Staging tables without rows, of which no file was written.
    #[serde(default)]
    pub empty: BTreeSet<String>,
    /// Tables that go by month, and which of their files hold months that are over.
    #[serde(default)]
    pub months: BTreeMap<String, ClosedMonths>,
    /// Days since 1970 of the first and the last row, by entity that has days.
    #[serde(default)]
    pub spans: BTreeMap<String, (i32, i32)>,
}

impl Publication {
    /// Names and rows of the tables that are of use to people; not those that only the next refresh needs.
    pub(crate) fn told_tables(&self) -> Vec<(String, u64)> {
        let told = |table: &&PublishedTable| !table.name.starts_with("stg_");
        self.tables.iter().filter(told).map(|table| (table.name.clone(), table.rows)).collect()
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&PublishedTable> {
        self.tables.iter().find(|table| table.name == name)
    }
}

/// Writes `publication` as the next manifest; fails if another one took its number.
pub(crate) fn publish(folder: &Path, publication: &Publication) -> Result<(), WarehouseError> {
    let publish = folder.join("publish");
    create_folder(&publish)?;
    let parent = publication
        .id
        .checked_sub(1)
        .filter(|id| *id > 0)
        .and_then(|id| read_text(&publish.join(file_name(id))).ok());
    let body = Manifest::from_publication(publication, parent.as_deref().map(hash_of));
    let text =
        serde_json::to_string_pretty(&body).map_err(|error| WarehouseError::Internal(error.to_string()))?;
    let sealed = format!("{text}\n{}\n", hash_of(&text));
    let (draft, mut file) = Draft::create(&publish)?;
    file.write_all(sealed.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| WarehouseError::file("write", draft.path(), error))?;
    // Folders that this or a cut-off refresh made: their names must last before the manifest does.
    for made in [Some(folder.join("tables").as_path()), Some(folder), folder.parent()].into_iter().flatten() {
        sync_folder(made)?;
    }
    if draft.link(&publish.join(file_name(publication.id)))? { Ok(()) } else { Err(taken(publication.id)) }
}

fn taken(publication: u64) -> WarehouseError {
    WarehouseError::Overtaken { publication }
}

/// The number of the next publication. Drawn when a refresh begins, it is its fencing number: who finds
/// it taken when publishing was overtaken, whatever happened to the lock.
pub(crate) fn next_id(folder: &Path) -> Result<u64, WarehouseError> {
    Ok(ids(folder)?.pop().unwrap_or(0) + 1)
}

/// Makes sure that nobody has published since `next` was drawn.
pub(crate) fn still_next(folder: &Path, next: u64) -> Result<(), WarehouseError> {
    if next_id(folder)? == next { Ok(()) } else { Err(taken(next)) }
}

/// The newest publication that is whole, and a sentence for each newer one that is not.
pub(crate) fn newest(folder: &Path) -> Result<(Option<Publication>, Vec<String>), WarehouseError> {
    let mut damaged = Vec::new();
    for id in ids(folder)?.into_iter().rev() {
        match read(folder, id) {
            Ok(publication) => return Ok((Some(publication), damaged)),
            Err(problem) => damaged.push(format!("publication {id}: {problem}")),
        }
    }
    if damaged.is_empty() { Ok((None, damaged)) } else { Err(WarehouseError::Damaged(damaged.join("; "))) }
}

/// Numbers of the manifests that are there, rising.
pub(crate) fn ids(folder: &Path) -> Result<Vec<u64>, WarehouseError> {
    let publish = folder.join("publish");
    let entries = match std::fs::read_dir(&publish) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(WarehouseError::file("read", publish, error)),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| WarehouseError::file("read", &publish, error))?;
        let name = entry.file_name();
        ids.extend(
            name.to_str().and_then(|name| name.strip_suffix(".json")).and_then(|id| id.parse::<u64>().ok()),
        );
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Reads one manifest and makes sure that it and its files are whole.
pub(crate) fn read(folder: &Path, id: u64) -> Result<Publication, String> {
    let path = folder.join("publish").join(file_name(id));
    let text = read_text(&path).map_err(|error| error.to_string())?;
    let (body, seal) = text.trim_end().rsplit_once('\n').ok_or("the manifest is cut off")?;
    if hash_of(body) != seal {
        return Err("the manifest's hash does not fit its content".to_owned());
    }
    let manifest: Manifest = serde_json::from_str(body).map_err(|error| error.to_string())?;
    if manifest.format > FORMAT {
        return Err(format!("it was written by a newer version (format {})", manifest.format));
    }
    let publication = manifest.into_publication()?;
    for table in &publication.tables {
        for file in &table.files {
            let path = folder.join("tables").join(&table.name).join(&file.path);
            let bytes = std::fs::metadata(&path).map_err(|error| format!("`{}`: {error}", table.name))?.len();
            if bytes != file.bytes {
                return Err(format!(
                    "a file of `{}` has {bytes} bytes instead of {}",
                    table.name, file.bytes
                ));
            }
        }
    }
    Ok(publication)
}

fn file_name(id: u64) -> String {
    format!("{id:06}.json")
}

fn hash_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

fn read_text(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

/// The file form of a publication.
#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    id: u64,
    parent: Option<String>,
    published_at: String,
    fingerprint: String,
    #[serde(default)]
    memory: Memory,
    rows_in: u64,
    rows_loaded: u64,
    rows_quarantined: u64,
    rows_deduplicated: u64,
    data_from: Option<String>,
    data_to: Option<String>,
    checks_passed: u32,
    checks_total: u32,
    buckets: Vec<PublishedBucket>,
    sources: Vec<PublishedSource>,
    tables: Vec<ManifestTable>,
}

#[derive(Serialize, Deserialize)]
struct ManifestTable {
    name: String,
    layer: String,
    access: String,
    grain: String,
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<String>,
    key: Vec<String>,
    #[serde(default)]
    order: Vec<String>,
    /// name, type, nullable, about
    columns: Vec<(String, String, bool, String)>,
    /// column, references
    foreign_keys: Vec<(String, String)>,
    files: Vec<PublishedFile>,
}

impl Manifest {
    fn from_publication(publication: &Publication, parent: Option<String>) -> Self {
        Self {
            format: FORMAT,
            id: publication.id,
            parent,
            published_at: publication.published_at.clone(),
            fingerprint: publication.fingerprint.clone(),
            memory: publication.memory.clone(),
            rows_in: publication.rows_in,
            rows_loaded: publication.rows_loaded,
            rows_quarantined: publication.rows_quarantined,
            rows_deduplicated: publication.rows_deduplicated,
            data_from: publication.data_from.map(|date| date.to_string()),
            data_to: publication.data_to.map(|date| date.to_string()),
            checks_passed: publication.checks_passed,
            checks_total: publication.checks_total,
            buckets: publication.buckets.clone(),
            sources: publication.sources.clone(),
            tables: publication.tables.iter().map(ManifestTable::from_table).collect(),
        }
    }

    fn into_publication(self) -> Result<Publication, String> {
        let date = |text: Option<String>| text.as_deref().and_then(Date::parse);
        Ok(Publication {
            id: self.id,
            published_at: self.published_at,
            fingerprint: self.fingerprint,
            memory: self.memory,
            rows_in: self.rows_in,
            rows_loaded: self.rows_loaded,
            rows_quarantined: self.rows_quarantined,
            rows_deduplicated: self.rows_deduplicated,
            data_from: date(self.data_from),
            data_to: date(self.data_to),
            checks_passed: self.checks_passed,
            checks_total: self.checks_total,
            buckets: self.buckets,
            sources: self.sources,
            tables: self.tables.into_iter().map(ManifestTable::into_table).collect::<Result<_, _>>()?,
        })
    }
}

const LAYERS: [(&str, Layer); 3] =
    [("staging", Layer::Staging), ("star", Layer::Star), ("marts", Layer::Marts)];
const ACCESS: [(&str, TableAccess); 3] =
    [("secured", TableAccess::Secured), ("public", TableAccess::Public), ("private", TableAccess::Private)];

fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> String {
    words.iter().find(|(_, other)| *other == value).map_or_else(String::new, |(word, _)| (*word).to_owned())
}

fn meaning<T: Copy>(words: &[(&'static str, T)], word: &str) -> Result<T, String> {
    let found = words.iter().find(|(other, _)| *other == word).map(|(_, value)| *value);
    found.ok_or_else(|| format!("unknown word `{word}`"))
}

impl ManifestTable {
    fn from_table(table: &PublishedTable) -> Self {
        let contract = &table.contract;
        Self {
            name: table.name.clone(),
            layer: word(&LAYERS, contract.layer),
            access: word(&ACCESS, contract.access),
            grain: contract.grain.clone(),
            version: table.version,
            log: table.log.clone(),
            key: contract.key.clone(),
            order: contract.order.clone(),
            columns: contract
                .columns
                .iter()
                .map(|column| {
                    (
                        column.name.clone(),
                        word(&ColumnType::WORDS, column.column_type),
                        column.nullable,
                        column.about.clone(),
                    )
                })
                .collect(),
            foreign_keys: contract
                .foreign_keys
                .iter()
                .map(|key| (key.column.clone(), key.references.clone()))
                .collect(),
            files: table.files.clone(),
        }
    }

    fn into_table(self) -> Result<PublishedTable, String> {
        let columns = self
            .columns
            .into_iter()
            .map(|(name, column_type, nullable, about)| {
                Ok(ColumnContract {
                    name,
                    column_type: meaning(&ColumnType::WORDS, &column_type)?,
                    nullable,
                    about,
                })
            })
            .collect::<Result<Vec<_>, String>>()?;
        let contract = TableContract {
            name: self.name.clone(),
            layer: meaning(&LAYERS, &self.layer)?,
            grain: self.grain,
            key: self.key,
            order: self.order,
            access: meaning(&ACCESS, &self.access)?,
            columns,
            foreign_keys: self
                .foreign_keys
                .into_iter()
                .map(|(column, references)| ForeignKey { column, references })
                .collect(),
            accepted: Vec::new(),
        };
        Ok(PublishedTable {
            name: self.name,
            rows: self.files.iter().map(|file| file.rows).sum(),
            bytes: self.files.iter().map(|file| file.bytes).sum(),
            version: self.version,
            log: self.log,
            files: self.files,
            contract,
        })
    }
}
