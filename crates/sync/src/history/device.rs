//! A device: it changes what it has seen, sometimes long ago, and tries again where others were first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use store::datasets::{Found, Put, Record, Written};
use store::identities::{Identity, Step};
use store::{Datasets, Identities, Outcome};
use vocab::{IdentityId, Random, Timestamp};

use super::faulty::Faulty;
use super::{Answer, NAME, Operation, Reading, World, new_identity};
use crate::patches::{Patch, applied, within_limits};
use crate::{Error, reach, reading};

pub(super) struct Device {
    number: u64,
    faulty: Arc<Faulty>,
    world: Arc<World>,
    random: Arc<dyn Random>,
    datasets: Datasets,
    identities: Identities,
}

/// What a device has seen: the records, with their counts.
type Seen = BTreeMap<String, (u64, Option<String>)>;

impl Device {
    pub(super) fn new(number: u64, faulty: Arc<Faulty>, world: Arc<World>, random: Arc<dyn Random>) -> Self {
        let datasets = Datasets::new(faulty.clone(), random.clone());
        let identities = Identities::new(faulty.clone(), random.clone());
        Self { number, faulty, world, random, datasets, identities }
    }

    pub(super) async fn run(self, operations: u64) {
        let mut seen = Seen::new();
        for round in 0..operations {
            let number = self.number << 32 | round;
            let ended = match self.faulty.below(100) {
                0..25 => self.read().await.map(|now| seen = now),
                25..26 => self.end(number).await,
                26..28 => self.merge(number).await,
                28..31 => self.delete(number).await,
                _ => self.update(number, &mut seen).await,
            };
            if let Err(error) = ended
                && !self.faulty.is_faulted.load(Ordering::SeqCst)
            {
                self.world.breaks(format!("operation {number:x} failed without a fault: {error}"));
            }
        }
    }

    async fn read(&self) -> Result<Seen, Error> {
        self.faulty.is_faulted.store(false, Ordering::SeqCst);
        let (identity, name) = self.world.place();
        let read = reading::since(&self.datasets, (&self.world.pool, &identity), &name, 0).await;
        let (shelf, records) = match read {
            Err(error) => return self.refused(error).map(|()| Seen::new()),
            Ok(read) => read,
        };
        if let Some(dataset) = shelf.as_ref().and_then(|shelf| shelf.find(&name)) {
            let (dataset, sync_count) = (dataset.id, dataset.sync_count);
            self.world.log().readings.push(Reading { dataset, sync_count, records: records.clone() });
        }
        Ok(records.into_iter().map(|record| (record.key, (record.sync_count, record.value))).collect())
    }

    /// What the end of an identity explains is no failure.
    fn refused(&self, error: Error) -> Result<(), Error> {
        match error {
            Error::NotAuthorized(_) | Error::ResourceNotFound(_) => {
                self.world.count("disabled or deleted identities refused");
                Ok(())
            }
            // Many at once may be first all the time.
            Error::TooManyRequests => {
                self.world.count("gave up after many tries");
                Ok(())
            }
            other => Err(other),
        }
    }

    fn patches(&self, number: u64, seen: &Seen) -> Vec<Patch> {
        let keys: BTreeSet<u64> = (0..=self.faulty.below(3)).map(|_| self.faulty.below(KEYS)).collect();
        let patch = |key: u64| {
            let key = format!("key{key}");
            let (sync_count, old) = seen.get(&key).cloned().unwrap_or_default();
            let value = match self.faulty.below(8) {
                0 => None,
                1 => old.or_else(|| Some("the same for all".into())),
                // Long enough that the dataset spreads over several rows.
                _ => Some(format!("{number:x} {}", "x".repeat(LONG))),
            };
            Patch { put: Put { key, value, device_modified: None }, sync_count }
        };
        keys.into_iter().map(patch).collect()
    }

    async fn update(&self, number: u64, seen: &mut Seen) -> Result<(), Error> {
        let patches = self.patches(number, seen);
        let puts = patches.iter().map(|patch| (patch.put.clone(), patch.sync_count)).collect();
        self.faulty.begin(Operation::Update { number, puts });
        let made = match self.change(number, &patches).await {
            Ok(Some(records)) => {
                self.world.count("changes made");
                let made = records.first().map(|record| record.sync_count);
                seen.extend(records.into_iter().map(|record| (record.key, (record.sync_count, record.value))));
                made
            }
            Ok(None) => {
                self.world.count("changes that said what was stored");
                None
            }
            Err(Error::ResourceConflict(_)) => {
                self.world.count("conflicts of counts refused");
                self.world.log().answers.push(Answer { number, made: None });
                *seen = self.read().await?;
                return Ok(());
            }
            Err(error) => {
                seen.clear();
                self.refused(error)?;
                None
            }
        };
        self.world.log().answers.push(Answer { number, made });
        Ok(())
    }

    /// As UpdateRecords does it. `None`: there was nothing to change.
    async fn change(&self, number: u64, patches: &[Patch]) -> Result<Option<Vec<Record>>, Error> {
        let keys: BTreeSet<&str> = patches.iter().map(|patch| patch.put.key.as_str()).collect();
        for _ in 0..TRIES {
            let (identity, name) = self.world.place();
            let found = reach::find(&self.datasets, &self.world.pool, &identity).await?;
            let keys = Some(&keys).filter(|_| !number.is_multiple_of(3));
            let Some(opened) = self.datasets.open(found, &name, keys).await? else { continue };
            let puts: Vec<Put> = patches.iter().map(|patch| patch.put.clone()).collect();
            within_limits(&opened, &puts)?;
            let puts = applied(&opened, patches)?;
            if puts.is_empty() {
                return Ok(None);
            }
            let by = format!("device{}", self.number);
            if let Written::Done(_, records) = self.datasets.write(&opened, &puts, (&by, NOW), &[]).await? {
                return Ok(Some(records));
            }
        }
        Err(Error::TooManyRequests)
    }

    async fn delete(&self, number: u64) -> Result<(), Error> {
        self.faulty.begin(Operation::Delete { number });
        let (identity, name) = self.world.place();
        let found = match reach::find(&self.datasets, &self.world.pool, &identity).await {
            Err(error) => return self.refused(error),
            Ok(found) => found,
        };
        let opened = self.datasets.open(found, &name, Some(&BTreeSet::new())).await?;
        let Some(opened) = opened.filter(|opened| opened.dataset().is_some()) else { return Ok(()) };
        let is_made = self.datasets.delete(&opened, &[]).await?;
        self.world.count(if is_made { "datasets deleted" } else { "deletions in conflict refused" });
        let made = opened.dataset().filter(|_| is_made).map(|dataset| dataset.sync_count);
        self.world.log().answers.push(Answer { number, made });
        self.datasets.sweep().await?;
        Ok(())
    }

    /// The owner of the dataset is merged into a new identity.
    async fn merge(&self, number: u64) -> Result<(), Error> {
        self.faulty.begin(Operation::Merge { number });
        let (identity, name) = self.world.place();
        let rows: Arc<dyn store::Rows> = self.faulty.clone();
        let survivor = new_identity(&rows, &self.random, &self.world.pool).await?;
        let (Some(winner), Some(old)) =
            (self.identities.get(&survivor).await?, self.identities.get(&identity).await?.filter(|old| !old.disabled))
        else {
            return Ok(());
        };
        let gone = Identity { disabled: true, ..(*old.record).clone() };
        let stays = (*winner.record).clone();
        let steps = [Step::Change(&winner, &stays), Step::Change(&old, &gone)];
        let outcome = self.identities.commit(&steps).await;
        // Whatever became of it, everybody goes where the dataset is now.
        let is_made = match self.datasets.find(&self.world.pool, &identity).await? {
            Found::Disabled => true,
            Found::Shelf(_) | Found::Empty(_) | Found::Unknown => false,
        };
        if is_made && let Found::Shelf(shelf) = self.datasets.find(&self.world.pool, &survivor).await? {
            let kept = shelf.merged_into(NAME).into_iter().find(|merged| *merged == name);
            let renamed = shelf.merged_into(NAME).into_iter().next();
            self.world.move_on(&identity, survivor.clone(), kept.or(renamed).unwrap_or(name));
        } else if is_made {
            self.world.move_on(&identity, survivor.clone(), NAME.into());
        }
        if outcome? == Outcome::Committed {
            self.world.count("identities merged");
        }
        Ok(())
    }

    /// The owner of the dataset is deleted, and another one takes its place.
    async fn end(&self, number: u64) -> Result<(), Error> {
        self.faulty.begin(Operation::End { number });
        let (identity, _) = self.world.place();
        let Some(old) = self.identities.get(&identity).await?.filter(|old| !old.disabled) else { return Ok(()) };
        let outcome = self.identities.commit(&[Step::Delete(&old)]).await;
        if self.identities.get(&identity).await?.is_none() {
            let rows: Arc<dyn store::Rows> = self.faulty.clone();
            let next: IdentityId = new_identity(&rows, &self.random, &self.world.pool).await?;
            self.world.move_on(&identity, next, NAME.into());
        }
        if outcome? == Outcome::Committed {
            self.world.count("identities deleted");
        }
        Ok(())
    }
}

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// So few that devices meet all the time.
const KEYS: u64 = 24;
const LONG: usize = 4000;
const TRIES: usize = 64;
