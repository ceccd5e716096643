use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::Timestamp;
use wire::rest::{Bind, Content, Route};
use wire::{Body, Fault, Malformed, Protocol};

use crate::asking::{ask, shown};

const S3: Protocol = Protocol::RestXml { namespace: "http://s3.amazonaws.com/doc/2006-03-01/" };

const DELETE: Route = Route {
    flags: &[("delete", None)],
    members: &[Bind::Header("Md5", "content-md5"), Bind::Headers("Metadata", "x-amz-meta-")],
    body: Content::Member("Delete"),
    ..Route::new("DeleteObjects", "POST", "/{Bucket}")
};
const POLICY: Route = Route {
    flags: &[("policy", None)],
    body: Content::Text("Policy"),
    ..Route::new("PutBucketPolicy", "PUT", "/{Bucket}")
};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Objects {
    bucket: String,
    md5: Option<String>,
    metadata: BTreeMap<String, String>,
    delete: Option<Delete>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    #[serde(rename = "Object", default)]
    objects: Vec<Object>,
    quiet: Option<bool>,
    count: Option<u32>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Object {
    key: String,
    version_id: Option<String>,
}

fn delete(body: &str) -> Result<Objects, Malformed> {
    ask("POST /b?delete").body(body.to_owned()).read(&S3, &[DELETE]).map(|(_, input)| input)
}

fn keys(body: &str) -> Vec<String> {
    delete(body).unwrap().delete.unwrap().objects.into_iter().map(|object| object.key).collect()
}

#[test]
fn documents_have_flat_lists_namespaces_and_comments() {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">
          <Object><Key>a</Key></Object><Quiet>true</Quiet>
          <Object a='1'><Key>b</Key><VersionId>v</VersionId></Object><Unknown><X/></Unknown></Delete>\n";
    let object =
        |key: &str, version: Option<&str>| Object { key: key.to_owned(), version_id: version.map(str::to_owned) };
    let wanted = Delete { objects: vec![object("a", None), object("b", Some("v"))], quiet: Some(true), count: None };
    assert_eq!(delete(body).unwrap().delete, Some(wanted));
    assert_eq!(keys("<s3:Delete xmlns:s3='x'><s3:Object><s3:Key>a</s3:Key></s3:Object></s3:Delete>"), ["a"]);
    assert_eq!(delete("<Delete/>").unwrap().delete.unwrap().objects, []);
    assert_eq!(delete("").unwrap().delete, None);
}

#[test]
fn text_is_whole_and_exact() {
    for (text, key) in [
        (" a  b ", " a  b "),
        ("a&amp;b&lt;&gt;&quot;&apos;", "a&b<>\"'"),
        ("&#97;&#x62;", "ab"),
        ("admin<!-- -->@evil", "admin@evil"),
        ("a<![CDATA[<b>&amp;]]>c", "a<b>&amp;c"),
        ("a\r\nb", "a\nb"),
        ("a&#13;b", "a\rb"),
        ("é", "é"),
        ("", ""),
    ] {
        assert_eq!(keys(&format!("<Delete><Object><Key>{text}</Key></Object></Delete>")), [key], "{text}");
    }
}

#[test]
fn documents_that_are_not_well_formed_or_dangerous_are_refused() {
    let deep = format!("{}{}", "<Delete>".repeat(40), "</Delete>".repeat(40));
    let wide = format!("<Delete>{}</Delete>", "<X/>".repeat(100_001));
    for body in [
        "<!DOCTYPE a [<!ENTITY x \"y\">]><Delete><Object><Key>&x;</Key></Object></Delete>",
        "<!DOCTYPE Delete SYSTEM \"file:///etc/passwd\"><Delete/>",
        "<Delete><Object><Key>&x;</Key></Object></Delete>",
        "<Delete><Object><Key>&#0;</Key></Object></Delete>",
        "<Delete><Object><Key>&#xD800;</Key></Object></Delete>",
        "<Delete><Object><Key>&#1114112;</Key></Object></Delete>",
        "<Delete><Object><Key>a & b</Key></Object></Delete>",
        "<Delete><Object><Key>a\0</Key></Object></Delete>",
        "<?php x?><Delete/>",
        "<Delete>",
        "<Delete></Object>",
        "</Delete>",
        "<Delete/><Delete/>",
        "<Delete></Delete>x",
        "x<Delete/>",
        "<Other/>",
        "<Delete><Object>text<Key>a</Key></Object></Delete>",
        "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>",
        "<Delete><Object/></Delete>",
        "<Delete><Object><Key><X/></Key></Object></Delete>",
        "<Delete><Quiet>maybe</Quiet></Delete>",
        "<Delete><Count>-1</Count></Delete>",
        "<Delete",
        "{}",
        " ",
        &deep,
        &wide,
    ] {
        let error = delete(body).unwrap_err();
        let fault = error.fault(&S3);
        let shown: String = body.chars().take(60).collect();
        assert_eq!((fault.code.as_ref(), fault.status), ("MalformedXML", 400), "{shown}: {error:?}");
    }
    let latin = ask("POST /b?delete").body(b"<Delete><Object><Key>\xe9</Key></Object></Delete>".to_vec());
    assert!(latin.read::<Objects>(&S3, &[DELETE]).is_err());
}

#[test]
fn headers_are_members() {
    let asked = ask("POST /b?delete")
        .header("content-md5", " abc ")
        .header("x-amz-meta-a", "1")
        .header("x-amz-meta-a", "2")
        .header("X-Amz-Meta-B", "é")
        .header("x-amz-metadata", "no");
    let (_, input): (_, Objects) = asked.read(&S3, &[DELETE]).unwrap();
    assert_eq!(input.md5.as_deref(), Some("abc"));
    let wanted = [("a", "1,2"), ("b", "é")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(input.metadata, BTreeMap::from(wanted));
    let twice = ask("POST /b?delete").header("content-md5", "a").header("content-md5", "b");
    assert_eq!(twice.operation(&S3, &[DELETE]), Err(Malformed::Duplicate("content-md5".to_owned())));
}

#[test]
fn a_text_body_is_one_member() {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Policy {
        bucket: String,
        policy: String,
    }
    let (_, input): (_, Policy) = ask("PUT /b?policy").body("{\"a\": 1}").read(&S3, &[POLICY]).unwrap();
    assert_eq!((input.bucket.as_str(), input.policy.as_str()), ("b", "{\"a\": 1}"));
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    name: &'static str,
    next: Option<String>,
    key_count: u32,
    #[serde(rename = "Contents")]
    objects: Vec<Entry>,
    common_prefixes: Vec<Entry>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: &'static str,
    #[serde(with = "wire::times::iso8601_millis")]
    last_modified: Timestamp,
    e_tag: &'static str,
}

#[test]
fn an_output_is_a_document_with_flat_lists() {
    let route =
        Route { answer: Content::Members("ListBucketResult"), ..Route::new("ListObjectsV2", "GET", "/{Bucket}") };
    let time = Timestamp::from_millis(1_767_323_045_678);
    let entry = |key| Entry { key, last_modified: time, e_tag: "\"0\"" };
    let output = Listing {
        name: "b",
        next: None,
        key_count: 2,
        objects: vec![entry("a&"), entry("b")],
        common_prefixes: vec![],
    };
    let wanted = "200\ncontent-type: application/xml\nx-amz-id-2: ci0x\nx-amz-request-id: r-1\n\n\
        <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><KeyCount>2</KeyCount>\
        <Contents><Key>a&amp;</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;0&quot;</ETag></Contents>\
        <Contents><Key>b</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;0&quot;</ETag></Contents>\
        </ListBucketResult>";
    assert_eq!(shown(S3.write("ListObjectsV2", "r-1", &output, Some(&route)).unwrap()), wanted);
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Got {
    e_tag: Option<&'static str>,
    content_length: Option<u64>,
    content_type: Option<&'static str>,
    metadata: BTreeMap<&'static str, &'static str>,
    status: Option<u16>,
}

const GET: Route = Route {
    output: &[
        Bind::Header("ETag", "etag"),
        Bind::Header("ContentLength", "content-length"),
        Bind::Header("ContentType", "content-type"),
        Bind::Headers("Metadata", "x-amz-meta-"),
        Bind::Status("Status"),
    ],
    answer: Content::Streamed,
    ..Route::new("GetObject", "GET", "/{Bucket}/{Key+}")
};

#[test]
fn output_members_become_headers_and_status() {
    let output = Got {
        e_tag: Some("\"0\""),
        content_length: Some(3),
        content_type: Some("image/png"),
        metadata: BTreeMap::from([("a", "1")]),
        status: Some(206),
    };
    let wanted = "206\ncontent-length: 3\ncontent-type: image/png\netag: \"0\"\nx-amz-id-2: ci0x\nx-amz-meta-a: 1\nx-amz-request-id: r-1\n\n";
    assert_eq!(shown(S3.write("GetObject", "r-1", &output, Some(&GET)).unwrap()), wanted);
    let bare = "200\nx-amz-id-2: ci0x\nx-amz-request-id: r-1\n\n";
    assert_eq!(shown(S3.write("GetObject", "r-1", &Got::default(), Some(&GET)).unwrap()), bare);
}

#[test]
fn values_that_no_header_can_have_are_not_written() {
    for output in [
        Got { content_type: Some("a\r\nx-evil: 1"), ..Got::default() },
        Got { metadata: BTreeMap::from([("a b", "1")]), ..Got::default() },
        Got { metadata: BTreeMap::from([("a", "1\n2")]), ..Got::default() },
        Got { status: Some(7), ..Got::default() },
    ] {
        assert!(S3.write("GetObject", "r-1", &output, Some(&GET)).is_err());
    }
    assert!(S3.write("GetObject", "r-1", &Got::default(), None).is_err());
}

#[test]
fn a_member_can_be_the_whole_document() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Location {
        location_constraint: Option<&'static str>,
    }
    let route =
        Route { answer: Content::Member("LocationConstraint"), ..Route::new("GetBucketLocation", "GET", "/{Bucket}") };
    let write = |location_constraint| {
        shown(S3.write("GetBucketLocation", "r-1", &Location { location_constraint }, Some(&route)).unwrap())
    };
    assert!(write(Some("eu-west-1")).ends_with("2006-03-01/\">eu-west-1</LocationConstraint>"));
    assert!(write(None).ends_with("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>"));
}

#[test]
fn a_fault_is_a_document_without_namespace() {
    let mut fault = Fault::new("NoSuchKey", 404, "The specified key does not exist.");
    fault.resource = Some("/b/<k>".to_owned());
    fault.members.insert("Key".to_owned(), "<k>".into());
    let wanted = "404\ncontent-type: application/xml\nx-amz-id-2: ci0x\nx-amz-request-id: r-1\n\n\
        <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
        <Message>The specified key does not exist.</Message><Key>&lt;k&gt;</Key><Resource>/b/&lt;k&gt;</Resource>\
        <RequestId>r-1</RequestId><HostId>ci0x</HostId></Error>";
    assert_eq!(shown(S3.fault(&fault, "r-1")), wanted);
    let head = S3.fault(&fault, "r-1").without_body();
    assert!(matches!(head.body, Body::Whole(ref body) if body.is_empty()));
    let unchanged = S3.fault(&Fault::new("NotModified", 304, "Not Modified"), "r-1");
    assert!(matches!(unchanged.body, Body::Whole(ref body) if body.is_empty()));
}
