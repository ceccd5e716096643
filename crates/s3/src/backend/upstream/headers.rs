//! An object's headers, to the engine and from it.

use std::collections::BTreeMap;
use std::ops::Range;

use http::{HeaderMap, HeaderName};
use vocab::Timestamp;

use super::exchange::header_value;
use crate::Error;
use crate::backend::{Headers, Object};
use crate::checksum::{Algorithm, Checksum};
use crate::conditions::bare;
use crate::incoming::Incoming;

/// The headers that an object is written with.
pub(super) fn written(headers: &Headers, out: &mut HeaderMap) -> Result<(), Error> {
    for (member, name) in CONTENT {
        if let Some(value) = headers.content.get(member) {
            out.insert(HeaderName::from_static(name), header_value(value)?);
        }
    }
    for (name, value) in &headers.metadata {
        let name = format!("x-amz-meta-{}", name.to_ascii_lowercase());
        let name = HeaderName::try_from(name).map_err(|_| Error::InvalidArgument("No name for user metadata"))?;
        out.insert(name, header_value(value)?);
    }
    if !headers.tags.is_empty() {
        let tags = headers.tags.iter().map(|(name, value)| (name.as_str(), Some(value.as_str())));
        out.insert("x-amz-tagging", header_value(&upstream::target::query(tags))?);
    }
    Ok(())
}

/// What a client promised about its body goes on with it.
pub(super) fn promised(body: &Incoming, out: &mut HeaderMap) -> Result<(), Error> {
    let (md5, checksum) = body.promised();
    if let Some(md5) = md5 {
        out.insert("content-md5", header_value(&md5)?);
    }
    if let Some((algorithm, value)) = checksum {
        out.insert(checksum_header(algorithm), header_value(value)?);
    }
    Ok(())
}

/// The header of a checksum.
pub(super) fn checksum_header(algorithm: Algorithm) -> HeaderName {
    HeaderName::from_static(match algorithm {
        Algorithm::Crc32 => "x-amz-checksum-crc32",
        Algorithm::Crc32c => "x-amz-checksum-crc32c",
        Algorithm::Crc64nvme => "x-amz-checksum-crc64nvme",
        Algorithm::Sha1 => "x-amz-checksum-sha1",
        Algorithm::Sha256 => "x-amz-checksum-sha256",
    })
}

/// An object as an answer's headers describe it, of this size; its tags do not stand there. `None`:
/// they describe none.
pub(super) fn object(headers: &HeaderMap, size: u64) -> Option<Object> {
    let e_tag = text(headers, "etag").map(|tag| bare(&tag).to_owned())?;
    let modified = text(headers, "last-modified").and_then(|date| Timestamp::from_http_date(&date))?;
    let content = CONTENT.iter().filter_map(|(member, name)| Some(((*member).to_owned(), text(headers, name)?)));
    // What has no type of its own has the usual one anyhow.
    let content = content.filter(|(member, value)| !(member == "StorageClass" && value == "STANDARD"));
    let metadata = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-amz-meta-")?;
        Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    let headers_of = Headers { content: content.collect(), metadata: metadata.collect(), tags: BTreeMap::new() };
    let checksum = Algorithm::ALL
        .into_iter()
        .find_map(|algorithm| Some(Checksum { algorithm, value: text(headers, checksum_header(algorithm).as_str())? }));
    Some(Object { size, e_tag, modified, headers: headers_of, checksum })
}

/// A header's value, if it is a text.
pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    std::str::from_utf8(value.as_bytes()).ok().map(str::to_owned)
}

/// A header's value, if it is a number.
pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    let text = text(headers, name)?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// The length of an answer's body, if it is told in one way only.
pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    number(headers, "content-length").filter(|_| !headers.contains_key("transfer-encoding"))
}

/// The range of an answer, and the size of the whole.
pub(super) fn content_range(headers: &HeaderMap) -> Option<(Range<u64>, u64)> {
    let text = text(headers, "content-range")?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, size): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
    (first <= last && last < size).then_some((first..last + 1, size))
}

/// When the engine answered, by its own clock.
pub(super) fn date(headers: &HeaderMap) -> Timestamp {
    let date = text(headers, "date").and_then(|date| Timestamp::from_http_date(&date));
    date.unwrap_or(Timestamp::from_seconds(0))
}

const CONTENT: [(&str, &str); 8] = [
    ("CacheControl", "cache-control"),
    ("ContentDisposition", "content-disposition"),
    ("ContentEncoding", "content-encoding"),
    ("ContentLanguage", "content-language"),
    ("ContentType", "content-type"),
    ("Expires", "expires"),
    ("WebsiteRedirectLocation", "x-amz-website-redirect-location"),
    ("StorageClass", "x-amz-storage-class"),
];
