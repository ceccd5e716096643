//! Managed policies.

pub mod attachable;
