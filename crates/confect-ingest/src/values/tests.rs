//! Tables of values.
