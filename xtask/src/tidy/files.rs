//! Rules for single files: headers, sizes, leftovers, paths of somebody's machine.

use std::path::{Path, PathBuf};

/// Lines of one file of code.
const MAX_LINES: usize = 800;
/// Folders that are built, fetched or invented.
const SKIPPED: [&str; 6] = ["target", "node_modules", "dist", ".git", "shop", "shots"];
/// Endings of files that are code.
const CODE: [&str; 6] = ["rs", "ts", "mjs", "svelte", "css", "py"];

/// Every problem, as `file:line: what`.
pub(super) fn check(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    collect(root, &mut files);
    files.sort();
    let mut problems = Vec::new();
    for path in files {
        // What is not text has no lines to look at.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        problems.extend(check_file(&name, &text));
    }
    problems
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !SKIPPED.iter().any(|skipped| name == *skipped) => {
                collect(&path, files)
            }
            Ok(kind) if kind.is_file() => files.push(path),
            _ => {}
        }
    }
}

fn check_file(name: &str, text: &str) -> Vec<String> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let mut problems = Vec::new();
    if extension == "rs" && !text.starts_with("//!") {
        problems.push(format!("{name}:1: does not open with `//!`"));
    }
    let lines = text.lines().count();
    if CODE.contains(&extension) && lines > MAX_LINES {
        problems.push(format!("{name}:{lines}: more than {MAX_LINES} lines; look for a seam"));
    }
    for (index, line) in text.lines().enumerate() {
        let place = || format!("{name}:{}", index + 1);
        if CODE.contains(&extension) && leftovers().iter().any(|word| line.contains(word.as_str())) {
            problems.push(format!("{}: something was left to be done", place()));
        }
        if machine_paths().iter().any(|path| is_path(line, path)) {
            problems.push(format!("{}: a path of somebody's machine", place()));
        }
    }
    problems
}

/// Put together here, so that this file does not find itself.
fn leftovers() -> [String; 2] {
    [["to", "do!("].concat(), ["FIX", "ME"].concat()]
}

fn machine_paths() -> [String; 3] {
    ["work", "root", "farm"].map(|folder| format!("/{folder}/"))
}

/// Whether `path` stands at the beginning of a path, and not in the middle of a longer one.
fn is_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(index, _)| {
        let before = line.get(..index).and_then(|text| text.chars().next_back());
        before.is_none_or(|letter| {
            !letter.is_alphanumeric() && !matches!(letter, '.' | '_' | '-' | '>' | '}' | '/' | '*')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_files_pass() {
        assert!(check_file("a.rs", "//! What it is.\n\nfn main() {}\n").is_empty());
        assert!(check_file("a.md", "see example.com/work/it\nand ../root/x and <root>/state\n").is_empty());
    }

    #[test]
    fn each_rule_is_told_with_its_line() {
        assert_eq!(check_file("a.rs", "fn main() {}\n"), ["a.rs:1: does not open with `//!`"]);
        let todo = format!("//! x\nfn f() {{ {}) }}\n", leftovers()[0]);
        assert_eq!(check_file("a.rs", &todo), ["a.rs:2: something was left to be done"]);
        let path = format!("x\nsee `{}main`\n", machine_paths()[0]);
        assert_eq!(check_file("a.md", &path), ["a.md:2: a path of somebody's machine"]);
        let long = format!("//! x\n{}", "\n".repeat(801));
        assert_eq!(check_file("a.rs", &long).len(), 1);
    }
}
