//! What was set aside: the records with their history, and what was decided about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use confect_domain::decimal;
use confect_ingest::InputFile;

use crate::answer::Answer;
use crate::clock;
use crate::error::ServiceError;
use crate::shop::Shop;
use crate::state::audit::{Entry, append};
use crate::state::quarantine::QuarantineState;
use crate::steward::Steward;

/// Records that are looked at; a refresh that sets aside more is refused long before.
const MAX_RECORDS: usize = 1_000_000;

/// Which records are asked for; what is `None` does not restrict.
#[derive(Clone, Debug, Default)]
pub struct QuarantineFilter {
    /// Code of the reason.
    pub code: Option<String>,
    /// Source.
    pub source: Option<String>,
    /// What was decided.
    pub state: Option<QuarantineState>,
    /// At most so many records.
    pub limit: Option<usize>,
}

/// Records with one reason in one column of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineReason {
    /// Stable code.
    pub code: String,
    /// Source.
    pub source: String,
    /// Heading of the column at fault.
    pub column: Option<String>,
    /// Number of records.
    pub rows: u64,
    /// Those that are not ignored.
    pub open: u64,
    /// The message of the first one.
    pub example: String,
    /// What to do.
    pub remedy: String,
}

impl Shop {
    /// The records that were set aside, in the order of source, file and line: the columns of the table
    /// `quarantine`, then `state`, `first_seen`, `times_seen`. Blocks.
    ///
    /// # Errors
    /// Before the first refresh.
    pub fn quarantine(&self, _steward: &Steward, filter: &QuarantineFilter) -> Result<Answer, ServiceError> {
        let publication = self.publication()?;
        let mut answer: Answer = self.warehouse.read_private(&publication, "quarantine", MAX_RECORDS)?.into();
        let seen = self.state.quarantined()?;
        let place = |name: &str| {
            answer.column(name).ok_or_else(|| ServiceError::Internal(format!("no column `{name}`")))
        };
        if answer.column("row_id").is_none() {
            // Published by an older program; the next refresh rebuilds it.
            return Ok(Answer::default());
        }
        let (id, code, source) = (place("row_id")?, place("code")?, place("source")?);
        let mut rows = Vec::new();
        for mut row in std::mem::take(&mut answer.rows) {
            let known = row.get(id).and_then(Option::as_deref).and_then(|id| seen.get(id));
            let state = known.map_or(QuarantineState::Open, |seen| seen.state);
            let is = |index: usize, wanted: &Option<String>| {
                wanted.is_none() || row.get(index).is_some_and(|value| value == wanted)
            };
            if !is(code, &filter.code) || !is(source, &filter.source) {
                continue;
            }
            if filter.state.is_some_and(|wanted| wanted != state) {
                continue;
            }
            if filter.limit.is_some_and(|limit| rows.len() >= limit) {
                answer.truncated = true;
                break;
            }
            row.push(Some(state.word().to_owned()));
            row.push(known.map(|seen| seen.first_seen.rfc3339()));
            row.push(known.map(|seen| seen.times_seen.to_string()));
            rows.push(row);
        }
        answer.rows = rows;
        answer.columns.extend(["state", "first_seen", "times_seen"].map(str::to_owned));
        answer.numeric.extend([false, false, true]);
        Ok(answer)
    }

    /// Leaves records as they are, or opens them again; returns how many there were. Blocks.
    ///
    /// # Errors
    /// The state database fails.
    pub fn decide_quarantine(
        &self,
        steward: &Steward,
        ids: &[String],
        state: QuarantineState,
    ) -> Result<usize, ServiceError> {
        let changed = self.state.set_quarantine_state(ids, state)?;
        let object = format!("quarantine: {changed} records {}", state.word());
        let entry = Entry { actor: steward.name(), action: "decide", object: &object, result: "done" };
        self.state.write(|transaction| append(transaction, clock::now(), &entry))?;
        Ok(changed)
    }

    /// Writes the records of each source as a file to mend and to put below `data/`: the heading, then
    /// the records as they stand in their files. Returns the files. Blocks.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn export_quarantine(&self, steward: &Steward, folder: &Path) -> Result<Vec<PathBuf>, ServiceError> {
        let filter = QuarantineFilter { state: Some(QuarantineState::Open), ..QuarantineFilter::default() };
        let answer = self.quarantine(steward, &filter)?;
        let place = |name: &str| answer.column(name).unwrap_or(usize::MAX);
        let (file, record) = (place("file"), place("record"));
        let mut records: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in 0..answer.rows.len() {
            if let Some((file, record)) = answer.cell(row, file).zip(answer.cell(row, record)) {
                records.entry(file).or_default().push(record);
            }
        }
        std::fs::create_dir_all(folder).map_err(|error| ServiceError::file("create", folder, error))?;
        let mut written = Vec::new();
        for (file, records) in records {
            let path = folder.join(mended_name(file));
            let mut text = self.heading_of(file)?;
            for record in records {
                text.push_str(record.trim_end_matches(['\r', '\n']));
                text.push('\n');
            }
            std::fs::write(&path, text).map_err(|error| ServiceError::file("write", &path, error))?;
            written.push(path);
        }
        Ok(written)
    }

    /// The heading line of an input file, as it stands there.
    fn heading_of(&self, label: &str) -> Result<String, ServiceError> {
        let mut found = self.project().find_inputs().map_err(ServiceError::Project)?;
        for (index, source) in self.project().sources.iter().enumerate() {
            let (name, root) = (&source.spec.name, self.root());
            if source.database.is_some() && confect_connect::label_of(name) == label {
                let path = confect_connect::extract_path(root, name);
                found.push((index, vec![InputFile { path, label: label.to_owned() }]));
            }
        }
        for (source, files) in found {
            let spec = self.project().sources.get(source).map(|source| &source.spec);
            let file = files.into_iter().find(|file| file.label == label);
            if let Some((spec, file)) = spec.zip(file) {
                let line = confect_ingest::heading_line(spec, &file)
                    .map_err(|error| ServiceError::Project(error.into()))?;
                return Ok(format!("{line}\n"));
            }
        }
        // The file is gone: its records are worth keeping all the same.
        Ok(String::new())
    }

    /// Notes which records the live publication sets aside.
    pub(crate) fn note_quarantine(&self) -> Result<(), ServiceError> {
        let publication = self.publication()?;
        let answer: Answer = self.warehouse.read_private(&publication, "quarantine", MAX_RECORDS)?.into();
        let Some(id) = answer.column("row_id") else { return Ok(()) };
        let ids = (0..answer.rows.len()).filter_map(|row| answer.cell(row, id));
        self.state.note_quarantine(ids, clock::now())
    }
}

/// `data/till/2011-12-01.csv.gz` → `till-2011-12-01.mended.csv`.
fn mended_name(label: &str) -> String {
    let inner =
        label.strip_prefix("data/").or_else(|| label.strip_prefix("state/extracts/")).unwrap_or(label);
    let stem = inner.strip_suffix(".gz").or_else(|| inner.strip_suffix(".zst")).unwrap_or(inner);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    format!("{}.mended.csv", stem.replace(['/', '\\'], "-"))
}

/// Reasons in the order of open records, most first.
pub(crate) fn reasons(answer: &Answer) -> Vec<QuarantineReason> {
    let place = |name: &str| answer.column(name).unwrap_or(usize::MAX);
    let (code, source, column) = (place("code"), place("source"), place("column"));
    let (message, remedy, state) = (place("message"), place("remedy"), place("state"));
    let mut reasons: BTreeMap<(String, String, Option<String>), QuarantineReason> = BTreeMap::new();
    for row in 0..answer.rows.len() {
        let text = |index: usize| answer.cell(row, index).unwrap_or_default().to_owned();
        let at = (text(code), text(source), answer.cell(row, column).map(str::to_owned));
        let reason = reasons.entry(at.clone()).or_insert_with(|| QuarantineReason {
            code: at.0,
            source: at.1,
            column: at.2,
            rows: 0,
            open: 0,
            example: text(message),
            remedy: text(remedy),
        });
        reason.rows += 1;
        reason.open += u64::from(answer.cell(row, state) == Some(QuarantineState::Open.word()));
    }
    let mut reasons: Vec<_> = reasons.into_values().collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse((reason.open, reason.rows)));
    reasons
}

/// Sum of exact decimals that are texts.
pub(crate) fn summed<'a>(amounts: impl Iterator<Item = &'a str>) -> String {
    let sum = amounts.filter_map(decimal::parse_scaled).sum::<i128>();
    decimal::format_scaled(sum, decimal::SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mended_files_are_csv_and_keep_their_name() {
        assert_eq!(mended_name("data/till/2011-12-01.csv.gz"), "till-2011-12-01.mended.csv");
        assert_eq!(mended_name("data/till.xlsx"), "till.mended.csv");
        assert_eq!(mended_name("data/till"), "till.mended.csv");
        assert_eq!(mended_name("state/extracts/till.csv"), "till.mended.csv");
    }
}
