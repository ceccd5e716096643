//! ListObjects: the objects of a bucket, in the older form.
//!
//! Differences from AWS: an owner's id is the account id.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::Query;
use crate::bucket::Bucket;
use crate::list_objects_v2::need;
use crate::listing::{self, CommonPrefix, Line, Owner, Spelling};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    members: &[
        Bind::Query("Prefix", "prefix"),
        Bind::Query("Delimiter", "delimiter"),
        Bind::Query("MaxKeys", "max-keys"),
        Bind::Query("Marker", "marker"),
        Bind::Query("EncodingType", "encoding-type"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    answer: Content::Members("ListBucketResult"),
    ..Route::new("ListObjects", "GET", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    prefix: Option<String>,
    delimiter: Option<String>,
    max_keys: Option<i64>,
    marker: Option<String>,
    encoding_type: Option<String>,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    name: String,
    prefix: String,
    marker: String,
    next_marker: Option<String>,
    delimiter: Option<String>,
    max_keys: usize,
    encoding_type: Option<String>,
    is_truncated: bool,
    contents: Vec<Line>,
    common_prefixes: Vec<CommonPrefix>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([need(bucket, input.prefix.as_deref(), input.delimiter.as_deref(), input.max_keys)])
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    let spelling = Spelling::of(input.encoding_type.as_deref())?;
    let limit = listing::limit(input.max_keys, "Argument maxKeys must be an integer between 0 and 2147483647")?;
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.marker.as_deref().filter(|marker| !marker.is_empty());
    let query = Query { prefix, delimiter, after, limit };
    let page = if limit == 0 { listing::empty() } else { call.state.backend.list(&bucket.record, &query).await? };
    // Without a delimiter the last key is the marker, and clients know that.
    let next = listing::last(&page).filter(|_| page.truncated && delimiter.is_some());
    let next_marker = next.map(|last| spelling.write(last));
    let is_truncated = page.truncated;
    let (contents, common_prefixes) = listing::lines(page, spelling, Some(&Owner::of(&bucket)));
    Ok(Output {
        name: input.bucket,
        prefix: spelling.write(prefix),
        marker: spelling.write(input.marker.as_deref().unwrap_or_default()),
        next_marker,
        delimiter: delimiter.map(|delimiter| spelling.write(delimiter)),
        max_keys: limit,
        encoding_type: input.encoding_type,
        is_truncated,
        contents,
        common_prefixes,
    })
}
