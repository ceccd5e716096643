//! Several engines: a bucket's record says which one has its objects.
//!
//! A new bucket goes to the engine with the longest beginning of its name, else to the embedded one, where there is one.
//! Copies between engines stream through.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use store::records::buckets::Bucket;

use crate::Error;
use crate::backend::{
    At, Backend, Chosen, Clearance, Composition, Deleted, Doomed, Expected, Found, Headers, Made, Object, Page, Part,
    Query, Setting, Sought, Span, Upload, Versioned, Wish,
};
use crate::conditions::Precondition;
use crate::incoming::{Incoming, LARGEST};

/// An engine beside the embedded one.
pub struct Engine {
    /// Its name, as buckets' records have it.
    pub name: String,
    /// How the names of its new buckets begin.
    pub prefix: String,
    /// What it is.
    pub backend: Arc<dyn Backend>,
}

/// All engines.
pub struct Engines {
    embedded: Option<Arc<dyn Backend>>,
    others: Vec<Engine>,
}

impl Engines {
    /// The embedded engine, unless it is switched off, and the others.
    pub fn new(embedded: Option<Arc<dyn Backend>>, mut others: Vec<Engine>) -> Self {
        others.sort_by_key(|engine| std::cmp::Reverse(engine.prefix.len()));
        Self { embedded, others }
    }

    fn of(&self, bucket: &Bucket) -> Result<&dyn Backend, Error> {
        let Some(name) = &bucket.engine else {
            let is_off = || Error::Unavailable("the embedded engine, which has a bucket, is switched off".into());
            return self.embedded.as_deref().ok_or_else(is_off);
        };
        let engine = self.others.iter().find(|engine| engine.name == *name);
        let missing = || Error::Unavailable(format!("no upstream `{name}` is configured, which has a bucket").into());
        engine.map(|engine| &*engine.backend).ok_or_else(missing)
    }
}

#[async_trait]
impl Backend for Engines {
    async fn find(&self, at: At<'_>, wish: &Wish<'_>) -> Result<Option<Sought>, Error> {
        self.of(at.bucket)?.find(at, wish).await
    }

    fn is_version_id(&self, bucket: &Bucket, text: &str) -> bool {
        self.of(bucket).is_ok_and(|engine| engine.is_version_id(bucket, text))
    }

    fn carries_out_lifecycle(&self, bucket: &Bucket) -> bool {
        self.of(bucket).is_ok_and(|engine| engine.carries_out_lifecycle(bucket))
    }

    async fn read(&self, at: At<'_>, found: &Found, range: Range<u64>) -> Result<wire::Stream, Error> {
        self.of(at.bucket)?.read(at, found, range).await
    }

    async fn span(&self, at: At<'_>, found: &Found, number: u16) -> Result<Option<Span>, Error> {
        self.of(at.bucket)?.span(at, found, number).await
    }

    async fn composition(
        &self,
        at: At<'_>,
        found: &Found,
        after: u16,
        limit: usize,
    ) -> Result<Option<Composition>, Error> {
        self.of(at.bucket)?.composition(at, found, after, limit).await
    }

    async fn put(
        &self,
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
        body: Incoming,
    ) -> Result<Made, Error> {
        self.of(at.bucket)?.put(at, headers, precondition, body).await
    }

    async fn copy(
        &self,
        from: (At<'_>, &Found),
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
    ) -> Result<Made, Error> {
        let engine = self.of(at.bucket)?;
        if from.0.bucket.engine == at.bucket.engine {
            return engine.copy(from, at, headers, precondition).await;
        }
        let (source, found) = from;
        if found.object.size > LARGEST {
            return Err(Error::InvalidRequest(
                "The object is too large to be copied from one engine to another at once.",
            ));
        }
        let algorithm = found.object.checksum.as_ref().map(|checksum| checksum.algorithm);
        let body = self.of(source.bucket)?.read(source, found, 0..found.object.size).await?;
        engine.put(at, headers, precondition, Incoming::own(exactly(body, found.object.size), algorithm)).await
    }

    async fn delete(&self, at: At<'_>, version: Option<&str>, precondition: &Precondition) -> Result<Deleted, Error> {
        self.of(at.bucket)?.delete(at, version, precondition).await
    }

    async fn delete_all(&self, bucket: &Bucket, doomed: &[Doomed<'_>]) -> Result<Vec<Result<Deleted, Error>>, Error> {
        self.of(bucket)?.delete_all(bucket, doomed).await
    }

    async fn set_tags(&self, at: At<'_>, found: &Found, tags: BTreeMap<String, String>) -> Result<(), Error> {
        self.of(at.bucket)?.set_tags(at, found, tags).await
    }

    async fn list(&self, bucket: &Bucket, query: &Query<'_>) -> Result<Page<Object>, Error> {
        self.of(bucket)?.list(bucket, query).await
    }

    async fn versions(
        &self,
        bucket: &Bucket,
        query: &Query<'_>,
        after: Option<&str>,
    ) -> Result<Page<Versioned>, Error> {
        self.of(bucket)?.versions(bucket, query, after).await
    }

    async fn create(&self, bucket: &mut Bucket) -> Result<(), Error> {
        let other = self.others.iter().find(|engine| bucket.name.starts_with(&engine.prefix));
        let engine = other.map(|engine| &engine.backend).or(self.embedded.as_ref());
        let engine = engine.ok_or(Error::InvalidRequest("No engine keeps buckets of this name."))?;
        engine.create(bucket).await
    }

    async fn configure(&self, bucket: &Bucket, setting: Setting) -> Result<(), Error> {
        self.of(bucket)?.configure(bucket, setting).await
    }

    async fn clear(&self, bucket: &Bucket) -> Result<Option<Clearance>, Error> {
        self.of(bucket)?.clear(bucket).await
    }

    async fn begin(&self, at: At<'_>, upload: Upload) -> Result<String, Error> {
        self.of(at.bucket)?.begin(at, upload).await
    }

    async fn upload(&self, at: At<'_>, id: &str) -> Result<Option<Upload>, Error> {
        self.of(at.bucket)?.upload(at, id).await
    }

    async fn put_part(&self, at: At<'_>, id: &str, number: u16, body: Incoming) -> Result<Part, Error> {
        self.of(at.bucket)?.put_part(at, id, number, body).await
    }

    async fn copy_part(
        &self,
        from: (At<'_>, &Found),
        range: Range<u64>,
        at: At<'_>,
        id: &str,
        number: u16,
    ) -> Result<Part, Error> {
        let engine = self.of(at.bucket)?;
        if from.0.bucket.engine == at.bucket.engine {
            return engine.copy_part(from, range, at, id, number).await;
        }
        let upload = engine.upload(at, id).await?.ok_or_else(|| Error::NoSuchUpload(id.to_owned()))?;
        let size = range.end - range.start;
        let body = self.of(from.0.bucket)?.read(from.0, from.1, range).await?;
        engine.put_part(at, id, number, Incoming::own(exactly(body, size), upload.algorithm)).await
    }

    async fn parts(&self, at: At<'_>, id: &str, after: u16, limit: usize) -> Result<Vec<Part>, Error> {
        self.of(at.bucket)?.parts(at, id, after, limit).await
    }

    async fn complete(
        &self,
        at: At<'_>,
        id: &str,
        chosen: &[Chosen],
        precondition: &Precondition,
        expected: &Expected,
    ) -> Result<Made, Error> {
        self.of(at.bucket)?.complete(at, id, chosen, precondition, expected).await
    }

    async fn abort(&self, at: At<'_>, id: &str) -> Result<(), Error> {
        self.of(at.bucket)?.abort(at, id).await
    }

    async fn uploads(&self, bucket: &Bucket, query: &Query<'_>, after_id: Option<&str>) -> Result<Page<Upload>, Error> {
        self.of(bucket)?.uploads(bucket, query, after_id).await
    }
}

/// A body whose length is known from elsewhere.
fn exactly(body: wire::Stream, length: u64) -> wire::Stream {
    Box::pin(Exactly { body, length })
}

struct Exactly {
    body: wire::Stream,
    length: u64,
}

impl http_body::Body for Exactly {
    type Data = bytes::Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        self.get_mut().body.as_mut().poll_frame(context)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.length)
    }
}
