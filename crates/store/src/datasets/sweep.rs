//! What is left of deleted datasets: records that nothing names any more.
//!
//! The commit that takes a dataset off its shelf leaves a row with its id. Whoever finds such a row deletes the records,
//! in small commits, and then the row: records are on a shelf or on such a row, never on neither.

use vocab::Random;

use super::Datasets;
use crate::record::{decode, encode};
use crate::rows::{Error, Outcome, Rows, Scan, Table, Write};

impl Datasets {
    /// Deletes the records of deleted datasets. A row that a newer version has left is that version's to sweep.
    pub async fn sweep(&self) -> Result<(), Error> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let scan = Scan { table: Table::Discarded, prefix: &[], after: after.as_deref(), limit: BATCH };
            let found = self.rows.scan(scan).await?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = Some(last.clone());
            for (key, row) in found {
                let Ok(datasets) = decode::<Vec<u128>>(KIND, &row.value) else { continue };
                for dataset in datasets {
                    delete_records(&*self.rows, dataset).await?;
                }
                // A conflict means that somebody else has done the same.
                let gone = vec![Write::delete(Table::Discarded, key, row.version)];
                let (Outcome::Committed | Outcome::Conflict(_)) = self.rows.commit(gone).await?;
            }
        }
    }
}

async fn delete_records(rows: &dyn Rows, dataset: u128) -> Result<(), Error> {
    let prefix = dataset.to_be_bytes();
    loop {
        let found = rows.scan(Scan { table: Table::Record, prefix: &prefix, after: None, limit: BATCH }).await?;
        if found.is_empty() {
            return Ok(());
        }
        let writes = found.into_iter().map(|(key, row)| Write::delete(Table::Record, key, row.version)).collect();
        let (Outcome::Committed | Outcome::Conflict(_)) = rows.commit(writes).await?;
    }
}

/// Leaves these datasets, which no shelf names any more, to the sweeper.
pub(super) fn discard(datasets: impl IntoIterator<Item = u128>, random: &dyn Random) -> Result<Write, Error> {
    let datasets: Vec<u128> = datasets.into_iter().collect();
    Ok(Write::insert(Table::Discarded, random.bytes::<16>().to_vec(), encode(KIND, &datasets, random)?))
}

const KIND: &str = "discarded datasets";
const BATCH: usize = 64;
