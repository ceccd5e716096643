//! Operations through the whole pipeline: `<service>/<operation>.rs`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin;
mod serving;
