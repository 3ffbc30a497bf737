//! Files → proposal → written project → loaded project → rows, and questions about these.

#![allow(unreachable_pub)]

pub mod lookalikes;

use std::collections::BTreeSet;
use std::path::PathBuf;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Decimal128Type;
use arrow::util::display::array_value_to_string;
use confect_ingest::{InputFile, NoProgress, SourceRows, SourceSpec, profile_file, read_source};
use confect_project::propose::{Proposal, ProposedColumn, from_profiles, write_project};
use confect_project::{Packs, Project};

pub type File = (String, Vec<u8>);

/// A proposal and what it reads.
pub struct Tried {
    pub proposal: Proposal,
    pub rows: Vec<(SourceSpec, SourceRows)>,
    pub unread: Vec<String>,
}

/// The shared files of these names, if they are there.
pub fn shared(folder: &str, names: &[&str]) -> Option<Vec<File>> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let root = std::env::var_os("CONFECT_SHARED").map_or(beside, PathBuf::from).join("data").join(folder);
    let read = |name: &&str| Some(((*name).to_owned(), std::fs::read(root.join(name)).ok()?));
    let files: Option<Vec<File>> = names.iter().map(read).collect();
    if files.is_none() {
        println!("skipped: no {} beside the repository", root.display());
    }
    files
}

pub fn tried(files: &[File]) -> Tried {
    let folder = tempfile::tempdir().expect("a folder");
    let (exports, root) = (folder.path().join("exports"), folder.path().join("shop"));
    std::fs::create_dir_all(&exports).expect("a folder");
    let mut profiles = Vec::new();
    for (name, bytes) in files {
        let path = exports.join(name);
        std::fs::write(&path, bytes).expect("written");
        profiles.push(profile_file(&InputFile { path, label: name.clone() }).expect("a profile"));
    }
    let proposal = from_profiles(&profiles, "Test shop");
    write_project(&root, &proposal).expect("a project");
    for index in proposal.needed_files() {
        let name = root.join("data").join(&proposal.names[index]);
        std::fs::copy(&profiles[index].input.path, name).expect("copied");
    }
    let project = Project::load_with(&root, &Packs::embedded()).unwrap_or_else(|problems| {
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}\n{}", told.join("\n"), proposal.sources_toml())
    });
    let specs = project.specs_with_files().expect("files");
    let rows = specs
        .into_iter()
        .map(|(spec, files)| {
            let rows = read_source(&spec, &files, &NoProgress)
                .unwrap_or_else(|error| panic!("{}: {}", spec.name, confect_domain::Problem::from(error)));
            (spec, rows)
        })
        .collect();
    Tried {
        proposal,
        rows,
        unread: project.unread_files().into_iter().filter(|name| name != "data/.gitkeep").collect(),
    }
}

impl Tried {
    pub fn source(&self, name: &str) -> &(SourceSpec, SourceRows) {
        let known: Vec<&str> = self.rows.iter().map(|(spec, _)| spec.name.as_str()).collect();
        self.rows
            .iter()
            .find(|(spec, _)| spec.name == name)
            .unwrap_or_else(|| panic!("no {name} in {known:?}"))
    }

    pub fn column(&self, source: &str, column: &str) -> &ProposedColumn {
        let source = self.proposal.sources.iter().find(|held| held.name == source).expect(source);
        source.columns.iter().find(|held| held.column == column).expect(column)
    }

    pub fn loaded(&self, source: &str) -> u64 {
        self.source(source).1.balance.loaded.rows
    }

    pub fn amount(&self, source: &str) -> String {
        self.source(source).1.balance.loaded.amount_text()
    }

    pub fn nulls(&self, source: &str, column: &str) -> usize {
        let batches = &self.source(source).1.batches;
        batches.iter().filter_map(|batch| Some(batch.column_by_name(column)?.null_count())).sum()
    }

    /// The sum of a column of decimals, in ten-thousandths.
    pub fn sum(&self, source: &str, column: &str) -> i128 {
        let batches = self.source(source).1.batches.iter();
        let columns = batches.filter_map(|batch| batch.column_by_name(column));
        columns
            .flat_map(|array| array.as_primitive::<Decimal128Type>().iter().flatten().collect::<Vec<_>>())
            .sum()
    }

    pub fn texts(&self, source: &str, column: &str) -> Vec<String> {
        let batches = self.source(source).1.batches.iter();
        let columns = batches.filter_map(|batch| batch.column_by_name(column));
        columns
            .flat_map(|array| {
                let text = |row: usize| array_value_to_string(array, row).expect("a text");
                (0..array.len()).map(text).collect::<Vec<_>>()
            })
            .collect()
    }

    pub fn days(&self, source: &str, column: &str) -> Vec<String> {
        self.texts(source, column).iter().map(|text| text.chars().take(10).collect()).collect()
    }

    pub fn distinct(&self, source: &str, column: &str) -> u64 {
        let texts: BTreeSet<String> =
            self.texts(source, column).into_iter().filter(|text| !text.is_empty()).collect();
        texts.len() as u64
    }
}
