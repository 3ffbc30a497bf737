//! Pages and their exports.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use confect_service::Steward;

use crate::app::App;
use crate::failure::Failure;
use crate::guard::Authorised;
use crate::wire;

/// The parameters of an address, repeated names kept.
pub(super) type Parameters = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// `GET /api/pages`
pub(crate) async fn pages(State(app): State<App>, who: Authorised) -> Json<Vec<wire::PageRef>> {
    let mut pages: Vec<_> = app.shop.pages().into_iter().map(wire::PageRef::from).collect();
    pages.push(wire::PageRef::basket());
    pages.extend(app.shop.customer_pages().into_iter().map(wire::customers::page_ref));
    if Steward::is(&who.access) {
        pages.push(wire::PageRef::quality());
    }
    Json(pages)
}

/// `GET /api/page/{id}`
pub(crate) async fn page(
    State(app): State<App>,
    who: Authorised,
    Path(id): Path<String>,
    parameters: Parameters,
) -> Result<Json<wire::Page>, Failure> {
    let parameters = readable(parameters)?;
    let answer = app.shop.page(&id, &parameters, &who.access).await?;
    Ok(Json(answer.into()))
}

/// `GET /api/page/{id}/tile/{tile}.csv`
pub(crate) async fn tile(
    State(app): State<App>,
    who: Authorised,
    Path((id, file)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let tile = file.strip_suffix(".csv").ok_or_else(Failure::not_found)?;
    let parameters = readable(parameters)?;
    app.limits.export(&who.user.name).map_err(Failure::too_many)?;
    let (name, text) = app.shop.tile_csv(&id, tile, &parameters, &who.access).await?;
    let (viewer, object) = (who.user.name, format!("{id}/{tile}"));
    app.blocking(move |shop| shop.note_export(&viewer, &object)).await?;
    // Ids of pages and tiles and days: nothing in the name needs escaping.
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)], text)
        .into_response())
}

pub(super) fn readable(parameters: Parameters) -> Result<Vec<(String, String)>, Failure> {
    let unreadable =
        |_| Failure::new(StatusCode::BAD_REQUEST, "bad-parameter", "the parameters cannot be read");
    parameters.map(|Query(pairs)| pairs).map_err(unreadable)
}
