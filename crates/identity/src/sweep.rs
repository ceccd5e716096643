//! Deletes what a deleted pool leaves behind, in the background and in small batches: a pool may hold
//! millions of identities, and nobody waits for them.

use operation::Host;
use store::identities::Step;
use store::records::pools::Pool;
use store::{Outcome, Stored};

/// Deletes one batch of the identities of deleted pools, and the pools that have none left. Whether there
/// is more to do.
pub async fn sweep(host: &Host) -> Result<bool, store::Error> {
    let deleted: Vec<Stored<Pool>> =
        host.configuration.held::<Pool>("")?.into_iter().filter(|pool| pool.deleted).collect();
    for pool in &deleted {
        let identities = host.identities.of_pool(&pool.id, None, BATCH).await?;
        for identity in &identities {
            // One that changes at this moment is met again in the next batch.
            let (Outcome::Committed | Outcome::Conflict(_)) = host.identities.commit(&[Step::Delete(identity)]).await?;
        }
        if identities.is_empty() {
            let mut batch = host.configuration.batch();
            batch.delete(pool);
            let (Outcome::Committed | Outcome::Conflict(_)) = host.configuration.commit(batch).await?;
        } else {
            return Ok(true);
        }
    }
    Ok(false)
}

const BATCH: usize = 100;
