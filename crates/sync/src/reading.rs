//! A dataset and its records, both of one moment.

use store::Datasets;
use store::datasets::{Dataset, Found, Record, Shelf};
use vocab::{IdentityId, PoolId};

use crate::{Error, reach};

/// What the identity has, and the records of its dataset `name` that changed since a count, in the order of their counts.
pub async fn since(
    datasets: &Datasets,
    (pool, identity): (&PoolId, &IdentityId),
    name: &str,
    count: u64,
) -> Result<(Option<Shelf>, Vec<Record>), Error> {
    for _ in 0..TRIES {
        let shelf = match reach::find(datasets, pool, identity).await? {
            Found::Shelf(shelf) => shelf,
            Found::Empty(_) | Found::Disabled | Found::Unknown => return Ok((None, Vec::new())),
        };
        let Some(dataset) = shelf.find(name).filter(|dataset| dataset.sync_count > count) else {
            return Ok((Some((*shelf.record).clone()), Vec::new()));
        };
        let mut records = datasets.records(dataset).await?;
        if is_of(&records, dataset) {
            records.retain(|record| record.sync_count > count);
            records.sort_unstable_by(|a, b| (a.sync_count, &a.key).cmp(&(b.sync_count, &b.key)));
            return Ok((Some((*shelf.record).clone()), records));
        }
    }
    Err(Error::TooManyRequests)
}

/// Whether the records are of the dataset as it was read, just before them and all at once: any later change has left a
/// higher count, and the deletion of records that nothing names any more leaves fewer of them.
fn is_of(records: &[Record], dataset: &Dataset) -> bool {
    let living = records.iter().filter(|record| record.value.is_some()).count();
    u64::try_from(living) == Ok(dataset.records) && records.iter().all(|record| record.sync_count <= dataset.sync_count)
}

/// So often a dataset may change while it is read.
const TRIES: usize = 16;
