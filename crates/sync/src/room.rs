//! Room to read or change datasets: a small request may concern a megabyte, in several spellings at once.

use std::sync::Arc;
use std::time::Duration;

use store::datasets::Found;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Error;

/// What datasets that are read or changed now take of the memory, in KiB.
pub struct Room {
    own: Arc<Semaphore>,
    /// The same for those that a function is asked about, so that a slow one holds up nobody else.
    of_functions: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        let room = || Arc::new(Semaphore::new(ROOM as usize));
        Self { own: room(), of_functions: room() }
    }
}

impl Room {
    /// Room for the dataset of this name. Errs where there is none for a while.
    pub async fn take(&self, found: &Found, name: &str, asks_function: bool) -> Result<OwnedSemaphorePermit, Error> {
        let bytes = match found {
            Found::Shelf(shelf) => shelf.find(name).map_or(0, |dataset| dataset.bytes),
            Found::Empty(_) | Found::Disabled | Found::Unknown => 0,
        };
        self.take_for(bytes, asks_function).await
    }

    /// Room for a dataset of so many bytes. Errs where there is none for a while.
    pub async fn take_for(&self, bytes: u64, asks_function: bool) -> Result<OwnedSemaphorePermit, Error> {
        let kib = u32::try_from(LEAST + bytes / 1024 * SPELLINGS).unwrap_or(ROOM).min(ROOM);
        let room = if asks_function { &self.of_functions } else { &self.own };
        match tokio::time::timeout(PATIENCE, room.clone().acquire_many_owned(kib)).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Error::TooManyRequests),
        }
    }
}

/// The room, in KiB.
const ROOM: u32 = 256 * 1024;
/// What a dataset takes at least, in KiB.
const LEAST: u64 = 256;
/// A byte of a record is held so many times: six in JSON, and again on its way to the store.
const SPELLINGS: u64 = 16;
/// How long is waited for room.
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: u64 = 1024 * 1024;

    #[tokio::test(start_paused = true)]
    async fn fifteen_full_datasets_are_read_at_a_time_and_functions_take_the_room_of_nobody_else() {
        let room = Room::default();
        let mut held = Vec::new();
        for _ in 0..15 {
            held.push(room.take_for(FULL, true).await.unwrap());
        }
        let began = tokio::time::Instant::now();
        assert!(matches!(room.take_for(FULL, true).await, Err(Error::TooManyRequests)));
        assert_eq!(began.elapsed(), PATIENCE);
        drop(room.take_for(FULL, false).await.unwrap());
        held.pop();
        drop(room.take_for(FULL, true).await.unwrap());
        // One that is larger than all the room may have all of it.
        drop(room.take_for(u64::MAX / 32, false).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn small_datasets_take_some_room_too() {
        let room = Room::default();
        let mut held = Vec::new();
        while let Ok(permit) = room.take_for(0, false).await {
            held.push(permit);
        }
        assert_eq!(held.len(), 1024);
    }
}
