//! DeleteObjects: removes up to 1,000 objects; each is decided for itself.
//!
//! Differences from AWS: as DeleteObject. A key that fails is named in the answer, and the rest goes on.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Place, Visit};
use policy::Decision;
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::{Deleted, Doomed};
use crate::bucket::{Bucket, check_key, is_anonymous};
use crate::conditions::Precondition;
use crate::incoming::Promise;
use crate::objects::{self, check_version};
use crate::{Error, S3, delete_object, document};
use operation::Fault;

pub const ROUTE: Route = Route {
    flags: &[("delete", None)],
    members: &[
        Bind::Header("ContentMd5", "content-md5"),
        Bind::Headers("Checksums", "x-amz-checksum-"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    body: Content::Text("Document"),
    answer: Content::Members("DeleteResult"),
    ..Route::new("DeleteObjects", "POST", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    content_md5: Option<String>,
    #[serde(default)]
    checksums: BTreeMap<String, String>,
    expected_bucket_owner: Option<String>,
    document: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Document {
    #[serde(rename = "Delete")]
    delete: Delete,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    #[serde(rename = "Object", default)]
    objects: Vec<Entry>,
    #[serde(default)]
    quiet: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: String,
    version_id: Option<String>,
    #[serde(rename = "ETag")]
    e_tag: Option<String>,
}

/// A bucket, and what is to go.
pub struct Facts {
    bucket: Bucket,
    delete: Delete,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    deleted: Vec<Gone>,
    #[serde(rename = "Error")]
    errors: Vec<Failed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Gone {
    key: String,
    version_id: Option<String>,
    delete_marker: Option<bool>,
    delete_marker_version_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    key: String,
    version_id: Option<String>,
    code: String,
    message: String,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let bucket = Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()).await?;
        let promise =
            Promise { md5: input.content_md5.as_deref(), checksums: Some(&input.checksums), ..Promise::default() };
        let document: Document = document::read(input.document.as_deref(), Content::Member("Delete"), &promise)?;
        let delete = document.delete;
        if delete.objects.is_empty() || delete.objects.len() > MOST {
            return Err(Error::MalformedXml);
        }
        Ok(Facts { bucket, delete })
    })
}

pub fn access(_: &Input, _: &Place, facts: &Facts) -> Access {
    let need = |entry: &Entry| {
        let (version, if_match) = (entry.version_id.as_deref(), entry.e_tag.as_deref());
        delete_object::need(&facts.bucket, &entry.key, version, if_match).asked()
    };
    Access::all(facts.delete.objects.iter().map(need))
}

pub async fn run(call: Call<S3>, _: Input, facts: Facts) -> Result<Output, Error> {
    let Facts { bucket, delete } = facts;
    let quiet = delete.quiet.unwrap_or(false);
    let mut output = Output { deleted: Vec::new(), errors: Vec::new() };
    let all_denied = call.decisions.iter().all(|decision| matches!(decision, Decision::Denied(_)));
    if all_denied && is_anonymous(call.visit()) {
        return Err(Error::AccessDenied("Access Denied".into()));
    }
    let decided = delete.objects.iter().zip(&call.decisions);
    let checked: Vec<_> = decided.map(|(entry, decision)| checked(&call, &bucket, entry, decision)).collect();
    let doomed: Vec<_> = checked.iter().flatten().cloned().collect();
    let mut outcomes = call.state.backend.delete_all(&bucket.record, &doomed).await?.into_iter();
    let outcomes = checked.into_iter().map(|checked| match checked {
        Ok(_) => outcomes.next().unwrap_or_else(|| Err(Error::internal("a deletion without an outcome"))),
        Err(error) => Err(error),
    });
    let outcomes: Vec<_> = outcomes.collect();
    for (entry, outcome) in delete.objects.into_iter().zip(outcomes) {
        match outcome {
            Ok(_) if quiet => {}
            Ok(deleted) => output.deleted.push(gone(entry, deleted)),
            Err(error) => {
                let answer = error.answer();
                if let Some(error) = &answer.source {
                    let (id, bucket) = (&call.visit().request_id, &bucket.record.name);
                    tracing::error!(request_id = %id, bucket = &**bucket, %error, "an object was not deleted");
                }
                let (code, message) = (answer.code.into_owned(), answer.message);
                output.errors.push(Failed { key: entry.key, version_id: entry.version_id, code, message });
            }
        }
    }
    Ok(output)
}

/// What may be deleted, and can be.
fn checked<'e>(call: &Call<S3>, bucket: &Bucket, entry: &'e Entry, decision: &Decision) -> Result<Doomed<'e>, Error> {
    if let Decision::Denied(reason) = decision {
        let need = delete_object::need(bucket, &entry.key, entry.version_id.as_deref(), None);
        return Err(objects::denied(call, &need.action, &need.resource, reason));
    }
    let version = entry.version_id.as_deref();
    check_version(call, bucket, version)?;
    check_key(&entry.key)?;
    if entry.key.is_empty() {
        return Err(Error::InvalidArgument("A key must not be empty"));
    }
    let precondition = Precondition::of(entry.e_tag.as_deref(), None)?;
    Ok(Doomed { key: &entry.key, version, precondition })
}

fn gone(entry: Entry, deleted: Deleted) -> Gone {
    let Deleted { version, marker } = deleted;
    Gone {
        key: entry.key,
        version_id: entry.version_id,
        delete_marker: marker.then_some(true),
        delete_marker_version_id: version.filter(|_| marker),
    }
}

const MOST: usize = 1000;
