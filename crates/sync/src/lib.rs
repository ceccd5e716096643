//! Amazon Cognito Sync: small tables of text that follow an identity from device to device.
//!
//! Records change by compare and swap: every device says which count of a record it has seen. What an identity has, and
//! what is promised of changes at the same time, is `store::datasets`. Policies decide as everywhere; on top of them
//! [`reach`] keeps the credentials of an identity to that identity's own data. Who else hears of a change is in
//! [`telling`].

pub mod reach;
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
use std::time::Duration;

use operation::service::Builder;
use operation::{Host, Service};
use store::Datasets;
use store::datasets::Found;
use store::sync_sessions::SyncSessions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::Protocol;

pub use error::Error;
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
    /// What datasets that are read or changed now take of the memory, in KiB.
    room: Arc<Semaphore>,
    /// The same for those that a function is asked about, so that a slow one holds up nobody else.
    room_of_functions: Arc<Semaphore>,
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
            room: Arc::new(Semaphore::new(ROOM as usize)),
            room_of_functions: Arc::new(Semaphore::new(ROOM as usize)),
        })
    }

    /// Room to read or change a dataset: a small request may concern a megabyte, in several spellings at once.
    pub(crate) async fn room(
        &self,
        found: &Found,
        name: &str,
        asks_function: bool,
    ) -> Result<OwnedSemaphorePermit, Error> {
        let bytes = match found {
            Found::Shelf(shelf) => shelf.find(name).map_or(0, |dataset| dataset.bytes),
            Found::Empty(_) | Found::Disabled | Found::Unknown => 0,
        };
        let kib = u32::try_from(LEAST_ROOM + bytes / 1024 * SPELLINGS).unwrap_or(ROOM).min(ROOM);
        let room = if asks_function { &self.room_of_functions } else { &self.room };
        match tokio::time::timeout(PATIENCE, room.clone().acquire_many_owned(kib)).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Error::TooManyRequests),
        }
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

/// The room for datasets, in KiB.
const ROOM: u32 = 256 * 1024;
/// What one takes at least, in KiB.
const LEAST_ROOM: u64 = 256;
/// A byte of a record is held so many times: six in JSON, and again on its way to the store.
const SPELLINGS: u64 = 16;
/// How long is waited for room.
const PATIENCE: Duration = Duration::from_secs(5);
