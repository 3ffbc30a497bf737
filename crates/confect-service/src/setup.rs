//! Making a project: from a template, or as an invented shop with its exports.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use confect_domain::Problem;
use confect_generate::{GenerateSpec, Output, Planted, TRUTH_FILE};
use confect_project::Template;
use confect_project::propose::start_project;

use crate::error::ServiceError;

/// What was made.
#[derive(Clone, Debug)]
pub struct CreatedShop {
    /// Files that were written.
    pub files: Vec<PathBuf>,
}

/// The names that [`create_shop`] takes.
pub fn template_names() -> [&'static str; 4] {
    Template::NAMES.map(|(name, _)| name)
}

/// Makes a project in `folder` from a template by name.
///
/// # Errors
/// An unknown template, or a folder that holds a project already or cannot be written.
pub fn create_shop(folder: &Path, template: &str, name: Option<&str>) -> Result<CreatedShop, Problem> {
    let template = Template::from_name(template)?;
    Ok(CreatedShop { files: confect_project::init(folder, template, name)? })
}

/// What was made of exports.
#[derive(Clone, Debug)]
pub struct ProposedShop {
    /// Files that were written or copied.
    pub files: Vec<PathBuf>,
    /// What was understood, why, and what to look at; lines for a person.
    pub report: Vec<String>,
}

/// Makes a project in `folder` from exports of an unknown kind: proposes how they are read, and copies them.
///
/// # Errors
/// A folder that holds a project already or cannot be written, or exports of which none can be looked at.
pub fn create_shop_from(
    folder: &Path,
    exports: &[PathBuf],
    name: Option<&str>,
) -> Result<ProposedShop, Problem> {
    let started = start_project(folder, exports, name)?;
    Ok(ProposedShop { files: started.files, report: started.report })
}

/// Invents a confectioner's group and writes its exports and `truth.json` into `folder`, which is made if need be.
/// Files of the same names are replaced; those that a `truth.json` there lists are removed first, so that the
/// months of a longer time before do not stay among those of a shorter one.
///
/// # Errors
/// The folder or a file cannot be written.
pub fn generate_into(folder: &Path, spec: &GenerateSpec) -> Result<Planted, Problem> {
    std::fs::create_dir_all(folder).map_err(|error| ServiceError::file("create", folder, error))?;
    remove_listed(folder)?;
    let mut target = Folder(folder);
    confect_generate::generate(spec, &mut target)
        .map_err(|error| ServiceError::file("write", folder, error).into())
}

/// Removes what an earlier run wrote. A manifest that is none removes nothing.
fn remove_listed(folder: &Path) -> Result<(), Problem> {
    let manifest = std::fs::read(folder.join(TRUTH_FILE)).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap_or_default();
    let listed = manifest.get("files").and_then(|files| files.as_array()).into_iter().flatten();
    // Names only: a manifest must not lead out of the folder.
    let is_name =
        |name: &&str| Path::new(name).file_name().is_some_and(|own| own == *name) && name.contains(".csv");
    for name in listed.filter_map(|name| name.as_str()).filter(is_name) {
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ServiceError::file("remove", path, error).into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Files in a folder.
struct Folder<'a>(&'a Path);

impl Output for Folder<'_> {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Write>> {
        Ok(Box::new(File::create(self.0.join(name))?))
    }
}
