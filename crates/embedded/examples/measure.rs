//! Measures the embedded store: durable creations of identities by 64 writers, then reads.
//!
//! `cargo run --release -p embedded --example measure [ROWS [FOLDER]]`

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use embedded::Store;
use store::{Row, Rows, Table, Version, Write};
use vocab::{Random, SystemRandom};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: usize = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("daypass-measure"), PathBuf::from);
    println!("fdatasync of one page: {:.0} a second", syncs(&folder)?);
    let store = Store::open(&folder)?;
    create(&store, rows).await?;
    read(&store, rows).await?;
    drop(store);
    Ok(std::fs::remove_dir_all(folder)?)
}

/// What the disk gives.
fn syncs(folder: &PathBuf) -> std::io::Result<f64> {
    use std::os::unix::fs::FileExt;
    std::fs::create_dir_all(folder)?;
    let file = std::fs::File::create(folder.join("probe"))?;
    file.write_all_at(&[1; 4096 * 200], 0)?;
    file.sync_all()?;
    let begun = Instant::now();
    for page in 0..200 {
        file.write_all_at(&[2; 4096], page * 4096)?;
        file.sync_data()?;
    }
    Ok(200.0 / begun.elapsed().as_secs_f64())
}

/// Identity, login and listing in one commit, as a new sign-in makes them.
async fn create(store: &Arc<Store>, rows: usize) -> Result<(), Box<dyn Error>> {
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let writers = (0..64).map(|_| {
        let (store, next) = (store.clone(), next.clone());
        tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= rows {
                    return Ok(());
                }
                let row = |value: &[u8]| Row { version: Version::draw(&SystemRandom), value: value.to_vec() };
                let id = key(number);
                store
                    .commit(vec![
                        Write::insert(Table::Identity, id.clone(), row(&[7; 400])),
                        Write::insert(Table::PoolIdentity, [&[1; 16], id.as_slice()].concat(), row(&[])),
                        Write::insert(Table::Login, draw(48), row(&id)),
                    ])
                    .await?;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await?.map_err(|error: store::Error| error)?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("64 writers: {:.0} durable creations a second ({rows} in {seconds:.1} s)", rows as f64 / seconds);
    Ok(())
}

async fn read(store: &Arc<Store>, rows: usize) -> Result<(), Box<dyn Error>> {
    let mut taken = Vec::new();
    for number in 0..50_000 {
        let key = key(number * 7919 % rows);
        let begun = Instant::now();
        let found = store.get(Table::Identity, &key).await?;
        taken.push(begun.elapsed().as_nanos());
        assert!(found.is_some());
    }
    taken.sort_unstable();
    let at = |part: usize| taken.get(taken.len() * part / 100).copied().unwrap_or(0) as f64 / 1000.0;
    println!("get among {rows}: median {:.1} µs, 99 of 100 within {:.1} µs", at(50), at(99));
    Ok(())
}

/// A key that looks random and can be found again.
fn key(number: usize) -> Vec<u8> {
    let mixed = (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    mixed.to_be_bytes().to_vec()
}

fn draw(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    SystemRandom.fill(&mut bytes);
    bytes
}
