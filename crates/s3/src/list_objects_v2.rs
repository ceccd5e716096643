//! ListObjectsV2: the objects of a bucket, in byte order of their keys.
//!
//! Differences from AWS: an owner's id is the account id.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::Query;
use crate::bucket::Bucket;
use crate::listing::{self, CommonPrefix, Line, Owner, Spelling};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("list-type", Some("2"))],
    members: &[
        Bind::Query("Prefix", "prefix"),
        Bind::Query("Delimiter", "delimiter"),
        Bind::Query("MaxKeys", "max-keys"),
        Bind::Query("StartAfter", "start-after"),
        Bind::Query("ContinuationToken", "continuation-token"),
        Bind::Query("EncodingType", "encoding-type"),
        Bind::Query("FetchOwner", "fetch-owner"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    answer: Content::Members("ListBucketResult"),
    ..Route::new("ListObjectsV2", "GET", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    prefix: Option<String>,
    delimiter: Option<String>,
    max_keys: Option<i64>,
    start_after: Option<String>,
    continuation_token: Option<String>,
    encoding_type: Option<String>,
    fetch_owner: Option<bool>,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    name: String,
    prefix: String,
    delimiter: Option<String>,
    max_keys: usize,
    encoding_type: Option<String>,
    key_count: usize,
    is_truncated: bool,
    continuation_token: Option<String>,
    next_continuation_token: Option<String>,
    start_after: Option<String>,
    contents: Vec<Line>,
    common_prefixes: Vec<CommonPrefix>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([need(bucket, input.prefix.as_deref(), input.delimiter.as_deref(), input.max_keys)])
}

/// What listing needs.
pub fn need(bucket: &Bucket, prefix: Option<&str>, delimiter: Option<&str>, max_keys: Option<i64>) -> Need {
    let mut need = bucket.need("s3:ListBucket").with("s3:max-keys", max_keys.unwrap_or(1000));
    need.context.set_some("s3:prefix", prefix);
    need.context.set_some("s3:delimiter", delimiter);
    need
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    let spelling = Spelling::of(input.encoding_type.as_deref())?;
    let limit = listing::limit(input.max_keys, "Argument maxKeys must be an integer between 0 and 2147483647")?;
    let holder = listing::of_bucket(&bucket);
    let after = match &input.continuation_token {
        Some(token) => Some(listing::opened(call.visit(), &holder, token).await?),
        None => input.start_after.clone().filter(|after| !after.is_empty()),
    };
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let query = Query { prefix, delimiter, after: after.as_deref(), limit };
    let page = if limit == 0 { listing::empty() } else { call.state.backend.list(&bucket.record, &query).await? };
    let next = listing::last(&page).filter(|_| page.truncated);
    let next_continuation_token = next.map(|last| listing::token(call.visit(), &holder, last)).transpose()?;
    let is_truncated = page.truncated;
    let owner = Owner::of(&bucket);
    let owner = Some(&owner).filter(|_| input.fetch_owner == Some(true));
    let key_count = page.entries.len();
    let (contents, common_prefixes) = listing::lines(page, spelling, owner);
    Ok(Output {
        name: input.bucket,
        prefix: spelling.write(prefix),
        delimiter: delimiter.map(|delimiter| spelling.write(delimiter)),
        max_keys: limit,
        encoding_type: input.encoding_type,
        key_count,
        is_truncated,
        continuation_token: input.continuation_token,
        next_continuation_token,
        start_after: input.start_after.map(|after| spelling.write(&after)),
        contents,
        common_prefixes,
    })
}
