//! [`Authorised`]: the proof that a request comes from somebody signed in.
//!
//! Access is worked out anew for every request and kept for all of it: a role taken away counts from the
//! next request on.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use confect_service::{Access, User};

use crate::app::App;
use crate::cookie;
use crate::failure::Failure;

/// Somebody signed in, within their limits.
pub(crate) struct Authorised {
    pub(crate) user: User,
    pub(crate) access: Access,
    /// The session's token.
    pub(crate) token: String,
}

impl FromRequestParts<App> for Authorised {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let token = cookie::token(&parts.headers, app.behind_proxy).ok_or_else(Failure::not_signed_in)?;
        let asked = token.clone();
        let visitor = app.blocking(move |shop| shop.visitor(&asked)).await?;
        let visitor = visitor.ok_or_else(Failure::not_signed_in)?;
        app.limits.request(&visitor.user.name).map_err(Failure::too_many)?;
        Ok(Self { user: visitor.user, access: visitor.access, token })
    }
}
