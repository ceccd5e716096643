//! Work that nobody waits for: what deleted pools and datasets leave behind, assertions that could not be redeemed any
//! more, and the count of sync sessions.

use std::sync::Arc;
use std::time::Duration;

use operation::Host;

/// Runs as long as the process.
pub async fn run(host: Arc<Host>, sync: Arc<sync::Sync>) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        loop {
            match sts::saml::forget_redeemed(&*host.rows, host.now()).await {
                Ok(true) => tokio::task::yield_now().await,
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "redeemed assertions are not forgotten yet");
                    break;
                }
            }
        }
        loop {
            match identity::sweep::sweep(&host).await {
                Ok(true) => tokio::task::yield_now().await,
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "identities of deleted pools are not deleted yet");
                    break;
                }
            }
        }
        // After the identities, whose datasets are left to it.
        if let Err(error) = sync.upkeep(&host).await {
            tracing::warn!(%error, "records of deleted datasets are not deleted yet");
        }
    }
}

const ROUND: Duration = Duration::from_secs(30);
