//! Objects in a folder of this machine and in rows of the store.
//!
//! An object's bytes are files that never change, named by random ids; small ones stand in the row.
//! Files are durable before one commit makes them visible, and what a commit makes invisible is
//! removed later, when nobody reads it any more.

mod blobs;
mod list;
mod list_versions;
mod multipart;
mod order;
mod parts;
mod place;
mod read;
mod records;
mod remove;
mod sweep;
mod versions;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use store::Rows;
use store::records::buckets::Bucket;
use vocab::{Clock, Random};

use crate::Error;
use crate::backend::{
    At, Backend, Chosen, Clearance, Composition, Deleted, Expected, Found, Headers, Made, Marker, Object, Page, Part,
    Query, Setting, Sought, Span, Upload, Versioned, Wish,
};
use crate::conditions::Precondition;
use crate::incoming::Incoming;
use blobs::Blobs;
use order::Order;
use place::Id;
use records::Stored;

/// The embedded backend. It belongs to one process: whoever opens it holds the folder's lock.
pub struct Embedded {
    rows: Arc<dyn Rows>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    blobs: Arc<Blobs>,
    order: Arc<Order>,
}

impl Embedded {
    /// Opens the objects in `folder`, and makes it where it is missing. Leftovers of bodies that
    /// were never finished are removed.
    pub fn open(
        folder: &Path,
        rows: Arc<dyn Rows>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> io::Result<Arc<Self>> {
        let blobs = Blobs::open(folder, random.clone())?;
        Ok(Arc::new(Self { rows, clock, random, blobs, order: Order::new() }))
    }

    /// Removes what nothing names any more: files that were overwritten or deleted, every few
    /// seconds; what a crash left behind, every few hours. Ends when the backend is dropped.
    pub fn keep_clean(self: &Arc<Self>) {
        let embedded = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut until_sweep = 0;
            loop {
                tokio::time::sleep(TICK).await;
                let Some(embedded) = embedded.upgrade() else { return };
                embedded.blobs.reap(std::time::Instant::now()).await;
                if until_sweep == 0 {
                    // What fails now is found again by the next sweep.
                    if let Err(error) = embedded.sweep().await {
                        tracing::error!(?error, "the objects could not be swept; it is tried again in six hours");
                    }
                    until_sweep = TICKS_PER_SWEEP;
                }
                until_sweep -= 1;
            }
        });
    }
}

#[async_trait]
impl Backend for Embedded {
    async fn find(&self, at: At<'_>, wish: &Wish<'_>) -> Result<Option<Sought>, Error> {
        let id = match wish.version.map(Id::parse) {
            Some(None) => return Ok(None),
            Some(Some(id)) => Some(id),
            None => None,
        };
        Ok(self.look(&at, id).await?.map(|stored| match stored {
            Stored { is_marker: true, place, object, .. } => {
                Sought::Marker(Marker { version: place.id(), modified: object.modified })
            }
            stored => {
                let (object, version) = (stored.object.clone(), stored.version(&at));
                Sought::Object(Found { object, version, handle: Arc::new(stored) })
            }
        }))
    }

    fn is_version_id(&self, _: &Bucket, text: &str) -> bool {
        Id::parse(text).is_some()
    }

    async fn read(&self, _: At<'_>, found: &Found, range: Range<u64>) -> Result<wire::Stream, Error> {
        read::stream(&self.blobs, &held(found)?.content, range).await
    }

    async fn span(&self, _: At<'_>, found: &Found, number: u16) -> Result<Option<Span>, Error> {
        Ok(held(found)?.span(number))
    }

    async fn composition(
        &self,
        _: At<'_>,
        found: &Found,
        after: u16,
        limit: usize,
    ) -> Result<Option<Composition>, Error> {
        Ok(held(found)?.composition(after, limit))
    }

    async fn put(
        &self,
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
        body: Incoming,
    ) -> Result<Made, Error> {
        self.write(at, headers, precondition, body).await
    }

    async fn copy(
        &self,
        (_, from): (At<'_>, &Found),
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
    ) -> Result<Made, Error> {
        self.write_copy(held(from)?, at, headers, precondition).await
    }

    async fn delete(&self, at: At<'_>, version: Option<&str>, precondition: &Precondition) -> Result<Deleted, Error> {
        match version.map(|name| (name, Id::parse(name))) {
            None => self.remove(at, precondition).await,
            Some((name, Some(id))) => self.remove_version(at, id, name, precondition).await,
            Some((_, None)) => Err(Error::NoSuchVersion),
        }
    }

    async fn set_tags(&self, at: At<'_>, found: &Found, tags: BTreeMap<String, String>) -> Result<(), Error> {
        self.replace_tags(at, held(found)?, tags).await
    }

    async fn list(&self, bucket: &Bucket, query: &Query<'_>) -> Result<Page<Object>, Error> {
        self.list_objects(bucket, query).await
    }

    async fn versions(
        &self,
        bucket: &Bucket,
        query: &Query<'_>,
        after: Option<&str>,
    ) -> Result<Page<Versioned>, Error> {
        self.list_versions(bucket, query, after).await
    }

    async fn create(&self, _: &mut Bucket) -> Result<(), Error> {
        Ok(())
    }

    async fn configure(&self, _: &Bucket, _: Setting) -> Result<(), Error> {
        Ok(())
    }

    async fn clear(&self, bucket: &Bucket) -> Result<Option<Clearance>, Error> {
        self.clear_bucket(bucket).await
    }

    async fn begin(&self, at: At<'_>, upload: Upload) -> Result<String, Error> {
        self.begin_upload(at, upload).await
    }

    async fn upload(&self, at: At<'_>, id: &str) -> Result<Option<Upload>, Error> {
        Ok(self.find_upload(&at, id).await?.map(|(_, upload)| upload))
    }

    async fn put_part(&self, at: At<'_>, id: &str, number: u16, body: Incoming) -> Result<Part, Error> {
        self.write_part(at, id, number, body).await
    }

    async fn copy_part(
        &self,
        (_, from): (At<'_>, &Found),
        range: Range<u64>,
        at: At<'_>,
        id: &str,
        number: u16,
    ) -> Result<Part, Error> {
        let upload = self.find_upload(&at, id).await?;
        let (_, Upload { algorithm, .. }) = upload.ok_or_else(|| Error::NoSuchUpload(id.to_owned()))?;
        let body = read::stream(&self.blobs, &held(from)?.content, range).await?;
        self.write_part(at, id, number, Incoming::own(body, algorithm)).await
    }

    async fn parts(&self, at: At<'_>, id: &str, after: u16, limit: usize) -> Result<Vec<Part>, Error> {
        self.list_parts(at, id, after, limit).await
    }

    async fn complete(
        &self,
        at: At<'_>,
        id: &str,
        chosen: &[Chosen],
        precondition: &Precondition,
        expected: &Expected,
    ) -> Result<Made, Error> {
        self.complete_upload(at, id, chosen, precondition, expected).await
    }

    async fn abort(&self, at: At<'_>, id: &str) -> Result<(), Error> {
        self.abort_upload(at, id).await
    }

    async fn uploads(&self, bucket: &Bucket, query: &Query<'_>, after_id: Option<&str>) -> Result<Page<Upload>, Error> {
        self.list_uploads(bucket, query, after_id).await
    }
}

/// What this backend keeps with an object that it found.
fn held(found: &Found) -> Result<&Stored, Error> {
    let foreign = || Error::internal("an object of another backend");
    found.handle.downcast_ref().ok_or_else(foreign)
}

const TICK: Duration = Duration::from_secs(5);
/// Six hours.
const TICKS_PER_SWEEP: u32 = 6 * 3600 / 5;

#[cfg(test)]
mod tests;
