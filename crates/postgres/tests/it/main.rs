//! The PostgreSQL store keeps the promises of `store::suite`, and those that only a shared database
//! makes. `./test` starts a server and sets `DAYPASS_TEST_POSTGRES` to its URL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do; clippy knows only the test functions themselves"
)]

mod database;
mod history;
mod lease;
mod lost;
mod migrate;
mod proxy;
mod suite;
