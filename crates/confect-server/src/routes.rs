//! Every route of the server, in one table.
//!
//! A route is public only if it is in [`PUBLIC`]; all others take [`crate::guard::Authorised`]. A test in
//! `crates/confect/tests` reads this file, asks for each address without a session, and expects 401 from
//! every one that is not public; so a new route is added here and nowhere else.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::app::App;
use crate::handlers::{basket, customers, health, pages, quality, session, site};
use crate::protect;

/// Longest wait for the next part of a request's body.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Routes that anybody may ask.
#[rustfmt::skip]
const PUBLIC: [(&str, &str); 3] = [
    ("GET",  "/healthz"),
    ("POST", "/api/sign-in"),
    ("GET",  "/sign-in"),
];

/// Routes that need a session.
#[rustfmt::skip]
const GUARDED: [(&str, &str); 20] = [
    ("GET",  "/api/session"),
    ("POST", "/api/sign-out"),
    ("GET",  "/api/pages"),
    ("GET",  "/api/page/{id}"),
    ("GET",  "/api/page/{id}/tile/{file}"),
    ("GET",  "/api/basket"),
    ("GET",  "/api/basket.csv"),
    ("GET",  "/api/basket/ladder"),
    ("GET",  "/api/basket/cross"),
    ("GET",  "/api/segments"),
    ("GET",  "/api/cohorts"),
    ("GET",  "/api/cohorts.csv"),
    ("GET",  "/api/value"),
    ("GET",  "/api/customers"),
    ("GET",  "/api/customers/{id}"),
    ("GET",  "/api/customer-lists/{file}"),
    ("GET",  "/api/quality"),
    ("GET",  "/api/quarantine.csv"),
    ("POST", "/api/quarantine/state"),
    ("POST", "/api/identity"),
];

pub(crate) fn router(app: App) -> Router {
    let mut router = Router::new();
    for (_, path) in PUBLIC.iter().chain(&GUARDED) {
        router = router.route(path, handler(path));
    }
    router
        .fallback(site::anything_else)
        .method_not_allowed_fallback(site::wrong_method)
        .layer(DefaultBodyLimit::max(protect::MAX_BODY))
        .layer(RequestBodyTimeoutLayer::new(BODY_TIME))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(axum::middleware::from_fn_with_state(app.clone(), protect::protect))
        .with_state(app)
}

fn handler(path: &str) -> MethodRouter<App> {
    match path {
        "/healthz" => get(health::health),
        "/api/sign-in" => post(session::sign_in),
        "/sign-in" => get(session::sign_in_by_link),
        "/api/session" => get(session::session),
        "/api/sign-out" => post(session::sign_out),
        "/api/pages" => get(pages::pages),
        "/api/page/{id}" => get(pages::page),
        "/api/page/{id}/tile/{file}" => get(pages::tile),
        "/api/basket" => get(basket::page),
        "/api/basket.csv" => get(basket::csv),
        "/api/basket/ladder" => get(basket::ladder),
        "/api/basket/cross" => get(basket::cross),
        "/api/segments" => get(customers::segments),
        "/api/cohorts" => get(customers::cohorts),
        "/api/cohorts.csv" => get(customers::cohorts_csv),
        "/api/value" => get(customers::value),
        "/api/customers" => get(customers::find),
        "/api/customers/{id}" => get(customers::customer),
        "/api/customer-lists/{file}" => get(customers::list_csv),
        "/api/quality" => get(quality::quality),
        "/api/quarantine.csv" => get(quality::quarantine_csv),
        "/api/identity" => post(quality::identity),
        "/api/quarantine/state" => post(quality::decide),
        _ => get(site::anything_else),
    }
}
