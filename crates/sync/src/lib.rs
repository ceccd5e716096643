//! Amazon Cognito Sync: small tables of text that follow an identity from device to device.
//!
//! Records change by compare and swap: every device says which count of a record it has seen. What an identity has, and
//! what is promised of changes at the same time, is `store::datasets`. Policies decide as everywhere; on top of them
//! [`reach`] keeps the credentials of an identity to that identity's own data.

pub mod reach;

mod delete_dataset;
mod describe_dataset;
mod describe_identity_pool_usage;
mod describe_identity_usage;
mod list_datasets;
mod list_identity_pool_usage;
mod list_records;
mod update_records;

mod checks;
mod error;
#[cfg(any(test, feature = "testing"))]
pub mod history;
mod pages;
mod patches;
mod reading;
mod resources;
mod session_tokens;
mod shapes;
mod usage;

use std::sync::Arc;

use operation::service::Builder;
use operation::{Host, Service};
use store::Datasets;
use store::sync_sessions::SyncSessions;
use wire::Protocol;

pub use error::Error;

/// What the operations share.
pub struct Sync {
    /// The datasets of all identities.
    pub datasets: Datasets,
    /// How many sync sessions began.
    pub sessions: SyncSessions,
    usages: usage::Remembered,
}

impl Sync {
    /// The datasets in the rows of the host.
    pub fn new(host: &Host) -> Arc<Self> {
        Arc::new(Self {
            datasets: Datasets::new(host.rows.clone(), host.random.clone()),
            sessions: SyncSessions::new(host.rows.clone(), host.random.clone()),
            usages: usage::Remembered::default(),
        })
    }

    /// What nobody waits for: records of deleted datasets are deleted, sessions that were counted are written.
    pub async fn upkeep(&self, host: &Host) -> Result<(), store::Error> {
        self.sessions.write(host.now()).await?;
        self.datasets.sweep().await
    }
}

/// The operations.
pub fn service(state: Arc<Sync>) -> Service {
    with_datasets(Service::of("cognito-sync", Protocol::RestJson, state)).build()
}

fn with_datasets(service: Builder<Sync>) -> Builder<Sync> {
    service
        .add_at(list_records::ROUTE, resources::none, list_records::access, list_records::run)
        .add_at(update_records::ROUTE, resources::none, update_records::access, update_records::run)
        .add_at(list_datasets::ROUTE, resources::none, list_datasets::access, list_datasets::run)
        .add_at(describe_dataset::ROUTE, resources::none, describe_dataset::access, describe_dataset::run)
        .add_at(delete_dataset::ROUTE, resources::none, delete_dataset::access, delete_dataset::run)
        .add_at(
            describe_identity_usage::ROUTE,
            resources::none,
            describe_identity_usage::access,
            describe_identity_usage::run,
        )
        .add_at(
            describe_identity_pool_usage::ROUTE,
            resources::none,
            describe_identity_pool_usage::access,
            describe_identity_pool_usage::run,
        )
        .add_at(
            list_identity_pool_usage::ROUTE,
            resources::none,
            list_identity_pool_usage::access,
            list_identity_pool_usage::run,
        )
}
