//! ListBuckets: the buckets of the caller's account.
//!
//! Differences from AWS: an owner's id is the account id.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::buckets::Bucket;
use wire::rest::{Bind, Content, Route};

use crate::headers::shown_time;
use crate::listing::{self, Owner};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    members: &[
        Bind::Query("MaxBuckets", "max-buckets"),
        Bind::Query("ContinuationToken", "continuation-token"),
        Bind::Query("Prefix", "prefix"),
        Bind::Query("BucketRegion", "bucket-region"),
    ],
    answer: Content::Members("ListAllMyBucketsResult"),
    ..Route::new("ListBuckets", "GET", "/")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    max_buckets: Option<i64>,
    continuation_token: Option<String>,
    prefix: Option<String>,
    bucket_region: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    owner: Owner,
    buckets: Buckets,
    continuation_token: Option<String>,
    prefix: Option<String>,
}

#[derive(Debug, Serialize)]
struct Buckets {
    #[serde(rename = "Bucket")]
    buckets: Vec<Line>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    name: String,
    creation_date: String,
    bucket_region: Option<String>,
}

pub fn facts<'a>(_: &'a Visit<S3>, _: &'a Input) -> Gathering<'a, (), Error> {
    Box::pin(std::future::ready(Ok(())))
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::all([Need::on_text("s3:ListAllMyBuckets", "arn:aws:s3:::*")])
}

pub async fn run(call: Call<S3>, input: Input, (): ()) -> Result<Output, Error> {
    let account = call.place.account;
    let holder = format!("s3:buckets:{account}");
    let after = match &input.continuation_token {
        Some(token) => listing::opened(call.visit(), &holder, token).await?,
        None => String::new(),
    };
    let limit = input.max_buckets.unwrap_or(MOST).clamp(1, MOST);
    let limit = usize::try_from(limit).unwrap_or(1);
    let all = call.host.configuration.list::<Bucket>(input.prefix.as_deref().unwrap_or_default()).await?;
    let is_shown = |bucket: &Bucket| {
        bucket.account == account
            && bucket.name > after
            && input.bucket_region.as_deref().is_none_or(|region| region == bucket.region.as_str())
    };
    let mut shown: Vec<_> = all.iter().filter(|bucket| is_shown(bucket)).take(limit + 1).collect();
    let is_truncated = shown.len() > limit;
    shown.truncate(limit);
    let last = shown.last().filter(|_| is_truncated);
    let continuation_token = last.map(|bucket| listing::token(call.visit(), &holder, &bucket.name)).transpose()?;
    let pages = input.max_buckets.is_some();
    let lines = shown.into_iter().map(|bucket| Line {
        name: bucket.name.clone(),
        creation_date: shown_time(bucket.created),
        bucket_region: pages.then(|| bucket.region.to_string()),
    });
    let buckets = Buckets { buckets: lines.collect() };
    Ok(Output { owner: Owner::named(account), buckets, continuation_token, prefix: input.prefix })
}

const MOST: i64 = 10_000;
