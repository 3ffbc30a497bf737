//! The mathematics that the methods share: special functions, a Newton maximiser, ranks, seeded randomness.
//!
//! In `f64`: likelihoods and tests need logarithms; money stays exact outside of them.
//! From `statrs`: log-gamma, digamma, the error function, the incomplete gamma. Here: what it does not have.

pub(crate) mod gamma;
pub(crate) mod hypergeometric;
pub(crate) mod newton;
pub(crate) mod normal;
pub(crate) mod quadrature;
pub(crate) mod quantile;
pub(crate) mod random;
pub(crate) mod ranks;
