//! Findings of a source: one per file, kind and column, with the first place and a count.

use std::collections::BTreeMap;

use confect_domain::{Finding, Severity};

use super::notices;
use crate::cells::Cells;
use crate::columns::Plan;
use crate::convert::is_notice;
use crate::error::listed;
use crate::layout::FileLayout;
use crate::rows::QuarantinedRow;
use crate::survey::Decisions;
use crate::typing::Notes;

const KEY_CASE: &str = "key-case";
/// So many keys in other letters are named.
const COLLISIONS_TOLD: usize = 10;

/// Collects findings in the order of files.
pub(super) struct Book<'a> {
    plan: &'a Plan,
    layouts: &'a [FileLayout],
    entries: BTreeMap<(usize, &'static str, String), Finding>,
    /// The first three values that were taken for windows-1252, by file.
    assumed: BTreeMap<usize, Vec<String>>,
    codes: BTreeMap<&'static str, u64>,
    /// Keys that were there in other letters, by column of the entity.
    collisions: BTreeMap<usize, Vec<String>>,
}

impl<'a> Book<'a> {
    pub(super) fn new(plan: &'a Plan, layouts: &'a [FileLayout]) -> Self {
        Self {
            plan,
            layouts,
            entries: BTreeMap::new(),
            assumed: BTreeMap::new(),
            codes: BTreeMap::new(),
            collisions: BTreeMap::new(),
        }
    }

    /// Number of rows set aside for one reason.
    pub(super) fn count(&self, code: &str) -> u64 {
        self.codes.get(code).copied().unwrap_or(0)
    }

    /// Number of rows set aside by code, most frequent first.
    pub(super) fn codes(&self) -> Vec<(&'static str, u64)> {
        let mut codes: Vec<(&'static str, u64)> =
            self.codes.iter().map(|(code, rows)| (*code, *rows)).collect();
        codes.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        codes
    }

    /// Notes what was assumed in a piece whose first line is `line`.
    pub(super) fn note_piece(&mut self, file: usize, line: u64, cells: &Cells, notes: &Notes) {
        let line_of = |row: usize| cells.rows.get(row).map(|place| line + u64::from(place.line));
        for notice in &notes.notices {
            let finding = notices::finding(self.plan, &self.layouts[file], notice, line_of(notice.row));
            self.add(file, finding);
        }
        if cells.comments > 0 {
            self.add(file, notices::comments(self.plan, &self.layouts[file], cells.comments));
        }
        if cells.assumed_rows > 0 {
            self.note_assumed(file, cells, line_of);
        }
    }

    fn note_assumed(&mut self, file: usize, cells: &Cells, line_of: impl Fn(usize) -> Option<u64>) {
        let examples = self.assumed.entry(file).or_default();
        let room = 3_usize.saturating_sub(examples.len());
        examples.extend(cells.assumed.iter().take(room).map(|(_, value)| value.clone()));
        let first = cells.assumed.first();
        let finding = Finding {
            code: "encoding-assumed",
            severity: Severity::Warning,
            source: self.plan.name.clone(),
            file: Some(self.layouts[file].input.label.clone()),
            line: first.and_then(|(row, _)| line_of(*row)),
            column: None,
            value: first.map(|(_, value)| value.clone()),
            message: "the file is not UTF-8 and was read as windows-1252".to_owned(),
            remedy: format!("put `encoding = \"windows-1252\"` into `sources/{}.toml`", self.plan.name),
            rows: cells.assumed_rows,
        };
        self.add(file, finding);
    }

    /// Notes a row that was set aside.
    pub(super) fn note_quarantined(&mut self, file: usize, row: &QuarantinedRow) {
        *self.codes.entry(row.code).or_default() += 1;
        let key = (file, row.code, row.column.clone().unwrap_or_default());
        if let Some(held) = self.entries.get_mut(&key) {
            held.rows += 1;
            return;
        }
        let personal = &self.layouts[file].personal;
        let is_personal = row.column_index.is_some_and(|index| personal.contains(&(index as usize)));
        let finding = Finding {
            code: row.code,
            severity: Severity::Quarantine,
            source: self.plan.name.clone(),
            file: Some(row.file.clone()),
            line: Some(row.line_first),
            column: row.column.clone(),
            value: if is_personal { None } else { row.value.clone() },
            message: row.message.clone(),
            remedy: row.remedy.clone(),
            rows: 1,
        };
        self.entries.insert(key, finding);
    }

    /// Notes that a file is another one once more.
    pub(super) fn note_repeated(&mut self, file: usize, first: usize, rows: u64) {
        let (again, first) = (&self.layouts[file], &self.layouts[first]);
        self.add(file, notices::repeated(self.plan, again, first, rows));
    }

    /// Notes a key that was there in other letters.
    pub(super) fn note_collision(
        &mut self,
        file: usize,
        column: usize,
        line: Option<u64>,
        keys: (&str, &str),
    ) {
        let examples = self.collisions.entry(column).or_default();
        if examples.len() < COLLISIONS_TOLD {
            examples.push(keys.1.to_owned());
        }
        // One finding for the source, at the place where it shows first.
        let known = self.entries.iter_mut().find(|(key, _)| key.1 == KEY_CASE && key.2 == column.to_string());
        match known {
            Some((_, held)) => held.rows += 1,
            None => {
                let finding = notices::collision(self.plan, &self.layouts[file], column, line, keys);
                self.entries.insert((file, KEY_CASE, column.to_string()), finding);
            }
        }
    }

    /// Notes that a file has no rows.
    pub(super) fn close_file(&mut self, file: usize, is_empty: bool) {
        if !is_empty {
            return;
        }
        let finding = Finding {
            code: "no-rows",
            severity: Severity::Warning,
            source: self.plan.name.clone(),
            file: Some(self.layouts[file].input.label.clone()),
            line: None,
            column: None,
            value: None,
            message: "the file has headings but no rows".to_owned(),
            remedy: "check whether the export is complete".to_owned(),
            rows: 0,
        };
        self.add(file, finding);
    }

    fn add(&mut self, file: usize, finding: Finding) {
        let key = (file, finding.code, finding.column.clone().unwrap_or_default());
        match self.entries.get_mut(&key) {
            Some(held) => held.rows += finding.rows,
            None => {
                self.entries.insert(key, finding);
            }
        }
    }

    /// All findings: those of the source, then file by file.
    pub(super) fn close(&self, decisions: &Decisions<'_>) -> Vec<Finding> {
        let mut findings = decisions.findings();
        findings.extend(self.extras());
        let mut told: Vec<(&str, Option<&String>)> = Vec::new();
        for (file, layout) in self.layouts.iter().enumerate() {
            for finding in &layout.findings {
                // What holds for all files of a source is said once.
                let key = (finding.code, finding.column.as_ref());
                let is_of_file = finding.code == "header-below-title" || is_notice(finding.code);
                if is_of_file || !told.contains(&key) {
                    told.push(key);
                    findings.push(finding.clone());
                }
            }
            let from = (file, "", String::new());
            let own = self.entries.range(from..).take_while(|(key, _)| key.0 == file);
            findings.extend(own.map(|(key, finding)| self.with_examples(key, finding)));
        }
        findings
    }

    fn with_examples(&self, key: &(usize, &'static str, String), finding: &Finding) -> Finding {
        let mut finding = finding.clone();
        if let Some(examples) = self.assumed.get(&key.0).filter(|_| finding.code == "encoding-assumed") {
            finding.message = format!("{}: {}", finding.message, listed(examples));
        }
        let collisions = key.2.parse().ok().and_then(|column: usize| self.collisions.get(&column));
        if let Some(examples) = collisions.filter(|_| key.1 == KEY_CASE) {
            finding.message = format!("{}: {}", finding.message, listed(examples));
        }
        finding
    }

    /// One note that lists the columns that no mapping names.
    fn extras(&self) -> Option<Finding> {
        let mut names: Vec<String> = Vec::new();
        for layout in self.layouts {
            for (name, index) in &layout.extras {
                let shown = match layout.header.get(*index) {
                    Some(heading) if !heading.is_empty() => heading.clone(),
                    _ => name.clone(),
                };
                if !names.contains(&shown) {
                    names.push(shown);
                }
            }
        }
        (!names.is_empty()).then(|| Finding {
            code: "columns-unmapped",
            severity: Severity::Note,
            source: self.plan.name.clone(),
            file: None,
            line: None,
            column: None,
            value: None,
            message: format!("columns that no mapping names were kept as text: {}", listed(&names)),
            remedy: format!("map them in `sources/{}.toml` if they mean something", self.plan.name),
            rows: 0,
        })
    }
}
