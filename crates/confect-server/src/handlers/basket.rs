//! The page Market basket: rules, their export, the ladder of one article, cross-shopping.
//!
//! Every answer is made of rows that the viewer may see; the service takes the viewer's access for each.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::pages::{Parameters, readable};
use crate::app::App;
use crate::failure::Failure;
use crate::guard::Authorised;
use crate::wire;

/// `GET /api/basket`
pub(crate) async fn page(
    State(app): State<App>,
    who: Authorised,
    parameters: Parameters,
) -> Result<Json<Value>, Failure> {
    let page = app.shop.basket_page(&readable(parameters)?, &who.access).await?;
    Ok(Json(wire::basket::page(page)))
}

/// `GET /api/basket.csv`
pub(crate) async fn csv(
    State(app): State<App>,
    who: Authorised,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let parameters = readable(parameters)?;
    app.limits.export(&who.user.name).map_err(Failure::too_many)?;
    let text = app.shop.basket_csv(&parameters, &who.access).await?;
    let viewer = who.user.name;
    app.blocking(move |shop| shop.note_export(&viewer, "basket/rules")).await?;
    let disposition = "attachment; filename=\"basket-rules.csv\"";
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, disposition)], text)
        .into_response())
}

/// `GET /api/basket/ladder`
pub(crate) async fn ladder(
    State(app): State<App>,
    who: Authorised,
    parameters: Parameters,
) -> Result<Json<Value>, Failure> {
    let ladder = app.shop.basket_ladder(&readable(parameters)?, &who.access).await?;
    Ok(Json(wire::basket::ladder(&ladder)))
}

/// `GET /api/basket/cross`
pub(crate) async fn cross(
    State(app): State<App>,
    who: Authorised,
    parameters: Parameters,
) -> Result<Json<Value>, Failure> {
    let cross = app.shop.basket_cross(&readable(parameters)?, &who.access).await?;
    Ok(Json(wire::basket::cross(&cross)))
}
