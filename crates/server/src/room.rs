//! The room for bodies that are held in memory: so much in all, and so much of one address, that nobody takes the room
//! of all by sending slowly.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use operation::limits::network;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The room, in bytes.
pub struct Room {
    all: Semaphore,
    most_of_one: usize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// What one body takes of it; dropping it gives that back.
pub struct Share<'a> {
    room: &'a Room,
    address: IpAddr,
    bytes: usize,
    permit: Option<SemaphorePermit<'a>>,
}

impl Room {
    /// Room for so many bytes in all. One address has a part of it, and in any case the `longest` body.
    pub fn new(bytes: usize, longest: usize) -> Self {
        let most_of_one = (bytes / PARTS).max(longest);
        Self { all: Semaphore::new(bytes.min(Semaphore::MAX_PERMITS)), most_of_one, by_address: Mutex::default() }
    }

    /// The share of a body from this address, of which nothing has come yet.
    pub fn share(&self, address: IpAddr) -> Share<'_> {
        Share { room: self, address: network(address), bytes: 0, permit: None }
    }
}

impl Share<'_> {
    /// Makes room for so many bytes more, where there is any.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let Some(more) = u32::try_from(bytes).ok().and_then(|bytes| self.room.all.try_acquire_many(bytes).ok()) else {
            return false;
        };
        let mut by_address = self.room.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let held = by_address.get(&self.address).copied().unwrap_or_default() + bytes;
        if held > self.room.most_of_one {
            return false;
        }
        by_address.insert(self.address, held);
        self.bytes += bytes;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        true
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut by_address = self.room.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let left = by_address.get(&self.address).copied().unwrap_or_default().saturating_sub(self.bytes);
        if left == 0 {
            by_address.remove(&self.address);
        } else {
            by_address.insert(self.address, left);
        }
    }
}

/// One address may take this part of the room.
const PARTS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_room_for_others_and_gives_back_what_it_took() {
        let room = Room::new(800, 10);
        let [noisy, quiet] = ["192.0.2.1", "2001:db8::1"].map(|text| text.parse().unwrap());
        let mut shares: Vec<Share<'_>> = (0..3).map(|_| room.share(noisy)).collect();
        let grown: Vec<bool> = shares.iter_mut().map(|share| share.grow(40)).collect();
        assert_eq!(grown, [true, true, false]);
        assert!(shares[0].grow(20) && !shares[1].grow(1));
        assert!(room.share(quiet).grow(100));
        drop(shares);
        assert!(room.by_address.lock().unwrap().is_empty(), "nothing is kept of who left");
        assert_eq!(room.all.available_permits(), 800);
        let mut all = room.share(noisy);
        assert!(all.grow(100) && !all.grow(1) && !room.share(quiet).grow(usize::MAX));
        assert!(Room::new(800, 300).share(noisy).grow(300), "a body of the greatest length always has room");
    }
}
