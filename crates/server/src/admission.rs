//! Who may connect: so many connections in all, and so many from one address, that nobody takes the room of all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use operation::limits::network;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room for connections.
pub struct Admission {
    all: Arc<Semaphore>,
    most_of_one: usize,
    /// Proxies stand for many clients, so only the bound of all holds for them.
    proxies: Vec<IpNet>,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// The place of one connection; dropping it makes room for another.
pub struct Place {
    admission: Arc<Admission>,
    counted: Option<IpAddr>,
    _permit: OwnedSemaphorePermit,
}

impl Admission {
    /// Room for `most` connections, `most_of_one` of them from one address.
    pub fn new(most: usize, most_of_one: usize, proxies: &[IpNet]) -> Arc<Self> {
        Arc::new(Self {
            all: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            most_of_one,
            proxies: proxies.to_vec(),
            by_address: Mutex::default(),
        })
    }

    /// A place for a connection from this address, where there is room.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let permit = self.all.clone().try_acquire_owned().ok()?;
        let peer = address.to_canonical();
        let counted = (!self.proxies.iter().any(|proxy| proxy.contains(&peer))).then(|| network(address));
        if let Some(counted) = counted {
            let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            let held = by_address.entry(counted).or_default();
            if *held >= self.most_of_one {
                return None;
            }
            *held += 1;
        }
        Some(Place { admission: self.clone(), counted, _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(counted) = self.counted else { return };
        let mut by_address = self.admission.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut held) = by_address.entry(counted) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_leaves_room_for_others() {
        let admission = Admission::new(10, 2, &[]);
        let places: Vec<Place> = (0..5).filter_map(|_| admission.admit(address("192.0.2.1"))).collect();
        assert_eq!(places.len(), 2);
        assert!(admission.admit(address("::ffff:192.0.2.1")).is_none(), "the same address in another dress");
        assert!(admission.admit(address("192.0.2.2")).is_some());
        drop(places);
        assert!(admission.admit(address("192.0.2.1")).is_some());
        assert!(admission.by_address.lock().unwrap().is_empty(), "nothing is kept of who left");
    }

    #[test]
    fn a_proxy_takes_what_there_is() {
        let admission = Admission::new(3, 1, &["192.0.2.0/24".parse().unwrap()]);
        let places: Vec<Place> = (0..5).filter_map(|_| admission.admit(address("192.0.2.1"))).collect();
        assert_eq!(places.len(), 3);
        assert!(admission.admit(address("198.51.100.1")).is_none(), "all room is taken");
    }
}
