//! Finding, reading, writing, copying and deleting objects.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use store::records::buckets::Versioning;
use upstream::{Answer, Body, target};
use vocab::Timestamp;

use super::body::Checked;
use super::exchange::{Ask, failed};
use super::{NULL, Upstream, headers};
use crate::Error;
use crate::backend::{At, Deleted, Entry, Found, Headers, Made, Marker, Object, Query, Sought, Wish};
use crate::conditions::{Precondition, quoted};
use crate::incoming::{Incoming, Received};
use crate::outgoing::whole;

/// An answer that has begun with the bytes of this range.
type Begun = Mutex<Option<(Range<u64>, upstream::Incoming)>>;

impl Upstream {
    pub(super) async fn seek(&self, at: At<'_>, wish: &Wish<'_>) -> Result<Option<Sought>, Error> {
        if !self.takes(at.key) {
            return Ok(None);
        }
        // What the client probably has already is not fetched; a part's place is looked up first.
        let Wish { version, bytes, range, part, conditions } = *wish;
        let is_known = conditions.if_none_match.is_some() || conditions.if_modified_since.is_some();
        let reads = bytes && part.is_none() && !is_known && !self.traits.asks_for_tags;
        let range = range.filter(|range| is_simple(range));
        let method = if reads { Method::GET } else { Method::HEAD };
        let answer = self.look(method, at, version, range.filter(|_| reads)).await?;
        match answer.status.as_u16() {
            416 => {
                let answer = self.look(Method::HEAD, at, version, None).await?;
                self.sought(at, version, answer).await
            }
            _ => self.sought(at, version, answer).await,
        }
    }

    async fn look(
        &self,
        method: Method,
        at: At<'_>,
        version: Option<&str>,
        range: Option<&str>,
    ) -> Result<Answer, Error> {
        let ask = Ask::object(method, at).parameter("versionId", version).header("range", range)?;
        self.ask(ask.header("x-amz-checksum-mode", Some("ENABLED"))?).await
    }

    async fn sought(&self, at: At<'_>, version: Option<&str>, answer: Answer) -> Result<Option<Sought>, Error> {
        let is_marker = headers::text(&answer.headers, "x-amz-delete-marker").as_deref() == Some("true");
        match answer.status.as_u16() {
            200 | 206 => self.found(at, answer).await,
            404 | 405 if is_marker => {
                let version = headers::text(&answer.headers, "x-amz-version-id").or(version.map(str::to_owned));
                let modified = headers::text(&answer.headers, "last-modified");
                let modified = modified.and_then(|date| Timestamp::from_http_date(&date));
                let modified = modified.unwrap_or(Timestamp::from_seconds(0));
                Ok(version.map(|version| Sought::Marker(Marker { version, modified })))
            }
            // A version of another form than the engine's.
            400 if version.is_some() => Ok(None),
            _ => {
                let about = Ask::object(Method::GET, at).about();
                match self.refusal(answer, &about).await {
                    Error::NoSuchKey(_) | Error::NoSuchVersion => self.marker(at, version).await,
                    error => Err(error),
                }
            }
        }
    }

    /// Not every engine says that what is missing was deleted. The listing does.
    async fn marker(&self, at: At<'_>, version: Option<&str>) -> Result<Option<Sought>, Error> {
        if at.bucket.versioning == Versioning::Off {
            return Ok(None);
        }
        let limit = if version.is_some() { LISTED_VERSIONS } else { 1 };
        let query = Query { prefix: at.key, delimiter: None, after: None, limit };
        let page = self.list_versions(at.bucket, &query, None).await?;
        let marker = page.entries.into_iter().find_map(|entry| match entry {
            Entry::Key(key, found) if key == at.key && version.is_none_or(|id| id == found.version) => Some(found),
            Entry::Key(..) | Entry::Prefix(_) => None,
        });
        let marker = marker.filter(|found| found.object.is_none() && (version.is_some() || found.is_latest));
        Ok(marker.map(|found| Sought::Marker(Marker { version: found.version, modified: found.modified })))
    }

    async fn found(&self, at: At<'_>, answer: Answer) -> Result<Option<Sought>, Error> {
        let Answer { status, headers, body } = answer;
        let length = headers::length(&headers).ok_or_else(|| self.nonsense("no length"))?;
        let (range, size) = match status.as_u16() {
            206 => headers::content_range(&headers).ok_or_else(|| self.nonsense("no range"))?,
            _ => (0..length, length),
        };
        if range.end - range.start != length {
            return Err(self.nonsense("a range of another length"));
        }
        let object = headers::object(&headers, size).ok_or_else(|| self.nonsense("no object"))?;
        let mut found = Found { object, version: version_of(at, &headers), handle: Arc::new(Begun::new(None)) };
        if self.traits.asks_for_tags || headers::number(&headers, "x-amz-tagging-count").is_some_and(|count| count > 0)
        {
            // The answer has a place among the calls, and who waits for a second one with one in hand may wait in
            // vain. Nor do these bytes have those tags if the object is replaced between: what is read later is read
            // on the condition that it was not.
            drop(body);
            let Some(tags) = self.tags(at, found.version.as_deref()).await? else { return Ok(None) };
            found.object.headers.tags = tags;
        } else if !http_body::Body::is_end_stream(&body) {
            found.handle = Arc::new(Begun::new(Some((range, body))));
        }
        Ok(Some(Sought::Object(found)))
    }

    /// The bytes of what was found: those that come already, or by another request for just that.
    pub(super) async fn stream(&self, at: At<'_>, found: &Found, range: Range<u64>) -> Result<wire::Stream, Error> {
        if range.is_empty() {
            return Ok(whole(Bytes::new()));
        }
        let begun =
            found.handle.downcast_ref::<Begun>().ok_or_else(|| Error::internal("an object of another backend"))?;
        let taken = begun.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((begun, body)) = taken
            && begun == range
        {
            return self.passed_on(body, &range).await;
        }
        let wanted = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let ask = Ask::object(Method::GET, at)
            .parameter("versionId", found.version.as_deref())
            .header("range", Some(&wanted))?
            .header("if-match", Some(&quoted(&found.object.e_tag)))?;
        let answer = match self.carry_out(ask).await {
            // It is another object by now.
            Err(Error::PreconditionFailed(_)) => return Err(Error::OperationAborted),
            outcome => outcome?,
        };
        let got = match answer.status.as_u16() {
            206 => headers::content_range(&answer.headers).map(|(range, _)| range),
            _ => headers::length(&answer.headers).map(|length| 0..length),
        };
        if got.as_ref() != Some(&range) {
            return Err(self.nonsense("another range"));
        }
        self.passed_on(answer.body, &range).await
    }

    /// The bytes of an answer. A client that does not take a few of them must not hold a call to the engine.
    async fn passed_on(&self, body: upstream::Incoming, range: &Range<u64>) -> Result<wire::Stream, Error> {
        let length = range.end - range.start;
        if length > FEW {
            return Ok(Box::pin(body));
        }
        let answer = Answer { status: StatusCode::OK, headers: HeaderMap::new(), body };
        let bytes = answer.whole(usize::try_from(FEW).unwrap_or(0)).await.map_err(failed)?;
        if bytes.len() as u64 != length {
            return Err(self.nonsense("another length"));
        }
        // A copy: what waits for a slow client takes none of the room for the engine's answers.
        Ok(whole(Bytes::copy_from_slice(&bytes)))
    }

    pub(super) async fn write(
        &self,
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
        body: Incoming,
    ) -> Result<Made, Error> {
        if body.length().is_none() {
            return self.write_unannounced(at, headers, precondition, body).await;
        }
        let mut ask = self.on_condition(Ask::object(Method::PUT, at), at, precondition).await?;
        headers::written(&headers, &mut ask.headers)?;
        let (answer, received) = self.send_body(ask, body).await?;
        self.made(at, headers, received, &answer.headers)
    }

    /// What the engine says of an object that it wrote.
    pub(super) fn made(
        &self,
        at: At<'_>,
        headers: Headers,
        received: Received,
        answered: &HeaderMap,
    ) -> Result<Made, Error> {
        let Received { size, checksum, .. } = received;
        let e_tag = headers::text(answered, "etag").ok_or_else(|| self.nonsense("no entity tag"))?;
        let e_tag = crate::conditions::bare(&e_tag).to_owned();
        let object = Object { size, e_tag, modified: headers::date(answered), headers, checksum };
        Ok(Made { object, version: made_version(at, answered) })
    }

    /// Sends a client's body. What is not good never gets there whole.
    pub(super) async fn send_body(&self, mut ask: Ask<'_>, body: Incoming) -> Result<(Answer, Received), Error> {
        headers::promised(&body, &mut ask.headers)?;
        let length = body.length().ok_or(Error::MissingContentLength)?;
        let (checked, end) = Checked::new(body, length);
        ask.body = Body::Stream(length, Box::pin(checked));
        match (self.carry_out(ask).await, end.take()) {
            (_, Some(Err(error))) => Err(error),
            (Ok(answer), Some(Ok(received))) => Ok((answer, received)),
            (Ok(_), None) => Err(self.nonsense("a success before the body's end")),
            (Err(error), _) => Err(error),
        }
    }

    pub(super) async fn write_copy(
        &self,
        (source, found): (At<'_>, &Found),
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
    ) -> Result<Made, Error> {
        let ask = self.on_condition(Ask::object(Method::PUT, at), at, precondition).await?;
        let mut ask = self
            .from(ask, source, found)?
            .header("x-amz-metadata-directive", Some("REPLACE"))?
            .header("x-amz-tagging-directive", Some("REPLACE"))?;
        headers::written(&headers, &mut ask.headers)?;
        let (answered, root) = match self.document(ask).await {
            Err(Error::PreconditionFailed(_)) if *precondition == Precondition::None => {
                return Err(Error::OperationAborted);
            }
            outcome => outcome?,
        };
        let e_tag = root.text_of("ETag").ok_or_else(|| self.nonsense("a copy without an entity tag"))?;
        let e_tag = crate::conditions::bare(e_tag).to_owned();
        let modified = root.text_of("LastModified").and_then(Timestamp::from_iso8601);
        let modified = modified.unwrap_or_else(|| headers::date(&answered));
        let mut version = made_version(at, &answered);
        if version.is_none() && at.bucket.versioning == Versioning::Enabled {
            // Some engines do not tell which version a copy is.
            version = match self.seek(at, &Wish::default()).await? {
                Some(Sought::Object(found)) if found.object.e_tag == e_tag => found.version,
                Some(_) | None => None,
            };
        }
        if !headers.tags.is_empty()
            && let Err(error) = self.ensure_tags(at, version.as_deref(), &headers).await
        {
            self.take_back(at, version.as_deref(), &e_tag).await;
            return Err(error);
        }
        let object = Object { size: found.object.size, e_tag, modified, headers, checksum: None };
        Ok(Made { object, version })
    }

    /// Names what is copied: the version that was found, or nothing.
    pub(super) fn from<'a>(&self, ask: Ask<'a>, source: At<'_>, found: &Found) -> Result<Ask<'a>, Error> {
        let mut path = self.path(source.bucket, Some(source.key))?;
        if let Some(version) = &found.version {
            path.push('?');
            path.push_str(&target::query([("versionId", Some(version.as_str()))]));
        }
        ask.header("x-amz-copy-source", Some(&path))?
            .header("x-amz-copy-source-if-match", Some(&quoted(&found.object.e_tag)))
    }

    /// Some engines leave out the tags that come with a copy.
    async fn ensure_tags(&self, at: At<'_>, version: Option<&str>, headers: &Headers) -> Result<(), Error> {
        if self.tags(at, version).await?.as_ref() == Some(&headers.tags) {
            return Ok(());
        }
        self.put_tags(at, version, &headers.tags).await
    }

    /// Without its tags a copy could be for people whom they keep away: better that there is none.
    async fn take_back(&self, at: At<'_>, version: Option<&str>, e_tag: &str) {
        let is_ours = if version.is_some() { Precondition::None } else { Precondition::Matches(quoted(e_tag)) };
        if let Err(error) = self.remove(at, version, &is_ours).await {
            let (engine, bucket, key) = (self.server.name(), &*at.bucket.name, at.key);
            tracing::error!(engine, bucket, key, ?error, "a copy is left without its tags");
        }
    }

    /// Adds a precondition. It is looked at beforehand too: so the right error is told, and told
    /// before the body comes.
    pub(super) async fn on_condition<'a>(
        &self,
        mut ask: Ask<'a>,
        at: At<'_>,
        precondition: &Precondition,
    ) -> Result<Ask<'a>, Error> {
        if *precondition == Precondition::None {
            return Ok(ask);
        }
        let current = match self.seek(at, &Wish::default()).await? {
            Some(Sought::Object(found)) => Some(found.object),
            Some(Sought::Marker(_)) | None => None,
        };
        precondition.check(at.key, current.as_ref())?;
        match (precondition, current) {
            (Precondition::Matches(_), Some(object)) => {
                let tag = if self.traits.wants_bare_tags { object.e_tag } else { quoted(&object.e_tag) };
                ask.header("if-match", Some(&tag))
            }
            _ => {
                ask.condition = "If-None-Match";
                ask.header("if-none-match", Some("*"))
            }
        }
    }

    pub(super) async fn remove(
        &self,
        at: At<'_>,
        version: Option<&str>,
        precondition: &Precondition,
    ) -> Result<Deleted, Error> {
        let mut ask = Ask::object(Method::DELETE, at).parameter("versionId", version);
        if let Precondition::Matches(_) = precondition {
            let wish = Wish { version, ..Wish::default() };
            let Some(Sought::Object(found)) = self.seek(at, &wish).await? else { return Ok(Deleted::default()) };
            precondition.check(at.key, Some(&found.object))?;
            ask = ask.header("if-match", Some(&quoted(&found.object.e_tag)))?;
        }
        // Once more deletes nothing else, except where a second marker would be made.
        ask.repeats = version.is_some() || at.bucket.versioning == Versioning::Off;
        let answer = match self.carry_out(ask).await {
            Err(Error::NoSuchKey(_) | Error::NoSuchVersion) => return Ok(Deleted::default()),
            outcome => outcome?,
        };
        let marker = headers::text(&answer.headers, "x-amz-delete-marker").as_deref() == Some("true");
        Ok(Deleted { version: made_version(at, &answer.headers), marker })
    }
}

/// The version that was found.
fn version_of(at: At<'_>, headers: &HeaderMap) -> Option<String> {
    match at.bucket.versioning {
        Versioning::Off => None,
        // Some engines do not tell the version of what was written without one.
        Versioning::Enabled | Versioning::Suspended => {
            Some(headers::text(headers, "x-amz-version-id").unwrap_or_else(|| NULL.to_owned()))
        }
    }
}

/// The version that was made or deleted.
pub(super) fn made_version(at: At<'_>, headers: &HeaderMap) -> Option<String> {
    let version = headers::text(headers, "x-amz-version-id");
    let version = version.filter(|_| at.bucket.versioning != Versioning::Off);
    version.or((at.bucket.versioning == Versioning::Suspended).then(|| NULL.to_owned()))
}

/// One range in plain numbers.
fn is_simple(range: &str) -> bool {
    let numbers = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let is_number = |text: &str| text.len() <= 19 && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(first, last)| is_number(first) && is_number(last) && !(first.is_empty() && last.is_empty()))
}

/// Among so many versions of a key a delete marker is found by its id.
const LISTED_VERSIONS: usize = 1000;
/// So many bytes are read at once; the server breaks off what is longer and not taken.
const FEW: u64 = 64 * 1024;
