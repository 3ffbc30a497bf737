//! Whether a refresh may add what is new to what is there, and what is new.
//!
//! It may if the definitions are the same and every old file of the growing entities is there
//! unchanged. Whatever would make a row that is there already another one (further lines of an old
//! invoice, customers that were joined, a changed cost of an article that was sold before) is found
//! before anything is published; the refresh then builds everything, and says why.
//! The contents are those of one build of all files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use confect_domain::Entity;
use confect_ingest::{Derived, InputFile, SourceSpec};

use super::base::Base;
use super::growth::{Growing, source_table};
use super::keep::{Changes, Keep, changed_entities};
use super::known::Known;
use super::schedule::Waiting;
use super::{RefreshPlan, definitions, identity};
use crate::publish::{Publication, PublishedSource};

/// After so many additions the tables are built anew, because each leaves a small file.
const MOST_INCREMENTS: u32 = 400;

/// What to read, and what it is added to.
pub(super) struct Start {
    pub(super) base: Base,
    /// Of sources of growing entities the new files, of others all.
    pub(super) sources: Vec<(SourceSpec, Vec<InputFile>)>,
    /// Sources of which no old file is read: those of growing entities, and those of `unread` ones.
    pub(super) grown: Vec<String>,
    /// Entities of which no file is read at all.
    pub(super) unread: BTreeSet<Entity>,
    /// Loaded lines by source.
    pub(super) rows: BTreeMap<String, Known>,
    /// What groups lines, by entity.
    pub(super) groups: BTreeMap<Entity, Known>,
    /// Sources whose new files stand before old ones: a repeated line there would rather be the first.
    pub(super) late: BTreeSet<String>,
    pub(super) new_files: u32,
}

/// Looks at what is new; in one sentence why it cannot be added.
pub(super) fn begin(
    folder: &Path,
    plan: &RefreshPlan,
    latest: &Publication,
    sources: &[PublishedSource],
    order: &[Waiting<'_>],
    growing: &Growing,
) -> Result<Start, String> {
    if latest.memory.definitions != definitions(plan) {
        return Err("the definitions are others, or those of another version of this program".to_owned());
    }
    if growing.entities.is_empty() {
        return Err("the models read all lines".to_owned());
    }
    if latest.memory.increments >= MOST_INCREMENTS {
        return Err(format!("{MOST_INCREMENTS} refreshes have added to these tables"));
    }
    for table in growing.stored.iter().filter(|table| latest.table(table).is_none()) {
        return Err(format!("`{table}` was not stored"));
    }
    let mut start = Start {
        base: Base::new(folder, latest.clone()),
        sources: Vec::new(),
        grown: Vec::new(),
        unread: unread(plan, latest, sources, order, growing),
        rows: BTreeMap::new(),
        groups: BTreeMap::new(),
        late: BTreeSet::new(),
        new_files: 0,
    };
    for (spec, files) in &plan.sources {
        if growing.entities.contains(&spec.entity) {
            start.add_growing(spec, files, latest, sources)?;
        } else if start.unread.contains(&spec.entity) {
            start.grown.push(spec.name.clone());
        } else {
            start.sources.push((spec.clone(), files.clone()));
        }
    }
    for source in &latest.sources {
        let named = |(spec, _): &(SourceSpec, Vec<InputFile>)| spec.name == source.source;
        if !plan.sources.iter().any(named) {
            return Err(format!("source `{}` is gone", source.source));
        }
    }
    let known = &latest.memory.known;
    for entity in &growing.entities {
        let groups = Known::open(folder, known, &groups_of(*entity));
        start.groups.insert(*entity, groups.ok_or("a file of remembered lines is missing")?);
    }
    Ok(start)
}

/// Lists as long as the shop is large, which nothing but models and the telling of persons reads.
const LONG: [Entity; 2] = [Entity::Customers, Entity::LoyaltyEvents];

/// Long lists whose files are the same, and whose rows nothing that will be built reads.
fn unread(
    plan: &RefreshPlan,
    latest: &Publication,
    sources: &[PublishedSource],
    order: &[Waiting<'_>],
    growing: &Growing,
) -> BTreeSet<Entity> {
    // As if as much had changed as may have: then what is not built is not built in any case.
    let entities = changed_entities(plan, sources, &latest.sources);
    let changes = Changes { entities, calendar: true, months: true };
    let is_there = |name: &str| latest.table(name).is_some() || latest.memory.empty.contains(name);
    let keep = Keep::of(order, growing, is_there, &changes);
    let is_needed = |entity: Entity| {
        let persons = entity == Entity::Customers
            && (keep.read.contains(identity::TABLE) || latest.table(identity::STORED).is_none());
        persons || keep.read.contains(&source_table(entity))
    };
    // What was replaced, and who is gone, is told anew from all rows.
    let is_plain = latest.table("superseded_rows").is_none_or(|table| table.rows == 0);
    let is_snapshot =
        |entity: Entity| plan.sources.iter().any(|(spec, _)| spec.entity == entity && spec.options.snapshot);
    let has_files =
        |entity: Entity| plan.sources.iter().any(|(spec, files)| spec.entity == entity && !files.is_empty());
    LONG.into_iter()
        .filter(|entity| has_files(*entity) && !changes.entities.contains(entity))
        .filter(|entity| is_plain && !is_snapshot(*entity) && !is_needed(*entity))
        .collect()
}

pub(super) fn groups_of(entity: Entity) -> String {
    format!("groups:{}", entity.name())
}

pub(super) fn rows_of(source: &str) -> String {
    format!("rows:{source}")
}

impl Start {
    fn add_growing(
        &mut self,
        spec: &SourceSpec,
        files: &[InputFile],
        latest: &Publication,
        sources: &[PublishedSource],
    ) -> Result<(), String> {
        if spec.options.first_per_key || spec.columns.iter().any(depends_on_all_files) {
            return Err(format!("source `{}` reads its files together", spec.name));
        }
        let of = |all: &[PublishedSource]| -> BTreeMap<String, String> {
            let own = all.iter().filter(|source| source.source == spec.name);
            own.map(|source| (source.file.clone(), source.blake3.clone())).collect()
        };
        let (old, mut now) = (of(&latest.sources), of(sources));
        for (file, hash) in &old {
            match now.remove(file) {
                Some(same) if same == *hash => {}
                Some(_) => return Err(format!("`{file}` has changed")),
                None => return Err(format!("`{file}` is gone")),
            }
        }
        let is_new = |file: &&InputFile| now.contains_key(&file.label);
        let new: Vec<InputFile> = files.iter().filter(is_new).cloned().collect();
        if new.len() != now.len() {
            return Err(format!("a file that source `{}` looks things up in is new", spec.name));
        }
        if let Some(twin) = now.iter().find(|(_, hash)| old.values().any(|known| known == *hash)) {
            return Err(format!("`{}` is a copy of an old file", twin.0));
        }
        if let (Some(last), Some(first)) = (old.keys().next_back(), now.keys().next()) {
            if first < last {
                self.late.insert(spec.name.clone());
            }
        }
        if spec.options.deduplicate && !(old.is_empty() && new.is_empty()) {
            let known = &latest.memory.known;
            let remembered = old.is_empty() || known.iter().any(|file| file.subject == rows_of(&spec.name));
            let rows = Known::open(self.base.folder(), known, &rows_of(&spec.name)).filter(|_| remembered);
            self.rows.insert(spec.name.clone(), rows.ok_or("the old lines are too many to be remembered")?);
        }
        self.new_files += u32::try_from(new.len()).unwrap_or(u32::MAX);
        self.grown.push(spec.name.clone());
        self.sources.push((spec.clone(), new));
        Ok(())
    }
}

/// Whether a value of a row depends on how many files there are, or on other files.
fn depends_on_all_files(column: &confect_ingest::ColumnMapping) -> bool {
    matches!(column.derived, Some(Derived::RowNumber(_)))
}
