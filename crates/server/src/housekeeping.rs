//! What a server does beside answering: polls the configuration, reloads certificates, sweeps
//! buckets, writes down last uses, rotates keys.

use std::sync::Arc;
use std::time::Duration;

use operation::Host;
use tokio::sync::watch;

use crate::meters;
use crate::server::Server;
use crate::tls::Acceptor;

/// Runs until `stopped` says so.
pub(crate) async fn run(server: Arc<Server>, tls: Option<Acceptor>, mut stopped: watch::Receiver<bool>) {
    let mut poll = tokio::time::interval(POLL);
    let mut sweep = tokio::time::interval(SWEEP);
    let mut stamp = tokio::time::interval(STAMP);
    let mut rotate = tokio::time::interval(ROTATE);
    for interval in [&mut poll, &mut sweep, &mut stamp, &mut rotate] {
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    }
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = poll.tick() => {
                if let Err(error) = server.host.configuration.refresh().await {
                    tracing::warn!(%error, "configuration is not up to date");
                }
            }
            _ = sweep.tick() => {
                server.host.limits.sweep();
                meters::upkeep();
                tls.iter().for_each(Acceptor::reload);
            }
            _ = stamp.tick() => stamps(&server.host).await,
            _ = rotate.tick() => maintain(&server).await,
        }
    }
}

/// Writes the last uses that were noted.
pub(crate) async fn stamps(host: &Host) {
    if let Err(error) = host.last_used.write().await {
        tracing::warn!(%error, "last uses of keys and roles are not written yet");
    }
}

async fn maintain(server: &Server) {
    if let Err(error) = server.host.last_used.sweep(&server.host.configuration).await {
        tracing::warn!(%error, "last uses of deleted keys and roles are not deleted yet");
    }
    if let Err(error) = server.host.keyring.maintain(KEY_PERIOD).await {
        tracing::error!(%error, "keyring is not maintained");
    }
    if let Err(error) = server.host.issuer.maintain(KEY_PERIOD).await {
        tracing::error!(%error, "issuer keys are not maintained");
    }
}

const POLL: Duration = Duration::from_millis(500);
const SWEEP: Duration = Duration::from_secs(5);
const STAMP: Duration = Duration::from_secs(30);
const ROTATE: Duration = Duration::from_secs(3600);
/// Keys are replaced monthly.
const KEY_PERIOD: Duration = Duration::from_secs(30 * 24 * 3600);
