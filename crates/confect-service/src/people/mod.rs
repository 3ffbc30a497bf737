//! Users, their passwords and one-time links, and the sessions in which they look.

pub(crate) mod attempts;
mod guessable;
mod links;
pub(crate) mod passwords;
mod secret;
pub(crate) mod sessions;
pub(crate) mod users;
