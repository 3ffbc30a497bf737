//! Embeds the built dashboard (`web/dist`, or the folder that `WEB_DIST` names) into the server.
//!
//! Writes `$OUT_DIR/web.rs`: a table of files with their Brotli twins, the page with its addresses
//! rewritten to `/a/<hash>/`, and the hashes of its inline scripts. Needs no Node. Without a built
//! dashboard the table is empty and the server shows a page that says how to build it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

#[path = "src/web/page.rs"]
#[allow(dead_code)] // The server uses the rest of it.
mod page;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-env-changed=WEB_DIST");
    println!("cargo::rerun-if-changed=src/web/page.rs");
    let manifest = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let dist = std::env::var_os("WEB_DIST").map_or_else(|| manifest.join("../../web/dist"), PathBuf::from);
    println!("cargo::rerun-if-changed={}", dist.display());
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let index = std::fs::read_to_string(dist.join("index.html"));
    let Ok(index) = index else {
        println!(
            "cargo::warning=web/dist is missing: the server will show a help page; run `cargo xtask web`"
        );
        return Ok(std::fs::write(out.join("web.rs"), table("", "", "", &[]))?);
    };
    let mut files = Vec::new();
    collect(&dist, &dist, &mut files)?;
    files.sort();
    let base = format!("/a/{}/", fingerprint(&dist, &files)?);
    let html = page::rewritten(&index, &base);
    let hashes = page::script_hashes(&html);
    let entries = files.iter().filter(|name| *name != "index.html").map(|name| entry(&dist, &out, name));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    Ok(std::fs::write(out.join("web.rs"), table(&base, &html, &hashes, &entries))?)
}

fn table(base: &str, html: &str, hashes: &str, entries: &[String]) -> String {
    format!(
        "pub(super) const BASE: &str = {base:?};\npub(super) const INDEX: &str = {html:?};\n\
         pub(super) const SCRIPT_HASHES: &str = {hashes:?};\npub(super) static FILES: &[Embedded] = &[\n{}];\n",
        entries.concat()
    )
}

/// Names below `dist` with `/`, links not followed.
fn collect(dist: &Path, folder: &Path, files: &mut Vec<String>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        println!("cargo::rerun-if-changed={}", entry.path().display());
        if entry.file_type()?.is_dir() {
            collect(dist, &entry.path(), files)?;
        } else if entry.file_type()?.is_file() {
            let path = entry.path();
            let name = path.strip_prefix(dist)?.to_str().ok_or("a file name that is not UTF-8")?;
            files.push(name.replace('\\', "/"));
        }
    }
    Ok(())
}

/// Eight digits that change with any byte of any file.
fn fingerprint(dist: &Path, files: &[String]) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    for name in files {
        let content = std::fs::read(dist.join(name))?;
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name.as_bytes());
        hash.update((content.len() as u64).to_be_bytes());
        hash.update(&content);
    }
    let mut text = String::new();
    for byte in hash.finalize().iter().take(4) {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

fn entry(dist: &Path, out: &Path, name: &str) -> Result<String, Failure> {
    let path = dist.join(name).canonicalize()?;
    let content = std::fs::read(&path)?;
    let brotli = if page::is_text(name) { Some(compressed(&content)?) } else { None };
    let twin = match brotli {
        // A twin that is hardly smaller is not worth its bytes.
        Some(small) if small.len() * 20 < content.len() * 19 => {
            let twin = out.join(format!("{}.br", name.replace('/', "__")));
            std::fs::write(&twin, small)?;
            format!("Some(include_bytes!({:?}))", twin.display().to_string())
        }
        _ => "None".to_owned(),
    };
    let plain = path.display().to_string();
    Ok(format!("    Embedded {{ name: {name:?}, plain: include_bytes!({plain:?}), brotli: {twin} }},\n"))
}

fn compressed(content: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut small = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut small, 1 << 16, 11, 22);
    writer.write_all(content)?;
    writer.flush()?;
    drop(writer);
    Ok(small)
}
