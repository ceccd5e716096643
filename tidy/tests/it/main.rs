//! The tree keeps its own rules.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod catalogue;
mod layers;
mod length;
mod operations;
mod tree;
