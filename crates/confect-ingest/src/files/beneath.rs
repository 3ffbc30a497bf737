//! Opens a file that has to lie in given folders, without a moment between looking and opening.
//!
//! A check of the path first and an opening of the path later could be told two different files: a link may
//! be put in between. Here links are followed first, and what they lead to is then opened below its folder
//! by a call of the system that follows none (`openat2` with `RESOLVE_BENEATH`). Opening never waits, so a
//! pipe cannot hold a refresh up; what was opened may still be one, and the caller asks.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Opens `path` for reading. With `folders`, only if it lies in one of them after all links are followed.
///
/// # Errors
/// Those of the system, and `PermissionDenied` for what lies elsewhere.
pub fn open_beneath(path: &Path, folders: &[PathBuf]) -> io::Result<File> {
    if folders.is_empty() {
        return open_without_waiting(path);
    }
    let real = path.canonicalize()?;
    for folder in folders.iter().filter_map(|folder| folder.canonicalize().ok()) {
        if let Ok(below) = real.strip_prefix(&folder) {
            return open_below(&folder, below);
        }
    }
    Err(io::Error::new(ErrorKind::PermissionDenied, "it lies outside the project's folder"))
}

#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    Ok(File::from(open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(target_os = "linux")]
fn open_below(folder: &Path, below: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
    use rustix::io::Errno;
    let anchor = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder_handle = openat(CWD, folder, anchor, Mode::empty())?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match openat2(&folder_handle, below, flags, Mode::empty(), resolve) {
        Ok(handle) => Ok(File::from(handle)),
        // Kernels before 5.6, and containers that forbid the call.
        Err(Errno::NOSYS | Errno::PERM) => open_without_waiting(&folder.join(below)),
        Err(Errno::LOOP | Errno::XDEV) => {
            Err(io::Error::new(ErrorKind::PermissionDenied, "it became a link while it was opened"))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn open_below(folder: &Path, below: &Path) -> io::Result<File> {
    open_without_waiting(&folder.join(below))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn f89_what_became_a_link_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path");
        std::fs::write(root.join("secret"), "secret").expect("written");
        std::fs::create_dir(root.join("shop")).expect("made");
        symlink(root.join("secret"), root.join("shop/till.csv")).expect("linked");
        let error = open_below(&root.join("shop"), Path::new("till.csv")).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        let error = open_below(&root.join("shop"), Path::new("../secret")).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn f89_a_link_that_comes_and_goes_never_leads_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path");
        let shop = root.join("shop");
        std::fs::write(root.join("secret"), "secret").expect("written");
        std::fs::create_dir(&shop).expect("made");
        let (file, spare) = (shop.join("till.csv"), shop.join("spare"));
        std::fs::write(&file, "fine").expect("written");
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let _ = std::fs::remove_file(&spare);
                    let _ = symlink(root.join("secret"), &spare);
                    let _ = std::fs::rename(&spare, &file);
                    let _ = std::fs::write(&spare, "fine");
                    let _ = std::fs::rename(&spare, &file);
                }
            });
            for _ in 0..5_000 {
                if let Ok(mut opened) = open_beneath(&file, std::slice::from_ref(&shop)) {
                    let mut text = String::new();
                    io::Read::read_to_string(&mut opened, &mut text).expect("read");
                    assert_ne!(text, "secret");
                }
            }
            done.store(true, Ordering::Relaxed);
        });
    }
}
