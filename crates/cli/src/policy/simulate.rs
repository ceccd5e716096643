//! `daypass policy simulate`: what would be decided.

use std::io;

use super::{Outcome, stream};
use crate::arguments::Simulate;
use crate::failure::Failure;

/// Runs it.
pub fn run(arguments: &Simulate) -> Result<Outcome, Failure> {
    if arguments.json {
        return Ok(stream::answer(io::stdin().lock(), io::stdout().lock(), arguments.fill_context)?);
    }
    Err("give `--json` and requests on standard input".into())
}
