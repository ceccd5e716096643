//! The binary: reads the configuration, picks a store, starts the server.

mod admin;
mod arguments;
mod background;
mod client;
mod dev;
mod failure;
mod federation;
mod form;
mod house;
mod master_key;
mod objects;
mod organization;
mod policy;
mod root_key;
mod serve;
mod settings;
mod tables;
mod telling;
mod tour;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(matches!(arguments.command, Command::Serve { .. }));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("daypass: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("daypass: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, failure::Failure> {
    match command {
        Command::Dev { overrides, expose_dev_provider } => dev::run(&overrides, expose_dev_provider).await?,
        Command::Serve { overrides } => serve::run(&overrides).await?,
        Command::Tour { endpoint } => tour::run(&endpoint).await?,
        Command::Policy { command } => return Ok(policy::run(command)),
        Command::Admin { command } => admin::run(command).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Logs go to standard error: standard output is the audit's, or the reader's.
fn start_log(for_machines: bool) {
    let filter = EnvFilter::try_from_env("DAYPASS_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if for_machines {
        log.json().flatten_event(true).init();
    } else {
        log.with_target(false).compact().init();
    }
}
