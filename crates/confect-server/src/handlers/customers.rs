//! The pages about customers, and their exports. Every row comes through the viewer's policy.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use confect_service::customers::{CohortQuestion, SegmentQuestion};
use serde_json::Value;

use super::pages::{Parameters, readable};
use crate::app::App;
use crate::failure::Failure;
use crate::guard::Authorised;
use crate::wire::customers::body;

/// `GET /api/segments?as_of=YYYY-MM&before=YYYY-MM`
pub(crate) async fn segments(
    State(app): State<App>,
    who: Authorised,
    parameters: Parameters,
) -> Result<Json<Value>, Failure> {
    let question = SegmentQuestion::parse(&readable(parameters)?)?;
    Ok(Json(body(app.shop.segments(question, &who.access).await?)))
}

/// `GET /api/cohorts?definition=&grain=&measure=&shown=&retention=`
pub(crate) async fn cohorts(
    State(app): State<App>,
    who: Authorised,
    parameters: Parameters,
) -> Result<Json<Value>, Failure> {
    let question = CohortQuestion::parse(&readable(parameters)?)?;
    Ok(Json(body(app.shop.cohorts(question, &who.access).await?)))
}

/// `GET /api/cohorts.csv`, with the same parameters
pub(crate) async fn cohorts_csv(
    State(app): State<App>,
    who: Authorised,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let question = CohortQuestion::parse(&readable(parameters)?)?;
    app.limits.export(&who.user.name).map_err(Failure::too_many)?;
    let file = app.shop.cohorts_csv(question, &who.access).await?;
    export(&app, who, file).await
}

/// `GET /api/value`
pub(crate) async fn value(State(app): State<App>, who: Authorised) -> Result<Json<Value>, Failure> {
    Ok(Json(body(app.shop.customer_values(&who.access).await?)))
}

/// `GET /api/customers?search=`
pub(crate) async fn find(
    State(app): State<App>,
    who: Authorised,
    parameters: Parameters,
) -> Result<Json<Value>, Failure> {
    let parameters = readable(parameters)?;
    let search =
        parameters.iter().find(|parameter| parameter.0 == "search").map_or("", |parameter| &parameter.1);
    Ok(Json(body(app.shop.find_customers(search, &who.access).await?)))
}

/// `GET /api/customers/{id}`
pub(crate) async fn customer(
    State(app): State<App>,
    who: Authorised,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    Ok(Json(body(app.shop.customer_page(&id, &who.access).await?)))
}

/// `GET /api/customer-lists/{list}.csv`
pub(crate) async fn list_csv(
    State(app): State<App>,
    who: Authorised,
    Path(file): Path<String>,
) -> Result<Response, Failure> {
    let list = file.strip_suffix(".csv").ok_or_else(Failure::not_found)?;
    app.limits.export(&who.user.name).map_err(Failure::too_many)?;
    let file = app.shop.customer_list_csv(list, &who.access).await?;
    export(&app, who, file).await
}

/// Notes the export and sends it. Names are words of the program: nothing in them needs escaping.
async fn export(app: &App, who: Authorised, (name, text): (String, String)) -> Result<Response, Failure> {
    let (viewer, object) = (who.user.name, name.clone());
    app.blocking(move |shop| shop.note_export(&viewer, &object)).await?;
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)], text)
        .into_response())
}
