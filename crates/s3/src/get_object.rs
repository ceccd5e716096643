//! GetObject: an object, or a range of it.
//!
//! Differences from AWS: of several ranges none is answered: the whole object is.

use std::ops::Range;

use bytes::Bytes;
use operation::{Access, Call, Gathering, Place, Streamed, Visit};
use serde::Deserialize;
use wire::rest::{Bind, Content, Route};

use crate::backend::{At, Found, Wish};
use crate::bucket::{Bucket, is_anonymous};
use crate::checksum::Checksum;
use crate::conditions::{Conditions, Verdict};
use crate::headers::{OVERRIDES, Overrides, SHOWN, Shown, join};
use crate::objects::{self, Facts};
use crate::outgoing::whole;
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
    Box::pin(find(visit, input, true))
}

/// The object that is asked for, with its bytes or without.
pub async fn find(visit: &Visit<S3>, input: &Input, bytes: bool) -> Result<Facts, Error> {
    let wish = Wish {
        version: input.version_id.as_deref(),
        bytes,
        range: input.range.as_deref(),
        part: input.part_number,
        conditions: input.conditions(),
    };
    objects::find(visit, &input.bucket, &input.key, input.expected_bucket_owner.as_deref(), &wish).await
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    objects::reading(facts, &input.key, input.version_id.as_deref())
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Streamed<Shown>, Error> {
    let key = input.key.clone();
    match read(&call, input, facts).await? {
        Read { shown, bytes: None, .. } => Ok(Streamed { output: shown, body: whole(Bytes::new()) }),
        Read { shown, bytes: Some(range), found, bucket } => {
            let at = At { bucket: &bucket.record, key: &key };
            let body = call.state.backend.read(at, &found, range).await?;
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
    bucket: Bucket,
}

/// Everything but the bytes: HeadObject answers the same.
pub async fn read(call: &Call<S3>, input: Input, facts: Facts) -> Result<Read, Error> {
    if input.overrides.any() && is_anonymous(call.visit()) {
        let text = "Request specific response headers cannot be used for anonymous GET requests.";
        return Err(Error::InvalidRequest(text));
    }
    input.overrides.check()?;
    let (bucket, found) = facts.object(call, &input.key, input.version_id.as_deref())?;
    match input.conditions().verdict(&found.object) {
        Verdict::Holds => {}
        Verdict::Fails(condition) => return Err(Error::PreconditionFailed(condition)),
        Verdict::NotModified => return Ok(Read { shown: Shown::not_modified(&found), bytes: None, found, bucket }),
    }
    let mut shown = Shown::of(&found);
    let wanted = wanted(call, &input, &bucket, &found).await?;
    let Wanted { range, parts_count, checksum } = wanted;
    shown.parts_count = parts_count;
    if input.checksum_mode.as_deref() == Some("ENABLED") {
        shown.checksums = checksum.map(|checksum| checksum.headers()).unwrap_or_default();
    }
    let size = found.object.size;
    if let Some(range) = &range {
        shown.status = 206;
        shown.content_range = Some(format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1)));
    }
    let bytes = range.unwrap_or(0..size);
    shown.content_length = Some(bytes.end - bytes.start);
    input.overrides.apply(&mut shown);
    Ok(Read { shown, bytes: Some(bytes), found, bucket })
}

/// What of the object is asked for.
struct Wanted {
    /// `None`: all of it.
    range: Option<Range<u64>>,
    parts_count: Option<usize>,
    /// That of just these bytes.
    checksum: Option<Checksum>,
}

async fn wanted(call: &Call<S3>, input: &Input, bucket: &Bucket, found: &Found) -> Result<Wanted, Error> {
    let size = found.object.size;
    let Some(number) = input.part_number else {
        let range = input.range.as_deref().map_or(Ok(None), |header| range::parse(header, size))?;
        let checksum = found.object.checksum.clone().filter(|_| range.is_none());
        return Ok(Wanted { range, parts_count: None, checksum });
    };
    if input.range.is_some() {
        return Err(Error::InvalidRequest("Cannot specify both Range header and partNumber query parameter"));
    }
    let at = At { bucket: &bucket.record, key: &input.key };
    let span = call.state.backend.span(at, found, number).await?.ok_or(Error::InvalidPartNumber(number))?;
    let range = Some(span.range).filter(|range| !range.is_empty());
    Ok(Wanted { range, parts_count: span.count, checksum: span.checksum })
}

impl Input {
    fn conditions(&self) -> Conditions<'_> {
        Conditions {
            if_match: self.if_match.as_deref(),
            if_none_match: self.if_none_match.as_deref(),
            if_modified_since: self.if_modified_since.as_deref(),
            if_unmodified_since: self.if_unmodified_since.as_deref(),
        }
    }
}
