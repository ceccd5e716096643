//! PutBucketTagging: the tags of a bucket, all of them anew.
//!
//! Differences from AWS: works also where the tags take part in decisions (PutBucketAbac), and then needs
//! `s3:TagResource`, and `s3:UntagResource` where one goes.

use operation::{Access, Call, Gathering, Place, Visit};
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{DOCUMENT, WRITTEN, Written, of_written};
use crate::tags::{Of, Tagging, Tags, with_request_tags};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("tagging", None)],
    members: WRITTEN,
    body: DOCUMENT,
    status: 204,
    ..Route::new("PutBucketTagging", "PUT", "/{Bucket}")
};

/// A bucket, and the tags that it is to have.
pub struct Facts {
    bucket: Bucket,
    tags: Tags,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Written) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let bucket = of_written(visit, input).await?;
        let tags = input.read::<Tagging>("Tagging")?.checked(Of::Bucket)?;
        Ok(Facts { bucket, tags })
    })
}

pub fn access(_: &Written, _: &Place, facts: &Facts) -> Access {
    let Facts { bucket, tags } = facts;
    let mut needs = vec![bucket.need("s3:PutBucketTagging")];
    if bucket.record.abac {
        let has = |of: &Tags, key: &String, value: &String| of.get(key) == Some(value);
        let new = tags.iter().filter(|(key, value)| !has(&bucket.record.tags, key, value));
        needs.push(with_request_tags(bucket.need("s3:TagResource"), new));
        needs.extend(untag(bucket, |key| !tags.contains_key(key)));
    }
    Access::all(needs)
}

/// What is needed to take tags away; nothing where none goes.
pub fn untag(bucket: &Bucket, goes: impl Fn(&String) -> bool) -> Option<operation::Need> {
    let gone: Vec<String> = bucket.record.tags.keys().filter(|key| goes(key)).cloned().collect();
    (!gone.is_empty()).then(|| bucket.need("s3:UntagResource").with("aws:TagKeys", gone))
}

pub async fn run(call: Call<S3>, _: Written, facts: Facts) -> Result<(), Error> {
    facts.bucket.change(&call, |record| record.tags = facts.tags.clone()).await
}
