//! Judging a history by its commits, put in the order in which they happened.
//!
//! Every commit names the version of each shelf that it found: whoever brought that version about came before it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use store::datasets::{Dataset, Put, Record, Shelf};
use store::{Datasets, Error, Rows, Scan, Table, Version};
use vocab::Random;

use super::{Answer, Commit, Operation, Reading, World};

/// What the commits come to.
#[derive(Default)]
struct Model {
    shelves: HashMap<Vec<u8>, (Version, Shelf)>,
    datasets: HashMap<u128, State>,
    /// The operations that changed something, and the count that came of it.
    made: HashMap<u64, u64>,
    broken: Vec<String>,
}

/// A dataset, at each of its counts.
#[derive(Default, Clone)]
struct State {
    sync_count: u64,
    records: BTreeMap<String, (u64, Option<String>)>,
    at: HashMap<u64, BTreeMap<String, (u64, Option<String>)>>,
}

pub(super) async fn judge(rows: &Arc<dyn Rows>, random: &Arc<dyn Random>, world: &World) -> Result<(), Error> {
    let mut model = Model::default();
    let (commits, answers, readings) = {
        let mut log = world.log();
        (std::mem::take(&mut log.commits), std::mem::take(&mut log.answers), std::mem::take(&mut log.readings))
    };
    model.replay(commits);
    model.compare_answers(&answers);
    let compared = model.compare_readings(&readings);
    model.compare_store(rows, random, world).await?;
    let mut log = world.log();
    log.counts.insert("readings compared", compared);
    log.broken.append(&mut model.broken);
    Ok(())
}

impl Model {
    fn breaks(&mut self, what: String) {
        self.broken.push(what);
    }

    fn replay(&mut self, commits: Vec<Commit>) {
        let mut waiting: HashMap<(Vec<u8>, Option<Version>), Vec<usize>> = HashMap::new();
        for (index, commit) in commits.iter().enumerate() {
            for (key, before, _) in &commit.shelves {
                waiting.entry((key.clone(), *before)).or_default().push(index);
            }
        }
        for ((key, before), followers) in &waiting {
            if followers.len() > 1 {
                self.breaks(format!("{} commits found the shelf {key:02x?} at {before:?}", followers.len()));
            }
        }
        let mut done = HashSet::new();
        loop {
            let is_next = |(index, commit): &(usize, &Commit)| {
                let found = |key: &Vec<u8>| self.shelves.get(key).map(|(version, _)| *version);
                !done.contains(index) && commit.shelves.iter().all(|(key, before, _)| found(key) == *before)
            };
            let ready: Vec<usize> = commits.iter().enumerate().filter(is_next).map(|(index, _)| index).collect();
            if ready.is_empty() {
                break;
            }
            for index in ready {
                if let Some(commit) = commits.get(index) {
                    self.apply(commit);
                    done.insert(index);
                }
            }
        }
        if done.len() < commits.len() {
            self.breaks(format!("{} commits follow from nothing that happened", commits.len() - done.len()));
        }
    }

    fn apply(&mut self, commit: &Commit) {
        let number = commit.operation.number();
        let of = |shelves: Vec<&Shelf>| -> BTreeMap<u128, Dataset> {
            shelves.into_iter().flat_map(|shelf| &shelf.datasets).map(|one| (one.id, one.clone())).collect()
        };
        let keys = commit.shelves.iter().map(|(key, _, _)| key);
        let before = of(keys.filter_map(|key| self.shelves.get(key)).map(|(_, shelf)| shelf).collect());
        let after = of(commit.shelves.iter().filter_map(|(_, _, after)| after.as_ref().map(|(_, s)| s)).collect());
        for (key, _, after) in &commit.shelves {
            match after {
                Some(after) => drop(self.shelves.insert(key.clone(), after.clone())),
                None => drop(self.shelves.remove(key)),
            }
        }
        match &commit.operation {
            Operation::Update { puts, .. } => self.update(number, puts, &before, &after),
            Operation::Delete { .. } => {
                let gone: Vec<_> = before.iter().filter(|(id, _)| !after.contains_key(id)).collect();
                if gone.len() != 1 || after.iter().any(|(id, dataset)| before.get(id) != Some(dataset)) {
                    self.broken.push(format!("{number:x}: a deletion did something else"));
                }
                let count = gone.first().map_or(0, |(_, dataset)| dataset.sync_count);
                self.note(number, count);
            }
            Operation::Merge { .. } => {
                let figures = |all: &BTreeMap<u128, Dataset>| -> Vec<_> {
                    all.values().map(|one| (one.id, one.sync_count, one.records, one.bytes)).collect()
                };
                if figures(&before) != figures(&after) {
                    self.broken.push(format!("{number:x}: a merge changed, lost or made a dataset"));
                }
                self.note(number, 0);
            }
            Operation::End { .. } => {
                if !after.is_empty() {
                    self.broken.push(format!("{number:x}: a deleted identity left datasets"));
                }
                self.note(number, 0);
            }
        }
    }

    fn note(&mut self, number: u64, count: u64) {
        if self.made.insert(number, count).is_some() {
            self.breaks(format!("{number:x}: it acted twice"));
        }
    }

    /// One dataset moved by one, and what its device sent is in it, where the device had seen what was there.
    fn update(
        &mut self,
        number: u64,
        puts: &[(Put, u64)],
        before: &BTreeMap<u128, Dataset>,
        after: &BTreeMap<u128, Dataset>,
    ) {
        let changed: Vec<&Dataset> = after.values().filter(|one| before.get(&one.id) != Some(one)).collect();
        let [dataset] = changed.as_slice() else {
            return self.breaks(format!("{number:x}: one change changed {} datasets", changed.len()));
        };
        let old = before.get(&dataset.id).map_or(dataset.base, |old| old.sync_count);
        if dataset.sync_count != old + 1 {
            self.breaks(format!("{number:x}: the count went from {old} to {}", dataset.sync_count));
        }
        self.note(number, dataset.sync_count);
        let state = self.datasets.entry(dataset.id).or_default();
        let mut broken = Vec::new();
        for (put, seen) in puts {
            let (count, value) = state.records.get(&put.key).cloned().unwrap_or_default();
            let is_anew = *seen == 0 && value.is_none() && put.value.is_some();
            if count == *seen || is_anew {
                state.records.insert(put.key.clone(), (dataset.sync_count, put.value.clone()));
            } else if value != put.value {
                broken.push(format!("{number:x}: {} was at {count}, and changed by who saw {seen}", put.key));
            }
        }
        state.sync_count = dataset.sync_count;
        state.at.insert(dataset.sync_count, state.records.clone());
        let living = state.records.values().filter(|(_, value)| value.is_some()).count();
        if u64::try_from(living) != Ok(dataset.records) {
            broken.push(format!("{number:x}: it counts {} records of {living}", dataset.records));
        }
        let size =
            |(key, (_, value)): (&String, &(u64, Option<String>))| value.as_ref().map_or(0, |v| key.len() + v.len());
        let bytes: usize = state.records.iter().map(size).sum();
        if u64::try_from(bytes) != Ok(dataset.bytes) {
            broken.push(format!("{number:x}: it counts {} bytes of {bytes}", dataset.bytes));
        }
        self.broken.append(&mut broken);
    }

    /// Who was told of a change made it, at the count that was told; who was refused made none.
    fn compare_answers(&mut self, answers: &[Answer]) {
        for answer in answers {
            let made = self.made.get(&answer.number).copied();
            if made != answer.made {
                self.breaks(format!("{:x} was told {:?}, and made {made:?}", answer.number, answer.made));
            }
        }
    }

    fn compare_readings(&mut self, readings: &[Reading]) -> u64 {
        for Reading { dataset, sync_count, records } in readings {
            let seen = plain(records);
            let held = self.datasets.get(dataset).and_then(|state| state.at.get(sync_count));
            if held != Some(&seen) {
                self.breaks(format!("what was read of {dataset:x} at {sync_count} was never there together"));
            }
        }
        readings.len() as u64
    }

    /// The store holds what the commits come to, and no record that nothing names.
    async fn compare_store(
        &mut self,
        rows: &Arc<dyn Rows>,
        random: &Arc<dyn Random>,
        world: &World,
    ) -> Result<(), Error> {
        let datasets = Datasets::new(rows.clone(), random.clone());
        datasets.sweep().await?;
        let shelves = datasets.of_pool(&world.pool, None, 10_000).await?;
        let mut named = HashSet::new();
        for shelf in &shelves {
            let known = self.shelves.values().any(|(version, _)| *version == shelf.version);
            if !known {
                self.breaks(format!("the shelf of {} is one that no commit left", shelf.identity));
            }
            for dataset in &shelf.datasets {
                named.insert(dataset.id.to_be_bytes());
                let held = plain(&datasets.records(dataset).await?);
                let wanted = self.datasets.get(&dataset.id).map(|state| state.records.clone());
                if wanted != Some(held) {
                    self.breaks(format!("the records of {} are not what the commits come to", dataset.name));
                }
            }
        }
        if shelves.len() != self.shelves.len() {
            self.breaks(format!("{} shelves are kept, {} were left", shelves.len(), self.shelves.len()));
        }
        for id in self.datasets.keys().copied().collect::<Vec<_>>() {
            let prefix = id.to_be_bytes();
            let left = rows.scan(Scan { table: Table::Record, prefix: &prefix, after: None, limit: 1 }).await?;
            if !left.is_empty() && !named.contains(&prefix) {
                self.breaks(format!("records of {id:x} lie about and nothing names them"));
            }
        }
        Ok(())
    }
}

fn plain(records: &[Record]) -> BTreeMap<String, (u64, Option<String>)> {
    records.iter().map(|record| (record.key.clone(), (record.sync_count, record.value.clone()))).collect()
}
