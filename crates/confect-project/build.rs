//! Embeds `packs/` into the binary: writes a table of (path below `packs/`, text) for `packs.rs`.
//!
//! The generated code names files relative to this crate, so that no machine's path enters a binary.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const EXTENSIONS: [&str; 3] = ["toml", "sql", "csv"];

fn main() -> io::Result<()> {
    let packs = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../packs");
    let mut files = Vec::new();
    collect(&packs, "", &mut files)?;
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        let path = format!("/../../packs/{file}");
        let _ =
            writeln!(code, "    ({file:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),");
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("packs.rs");
    fs::write(out, code)
}

/// Adds the pack files below `folder`, named from `prefix`; every folder is watched for new files.
#[allow(clippy::print_stdout, reason = "cargo reads a build script's standard output")]
fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let relative = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &relative, files)?;
        } else if EXTENSIONS.iter().any(|extension| name.ends_with(&format!(".{extension}"))) {
            files.push(relative);
        }
    }
    Ok(())
}
