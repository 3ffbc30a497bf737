//! Builds everything in parts where the files are too many for memory: the first files of lines, then the next
//! ones added to them, and so on; the tables that nothing grows from are made once, with the last part.
//!
//! Adding leaves what one build of all files makes (`increment`), and needs memory for what it adds. Nothing of
//! the parts before the last is committed or published; what they wrote is named by its content and taken over.
//! Where a part cannot be added (an invoice that goes on in another file), all is built in one go.

use std::collections::BTreeSet;

use confect_domain::{Entity, Model};
use confect_ingest::{InputFile, SourceSpec};

use super::growth::{Growing, source_table};
use super::schedule::Waiting;
use super::{Build, RefreshPlan, Run, Stage, Steps, identity, increment, inputs};
use crate::error::WarehouseError;
use crate::publish::PublishedSource;

/// Bytes of lines that are built in one go.
const LEAST_BYTES: u64 = 128 << 20;
/// Parts at most: each reads the lists of customers and articles again.
const MOST_PARTS: u64 = 16;
/// How much larger a compressed file's text is, about.
const COMPRESSION: u64 = 8;

/// Files of all sources, those of lines up to some place.
type Files = Vec<(SourceSpec, Vec<InputFile>)>;

/// The files of each part together with those before it; one part if they are few enough.
pub(super) fn cut(plan: &RefreshPlan, growing: &Growing) -> Vec<Files> {
    let grows = |spec: &SourceSpec| growing.entities.contains(&spec.entity);
    let lines = plan.sources.iter().filter(|(spec, _)| grows(spec));
    let total: u64 = lines.clone().flat_map(|(_, files)| files).map(text_bytes).sum();
    let least = plan.part_bytes.unwrap_or(LEAST_BYTES).max(1);
    let most_files = lines.map(|(_, files)| files.len() as u64).max().unwrap_or(1);
    let parts = total.div_ceil(least).min(MOST_PARTS).min(most_files).max(1);
    let until = |part: u64| {
        let files = |(spec, files): &(SourceSpec, Vec<InputFile>)| {
            let own = if grows(spec) { first_share(files, part, parts) } else { files.len() };
            (spec.clone(), files.iter().take(own).cloned().collect())
        };
        plan.sources.iter().map(files).collect()
    };
    (1..=parts).map(until).collect()
}

/// How many files hold the first `part` of `parts` of the bytes.
fn first_share(files: &[InputFile], part: u64, parts: u64) -> usize {
    if part == parts {
        return files.len();
    }
    let total: u64 = files.iter().map(text_bytes).sum();
    let mut bytes = 0;
    let within = files.iter().take_while(|file| {
        bytes += text_bytes(file);
        u128::from(bytes) * u128::from(parts) <= u128::from(total) * u128::from(part)
    });
    within.count()
}

/// Bytes of the file, about as many as it has unpacked; 0 if it cannot be looked at (reading tells).
fn text_bytes(file: &InputFile) -> u64 {
    let bytes = std::fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
    let packed = ["gz", "zst", "xlsx", "parquet"];
    let is_packed = file.path.extension().is_some_and(|end| packed.iter().any(|packed| end == *packed));
    if is_packed { bytes.saturating_mul(COMPRESSION) } else { bytes }
}

/// The models without which nothing grows: growing ones, what they read, and what they refer to.
fn needed(models: &[Waiting<'_>], growing: &Growing) -> Vec<Model> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for next in models.iter().rev() {
        let name = next.model.contract.name.as_str();
        // Who is whom is told once, and taken over by the parts to come.
        if growing.grows(name) || names.contains(name) || name == identity::STORED {
            names.insert(name);
            names.extend(next.needs.iter().map(String::as_str));
        }
    }
    let needed = models.iter().filter(|next| names.contains(next.model.contract.name.as_str()));
    needed.map(|next| next.model.clone()).collect()
}

impl Run<'_> {
    /// Builds the parts, one after the other.
    ///
    /// # Errors
    /// [`WarehouseError::MustRebuild`] if it cannot be done in parts.
    pub(super) fn build_in_parts(
        &self,
        runtime: &tokio::runtime::Runtime,
        sources: Option<&[PublishedSource]>,
        growing: &Growing,
        parts: Vec<Files>,
        steps: &mut Steps<'_>,
    ) -> Result<Build, WarehouseError> {
        let hashed = match sources {
            Some(sources) => sources.to_vec(),
            None => inputs::hash_files(&self.plan.sources, &[])?,
        };
        let order = super::schedule::in_order(&self.plan.models)?;
        let models = needed(&order, growing);
        let tables: BTreeSet<&String> =
            order.iter().filter(|next| models.contains(next.model)).flat_map(|next| &next.reads).collect();
        let is_read = |entity: Entity| tables.contains(&source_table(entity));
        let (last, mut before) = (parts.len(), None);
        for (number, mut files) in (1..).zip(parts) {
            let stage = if number == last { Stage::Last } else { Stage::Part };
            let mut plan = RefreshPlan { sources: Vec::new(), ..self.plan.clone() };
            if stage == Stage::Part {
                // Stock and ledger wait for the tables that are made of them.
                files.retain(|(spec, _)| is_read(spec.entity));
                plan.models.clone_from(&models);
            }
            plan.sources = files;
            let known = self.hashes_of(&plan, &hashed);
            let begin = |build: &Build| {
                let base = build.publication(self.next, self.now, &plan);
                let order = super::schedule::in_order(&plan.models).map_err(|error| error.to_string())?;
                increment::begin(self.folder, &plan, &base, &known, &order, growing)
            };
            let start = before.as_ref().map(begin).transpose().map_err(WarehouseError::MustRebuild)?;
            let mut build = self.make(runtime, &plan, Some(known.clone()), growing, start, stage, steps)?;
            build.take_over(before);
            before = Some(build);
        }
        let mut build = before.ok_or_else(|| WarehouseError::Internal("there was no part".to_owned()))?;
        build.memory.increments = 0;
        Ok(build)
    }

    /// The hashes of the files of a part, and of what they look things up in.
    fn hashes_of(&self, part: &RefreshPlan, hashed: &[PublishedSource]) -> Vec<PublishedSource> {
        let files = |plan: &RefreshPlan| -> BTreeSet<(String, String)> {
            let of = |(spec, files): &(SourceSpec, Vec<InputFile>)| {
                files.iter().map(|file| (spec.name.clone(), file.label.clone())).collect::<Vec<_>>()
            };
            plan.sources.iter().flat_map(of).collect()
        };
        let (own, all) = (files(part), files(self.plan));
        let wanted = |source: &&PublishedSource| {
            let file = (source.source.clone(), source.file.clone());
            let of_part = part.sources.iter().any(|(spec, _)| spec.name == file.0);
            own.contains(&file) || (of_part && !all.contains(&file))
        };
        hashed.iter().filter(wanted).cloned().collect()
    }
}

impl Build {
    /// Adds what only the parts before know: findings, and how their files were read.
    fn take_over(&mut self, before: Option<Self>) {
        let Some(before) = before else { return };
        let own = std::mem::take(&mut self.findings);
        self.findings = before.findings;
        for finding in own {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        for read in before.files {
            let same = |file: &&mut super::FileRecord| file.source == read.source && file.label == read.label;
            if let Some(file) = self.files.iter_mut().find(same) {
                *file = read;
            }
        }
        for read in before.source_records {
            if let Some(record) = self.source_records.iter_mut().find(|record| record.name == read.name) {
                record.newest = record.newest.max(read.newest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::schedule::{in_order, tests::model};
    use confect_domain::Growth;

    #[test]
    fn a_part_builds_what_grows_and_what_that_needs() {
        let growing = |name: &str, sql: &str, growth| Model { growth, ..model(name, sql) };
        let models = [
            growing("lines", "select * from source_sale_lines join prices using (a)", Growth::Rows),
            growing("texts", "select * from lines", Growth::Partials),
            model("prices", "select * from source_products"),
            model("article", "select * from texts"),
            growing("fact", "select * from lines join article using (a)", Growth::Rows),
            model("mart", "select * from fact"),
            model("ledger", "select * from source_ledger_entries"),
        ];
        let order = in_order(&models).expect("an order");
        let growing = Growing::of(&order);
        let mut names: Vec<String> =
            needed(&order, &growing).into_iter().map(|model| model.contract.name).collect();
        names.sort();
        assert_eq!(names, ["article", "fact", "lines", "prices", "texts"]);
    }

    #[test]
    fn shares_end_at_files_and_the_last_has_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, bytes: usize| {
            let path = folder.path().join(name);
            std::fs::write(&path, vec![b'x'; bytes]).expect("a file");
            InputFile { path, label: name.to_owned() }
        };
        let files = [file("a.csv", 40), file("b.csv", 40), file("c.csv", 40)];
        assert_eq!([1, 2, 3].map(|part| first_share(&files, part, 3)), [1, 2, 3]);
        assert_eq!([1, 2].map(|part| first_share(&files, part, 2)), [1, 3]);
        assert_eq!(text_bytes(&file("d.csv.gz", 5)), 40);
        assert_eq!(text_bytes(&InputFile { path: folder.path().join("none"), label: String::new() }), 0);
    }
}
