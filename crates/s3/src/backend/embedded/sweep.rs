//! Cleaning up: what a commit left for later, and files that a crash left without a name.

use std::collections::HashSet;

use store::{Outcome, Scan, Table, Write};

use super::Embedded;
use super::records::{self, BlobId, Garbage, PartRecord};
use crate::Error;

impl Embedded {
    /// Removes garbage, and condemns files that nothing names, are older than a day and not in flight.
    pub async fn sweep(&self) -> Result<(), Error> {
        self.clean().await?;
        for blob in self.blobs.old(self.clock.now().millis()).await? {
            // INVARIANT: a file was in flight until its row was there, so the row is asked for last.
            if self.rows.get(Table::Blob, &records::blob_key(blob)).await?.is_none() {
                // It may have lost its name this moment, and somebody still reads it.
                self.blobs.condemn([blob]);
            }
        }
        Ok(())
    }

    /// Cleans in the background. What fails is done by the next sweep.
    pub(super) fn clean_soon(&self) {
        let cleaner = Self {
            rows: self.rows.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            blobs: self.blobs.clone(),
            order: self.order.clone(),
        };
        tokio::spawn(async move {
            if let Err(error) = cleaner.clean().await {
                tracing::warn!(?error, "what a commit left could not be removed; the next sweep does it");
            }
        });
    }

    /// Removes what commits remembered as garbage.
    pub(super) async fn clean(&self) -> Result<(), Error> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let scan = Scan { table: Table::Blob, prefix: records::GARBAGE, after: after.as_deref(), limit: AT_ONCE };
            let rows = self.rows.scan(scan).await?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            after = Some(last.clone());
            for (key, row) in rows {
                match records::value("garbage", &row)? {
                    Garbage::Blobs(blobs) => self.clean_blobs(&blobs).await?,
                    Garbage::Parts { upload, kept } => self.clean_parts(&upload, &kept).await?,
                }
                // Another cleaner may have been faster.
                self.rows.commit(vec![Write::delete(Table::Blob, key, row.version)]).await?;
            }
        }
    }

    async fn clean_blobs(&self, blobs: &[BlobId]) -> Result<(), Error> {
        for some in blobs.chunks(AT_ONCE) {
            let mut left = Vec::new();
            for blob in some {
                if self.rows.get(Table::Blob, &records::blob_key(*blob)).await?.is_some() {
                    left.push(*blob);
                }
            }
            let writes = left.iter().map(|blob| records::unname(*blob)).collect();
            if !left.is_empty() && self.rows.commit(writes).await? == Outcome::Committed {
                self.blobs.condemn(left);
            }
        }
        Ok(())
    }

    async fn clean_parts(&self, upload: &str, kept: &[u16]) -> Result<(), Error> {
        let kept: HashSet<u16> = kept.iter().copied().collect();
        let prefix = records::parts_prefix(upload);
        loop {
            let scan = Scan { table: Table::Part, prefix: &prefix, after: None, limit: AT_ONCE };
            let rows = self.rows.scan(scan).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut writes = Vec::new();
            let mut gone = Vec::new();
            for (key, row) in rows {
                let part: PartRecord = records::value("part", &row)?;
                if !kept.contains(&records::part_number(&key)) {
                    writes.push(records::unname(part.segment.blob));
                    gone.push(part.segment.blob);
                }
                writes.push(Write::delete(Table::Part, key, row.version));
            }
            if self.rows.commit(writes).await? == Outcome::Committed {
                self.blobs.condemn(gone);
            }
        }
    }
}

const AT_ONCE: usize = 200;
