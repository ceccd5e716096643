//! GetObjectAttributes: what is known of an object, and of the parts it was uploaded in.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::{At, Composition, Wish};
use crate::checksum::Checksum;
use crate::objects::{self, Facts};
use crate::sums::Element;
use crate::{Error, S3, listing};

pub const ROUTE: Route = Route {
    flags: &[("attributes", None)],
    members: &[
        Bind::Query("VersionId", "versionId"),
        Bind::Header("Wanted", "x-amz-object-attributes"),
        Bind::Header("MaxParts", "x-amz-max-parts"),
        Bind::Header("PartNumberMarker", "x-amz-part-number-marker"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    output: &[Bind::Header("LastModified", "last-modified"), Bind::Header("VersionId", "x-amz-version-id")],
    answer: Content::Members("GetObjectAttributesResponse"),
    ..Route::new("GetObjectAttributes", "GET", "/{Bucket}/{Key+}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    version_id: Option<String>,
    #[serde(default)]
    wanted: String,
    max_parts: Option<i64>,
    part_number_marker: Option<u16>,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    last_modified: String,
    version_id: Option<String>,
    e_tag: Option<String>,
    checksum: Option<Element>,
    object_parts: Option<Parts>,
    storage_class: Option<String>,
    object_size: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Parts {
    parts_count: usize,
    part_number_marker: u16,
    next_part_number_marker: Option<u16>,
    max_parts: usize,
    is_truncated: bool,
    #[serde(rename = "Part")]
    parts: Vec<Element>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let wish = Wish { version: input.version_id.as_deref(), ..Wish::default() };
        objects::find(visit, &input.bucket, &input.key, input.expected_bucket_owner.as_deref(), &wish).await
    })
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    let version = input.version_id.as_deref();
    let actions = match version {
        Some(_) => ["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"],
        None => ["s3:GetObject", "s3:GetObjectAttributes"],
    };
    objects::needing(facts, &input.key, version, &actions)
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Output, Error> {
    let wanted: Vec<&str> = input.wanted.split(',').map(str::trim).collect();
    if wanted.iter().any(|name| !ATTRIBUTES.contains(name)) {
        return Err(Error::InvalidArgument("Invalid attribute name specified."));
    }
    let limit = listing::limit(input.max_parts, "Argument max-parts must be an integer between 0 and 2147483647")?;
    let (bucket, found) = facts.object(&call, &input.key, input.version_id.as_deref())?;
    let is_wanted = |name| wanted.contains(&name);
    let mut output = Output {
        last_modified: found.object.modified.http_date(),
        version_id: found.version.clone(),
        ..Output::default()
    };
    if is_wanted("ObjectParts") {
        let (at, after) = (At { bucket: &bucket.record, key: &input.key }, input.part_number_marker.unwrap_or(0));
        let composition = call.state.backend.composition(at, &found, after, limit).await?;
        output.object_parts = composition.map(|composition| parts(composition, after, limit));
    }
    let object = found.object;
    output.e_tag = is_wanted("ETag").then(|| object.e_tag.clone());
    output.checksum = object.checksum.as_ref().filter(|_| is_wanted("Checksum")).map(sum);
    output.object_size = is_wanted("ObjectSize").then_some(object.size);
    if is_wanted("StorageClass") {
        let class = object.headers.content.get("StorageClass").cloned();
        output.storage_class = class.or_else(|| Some("STANDARD".into()));
    }
    Ok(output)
}

fn sum(checksum: &Checksum) -> Element {
    Element::of([("ChecksumType", checksum.kind().to_owned())], Some(checksum))
}

fn parts(composition: Composition, marker: u16, limit: usize) -> Parts {
    let Composition { total, parts, truncated } = composition;
    let next = parts.last().map(|(number, ..)| *number);
    // Parts are told one by one where they have checksums.
    let parts = parts.into_iter().filter(|(_, _, checksum)| checksum.is_some());
    let parts = parts.map(|(number, size, checksum)| {
        Element::of([("PartNumber", number.to_string()), ("Size", size.to_string())], checksum.as_ref())
    });
    Parts {
        parts_count: total,
        part_number_marker: marker,
        next_part_number_marker: next,
        max_parts: limit,
        is_truncated: truncated,
        parts: parts.collect(),
    }
}

const ATTRIBUTES: [&str; 5] = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];
