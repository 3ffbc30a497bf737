//! confect-service
