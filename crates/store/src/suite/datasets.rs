//! Datasets: what they promise to devices that change them at the same time, and to identities that come and go.

use std::collections::BTreeSet;

use vocab::{IdentityId, PoolId, Region, Timestamp};

use super::{Bench, Broken, Case, Verdict, all, ensure, same};
use crate::datasets::{Dataset, Datasets, Found, Opened, Put, Record, Written};
use crate::identities::{Identity, Step};
use crate::rows::{Scan, Table};
use crate::{Identities, Outcome, Stored};

pub(super) const CASES: &[(&str, Case)] = &[
    ("a dataset is made, changed and read", |b| Box::pin(changed(b))),
    ("one change has as many records as a dataset", |b| Box::pin(many_records(b))),
    ("of changes of one reading one happens", |b| Box::pin(one_of_many(b))),
    ("datasets of one identity do not keep each other from changing", |b| Box::pin(side_by_side(b))),
    ("a deleted dataset is remembered and leaves no records", |b| Box::pin(deleted(b))),
    ("datasets are handed over in the merge", |b| Box::pin(handed_over(b))),
    ("no dataset is born behind a merge or a deletion", |b| Box::pin(not_born_behind(b))),
    ("the datasets of a deleted identity go with it", |b| Box::pin(gone_with_identity(b))),
    ("merged datasets that nobody handles do not pile up", |b| Box::pin(overflowing(b))),
];

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A pool with one identity.
struct World {
    b: Bench,
    datasets: Datasets,
    identities: Identities,
    pool: PoolId,
    identity: IdentityId,
}

async fn world(b: &Bench) -> Result<World, Broken> {
    let region: Region = "us-east-1".parse().map_err(|_| Broken("a region is not read".into()))?;
    let world = World {
        b: b.clone(),
        datasets: Datasets::new(b.rows.clone(), b.random.clone()),
        identities: Identities::new(b.rows.clone(), b.random.clone()),
        pool: PoolId::draw(&region, &*b.random),
        identity: IdentityId::draw(&region, &*b.random),
    };
    world.create(&world.identity).await?;
    Ok(world)
}

fn put(key: &str, value: Option<&str>) -> Put {
    Put { key: key.into(), value: value.map(str::to_owned), device_modified: None }
}

impl World {
    async fn create(&self, id: &IdentityId) -> Verdict {
        let new = Identity {
            id: id.clone(),
            pool: self.pool.clone(),
            disabled: false,
            logins: Vec::new(),
            had_logins: false,
            created: NOW,
            modified: NOW,
        };
        same(self.identities.commit(&[Step::Create(&new)]).await?, Outcome::Committed, "a creation")
    }

    async fn another(&self) -> Result<IdentityId, Broken> {
        let other = IdentityId::draw(self.pool.region(), &*self.b.random);
        self.create(&other).await?;
        Ok(other)
    }

    async fn open(&self, id: &IdentityId, name: &str, keys: &[&str]) -> Result<Opened, Broken> {
        let found = self.datasets.find(&self.pool, id).await?;
        let keys: BTreeSet<&str> = keys.iter().copied().collect();
        let opened = self.datasets.open(found, name, Some(&keys)).await?;
        opened.ok_or_else(|| Broken("a dataset of an enabled identity is not opened".into()))
    }

    async fn write(&self, id: &IdentityId, name: &str, puts: &[Put]) -> Result<(Dataset, Vec<Record>), Broken> {
        let keys: Vec<&str> = puts.iter().map(|put| put.key.as_str()).collect();
        let opened = self.open(id, name, &keys).await?;
        match self.datasets.write(&opened, puts, ("device", NOW), &[]).await? {
            Written::Done(dataset, records) => Ok((dataset, records)),
            Written::Changed => Err(Broken("a change that nobody disturbed was not made".into())),
        }
    }

    async fn dataset(&self, id: &IdentityId, name: &str) -> Result<Option<Dataset>, Broken> {
        match self.datasets.find(&self.pool, id).await? {
            Found::Shelf(shelf) => Ok(shelf.find(name).cloned()),
            Found::Empty(_) | Found::Disabled | Found::Unknown => Ok(None),
        }
    }

    /// Key, value and count of every record, by key.
    async fn records(&self, dataset: &Dataset) -> Result<Vec<(String, Option<String>, u64)>, Broken> {
        let records = self.datasets.records(dataset).await?;
        let mut records: Vec<_> =
            records.into_iter().map(|record| (record.key, record.value, record.sync_count)).collect();
        records.sort();
        Ok(records)
    }

    async fn stored(&self, id: &IdentityId) -> Result<Stored<Identity>, Broken> {
        self.identities.get(id).await?.ok_or_else(|| Broken("an identity that was made is gone".into()))
    }

    async fn merge(&self, survivor: &IdentityId, loser: &IdentityId) -> Result<Outcome, Broken> {
        let (winner, lost) = (self.stored(survivor).await?, self.stored(loser).await?);
        let gone = Identity { disabled: true, ..(*lost.record).clone() };
        let stays = (*winner.record).clone();
        Ok(self.identities.commit(&[Step::Change(&winner, &stays), Step::Change(&lost, &gone)]).await?)
    }

    async fn rows_of(&self, dataset: &Dataset) -> Result<usize, Broken> {
        let prefix = dataset.id.to_be_bytes();
        Ok(self.b.rows.scan(Scan { table: Table::Record, prefix: &prefix, after: None, limit: 100 }).await?.len())
    }
}

async fn changed(b: Bench) -> Verdict {
    let world = world(&b).await?;
    let id = &world.identity;
    ensure(matches!(world.datasets.find(&world.pool, id).await?, Found::Empty(_)), "a new identity has a shelf")?;
    let (one, records) = world.write(id, "prefs", &[put("a", Some("1")), put("b", Some("22"))]).await?;
    same((one.sync_count, one.records, one.bytes), (1, 2, 5), "a new dataset")?;
    same(records.iter().map(|record| record.sync_count).collect(), vec![1, 1], "the counts of its records")?;
    let (two, _) = world.write(id, "prefs", &[put("b", None), put("c", Some(""))]).await?;
    same((two.sync_count, two.records, two.bytes, two.id), (2, 2, 3, one.id), "the changed dataset")?;
    same(world.dataset(id, "prefs").await?.as_ref(), Some(&two), "the dataset as it is kept")?;
    let wanted = vec![("a".into(), Some("1".into()), 1), ("b".into(), None, 2), ("c".into(), Some(String::new()), 2)];
    same(world.records(&two).await?, wanted, "the records")?;
    let region: Region = "eu-west-1".parse().map_err(|_| Broken("a region is not read".into()))?;
    let elsewhere = IdentityId::from_parts(&region, id.guid());
    ensure(matches!(world.datasets.find(&world.pool, &elsewhere).await?, Found::Unknown), "an id of another region")?;
    let other = PoolId::draw(world.pool.region(), &*b.random);
    ensure(matches!(world.datasets.find(&other, id).await?, Found::Unknown), "an identity of another pool is found")
}

async fn many_records(b: Bench) -> Verdict {
    let world = world(&b).await?;
    let id = &world.identity;
    let value = "v".repeat(1000);
    let keys: Vec<String> = (0..1024).map(|number| format!("key{number}")).collect();
    let puts: Vec<Put> = keys.iter().map(|key| put(key, Some(&value))).collect();
    let (full, _) = world.write(id, "large", &puts).await?;
    let bytes: usize = keys.iter().map(|key| key.len() + value.len()).sum();
    same((full.sync_count, full.records), (1, 1024), "a full dataset")?;
    same(usize::try_from(full.bytes).unwrap_or_default(), bytes, "its bytes")?;
    ensure(world.rows_of(&full).await? > 8, "a large dataset lies in few rows")?;
    let (changed, _) = world.write(id, "large", &[put("key7", Some("small"))]).await?;
    let seen = world.records(&changed).await?;
    same(seen.len(), 1024, "its records")?;
    same(seen.iter().filter(|(_, _, count)| *count == 2).count(), 1, "the records that one small change touched")?;
    let removals: Vec<Put> = keys.iter().map(|key| put(key, None)).collect();
    let (empty, _) = world.write(id, "large", &removals).await?;
    same((empty.sync_count, empty.records, empty.bytes, empty.forgotten), (3, 0, 0, 0), "an emptied dataset")?;
    let seen = world.records(&empty).await?;
    ensure(seen.len() == 1024 && seen.iter().all(|(_, value, count)| value.is_none() && *count == 3), "its traces")?;
    // Traces do not pile up, and what they told is not forgotten silently.
    for round in 0..6 {
        let keys: Vec<String> = (0..1000).map(|number| format!("round{round}/{number}")).collect();
        let removals: Vec<Put> = keys.iter().map(|key| put(key, None)).collect();
        world.write(id, "large", &removals).await?;
    }
    let dataset = world.dataset(id, "large").await?.ok_or_else(|| Broken("a dataset is gone".into()))?;
    ensure(world.records(&dataset).await?.len() <= 4096 + 1024, "traces pile up")?;
    ensure(dataset.forgotten >= 3, "traces were forgotten silently")
}

async fn one_of_many(b: Bench) -> Verdict {
    let world = world(&b).await?;
    world.write(&world.identity, "prefs", &[put("n", Some("0"))]).await?;
    let opened = world.open(&world.identity, "prefs", &["n"]).await?;
    let (sender, mut done) = tokio::sync::mpsc::unbounded_channel();
    all((0..16).map(|number| {
        let (datasets, opened, sender) = (world.datasets.clone(), opened.clone(), sender.clone());
        async move {
            let value = format!("{number}");
            let written = datasets.write(&opened, &[put("n", Some(&value))], ("device", NOW), &[]).await?;
            if let Written::Done(dataset, _) = written {
                sender.send((dataset.sync_count, value)).map_err(|_| Broken("nobody counts".into()))?;
            }
            Ok(())
        }
    }))
    .await?;
    drop(sender);
    let (count, value) = done.recv().await.ok_or_else(|| Broken("none of the changes was made".into()))?;
    ensure(done.recv().await.is_none(), "two changes of one reading were made")?;
    same(count, 2, "the count after one change")?;
    let dataset = world.dataset(&world.identity, "prefs").await?.ok_or_else(|| Broken("it is gone".into()))?;
    same(world.records(&dataset).await?, vec![("n".into(), Some(value), 2)], "the record")
}

async fn side_by_side(b: Bench) -> Verdict {
    let world = world(&b).await?;
    let names: Vec<String> = (0..8).map(|number| format!("set{number}")).collect();
    for name in &names {
        world.write(&world.identity, name, &[put("n", Some("0"))]).await?;
    }
    let mut tasks = Vec::new();
    for name in &names {
        let opened = world.open(&world.identity, name, &["n"]).await?;
        let datasets = world.datasets.clone();
        tasks.push(async move {
            let written = datasets.write(&opened, &[put("n", Some("1"))], ("device", NOW), &[]).await?;
            ensure(matches!(written, Written::Done(..)), "a dataset kept another from changing")
        });
    }
    all(tasks).await?;
    for name in &names {
        let dataset = world.dataset(&world.identity, name).await?;
        same(dataset.map(|dataset| dataset.sync_count), Some(2), "the count of each")?;
    }
    Ok(())
}

async fn deleted(b: Bench) -> Verdict {
    let world = world(&b).await?;
    let id = &world.identity;
    world.write(id, "prefs", &[put("a", Some("1"))]).await?;
    let (old, _) = world.write(id, "prefs", &[put("a", Some("2"))]).await?;
    let stale = world.open(id, "prefs", &["a"]).await?;
    ensure(world.datasets.delete(&stale, &[]).await?, "a deletion was not made")?;
    ensure(!world.datasets.delete(&stale, &[]).await?, "a dataset was deleted twice")?;
    let late = world.datasets.write(&stale, &[put("a", Some("3"))], ("device", NOW), &[]).await?;
    same(late, Written::Changed, "a change of a deleted dataset")?;
    ensure(world.dataset(id, "prefs").await?.is_none(), "a deleted dataset is found")?;
    world.datasets.sweep().await?;
    same(world.rows_of(&old).await?, 0, "the rows that a deleted dataset leaves")?;
    let (new, _) = world.write(id, "prefs", &[put("b", Some("1"))]).await?;
    same((new.sync_count, new.base, new.records), (3, 2, 1), "a dataset that was made again")?;
    ensure(new.id != old.id, "a dataset that was made again has its old records")?;
    let Found::Shelf(shelf) = world.datasets.find(&world.pool, id).await? else {
        return Err(Broken("a shelf is gone".into()));
    };
    ensure(shelf.is_deleted_after("prefs", 2) && !shelf.is_deleted_after("prefs", 3), "the deletion is forgotten")
}

async fn handed_over(b: Bench) -> Verdict {
    let world = world(&b).await?;
    let survivor = &world.identity;
    let loser = world.another().await?;
    world.write(survivor, "prefs", &[put("a", Some("mine"))]).await?;
    let (theirs, _) = world.write(&loser, "prefs", &[put("a", Some("theirs"))]).await?;
    world.write(&loser, "score", &[put("n", Some("7"))]).await?;
    let stale = world.open(&loser, "prefs", &["a"]).await?;
    same(world.merge(survivor, &loser).await?, Outcome::Committed, "a merge")?;
    ensure(matches!(world.datasets.find(&world.pool, &loser).await?, Found::Disabled), "a merged identity has data")?;
    let late = world.datasets.write(&stale, &[put("a", Some("late"))], ("device", NOW), &[]).await?;
    same(late, Written::Changed, "a change of a dataset that was handed over")?;
    let Found::Shelf(shelf) = world.datasets.find(&world.pool, survivor).await? else {
        return Err(Broken("the survivor has no shelf".into()));
    };
    let merged = format!("prefs.{loser}");
    same(shelf.merged_into("prefs"), vec![merged.clone()], "what waits to be merged")?;
    same(shelf.merged_into("score"), vec![format!("score.{loser}")], "what waits under a name of its own")?;
    let dataset = shelf.find(&merged).ok_or_else(|| Broken("a merged dataset is gone".into()))?;
    same((dataset.id, dataset.sync_count), (theirs.id, 1), "a merged dataset")?;
    same(world.records(dataset).await?, vec![("a".into(), Some("theirs".into()), 1)], "its records")?;
    // It is a dataset like any other, and stays what it is when its owner is merged in turn.
    world.write(survivor, &merged, &[put("a", None)]).await?;
    let third = world.another().await?;
    same(world.merge(&third, survivor).await?, Outcome::Committed, "a second merge")?;
    let Found::Shelf(shelf) = world.datasets.find(&world.pool, &third).await? else {
        return Err(Broken("the second survivor has no shelf".into()));
    };
    let mut waiting = shelf.merged_into("prefs");
    waiting.sort();
    let mut wanted = vec![merged, format!("prefs.{survivor}")];
    wanted.sort();
    same(waiting, wanted, "what waits after two merges")
}

async fn not_born_behind(b: Bench) -> Verdict {
    for ends_by_merge in [true, false] {
        let world = world(&b).await?;
        let loser = world.another().await?;
        // Read while it was enabled and had nothing; written when it is gone.
        let opened = world.open(&loser, "prefs", &["a"]).await?;
        let before = world.stored(&loser).await?;
        let outcome = if ends_by_merge {
            world.merge(&world.identity, &loser).await?
        } else {
            world.identities.commit(&[Step::Delete(&before)]).await?
        };
        same(outcome, Outcome::Committed, "the end of an identity")?;
        let late = world.datasets.write(&opened, &[put("a", Some("1"))], ("device", NOW), &[]).await?;
        same(late, Written::Changed, "a dataset born behind the end of its identity")?;
        // The other way round: whoever read the identity before a dataset was born does not end it.
        let next = world.another().await?;
        let before = world.stored(&next).await?;
        world.write(&next, "prefs", &[put("a", Some("1"))]).await?;
        let gone = Identity { disabled: true, ..(*before.record).clone() };
        let step = if ends_by_merge { Step::Change(&before, &gone) } else { Step::Delete(&before) };
        let survivor = world.stored(&world.identity).await?;
        let stays = (*survivor.record).clone();
        let outcome = world.identities.commit(&[Step::Change(&survivor, &stays), step]).await?;
        ensure(matches!(outcome, Outcome::Conflict(_)), "an identity ended behind the birth of its dataset")?;
        ensure(world.dataset(&next, "prefs").await?.is_some(), "a dataset is gone")?;
    }
    Ok(())
}

async fn gone_with_identity(b: Bench) -> Verdict {
    let world = world(&b).await?;
    let (dataset, _) = world.write(&world.identity, "prefs", &[put("a", Some("1"))]).await?;
    same(world.datasets.of_pool(&world.pool, None, 10).await?.len(), 1, "the shelves of a pool")?;
    let stored = world.stored(&world.identity).await?;
    same(world.identities.commit(&[Step::Delete(&stored)]).await?, Outcome::Committed, "a deletion")?;
    same(world.datasets.of_pool(&world.pool, None, 10).await?.len(), 0, "the shelves after a deletion")?;
    world.datasets.sweep().await?;
    same(world.rows_of(&dataset).await?, 0, "the rows that a deleted identity leaves")
}

async fn overflowing(b: Bench) -> Verdict {
    let world = world(&b).await?;
    world.write(&world.identity, "own", &[put("a", Some("1"))]).await?;
    for round in 0..11 {
        let guest = world.another().await?;
        for number in 0..20 {
            world.write(&guest, &format!("set{number}"), &[put("round", Some(&format!("{round}")))]).await?;
        }
        same(world.merge(&world.identity, &guest).await?, Outcome::Committed, "a merge")?;
    }
    let Found::Shelf(shelf) = world.datasets.find(&world.pool, &world.identity).await? else {
        return Err(Broken("the survivor has no shelf".into()));
    };
    same(shelf.datasets.len(), 200, "the datasets after many merges")?;
    ensure(shelf.find("own").is_some(), "the identity's own dataset made room for merged ones")
}
