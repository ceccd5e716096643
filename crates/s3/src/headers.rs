//! The headers that objects are written with, the needs that come with them, and the headers that
//! objects are answered with.

use std::collections::BTreeMap;

use operation::Need;
use policy::Context;
use serde::{Deserialize, Serialize};
use vocab::Timestamp;
use wire::rest::Bind;

use crate::Error;
use crate::backend::{Found, Headers};
use crate::bucket::{Bucket, with};
use crate::checksum::Algorithm;
use crate::conditions::quoted;
use crate::tags;

/// The headers of every operation that writes an object.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Written {
    pub cache_control: Option<String>,
    pub content_disposition: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_type: Option<String>,
    pub expires: Option<String>,
    pub website_redirect_location: Option<String>,
    pub storage_class: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub tagging: Option<String>,
    pub acl: Option<String>,
    /// The `x-amz-grant-` headers.
    pub grants: BTreeMap<String, String>,
    /// The `x-amz-server-side-encryption` headers.
    pub encryption: BTreeMap<String, String>,
    /// The `x-amz-object-lock-` headers.
    pub lock: BTreeMap<String, String>,
}

/// Where the headers of [`Written`] live.
pub const WRITTEN: [Bind; 14] = [
    Bind::Header("CacheControl", "cache-control"),
    Bind::Header("ContentDisposition", "content-disposition"),
    Bind::Header("ContentEncoding", "content-encoding"),
    Bind::Header("ContentLanguage", "content-language"),
    Bind::Header("ContentType", "content-type"),
    Bind::Header("Expires", "expires"),
    Bind::Header("WebsiteRedirectLocation", "x-amz-website-redirect-location"),
    Bind::Header("StorageClass", "x-amz-storage-class"),
    Bind::Headers("Metadata", "x-amz-meta-"),
    Bind::Header("Tagging", "x-amz-tagging"),
    Bind::Header("Acl", "x-amz-acl"),
    Bind::Headers("Grants", "x-amz-grant-"),
    Bind::Headers("Encryption", "x-amz-server-side-encryption"),
    Bind::Headers("Lock", "x-amz-object-lock-"),
];

/// The first list followed by the second, for tables of routes.
#[expect(clippy::indexing_slicing, reason = "runs at compile time: a wrong length does not compile")]
pub const fn join<const A: usize, const B: usize, const N: usize>(first: [Bind; A], second: [Bind; B]) -> [Bind; N] {
    let mut all = [Bind::Status(""); N];
    let mut at = 0;
    while at < N {
        all[at] = if at < A { first[at] } else { second[at - A] };
        at += 1;
    }
    all
}

impl Written {
    /// What writing with these headers needs, beside `s3:PutObject` with `keys`. Each action has the keys that are its
    /// own.
    pub fn needs(&self, bucket: &Bucket, key: &str, keys: &Context) -> Vec<Need> {
        let [mut list, mut tags, mut hold, mut retention] = std::array::from_fn(|_| Context::new());
        list_keys(&mut list, self.acl.as_deref(), &self.grants);
        self.tag_keys(&mut tags);
        known(&mut hold, &HOLDS, &self.lock);
        known(&mut retention, &RETENTION, &self.lock);
        let mut all = keys.clone();
        for keys in [&list, &tags, &hold, &retention] {
            all.merge(keys);
        }
        all.set_some("s3:x-amz-storage-class", self.storage_class.as_deref());
        all.set_some("s3:x-amz-website-redirect-location", self.website_redirect_location.as_deref());
        known(&mut all, &ENCRYPTION, &self.encryption);
        list.set_some("s3:x-amz-storage-class", self.storage_class.as_deref());
        let need = |action, keys| with(bucket.object_need(action, key), keys);
        let mut needs = vec![need("s3:PutObject", &all)];
        if self.acl.is_some() || !self.grants.is_empty() {
            needs.push(need("s3:PutObjectAcl", &list));
        }
        if self.tagging.is_some() {
            needs.push(need("s3:PutObjectTagging", &tags));
        }
        if self.lock.keys().any(|header| header != HOLD) {
            needs.push(need("s3:PutObjectRetention", &retention));
        }
        if self.lock.contains_key(HOLD) {
            needs.push(need("s3:PutObjectLegalHold", &hold));
        }
        needs
    }

    /// The object's headers. Errs at what is not served, and at bounds.
    pub fn headers(self) -> Result<Headers, Error> {
        check_acl(self.acl.as_deref(), &self.grants)?;
        if !self.encryption.is_empty() {
            return Err(Error::NotImplemented("x-amz-server-side-encryption"));
        }
        if !self.lock.is_empty() {
            return Err(Error::NotImplemented("x-amz-object-lock-mode"));
        }
        if self.storage_class.as_deref().is_some_and(|class| !CLASSES.contains(&class)) {
            return Err(Error::InvalidStorageClass);
        }
        let size: usize = self.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        if size > MOST_METADATA {
            return Err(Error::MetadataTooLarge);
        }
        let tags = self.tagging.as_deref().map(tags::from_header).transpose()?.unwrap_or_default();
        let given = [
            ("CacheControl", self.cache_control),
            ("ContentDisposition", self.content_disposition),
            // The coding of the transfer is not one of the object.
            ("ContentEncoding", self.content_encoding.and_then(|codings| without_chunks(&codings))),
            ("ContentLanguage", self.content_language),
            ("ContentType", self.content_type.filter(|value| !value.is_empty())),
            ("Expires", self.expires),
            ("WebsiteRedirectLocation", self.website_redirect_location),
            ("StorageClass", self.storage_class.filter(|class| class != "STANDARD")),
        ];
        let content = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        Ok(Headers { content, metadata: self.metadata, tags })
    }

    /// Tags that cannot be read are refused before anything happens.
    fn tag_keys(&self, keys: &mut Context) {
        let tags = self.tagging.as_deref().and_then(|text| tags::from_header(text).ok());
        tags::add_request_keys(keys, &tags.unwrap_or_default());
    }
}

/// Sets the keys of an access control list that a request asks for.
pub fn list_keys(keys: &mut Context, acl: Option<&str>, grants: &BTreeMap<String, String>) {
    keys.set_some("s3:x-amz-acl", acl);
    known(keys, &GRANTS, grants);
}

/// Sets keys for those of the headers that have one; others, such as keys to encrypt with, are none of a policy's
/// business.
fn known(keys: &mut Context, names: &[(&str, &'static str)], headers: &BTreeMap<String, String>) {
    for (name, key) in names {
        keys.set_some(*key, headers.get(*name).map(String::as_str));
    }
}

const GRANTS: [(&str, &str); 5] = [
    ("full-control", "s3:x-amz-grant-full-control"),
    ("read", "s3:x-amz-grant-read"),
    ("read-acp", "s3:x-amz-grant-read-acp"),
    ("write", "s3:x-amz-grant-write"),
    ("write-acp", "s3:x-amz-grant-write-acp"),
];
const ENCRYPTION: [(&str, &str); 3] = [
    ("", "s3:x-amz-server-side-encryption"),
    ("-aws-kms-key-id", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
    ("-customer-algorithm", "s3:x-amz-server-side-encryption-customer-algorithm"),
];
const HOLD: &str = "legal-hold";
const HOLDS: [(&str, &str); 1] = [(HOLD, "s3:object-lock-legal-hold")];
const RETENTION: [(&str, &str); 2] =
    [("mode", "s3:object-lock-mode"), ("retain-until-date", "s3:object-lock-retain-until-date")];

/// Access control lists are off: only those that give the owner alone anything are accepted.
pub fn check_acl(acl: Option<&str>, grants: &BTreeMap<String, String>) -> Result<(), Error> {
    let harmless = matches!(acl, None | Some("private" | "bucket-owner-full-control" | "bucket-owner-read"));
    if harmless && grants.is_empty() { Ok(()) } else { Err(Error::AccessControlListNotSupported) }
}

/// `aws-chunked` is how the body travelled.
fn without_chunks(codings: &str) -> Option<String> {
    let left: Vec<&str> = codings.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
    Some(left.join(",")).filter(|left| !left.is_empty())
}

/// The headers that an object is answered with.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Shown {
    pub status: u16,
    pub accept_ranges: Option<&'static str>,
    pub content_length: Option<u64>,
    pub content_range: Option<String>,
    pub e_tag: Option<String>,
    pub last_modified: Option<String>,
    pub cache_control: Option<String>,
    pub content_disposition: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_type: Option<String>,
    pub expires: Option<String>,
    pub website_redirect_location: Option<String>,
    pub storage_class: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub checksums: BTreeMap<String, String>,
    pub tag_count: Option<usize>,
    pub parts_count: Option<usize>,
    pub version_id: Option<String>,
}

/// Where the headers of [`Shown`] live.
pub const SHOWN: [Bind; 19] = [
    Bind::Status("Status"),
    Bind::Header("AcceptRanges", "accept-ranges"),
    Bind::Header("ContentLength", "content-length"),
    Bind::Header("ContentRange", "content-range"),
    Bind::Header("ETag", "etag"),
    Bind::Header("LastModified", "last-modified"),
    Bind::Header("CacheControl", "cache-control"),
    Bind::Header("ContentDisposition", "content-disposition"),
    Bind::Header("ContentEncoding", "content-encoding"),
    Bind::Header("ContentLanguage", "content-language"),
    Bind::Header("ContentType", "content-type"),
    Bind::Header("Expires", "expires"),
    Bind::Header("WebsiteRedirectLocation", "x-amz-website-redirect-location"),
    Bind::Header("StorageClass", "x-amz-storage-class"),
    Bind::Headers("Metadata", "x-amz-meta-"),
    Bind::Headers("Checksums", "x-amz-checksum-"),
    Bind::Header("TagCount", "x-amz-tagging-count"),
    Bind::Header("PartsCount", "x-amz-mp-parts-count"),
    Bind::Header("VersionId", "x-amz-version-id"),
];

impl Shown {
    /// What an object shows of itself.
    pub fn of(found: &Found) -> Self {
        let object = &found.object;
        let header = |name: &str| object.headers.content.get(name).cloned();
        Self {
            status: 200,
            accept_ranges: Some("bytes"),
            e_tag: Some(quoted(&object.e_tag)),
            last_modified: Some(object.modified.http_date()),
            cache_control: header("CacheControl"),
            content_disposition: header("ContentDisposition"),
            content_encoding: header("ContentEncoding"),
            content_language: header("ContentLanguage"),
            content_type: header("ContentType").or_else(|| Some("binary/octet-stream".into())),
            expires: header("Expires"),
            website_redirect_location: header("WebsiteRedirectLocation"),
            storage_class: header("StorageClass"),
            metadata: object.headers.metadata.clone(),
            tag_count: Some(object.headers.tags.len()).filter(|count| *count > 0),
            version_id: found.version.clone(),
            ..Self::default()
        }
    }

    /// What a client is told that has this version already.
    pub fn not_modified(found: &Found) -> Self {
        let Self { e_tag, last_modified, cache_control, expires, version_id, .. } = Self::of(found);
        Self { status: 304, e_tag, last_modified, cache_control, expires, version_id, ..Self::default() }
    }
}

/// The headers of an answer that a presigned URL may choose.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Overrides {
    pub response_cache_control: Option<String>,
    pub response_content_disposition: Option<String>,
    pub response_content_encoding: Option<String>,
    pub response_content_language: Option<String>,
    pub response_content_type: Option<String>,
    pub response_expires: Option<String>,
}

/// Where the parameters of [`Overrides`] live.
pub const OVERRIDES: [Bind; 6] = [
    Bind::Query("ResponseCacheControl", "response-cache-control"),
    Bind::Query("ResponseContentDisposition", "response-content-disposition"),
    Bind::Query("ResponseContentEncoding", "response-content-encoding"),
    Bind::Query("ResponseContentLanguage", "response-content-language"),
    Bind::Query("ResponseContentType", "response-content-type"),
    Bind::Query("ResponseExpires", "response-expires"),
];

impl Overrides {
    /// Whether there is one.
    pub fn any(&self) -> bool {
        self.pairs().into_iter().any(|value| value.is_some())
    }

    /// Errs where one is no header.
    pub fn check(&self) -> Result<(), Error> {
        let is_header = |text: &&String| http::HeaderValue::from_bytes(text.as_bytes()).is_ok();
        if self.pairs().into_iter().flatten().all(|text| is_header(&text)) {
            Ok(())
        } else {
            Err(Error::InvalidArgument("Header value cannot be represented"))
        }
    }

    /// Puts them in place.
    pub fn apply(self, shown: &mut Shown) {
        let pairs = [
            (&mut shown.cache_control, self.response_cache_control),
            (&mut shown.content_disposition, self.response_content_disposition),
            (&mut shown.content_encoding, self.response_content_encoding),
            (&mut shown.content_language, self.response_content_language),
            (&mut shown.content_type, self.response_content_type),
            (&mut shown.expires, self.response_expires),
        ];
        for (place, value) in pairs {
            if value.is_some() {
                *place = value;
            }
        }
    }

    fn pairs(&self) -> [Option<&String>; 6] {
        [
            self.response_cache_control.as_ref(),
            self.response_content_disposition.as_ref(),
            self.response_content_encoding.as_ref(),
            self.response_content_language.as_ref(),
            self.response_content_type.as_ref(),
            self.response_expires.as_ref(),
        ]
    }
}

/// The algorithm of `x-amz-checksum-algorithm` or its older spelling.
pub fn algorithm(name: Option<&str>) -> Result<Option<Algorithm>, Error> {
    let wrong = Error::InvalidRequest("Checksum algorithm provided is unsupported.");
    name.map(|name| Algorithm::named(name).ok_or(wrong)).transpose()
}

/// The time of an answer's `LastModified` element.
pub fn shown_time(time: Timestamp) -> String {
    time.iso8601_millis()
}

/// What an object may be said to be kept as; all are kept alike.
const CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "GLACIER_IR",
    "DEEP_ARCHIVE",
];
/// 2 KiB of names and values.
const MOST_METADATA: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_bounded() {
        let metadata = |size: usize| BTreeMap::from([("n".to_owned(), "x".repeat(size - 1))]);
        assert!(Written { metadata: metadata(2048), ..Written::default() }.headers().is_ok());
        assert!(Written { metadata: metadata(2049), ..Written::default() }.headers().is_err());
    }

    #[test]
    fn the_coding_of_the_transfer_is_not_kept() {
        let kept = |coding: &str| {
            let written = Written { content_encoding: Some(coding.to_owned()), ..Written::default() };
            written.headers().unwrap().content.get("ContentEncoding").cloned()
        };
        assert_eq!(kept("aws-chunked"), None);
        assert_eq!(kept("gzip, aws-chunked").as_deref(), Some("gzip"));
    }
}
