//! Which files below `data/` belong to which source.
//!
//! Hidden files and folders are passed over, folders behind symbolic links are not entered. What a file
//! holds is ingest's business; a pipe or device that matches is handed on for ingest to refuse.

use std::fs;
use std::path::{Path, PathBuf};

use confect_domain::problem::printable;
use confect_domain::{Problem, ProblemKind};
use confect_ingest::InputFile;
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

/// The files of `data/`, each with the index of its source, sorted by label.
pub(crate) fn assigned(
    root: &Path,
    sources: &[ProjectSource],
) -> Result<Vec<(Option<usize>, InputFile)>, Problem> {
    let mut paths = Vec::new();
    walk(&root.join(DATA_FOLDER), "", 0, &mut paths)?;
    paths.sort();
    let patterns: Vec<Vec<Pattern>> = sources
        .iter()
        .map(|source| source.patterns.iter().filter_map(|text| Pattern::new(text).ok()).collect())
        .collect();
    let source_of = |name: &str| {
        patterns
            .iter()
            .position(|patterns| patterns.iter().any(|pattern| pattern.matches_with(name, MATCHING)))
    };
    Ok(paths
        .into_iter()
        .map(|(name, path)| (source_of(&name), InputFile { path, label: format!("{DATA_FOLDER}/{name}") }))
        .collect())
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
        let name = entry.file_name().to_string_lossy().into_owned();
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
