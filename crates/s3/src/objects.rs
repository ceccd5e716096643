//! What operations on one object share: finding it, what reading it needs, and which of two errors
//! a missing key is.

use operation::{Access, Call, Need, Visit};
use policy::{Context, Decision, PolicyType, Reason};

use crate::backend::{At, Found};
use crate::bucket::{self, Bucket, with};
use crate::headers::add_tags;
use crate::{Error, S3};

/// A bucket, and the object at a key of it.
pub struct Facts {
    pub bucket: Bucket,
    pub found: Option<Found>,
}

/// The object at a key.
pub async fn find(visit: &Visit<S3>, name: &str, key: &str, owner: Option<&str>) -> Result<Facts, Error> {
    let bucket = Bucket::find(visit, name, owner).await?;
    let at = At { bucket: &bucket.record, key };
    // A key that cannot be is told after the decision; there is nothing to find.
    let found = if key.len() > bucket::LONGEST_KEY { None } else { visit.state.backend.find(at).await? };
    Ok(Facts { bucket, found })
}

/// What reading an object needs; where there is none, also whether the caller may know that.
pub fn reading(facts: &Facts, key: &str, version: Option<&str>) -> Access {
    let mut needs = vec![read_need(facts, key, version)];
    if facts.found.is_none() {
        needs.push(facts.bucket.may_list(key));
    }
    Access::all(needs)
}

/// The need to read an object, or one version of it.
pub fn read_need(facts: &Facts, key: &str, version: Option<&str>) -> Need {
    let mut keys = Context::new();
    keys.set_some("s3:versionid", version);
    if let Some(found) = &facts.found {
        add_tags(&mut keys, "s3:ExistingObjectTag/", &found.object.headers.tags);
    }
    let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    with(facts.bucket.object_need(action, key), &keys)
}

/// The error of a key that is missing: that it is, for those who may list the bucket; for others that
/// they may not. The decision is the last that was asked for.
pub fn missing(call: &Call<S3>, bucket: &str, key: &str) -> Error {
    match call.decisions.last() {
        Some(Decision::Allowed) => Error::NoSuchKey(key.to_owned()),
        Some(Decision::Denied(reason)) => denied(call, "s3:ListBucket", &bucket::arn(bucket), reason),
        None => Error::AccessDenied(DENIED.into()),
    }
}

/// A denial in the words of S3: across accounts it says nothing about policies.
pub fn denied(call: &Call<S3>, action: &str, resource: &str, reason: &Reason) -> Error {
    let is_foreign = matches!(reason, Reason::Implicit(PolicyType::Resource));
    let Some(arn) = call.caller.arn().filter(|_| !is_foreign) else { return Error::AccessDenied(DENIED.into()) };
    let tail = reason.tail(action);
    let text = format!("User: {arn} is not authorized to perform: {action} on resource: \"{resource}\" {tail}");
    Error::AccessDenied(text)
}

/// There are no versions: the only one is called `null`.
pub fn check_version(version: Option<&str>) -> Result<(), Error> {
    match version {
        None | Some("null") => Ok(()),
        Some("") => Err(Error::InvalidArgument("Version id cannot be the empty string")),
        Some(_) => Err(Error::InvalidArgument("Invalid version id specified")),
    }
}

const DENIED: &str = "Access Denied";
