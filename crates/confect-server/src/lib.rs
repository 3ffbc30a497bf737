//! confect-server
