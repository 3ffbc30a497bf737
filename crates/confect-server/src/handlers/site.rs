//! Everything that is not the API's: the dashboard's page and its files.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::failure::Failure;

/// The page or one of its files; 404 for unknown addresses of the API.
pub(crate) async fn anything_else(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = uri.path();
    if path == "/api" || path.starts_with("/api/") || path.starts_with("//") {
        return Failure::not_found().into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return wrong_method().await.into_response();
    }
    app.web.answer(path, &headers)
}

/// A known address, asked the wrong way.
pub(crate) async fn wrong_method() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", "this address takes another method")
}
