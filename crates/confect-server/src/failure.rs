//! Failures as the wire tells them: a status, a stable code, a sentence, and the request's id.
//!
//! What went wrong inside is for the log. A viewer gets the id, by which it is found there.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use confect_domain::{Problem, ProblemKind};
use confect_service::ServiceError;
use serde_json::json;

/// A refused or failed request.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    message: String,
    detail: Option<Box<str>>,
    hints: Vec<String>,
    retry_after: Option<u64>,
    /// For the log only.
    pub(crate) private: Option<Box<str>>,
}

/// Put beside a response, so that the log learns what the viewer does not.
#[derive(Clone, Debug)]
pub(crate) struct ForTheLog(pub(crate) String);

/// Put beside a response whose body still lacks the request's id.
#[derive(Clone, Debug)]
pub(crate) struct Unsigned(pub(crate) Failure);

impl Failure {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            detail: None,
            hints: Vec::new(),
            retry_after: None,
            private: None,
        }
    }

    pub(crate) fn internal(private: impl Into<String>) -> Self {
        let failure = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here");
        Self { private: Some(private.into().into()), ..failure }
    }

    pub(crate) fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", "sign in first")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing here")
    }

    pub(crate) fn too_many(seconds: u64) -> Self {
        let failure =
            Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "too many requests; wait a little");
        Self { retry_after: Some(seconds), ..failure }
    }

    /// The body with the id of its request.
    pub(crate) fn body(&self, request_id: &str) -> serde_json::Value {
        json!({ "error": {
            "code": self.code, "message": self.message, "detail": self.detail, "hints": self.hints,
            "request_id": request_id,
        } })
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let private = error.private_detail().map(String::into_boxed_str);
        let wait = match &error {
            ServiceError::TooManyAttempts { wait_seconds } => Some(*wait_seconds),
            ServiceError::Busy => Some(1),
            _ => None,
        };
        let problem = Problem::from(error);
        let status = status(&problem);
        if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
            // The code is telling enough; the words may speak of files, and details of data.
            let message =
                if problem.code == "query-failed" { "the query failed" } else { "something went wrong here" };
            let private = private.or_else(|| Some(problem.to_string().into()));
            return Self { private, ..Self::new(status, problem.code, message) };
        }
        Self {
            status,
            code: problem.code,
            message: problem.message,
            detail: problem.detail.map(String::into_boxed_str),
            hints: problem.hints,
            retry_after: wait,
            private,
        }
    }
}

fn status(problem: &Problem) -> StatusCode {
    match (problem.code, problem.kind) {
        ("no-such-page" | "no-such-tile" | "no-such-customer", _) => StatusCode::NOT_FOUND,
        ("sign-in-failed", _) => StatusCode::UNAUTHORIZED,
        ("too-many-attempts", _) => StatusCode::TOO_MANY_REQUESTS,
        ("nothing-published" | "busy" | "query-timeout", _) => StatusCode::SERVICE_UNAVAILABLE,
        ("query-failed", _) => StatusCode::INTERNAL_SERVER_ERROR,
        (_, ProblemKind::Access) => StatusCode::FORBIDDEN,
        (_, ProblemKind::User) => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    /// The body is written by `protect`, which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = (self.status, [(CACHE_CONTROL, "no-store")]).into_response();
        if let Some(value) =
            self.retry_after.and_then(|seconds| HeaderValue::from_str(&seconds.to_string()).ok())
        {
            response.headers_mut().insert(RETRY_AFTER, value);
        }
        if let Some(private) = self.private.clone() {
            response.extensions_mut().insert(ForTheLog(private.into()));
        }
        response.extensions_mut().insert(Unsigned(self));
        response
    }
}

/// Writes the body of a failure, now that the id is known.
pub(crate) fn signed(mut response: Response, request_id: &str) -> Response {
    let Some(Unsigned(failure)) = response.extensions_mut().remove::<Unsigned>() else { return response };
    let (mut parts, _) = response.into_parts();
    let (told, body) = Json(failure.body(request_id)).into_response().into_parts();
    parts.headers.extend(told.headers);
    Response::from_parts(parts, body)
}
