//! The dashboard's files: embedded at build time, or from a folder for people who edit only the pages.
//!
//! `/a/<hash>/…` is immutable; any other `/a/…` is 404 and never the page, so that a tab from before an
//! upgrade does not get HTML for a script. Everything else that is not `/api` is the page.

mod page;

use std::path::{Component, Path, PathBuf};

use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use sha2::{Digest, Sha256};

include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// One embedded file.
pub(super) struct Embedded {
    name: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
}

/// Where pages come from.
#[derive(Clone, Debug)]
pub(crate) enum Web {
    /// Built into the program; may be empty.
    Embedded,
    /// Read anew for every request.
    Folder(PathBuf),
}

const FOLDER_BASE: &str = "/a/dev/";

impl Web {
    /// Answers `GET path` for anything that is not the API's.
    pub(crate) fn answer(&self, path: &str, headers: &HeaderMap) -> Response {
        match self {
            Self::Embedded if path.starts_with("/a/") => embedded(path, headers),
            Self::Embedded if INDEX.is_empty() => help(),
            Self::Embedded => index(INDEX.to_owned(), SCRIPT_HASHES, headers),
            Self::Folder(folder) if path.starts_with("/a/") => from_folder(folder, path),
            Self::Folder(folder) => match std::fs::read_to_string(folder.join("index.html")) {
                Ok(html) => {
                    let html = page::rewritten(&html, FOLDER_BASE);
                    let hashes = page::script_hashes(&html);
                    index(html, &hashes, headers)
                }
                Err(_) => help(),
            },
        }
    }
}

fn embedded(path: &str, headers: &HeaderMap) -> Response {
    let file = path.strip_prefix(BASE).filter(|_| !BASE.is_empty());
    let Some(file) = file.and_then(|name| FILES.iter().find(|file| file.name == name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let fixed = [
        (CONTENT_TYPE, page::media_type(file.name)),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (VARY, "accept-encoding"),
    ];
    match file.brotli.filter(|_| takes_brotli(headers)) {
        Some(small) => (fixed, [(CONTENT_ENCODING, "br")], small).into_response(),
        None => (fixed, file.plain).into_response(),
    }
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        parts.next() == Some("br") && parts.all(|part| part != "q=0")
    })
}

fn from_folder(folder: &Path, path: &str) -> Response {
    let relative = Path::new(path.strip_prefix(FOLDER_BASE).unwrap_or(".."));
    // Plain names only: nothing above the folder, and no link that leads out of it.
    let is_plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let found = folder.canonicalize().and_then(|root| Ok((folder.join(relative).canonicalize()?, root)));
    match found {
        Ok((file, root)) if is_plain && file.starts_with(&root) => match std::fs::read(&file) {
            Ok(content) => ([(CONTENT_TYPE, page::media_type(path)), (CACHE_CONTROL, "no-store")], content)
                .into_response(),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn index(html: String, script_hashes: &str, headers: &HeaderMap) -> Response {
    let digest = Sha256::digest(html.as_bytes());
    let tag = format!("\"{}\"", digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>());
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known == Some(tag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Html(html).into_response()
    };
    let policy = policy(script_hashes);
    for (name, value) in
        [(ETAG, tag.as_str()), (CACHE_CONTROL, "no-cache"), (CONTENT_SECURITY_POLICY, policy.as_str())]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What a page may load; without inline scripts but those whose hashes are given.
pub(crate) fn policy(script_hashes: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'{script_hashes}; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         object-src 'none'"
    )
}

fn help() -> Response {
    let html = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Confect</title>\
        <h1>The dashboard is not built in</h1><p>This program was compiled without the web pages; its API works.</p>\
        <p>Build them with <code>cargo xtask web</code> (needs Node 20.19 or newer), then build and start <code>confect</code> again.</p></html>";
    (StatusCode::SERVICE_UNAVAILABLE, [(CACHE_CONTROL, "no-store")], Html(html)).into_response()
}
