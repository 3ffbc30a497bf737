//! Stage 3: pieces in file order → batches handed on, lines dropped, records set aside, and the account.
//!
//! This is the writer's side of the account: rows are counted as they leave, records as the tokeniser found
//! them, bytes as the reader delivered them; the three have to agree.

mod book;
mod notices;
mod quarantine;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::FilterBuilder;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use confect_domain::Balance;
use confect_domain::problem::printable;
use hashbrown::{HashMap, HashSet};

use crate::cells::Cells;
use crate::columns::Plan;
use crate::drift::{Outlier, Unread};
use crate::error::IngestError;
use crate::layout::FileLayout;
use crate::members::{Line, Members, Verdict, key_column};
use crate::repeats::{KnownRows, Repeats, key_of};
use crate::rows::{FileAccount, QuarantinedRow, SourceRows};
use crate::stages::Ended;
use crate::survey::Decisions;
use crate::text::splitter::Piece;
use crate::typing::{Typed, ValueFault};
use crate::values::Trouble;
use crate::values::number::CURRENCIES;
use book::Book;

/// Rows that may always be set aside, so that a small file does not fail for one slip.
const TOLERATED_ROWS: u64 = 10;
/// With so many rows set aside, memory matters more than the rest of the files.
const HOPELESS_ROWS: usize = 250_000;
/// From here on a load is big: both the share and the number have to be exceeded.
const BIG_ROWS: u64 = 100_000;

/// Code of a row of totals.
const FOOTER: &str = "footer-row";
/// So many forms of a column's keys are remembered; beyond, other letters are no longer found out.
const FORMS_MAX: usize = 100_000;

/// A piece after stage 2.
pub(crate) struct Parsed {
    /// Whole records with their line ends; the raw bytes are in `cells`.
    pub(crate) offset: u64,
    pub(crate) line: u64,
    pub(crate) cells: Cells,
    pub(crate) typed: Typed,
}

/// The kept rows of each column; of columns that say the same in every row, just the right number of rows.
fn filtered(columns: Vec<ArrayRef>, keep: Vec<bool>, kept: usize) -> Result<Vec<ArrayRef>, ArrowError> {
    let predicate = FilterBuilder::new(&BooleanArray::from(keep)).optimize().build();
    let file = columns.len().saturating_sub(2);
    let filtered = columns.iter().enumerate().map(|(index, column)| {
        let uniform = index == file || column.null_count() == column.len();
        if uniform { Ok(column.slice(0, kept)) } else { predicate.filter(column) }
    });
    filtered.collect()
}

/// Whether a line was loaded by an earlier read.
fn is_known(known: Option<&dyn KnownRows>, plan: &Plan, hash: u128) -> Result<bool, IngestError> {
    let Some(known) = known else { return Ok(false) };
    let failed = |error: std::io::Error| IngestError::Batch {
        name: plan.name.clone(),
        reason: format!("the hashes of lines that were loaded before cannot be read: {error}"),
    };
    known.knows(key_of(hash)).map_err(failed)
}

/// Accounts for one source.
pub(crate) struct Account<'a> {
    plan: &'a Plan,
    layouts: &'a [FileLayout],
    schema: SchemaRef,
    files: Vec<FileAccount>,
    quarantined: Vec<QuarantinedRow>,
    kept_bytes: usize,
    book: Book<'a>,
    repeats: Repeats,
    /// Lines of other files that were loaded before.
    known: Option<&'a dyn KnownRows>,
    /// Currencies seen, as bits, by column of the entity.
    currencies: Vec<u32>,
    rows: u64,
    /// The first of the files that hold the very same bytes, by file.
    twins: Vec<Option<usize>>,
    /// Forms of keys, by column of the entity and by hash in lower case: their own hash and the form.
    forms: Vec<HashMap<u64, (u64, String)>>,
    /// Forms that were told.
    told: HashSet<(usize, u64)>,
    members: Members,
    /// Lines of members that are there again in their file, known from a reading before.
    repeated: &'a Repeated,
    unread: Unread,
}

/// Lines whose key is there again further down in their file, and which line counts.
#[derive(Debug, Default)]
pub(crate) struct Repeated {
    pub(crate) lines: HashMap<Line, u64>,
    /// File and record, so that an equal line does not take the place of one that was set aside.
    pub(crate) records: HashSet<(u32, u64)>,
}

impl Repeated {
    /// Adds what a reading found; whether that is anything new.
    pub(crate) fn add(&mut self, verdict: &Verdict) -> bool {
        let before = (self.lines.len(), self.records.len());
        self.lines.extend(verdict.repeated.iter().copied());
        self.records.extend(&verdict.records);
        before != (self.lines.len(), self.records.len())
    }
}

impl<'a> Account<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        layouts: &'a [FileLayout],
        schema: SchemaRef,
        twins: Vec<Option<usize>>,
        repeats: Repeats,
        known: Option<&'a dyn KnownRows>,
        repeated: &'a Repeated,
    ) -> Self {
        let files = layouts.iter().map(|layout| FileAccount {
            label: layout.input.label.clone(),
            rows: Balance { bytes_parsed: layout.skip as u64, ..Balance::default() },
            encoding: layout.reading.name().to_owned(),
            delimiter: layout.dialect.delimiter,
            content_hash: String::new(),
        });
        Self {
            plan,
            layouts,
            schema,
            files: files.collect(),
            quarantined: Vec::new(),
            kept_bytes: 0,
            book: Book::new(plan, layouts),
            repeats,
            known,
            currencies: vec![0; plan.columns.len()],
            rows: 0,
            twins,
            forms: vec![HashMap::new(); plan.columns.len()],
            told: HashSet::new(),
            members: Members::default(),
            repeated,
            unread: Unread::default(),
        }
    }

    /// Rows accounted for so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes a typed piece; gives the batch to hand on, if a row is left.
    pub(crate) fn take(
        &mut self,
        file: usize,
        mut parsed: Parsed,
    ) -> Result<Option<RecordBatch>, IngestError> {
        if self.twin_of(file).is_some() {
            self.drop_piece(file, &parsed);
            return Ok(None);
        }
        self.fault_repeated(file, &mut parsed);
        let faulty = self.set_aside(file, &parsed);
        self.compare_forms(file, &parsed);
        let Parsed { cells, typed, line, .. } = parsed;
        self.book.note_piece(file, line, &cells, &typed.notes);
        for (held, seen) in self.currencies.iter_mut().zip(&typed.notes.currencies) {
            *held |= seen;
        }
        let (known, plan) = (self.known, self.plan);
        let balance = &mut self.files[file].rows;
        balance.rows_in += cells.found;
        balance.bytes_parsed += cells.blank_bytes;
        let mut keep = Vec::with_capacity(cells.rows.len());
        let (mut faulty, mut kept) = (faulty.into_iter().peekable(), 0);
        for (row, place) in cells.rows.iter().enumerate() {
            self.repeats.bring_near(row, &typed.hashes);
            let hash = typed.hashes.get(row);
            if faulty.next_if_eq(&row).is_some() {
                hash.into_iter().for_each(|hash| self.repeats.set_aside(*hash));
                keep.push(false);
                continue;
            }
            balance.bytes_parsed += place.bytes();
            let amount = typed.amounts.get(row).copied().flatten();
            let is_new = match hash {
                None => true,
                Some(hash) => !is_known(known, plan, *hash)? && self.repeats.is_new(*hash),
            };
            match is_new {
                true => balance.loaded.add(amount),
                false => balance.deduplicated.add(amount),
            }
            if let Some(member) = typed.members.get(row).copied().flatten() {
                self.members.see(member, file as u32, line + u64::from(place.line), is_new);
            }
            kept += usize::from(is_new);
            keep.push(is_new);
        }
        self.rows += cells.found;
        self.batch(file, typed, keep, kept)
    }

    /// The hashes of the lines that were new.
    pub(crate) fn take_new(&mut self) -> Option<Vec<u128>> {
        std::mem::replace(&mut self.repeats, Repeats::none()).into_new()
    }

    /// The file that holds the same bytes and was read before.
    fn twin_of(&self, file: usize) -> Option<usize> {
        self.twins.get(file).copied().flatten()
    }

    /// Counts every record of a piece as there already, also those that could not be read.
    fn drop_piece(&mut self, file: usize, parsed: &Parsed) {
        let Parsed { cells, typed, .. } = parsed;
        let balance = &mut self.files[file].rows;
        balance.rows_in += cells.found;
        balance.bytes_parsed += cells.blank_bytes;
        let is_faulty = |row: usize| typed.notes.faults.iter().any(|fault| fault.row == row);
        for (row, place) in cells.rows.iter().enumerate() {
            if let Some(member) = typed.members.get(row).copied().flatten().filter(|_| !is_faulty(row)) {
                self.members.see(member, file as u32, parsed.line + u64::from(place.line), false);
            }
            balance.bytes_parsed += place.bytes();
            balance.deduplicated.add(typed.amounts.get(row).copied().flatten());
        }
        for reject in &cells.rejects {
            balance.bytes_parsed += reject.place.bytes();
            balance.deduplicated.add(quarantine::unread_amount(self.plan));
        }
        self.rows += cells.found;
    }

    /// Adds a fault to rows whose key is there again further down.
    fn fault_repeated(&self, file: usize, parsed: &mut Parsed) {
        let repeated = self.repeated;
        if repeated.lines.is_empty() {
            return;
        }
        let Some(column) = key_column(self.plan) else { return };
        let Parsed { cells, typed, line, .. } = parsed;
        let keys = typed.columns.get(column).and_then(|keys| keys.as_string_view_opt());
        for (row, place) in cells.rows.iter().enumerate() {
            let Some(member) = typed.members.get(row).copied().flatten() else { continue };
            let at = (file as u32, *line + u64::from(place.line));
            if repeated.lines.contains_key(&at) || repeated.records.contains(&(at.0, member.record)) {
                let value = keys.filter(|keys| keys.is_valid(row)).map(|keys| keys.value(row).to_owned());
                let trouble = Trouble::RepeatedKey;
                typed.notes.faults.push(ValueFault { row, column, trouble, value });
            }
        }
    }

    /// Looks for keys that were there already, but in other letters.
    fn compare_forms(&mut self, file: usize, parsed: &Parsed) {
        for form in &parsed.typed.notes.forms {
            let text = || {
                let column = parsed.typed.columns.get(form.column)?.as_string_view_opt()?;
                column.is_valid(form.row).then(|| column.value(form.row).to_owned())
            };
            let Some(held) = self.forms.get_mut(form.column) else { continue };
            match held.get(&form.folded) {
                None if held.len() < FORMS_MAX => {
                    held.insert(form.folded, (form.exact, text().unwrap_or_default()));
                }
                Some((exact, first)) if *exact != form.exact => {
                    let place = parsed.cells.rows.get(form.row);
                    let line = place.map(|place| parsed.line + u64::from(place.line));
                    if self.told.len() < FORMS_MAX && self.told.insert((form.column, form.exact)) {
                        let again = text().unwrap_or_default();
                        self.book.note_collision(file, form.column, line, (first, &again));
                    }
                }
                _ => {}
            }
        }
    }

    /// The batch of the kept rows.
    fn batch(
        &mut self,
        file: usize,
        typed: Typed,
        keep: Vec<bool>,
        kept: usize,
    ) -> Result<Option<RecordBatch>, IngestError> {
        if kept == 0 {
            return Ok(None);
        }
        let columns =
            if kept == keep.len() { Ok(typed.columns) } else { filtered(typed.columns, keep, kept) };
        let batch = columns.and_then(|columns| RecordBatch::try_new(self.schema.clone(), columns));
        let batch = batch.map_err(|error| IngestError::Batch {
            name: self.plan.name.clone(),
            reason: format!("{}: {error}", self.layouts[file].input.label),
        })?;
        if batch.num_rows() != kept {
            return Err(self.imbalance(format!("{} rows kept, {} handed on", kept, batch.num_rows())));
        }
        Ok(Some(batch))
    }

    /// Takes a line that is no record.
    pub(crate) fn take_rejected(&mut self, file: usize, piece: &Piece) {
        if self.twin_of(file).is_some() {
            let balance = &mut self.files[file].rows;
            balance.rows_in += 1;
            balance.bytes_parsed += piece.length;
            balance.deduplicated.add(quarantine::unread_amount(self.plan));
            self.rows += 1;
            return;
        }
        let row = quarantine::of_piece(self.plan, &self.layouts[file], piece);
        let balance = &mut self.files[file].rows;
        balance.rows_in += 1;
        balance.bytes_quarantined += piece.length;
        self.rows += 1;
        self.keep(file, row);
    }

    /// Sets aside the records of a piece that are no rows or have a bad value; gives the latter's rows.
    fn set_aside(&mut self, file: usize, parsed: &Parsed) -> Vec<usize> {
        let mut faults: Vec<&crate::typing::ValueFault> = parsed.typed.notes.faults.iter().collect();
        faults.sort_by_key(|fault| fault.row);
        // Of several bad values in a row the first column's is told.
        faults.dedup_by_key(|fault| fault.row);
        if faults.is_empty() && parsed.cells.rejects.is_empty() {
            return Vec::new();
        }
        let layout = &self.layouts[file];
        let at = |fault: &&crate::typing::ValueFault| parsed.cells.rows[fault.row];
        let mut rows: Vec<(u64, QuarantinedRow)> =
            Vec::with_capacity(faults.len() + parsed.cells.rejects.len());
        for reject in &parsed.cells.rejects {
            rows.push((reject.place.bytes(), quarantine::of_reject(self.plan, layout, parsed, reject)));
        }
        for fault in &faults {
            self.unread.note(file, fault.column, fault.trouble);
            let mut row = quarantine::of_fault(self.plan, layout, parsed, fault);
            let again = self.repeated.lines.get(&(file as u32, row.line_first));
            if let Some(line) = again.filter(|_| fault.trouble == Trouble::RepeatedKey) {
                let heading = printable(row.column.as_deref().unwrap_or_default());
                let key = printable(fault.value.as_deref().unwrap_or_default());
                row.message = format!("`{key}` in `{heading}` is there again on line {line}, which counts");
            }
            rows.push((at(fault).bytes(), row));
        }
        rows.sort_by_key(|(_, row)| row.byte_first);
        for (bytes, row) in rows {
            self.files[file].rows.bytes_quarantined += bytes;
            self.keep(file, row);
        }
        faults.into_iter().map(|fault| fault.row).collect()
    }

    fn keep(&mut self, file: usize, mut row: QuarantinedRow) {
        self.files[file].rows.quarantined.add(row.amount);
        self.book.note_quarantined(file, &row);
        quarantine::shorten(&mut row, self.kept_bytes);
        self.kept_bytes += row.record.len() + row.record_bytes.as_ref().map_or(0, Vec::len);
        self.quarantined.push(row);
    }

    /// Closes a file's account with the number of bytes that the reader delivered.
    pub(crate) fn close_file(&mut self, file: usize, ended: Ended, decisions: &Decisions<'_>) {
        let account = &mut self.files[file];
        account.rows.bytes_in = ended.delivered;
        account.content_hash = format!("xxh3:{:032x}", ended.content);
        // Files come one after the other, so this file's rows are the last ones.
        let own = self.quarantined.iter_mut().rev().take_while(|row| row.content_hash.is_empty());
        own.for_each(|row| row.content_hash.clone_from(&account.content_hash));
        if decisions.fell_back(file) {
            account.encoding = "windows-1252".to_owned();
        }
        let is_empty = account.rows.rows_in == 0;
        let rows = account.rows.rows_in;
        self.book.close_file(file, is_empty);
        if let Some(first) = self.twin_of(file).filter(|_| rows > 0) {
            self.book.note_repeated(file, first, rows);
        }
    }

    /// Lines of members that must not stand, known when all files are read.
    pub(crate) fn verdict(&self) -> Verdict {
        self.members.verdict()
    }

    /// The members that were seen.
    pub(crate) fn take_members(&mut self) -> Members {
        std::mem::take(&mut self.members)
    }

    /// Files that went another way than the others.
    pub(crate) fn outliers(&self) -> Vec<Outlier> {
        let rows: Vec<(u64, u64)> =
            self.files.iter().map(|file| (file.rows.rows_in, file.rows.loaded.rows)).collect();
        self.unread.outliers(self.plan, self.layouts, &rows)
    }

    /// Closes the account of the source.
    ///
    /// # Errors
    /// Amounts of several currencies, too many rows set aside, an account that does not balance.
    pub(crate) fn close(self, decisions: &Decisions<'_>) -> Result<SourceRows, IngestError> {
        let mut balance = Balance::default();
        for file in &self.files {
            if !file.rows.holds() {
                return Err(self.imbalance(format!("{}: {:?}", file.label, file.rows)));
            }
            balance.merge(&file.rows);
        }
        if !balance.holds() {
            return Err(self.imbalance(format!("{balance:?}")));
        }
        self.check_currencies()?;
        self.check_threshold(&balance)?;
        let findings = self.book.close(decisions);
        let Self { schema, files, quarantined, .. } = self;
        Ok(SourceRows {
            schema,
            batches: Vec::new(),
            quarantined,
            findings,
            files,
            balance,
            superseded: Vec::new(),
            delivered: None,
            newest: None,
        })
    }

    fn imbalance(&self, account: String) -> IngestError {
        IngestError::Imbalance { name: self.plan.name.clone(), account }
    }

    /// Refuses a load early that has set aside very many rows and breaks the rule so far.
    ///
    /// # Errors
    /// [`IngestError::TooManyQuarantined`].
    pub(crate) fn check_hopeless(&self) -> Result<(), IngestError> {
        if self.quarantined.len() < HOPELESS_ROWS {
            return Ok(());
        }
        let mut balance = Balance::default();
        self.files.iter().for_each(|file| balance.merge(&file.rows));
        self.check_threshold(&balance)
    }

    fn check_currencies(&self) -> Result<(), IngestError> {
        let mixed = self.currencies.iter().zip(&self.plan.columns).find(|(seen, _)| seen.count_ones() > 1);
        let Some((seen, column)) = mixed else { return Ok(()) };
        let named = CURRENCIES.iter().enumerate().filter(|(bit, _)| seen & (1 << bit) != 0);
        Err(IngestError::CurrencyMix {
            name: self.plan.name.clone(),
            column: column.entity.name.to_owned(),
            currencies: named.map(|(_, (code, _))| *code).collect(),
        })
    }

    /// Rows set aside that speak against the file; one row of totals a file does not, nor do members that are
    /// listed twice, unless so many are that the file is no list.
    fn unexpected(&self, balance: &Balance) -> u64 {
        let totals = self.book.count(FOOTER).min(self.files.len() as u64);
        let repeated = self.book.count(Trouble::RepeatedKey.code());
        let excused = totals + if repeated * 5 <= balance.rows_in { repeated } else { 0 };
        balance.quarantined.rows.saturating_sub(excused)
    }

    /// The rule: up to 10 rows may always be set aside. Below 100,000 rows the load is refused if the share
    /// exceeds `max_quarantine_rate`; from 100,000 rows on only if the number exceeds
    /// `max_quarantine_rows` as well.
    fn check_threshold(&self, balance: &Balance) -> Result<(), IngestError> {
        let (bad, rows) = (self.unexpected(balance), balance.rows_in);
        let options = &self.plan.options;
        let over_rate = bad as f64 > options.max_quarantine_rate * rows as f64;
        let over_rows = bad > options.max_quarantine_rows;
        if bad <= TOLERATED_ROWS || !over_rate || (rows >= BIG_ROWS && !over_rows) {
            return Ok(());
        }
        let percent = options.max_quarantine_rate * 100.0;
        let rule = match rows >= BIG_ROWS {
            true => format!("at most {percent} % or {} rows may be unreadable", options.max_quarantine_rows),
            false => format!("at most {percent} % of the rows, or {TOLERATED_ROWS} rows, may be unreadable"),
        };
        let place = |row: &QuarantinedRow| format!("{}:{}", printable(&row.file), row.line_first);
        let example = |row: &QuarantinedRow| format!("{}: {}", place(row), row.message);
        Err(IngestError::TooManyQuarantined {
            name: self.plan.name.clone(),
            quarantined: bad,
            rows,
            rule,
            codes: self.book.codes(),
            examples: self.quarantined.iter().filter(|row| row.code != FOOTER).take(3).map(example).collect(),
        })
    }
}
