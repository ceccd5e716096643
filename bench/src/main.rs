//! Measures a running `daypass serve` against a bare `hyper` server of the same minute.
//!
//! Both are child processes on loopback, driven in turn over kept-alive connections. What counts is
//! the CPU time of the server process per request as a multiple of the bare server's: ratios hold
//! where absolute times do not. Nothing is asserted; the table stands beside the budgets.

mod bare_items;
mod bare_objects;
mod child;
mod game;
mod hello;
mod issuer;
mod load;
mod paths;
mod report;
mod rest;
mod storage;
mod sync;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

/// Whatever goes wrong ends the run.
type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Measures `daypass serve` and prints a table.
#[derive(Debug, Parser)]
struct Arguments {
    /// Serve the bare answer on this port and measure nothing; the run starts itself so.
    #[arg(long)]
    hello: Option<u16>,
    /// Serve the object store alone on this port, in `--folder`, and measure nothing.
    #[arg(long, requires = "folder")]
    bare_objects: Option<u16>,
    /// Serve the engine of tables alone on this port, in `--folder`, and measure nothing.
    #[arg(long, requires = "folder")]
    bare_items: Option<u16>,
    /// The binary to measure; by default the one beside this.
    #[arg(long)]
    daypass: Option<PathBuf>,
    /// Where the data folder is made; by default the system's place for temporary files.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// How long a point is driven.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// How often each point is measured; medians are shown.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Tokens of their own for each point of fresh logins.
    #[arg(long, default_value_t = 4000)]
    tokens: usize,
    /// Only the paths whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Leave out cold start, memory and durable guests.
    #[arg(long)]
    paths_alone: bool,
    /// Measure Cognito Sync, and nothing else.
    #[arg(long)]
    sync: bool,
    /// A PostgreSQL database to keep everything in, empty; by default the embedded store.
    #[arg(long)]
    store: Option<String>,
    /// Measure S3 and DynamoDB, beside the engines given, and nothing else.
    #[arg(long)]
    storage: bool,
    /// A server of S3 or DynamoDB to measure beside Daypass: SERVICE,NAME,PORT,ACCESS KEY ID,SECRET,PROCESS[+PROCESS…].
    #[arg(long)]
    engine: Vec<storage::Engine>,
    /// Measure Daypass in front of each of these engines too; only its own CPU time counts there.
    #[arg(long)]
    in_front: bool,
    /// Keys in the large bucket.
    #[arg(long, default_value_t = 100_000)]
    keys: usize,
    /// Keys in the large bucket of the other engines.
    #[arg(long, default_value_t = 5_000)]
    rival_keys: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Into::into).and_then(|runtime| {
            runtime.block_on(async {
                let bare = (arguments.bare_objects, arguments.bare_items);
                match (arguments.hello, bare, &arguments.folder) {
                    (Some(port), ..) => hello::serve(port).await,
                    (None, (Some(port), _), Some(folder)) => bare_objects::serve(port, folder).await,
                    (None, (None, Some(port)), Some(folder)) => bare_items::serve(port, folder).await,
                    _ => tokio::select! {
                        done = measure(&arguments) => done,
                        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
                    },
                }
            })
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: &Arguments) -> Result<()> {
    let folder = match &arguments.folder {
        Some(within) => tempfile::tempdir_in(within)?,
        None => tempfile::tempdir()?,
    };
    let issuer = issuer::Issuer::start().await?;
    let hello = child::hello().await?;
    let mut daypass =
        child::Daypass::start(arguments.daypass.as_deref(), folder.path(), issuer.host(), arguments.store.as_deref())
            .await?;
    let game = game::Game::set_up(&daypass, &issuer).await?;

    let lasting = Duration::from_secs(arguments.seconds.max(1));
    if arguments.sync {
        let rounds = arguments.rounds.clamp(1, 20);
        let plan = sync::Plan { connections: &SYNC_CONNECTIONS, lasting, rounds };
        print!("{}", report::paths(&sync::measure(&plan, &hello, &daypass, &game).await?));
        return Ok(());
    }
    if arguments.storage {
        let plan = storage::Plan {
            lasting,
            rounds: arguments.rounds.clamp(1, 20),
            connections: &CONNECTIONS,
            keys: arguments.keys,
            rival_keys: arguments.rival_keys,
            only: &arguments.only,
        };
        let objects = child::bare_objects(&folder.path().join("bare")).await?;
        let items = child::bare_items(&folder.path().join("bare-items")).await?;
        let bare = storage::Bare { objects: objects.target(), items: items.target() };
        let (mut engines, mut in_front) = (arguments.engine.clone(), Vec::new());
        for engine in arguments.engine.iter().filter(|_| arguments.in_front) {
            let place = folder.path().join(format!("before-{}", in_front.len()));
            let (daypass, engine) = engine.behind_daypass(arguments.daypass.as_deref(), &place).await?;
            in_front.push(daypass);
            engines.push(engine);
        }
        let rows = storage::measure(&plan, &daypass, &game, &bare, &engines).await?;
        print!("{}", report::storage(&rows));
        return Ok(());
    }
    let plan = paths::Plan {
        connections: &CONNECTIONS,
        lasting,
        rounds: arguments.rounds.clamp(1, 20),
        tokens: arguments.tokens.clamp(100, 50_000),
        only: &arguments.only,
    };
    let table = paths::measure(&plan, &hello, &daypass, &game, &issuer).await?;
    print!("{}", report::paths(&table));
    if !arguments.paths_alone {
        let rest = rest::measure(&mut daypass, &game, folder.path()).await?;
        print!("{}", report::rest(&rest));
    }
    Ok(())
}

const CONNECTIONS: [usize; 3] = [1, 16, 64];
const SYNC_CONNECTIONS: [usize; 2] = [16, 64];
