//! CopyObject: writes an object again, under another key or with other headers.
//!
//! Differences from AWS: as PutObject. Copying names the same bytes again where it can.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Place, Visit};
use policy::Context;
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::{At, Headers, Made};
use crate::bucket::{Bucket, check_key, with};
use crate::checksum::Checksum;
use crate::conditions::{Precondition, quoted};
use crate::copies::{Origin, SOURCE, Source};
use crate::headers::{WRITTEN, Written, algorithm, join, shown_time};
use crate::incoming::{Incoming, LARGEST};
use crate::sums::Sums;
use crate::{Error, S3, tags};

pub const ROUTE: Route = Route {
    headers: &["x-amz-copy-source"],
    members: &MEMBERS,
    output: &[
        Bind::Header("SourceVersion", "x-amz-copy-source-version-id"),
        Bind::Header("VersionId", "x-amz-version-id"),
    ],
    answer: Content::Members("CopyObjectResult"),
    ..Route::new("CopyObject", "PUT", "/{Bucket}/{Key+}")
};

const MEMBERS: [Bind; 26] = join(WRITTEN, join::<6, 6, 12>(SOURCE, COPY));

const COPY: [Bind; 6] = [
    Bind::Header("ChecksumAlgorithm", "x-amz-checksum-algorithm"),
    Bind::Header("MetadataDirective", "x-amz-metadata-directive"),
    Bind::Header("TaggingDirective", "x-amz-tagging-directive"),
    Bind::Header("IfMatch", "if-match"),
    Bind::Header("IfNoneMatch", "if-none-match"),
    Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    metadata_directive: Option<String>,
    tagging_directive: Option<String>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    expected_bucket_owner: Option<String>,
    checksum_algorithm: Option<String>,
    #[serde(flatten)]
    source: Source,
    #[serde(flatten)]
    written: Written,
}

/// Both buckets, and what is copied.
pub struct Facts {
    origin: Origin,
    bucket: Bucket,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    last_modified: String,
    e_tag: String,
    source_version: Option<String>,
    version_id: Option<String>,
    checksum_type: Option<&'static str>,
    #[serde(flatten)]
    sums: Sums,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let bucket = Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()).await?;
        Ok(Facts { origin: input.source.find(visit).await?, bucket })
    })
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    let mut keys = Context::new();
    keys.set("s3:ObjectCreationOperation", true);
    keys.set("s3:x-amz-copy-source", facts.origin.path());
    keys.set_some("s3:x-amz-metadata-directive", input.metadata_directive.as_deref());
    keys.set_some("s3:if-match", input.if_match.as_deref());
    keys.set_some("s3:if-none-match", input.if_none_match.as_deref());
    if !input.copies_tags() {
        let needs = input.written.needs(&facts.bucket, &input.key, &keys);
        return Access::all(needs.into_iter().chain(facts.origin.needs()));
    }
    // The tags that the copy gets are those of the source, whatever the header says.
    let mut tags = Context::new();
    if let Some(copied) = facts.origin.tags() {
        tags::add_request_keys(&mut tags, copied);
    }
    keys.merge(&tags);
    let written = Written { tagging: None, ..input.written.clone() };
    let mut needs = written.needs(&facts.bucket, &input.key, &keys);
    if let Some(reading) = facts.origin.tags_need() {
        needs.extend([reading, with(facts.bucket.object_need("s3:PutObjectTagging", &input.key), &tags)]);
    }
    needs.extend(facts.origin.needs());
    Access::all(needs)
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Output, Error> {
    check_key(&input.key)?;
    let replaces_metadata = replaces(input.metadata_directive.as_deref(), "Unknown metadata directive.")?;
    let copies_tags = !replaces(input.tagging_directive.as_deref(), "Unknown tagging directive.")?;
    let precondition = Precondition::of(input.if_match.as_deref(), input.if_none_match.as_deref())?;
    let same = facts.origin.facts.bucket.record.name == input.bucket && facts.origin.key == input.key;
    let Written { storage_class, website_redirect_location, .. } = &input.written;
    let changes = replaces_metadata || !copies_tags || storage_class.is_some() || website_redirect_location.is_some();
    if same && facts.origin.version.is_none() && !changes {
        return Err(Error::InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without changing the \
             object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    let from_key = facts.origin.key.clone();
    let (origin, found) = facts.origin.checked(&call, &input.source)?;
    if found.object.size > LARGEST {
        return Err(Error::InvalidRequest(
            "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
        ));
    }
    let algorithm = algorithm(input.checksum_algorithm.as_deref())?;
    let given = input.written.headers()?;
    let headers = Headers {
        content: if replaces_metadata { given.content } else { copied(&found.object.headers, given.content) },
        metadata: if replaces_metadata { given.metadata } else { found.object.headers.metadata.clone() },
        tags: if copies_tags { found.object.headers.tags.clone() } else { given.tags },
    };
    let at = At { bucket: &facts.bucket.record, key: &input.key };
    let from = At { bucket: &origin.record, key: &from_key };
    let known = found.object.checksum.as_ref().filter(|checksum| checksum.kind() == "FULL_OBJECT");
    let backend = &call.state.backend;
    let Made { object, version } = match algorithm {
        Some(wanted) if known.is_none_or(|checksum| checksum.algorithm != wanted) => {
            let body = backend.read(from, &found, 0..found.object.size).await?;
            backend.put(at, headers, &precondition, Incoming::own(body, Some(wanted))).await?
        }
        _ => backend.copy((from, &found), at, headers, &precondition).await?,
    };
    Ok(Output {
        last_modified: shown_time(object.modified),
        e_tag: quoted(&object.e_tag),
        source_version: found.version,
        version_id: version,
        checksum_type: object.checksum.as_ref().map(Checksum::kind),
        sums: Sums::of(object.checksum.as_ref()),
    })
}

/// The headers of a copy that replaces none. What policies may ask about is not copied: it is what the request says.
fn copied(source: &Headers, given: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let asked_about = |name: &str| ["StorageClass", "WebsiteRedirectLocation"].contains(&name);
    let kept = source.content.iter().filter(|(name, _)| !asked_about(name));
    let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
    kept.chain(given.into_iter().filter(|(name, _)| asked_about(name))).collect()
}

fn replaces(directive: Option<&str>, unknown: &'static str) -> Result<bool, Error> {
    match directive {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(_) => Err(Error::InvalidArgument(unknown)),
    }
}

impl Input {
    /// Whatever is not said to be replaced is copied.
    fn copies_tags(&self) -> bool {
        self.tagging_directive.as_deref() != Some("REPLACE")
    }
}
