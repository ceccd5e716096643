//! What is to be told of one change: prepared before it is committed, told after.

use std::sync::Arc;

use store::datasets::Record;
use store::outbox::{Entry, Happened, Kind};
use store::records::pools::Pool;
use store::records::syncing::PoolSync;
use store::{Error, Stored, Write};
use vocab::{IdentityId, Timestamp};

use super::Telling;

/// A change that is about to be made.
pub struct Change<'a> {
    /// The pool.
    pub pool: &'a Pool,
    /// The identity.
    pub identity: &'a IdentityId,
    /// The dataset.
    pub dataset: &'a str,
    /// Its count after the change.
    pub sync_count: u64,
    /// What happens to it.
    pub happened: Happened,
    /// The device that makes it, or the identity.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
    /// The changed records, as they will be.
    pub records: Vec<Record>,
}

/// What is to be told. Dropping it tells the devices: also where the request is given up while its commit is under way,
/// or its outcome is not known. A device that hears of a change that was not made has asked in vain, no more.
pub struct Notice {
    telling: Arc<Telling>,
    announcement: Option<Entry>,
    writes: Vec<Write>,
    is_cancelled: bool,
}

impl Notice {
    /// What joins the commit of the change.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// The change was not made.
    pub fn cancel(mut self) {
        self.is_cancelled = true;
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        if self.is_cancelled {
            return;
        }
        if let Some(announcement) = &self.announcement {
            self.telling.streams.announce(announcement);
        }
        if !self.writes.is_empty() {
            self.telling.wake();
        }
    }
}

impl Telling {
    /// What is to be told of a change.
    pub async fn notice(self: &Arc<Self>, change: Change<'_>) -> Result<Notice, Error> {
        let settings: Option<Stored<PoolSync>> = self.host.configuration.peek(&change.pool.id.to_string())?;
        let mut notice = Notice { telling: self.clone(), announcement: None, writes: Vec::new(), is_cancelled: false };
        let Some(settings) = settings else { return Ok(notice) };
        let tells_devices = self.settings.push.is_some() || self.settings.event_streams.total > 0;
        if settings.push.is_some() && tells_devices {
            self.announce(&change, &mut notice).await?;
        }
        if self.has_stream_sink() && settings.stream.as_ref().is_some_and(|stream| stream.is_enabled) {
            let entry = Entry { records: change.records.clone(), ..entry(&change, Kind::Stream) };
            notice.writes.push(self.outbox.put(&entry)?);
        }
        Ok(notice)
    }

    async fn announce(&self, change: &Change<'_>, notice: &mut Notice) -> Result<(), Error> {
        let devices = self.devices.of(&change.pool.id, change.identity).await?;
        let listening = devices
            .into_iter()
            .filter(|device| device.id != change.by && device.subscriptions.contains(change.dataset))
            .map(|device| device.id)
            .collect::<Vec<_>>();
        if listening.is_empty() {
            return Ok(());
        }
        let entry = Entry { devices: listening, ..entry(change, Kind::Push) };
        if self.settings.push.is_some() {
            notice.writes.push(self.outbox.put(&entry)?);
        }
        if self.settings.event_streams.total > 0 {
            for node in self.nodes.others().await? {
                notice.writes.push(self.mail.send(node, &entry)?);
            }
        }
        notice.announcement = Some(entry);
        Ok(())
    }
}

fn entry(change: &Change<'_>, kind: Kind) -> Entry {
    Entry {
        kind,
        pool: change.pool.id.clone(),
        identity: change.identity.clone(),
        dataset: change.dataset.to_owned(),
        sync_count: change.sync_count,
        happened: change.happened,
        at: change.at,
        devices: Vec::new(),
        records: Vec::new(),
    }
}
