//! What every call of one server shares.

use std::sync::Arc;

use store::{Configuration, Identities, LastUsed, Rows};
use vocab::{AccountId, Clock, Random, Region, Timestamp};

use crate::issuer::Issuer;
use crate::keyring::{Keyring, MasterKey};
use crate::limits::Limits;
use crate::organization::Organization;
use crate::policies::Compiled;
use crate::quotas::Quotas;

/// The server that runs the operations: its stores, keys, clock and place.
pub struct Host {
    /// The rows of the store, for aggregates of their own (objects).
    pub rows: Arc<dyn Rows>,
    /// Pools, roles, users, keys, providers.
    pub configuration: Arc<Configuration>,
    /// Identities and logins.
    pub identities: Identities,
    /// When access keys and roles were last used.
    pub last_used: LastUsed,
    /// Seals and opens tokens.
    pub keyring: Arc<Keyring>,
    /// Seals secrets that are stored.
    pub master: Arc<MasterKey>,
    /// Signs the tokens of our own issuer.
    pub issuer: Arc<Issuer>,
    /// Policies, compiled.
    pub policies: Compiled,
    /// What caps every account.
    pub organization: Arc<Organization>,
    /// Token buckets on unsigned operations.
    pub limits: Limits,
    /// What accounts may have, and how often they may call.
    pub quotas: Quotas,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// The region served.
    pub region: Region,
    /// The accounts served; the first is the default.
    pub accounts: Vec<AccountId>,
}

impl Host {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the account is one of ours.
    pub fn serves(&self, account: AccountId) -> bool {
        self.accounts.contains(&account)
    }
}
