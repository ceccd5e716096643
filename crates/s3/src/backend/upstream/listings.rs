//! Listings of objects, versions and uploads. Names come percent-encoded, since XML cannot spell all
//! of them.

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::percent_decode_str;
use store::records::buckets::Bucket;
use vocab::Timestamp;
use wire::Element;

use super::exchange::Ask;
use super::{NULL, Upstream};
use crate::Error;
use crate::backend::{Entry, Headers, Object, Page, Query, Upload, Versioned};
use crate::checksum::{Algorithm, Checksum};
use crate::conditions::bare;

/// The kind of a listing.
struct Kind {
    /// What its parameters are called: after which key, after which id, how many.
    after: &'static str,
    after_id: Option<&'static str>,
    limit: &'static str,
    /// Where the engine says that the next page begins.
    next: &'static str,
    next_id: Option<&'static str>,
    /// The root of its document, and the elements that are entries.
    root: &'static str,
    entries: &'static [&'static str],
}

/// Where a page begins.
struct Start {
    key: Option<String>,
    id: Option<String>,
}

impl Upstream {
    pub(super) async fn list_objects(&self, bucket: &Bucket, query: &Query<'_>) -> Result<Page<Object>, Error> {
        self.page(bucket, query, None, &OBJECTS, object).await
    }

    pub(super) async fn list_versions(
        &self,
        bucket: &Bucket,
        query: &Query<'_>,
        after: Option<&str>,
    ) -> Result<Page<Versioned>, Error> {
        self.page(bucket, query, after, &VERSIONS, versioned).await
    }

    pub(super) async fn list_uploads(
        &self,
        bucket: &Bucket,
        query: &Query<'_>,
        after_id: Option<&str>,
    ) -> Result<Page<Upload>, Error> {
        let initiator = bucket.account.to_string();
        self.page(bucket, query, after_id, &UPLOADS, |element| upload(element, &initiator)).await
    }

    /// A page. What the engine shows that was passed already is left out, and asked on behind.
    async fn page<T>(
        &self,
        bucket: &Bucket,
        query: &Query<'_>,
        after_id: Option<&str>,
        kind: &Kind,
        read: impl Fn(&Element) -> Option<T>,
    ) -> Result<Page<T>, Error> {
        let mut start = Start { key: query.after.map(str::to_owned), id: after_id.map(str::to_owned) };
        // Of a common prefix that was passed, all that it stands for was.
        if let Some(common) = query.after.and_then(|after| common_prefix(after, query)) {
            start.key = Some(format!("{common}{}", char::MAX));
        }
        for _ in 0..MOST_PAGES {
            let root = self.ask_for(bucket, query, &start, kind).await?;
            let mut entries = self.entries(&root, kind, &read)?;
            let has_passed = |name: &str, is_prefix: bool| {
                // The versions of a key go on behind one of them.
                query.after.is_some_and(|after| name < after || (name == after && (is_prefix || after_id.is_none())))
            };
            entries.retain(|entry| match entry {
                Entry::Key(key, _) => !has_passed(key, false),
                Entry::Prefix(prefix) => !has_passed(prefix, true),
            });
            let truncated = root.text_of("IsTruncated") == Some("true");
            if entries.len() > query.limit {
                return Err(self.nonsense("a page longer than was asked for"));
            }
            if !entries.is_empty() || !truncated {
                return Ok(Page { entries, truncated });
            }
            let next = Start {
                key: self.next(&root, kind.next)?,
                id: kind.next_id.map_or(Ok(None), |name| self.next(&root, name))?,
            };
            if next.key.is_none() || (next.key == start.key && next.id == start.id) {
                return Err(self.nonsense("a page that goes on nowhere"));
            }
            start = next;
        }
        Err(self.nonsense("empty pages without an end"))
    }

    fn next(&self, root: &Element, name: &str) -> Result<Option<String>, Error> {
        let text = root.text_of(name).filter(|text| !text.is_empty());
        text.map(|text| self.decoded(root, text)).transpose()
    }

    async fn ask_for(&self, bucket: &Bucket, query: &Query<'_>, start: &Start, kind: &Kind) -> Result<Element, Error> {
        let ask = match kind.root {
            "ListVersionsResult" => Ask::bucket(Method::GET, bucket).flag("versions"),
            "ListMultipartUploadsResult" => Ask::bucket(Method::GET, bucket).flag("uploads"),
            _ => Ask::bucket(Method::GET, bucket),
        };
        let mut ask = ask
            .parameter("encoding-type", Some("url"))
            .parameter("prefix", Some(query.prefix).filter(|prefix| !prefix.is_empty()))
            .parameter("delimiter", query.delimiter)
            .parameter(kind.limit, Some(query.limit.to_string()))
            .parameter(kind.after, start.key.as_deref());
        if let Some(name) = kind.after_id {
            ask = ask.parameter(name, start.id.as_deref());
        }
        let (_, root) = self.document(ask).await?;
        if root.name == kind.root { Ok(root) } else { Err(self.nonsense("another document than the listing")) }
    }

    /// The entries in byte order of their names; those of one key as the engine has them.
    fn entries<T>(
        &self,
        root: &Element,
        kind: &Kind,
        read: &impl Fn(&Element) -> Option<T>,
    ) -> Result<Vec<Entry<T>>, Error> {
        let mut entries = Vec::new();
        for element in &root.children {
            if kind.entries.contains(&element.name.as_str()) {
                let key = element.text_of("Key").ok_or_else(|| self.nonsense("an entry without a key"))?;
                let value = read(element).ok_or_else(|| self.nonsense("an entry that is none"))?;
                entries.push(Entry::Key(self.decoded(root, key)?, value));
            } else if element.name == "CommonPrefixes" {
                for prefix in element.all("Prefix") {
                    entries.push(Entry::Prefix(self.decoded(root, &prefix.text)?));
                }
            }
        }
        entries.sort_by(|one, other| name(one).cmp(name(other)));
        Ok(entries)
    }

    /// A name as it is. Engines that do not know the encoding leave names as they are.
    fn decoded(&self, root: &Element, text: &str) -> Result<String, Error> {
        if root.text_of("EncodingType") != Some("url") {
            return Ok(text.to_owned());
        }
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8();
        decoded.map(|name| name.into_owned()).map_err(|_| self.nonsense("a name that is no text"))
    }
}

fn name<T>(entry: &Entry<T>) -> &str {
    match entry {
        Entry::Key(name, _) | Entry::Prefix(name) => name,
    }
}

fn common_prefix<'k>(key: &'k str, query: &Query<'_>) -> Option<&'k str> {
    let delimiter = query.delimiter?;
    let rest = key.strip_prefix(query.prefix)?;
    let end = query.prefix.len() + rest.find(delimiter)? + delimiter.len();
    key.get(..end)
}

fn object(element: &Element) -> Option<Object> {
    let class = element.text_of("StorageClass").filter(|class| !class.is_empty() && *class != "STANDARD");
    let content = class.map(|class| ("StorageClass".to_owned(), class.to_owned()));
    // A listing tells which checksum an object has, not its value.
    let algorithm = element.text_of("ChecksumAlgorithm").and_then(Algorithm::named);
    Some(Object {
        size: element.text_of("Size")?.parse().ok()?,
        e_tag: bare(element.text_of("ETag")?).to_owned(),
        modified: Timestamp::from_iso8601(element.text_of("LastModified")?)?,
        headers: Headers { content: content.into_iter().collect(), ..Headers::default() },
        checksum: algorithm.map(|algorithm| Checksum { algorithm, value: String::new() }),
    })
}

fn versioned(element: &Element) -> Option<Versioned> {
    let version = element.text_of("VersionId").filter(|version| !version.is_empty()).unwrap_or(NULL);
    Some(Versioned {
        version: version.to_owned(),
        is_latest: element.text_of("IsLatest") == Some("true"),
        modified: Timestamp::from_iso8601(element.text_of("LastModified")?)?,
        object: match element.name.as_str() {
            "DeleteMarker" => None,
            _ => Some(object(element)?),
        },
    })
}

/// Who began an upload is the one we signed as: what is told is the bucket's account.
fn upload(element: &Element, initiator: &str) -> Option<Upload> {
    let class = element.text_of("StorageClass").filter(|class| !class.is_empty() && *class != "STANDARD");
    let content: BTreeMap<_, _> =
        class.map(|class| ("StorageClass".to_owned(), class.to_owned())).into_iter().collect();
    Some(Upload {
        id: element.text_of("UploadId")?.to_owned(),
        begun: Timestamp::from_iso8601(element.text_of("Initiated")?)?,
        initiator: initiator.to_owned(),
        headers: Headers { content, ..Headers::default() },
        algorithm: element.text_of("ChecksumAlgorithm").and_then(Algorithm::named),
        full_object: element.text_of("ChecksumType") == Some("FULL_OBJECT"),
    })
}

/// The first version of the listing: its marker is a key, so that a page can begin anywhere.
const OBJECTS: Kind = Kind {
    after: "marker",
    after_id: None,
    limit: "max-keys",
    next: "NextMarker",
    next_id: None,
    root: "ListBucketResult",
    entries: &["Contents"],
};

const VERSIONS: Kind = Kind {
    after: "key-marker",
    after_id: Some("version-id-marker"),
    limit: "max-keys",
    next: "NextKeyMarker",
    next_id: Some("NextVersionIdMarker"),
    root: "ListVersionsResult",
    entries: &["Version", "DeleteMarker"],
};

const UPLOADS: Kind = Kind {
    after: "key-marker",
    after_id: Some("upload-id-marker"),
    limit: "max-uploads",
    next: "NextKeyMarker",
    next_id: Some("NextUploadIdMarker"),
    root: "ListMultipartUploadsResult",
    entries: &["Upload"],
};

const MOST_PAGES: usize = 100;
