//! Objects behind the network, in anything that speaks S3.
//!
//! What is sent is built anew from what was authorized, and signed with the engine's own credentials:
//! nothing that the client sent goes through as it was. Buckets have the engine's names there
//! ([`Names`]). An upload reaches the engine whole only if it was good to its end.
//!
//! What was found is what is read and copied: by its version where there is one, else on the
//! condition of its entity tag.

mod body;
mod buckets;
mod deletions;
mod exchange;
mod headers;
mod listings;
mod names;
mod objects;
mod parts;
mod tags;
mod unannounced;
mod uploads;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ::upstream::Shares;
use async_trait::async_trait;
use store::records::buckets::{Bucket, Versioning};
use tokio::sync::Semaphore;

use crate::Error;
use crate::backend::{
    At, Backend, Chosen, Clearance, Composition, Deleted, Doomed, Expected, Found, Headers, Made, Object, Page, Part,
    Query, Setting, Sought, Span, Upload, Versioned, Wish,
};
use crate::conditions::Precondition;
use crate::incoming::Incoming;
pub use names::Names;

/// An engine behind the network.
#[derive(Clone)]
pub struct Upstream {
    server: Arc<::upstream::Server>,
    traits: Traits,
    /// Bodies without a length that are gathered now.
    gatherings: Arc<Semaphore>,
    /// Those of one caller.
    shares: Arc<Shares>,
}

/// What is particular to one engine.
#[derive(Debug, Clone, Default)]
pub struct Traits {
    /// How its buckets are called.
    pub names: Names,
    /// The location that new buckets are made in; `None`: the engine's own choice.
    pub location: Option<String>,
    /// Buckets that may be taken over with what they hold: our names. `*` stands for all.
    pub adopts: Vec<String>,
    /// Whether keys may have the segments `.` and `..`: the engine and everything on the way to it
    /// leave them as they are.
    pub takes_dots: bool,
    /// Whether keys may have empty segments (`/a`, `a//b`): the engine and everything on the way to it
    /// make one slash of no two.
    pub takes_empty: bool,
    /// Whether tags are asked for with every object. Otherwise they are where the engine's answer
    /// says that there are any.
    pub asks_for_tags: bool,
    /// Whether a write's `If-Match` has its entity tag without quotes, as Ceph wants it.
    pub wants_bare_tags: bool,
    /// Whether it keeps the tags that an upload in parts begins with.
    pub tags_uploads: bool,
    /// The access key id that its answers must not show.
    pub access_key_id: String,
}

impl Upstream {
    /// The engine at the other end of `server`.
    pub fn new(server: Arc<::upstream::Server>, traits: Traits) -> Arc<Self> {
        let (gatherings, shares) = (Semaphore::new(unannounced::AT_A_TIME), Shares::new(unannounced::AT_A_TIME / 4));
        Arc::new(Self { server, traits, gatherings: Arc::new(gatherings), shares })
    }

    /// Whether a key can be told from every other on its way.
    fn takes(&self, key: &str) -> bool {
        let has_dots = || key.split('/').any(|segment| matches!(segment, "." | ".."));
        // One at the end is no matter: `a/` is another key than `a` everywhere.
        let has_empty = || key.starts_with('/') || key.contains("//");
        !key.is_empty() && (self.traits.takes_dots || !has_dots()) && (self.traits.takes_empty || !has_empty())
    }
}

#[async_trait]
impl Backend for Upstream {
    async fn find(&self, at: At<'_>, wish: &Wish<'_>) -> Result<Option<Sought>, Error> {
        self.seek(at, wish).await
    }

    fn is_version_id(&self, bucket: &Bucket, text: &str) -> bool {
        let readable = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        match bucket.versioning {
            Versioning::Off => text == NULL,
            Versioning::Enabled | Versioning::Suspended => {
                (1..=LONGEST_VERSION).contains(&text.len()) && text.bytes().all(readable)
            }
        }
    }

    fn carries_out_lifecycle(&self, _: &Bucket) -> bool {
        true
    }

    async fn read(&self, at: At<'_>, found: &Found, range: Range<u64>) -> Result<wire::Stream, Error> {
        self.stream(at, found, range).await
    }

    async fn span(&self, at: At<'_>, found: &Found, number: u16) -> Result<Option<Span>, Error> {
        self.find_span(at, found, number).await
    }

    async fn composition(
        &self,
        at: At<'_>,
        found: &Found,
        after: u16,
        limit: usize,
    ) -> Result<Option<Composition>, Error> {
        self.find_composition(at, found, after, limit).await
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
        from: (At<'_>, &Found),
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
    ) -> Result<Made, Error> {
        self.write_copy(from, at, headers, precondition).await
    }

    async fn delete(&self, at: At<'_>, version: Option<&str>, precondition: &Precondition) -> Result<Deleted, Error> {
        self.remove(at, version, precondition).await
    }

    async fn delete_all(&self, bucket: &Bucket, doomed: &[Doomed<'_>]) -> Result<Vec<Result<Deleted, Error>>, Error> {
        self.remove_all(bucket, doomed).await
    }

    async fn set_tags(&self, at: At<'_>, found: &Found, tags: BTreeMap<String, String>) -> Result<(), Error> {
        self.replace_tags(at, found, &tags).await
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

    async fn create(&self, bucket: &mut Bucket) -> Result<(), Error> {
        self.create_bucket(bucket).await
    }

    async fn configure(&self, bucket: &Bucket, setting: Setting) -> Result<(), Error> {
        match setting {
            Setting::Versioning => self.set_versioning(bucket).await,
            Setting::Lifecycle => self.set_lifecycle(bucket).await,
        }
    }

    async fn clear(&self, bucket: &Bucket) -> Result<Option<Clearance>, Error> {
        self.clear_bucket(bucket).await
    }

    async fn begin(&self, at: At<'_>, upload: Upload) -> Result<String, Error> {
        self.begin_upload(at, upload).await
    }

    async fn upload(&self, at: At<'_>, id: &str) -> Result<Option<Upload>, Error> {
        self.find_upload(at, id).await
    }

    async fn put_part(&self, at: At<'_>, id: &str, number: u16, body: Incoming) -> Result<Part, Error> {
        self.write_part(at, id, number, body).await
    }

    async fn copy_part(
        &self,
        from: (At<'_>, &Found),
        range: Range<u64>,
        at: At<'_>,
        id: &str,
        number: u16,
    ) -> Result<Part, Error> {
        self.write_part_copy(from, range, at, id, number).await
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

/// The version of what was written without one.
const NULL: &str = "null";
const LONGEST_VERSION: usize = 1024;

#[cfg(test)]
mod tests;
