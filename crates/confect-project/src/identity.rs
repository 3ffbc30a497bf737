//! `identity.toml`: by which rules customers are told to be one person, and what was decided by hand.
//!
//! The file is the shop's own and may be absent. People edit the rules; the command line writes the two
//! lists of pairs, so that a merge can be undone and a missed one made.

use std::path::Path;

use confect_analytics::identity::{IdentityRules, MOST_SHARING_LIMIT};
use serde::Deserialize;
use toml::Spanned;

use crate::error::ProjectError;
use crate::text_file::TextFile;

/// Name of the file.
pub(crate) const IDENTITY_FILE: &str = "identity.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityFile {
    email: Option<bool>,
    phone: Option<bool>,
    name_city: Option<bool>,
    most_sharing: Option<Spanned<usize>>,
    ignore_emails: Option<Vec<String>>,
    gmail_aliases: Option<bool>,
    default_country: Option<String>,
    #[serde(default)]
    keep_apart: Vec<Spanned<Vec<String>>>,
    #[serde(default)]
    merge: Vec<Spanned<Vec<String>>>,
}

/// Reads the rules; what the file does not say is as usual.
pub(crate) fn read_identity(file: &TextFile, errors: &mut Vec<ProjectError>) -> IdentityRules {
    let usual = IdentityRules::default();
    let table: IdentityFile = match file.parse() {
        Ok(table) => table,
        Err(error) => {
            errors.push(error);
            return usual;
        }
    };
    let mut bad = |place, value: String, expected| {
        errors.push(ProjectError::BadValue { place, value, expected });
    };
    let most_sharing = match table.most_sharing {
        Some(most) if !(1..=MOST_SHARING_LIMIT).contains(most.get_ref()) => {
            bad(file.place_of(&most), most.get_ref().to_string(), "a number from 1 to 20");
            usual.most_sharing
        }
        most => most.map_or(usual.most_sharing, Spanned::into_inner),
    };
    let mut pairs = |list: Vec<Spanned<Vec<String>>>| {
        let mut pairs = Vec::new();
        for pair in list {
            match pair.get_ref().as_slice() {
                [left, right] if left != right => pairs.push((left.clone(), right.clone())),
                other => bad(file.place_of(&pair), other.join(", "), "two different customer ids"),
            }
        }
        pairs
    };
    IdentityRules {
        email: table.email.unwrap_or(usual.email),
        phone: table.phone.unwrap_or(usual.phone),
        name_city: table.name_city.unwrap_or(usual.name_city),
        most_sharing,
        ignore_emails: table.ignore_emails.unwrap_or(usual.ignore_emails),
        gmail_aliases: table.gmail_aliases.unwrap_or(usual.gmail_aliases),
        default_country: table.default_country,
        keep_apart: pairs(table.keep_apart),
        merge: pairs(table.merge),
    }
}

/// What was decided about two customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They are different people.
    Apart,
    /// They are one person.
    Together,
    /// Nothing: the rules decide.
    ByRule,
}

/// Notes a decision in `identity.toml` below `root`, taking back an earlier one about the same two.
/// The rest of the file stays as it is, comments included.
///
/// # Errors
/// The file cannot be read or written.
pub fn decide(root: &Path, left: &str, right: &str, decision: Decision) -> std::io::Result<()> {
    let path = root.join(IDENTITY_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            "# Which customers are one person. `confect identity` tells what was merged and why.\n".to_owned()
        }
        Err(error) => return Err(error),
    };
    let invalid = |error: toml_edit::TomlError| std::io::Error::new(std::io::ErrorKind::InvalidData, error);
    let mut document: toml_edit::DocumentMut = text.parse().map_err(invalid)?;
    for list in ["keep_apart", "merge"] {
        let Some(pairs) = document.get_mut(list).and_then(toml_edit::Item::as_array_mut) else { continue };
        pairs.retain(|pair| !is_pair(pair, left, right));
        if pairs.is_empty() {
            document.remove(list);
        }
    }
    let list = match decision {
        Decision::Apart => Some("keep_apart"),
        Decision::Together => Some("merge"),
        Decision::ByRule => None,
    };
    if let Some(list) = list {
        let pairs = document
            .entry(list)
            .or_insert_with(|| toml_edit::value(toml_edit::Array::new()))
            .as_array_mut()
            .ok_or_else(|| {
                std::io::Error::new(std::io::ErrorKind::InvalidData, format!("`{list}` is no list"))
            })?;
        pairs.push(toml_edit::Array::from_iter([left, right]));
    }
    let draft = root.join(".identity.toml.draft");
    std::fs::write(&draft, document.to_string())?;
    std::fs::rename(&draft, &path)
}

fn is_pair(value: &toml_edit::Value, left: &str, right: &str) -> bool {
    let Some(pair) = value.as_array() else { return false };
    let ids: Vec<&str> = pair.iter().filter_map(toml_edit::Value::as_str).collect();
    ids == [left, right] || ids == [right, left]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_written_taken_back_and_leave_the_rest_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(IDENTITY_FILE);
        std::fs::write(&path, "# ours\nphone = false # shared by families\n").expect("a file");
        decide(folder.path(), "C1", "C2", Decision::Apart).expect("written");
        decide(folder.path(), "C3", "C4", Decision::Together).expect("written");
        let read = || {
            let mut errors = Vec::new();
            let text = std::fs::read_to_string(&path).expect("a file");
            let rules = read_identity(&TextFile::new(IDENTITY_FILE, text.clone()), &mut errors);
            assert!(errors.is_empty(), "{errors:?}");
            (rules, text)
        };
        let (rules, text) = read();
        assert!(text.starts_with("# ours\nphone = false # shared by families\n"), "{text}");
        assert!(!rules.phone && rules.email);
        assert_eq!(rules.keep_apart, [("C1".to_owned(), "C2".to_owned())]);
        assert_eq!(rules.merge, [("C3".to_owned(), "C4".to_owned())]);
        decide(folder.path(), "C2", "C1", Decision::ByRule).expect("written");
        decide(folder.path(), "C4", "C3", Decision::Apart).expect("written");
        let (rules, _) = read();
        assert_eq!((rules.keep_apart.len(), rules.merge.len()), (1, 0));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let mut errors = Vec::new();
        let file = TextFile::new(IDENTITY_FILE, "most_sharing = 0\nkeep_apart = [[\"C1\"]]\n");
        let rules = read_identity(&file, &mut errors);
        assert_eq!((errors.len(), rules.keep_apart.len(), rules.most_sharing), (2, 0, 5), "{errors:?}");
    }
}
