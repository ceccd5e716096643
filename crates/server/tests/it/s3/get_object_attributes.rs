//! GetObjectAttributes.

use http::Method;

use super::object_versions::set_versioning;
use super::{allow, elements, get, get_with, post, put, put_with, refusal, start, user};

const ALL: (&str, &str) = ("x-amz-object-attributes", "ETag,Checksum,ObjectParts,StorageClass,ObjectSize");

#[tokio::test]
async fn an_object_tells_what_is_asked_of_it() {
    let server = start().await;
    let headers = [("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="), ("x-amz-storage-class", "GLACIER_IR")];
    put_with(&server, "/game/k", &headers, "hello").await;
    let answer = get_with(&server, "/game/k?attributes", &[ALL]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for (name, value) in [
        ("ETag", "5d41402abc4b2a76b9719d911017c592"),
        ("ChecksumSHA1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        ("ChecksumType", "FULL_OBJECT"),
        ("StorageClass", "GLACIER_IR"),
        ("ObjectSize", "5"),
    ] {
        assert_eq!(answer.element(name), value, "{name}");
    }
    assert_eq!(answer.headers["last-modified"], "Fri, 02 Jan 2026 12:00:00 GMT");
    assert_eq!(elements(&answer, "ObjectParts").len(), 0);
    let answer = get_with(&server, "/game/k?attributes", &[("x-amz-object-attributes", "ObjectSize")]).await;
    assert_eq!((elements(&answer, "ETag").len(), elements(&answer, "ObjectSize").len()), (0, 1));
    for wrong in [("x-amz-object-attributes", "Colour"), ("x-amz-object-attributes", ""), ("x-other", "")] {
        let answer = get_with(&server, "/game/k?attributes", &[wrong]).await;
        assert_eq!(refusal(&answer), (400, "InvalidArgument".into()), "{wrong:?}");
    }
    assert_eq!(refusal(&get_with(&server, "/game/none?attributes", &[ALL]).await), (404, "NoSuchKey".into()));
}

#[tokio::test]
async fn parts_are_told_with_their_checksums() {
    let server = start().await;
    let large = "x".repeat(5 * 1024 * 1024);
    let headers = [("x-amz-checksum-algorithm", "SHA256".to_owned())];
    let begun = server.s3(Method::POST, "/game/k?uploads", &headers, "", Some(&server.root)).await;
    let id = begun.element("UploadId");
    let mut parts = String::new();
    for (number, body) in [(1, large.as_str()), (2, "tail")] {
        let target = format!("/game/k?partNumber={number}&uploadId={id}");
        let part = put_with(&server, &target, &[("x-amz-sdk-checksum-algorithm", "SHA256")], body).await;
        let tag = part.headers["etag"].to_str().unwrap().replace('"', "&quot;");
        let sum = part.headers["x-amz-checksum-sha256"].to_str().unwrap();
        let part = format!("<PartNumber>{number}</PartNumber><ETag>{tag}</ETag><ChecksumSHA256>{sum}</ChecksumSHA256>");
        parts.push_str(&format!("<Part>{part}</Part>"));
    }
    let listed = get(&server, &format!("/game/k?uploadId={id}")).await;
    assert_eq!((elements(&listed, "ChecksumSHA256").len(), listed.element("ChecksumType")), (2, "COMPOSITE".into()));
    let document = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let completed = post(&server, &format!("/game/k?uploadId={id}"), &document).await;
    assert_eq!(completed.element("ChecksumType"), "COMPOSITE", "{}", completed.text());
    let answer = get_with(&server, "/game/k?attributes", &[ALL, ("x-amz-max-parts", "1")]).await;
    assert!(answer.element("ETag").ends_with("-2"), "{}", answer.text());
    for (name, value) in
        [("PartsCount", "2"), ("IsTruncated", "true"), ("NextPartNumberMarker", "1"), ("MaxParts", "1")]
    {
        assert_eq!(answer.element(name), value, "{name}");
    }
    let marker = [ALL, ("x-amz-part-number-marker", "1")];
    let answer = get_with(&server, "/game/k?attributes", &marker).await;
    assert_eq!((elements(&answer, "PartNumber"), elements(&answer, "Size")), (vec!["2".into()], vec!["4".into()]));
    let sums = elements(&answer, "ChecksumSHA256");
    assert!(sums[0].ends_with("-2") && !sums[1].contains('-'), "{sums:?}");
    // The part alone has its own checksum.
    let part = get_with(&server, "/game/k?partNumber=2", &[("x-amz-checksum-mode", "ENABLED")]).await;
    assert_eq!(part.headers["x-amz-checksum-sha256"], sums[1].as_str());
    let outside = get(&server, "/game/k?partNumber=3").await;
    assert_eq!(refusal(&outside), (416, "InvalidPartNumber".into()));
}

#[tokio::test]
async fn both_actions_are_needed() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    let version = put(&server, "/game/k", "x").await.headers["x-amz-version-id"].to_str().unwrap().to_owned();
    let named = format!("/game/k?attributes&versionId={version}");
    for (name, actions, target, status) in [
        ("one", "GetObject", "/game/k?attributes", 403),
        ("two", "GetObjectAttributes", "/game/k?attributes", 403),
        ("both", "GetObject GetObjectAttributes", "/game/k?attributes", 200),
        ("plain", "GetObject GetObjectAttributes GetObjectVersion", named.as_str(), 403),
        ("versions", "GetObjectVersion GetObjectVersionAttributes", named.as_str(), 200),
    ] {
        let keys = user(&server, name, &allow(actions, "*")).await;
        let headers = [(ALL.0, ALL.1.to_owned())];
        assert_eq!(server.s3(Method::GET, target, &headers, "", Some(&keys)).await.status, status, "{name}");
    }
}
