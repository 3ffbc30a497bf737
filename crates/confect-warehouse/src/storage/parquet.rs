//! Writes the rows of a table as Parquet files that are named by what they hold.
//!
//! The same rows in the same order give the same bytes and so the same name: a table that did not
//! change needs no new file, and a run that was cut off leaves nothing that the next run would
//! not write again. A file appears under its name only when it is whole and synced.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use hashbrown::HashSet;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use super::draft::Draft;
use super::{create_folder, sync_folder};
use crate::engine::partitions;
use crate::error::WarehouseError;
use crate::publish::PublishedFile;

/// Rows of one data file: tables below this are one file.
const ROWS_PER_FILE: usize = 524_288;
/// Rows of one row group, the unit that a query can skip.
const ROWS_PER_GROUP: usize = 131_072;

/// Rows of one page of a table in which single customers are looked up: a page is what such a query reads.
const ROWS_PER_PAGE: usize = 2_048;
/// Bytes of a dictionary of such a table, which is read whole for a single row: of what has more values none is made.
const LOOKUP_DICTIONARY: usize = 8 << 10;

/// How a table is mostly read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadAs {
    /// Many rows at once.
    Runs,
    /// A few rows of one key: its pages are small, and say what they hold.
    Lookups,
}

/// Writes `batches` into `folder`, files side by side on as many threads as there are cores.
pub(crate) fn write_table(
    folder: &Path,
    table: &str,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    read_as: ReadAs,
) -> Result<Vec<PublishedFile>, WarehouseError> {
    create_folder(folder)?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let parts = split(batches, rows.div_ceil(ROWS_PER_FILE).max(1));
    let mut files = Vec::with_capacity(parts.len());
    for some in parts.chunks(partitions()) {
        let written = std::thread::scope(|scope| {
            let workers: Vec<_> = some
                .iter()
                .map(|part| scope.spawn(move || write_file(folder, table, schema, part, read_as)))
                .collect();
            workers.into_iter().map(|worker| worker.join()).collect::<Vec<_>>()
        });
        for result in written {
            let panicked = || WarehouseError::Internal(format!("writing `{table}` panicked"));
            files.push(result.unwrap_or_else(|_| Err(panicked()))?);
        }
    }
    sync_folder(folder)?;
    Ok(files)
}

/// Cuts the rows into `parts` runs of about the same length, in order.
fn split(batches: &[RecordBatch], parts: usize) -> Vec<Vec<RecordBatch>> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let target = rows.div_ceil(parts).max(1);
    let mut runs = vec![Vec::new()];
    let mut room = target;
    for batch in batches {
        let mut start = 0;
        while start < batch.num_rows() {
            if room == 0 {
                runs.push(Vec::new());
                room = target;
            }
            let take = room.min(batch.num_rows() - start);
            if let Some(run) = runs.last_mut() {
                run.push(batch.slice(start, take));
            }
            room -= take;
            start += take;
        }
    }
    runs
}

fn write_file(
    folder: &Path,
    table: &str,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    read_as: ReadAs,
) -> Result<PublishedFile, WarehouseError> {
    let (draft, file) = Draft::create(folder)?;
    let (file, bytes, hash) = write_draft(file, draft.path(), table, schema, batches, read_as)?;
    let name = format!("part-{}.parquet", &hash[..32]);
    draft.place(&file, &folder.join(&name))?;
    let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
    Ok(PublishedFile { path: name, bytes, rows, blake3: hash })
}

/// Writes the rows; gives the file back, with its size and the hash of its content.
fn write_draft(
    file: File,
    draft: &Path,
    table: &str,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    read_as: ReadAs,
) -> Result<(File, u64, String), WarehouseError> {
    let failed = |error| WarehouseError::storage_at(table, draft, error);
    let sink = HashingWriter {
        file: BufWriter::with_capacity(1 << 20, file),
        hash: blake3::Hasher::new(),
        bytes: 0,
    };
    // Without Arrow's own metadata a file holds plain texts, whatever they were in memory.
    let options = ArrowWriterOptions::new()
        .with_properties(properties(schema, batches, read_as)?)
        .with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(sink, Arc::clone(schema), options).map_err(failed)?;
    for batch in batches {
        let batch = RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec())?;
        writer.write(&batch).map_err(failed)?;
    }
    let sink = writer.into_inner().map_err(failed)?;
    let (hash, bytes) = (sink.hash.finalize().to_hex().to_string(), sink.bytes);
    let file =
        sink.file.into_inner().map_err(|error| WarehouseError::file("write", draft, error.into_error()))?;
    Ok((file, bytes, hash))
}

/// Views are a matter of memory; files hold plain texts.
pub(crate) fn stored_schema(schema: &SchemaRef) -> SchemaRef {
    let plain = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8View => Field::new(field.name(), DataType::Utf8, field.is_nullable()),
        other => Field::new(field.name(), other.clone(), field.is_nullable()),
    };
    Arc::new(Schema::new(schema.fields().iter().map(plain).collect::<Vec<_>>()))
}

fn properties(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    read_as: ReadAs,
) -> Result<WriterProperties, WarehouseError> {
    let level = ZstdLevel::try_new(1).map_err(|error| WarehouseError::Internal(error.to_string()))?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by("confect".to_owned());
    if read_as == ReadAs::Lookups {
        // Larger, but quick to begin with: a question about one customer opens a hundred pages.
        properties = properties
            .set_compression(Compression::SNAPPY)
            .set_dictionary_page_size_limit(LOOKUP_DICTIONARY)
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_data_page_row_count_limit(ROWS_PER_PAGE)
            .set_write_batch_size(ROWS_PER_PAGE);
    }
    for (index, field) in schema.fields().iter().enumerate() {
        if batches.first().is_some_and(|batch| mostly_distinct(batch.column(index))) {
            let path = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(properties.build())
}

/// Whether a column of whole numbers, by its first rows, holds ever new ones: a dictionary would
/// only cost time and room there, while the steps from one to the next are small.
fn mostly_distinct(column: &ArrayRef) -> bool {
    let Some(numbers) = column.as_primitive_opt::<Int64Type>() else { return false };
    let looked_at = numbers.len().min(4_096);
    let distinct: HashSet<i64> = numbers.iter().take(looked_at).flatten().collect();
    looked_at > 64 && distinct.len() * 2 > looked_at
}

/// Counts and hashes what goes by.
struct HashingWriter {
    file: BufWriter<File>,
    hash: blake3::Hasher,
    bytes: u64,
}

impl Write for HashingWriter {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(data)?;
        self.hash.update(&data[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
