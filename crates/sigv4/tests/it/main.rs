//! Signatures as the world makes them: AWS's published cases and documented examples, attacks,
//! and properties.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod attacks;
mod chunked;
mod examples;
mod properties;
mod published;
mod support;
