//! ListObjectVersions: the versions and delete markers of a bucket, by key, the newest of a key first.
//!
//! Differences from AWS: an owner's id is the account id; versions stand before delete markers in the
//! document, each in their order.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::{Entry, Object, Query, Versioned};
use crate::bucket::Bucket;
use crate::conditions::quoted;
use crate::headers::shown_time;
use crate::listing::{self, CommonPrefix, Owner, Spelling};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("versions", None)],
    members: &[
        Bind::Query("Prefix", "prefix"),
        Bind::Query("Delimiter", "delimiter"),
        Bind::Query("MaxKeys", "max-keys"),
        Bind::Query("KeyMarker", "key-marker"),
        Bind::Query("VersionIdMarker", "version-id-marker"),
        Bind::Query("EncodingType", "encoding-type"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    answer: Content::Members("ListVersionsResult"),
    ..Route::new("ListObjectVersions", "GET", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    prefix: Option<String>,
    delimiter: Option<String>,
    max_keys: Option<i64>,
    key_marker: Option<String>,
    version_id_marker: Option<String>,
    encoding_type: Option<String>,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    name: String,
    prefix: String,
    key_marker: String,
    version_id_marker: String,
    next_key_marker: Option<String>,
    next_version_id_marker: Option<String>,
    max_keys: usize,
    delimiter: Option<String>,
    encoding_type: Option<String>,
    is_truncated: bool,
    #[serde(rename = "Version")]
    versions: Vec<Version>,
    #[serde(rename = "DeleteMarker")]
    markers: Vec<Marker>,
    common_prefixes: Vec<CommonPrefix>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    e_tag: String,
    checksum_algorithm: Option<&'static str>,
    checksum_type: Option<&'static str>,
    size: u64,
    storage_class: String,
    key: String,
    version_id: String,
    is_latest: bool,
    last_modified: String,
    owner: Owner,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Marker {
    key: String,
    version_id: String,
    is_latest: bool,
    last_modified: String,
    owner: Owner,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    let mut need = bucket.need("s3:ListBucketVersions").with("s3:max-keys", input.max_keys.unwrap_or(1000));
    need.context.set_some("s3:prefix", input.prefix.as_deref());
    need.context.set_some("s3:delimiter", input.delimiter.as_deref());
    Access::all([need])
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    let spelling = Spelling::of(input.encoding_type.as_deref())?;
    let limit = listing::limit(input.max_keys, "Argument max-keys must be an integer between 0 and 2147483647")?;
    let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (after, after_version) = (set(&input.key_marker), set(&input.version_id_marker));
    if after_version.is_some() && after.is_none() {
        let text = "A version-id marker cannot be specified without a key marker.";
        return Err(Error::InvalidArgument(text));
    }
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let query = Query { prefix, delimiter, after: after.as_deref(), limit };
    let backend = &call.state.backend;
    let page = match limit {
        0 => listing::empty(),
        _ => backend.versions(&bucket.record, &query, after_version.as_deref()).await?,
    };
    let mut output = Output {
        name: input.bucket,
        prefix: spelling.write(prefix),
        key_marker: spelling.write(after.as_deref().unwrap_or_default()),
        version_id_marker: input.version_id_marker.unwrap_or_default(),
        next_key_marker: None,
        next_version_id_marker: None,
        max_keys: limit,
        delimiter: delimiter.map(|delimiter| spelling.write(delimiter)),
        encoding_type: input.encoding_type,
        is_truncated: page.truncated,
        versions: Vec::new(),
        markers: Vec::new(),
        common_prefixes: Vec::new(),
    };
    if let Some(last) = page.entries.last().filter(|_| page.truncated) {
        output.next_after(last, spelling);
    }
    let owner = Owner::of(&bucket);
    page.entries.into_iter().for_each(|entry| output.add(entry, spelling, &owner));
    Ok(output)
}

impl Output {
    fn next_after(&mut self, last: &Entry<Versioned>, spelling: Spelling) {
        match last {
            Entry::Prefix(prefix) => self.next_key_marker = Some(spelling.write(prefix)),
            Entry::Key(key, line) => {
                self.next_key_marker = Some(spelling.write(key));
                self.next_version_id_marker = Some(line.version.clone());
            }
        }
    }

    fn add(&mut self, entry: Entry<Versioned>, spelling: Spelling, owner: &Owner) {
        let (key, Versioned { version, is_latest, modified, object }) = match entry {
            Entry::Prefix(prefix) => {
                self.common_prefixes.push(CommonPrefix { prefix: spelling.write(&prefix) });
                return;
            }
            Entry::Key(key, line) => (key, line),
        };
        let line = Marker {
            key: spelling.write(&key),
            version_id: version,
            is_latest,
            last_modified: shown_time(modified),
            owner: owner.clone(),
        };
        match object {
            None => self.markers.push(line),
            Some(object) => self.versions.push(of_object(object, line)),
        }
    }
}

fn of_object(object: Object, line: Marker) -> Version {
    let checksum = object.checksum.as_ref();
    let Marker { key, version_id, is_latest, last_modified, owner } = line;
    Version {
        e_tag: quoted(&object.e_tag),
        checksum_algorithm: checksum.map(|checksum| checksum.algorithm.name()),
        checksum_type: checksum.map(|checksum| checksum.kind()),
        size: object.size,
        storage_class: object.headers.content.get("StorageClass").cloned().unwrap_or("STANDARD".into()),
        key,
        version_id,
        is_latest,
        last_modified,
        owner,
    }
}
