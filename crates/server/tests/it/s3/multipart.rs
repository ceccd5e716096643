//! CreateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload, AbortMultipartUpload,
//! ListParts, ListMultipartUploads.

use http::Method;
use server::testing::{Answer, TestServer};

use super::{allow, delete, elements, get, get_with, owned, post, put, put_with, refusal, start, user};

async fn begin(server: &TestServer, key: &str, headers: &[(&str, &str)]) -> String {
    let answer =
        server.s3(Method::POST, &format!("/game/{key}?uploads"), &owned(headers), "", Some(&server.root)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.element("UploadId")
}

async fn part(server: &TestServer, key: &str, id: &str, number: u32, body: &str) -> String {
    let answer = put(server, &format!("/game/{key}?partNumber={number}&uploadId={id}"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.headers["etag"].to_str().unwrap().to_owned()
}

async fn complete(server: &TestServer, key: &str, id: &str, parts: &[(u32, String)]) -> Answer {
    let parts = parts.iter().map(|(number, tag)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{}</ETag></Part>", tag.replace('"', "&quot;"))
    });
    let body = format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.collect::<String>());
    post(server, &format!("/game/{key}?uploadId={id}"), &body).await
}

#[tokio::test]
async fn parts_become_an_object() {
    let server = start().await;
    let large = "x".repeat(5 * 1024 * 1024);
    let id = begin(&server, "k", &[("content-type", "text/plain"), ("x-amz-meta-a", "1")]).await;
    let second = part(&server, "k", &id, 2, "tail").await;
    let first = part(&server, "k", &id, 1, &large).await;
    assert_eq!(get(&server, "/game/k").await.status, 404);
    let listed = get(&server, &format!("/game/k?uploadId={id}")).await;
    assert_eq!(
        (elements(&listed, "PartNumber"), elements(&listed, "Size")[1].as_str()),
        (vec!["1".into(), "2".into()], "4")
    );
    let answer = complete(&server, "k", &id, &[(1, first), (2, second)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.element("ETag").ends_with("-2\""));
    let read = get(&server, "/game/k").await;
    assert_eq!(read.body.len(), large.len() + 4);
    assert_eq!(
        (read.headers["content-type"].to_str().unwrap(), &read.headers["x-amz-meta-a"]),
        ("text/plain", &"1".parse().unwrap())
    );
    let tail = get(&server, "/game/k?partNumber=2").await;
    assert_eq!((tail.status, tail.text(), tail.headers["x-amz-mp-parts-count"].to_str().unwrap()), (206, "tail", "2"));
    assert_eq!(get(&server, &format!("/game/k?uploadId={id}")).await.code(), "NoSuchUpload");
}

#[tokio::test]
async fn wrong_completions_change_nothing() {
    let server = start().await;
    let id = begin(&server, "k", &[]).await;
    let (one, two) = (part(&server, "k", &id, 1, "one").await, part(&server, "k", &id, 2, "two").await);
    for (parts, code) in [
        (vec![], "MalformedXML"),
        (vec![(1, one.clone()), (2, two.clone())], "EntityTooSmall"),
        (vec![(2, two.clone()), (1, one.clone())], "InvalidPartOrder"),
        (vec![(1, two.clone())], "InvalidPart"),
        (vec![(3, one.clone())], "InvalidPart"),
    ] {
        assert_eq!(refusal(&complete(&server, "k", &id, &parts).await), (400, code.into()), "{parts:?}");
    }
    let unknown = "0".repeat(32);
    assert_eq!(refusal(&complete(&server, "k", &unknown, &[(1, one.clone())]).await), (404, "NoSuchUpload".into()));
    assert_eq!(complete(&server, "k", &id, &[(1, one)]).await.status, 200);
    assert_eq!(get(&server, "/game/k").await.text(), "one");
    for number in ["0", "10001", "x"] {
        let answer = put(&server, &format!("/game/k?partNumber={number}&uploadId={id}"), "x").await;
        assert_eq!(refusal(&answer), (400, "InvalidArgument".into()), "{number}");
    }
}

#[tokio::test]
async fn an_aborted_upload_is_gone() {
    let server = start().await;
    let id = begin(&server, "k", &[]).await;
    part(&server, "k", &id, 1, "one").await;
    assert_eq!(delete(&server, &format!("/game/k?uploadId={id}")).await.status, 204);
    assert_eq!(refusal(&delete(&server, &format!("/game/k?uploadId={id}")).await), (404, "NoSuchUpload".into()));
    let late = put(&server, &format!("/game/k?partNumber=2&uploadId={id}"), "x").await;
    assert_eq!(refusal(&late), (404, "NoSuchUpload".into()));
}

#[tokio::test]
async fn uploads_are_listed() {
    let server = start().await;
    let mut ids = vec![begin(&server, "a", &[]).await, begin(&server, "a", &[]).await];
    ids.sort();
    ids.push(begin(&server, "b/c", &[]).await);
    let all = get(&server, "/game?uploads").await;
    assert_eq!(
        (elements(&all, "Key"), elements(&all, "UploadId")),
        (vec!["a".into(), "a".into(), "b/c".into()], ids.clone())
    );
    let first = get(&server, "/game?uploads&max-uploads=1").await;
    let (key, id) = (first.element("NextKeyMarker"), first.element("NextUploadIdMarker"));
    let rest = get(&server, &format!("/game?uploads&delimiter=%2F&key-marker={key}&upload-id-marker={id}")).await;
    assert_eq!((elements(&rest, "UploadId"), elements(&rest, "Prefix")), (vec![ids[1].clone()], vec!["b/".to_owned()]));
}

#[tokio::test]
async fn parts_may_be_copied() {
    let server = start().await;
    put(&server, "/game/from", "0123456789").await;
    let id = begin(&server, "k", &[]).await;
    let target = format!("/game/k?partNumber=1&uploadId={id}");
    let copy = [("x-amz-copy-source", "game/from"), ("x-amz-copy-source-range", "bytes=2-4")];
    let copied = put_with(&server, &target, &copy, "").await;
    assert_eq!(copied.status, 200, "{}", copied.text());
    assert_eq!(complete(&server, "k", &id, &[(1, copied.element("ETag"))]).await.status, 200);
    assert_eq!(get(&server, "/game/k").await.text(), "234");
}

#[tokio::test]
async fn checksums_of_parts_make_that_of_the_object() {
    let server = start().await;
    for (kind, suffix) in [("COMPOSITE", "-1"), ("FULL_OBJECT", "")] {
        let headers = [("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", kind)];
        let id = begin(&server, "k", &headers).await;
        let target = format!("/game/k?partNumber=1&uploadId={id}");
        let written = put_with(&server, &target, &[("x-amz-checksum-crc32", "NhCmhg==")], "hello").await;
        assert_eq!(written.headers["x-amz-checksum-crc32"], "NhCmhg==");
        let tag = written.headers["etag"].to_str().unwrap().to_owned();
        let answer = complete(&server, "k", &id, &[(1, tag)]).await;
        assert_eq!(answer.element("ChecksumType"), kind);
        assert!(answer.element("ChecksumCRC32").ends_with(suffix));
        let read = get_with(&server, "/game/k", &[("x-amz-checksum-mode", "ENABLED")]).await;
        assert_eq!(read.headers["x-amz-checksum-type"], kind);
    }
    assert_eq!(
        get_with(&server, "/game/k", &[("x-amz-checksum-mode", "ENABLED")]).await.headers["x-amz-checksum-crc32"],
        "NhCmhg=="
    );
}

#[tokio::test]
async fn each_step_is_authorized() {
    let server = start().await;
    let id = begin(&server, "ann/k", &[]).await;
    let tag = part(&server, "ann/k", &id, 1, "one").await;
    let bob = user(&server, "bob", &allow("*", "game/bob/*")).await;
    for (method, target) in [
        (Method::POST, "/game/ann/k?uploads".to_owned()),
        (Method::PUT, format!("/game/ann/k?partNumber=1&uploadId={id}")),
        (Method::POST, format!("/game/ann/k?uploadId={id}")),
        (Method::GET, format!("/game/ann/k?uploadId={id}")),
        (Method::DELETE, format!("/game/ann/k?uploadId={id}")),
        (Method::GET, "/game?uploads".to_owned()),
    ] {
        let answer = server.s3(method.clone(), &target, &[], "", Some(&bob)).await;
        assert_eq!(refusal(&answer), (403, "AccessDenied".into()), "{method} {target}");
    }
    // The id opens nothing below another key.
    let answer = server.s3(Method::DELETE, &format!("/game/bob/k?uploadId={id}"), &[], "", Some(&bob)).await;
    assert_eq!(refusal(&answer), (404, "NoSuchUpload".into()));
    assert_eq!(complete(&server, "ann/k", &id, &[(1, tag)]).await.status, 200);
}
