//! confect-testkit
