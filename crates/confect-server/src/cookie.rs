//! The session cookie.
//!
//! `SameSite=Strict`, also after the one-time link: the redirect leads to the page, which is the same for
//! everybody and needs no cookie; the requests that do come from the page itself and so are same-site,
//! wherever the link was clicked.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// Seconds for which a browser keeps it; the server ends sessions by itself.
const LIFE: u32 = 8 * 3_600;

/// The prefix `__Host-` binds the cookie to this host and needs `Secure`, which plain HTTP on the own
/// machine cannot have.
fn name(secure: bool) -> &'static str {
    if secure { "__Host-sid" } else { "sid" }
}

/// The token that a request carries; `None` if it carries none, or two that differ.
pub(crate) fn token(headers: &HeaderMap, secure: bool) -> Option<String> {
    let name = name(secure);
    let mut found = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let first = found.next()?;
    found.all(|other| other == first).then(|| first.to_owned())
}

/// `Set-Cookie` for a new session.
pub(crate) fn set(token: &str, secure: bool) -> Option<HeaderValue> {
    header(token, LIFE, secure)
}

/// `Set-Cookie` that makes the browser forget it.
pub(crate) fn clear(secure: bool) -> Option<HeaderValue> {
    header("", 0, secure)
}

fn header(value: &str, life: u32, secure: bool) -> Option<HeaderValue> {
    let flag = if secure { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Strict{flag}", name(secure));
    HeaderValue::from_str(&text).ok()
}
