//! Letters from other processes: changes that were made there, for devices that are connected here.

use std::time::Duration;

use super::Telling;

/// Reads them, as long as it is polled.
pub(super) async fn read(telling: &Telling) {
    // Where no streams are served letters come all the same, and have to go.
    if telling.nodes.is_alone() {
        return;
    }
    loop {
        match some(telling).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "letters from other processes are not read yet"),
        }
        tokio::time::sleep(ROUND).await;
    }
}

/// Whether there were any.
async fn some(telling: &Telling) -> Result<bool, store::Error> {
    let (entries, read) = telling.mail.read(telling.nodes.id()).await?;
    for entry in &entries {
        telling.streams.announce(entry);
    }
    let any = !read.is_empty();
    telling.mail.take_out(read).await?;
    Ok(any)
}

/// A device hears of a change within this, and the time of a commit and a scan.
const ROUND: Duration = Duration::from_millis(200);
