//! `daypass serve`: production. It creates nothing that was not asked for.

use operation::limits::Rates;

use crate::arguments::Overrides;
use crate::failure::Failure;
use crate::house::{self, Plan};
use crate::settings::{Mode, Settings};

/// Serves until it is told to stop.
pub async fn run(overrides: &Overrides) -> Result<(), Failure> {
    let settings = Settings::read(overrides)?;
    let plan = Plan {
        settings,
        mode: Mode::Production,
        rates: Rates::default(),
        sites: Vec::new(),
        allowed_hosts: Vec::new(),
        endpoints: Vec::new(),
    };
    let house = house::build(plan).await?;
    let listening = house.server.listen().map_err(|error| format!("`listen`: {error}"))?;
    tracing::info!(address = %listening.address, region = %house.host.region, "daypass serves");
    stop_asked().await;
    tracing::info!("daypass stops");
    listening.stop().await;
    house.sync.telling.leave().await;
    Ok(())
}

/// Resolves at an interrupt or a termination signal.
pub async fn stop_asked() {
    let terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    match terminated {
        Ok(mut terminated) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
