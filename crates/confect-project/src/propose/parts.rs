//! Names: of files below `data/`, of sources, of the shop's own source file.

use std::collections::BTreeSet;

use confect_ingest::FileProfile;

use super::ProposedSource;

/// The name of each file below `data/`: its own, with its folder's before it where two are called the same.
pub(super) fn data_names(profiles: &[FileProfile]) -> Vec<String> {
    let parts = |profile: &FileProfile| -> Vec<String> {
        let path = profile.input.path.components().filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        });
        path.collect()
    };
    let own: Vec<Vec<String>> = profiles.iter().map(parts).collect();
    let last = |parts: &[String], count: usize| {
        parts.get(parts.len().saturating_sub(count)..).unwrap_or_default().join("/")
    };
    own.iter()
        .map(|parts| {
            let alike = own.iter().filter(|other| other.last() == parts.last()).count();
            last(parts, if alike > 1 { 2 } else { 1 })
        })
        .collect()
}

/// A file's name without folders and the endings of tables and of compression.
pub(super) fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    let mut stem = file;
    for ending in [".gz", ".zst", ".csv", ".txt", ".tsv"] {
        let cut = stem.len().saturating_sub(ending.len());
        if cut > 0 && stem.get(cut..).is_some_and(|end| end.eq_ignore_ascii_case(ending)) {
            stem = stem.get(..cut).unwrap_or(stem);
        }
    }
    stem
}

/// Small letters, digits and `_`, as sources are called.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() { "shop".to_owned() } else { slug.to_owned() }
}

/// Gives sources of the same name a number.
pub(super) fn name_uniquely(sources: &mut [ProposedSource]) {
    let mut taken = BTreeSet::new();
    for source in sources {
        let base = source.name.clone();
        let mut number = 2;
        while !taken.insert(source.name.clone()) {
            source.name = format!("{base}_{number}");
            number += 1;
        }
    }
}

/// `1,234`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
