//! Measures what a change and a listing of one dataset cost, by how many identities have one.
//!
//! `cargo run --release -p embedded --example datasets [IDENTITIES …]`

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use embedded::Store;
use store::datasets::{Opened, Put, Written};
use store::identities::{Identity, Step};
use store::{Datasets, Identities, Outcome, Rows};
use vocab::{IdentityId, PoolId, Random, Region, SystemRandom, Timestamp};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut sizes: Vec<usize> =
        std::env::args().skip(1).map(|text| text.parse()).collect::<std::result::Result<_, _>>()?;
    if sizes.is_empty() {
        sizes = vec![1, 1000, 1_000_000];
    }
    println!("identities  find+records us  change us (one at a time)  changes/s (64 at a time)");
    for size in sizes {
        let folder = std::env::temp_dir().join(format!("daypass-datasets-{size}"));
        let house = Arc::new(House::open(&folder)?);
        let ids = house.fill(size).await?;
        let (list, change, rate) = (house.list(&ids).await?, house.change(&ids).await?, house.rate(&ids).await?);
        println!("{size:>10}  {list:>15.1}  {change:>25.1}  {rate:>24.0}");
        drop(house);
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

struct House {
    pool: PoolId,
    random: Arc<dyn Random>,
    identities: Identities,
    datasets: Datasets,
}

impl House {
    fn open(folder: &std::path::Path) -> Result<Self> {
        let rows: Arc<dyn Rows> = Store::open(folder)?;
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let region: Region = "us-east-1".parse()?;
        let pool = PoolId::draw(&region, &*random);
        let identities = Identities::new(rows.clone(), random.clone());
        Ok(Self { pool, identities, datasets: Datasets::new(rows, random.clone()), random })
    }

    /// So many identities, each with a dataset of ten records; some of their ids.
    async fn fill(self: &Arc<Self>, size: usize) -> Result<Vec<IdentityId>> {
        let mut tasks = Vec::new();
        for task in 0..FILLERS {
            let house = self.clone();
            let share = size / FILLERS + usize::from(task < size % FILLERS);
            tasks.push(tokio::spawn(async move {
                let mut ids = Vec::new();
                for number in 0..share {
                    let id = house.add().await.map_err(|error| error.to_string())?;
                    if number < KEPT {
                        ids.push(id);
                    }
                }
                Ok::<_, String>(ids)
            }));
        }
        let mut ids = Vec::new();
        for task in tasks {
            ids.extend(task.await??);
        }
        Ok(ids)
    }

    async fn add(&self) -> Result<IdentityId> {
        let new = Identity {
            id: IdentityId::draw(self.pool.region(), &*self.random),
            pool: self.pool.clone(),
            disabled: false,
            logins: Vec::new(),
            had_logins: false,
            created: NOW,
            modified: NOW,
        };
        if self.identities.commit(&[Step::Create(&new)]).await? != Outcome::Committed {
            return Err("an identity is there already".into());
        }
        let puts: Vec<Put> = (0..10).map(|number| put(number, "0")).collect();
        self.write(&new.id, &puts).await?;
        Ok(new.id)
    }

    async fn open_for(&self, id: &IdentityId, puts: &[Put]) -> Result<Opened> {
        let keys: BTreeSet<&str> = puts.iter().map(|put| put.key.as_str()).collect();
        let found = self.datasets.find(&self.pool, id).await?;
        Ok(self.datasets.open(found, "settings", Some(&keys)).await?.ok_or("the identity is gone")?)
    }

    async fn write(&self, id: &IdentityId, puts: &[Put]) -> Result<()> {
        let opened = self.open_for(id, puts).await?;
        match self.datasets.write(&opened, puts, ("device", NOW), &[]).await? {
            Written::Done(..) => Ok(()),
            Written::Changed => Err("somebody else changed it".into()),
        }
    }

    async fn list(&self, ids: &[IdentityId]) -> Result<f64> {
        let begun = Instant::now();
        for id in ids.iter().cycle().take(LISTINGS) {
            let opened = self.open_for(id, &[]).await?;
            let dataset = opened.dataset().ok_or("the dataset is gone")?;
            assert_eq!(self.datasets.records(dataset).await?.len(), 10);
        }
        Ok(begun.elapsed().as_secs_f64() * 1e6 / LISTINGS as f64)
    }

    async fn change(&self, ids: &[IdentityId]) -> Result<f64> {
        let begun = Instant::now();
        for (number, id) in ids.iter().cycle().take(CHANGES).enumerate() {
            let puts: Vec<Put> = (0..10).map(|key| put(key, &number.to_string())).collect();
            self.write(id, &puts).await?;
        }
        Ok(begun.elapsed().as_secs_f64() * 1e6 / CHANGES as f64)
    }

    /// Each task changes identities of its own.
    async fn rate(self: &Arc<Self>, ids: &[IdentityId]) -> Result<f64> {
        let begun = Instant::now();
        let mut tasks = Vec::new();
        for own in ids.chunks(ids.len().div_ceil(WRITERS)) {
            let (house, own) = (self.clone(), own.to_vec());
            tasks.push(tokio::spawn(async move {
                for (number, id) in own.iter().cycle().take(CHANGES_OF_EACH).enumerate() {
                    let puts: Vec<Put> = (0..10).map(|key| put(key, &format!("again {number}"))).collect();
                    house.write(id, &puts).await.map_err(|error| error.to_string())?;
                }
                Ok::<_, String>(())
            }));
        }
        let count = tasks.len() * CHANGES_OF_EACH;
        for task in tasks {
            task.await??;
        }
        Ok(count as f64 / begun.elapsed().as_secs_f64())
    }
}

fn put(number: usize, value: &str) -> Put {
    let value = format!("value {value} of a setting that is about this long");
    Put { key: format!("setting{number}"), value: Some(value), device_modified: None }
}

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const FILLERS: usize = 256;
const WRITERS: usize = 64;
const KEPT: usize = 16;
const LISTINGS: usize = 20_000;
const CHANGES: usize = 500;
const CHANGES_OF_EACH: usize = 200;
