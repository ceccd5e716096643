//! Quotas: how much an account may have, and how often it may call. Generous here, where the machines are one's own; Amazon's
//! numbers for whoever wants to meet them before production does.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use vocab::AccountId;

/// The quotas of every account.
pub struct Quotas {
    /// Identity pools of an account.
    pub pools: usize,
    /// User pools of an identity pool.
    pub user_pools: usize,
    /// Calls a second of an account, by operation; others are not counted.
    calls: Vec<(&'static str, DefaultKeyedRateLimiter<AccountId>)>,
}

impl Quotas {
    /// What one's own machines can bear.
    pub fn generous() -> Self {
        Self { pools: 100_000, user_pools: 1000, calls: Vec::new() }
    }

    /// Amazon's numbers.
    pub fn of_aws() -> Self {
        let limiter = |(operation, rate): (&'static str, u32)| {
            let rate = NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
            (operation, RateLimiter::keyed(Quota::per_second(rate)))
        };
        Self { pools: 1000, user_pools: 50, calls: AWS.into_iter().map(limiter).collect() }
    }

    /// Whether the account may call this operation once more now.
    pub fn admits(&self, operation: &str, account: AccountId) -> bool {
        let limiter = self.calls.iter().find(|(name, _)| *name == operation);
        limiter.is_none_or(|(_, limiter)| limiter.check_key(&account).is_ok())
    }
}

const AWS: [(&str, u32); 7] = [
    ("GetId", 25),
    ("GetOpenIdToken", 200),
    ("GetCredentialsForIdentity", 200),
    ("GetOpenIdTokenForDeveloperIdentity", 200),
    ("TagResource", 5),
    ("UntagResource", 5),
    ("ListTagsForResource", 10),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_does_not_use_up_anothers() {
        let quotas = Quotas::of_aws();
        let [noisy, quiet] = [1, 2].map(|number| AccountId::from_number(number).unwrap());
        let admitted = (0..100).filter(|_| quotas.admits("TagResource", noisy)).count();
        assert!((5..10).contains(&admitted), "{admitted}");
        assert!(quotas.admits("TagResource", quiet) && quotas.admits("GetId", noisy));
        assert!((0..10_000).all(|_| Quotas::generous().admits("GetId", noisy)));
    }
}
