//! The table of crates in ARCHITECTURE.md against the edges that the manifests draw.
//!
//! Rows look like `` | `confect-metrics` | what it is | domain | … | ``. The third cell names our crates that
//! it may use: short names, `–` for none, `all above` for every row before. A row may name several crates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every difference, one line each.
pub(super) fn check(root: &Path) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(root.join("ARCHITECTURE.md")) else {
        return vec!["ARCHITECTURE.md: it is not there".to_owned()];
    };
    compare(&allowed(&text), &edges(root))
}

fn compare(
    allowed: &BTreeMap<String, BTreeSet<String>>,
    real: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    let mut problems = Vec::new();
    if allowed.is_empty() {
        problems.push("ARCHITECTURE.md: no table of crates with a column `may use` was found".to_owned());
        return problems;
    }
    for name in allowed.keys().filter(|name| !real.contains_key(*name)) {
        problems.push(format!("ARCHITECTURE.md: the table names `{name}`, which does not exist"));
    }
    for (name, used) in real {
        match allowed.get(name) {
            None => problems.push(format!("ARCHITECTURE.md: the table lacks `{name}`")),
            Some(allowed) => problems.extend(
                used.difference(allowed)
                    .map(|other| format!("{name}: uses `{other}`, which ARCHITECTURE.md does not allow")),
            ),
        }
    }
    problems
}

/// What the table allows, by full names.
fn allowed(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut is_table = false;
    for line in text.lines() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        if !line.trim_start().starts_with('|') {
            is_table = false;
        } else if cells.get(2).is_some_and(|cell| cell.starts_with("may use")) {
            is_table = true;
        } else if is_table && !line.contains("---") {
            let above: BTreeSet<String> = rows.keys().cloned().collect();
            let uses = used(cells.get(2).copied().unwrap_or(""), &above);
            for name in cells.first().map(|cell| names(cell)).unwrap_or_default() {
                rows.insert(name, uses.clone());
            }
        }
    }
    rows
}

/// Names between backticks.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn used(cell: &str, above: &BTreeSet<String>) -> BTreeSet<String> {
    if cell.starts_with("all above") {
        return above.clone();
    }
    let words = cell.split(',').map(|word| word.trim().trim_matches('`'));
    let is_name = |word: &&str| {
        !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
    };
    let full = |word: &str| {
        if word.starts_with("confect") || word == "xtask" {
            word.to_owned()
        } else {
            format!("confect-{word}")
        }
    };
    words.filter(is_name).filter(|word| *word != "-").map(full).collect()
}

/// What each crate uses of ours, tests aside.
fn edges(root: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let folders = std::fs::read_dir(root.join("crates"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()));
    let folders = folders.chain([root.join("xtask")]);
    let manifest = |folder: std::path::PathBuf| {
        let name = folder.file_name()?.to_str()?.to_owned();
        Some((name, dependencies(&std::fs::read_to_string(folder.join("Cargo.toml")).ok()?)))
    };
    folders.filter_map(manifest).collect()
}

/// Our crates among `[dependencies]` and `[build-dependencies]`.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut section = "";
    let mut found = BTreeSet::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            let table =
                section.strip_prefix("dependencies.").or_else(|| section.strip_prefix("build-dependencies."));
            found.extend(table.filter(|name| name.starts_with("confect")).map(str::to_owned));
        } else if matches!(section, "dependencies" | "build-dependencies") && line.starts_with("confect") {
            let name: String =
                line.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
            found.insert(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "text\n\n| crate | is | may use (ours) | not |\n|---|---|---|---|\n| `confect-domain` | words | – | x |\n\
        | `confect-metrics` | m | domain | x |\n| `confect-service` | s | all above | x |\n| `confect` | bin | service, domain | x |\n\
        | `confect-testkit`, `xtask` | development only | | |\n\n| other | table | here |\n| `ghost` | a | b |\n";

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_table_is_read_as_people_read_it() {
        let rows = allowed(TABLE);
        assert_eq!(rows.len(), 6, "{rows:?}");
        assert_eq!(rows["confect-domain"], set(&[]));
        assert_eq!(rows["confect-service"], set(&["confect-domain", "confect-metrics"]));
        assert_eq!(rows["confect"], set(&["confect-domain", "confect-service"]));
        assert_eq!(rows["xtask"], set(&[]));
    }

    #[test]
    fn manifests_are_read_without_their_tests() {
        let manifest = "[package]\nname = \"confect-x\"\n[dependencies]\nconfect-domain.workspace = true\nserde = \"1\"\n\
            [dependencies.confect-metrics]\npath = \"..\"\n[build-dependencies]\nconfect-b = { path = \"..\" }\n\
            [dev-dependencies]\nconfect-testkit.workspace = true\n";
        assert_eq!(dependencies(manifest), set(&["confect-b", "confect-domain", "confect-metrics"]));
    }

    #[test]
    fn every_difference_is_told() {
        let real = BTreeMap::from([
            ("confect-domain".to_owned(), set(&["confect-metrics"])),
            ("confect-new".to_owned(), set(&[])),
        ]);
        let allowed =
            BTreeMap::from([("confect-domain".to_owned(), set(&[])), ("confect-gone".to_owned(), set(&[]))]);
        let problems = compare(&allowed, &real);
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems.iter().any(|problem| problem.contains("uses `confect-metrics`")));
    }
}
