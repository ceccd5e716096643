//! Cold start, idle memory, and durable guests beside what the disk does.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Result;
use crate::child::Daypass;
use crate::game::Game;
use crate::load::{Requests, Sample, drive};

/// What was measured.
pub struct Rest {
    /// New guests at 64 connections.
    pub guests: Sample,
    /// `fdatasync` calls a second in the same folder, the median of before and after.
    pub syncs: f64,
    /// From the start of the process on existing data to its first answer.
    pub cold: Duration,
    /// Memory of the process, idle after that start, in MiB.
    pub idle: f64,
    /// Memory of the process after the load, in MiB.
    pub loaded: f64,
}

/// Measures; the server is killed and started again on its data.
pub async fn measure(daypass: &mut Daypass, game: &Game, folder: &Path) -> Result<Rest> {
    let loaded = daypass.child.resident()?;
    let before = syncs(folder)?;
    let guest = Requests { bytes: Arc::new(vec![game.get_id(None)?]), once: false };
    let guests = drive(&daypass.child.target(), &guest, 64, Duration::from_secs(3)).await?;
    let syncs = f64::midpoint(before, syncs(folder)?);
    let first = game.get_object()?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(daypass.restart(&first).await?);
    }
    starts.sort_unstable();
    let cold = starts.get(starts.len() / 2).copied().unwrap_or_default();
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(Rest { guests, syncs, cold, idle: daypass.child.resident()?, loaded })
}

fn syncs(folder: &Path) -> Result<f64> {
    let path = folder.join("syncs");
    let mut file = File::create(&path)?;
    let (start, mut count) = (Instant::now(), 0.0);
    while start.elapsed() < Duration::from_secs(1) {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        count += 1.0;
    }
    let rate = count / start.elapsed().as_secs_f64();
    std::fs::remove_file(&path)?;
    Ok(rate)
}

const STARTS: usize = 5;
