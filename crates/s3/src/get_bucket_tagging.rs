//! GetBucketTagging: the tags of a bucket.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named, NotSet};
use crate::tags::Tagging;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("tagging", None)],
    members: NAMED,
    answer: Content::Members("Tagging"),
    ..Route::new("GetBucketTagging", "GET", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketTagging")
}

pub async fn run(_: Call<S3>, input: Named, bucket: Bucket) -> Result<Tagging, Error> {
    if bucket.record.tags.is_empty() {
        return Err(Error::NotSet(NotSet::Tags, input.bucket));
    }
    Ok(Tagging::new(bucket.record.tags.clone()))
}
