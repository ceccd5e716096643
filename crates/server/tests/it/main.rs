//! Operations through the whole pipeline: `<service>/<operation>.rs`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod admin;
mod context_keys;
mod dynamo;
mod game;
mod iam;
mod identity;
mod idp;
mod organization;
mod s3;
mod serving;
mod simulation;
mod sts;
mod sync;
