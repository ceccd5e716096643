//! What listings share: how keys are spelled, the pages of a listing, and the tokens between them.

use operation::Visit;
use operation::keyring::Purpose;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::backend::{Entry, Object, Page};
use crate::bucket::Bucket;
use crate::conditions::quoted;
use crate::headers::shown_time;
use crate::{Error, S3};

/// How keys are written into a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As they are.
    Plain,
    /// Percent-encoded: XML has no spelling for some characters.
    Url,
}

/// A line of a listing of objects.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Line {
    key: String,
    last_modified: String,
    e_tag: String,
    checksum_algorithm: Option<&'static str>,
    size: u64,
    storage_class: String,
    owner: Option<Owner>,
}

/// A common prefix.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CommonPrefix {
    pub prefix: String,
}

/// An account, as listings show it.
#[derive(Debug, Clone, Serialize)]
pub struct Owner {
    #[serde(rename = "ID")]
    id: String,
}

impl Spelling {
    /// From `encoding-type`.
    pub fn of(encoding: Option<&str>) -> Result<Self, Error> {
        match encoding {
            None => Ok(Self::Plain),
            Some("url") => Ok(Self::Url),
            Some(_) => Err(Error::InvalidArgument("Invalid Encoding Method specified in Request")),
        }
    }

    /// A key, prefix or delimiter in this spelling.
    pub fn write(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Url => utf8_percent_encode(text, ESCAPED).to_string(),
        }
    }
}

impl Owner {
    /// The owner of a bucket and of its objects.
    pub fn of(bucket: &Bucket) -> Self {
        Self::named(bucket.record.account)
    }

    /// An account.
    pub fn named(account: vocab::AccountId) -> Self {
        Self { id: account.to_string() }
    }

    /// Whoever has this ARN.
    pub fn arn(arn: &str) -> Self {
        Self { id: arn.to_owned() }
    }
}

/// The lines of a page.
pub fn lines(page: Page<Object>, spelling: Spelling, owner: Option<&Owner>) -> (Vec<Line>, Vec<CommonPrefix>) {
    let mut lines = Vec::new();
    let mut prefixes = Vec::new();
    for entry in page.entries {
        match entry {
            Entry::Prefix(prefix) => prefixes.push(CommonPrefix { prefix: spelling.write(&prefix) }),
            Entry::Key(key, object) => lines.push(Line {
                key: spelling.write(&key),
                last_modified: shown_time(object.modified),
                e_tag: quoted(&object.e_tag),
                checksum_algorithm: object.checksum.map(|checksum| checksum.algorithm.name()),
                size: object.size,
                storage_class: object.headers.content.get("StorageClass").cloned().unwrap_or("STANDARD".into()),
                owner: owner.cloned(),
            }),
        }
    }
    (lines, prefixes)
}

/// How many lines a page may have.
pub fn limit(wanted: Option<i64>, argument: &'static str) -> Result<usize, Error> {
    let wanted = wanted.unwrap_or(MOST);
    usize::try_from(wanted.min(MOST)).map_err(|_| Error::InvalidArgument(argument))
}

/// A page without lines.
pub fn empty<T>() -> Page<T> {
    Page { entries: Vec::new(), truncated: false }
}

/// The last key or common prefix of a page.
pub fn last<T>(page: &Page<T>) -> Option<&str> {
    page.entries.last().map(|entry| match entry {
        Entry::Key(key, _) => key.as_str(),
        Entry::Prefix(prefix) => prefix.as_str(),
    })
}

/// The token that continues behind `last`: good for this listing alone.
pub fn token(visit: &Visit<S3>, listing: &str, last: &str) -> Result<String, Error> {
    visit.host.keyring.seal(Purpose::Page, listing, last.as_bytes()).map_err(Error::internal)
}

/// Where a token continues.
pub async fn opened(visit: &Visit<S3>, listing: &str, token: &str) -> Result<String, Error> {
    let wrong = || Error::InvalidArgument("The continuation token provided is incorrect");
    match visit.host.keyring.open(Purpose::Page, listing, token).await {
        Ok(plain) => String::from_utf8(plain.to_vec()).map_err(|_| wrong()),
        Err(operation::keyring::Error::Store(error)) => Err(error.into()),
        Err(_) => Err(wrong()),
    }
}

/// What tokens of a bucket's listings are bound to.
pub fn of_bucket(bucket: &Bucket) -> String {
    format!("s3:{:032x}", u128::from_be_bytes(bucket.record.id))
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
const MOST: i64 = 1000;
