//! Which files below `data/` belong to which source.
//!
//! Hidden files and folders are passed over, folders behind symbolic links are not entered. What a file
//! holds is ingest's business; a pipe or device that matches is handed on for ingest to refuse.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use confect_domain::problem::printable;
use confect_domain::{Date, Problem, ProblemKind};
use confect_ingest::{Derived, InputFile, SourceSpec};
use glob::{MatchOptions, Pattern};

use crate::sources::ProjectSource;

/// The folder below the project that exports are dropped into.
pub(crate) const DATA_FOLDER: &str = "data";
/// How deep folders below it are searched.
const MAX_DEPTH: usize = 32;

const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: false,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// The files of `data/`, each with the indices of its sources, sorted by label.
///
/// A file goes to the first source that matches it, and to every later one that shares files.
pub(crate) fn assigned(
    root: &Path,
    sources: &[ProjectSource],
) -> Result<Vec<(Vec<usize>, InputFile)>, Problem> {
    let mut paths = Vec::new();
    walk(&root.join(DATA_FOLDER), "", 0, &mut paths)?;
    paths.sort();
    let patterns: Vec<Vec<Pattern>> = sources
        .iter()
        .map(|source| source.patterns.iter().filter_map(|text| Pattern::new(text).ok()).collect())
        .collect();
    let sources_of = |name: &str| {
        let matches =
            |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches_with(name, MATCHING));
        let mut found: Vec<usize> = Vec::new();
        for (index, (source, patterns)) in sources.iter().zip(&patterns).enumerate() {
            if (found.is_empty() || source.shares_files) && matches(patterns) {
                found.push(index);
            }
        }
        found
    };
    Ok(paths
        .into_iter()
        .map(|(name, path)| (sources_of(&name), InputFile { path, label: format!("{DATA_FOLDER}/{name}") }))
        .collect())
}

/// The source's definition with the files that its lookups name, taken from those of `data/`.
pub(crate) fn with_lookups(source: &ProjectSource, files: &[(Vec<usize>, InputFile)]) -> SourceSpec {
    let mut spec = source.spec.clone();
    for mapping in &mut spec.columns {
        let Some(Derived::Lookup(lookup)) = &mut mapping.derived else { continue };
        for step in &mut lookup.steps {
            let Ok(pattern) = Pattern::new(&step.pattern) else { continue };
            let below =
                |file: &InputFile| file.label.get(DATA_FOLDER.len() + 1..).unwrap_or_default().to_owned();
            let found = files.iter().map(|(_, file)| file);
            step.files = found.filter(|file| pattern.matches_with(&below(file), MATCHING)).cloned().collect();
        }
    }
    spec
}

/// Lists that were delivered on several days say each day what holds then: the same line once more is no
/// double export, or a change that was taken back would be lost.
pub(crate) fn keep_states(spec: &mut SourceSpec, files: &[InputFile]) {
    let days: BTreeSet<Date> = files.iter().filter_map(|file| Date::in_name(&file.label)).collect();
    if spec.entity.is_state() && days.len() > 1 {
        spec.options.deduplicate = false;
    }
}

/// Adds every file below `folder`, named from `prefix` with `/`.
fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    paths: &mut Vec<(String, PathBuf)>,
) -> Result<(), Problem> {
    let shown = if prefix.is_empty() { DATA_FOLDER.to_owned() } else { format!("{DATA_FOLDER}/{prefix}") };
    let failed = |error: std::io::Error| {
        Problem::new(
            ProblemKind::Source,
            "folder-unreadable",
            format!("`{}` cannot be read", printable(&shown)),
        )
        .with_detail(error.to_string())
        .with_hint("make the folder and drop the shop's exports into it")
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = confect_ingest::label_of(Path::new(&entry.file_name()));
        if name.starts_with('.') {
            continue;
        }
        let label = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if entry.file_type().map_err(failed)?.is_dir() {
            if depth < MAX_DEPTH {
                walk(&entry.path(), &label, depth + 1, paths)?;
            }
        } else if !entry.path().is_dir() {
            paths.push((label, entry.path()));
        }
    }
    Ok(())
}
