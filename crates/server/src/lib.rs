//! Listens; routes, authenticates, gathers the policies, writes the reply and the audit line.
//!
//! This crate knows how a request travels and nothing of what any operation does: services come to
//! it as tables. It never decides; `policy` does, through `operation`'s type states.

pub mod settings;

pub mod server;

mod admission;
mod listen;
mod tls;
mod unsent;

mod respond;
mod route;

mod client;
mod cors;
mod lasting;
mod taken;

pub mod site;

mod pipeline;

mod authenticate;
mod body;
mod coming;
mod context;
mod post;
mod refusals;
mod room;
mod standing;

mod audit;
mod housekeeping;
mod meters;

pub mod fetches;
pub mod metered;

#[cfg(feature = "testing")]
#[expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot be set up has failed")]
pub mod testing;

pub use server::{Listening, Parts, Server};
pub use settings::Settings;
