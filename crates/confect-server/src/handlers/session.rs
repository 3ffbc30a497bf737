//! Signing in and out.

use axum::Extension;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use confect_service::{Access, ServiceError, User};

use crate::app::{App, Peer};
use crate::cookie;
use crate::failure::Failure;
use crate::guard::Authorised;
use crate::wire;

/// `GET /api/session`
pub(crate) async fn session(State(app): State<App>, who: Authorised) -> Json<wire::Session> {
    Json(body(&app, &who.user, &who.access))
}

/// `POST /api/sign-in`
pub(crate) async fn sign_in(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    credentials: Result<Json<wire::SignIn>, JsonRejection>,
) -> Result<Response, Failure> {
    let Json(credentials) = credentials.map_err(|error| unreadable(&error))?;
    app.limits.sign_in(peer.0).map_err(Failure::too_many)?;
    let before = cookie::token(&headers, app.behind_proxy);
    let signed_in = app
        .blocking(move |shop| {
            let signed_in = shop.sign_in(&credentials.user, &credentials.password, &peer.0.to_string())?;
            end(shop, before)?;
            Ok(signed_in)
        })
        .await?;
    let access = app.shop.access_of(&signed_in.user);
    let mut response = Json(body(&app, &signed_in.user, &access)).into_response();
    add(&mut response, SET_COOKIE, cookie::set(&signed_in.token, app.behind_proxy));
    Ok(response)
}

/// `GET /sign-in?token=…`: the one-time link.
pub(crate) async fn sign_in_by_link(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    method: Method,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    app.limits.sign_in(peer.0).map_err(Failure::too_many)?;
    if method == Method::HEAD {
        // Mail programs look ahead with HEAD; that must not use the link up.
        return Ok(StatusCode::OK.into_response());
    }
    let token =
        parameters.into_iter().find(|(name, _)| name == "token").map(|(_, value)| value).unwrap_or_default();
    let before = cookie::token(&headers, app.behind_proxy);
    let signed_in = app
        .blocking(move |shop| match shop.sign_in_by_link(&token, &peer.0.to_string()) {
            Ok(signed_in) => {
                end(shop, before)?;
                Ok(Some(signed_in))
            }
            Err(ServiceError::SignInFailed) => Ok(None),
            Err(error) => Err(error),
        })
        .await?;
    let target = if signed_in.is_some() { "/" } else { "/?link=expired" };
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response();
    if let Some(signed_in) = signed_in {
        add(&mut response, SET_COOKIE, cookie::set(&signed_in.token, app.behind_proxy));
    }
    Ok(response)
}

/// `POST /api/sign-out`
pub(crate) async fn sign_out(State(app): State<App>, who: Authorised) -> Result<Response, Failure> {
    app.blocking(move |shop| shop.sign_out(&who.token)).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    add(&mut response, SET_COOKIE, cookie::clear(app.behind_proxy));
    add(
        &mut response,
        HeaderName::from_static("clear-site-data"),
        Some(HeaderValue::from_static("\"cache\"")),
    );
    Ok(response)
}

/// A new sign-in ends the session that the browser had before.
fn end(shop: &confect_service::Shop, before: Option<String>) -> Result<(), ServiceError> {
    before.map_or(Ok(()), |token| shop.sign_out(&token))
}

fn body(app: &App, user: &User, access: &Access) -> wire::Session {
    wire::Session {
        user: wire::SessionUser {
            name: user.name.clone(),
            display_name: user.display_name.clone(),
            roles: user.roles.clone(),
        },
        shop: app.shop.info().into(),
        access: confect_service::page::AccessInfo::of(access).into(),
    }
}

fn unreadable(error: &JsonRejection) -> Failure {
    Failure::new(error.status(), "unreadable-body", "the body is not the JSON that is needed")
}

fn add(response: &mut Response, name: HeaderName, value: Option<HeaderValue>) {
    if let Some(value) = value {
        response.headers_mut().insert(name, value);
    }
}
