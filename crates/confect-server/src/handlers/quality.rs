//! Data quality and the quarantine: for stewards only.
//!
//! What these answer needs a [`confect_service::Steward`], so a route without the check does not compile.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use confect_service::{Decision, QuarantineFilter, QuarantineState, Steward};
use serde_json::Value;

use crate::app::App;
use crate::failure::Failure;
use crate::guard::Authorised;
use crate::wire;

/// Records that one request may decide about.
const MAX_IDS: usize = 10_000;

/// `GET /api/quality`
pub(crate) async fn quality(State(app): State<App>, who: Authorised) -> Result<Json<Value>, Failure> {
    let quality = app
        .blocking(move |shop| shop.quality(&Steward::of(&who.access, "see how the tables were made")?))
        .await?;
    Ok(Json(wire::quality::body(quality)))
}

/// `GET /api/quarantine.csv`
pub(crate) async fn quarantine_csv(State(app): State<App>, who: Authorised) -> Result<Response, Failure> {
    app.limits.export(&who.user.name).map_err(Failure::too_many)?;
    let text = app
        .blocking(move |shop| {
            let steward = Steward::of(&who.access, "read the quarantine")?;
            shop.note_export(steward.name(), "quarantine")?;
            Ok(shop.quarantine(&steward, &QuarantineFilter::default())?.to_csv())
        })
        .await?;
    let disposition = "attachment; filename=\"quarantine.csv\"";
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, disposition)], text)
        .into_response())
}

/// `POST /api/quarantine/state`
pub(crate) async fn decide(
    State(app): State<App>,
    who: Authorised,
    decision: Result<Json<wire::quality::Decision>, JsonRejection>,
) -> Result<StatusCode, Failure> {
    let bad = |message: &str| Failure::new(StatusCode::BAD_REQUEST, "bad-parameter", message);
    let Json(decision) = decision.map_err(|_| bad("the body is not the JSON that is needed"))?;
    let state = QuarantineState::from_word(&decision.state).ok_or_else(|| bad("there is no such state"))?;
    if decision.ids.len() > MAX_IDS {
        return Err(bad("too many records at once"));
    }
    app.blocking(move |shop| {
        let steward = Steward::of(&who.access, "decide about the quarantine")?;
        shop.decide_quarantine(&steward, &decision.ids, state)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/identity`
pub(crate) async fn identity(
    State(app): State<App>,
    who: Authorised,
    pair: Result<Json<wire::quality::Pair>, JsonRejection>,
) -> Result<StatusCode, Failure> {
    let bad = |message: &str| Failure::new(StatusCode::BAD_REQUEST, "bad-parameter", message);
    let Json(pair) = pair.map_err(|_| bad("the body is not the JSON that is needed"))?;
    let decision = match pair.decision.as_str() {
        "apart" => Decision::Apart,
        "together" => Decision::Together,
        "by-rule" => Decision::ByRule,
        _ => return Err(bad("there is no such decision")),
    };
    app.blocking(move |shop| {
        let steward = Steward::of(&who.access, "decide about customers")?;
        shop.decide_identity(&steward, &pair.left, &pair.right, decision)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
