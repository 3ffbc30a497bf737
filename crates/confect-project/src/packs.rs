//! Where packs come from, and how a project's own files are laid over them.
//!
//! A pack is embedded in the binary; with `CONFECT_PACKS` naming a folder it is read from there, so that
//! its author need not build.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs, io};

use crate::error::{Place, ProjectError};
use crate::text_file::TextFile;

/// Every file below `packs/`, by path.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// The environment variable that names a folder to read packs from.
const FOLDER_VARIABLE: &str = "CONFECT_PACKS";

/// The largest definition file, in bytes.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// The packs there are: text files by their path below `packs/`, such as `retail/star/dim_date.sql`.
#[derive(Clone, Debug, Default)]
pub struct Packs {
    files: BTreeMap<String, String>,
}

impl Packs {
    /// Those of the folder that `CONFECT_PACKS` names, or else those in the binary.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn current() -> Result<Self, ProjectError> {
        match env::var_os(FOLDER_VARIABLE) {
            Some(folder) if !folder.is_empty() => Self::from_folder(Path::new(&folder)),
            _ => Ok(Self::embedded()),
        }
    }

    /// Those in the binary.
    pub fn embedded() -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self { files: EMBEDDED.iter().map(owned).collect() }
    }

    /// Those below `folder`, which holds one folder per pack.
    ///
    /// # Errors
    /// A folder or file that cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Self, ProjectError> {
        let mut files = BTreeMap::new();
        collect(folder, "", &mut files)?;
        Ok(Self { files })
    }

    /// Names of the packs, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .files
            .keys()
            .filter_map(|path| path.split_once('/'))
            .map(|(name, _)| name.to_owned())
            .collect();
        names.dedup();
        names
    }

    /// The file at `path` below the pack, such as `access.toml`.
    pub(crate) fn file(&self, pack: &str, path: &str) -> Option<TextFile> {
        let text = self.files.get(&format!("{pack}/{path}"))?;
        Some(TextFile::new(format!("packs/{pack}/{path}"), text.clone()))
    }

    /// The files with `extension` directly in `folder` of the pack, by file name.
    fn folder(&self, pack: &str, folder: &str, extension: &str) -> BTreeMap<String, TextFile> {
        let prefix = format!("{pack}/{folder}/");
        self.files
            .iter()
            .filter_map(|(path, text)| Some((path.strip_prefix(&prefix)?, text)))
            .filter(|(name, _)| !name.contains('/') && has_extension(name, extension))
            .map(|(name, text)| {
                (name.to_owned(), TextFile::new(format!("packs/{prefix}{name}"), text.clone()))
            })
            .collect()
    }
}

/// The pack's files of a folder, with the project's laid over them by file name, sorted by name.
///
/// Files that cannot be read go to `errors`.
pub(crate) fn overlaid(
    packs: &Packs,
    pack: &str,
    root: &Path,
    folder: &str,
    extension: &str,
    errors: &mut Vec<ProjectError>,
) -> Vec<TextFile> {
    let mut files = packs.folder(pack, folder, extension);
    files.extend(own_files(root, folder, extension, errors));
    files.into_values().collect()
}

/// The project's files of a folder, by file name; none if it has no such folder.
pub(crate) fn own_files(
    root: &Path,
    folder: &str,
    extension: &str,
    errors: &mut Vec<ProjectError>,
) -> BTreeMap<String, TextFile> {
    let entries = match fs::read_dir(root.join(folder)) {
        Ok(entries) => entries,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                errors.push(unreadable(folder, &error.to_string()));
            }
            return BTreeMap::new();
        }
    };
    let mut files = BTreeMap::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || !has_extension(&name, extension) {
            continue;
        }
        match own_file(root, &format!("{folder}/{name}")) {
            Ok(file) => drop(files.insert(name, file)),
            Err(error) => errors.push(error),
        }
    }
    files
}

/// One file of the project, by its path below the root with `/`.
pub(crate) fn own_file(root: &Path, path: &str) -> Result<TextFile, ProjectError> {
    let failed = |error: io::Error| unreadable(path, &error.to_string());
    let metadata = fs::metadata(root.join(path)).map_err(failed)?;
    // A pipe would wait for ever, and a definition of many megabytes is an export in the wrong folder.
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return Err(unreadable(path, "a definition is a regular file of at most 4 MiB"));
    }
    let bytes = fs::read(root.join(path)).map_err(failed)?;
    text_of(bytes, path).map(|text| TextFile::new(path, text))
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> Result<(), ProjectError> {
    let label = |name: &str| format!("packs/{name}");
    let failed = |error: io::Error| unreadable(&label(prefix), &error.to_string());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.file_type().map_err(failed)?.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else if ["toml", "sql", "csv"].iter().any(|extension| has_extension(&name, extension)) {
            let bytes =
                fs::read(entry.path()).map_err(|error| unreadable(&label(&path), &error.to_string()))?;
            let text = text_of(bytes, &label(&path))?;
            files.insert(path, text);
        }
    }
    Ok(())
}

fn text_of(bytes: Vec<u8>, label: &str) -> Result<String, ProjectError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..at).unwrap_or_default()).into_owned();
        let place = TextFile::new(label, before).place_at(usize::MAX);
        ProjectError::Unreadable { place, reason: "it is not UTF-8 from here on".to_owned() }
    })
}

fn unreadable(file: &str, reason: &str) -> ProjectError {
    let place = Place { file: file.to_owned(), line: 1, column: 1 };
    ProjectError::Unreadable { place, reason: reason.to_owned() }
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}
