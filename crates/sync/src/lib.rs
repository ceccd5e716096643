//! Amazon Cognito Sync: small tables of text that follow an identity from device to device.
//!
//! Records change by compare and swap: every device says which count of a record it has seen. What an identity has, and
//! what is promised of changes at the same time, is `store::datasets`. Policies decide as everywhere; on top of them
//! [`reach`] keeps the credentials of an identity to that identity's own data. Who else hears of a change is in
//! [`telling`].

pub mod reach;
pub mod room;
pub mod settings;
pub mod telling;

mod bulk_publish;
mod delete_dataset;
mod describe_dataset;
mod describe_identity_pool_usage;
mod describe_identity_usage;
mod get_bulk_publish_details;
mod get_cognito_events;
mod get_identity_pool_configuration;
mod list_datasets;
mod list_identity_pool_usage;
mod list_records;
mod open_event_stream;
mod register_device;
mod set_cognito_events;
mod set_identity_pool_configuration;
mod subscribe_to_dataset;
mod unsubscribe_from_dataset;
mod update_records;

mod checks;
mod error;
#[cfg(any(test, feature = "testing"))]
pub mod history;
mod pages;
mod patches;
mod pool_settings;
mod reading;
mod resources;
mod service_roles;
mod session_tokens;
mod shapes;
mod trigger;
mod usage;

use std::sync::Arc;

use operation::service::Builder;
use operation::{Host, Service};
use store::Datasets;
use store::sync_sessions::SyncSessions;
use wire::Protocol;

pub use error::Error;
use room::Room;
pub use settings::Settings;
pub use telling::Telling;

/// What the operations share.
pub struct Sync {
    /// The datasets of all identities.
    pub datasets: Datasets,
    /// How many sync sessions began.
    pub sessions: SyncSessions,
    /// What tells of changes.
    pub telling: Arc<Telling>,
    /// Where functions are invoked.
    pub functions: Option<settings::Functions>,
    usages: usage::Remembered,
    /// What datasets that are read or changed now take of the memory.
    pub room: Room,
}

impl Sync {
    /// The datasets in the rows of the host, where nothing is set.
    pub fn new(host: &Arc<Host>) -> Arc<Self> {
        Self::with(host, Settings::default())
    }

    /// The datasets in the rows of the host.
    pub fn with(host: &Arc<Host>, settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            datasets: Datasets::new(host.rows.clone(), host.random.clone()),
            sessions: SyncSessions::new(host.rows.clone(), host.random.clone()),
            functions: settings.functions.clone(),
            telling: Telling::new(host, settings),
            usages: usage::Remembered::default(),
            room: Room::default(),
        })
    }

    /// What nobody waits for: records of deleted datasets are deleted, sessions that were counted are written.
    pub async fn upkeep(&self, host: &Host) -> Result<(), store::Error> {
        self.sessions.write(host.now()).await?;
        self.datasets.sweep().await?;
        pool_settings::forget(host).await
    }
}

/// The operations.
pub fn service(state: Arc<Sync>) -> Service {
    let service = with_datasets(Service::of("cognito-sync", Protocol::RestJson, state));
    with_telling(service).lasting(&["OpenEventStream"]).build()
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

fn with_telling(service: Builder<Sync>) -> Builder<Sync> {
    service
        .add_at(
            get_identity_pool_configuration::ROUTE,
            resources::none,
            get_identity_pool_configuration::access,
            get_identity_pool_configuration::run,
        )
        .add_at(
            set_identity_pool_configuration::ROUTE,
            resources::none,
            set_identity_pool_configuration::access,
            set_identity_pool_configuration::run,
        )
        .add_at(get_cognito_events::ROUTE, resources::none, get_cognito_events::access, get_cognito_events::run)
        .add_at(set_cognito_events::ROUTE, resources::none, set_cognito_events::access, set_cognito_events::run)
        .add_at(register_device::ROUTE, resources::none, register_device::access, register_device::run)
        .add_at(subscribe_to_dataset::ROUTE, resources::none, subscribe_to_dataset::access, subscribe_to_dataset::run)
        .add_at(
            unsubscribe_from_dataset::ROUTE,
            resources::none,
            unsubscribe_from_dataset::access,
            unsubscribe_from_dataset::run,
        )
        .add_at(bulk_publish::ROUTE, resources::none, bulk_publish::access, bulk_publish::run)
        .add_at(
            get_bulk_publish_details::ROUTE,
            resources::none,
            get_bulk_publish_details::access,
            get_bulk_publish_details::run,
        )
        .add_streaming_at(open_event_stream::ROUTE, resources::none, open_event_stream::access, open_event_stream::run)
}
