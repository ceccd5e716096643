//! GetObject: an object, or a range of it.
//!
//! Differences from AWS: there are no versions (`null` is the only one), and of several ranges none
//! is answered: the whole object is.

use std::ops::Range;

use operation::{Access, Call, Gathering, Place, Streamed, Visit};
use serde::Deserialize;
use wire::rest::{Bind, Content, Route};

use crate::backend::{Found, Object};
use crate::bucket::{check_key, is_anonymous};
use crate::conditions::{Conditions, Verdict};
use crate::headers::{OVERRIDES, Overrides, SHOWN, Shown, join};
use crate::objects::{self, Facts, check_version};
use crate::{Error, S3, range};

pub const ROUTE: Route = Route {
    members: &MEMBERS,
    output: &SHOWN,
    answer: Content::Streamed,
    ..Route::new("GetObject", "GET", "/{Bucket}/{Key+}")
};

/// Where the members of a read live.
pub const MEMBERS: [Bind; 15] = join(OVERRIDES, READ);

const READ: [Bind; 9] = [
    Bind::Query("VersionId", "versionId"),
    Bind::Query("PartNumber", "partNumber"),
    Bind::Header("Range", "range"),
    Bind::Header("IfMatch", "if-match"),
    Bind::Header("IfNoneMatch", "if-none-match"),
    Bind::Header("IfModifiedSince", "if-modified-since"),
    Bind::Header("IfUnmodifiedSince", "if-unmodified-since"),
    Bind::Header("ChecksumMode", "x-amz-checksum-mode"),
    Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    pub bucket: String,
    pub key: String,
    version_id: Option<String>,
    part_number: Option<u16>,
    range: Option<String>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_modified_since: Option<String>,
    if_unmodified_since: Option<String>,
    checksum_mode: Option<String>,
    expected_bucket_owner: Option<String>,
    #[serde(flatten)]
    overrides: Overrides,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(objects::find(visit, &input.bucket, &input.key, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    objects::reading(facts, &input.key, input.version_id.as_deref())
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Streamed<Shown>, Error> {
    match read(&call, input, facts)? {
        Read { shown, bytes: None, .. } => Ok(Streamed { output: shown, body: nothing() }),
        Read { shown, bytes: Some(range), found } => {
            let body = call.state.backend.read(&found, range).await?;
            Ok(Streamed { output: shown, body })
        }
    }
}

/// What a read answers.
pub struct Read {
    pub shown: Shown,
    /// The bytes of the body; `None` where there is none.
    bytes: Option<Range<u64>>,
    found: Found,
}

/// Everything but the bytes: HeadObject answers the same.
pub fn read(call: &Call<S3>, input: Input, facts: Facts) -> Result<Read, Error> {
    check_key(&input.key)?;
    check_version(input.version_id.as_deref())?;
    if input.overrides.any() && is_anonymous(call.visit()) {
        let text = "Request specific response headers cannot be used for anonymous GET requests.";
        return Err(Error::InvalidRequest(text));
    }
    input.overrides.check()?;
    let Some(found) = facts.found else { return Err(objects::missing(call, &input.bucket, &input.key)) };
    let object = &found.object;
    let conditions = Conditions {
        if_match: input.if_match.as_deref(),
        if_none_match: input.if_none_match.as_deref(),
        if_modified_since: input.if_modified_since.as_deref(),
        if_unmodified_since: input.if_unmodified_since.as_deref(),
    };
    match conditions.verdict(object) {
        Verdict::Holds => {}
        Verdict::Fails(condition) => return Err(Error::PreconditionFailed(condition)),
        Verdict::NotModified => return Ok(Read { shown: Shown::not_modified(object), bytes: None, found }),
    }
    let mut shown = Shown::of(object);
    let range = wanted(&input, &found, &mut shown)?;
    if let Some(range) = &range {
        shown.status = 206;
        shown.content_range = Some(content_range(range, object));
    } else if input.checksum_mode.as_deref() == Some("ENABLED") {
        shown.checksums = object.checksum.as_ref().map(|checksum| checksum.headers()).unwrap_or_default();
    }
    let bytes = range.unwrap_or(0..object.size);
    shown.content_length = Some(bytes.end - bytes.start);
    input.overrides.apply(&mut shown);
    Ok(Read { shown, bytes: Some(bytes), found })
}

/// The range or the part that is asked for.
fn wanted(input: &Input, found: &Found, shown: &mut Shown) -> Result<Option<Range<u64>>, Error> {
    let size = found.object.size;
    let Some(number) = input.part_number else {
        return input.range.as_deref().map_or(Ok(None), |header| range::parse(header, size));
    };
    if input.range.is_some() {
        return Err(Error::InvalidRequest("Cannot specify both Range header and partNumber query parameter"));
    }
    let parts = found.content.parts();
    shown.parts_count = parts.as_ref().map(Vec::len);
    // An object that was written at once is its own first part.
    let parts = parts.unwrap_or_else(|| std::iter::once(0..size).collect());
    let part = usize::from(number).checked_sub(1).and_then(|index| parts.into_iter().nth(index));
    let part = part.ok_or(Error::InvalidRange(size))?;
    Ok(Some(part).filter(|part| !part.is_empty()))
}

fn content_range(range: &Range<u64>, object: &Object) -> String {
    format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), object.size)
}

fn nothing() -> wire::Stream {
    crate::backend::embedded::whole(bytes::Bytes::new())
}
