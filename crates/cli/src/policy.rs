//! `daypass policy`: policies on files, without a server.
//!
//! Every command ends with 0 where all is well, 1 where a policy refuses or is refused, and 2 where it could not do
//! its work: a wrong flag, a file that cannot be read.

mod audit;
mod check;
mod explain;
mod file;
mod given;
mod paint;
mod quote;
mod simulate;
mod stream;

use std::process::ExitCode;

use crate::arguments::Policy;
use crate::failure::Failure;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Allowed, or clean.
    Well,
    /// Denied, or with errors.
    Ill,
}

/// Runs one.
pub fn run(command: Policy) -> ExitCode {
    let ended = match command {
        Policy::Check(arguments) => check::run(&arguments),
        Policy::Simulate(arguments) => simulate::run(&arguments),
        Policy::Explain(arguments) => explain::run(&arguments),
    };
    match ended {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Ill) => ExitCode::from(1),
        Err(error) if reader_went(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("daypass: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whoever reads the output has seen enough.
fn reader_went(error: &Failure) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
