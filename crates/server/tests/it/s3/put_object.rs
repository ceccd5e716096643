//! PutObject, DeleteObject.

use http::Method;

use super::{delete, get, owned, put, put_with, refusal, start};

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let server = start().await;
    let headers = [
        ("content-type", "text/plain"),
        ("cache-control", "max-age=60"),
        ("x-amz-meta-player", "ann"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-tagging", "a=1&b=2"),
    ];
    let written = put_with(&server, "/game/ann/profile", &headers, "hello").await;
    assert_eq!((written.status, written.headers["etag"].to_str().unwrap()), (200, HELLO));
    let read = get(&server, "/game/ann/profile").await;
    assert_eq!((read.status, read.text()), (200, "hello"));
    for (name, value) in [
        ("etag", HELLO),
        ("content-length", "5"),
        ("content-type", "text/plain"),
        ("cache-control", "max-age=60"),
        ("x-amz-meta-player", "ann"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-tagging-count", "2"),
        ("accept-ranges", "bytes"),
        ("last-modified", "Fri, 02 Jan 2026 12:00:00 GMT"),
    ] {
        assert_eq!(read.headers[name].to_str().unwrap(), value, "{name}");
    }
}

#[tokio::test]
async fn large_objects_come_back_whole() {
    let server = start().await;
    let body: String = (0..300_000).map(|line| char::from(b'a' + u8::try_from(line % 23).unwrap())).collect();
    assert_eq!(put(&server, "/game/large", &body).await.status, 200);
    assert_eq!(get(&server, "/game/large").await.text(), body);
}

#[tokio::test]
async fn keys_are_what_the_path_says_exactly() {
    let server = start().await;
    for key in ["a//b", "a/../b", "./c", "a%20b", "%C3%A9", "a+b", "%2Fd", "e/", "%25"] {
        assert_eq!(put(&server, &format!("/game/{key}"), key).await.status, 200, "{key}");
    }
    for key in ["a//b", "a/../b", "./c", "a%20b", "%C3%A9", "a+b", "%2Fd", "e/", "%25"] {
        assert_eq!(get(&server, &format!("/game/{key}")).await.text(), key);
    }
    let listed = get(&server, "/game?list-type=2").await;
    let wanted = ["%", "./c", "/d", "a b", "a+b", "a/../b", "a//b", "e/", "\u{e9}"];
    assert_eq!(super::elements(&listed, "Key"), wanted);
}

#[tokio::test]
async fn digests_and_checksums_are_checked() {
    let server = start().await;
    for (header, good) in [
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("x-amz-checksum-crc32", "NhCmhg=="),
        ("x-amz-checksum-crc32c", "mnG7TA=="),
        ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        ("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
    ] {
        assert_eq!(put_with(&server, "/game/k", &[(header, good)], "hello").await.status, 200, "{header}");
        let wrong = put_with(&server, "/game/k", &[(header, good)], "other").await;
        assert_eq!(refusal(&wrong), (400, "BadDigest".into()), "{header}");
        let malformed = put_with(&server, "/game/k", &[(header, "?")], "hello").await;
        assert_eq!(malformed.status, 400, "{header}");
    }
    assert_eq!(get(&server, "/game/k").await.text(), "hello");
    let shown = super::get_with(&server, "/game/k", &[("x-amz-checksum-mode", "ENABLED")]).await;
    let value = shown.headers["x-amz-checksum-sha256"].to_str().unwrap();
    assert_eq!(value, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    assert!(get(&server, "/game/k").await.headers.get("x-amz-checksum-sha256").is_none());
}

#[tokio::test]
async fn conditional_writes_hold_to_what_is_there() {
    let server = start().await;
    let absent = [("if-none-match", "*")];
    assert_eq!(put_with(&server, "/game/k", &absent, "hello").await.status, 200);
    assert_eq!(refusal(&put_with(&server, "/game/k", &absent, "x").await), (412, "PreconditionFailed".into()));
    let stale = put_with(&server, "/game/k", &[("if-match", "\"0\"")], "x").await;
    assert_eq!(refusal(&stale), (412, "PreconditionFailed".into()));
    assert_eq!(stale.element("Condition"), "If-Match");
    assert_eq!(put_with(&server, "/game/k", &[("if-match", HELLO)], "next").await.status, 200);
    let missing = put_with(&server, "/game/none", &[("if-match", HELLO)], "x").await;
    assert_eq!(refusal(&missing), (404, "NoSuchKey".into()));
    assert_eq!(get(&server, "/game/k").await.text(), "next");
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused() {
    let server = start().await;
    let long = "x".repeat(2048);
    for (header, value, code) in [
        ("x-amz-acl", "public-read", "AccessControlListNotSupported"),
        ("x-amz-grant-full-control", "id=1", "AccessControlListNotSupported"),
        ("x-amz-server-side-encryption", "aws:kms", "NotImplemented"),
        ("x-amz-object-lock-mode", "GOVERNANCE", "NotImplemented"),
        ("x-amz-meta-long", long.as_str(), "MetadataTooLarge"),
        ("x-amz-tagging", "a=1&a=2", "InvalidTag"),
        ("x-amz-write-offset-bytes", "0", "NotImplemented"),
    ] {
        assert_eq!(put_with(&server, "/game/k", &[(header, value)], "x").await.code(), code, "{header}");
    }
    let key = "k".repeat(1025);
    assert_eq!(refusal(&put(&server, &format!("/game/{key}"), "x").await), (400, "KeyTooLongError".into()));
    assert_eq!(put(&server, &format!("/game/{}", "k".repeat(1024)), "x").await.status, 200);
    assert_eq!(refusal(&put(&server, "/none/k", "x").await), (404, "NoSuchBucket".into()));
}

#[tokio::test]
async fn deleting_twice_is_fine() {
    let server = start().await;
    put(&server, "/game/k", "x").await;
    assert_eq!(delete(&server, "/game/k").await.status, 204);
    assert_eq!(delete(&server, "/game/k").await.status, 204);
    assert_eq!(refusal(&get(&server, "/game/k").await), (404, "NoSuchKey".into()));
    assert_eq!(refusal(&delete(&server, "/game/k?versionId=abc").await), (400, "InvalidArgument".into()));
    assert_eq!(delete(&server, "/game/k?versionId=null").await.status, 204);
    put(&server, "/game/k", "hello").await;
    let stale = server.s3(Method::DELETE, "/game/k", &owned(&[("if-match", "x")]), "", Some(&server.root)).await;
    assert_eq!(refusal(&stale), (412, "PreconditionFailed".into()));
}

const HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";
