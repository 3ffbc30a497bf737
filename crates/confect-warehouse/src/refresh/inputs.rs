//! Reads the files of every source and turns them into the tables that staging models start from.
//!
//! One table `source_<entity>` per entity, empty if no source delivers it: the entity's columns,
//! then `source_file` and `source_line`. Lines of an invoice get their number here if the till
//! gives none, in the order of files and lines, so that a line keeps its number in every refresh.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, new_null_array};
use arrow::compute::{concat, concat_batches};
use arrow::datatypes::{Field, Int64Type, Schema, SchemaRef};
use confect_domain::{Balance, Date, Entity, FieldType, Finding};
use confect_ingest::{
    InputFile, KnownRows, Progress, QuarantinedRow, SourceRows, SourceSpec, open_beneath, read_new_rows,
};
use hashbrown::HashMap;

use super::RefreshProgress;
use super::deliveries::SourceDelivery;
use super::increment::Start;
use super::record::{FileRecord, SourceRecord};
use crate::error::WarehouseError;
use crate::publish::PublishedSource;

/// A file that changed less than this ago may do so again unseen.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(2);

/// Mean rows of batches below which they are joined.
const SMALL_BATCH: usize = 1_024;

/// What the files held.
pub(super) struct Inputs {
    pub(super) tables: BTreeMap<Entity, (SchemaRef, Vec<RecordBatch>)>,
    pub(super) quarantined: Vec<QuarantinedRow>,
    pub(super) findings: Vec<Finding>,
    pub(super) balance: Balance,
    pub(super) records: Vec<SourceRecord>,
    pub(super) files: Vec<FileRecord>,
    pub(super) sources: Vec<PublishedSource>,
    /// Hashes of the lines that were loaded, by source; without the sources of too many.
    pub(super) new_lines: Vec<(String, Vec<u128>)>,
    pub(super) deliveries: Vec<SourceDelivery>,
}

/// Column of members' tables: since when the newest delivery lacks it; null while it is there.
pub(super) const DELETED_ON: &str = "deleted_on";

/// Reads all sources, or what is new of them; hashes the files beside it unless that was done already.
pub(super) fn read(
    sources: &[(SourceSpec, Vec<InputFile>)],
    hashed: Option<Vec<PublishedSource>>,
    start: Option<&Start>,
    progress: &dyn RefreshProgress,
) -> Result<Inputs, WarehouseError> {
    std::thread::scope(|scope| {
        let hashing = hashed.is_none().then(|| scope.spawn(|| hash_files(sources, &[])));
        let mut inputs = read_all(start.map_or(sources, |start| &start.sources), start, progress)?;
        inputs.sources = match (hashed, hashing) {
            (Some(hashed), _) => hashed,
            (None, Some(worker)) => {
                worker.join().map_err(|_| WarehouseError::Internal("hashing panicked".to_owned()))??
            }
            (None, None) => Vec::new(),
        };
        Ok(inputs)
    })
}

fn read_all(
    sources: &[(SourceSpec, Vec<InputFile>)],
    start: Option<&Start>,
    progress: &dyn RefreshProgress,
) -> Result<Inputs, WarehouseError> {
    let mut inputs = Inputs {
        tables: Entity::ALL.into_iter().map(|entity| (entity, (schema_of(entity), Vec::new()))).collect(),
        quarantined: Vec::new(),
        findings: Vec::new(),
        balance: Balance::default(),
        records: Vec::new(),
        files: Vec::new(),
        sources: Vec::new(),
        new_lines: Vec::new(),
        deliveries: Vec::new(),
    };
    let forward = Forward { progress, bytes: AtomicU64::new(0), rows: AtomicU64::new(0) };
    for (spec, files) in sources.iter().filter(|(_, files)| !files.is_empty()) {
        if progress.cancelled() {
            return Err(WarehouseError::Cancelled);
        }
        let known = start.and_then(|start| start.rows.get(&spec.name)).map(|known| known as &dyn KnownRows);
        let (rows, new) = read_new_rows(spec, files, &forward, known)?;
        let is_late = start.is_some_and(|start| start.late.contains(&spec.name));
        if is_late && rows.balance.deduplicated.rows > 0 {
            return Err(WarehouseError::MustRebuild(format!(
                "a new file of source `{}` stands before old ones and repeats lines",
                spec.name
            )));
        }
        if let Some(new) = new.filter(|_| spec.options.deduplicate) {
            inputs.new_lines.push((spec.name.clone(), new));
        }
        inputs.add(spec, files.len(), rows)?;
    }
    Ok(inputs)
}

/// Sums what the sources report.
struct Forward<'a> {
    progress: &'a dyn RefreshProgress,
    bytes: AtomicU64,
    rows: AtomicU64,
}

impl Progress for Forward<'_> {
    fn advanced(&self, bytes: u64, rows: u64) {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        self.progress.advanced(bytes, rows);
    }

    fn cancelled(&self) -> bool {
        self.progress.cancelled()
    }
}

impl Inputs {
    fn add(&mut self, spec: &SourceSpec, files: usize, rows: SourceRows) -> Result<(), WarehouseError> {
        self.balance.merge(&rows.balance);
        let delivery = SourceDelivery::of(spec, &rows);
        let newest = delivery.newest_day();
        let mut superseded = rows.superseded_by_file();
        self.deliveries.push(delivery);
        self.records.push(SourceRecord {
            newest,
            name: spec.name.clone(),
            entity: spec.entity.name().to_owned(),
            files: u32::try_from(files).unwrap_or(u32::MAX),
            balance: rows.balance,
        });
        self.files.extend(rows.files.into_iter().map(|file| FileRecord {
            source: spec.name.clone(),
            entity: spec.entity,
            superseded: superseded.remove(&file.label).unwrap_or(0),
            label: file.label,
            balance: file.rows,
            encoding: file.encoding,
            delimiter: char::from(file.delimiter),
        }));
        self.quarantined.extend(rows.quarantined);
        self.findings.extend(rows.findings);
        if let Some((schema, batches)) = self.tables.get_mut(&spec.entity) {
            for batch in &rows.batches {
                batches.push(entity_columns(batch, schema)?);
            }
        }
        Ok(())
    }

    /// Days of the first and the last sale line.
    pub(super) fn sale_span(&self) -> Option<(Date, Date)> {
        super::span::of_entity(self, Entity::SaleLines, "sold_at")
    }

    /// The tables, lines numbered.
    pub(super) fn into_tables(
        self,
    ) -> Result<BTreeMap<Entity, (SchemaRef, Vec<RecordBatch>)>, WarehouseError> {
        let mut tables = self.tables;
        if let Some((schema, batches)) = tables.get_mut(&Entity::SaleLines) {
            *batches = number_lines(schema, std::mem::take(batches))?;
        }
        Ok(tables)
    }
}

/// The columns of an entity's source table.
fn schema_of(entity: Entity) -> SchemaRef {
    use crate::storage::arrow_type;
    use confect_domain::ColumnType as T;
    let stored = |field_type| match field_type {
        FieldType::Text | FieldType::Key | FieldType::Word(_) | FieldType::Period | FieldType::Factor => {
            T::Text
        }
        FieldType::Integer => T::Integer,
        FieldType::Decimal | FieldType::Rate => T::Decimal,
        FieldType::Date => T::Date,
        FieldType::Timestamp => T::Timestamp,
        FieldType::Boolean => T::Boolean,
    };
    let mut fields: Vec<Field> = entity
        .columns()
        .iter()
        .map(|column| Field::new(column.name, arrow_type(stored(column.field_type)), true))
        .collect();
    if entity.member_key().is_some() {
        fields.push(Field::new(DELETED_ON, arrow_type(T::Date), true));
    }
    fields.push(Field::new("source_file", arrow_type(T::Text), true));
    fields.push(Field::new("source_line", arrow_type(T::Integer), true));
    Arc::new(Schema::new(fields))
}

fn entity_columns(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, WarehouseError> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Ok(Arc::clone(column)),
            Some(column) => Err(WarehouseError::Internal(format!(
                "the reader delivers `{}` as {} instead of {}",
                field.name(),
                column.data_type(),
                field.data_type()
            ))),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// Fills `line_no` where the source gives none: the place of the line within its invoice.
fn number_lines(schema: &SchemaRef, batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, WarehouseError> {
    let (invoice, number) = (schema.index_of("invoice_no")?, schema.index_of("line_no")?);
    if batches.iter().all(|batch| batch.column(number).null_count() == 0) {
        return Ok(batches);
    }
    let mut places: HashMap<Box<str>, i64> = HashMap::new();
    batches
        .into_iter()
        .map(|batch| {
            let invoices = batch.column(invoice).as_string_view();
            let given = batch.column(number).as_primitive::<Int64Type>();
            let mut numbers = Vec::with_capacity(batch.num_rows());
            for row in 0..batch.num_rows() {
                let name = invoices.value(row);
                let place = match places.get_mut(name) {
                    Some(place) => {
                        *place += 1;
                        *place
                    }
                    None => {
                        places.insert(name.into(), 1);
                        1
                    }
                };
                numbers.push(if given.is_valid(row) { given.value(row) } else { place });
            }
            let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
            columns[number] = Arc::new(Int64Array::from(numbers));
            Ok(RecordBatch::try_new(batch.schema(), columns)?)
        })
        .collect()
}

/// Hashes of the values that group the rows of an entity, rising; empty without such a column.
pub(super) fn group_keys(entity: Entity, batches: &[RecordBatch]) -> Vec<u128> {
    let mut keys = Vec::new();
    for batch in batches {
        let column = super::growth::group_column(entity).and_then(|name| batch.column_by_name(name));
        let Some(texts) = column.and_then(|column| column.as_string_view_opt()) else { continue };
        let mut last: Option<&str> = None;
        for text in texts.iter().flatten() {
            // Lines of an invoice stand together as a rule.
            if last != Some(text) {
                keys.push(xxhash_rust::xxh3::xxh3_128(text.as_bytes()));
                last = Some(text);
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Hashes every input file and every file that is looked up in, in order of source and name.
pub(super) fn hash_files(
    sources: &[(SourceSpec, Vec<InputFile>)],
    before: &[PublishedSource],
) -> Result<Vec<PublishedSource>, WarehouseError> {
    let before: HashMap<(&str, &str), &PublishedSource> =
        before.iter().map(|known| ((known.source.as_str(), known.file.as_str()), known)).collect();
    let mut hashed = Vec::new();
    for (spec, files) in sources.iter().filter(|(_, files)| !files.is_empty()) {
        // What is looked up in other files shapes the rows as well.
        let looked_up = spec.lookup_files();
        let also = looked_up.iter().filter(|file| !files.iter().any(|own| own.path == file.path));
        for file in files.iter().chain(also) {
            let failed = |source| WarehouseError::file("read", &file.path, source);
            let mut reader = open_beneath(&file.path, &spec.options.inside).map_err(failed)?;
            let metadata = reader.metadata().map_err(failed)?;
            let modified_ns = modified_ns(&metadata);
            let known = before.get(&(spec.name.as_str(), file.label.as_str()));
            let is_same = |known: &&&PublishedSource| {
                known.bytes == metadata.len() && modified_ns.is_some() && known.modified_ns == modified_ns
            };
            if let Some(known) = known.filter(is_same) {
                hashed.push((*known).clone());
                continue;
            }
            let (mut hash, mut bytes, mut buffer) = (blake3::Hasher::new(), 0_u64, vec![0; 1 << 18]);
            loop {
                match reader.read(&mut buffer).map_err(failed)? {
                    0 => break,
                    read => {
                        hash.update(&buffer[..read]);
                        bytes += read as u64;
                    }
                }
            }
            hashed.push(PublishedSource {
                source: spec.name.clone(),
                file: file.label.clone(),
                bytes,
                blake3: hash.finalize().to_hex().to_string(),
                modified_ns,
            });
        }
    }
    hashed.sort_by(|left, right| (&left.source, &left.file).cmp(&(&right.source, &right.file)));
    Ok(hashed)
}

/// When a file was changed, if that was long enough ago: a file may change again within the tick of a clock.
fn modified_ns(metadata: &std::fs::Metadata) -> Option<u64> {
    let modified = metadata.modified().ok()?;
    if modified.elapsed().ok()? < SETTLED {
        return None;
    }
    u64::try_from(modified.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// Neighbours joined where files are so small that most batches are: each costs every operator its own overhead.
fn joined_up(schema: &SchemaRef, batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, WarehouseError> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if rows / batches.len().max(1) >= SMALL_BATCH {
        return Ok(batches);
    }
    let mut joined = Vec::new();
    let mut together: Vec<RecordBatch> = Vec::new();
    let mut count = 0;
    for batch in batches {
        count += batch.num_rows();
        together.push(batch);
        if count >= 8 * SMALL_BATCH {
            joined.push(concat_batches(schema, &together)?);
            together.clear();
            count = 0;
        }
    }
    if count > 0 {
        joined.push(concat_batches(schema, &together)?);
    }
    Ok(joined)
}

/// Batches joined into about `parts` of equal length, so that as many threads have work.
pub(super) fn spread(
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
    parts: usize,
) -> Result<Vec<Vec<RecordBatch>>, WarehouseError> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if rows < 10_000 {
        // One small batch is quicker to work through than many tiny ones.
        let columns = (0..schema.fields().len())
            .map(|index| {
                let arrays: Vec<&dyn Array> =
                    batches.iter().map(|batch| batch.column(index).as_ref()).collect();
                if arrays.is_empty() {
                    Ok(new_null_array(schema.field(index).data_type(), 0))
                } else {
                    concat(&arrays)
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        return Ok(vec![vec![RecordBatch::try_new(Arc::clone(schema), columns)?]]);
    }
    let target = rows.div_ceil(parts);
    let batches = joined_up(schema, batches)?;
    let mut spread: Vec<Vec<RecordBatch>> = vec![Vec::new()];
    let mut filled = 0;
    for batch in batches {
        if filled >= target {
            spread.push(Vec::new());
            filled = 0;
        }
        filled += batch.num_rows();
        if let Some(part) = spread.last_mut() {
            part.push(batch);
        }
    }
    Ok(spread)
}
