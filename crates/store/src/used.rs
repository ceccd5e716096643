//! What may be used once: one row for each, until it could not be used anyway.
//!
//! Keys begin with the time at which that is, so that the rows that may go stand first.

use sha2::{Digest, Sha256};
use vocab::{Random, Timestamp};

use crate::rows::{Error, Outcome, Row, Rows, Scan, Table, Version, Write};

/// Notes the use of `what`, which counts until `until`; the same thing always has the same `until`. Whether this was
/// its first use: of many who use it at once, one hears yes.
pub async fn first(rows: &dyn Rows, random: &dyn Random, what: &[&str], until: Timestamp) -> Result<bool, Error> {
    let row = Row { version: Version::draw(random), value: Vec::new() };
    let outcome = rows.commit(vec![Write::insert(Table::Used, key(what, until), row)]).await?;
    Ok(outcome == Outcome::Committed)
}

/// Forgets some of what cannot be used any more. Whether there may be more of it.
pub async fn forget(rows: &dyn Rows, now: Timestamp) -> Result<bool, Error> {
    let found = rows.scan(Scan { table: Table::Used, prefix: &[], after: None, limit: BATCH }).await?;
    let is_over = |key: &[u8]| key.first_chunk().is_some_and(|until| u64::from_be_bytes(*until) <= millis(now));
    let over: Vec<Write> = found
        .into_iter()
        .filter(|(key, _)| is_over(key))
        .map(|(key, row)| Write::delete(Table::Used, key, row.version))
        .collect();
    let is_full = over.len() == BATCH;
    if !over.is_empty() {
        // Somebody else who forgets them at this moment has done the same.
        let (Outcome::Committed | Outcome::Conflict(_)) = rows.commit(over).await?;
    }
    Ok(is_full)
}

fn key(what: &[&str], until: Timestamp) -> Vec<u8> {
    let mut digest = Sha256::new();
    for part in what {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    [millis(until).to_be_bytes().as_slice(), digest.finalize().as_slice()].concat()
}

fn millis(time: Timestamp) -> u64 {
    u64::try_from(time.millis()).unwrap_or(0)
}

const BATCH: usize = 100;
