//! The handlers, by what they are about.

pub(crate) mod basket;
pub(crate) mod customers;
pub(crate) mod health;
pub(crate) mod pages;
pub(crate) mod quality;
pub(crate) mod session;
pub(crate) mod site;
