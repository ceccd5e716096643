//! CreateBucket: a bucket of the caller's account, in the region that is served.
//!
//! Differences from AWS: making a bucket that one owns is a conflict in every region, no ACLs, no
//! object lock; the location may name the region that is served, also where that is `us-east-1`.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Need, Place, Visit};
use policy::Context;
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::records::buckets::{Bucket, PublicAccessBlock, Versioning};
use vocab::Region;
use wire::rest::{Bind, Content, Route};

use crate::bucket::{arn, is_name, with};
use crate::headers::{check_acl, list_keys};
use crate::put_bucket_ownership_controls::check_ownership;
use crate::tags::{Of, TagSet, Tags, with_request_tags};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    members: &[
        Bind::Header("Acl", "x-amz-acl"),
        Bind::Headers("Grants", "x-amz-grant-"),
        Bind::Header("ObjectOwnership", "x-amz-object-ownership"),
        Bind::Header("ObjectLockEnabled", "x-amz-bucket-object-lock-enabled"),
    ],
    body: Content::Member("CreateBucketConfiguration"),
    output: &[Bind::Header("Location", "location")],
    ..Route::new("CreateBucket", "PUT", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    acl: Option<String>,
    #[serde(default)]
    grants: BTreeMap<String, String>,
    object_ownership: Option<String>,
    object_lock_enabled: Option<bool>,
    create_bucket_configuration: Option<Configuration>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Configuration {
    location_constraint: Option<String>,
    tags: Option<TagSet>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    location: String,
}

pub fn facts<'a>(_: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Tags, Error> {
    let wished = input.create_bucket_configuration.as_ref().and_then(|configuration| configuration.tags.clone());
    let tags = wished.map_or(Ok(Tags::new()), |tags: TagSet| tags.checked(Of::Bucket));
    Box::pin(std::future::ready(tags))
}

pub fn access(input: &Input, _: &Place, tags: &Tags) -> Access {
    let mut list = Context::new();
    list_keys(&mut list, input.acl.as_deref(), &input.grants);
    let mut keys = list.clone();
    keys.set_some("s3:x-amz-object-ownership", input.object_ownership.as_deref());
    keys.set_some("s3:locationconstraint", input.location());
    let need = |action: &'static str| Need::on_text(action, arn(&input.bucket));
    let mut needs = vec![with_request_tags(with(need("s3:CreateBucket"), &keys), tags.iter())];
    if !tags.is_empty() {
        needs.push(with_request_tags(need("s3:TagResource"), tags.iter()));
    }
    if input.acl.as_deref().is_some_and(|acl| acl != "private") || !input.grants.is_empty() {
        needs.push(with(need("s3:PutBucketAcl"), &list));
    }
    if input.object_ownership.is_some() {
        needs.push(need("s3:PutBucketOwnershipControls"));
    }
    if input.object_lock_enabled == Some(true) {
        needs.extend([need("s3:PutBucketObjectLockConfiguration"), need("s3:PutBucketVersioning")]);
    }
    Access::all(needs)
}

pub async fn run(call: Call<S3>, input: Input, tags: Tags) -> Result<Output, Error> {
    if !is_name(&input.bucket) {
        return Err(Error::InvalidBucketName);
    }
    check_acl(input.acl.as_deref(), &input.grants)?;
    if input.object_lock_enabled == Some(true) {
        return Err(Error::NotImplemented("x-amz-bucket-object-lock-enabled"));
    }
    input.object_ownership.as_deref().map_or(Ok(()), check_ownership)?;
    let host = &call.host;
    check_location(input.location(), &host.region)?;
    // Policies can allow it to nobody but callers of an account.
    let account = call.caller.account().ok_or_else(|| Error::AccessDenied("Access Denied".into()))?;
    let own = host.configuration.held::<Bucket>("")?.iter().filter(|bucket| bucket.account == account).count();
    if own >= MOST {
        return Err(Error::TooManyBuckets);
    }
    let mut bucket = Bucket {
        name: input.bucket.clone(),
        id: host.random.bytes(),
        account,
        region: host.region.clone(),
        policy: None,
        cors: None,
        tags,
        created: host.now(),
        versioning: Versioning::Off,
        lifecycle: None,
        public_access_block: Some(PublicAccessBlock::ALL),
        abac: false,
        engine: None,
    };
    call.state.backend.create(&mut bucket).await?;
    let mut batch = host.configuration.batch();
    batch.insert(&bucket)?;
    if host.configuration.commit(batch).await? == Outcome::Committed {
        return Ok(Output { location: format!("/{}", input.bucket) });
    }
    match host.configuration.get::<Bucket>(&input.bucket).await? {
        Some(taken) if taken.account == account => Err(Error::BucketAlreadyOwnedByYou),
        _ => Err(Error::BucketAlreadyExists),
    }
}

/// Errs where another region is wished for than the one that is served. `EU` is the old name of Ireland.
fn check_location(wished: Option<&str>, served: &Region) -> Result<(), Error> {
    match wished {
        None => Ok(()),
        Some(wished) if wished == served.as_str() || (wished == "EU" && served.as_str() == "eu-west-1") => Ok(()),
        Some(wished) if wished == "EU" || wished.parse::<Region>().is_ok() => {
            Err(Error::IllegalLocationConstraint(wished.to_owned()))
        }
        Some(wished) => Err(Error::InvalidLocationConstraint(wished.to_owned())),
    }
}

impl Input {
    fn location(&self) -> Option<&str> {
        let location = self.create_bucket_configuration.as_ref()?.location_constraint.as_deref();
        location.filter(|location| !location.is_empty())
    }
}

/// So many buckets may an account have, as in AWS: all of them are held in memory.
const MOST: usize = 10_000;
