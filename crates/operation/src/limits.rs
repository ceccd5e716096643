//! Token buckets on the open door: operations that anybody may call, without a signature.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use quick_cache::sync::Cache;
use vocab::{PoolId, Timestamp};

/// How often strangers may call, per second. `None` lifts a limit.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Unsigned calls from one address (IPv4 address, or IPv6 network of 64 bits).
    pub unsigned_per_address: Option<NonZeroU32>,
    /// Calls from one address whose signature or key is not accepted.
    pub failures_per_address: Option<NonZeroU32>,
    /// Unsigned calls in one pool.
    pub unsigned_per_pool: Option<NonZeroU32>,
    /// New guests from one address.
    pub guests_per_address: Option<NonZeroU32>,
    /// New guests in one pool.
    pub guests_per_pool: Option<NonZeroU32>,
}

impl Rates {
    /// No limits at all: load tests, and the development server.
    pub const UNLIMITED: Self = Self {
        unsigned_per_address: None,
        failures_per_address: None,
        unsigned_per_pool: None,
        guests_per_address: None,
        guests_per_pool: None,
    };
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            unsigned_per_address: NonZeroU32::new(200),
            failures_per_address: NonZeroU32::new(20),
            unsigned_per_pool: NonZeroU32::new(5000),
            guests_per_address: NonZeroU32::new(20),
            guests_per_pool: NonZeroU32::new(500),
        }
    }
}

/// The buckets. One caller's excess never empties another's.
pub struct Limits {
    unsigned: Option<DefaultKeyedRateLimiter<IpAddr>>,
    failures: Option<DefaultKeyedRateLimiter<IpAddr>>,
    /// The addresses that have failed too often, and since when.
    barred: Cache<IpAddr, Timestamp>,
    by_pool: Option<DefaultKeyedRateLimiter<[u8; 16]>>,
    guests_by_address: Option<DefaultKeyedRateLimiter<IpAddr>>,
    guests_by_pool: Option<DefaultKeyedRateLimiter<[u8; 16]>>,
}

impl Limits {
    /// Full buckets at these rates; each holds two seconds' worth.
    pub fn new(rates: Rates) -> Self {
        Self {
            unsigned: rates.unsigned_per_address.map(|rate| RateLimiter::keyed(quota(rate))),
            failures: rates.failures_per_address.map(|rate| RateLimiter::keyed(quota(rate))),
            barred: Cache::new(BARRED),
            by_pool: rates.unsigned_per_pool.map(|rate| RateLimiter::keyed(quota(rate))),
            guests_by_address: rates.guests_per_address.map(|rate| RateLimiter::keyed(quota(rate))),
            guests_by_pool: rates.guests_per_pool.map(|rate| RateLimiter::keyed(quota(rate))),
        }
    }

    /// Whether this address may make one more unsigned call now.
    pub fn unsigned(&self, address: IpAddr) -> bool {
        self.unsigned.as_ref().is_none_or(|limiter| limiter.check_key(&network(address)).is_ok())
    }

    /// Notes that a signature or key of this address was not accepted.
    pub fn failed(&self, address: IpAddr, now: Timestamp) {
        let network = network(address);
        if self.failures.as_ref().is_some_and(|limiter| limiter.check_key(&network).is_err()) {
            self.barred.insert(network, now);
        }
    }

    /// Whether this address failed so often within the last second that its next signed call is not even read.
    pub fn is_barred(&self, address: IpAddr, now: Timestamp) -> bool {
        let since = if self.failures.is_some() { self.barred.get(&network(address)) } else { None };
        since.is_some_and(|since| now < since + Duration::from_secs(1))
    }

    /// Whether one more unsigned call may be made in this pool now.
    pub fn pool(&self, pool: &PoolId) -> bool {
        self.by_pool.as_ref().is_none_or(|limiter| limiter.check_key(&pool.guid()).is_ok())
    }

    /// Whether this address may make one more guest in this pool now.
    pub fn guest(&self, address: IpAddr, pool: &PoolId) -> bool {
        self.guests_by_address.as_ref().is_none_or(|limiter| limiter.check_key(&network(address)).is_ok())
            && self.guests_by_pool.as_ref().is_none_or(|limiter| limiter.check_key(&pool.guid()).is_ok())
    }

    /// Forgets buckets that are full again; call it every few seconds, so that memory stays bounded.
    pub fn sweep(&self) {
        self.unsigned.iter().for_each(RateLimiter::retain_recent);
        self.failures.iter().for_each(RateLimiter::retain_recent);
        self.by_pool.iter().for_each(RateLimiter::retain_recent);
        self.guests_by_address.iter().for_each(RateLimiter::retain_recent);
        self.guests_by_pool.iter().for_each(RateLimiter::retain_recent);
    }
}

fn quota(rate: NonZeroU32) -> Quota {
    Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(1)))
}

/// A subscriber usually has a whole IPv6 /64: it counts as one address.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// So many addresses are barred at a time; of more, the ones that failed longest ago get another try.
const BARRED: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_starve_another() {
        let limits = Limits::new(Rates { unsigned_per_address: NonZeroU32::new(1), ..Rates::UNLIMITED });
        let [noisy, quiet] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        let allowed = (0..10).filter(|_| limits.unsigned(noisy)).count();
        assert!(allowed < 5, "{allowed}");
        assert!(limits.unsigned(quiet));
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        assert_eq!(network("2001:db8::1".parse().unwrap()), network("2001:db8::ffff".parse().unwrap()));
        assert_ne!(network("2001:db8:0:1::1".parse().unwrap()), network("2001:db8::1".parse().unwrap()));
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), network("192.0.2.1".parse().unwrap()));
    }
}
