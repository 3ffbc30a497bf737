//! `/healthz`: whether the server can answer, and nothing more.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;

/// `ok` or `fail`.
pub(crate) async fn health(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.blocking(|shop| shop.is_published()).await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "fail\n"),
    }
}
