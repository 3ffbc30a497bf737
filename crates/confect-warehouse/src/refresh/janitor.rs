//! Removes files that no publication of late names: what a cut-off run left, and old contents.
//!
//! Kept: files of the last three manifests, and anything younger than a day, which a reader of an
//! older publication may still hold open by name.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::error::WarehouseError;
use crate::publish;
use crate::storage::draft::is_draft;
use crate::storage::log;

const MANIFESTS: usize = 3;
const AGE: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn sweep(folder: &Path) -> Result<(), WarehouseError> {
    let ids = publish::ids(folder)?;
    let (mut kept, mut remembered) = (BTreeSet::new(), BTreeSet::new());
    for id in ids.iter().rev().take(MANIFESTS) {
        // A manifest that cannot be read names files that are not known: keep everything.
        let Ok(publication) = publish::read(folder, *id) else { return Ok(()) };
        for table in publication.tables {
            kept.extend(table.files.into_iter().map(|file| (table.name.clone(), file.path)));
        }
        remembered.extend(publication.memory.known.into_iter().map(|file| file.path));
    }
    let tables = folder.join("tables");
    for table in entries(&tables)? {
        let name = table.file_name().to_string_lossy().into_owned();
        if !table.path().is_dir() {
            continue;
        }
        for file in entries(&table.path())? {
            let file_name = file.file_name().to_string_lossy().into_owned();
            let ours = file_name.ends_with(".parquet") || is_draft(&file_name);
            if ours && !kept.contains(&(name.clone(), file_name)) {
                remove_if_old(&file.path())?;
            }
        }
        sweep_folder(&table.path().join(log::FOLDER), |name| log::is_leftover(name) || is_draft(name))?;
    }
    sweep_folder(&folder.join("publish"), is_draft)?;
    sweep_folder(&folder.join("known"), |name| {
        is_draft(name) || (name.ends_with(".keys") && !remembered.contains(name))
    })
}

/// Removes the files of a folder, if it is there, that nothing goes by.
fn sweep_folder(folder: &Path, useless: impl Fn(&str) -> bool) -> Result<(), WarehouseError> {
    if !folder.is_dir() {
        return Ok(());
    }
    let named = |file: &std::fs::DirEntry| file.file_name().to_str().is_some_and(&useless);
    entries(folder)?.iter().filter(|file| named(file)).try_for_each(|file| remove_if_old(&file.path()))
}

fn remove_if_old(path: &Path) -> Result<(), WarehouseError> {
    if is_old(path) {
        std::fs::remove_file(path).map_err(|error| WarehouseError::file("remove", path, error))?;
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<std::fs::DirEntry>, WarehouseError> {
    std::fs::read_dir(folder)
        .and_then(Iterator::collect)
        .map_err(|error| WarehouseError::file("read", folder, error))
}

/// Measured by the file system's own clock, so that the system's may jump.
fn is_old(path: &Path) -> bool {
    let age =
        std::fs::metadata(path).and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age > AGE)
}
