//! GetObject, HeadObject.

use http::Method;

use super::{ask, get, get_with, put, put_with, refusal, start};

#[tokio::test]
async fn ranges_are_parts_of_the_object() {
    let server = start().await;
    put(&server, "/game/k", "0123456789").await;
    for (range, status, body, shown) in [
        ("bytes=0-3", 206, "0123", "bytes 0-3/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"),
        ("bytes=5-100", 206, "56789", "bytes 5-9/10"),
        ("bytes=0-1,4-5", 200, "0123456789", ""),
        ("nonsense", 200, "0123456789", ""),
    ] {
        let answer = get_with(&server, "/game/k", &[("range", range)]).await;
        let content_range = answer.headers.get("content-range").map_or("", |value| value.to_str().unwrap());
        assert_eq!((answer.status, answer.text(), content_range), (status, body, shown), "{range}");
    }
    let outside = get_with(&server, "/game/k", &[("range", "bytes=10-")]).await;
    assert_eq!(refusal(&outside), (416, "InvalidRange".into()));
    assert_eq!(outside.element("ActualObjectSize"), "10");
}

#[tokio::test]
async fn conditional_reads() {
    let server = start().await;
    let tag = put(&server, "/game/k", "hello").await.headers["etag"].to_str().unwrap().to_owned();
    for (header, value, status) in [
        ("if-match", tag.as_str(), 200),
        ("if-match", "\"other\"", 412),
        ("if-none-match", "\"other\"", 200),
        ("if-none-match", tag.as_str(), 304),
        ("if-modified-since", "Fri, 02 Jan 2026 12:00:00 GMT", 304),
        ("if-modified-since", "Fri, 02 Jan 2026 11:59:59 GMT", 200),
        ("if-unmodified-since", "Fri, 02 Jan 2026 12:00:00 GMT", 200),
        ("if-unmodified-since", "Fri, 02 Jan 2026 11:59:59 GMT", 412),
    ] {
        let answer = get_with(&server, "/game/k", &[(header, value)]).await;
        assert_eq!(answer.status, status, "{header}: {value}");
        if status == 304 {
            assert_eq!((answer.headers["etag"].to_str().unwrap(), answer.text()), (tag.as_str(), ""));
        }
    }
}

#[tokio::test]
async fn head_answers_as_get_without_the_bytes() {
    let server = start().await;
    put_with(&server, "/game/k", &[("x-amz-meta-a", "1")], "hello").await;
    let head = ask(&server, Method::HEAD, "/game/k").await;
    assert_eq!((head.status, head.text()), (200, ""));
    for (name, value) in [("content-length", "5"), ("x-amz-meta-a", "1"), ("content-type", "binary/octet-stream")] {
        assert_eq!(head.headers[name].to_str().unwrap(), value);
    }
    let missing = ask(&server, Method::HEAD, "/game/none").await;
    assert_eq!((missing.status, missing.text()), (404, ""));
}

#[tokio::test]
async fn a_signed_request_chooses_headers_of_the_answer() {
    let server = start().await;
    put(&server, "/game/k", "hello").await;
    let query = "response-cache-control=no-store&response-content-disposition=attachment%3B%20filename%3Da.txt&response-content-type=text%2Fplain";
    let answer = get(&server, &format!("/game/k?{query}")).await;
    assert_eq!(answer.headers["content-type"], "text/plain");
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=a.txt");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let split = get(&server, "/game/k?response-content-type=a%0D%0Ax-evil%3A1").await;
    assert_eq!(refusal(&split), (400, "InvalidArgument".into()));
}

#[tokio::test]
async fn an_empty_object_is_an_object() {
    let server = start().await;
    put(&server, "/game/empty", "").await;
    let answer = get(&server, "/game/empty").await;
    assert_eq!((answer.status, answer.text(), answer.headers["content-length"].to_str().unwrap()), (200, "", "0"));
    let range = get_with(&server, "/game/empty", &[("range", "bytes=0-")]).await;
    assert_eq!(range.status, 416);
}
