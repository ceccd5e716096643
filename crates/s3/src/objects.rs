//! What operations on one object share: finding it, what reading it needs, and which of two errors
//! a missing key is.

use operation::{Access, Call, Need, Visit};
use policy::{Context, Decision, PolicyType, Reason};

use crate::backend::{At, Found, Marker, Sought, Wish};
use crate::bucket::{self, Bucket, check_key, with};
use crate::{Error, S3, tags};

/// A bucket, and what stands at a key of it.
pub struct Facts {
    pub bucket: Bucket,
    pub sought: Option<Sought>,
}

/// What stands at a key.
pub async fn find(
    visit: &Visit<S3>,
    name: &str,
    key: &str,
    owner: Option<&str>,
    wish: &Wish<'_>,
) -> Result<Facts, Error> {
    let bucket = Bucket::find(visit, name, owner).await?;
    let backend = &visit.state.backend;
    let at = At { bucket: &bucket.record, key };
    // A key or a version that cannot be is told after the decision; there is nothing to find. Nor is there for
    // strangers whom nothing can let in: no engine is asked on their account.
    let can_be = bucket.may_let_in(&visit.caller)
        && key.len() <= bucket::LONGEST_KEY
        && wish.version.is_none_or(|version| backend.is_version_id(&bucket.record, version));
    let sought = if can_be { backend.find(at, wish).await? } else { None };
    Ok(Facts { bucket, sought })
}

impl Facts {
    /// The object, if that is what was found.
    pub fn found(&self) -> Option<&Found> {
        match &self.sought {
            Some(Sought::Object(found)) => Some(found),
            Some(Sought::Marker(_)) | None => None,
        }
    }

    /// The object, or the error that says what else is there. Whether the caller may know that a key
    /// is missing is the last decision that was asked for.
    pub fn object(self, call: &Call<S3>, key: &str, version: Option<&str>) -> Result<(Bucket, Found), Error> {
        check_key(key)?;
        check_version(call, &self.bucket, version)?;
        let name = &self.bucket.record.name;
        match (self.sought, version) {
            (Some(Sought::Object(found)), _) => Ok((self.bucket, found)),
            (Some(Sought::Marker(Marker { version, modified })), Some(_)) => {
                Err(Error::MethodNotAllowed { version, modified })
            }
            (Some(Sought::Marker(Marker { version, .. })), None) => {
                let deleted = Error::KeyDeleted { key: key.to_owned(), version };
                Err(missing(call, name, deleted))
            }
            (None, Some(_)) => Err(missing(call, name, Error::NoSuchVersion)),
            (None, None) => Err(missing(call, name, Error::NoSuchKey(key.to_owned()))),
        }
    }
}

/// What reading an object needs; where there is none, also whether the caller may know that.
pub fn reading(facts: &Facts, key: &str, version: Option<&str>) -> Access {
    let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    needing(facts, key, version, &[action])
}

/// As [`reading`], for other actions on an object that is there.
pub fn needing(facts: &Facts, key: &str, version: Option<&str>, actions: &[&'static str]) -> Access {
    let mut needs: Vec<Need> = actions.iter().map(|action| need(facts, key, version, action)).collect();
    if facts.found().is_none() {
        needs.push(facts.bucket.may_list(key));
    }
    Access::all(needs)
}

/// An action on an object, or on one version of it.
pub fn need(facts: &Facts, key: &str, version: Option<&str>, action: &'static str) -> Need {
    let mut keys = Context::new();
    keys.set_some("s3:versionid", version);
    if let Some(found) = facts.found() {
        tags::add_existing_keys(&mut keys, &found.object.headers.tags);
    }
    with(facts.bucket.object_need(action, key), &keys)
}

/// The error of a key that is missing, for those who may list the bucket; for others that they may
/// not. The decision is the last that was asked for.
fn missing(call: &Call<S3>, bucket: &str, error: Error) -> Error {
    match call.decisions.last() {
        Some(Decision::Allowed) => error,
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

/// Errs where the text can be no version of the bucket.
pub fn check_version(call: &Call<S3>, bucket: &Bucket, version: Option<&str>) -> Result<(), Error> {
    match version {
        None => Ok(()),
        Some("") => Err(Error::InvalidArgument("Version id cannot be the empty string")),
        Some(version) if call.state.backend.is_version_id(&bucket.record, version) => Ok(()),
        Some(_) => Err(Error::InvalidArgument("Invalid version id specified")),
    }
}

const DENIED: &str = "Access Denied";
