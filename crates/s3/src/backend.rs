//! What keeps objects. Buckets are configuration; here are keys, bytes, versions and uploads.
//!
//! A backend decides nothing: whoever calls it was authorized. Every method is one atomic step, and
//! an answer follows the durable commit. Whether writes make versions is said by the bucket's record.

pub mod embedded;
pub mod engines;
pub mod shapes;
#[cfg(test)]
mod suite;
pub mod upstream;

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use store::records::buckets::Bucket;

use crate::Error;
use crate::conditions::Precondition;
use crate::incoming::Incoming;

pub use shapes::{
    At, Chosen, Composition, Deleted, Doomed, Entry, Expected, Found, Headers, Made, Marker, Object, Page, Part, Query,
    Sought, Span, Upload, Versioned, Wish,
};

/// Keeps objects.
#[async_trait]
pub trait Backend: Send + Sync {
    /// What stands at a key. The wish is a hint beyond its version: nothing of it is enforced here.
    async fn find(&self, at: At<'_>, wish: &Wish<'_>) -> Result<Option<Sought>, Error>;

    /// Whether a text can be the id of a version of this bucket.
    fn is_version_id(&self, bucket: &Bucket, text: &str) -> bool;

    /// The bytes of an object in this range, which lies inside it. What is read is the version that
    /// was found, also when it is overwritten meanwhile.
    async fn read(&self, at: At<'_>, found: &Found, range: Range<u64>) -> Result<wire::Stream, Error>;

    /// One part of an object, by its place: 1 is the first. An object that was written at once is its
    /// own only part.
    async fn span(&self, at: At<'_>, found: &Found, number: u16) -> Result<Option<Span>, Error>;

    /// The parts of an object above a number. `None`: it was written at once.
    async fn composition(
        &self,
        at: At<'_>,
        found: &Found,
        after: u16,
        limit: usize,
    ) -> Result<Option<Composition>, Error>;

    /// Writes an object. It is visible whole or not at all, and only if the body was good to its end.
    async fn put(
        &self,
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
        body: Incoming,
    ) -> Result<Made, Error>;

    /// Writes a copy of an object that was found at `from`.
    async fn copy(
        &self,
        from: (At<'_>, &Found),
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
    ) -> Result<Made, Error>;

    /// Deletes the version of this id for good, or the object: where the bucket has versions, by a
    /// delete marker. What is not there is deleted already.
    async fn delete(&self, at: At<'_>, version: Option<&str>, precondition: &Precondition) -> Result<Deleted, Error>;

    /// Deletes many at once, each as [`Backend::delete`] does. Errs where nothing is known of any.
    async fn delete_all(&self, bucket: &Bucket, doomed: &[Doomed<'_>]) -> Result<Vec<Result<Deleted, Error>>, Error> {
        let mut outcomes = Vec::new();
        for one in doomed {
            outcomes.push(self.delete(At { bucket, key: one.key }, one.version, &one.precondition).await);
        }
        Ok(outcomes)
    }

    /// Sets the tags of the version that was found. Errs where its tags were changed meanwhile, by
    /// which the caller's access may have been decided.
    async fn set_tags(&self, at: At<'_>, found: &Found, tags: BTreeMap<String, String>) -> Result<(), Error>;

    /// A page of a bucket's current objects.
    async fn list(&self, bucket: &Bucket, query: &Query<'_>) -> Result<Page<Object>, Error>;

    /// A page of a bucket's versions and delete markers, the newest of a key first. `after` continues
    /// behind that version of the key `query.after`.
    async fn versions(&self, bucket: &Bucket, query: &Query<'_>, after: Option<&str>)
    -> Result<Page<Versioned>, Error>;

    /// A bucket is about to be recorded. Called again where that failed. The record is told which
    /// engine has it, and what holds there already.
    async fn create(&self, bucket: &mut Bucket) -> Result<(), Error>;

    /// A bucket's record is about to have this setting. It is told even where the record had it before: after a
    /// crash the engine may have another.
    async fn configure(&self, bucket: &Bucket, setting: Setting) -> Result<(), Error>;

    /// Whether the engine itself carries out the lifecycle that [`Backend::configure`] told it.
    fn carries_out_lifecycle(&self, _: &Bucket) -> bool {
        false
    }

    /// A bucket's record is about to go. `None`: it has objects or versions. Its unfinished uploads
    /// are aborted, and nothing is written to it any more, unless the answer is dropped undecided.
    async fn clear(&self, bucket: &Bucket) -> Result<Option<Clearance>, Error>;

    /// Begins an upload; its id is drawn here.
    async fn begin(&self, at: At<'_>, upload: Upload) -> Result<String, Error>;

    /// An upload that is neither completed nor aborted.
    async fn upload(&self, at: At<'_>, id: &str) -> Result<Option<Upload>, Error>;

    /// Writes a part. A part of the same number is replaced.
    async fn put_part(&self, at: At<'_>, id: &str, number: u16, body: Incoming) -> Result<Part, Error>;

    /// Writes a part whose bytes are a range of an object that was found at `from`.
    async fn copy_part(
        &self,
        from: (At<'_>, &Found),
        range: Range<u64>,
        at: At<'_>,
        id: &str,
        number: u16,
    ) -> Result<Part, Error>;

    /// The parts of an upload above a number, in order of their numbers.
    async fn parts(&self, at: At<'_>, id: &str, after: u16, limit: usize) -> Result<Vec<Part>, Error>;

    /// Makes the object of these parts. An upload that was completed before answers with its object as
    /// long as that is there.
    async fn complete(
        &self,
        at: At<'_>,
        id: &str,
        chosen: &[Chosen],
        precondition: &Precondition,
        expected: &Expected,
    ) -> Result<Made, Error>;

    /// Forgets an upload and its parts.
    async fn abort(&self, at: At<'_>, id: &str) -> Result<(), Error>;

    /// A page of a bucket's uploads. `after_id` continues among the uploads of the key `query.after`.
    async fn uploads(&self, bucket: &Bucket, query: &Query<'_>, after_id: Option<&str>) -> Result<Page<Upload>, Error>;
}

/// What an engine has to know of a bucket's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Whether writes make versions.
    Versioning,
    /// How objects end.
    Lifecycle,
}

/// A bucket that is empty and takes nothing more: until this is dropped, or for good.
pub struct Clearance(Option<Box<dyn FnOnce() + Send>>);

impl Clearance {
    /// `reopen` is called where the bucket stays after all.
    pub fn new(reopen: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(reopen)))
    }

    /// The bucket's record is gone.
    pub fn confirm(mut self) {
        self.0 = None;
    }
}

impl Drop for Clearance {
    fn drop(&mut self) {
        if let Some(reopen) = self.0.take() {
            reopen();
        }
    }
}
