//! PostObject: writes the file of a form that a browser sends, whole or not at all.
//!
//! Differences from AWS: as PutObject. A policy must name its bucket; what stands before the file may be 64 KiB, since
//! policies carry session tokens; a form that is signed by its headers is refused.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Place, Visit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use policy::Context;
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::At;
use crate::bucket::{Bucket, check_key};
use crate::conditions::{Precondition, quoted};
use crate::headers::Written;
use crate::incoming::{Incoming, Promise};
use crate::tags::{Of, Tagging};
use crate::{Error, S3, document};

pub const ROUTE: Route = Route {
    members: &[
        Bind::Field("Key", "key"),
        Bind::Field("CacheControl", "cache-control"),
        Bind::Field("ContentDisposition", "content-disposition"),
        Bind::Field("ContentEncoding", "content-encoding"),
        Bind::Field("ContentLanguage", "content-language"),
        Bind::Field("ContentType", "content-type"),
        Bind::Field("Expires", "expires"),
        Bind::Field("WebsiteRedirectLocation", "x-amz-website-redirect-location"),
        Bind::Field("StorageClass", "x-amz-storage-class"),
        Bind::Fields("Metadata", "x-amz-meta-"),
        Bind::Field("Acl", "acl"),
        Bind::Fields("Grants", "x-amz-grant-"),
        Bind::Fields("Encryption", "x-amz-server-side-encryption"),
        Bind::Fields("Lock", "x-amz-object-lock-"),
        Bind::Field("Tags", "tagging"),
        Bind::Fields("Checksums", "x-amz-checksum-"),
        Bind::Field("SuccessStatus", "success_action_status"),
        Bind::Field("SuccessRedirect", "success_action_redirect"),
        Bind::Field("Redirect", "redirect"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    body: Content::Form,
    output: &[
        Bind::Status("Status"),
        Bind::Header("Location", "location"),
        Bind::Header("ETag", "etag"),
        Bind::Header("VersionId", "x-amz-version-id"),
        Bind::Headers("Checksums", "x-amz-checksum-"),
        Bind::Header("ContentType", "content-type"),
    ],
    answer: Content::Text("Document"),
    ..Route::new("PostObject", "POST", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: Option<String>,
    /// A document, where PutObject has a header.
    tags: Option<String>,
    #[serde(default)]
    checksums: BTreeMap<String, String>,
    success_status: Option<String>,
    success_redirect: Option<String>,
    /// The older name of that.
    redirect: Option<String>,
    expected_bucket_owner: Option<String>,
    #[serde(flatten)]
    written: Written,
}

/// A bucket, and what the form says of the object.
pub struct Facts {
    bucket: Bucket,
    key: String,
    written: Written,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    status: u16,
    location: String,
    e_tag: String,
    version_id: Option<String>,
    checksums: BTreeMap<String, String>,
    content_type: Option<&'static str>,
    document: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let bucket = Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()).await?;
        let text = "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the \
                    fields.";
        let key = input.key.clone().ok_or(Error::InvalidArgument(text))?;
        if key.is_empty() {
            return Err(Error::InvalidArgument("User key must have a length greater than 0."));
        }
        let tagging = input.tags.as_deref().map(tagging).transpose()?;
        Ok(Facts { bucket, key, written: Written { tagging, ..input.written.clone() } })
    })
}

pub fn access(_: &Input, _: &Place, facts: &Facts) -> Access {
    let mut keys = Context::new();
    keys.set("s3:ObjectCreationOperation", true);
    Access::all(facts.written.needs(&facts.bucket, &facts.key, &keys))
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Output, Error> {
    let Facts { bucket, key, written } = facts;
    check_key(&key)?;
    let headers = written.headers()?;
    let promise = Promise { checksums: Some(&input.checksums), ..Promise::default() };
    let body = Incoming::new(call.take_body(), &promise)?.provided(bucket.stays(&call));
    let at = At { bucket: &bucket.record, key: &key };
    let made = call.state.backend.put(at, headers, &Precondition::None, body).await?;
    let object = made.object;
    let name = &bucket.record.name;
    let location = format!("/{name}/{}", path(&key));
    let e_tag = quoted(&object.e_tag);
    let checksums = object.checksum.as_ref().map(|checksum| checksum.headers()).unwrap_or_default();
    let mut output = Output {
        status: 204,
        location,
        e_tag,
        version_id: made.version,
        checksums,
        content_type: None,
        document: None,
    };
    let redirect = input.success_redirect.or(input.redirect);
    if let Some(url) = redirect.as_deref().and_then(|url| redirected(url, name, &key, &output.e_tag)) {
        output.status = 303;
        output.location = url;
        return Ok(output);
    }
    match input.success_status.as_deref() {
        Some("200") => output.status = 200,
        Some("201") => {
            output.status = 201;
            output.content_type = Some("application/xml");
            output.document = Some(response(&output.location, name, &key, &output.e_tag));
        }
        _ => {}
    }
    Ok(output)
}

/// The tags of a document, as the header of PutObject has them.
fn tagging(document: &str) -> Result<String, Error> {
    let tags = document::read::<Tagging>(Some(document), Content::Members("Tagging"), &Promise::default())?
        .checked(Of::Object)?;
    let encoded = |text: &str| utf8_percent_encode(text, &ESCAPED).to_string();
    let pairs: Vec<String> = tags.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect();
    Ok(pairs.join("&"))
}

/// Where the browser goes on: with bucket, key and entity tag in the query. `None`: that is no place on the web.
fn redirected(url: &str, bucket: &str, key: &str, e_tag: &str) -> Option<String> {
    let place: http::Uri = url.parse().ok()?;
    if !matches!(place.scheme_str(), Some("http" | "https")) || place.host().is_none_or(str::is_empty) {
        return None;
    }
    let encoded = |text: &str| utf8_percent_encode(text, &ESCAPED).to_string();
    let query = format!("bucket={}&key={}&etag={}", encoded(bucket), encoded(key), encoded(e_tag));
    // A fragment stands last; it is the page's own affair.
    let url = url.split('#').next().unwrap_or_default();
    Some(format!("{url}{}{query}", if url.contains('?') { '&' } else { '?' }))
}

fn response(location: &str, bucket: &str, key: &str, e_tag: &str) -> String {
    let elements = [("Location", location), ("Bucket", bucket), ("Key", key), ("ETag", e_tag)];
    let inside: String = elements.iter().map(|(name, text)| format!("<{name}>{}</{name}>", escaped(text))).collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse>{inside}</PostResponse>")
}

fn path(key: &str) -> String {
    key.split('/').map(|piece| utf8_percent_encode(piece, &ESCAPED).to_string()).collect::<Vec<_>>().join("/")
}

/// A text in XML 1.0: what that has no spelling for becomes a question mark.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('?'),
            character => out.push(character),
        }
    }
    out
}

const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
