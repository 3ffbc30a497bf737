//! What holds for every request and every answer: an id, limits, the check of where a request comes from,
//! headers, and that a panic is an answer and not a broken connection.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::panic::AssertUnwindSafe;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use confect_domain::problem::printable;
use futures::FutureExt;

use crate::app::App;
use crate::failure::{Failure, ForTheLog, signed};
use crate::web;

/// Bytes of a request's body.
pub(crate) const MAX_BODY: usize = 1 << 20;
/// Longest address of a request.
const MAX_URI: usize = 8 << 10;
/// Longest that a request may take.
const MAX_TIME: Duration = Duration::from_secs(60);

/// The outermost layer.
pub(crate) async fn protect(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = request_id();
    let (method, path, began) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    let response = match refuse(&app, &request) {
        Some(failure) => failure.into_response(),
        None => run(request, next).await,
    };
    let mut response = signed(response, &id);
    log(&app, &id, &method, &path, began, &mut response);
    add_headers(&app, response.headers_mut(), &id);
    response
}

async fn run(request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(MAX_TIME, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Failure::internal(format!("panic: {text}")).into_response()
        }
        Err(_) => {
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", "this took too long").into_response()
        }
    }
}

/// What is wrong with a request whatever it asks for.
fn refuse(app: &App, request: &Request) -> Option<Failure> {
    let uri = request.uri();
    let length = uri.path().len() + uri.query().map_or(0, str::len);
    if length > MAX_URI {
        return Some(Failure::new(StatusCode::URI_TOO_LONG, "address-too-long", "the address is too long"));
    }
    let headers = request.headers();
    let announced = text(headers, CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY) {
        return Some(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "the body is too large"));
    }
    if !app.behind_proxy && !is_this_machine(headers) {
        // A page elsewhere that makes its name point here must not read anything.
        return Some(Failure::new(
            StatusCode::MISDIRECTED_REQUEST,
            "unknown-host",
            "this server answers for this machine only",
        ));
    }
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !is_safe && !is_from_here(headers) {
        return Some(Failure::new(
            StatusCode::FORBIDDEN,
            "cross-site",
            "the request comes from another site",
        ));
    }
    None
}

fn text(headers: &HeaderMap, name: impl axum::http::header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_this_machine(headers: &HeaderMap) -> bool {
    let host = text(headers, HOST).unwrap_or("");
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name == "localhost" || name.ends_with(".localhost") || name == "::1" || is_loopback(name)
}

fn is_loopback(name: &str) -> bool {
    name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Browsers say where an unsafe request comes from; who does not say it must at least name the origin.
fn is_from_here(headers: &HeaderMap) -> bool {
    if let Some(site) = text(headers, "sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let (Some(origin), Some(host)) = (text(headers, ORIGIN), text(headers, HOST)) else { return false };
    origin.split_once("://").is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && rest == host)
}

/// One line for each answer, with what the viewer was not told.
fn log(app: &App, id: &str, method: &Method, path: &str, began: Instant, response: &mut Response) {
    let private = response.extensions_mut().remove::<ForTheLog>();
    let status = response.status();
    if private.is_none() && !status.is_server_error() {
        return;
    }
    let why = private.map_or_else(String::new, |private| format!(": {}", one_line(&private.0)));
    let milliseconds = began.elapsed().as_millis();
    let now = confect_service::clock::now().rfc3339();
    (app.log)(&format!("{now} {id} {method} {} {} {milliseconds} ms{why}", printable(path), status.as_u16()));
}

/// Nothing from outside begins a line of its own in the log.
fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(|letter| {
            let plain = (!letter.is_control()).then_some(letter);
            let escaped = letter.is_control().then(|| letter.escape_default());
            plain.into_iter().chain(escaped.into_iter().flatten())
        })
        .take(4_000)
        .collect()
}

fn add_headers(app: &App, headers: &mut HeaderMap, id: &str) {
    let fixed: [(HeaderName, &'static str); 6] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        (HeaderName::from_static("x-frame-options"), "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&web::policy("")) {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(value);
    }
    if app.behind_proxy {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
}

/// Unlike any other of this run, and of the runs before it; tells nothing about how many there were.
fn request_id() -> String {
    static RUN: OnceLock<RandomState> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let run = RUN.get_or_init(RandomState::new);
    format!("{:016x}", run.hash_one(COUNT.fetch_add(1, Ordering::Relaxed)))
}
