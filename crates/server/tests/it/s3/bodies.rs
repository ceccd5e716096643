//! Bodies and signatures as no SDK would send them: an object is written only by the body that was
//! signed, whole.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request};
use http_body_util::Full;
use server::testing::{Answer, Keys, TestServer};
use sigv4::{Chunks, Payload, Signer, SigningKeys, Style, sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{allow, delete, get, put, refusal, start, user};

fn signer(server: &TestServer) -> Signer<'_> {
    Signer {
        access_key_id: &server.root.id,
        secret: &server.root.secret,
        session_token: None,
        region: "us-east-1",
        service: "s3",
        style: Style::S3,
        time: server.host.now(),
    }
}

/// The headers of a PUT to `/game/k` whose signature speaks of this payload.
fn signed(server: &TestServer, extra: &[(&str, &str)], payload: Payload) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", server.authority().parse().unwrap());
    for (name, value) in extra {
        headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    signer(server).sign("PUT", ("/game/k", ""), &mut headers, payload, &SigningKeys::new(1)).unwrap();
    headers
}

async fn send(server: &TestServer, headers: HeaderMap, body: &'static str) -> Answer {
    let uri = format!("http://{}/game/k", server.authority());
    let mut request = Request::put(uri).body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap();
    *request.headers_mut() = headers;
    server.send_raw(request).await
}

#[tokio::test]
async fn a_body_that_is_not_the_signed_one_changes_nothing() {
    let server = start().await;
    put(&server, "/game/k", "before").await;
    let answer = send(&server, signed(&server, &[], Payload::Hash(sha256(b"after"))), "other").await;
    assert_eq!(refusal(&answer), (400, "XAmzContentSHA256Mismatch".into()));
    assert_eq!(get(&server, "/game/k").await.text(), "before");
    assert_eq!(send(&server, signed(&server, &[], Payload::Hash(sha256(b"after"))), "after").await.status, 200);
    assert_eq!(send(&server, signed(&server, &[], Payload::Unsigned), "unsigned").await.status, 200);
    assert_eq!(get(&server, "/game/k").await.text(), "unsigned");
}

#[tokio::test]
async fn chunks_with_a_checksum_behind_them() {
    let server = start().await;
    let headers = |length: &str, trailer: &str| {
        let extra =
            [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", length), ("x-amz-trailer", trailer)];
        signed(&server, &extra, Payload::Chunked(Chunks::UnsignedTrailer))
    };
    let crc32 = "x-amz-checksum-crc32";
    let good = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    let written = send(&server, headers("5", crc32), good).await;
    assert_eq!((written.status, &written.headers[crc32]), (200, &"NhCmhg==".parse().unwrap()), "{}", written.text());
    let read = get(&server, "/game/k").await;
    assert_eq!((read.text(), read.headers.get("content-encoding")), ("hello", None));
    for (length, body, code) in [
        ("5", "5\r\nhallo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "BadDigest"),
        ("5", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:??\r\n\r\n", "InvalidRequest"),
        ("5", "5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"),
        ("6", good, "IncompleteBody"),
        ("5", "5\r\nhel", "IncompleteBody"),
        ("5", "2\r\nhe\r\n3\r\nllo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "InvalidChunkSizeError"),
        ("5", "x\r\nhello\r\n0\r\n\r\n", "InvalidChunkSizeError"),
    ] {
        let answer = send(&server, headers(length, crc32), body).await;
        assert_eq!(answer.code(), code, "{body:?}: {}", answer.text());
        assert_eq!(get(&server, "/game/k").await.text(), "hello");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let server = start().await;
    let headers = signed(&server, &[("content-length", "100000")], Payload::Unsigned);
    let mut stream = tokio::net::TcpStream::connect(server.authority()).await.unwrap();
    let mut head = String::from("PUT /game/k HTTP/1.1\r\n");
    for (name, value) in &headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    stream.write_all(format!("{head}\r\n{}", "x".repeat(50_000)).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    assert_eq!(get(&server, "/game/k").await.status, 404);
}

#[tokio::test]
async fn presigned_urls_do_what_was_signed_and_nothing_else() {
    let server = start().await;
    put(&server, "/game/secret", "secret").await;
    let url = |method: Method, path: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("host", server.authority().parse().unwrap());
        let request = sigv4::Request { method: method.as_str(), path, query: "", headers: &headers };
        let minute = Duration::from_secs(60);
        let query = signer(&server).presign(&request, minute, &SigningKeys::new(1)).unwrap();
        (method, format!("http://{}{path}?{query}", server.authority()))
    };
    let call = async |(method, url): (Method, String), header: Option<(&str, &str)>, body: &'static str| {
        let mut request = Request::builder().method(method).uri(url);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        server.send_raw(request.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap()).await
    };
    assert_eq!(call(url(Method::PUT, "/game/k"), None, "hello").await.status, 200);
    assert_eq!(call(url(Method::GET, "/game/k"), None, "").await.text(), "hello");
    assert_eq!(call((Method::DELETE, url(Method::GET, "/game/k").1), None, "").await.code(), "SignatureDoesNotMatch");
    // An unsigned header must not turn the write into a copy, nor give the object anything.
    for header in [("x-amz-copy-source", "game/secret"), ("x-amz-meta-a", "1"), ("x-amz-tagging", "a=1")] {
        let answer = call(url(Method::PUT, "/game/k"), Some(header), "").await;
        assert_eq!(answer.status, 403, "{header:?}: {}", answer.text());
    }
    let late = url(Method::GET, "/game/k");
    server.clock.advance(Duration::from_secs(61));
    assert_eq!(refusal(&call(late, None, "").await), (403, "AccessDenied".into()));
    assert_eq!(get(&server, "/game/k").await.text(), "hello");
}

#[tokio::test]
async fn headers_in_the_query_of_a_presigned_url_count_as_headers() {
    let server = start().await;
    let ann = user(&server, "ann", &allow("PutObject", "game/*")).await;
    let put = async |keys: &Keys, query: &str, more: &str, header: Option<(&str, &str)>| {
        let mut headers = HeaderMap::new();
        headers.insert("host", server.authority().parse().unwrap());
        let signer = Signer { access_key_id: &keys.id, secret: &keys.secret, ..signer(&server) };
        let request = sigv4::Request { method: "PUT", path: "/game/k", query, headers: &headers };
        let signed = signer.presign(&request, Duration::from_secs(60), &SigningKeys::new(1)).unwrap();
        let mut request = Request::put(format!("http://{}/game/k?{signed}{more}", server.authority()));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        server.send_raw(request.body(Full::new(Bytes::from_static(b"x"))).unwrap()).await
    };
    let both =
        "X-Amz-Meta-Colour=red&x-amz-meta-size=1%20m&x-amz-storage-class=STANDARD_IA&x-amz-tagging=a%3D1%26b%3D2";
    let written = put(&server.root, both, "", None).await;
    assert_eq!(written.status, 200, "{}", written.text());
    let found = get(&server, "/game/k").await;
    for (name, value) in [
        ("x-amz-meta-colour", "red"),
        ("x-amz-meta-size", "1 m"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-tagging-count", "2"),
    ] {
        assert_eq!(found.headers[name], value);
    }
    // They are decided on, and refused, as the headers are.
    assert_eq!(put(&ann, "x-amz-meta-a=1", "", None).await.status, 200);
    assert_eq!(refusal(&put(&ann, "x-amz-tagging=a%3D1", "", None).await), (403, "AccessDenied".into()));
    for (query, code) in [
        ("x-amz-acl=public-read", "AccessControlListNotSupported"),
        ("x-amz-server-side-encryption=AES256", "NotImplemented"),
        ("x-amz-copy-source=game%2Fsecret", "NotImplemented"),
        ("X-Amz-Tagging=a%3D1&x-amz-tagging=b%3D1", "InvalidArgument"),
    ] {
        assert_eq!(put(&server.root, query, "", None).await.code(), code, "{query}");
    }
    // Only what was signed: not what is added, nor the header beside it.
    assert_eq!(put(&server.root, "a=1", "&x-amz-meta-a=1", None).await.code(), "SignatureDoesNotMatch");
    let beside = put(&server.root, "x-amz-meta-a=1", "", Some(("x-amz-meta-a", "2"))).await;
    assert_eq!(refusal(&beside), (403, "AccessDenied".into()));
}

#[tokio::test]
async fn a_document_in_chunks_is_not_taken_for_one_that_was_signed() {
    let server = start().await;
    let target = "/game?policy";
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::game/*"}]}"#;
    for chunks in [Chunks::Signed, Chunks::SignedTrailer, Chunks::UnsignedTrailer] {
        let mut headers = HeaderMap::new();
        headers.insert("host", server.authority().parse().unwrap());
        headers.insert("x-amz-decoded-content-length", "10".parse().unwrap());
        let payload = Payload::Chunked(chunks);
        signer(&server).sign("PUT", ("/game", "policy"), &mut headers, payload, &SigningKeys::new(1)).unwrap();
        let uri = format!("http://{}{target}", server.authority());
        let mut request = Request::put(uri).body(Full::new(Bytes::from_static(policy.as_bytes()))).unwrap();
        *request.headers_mut() = headers;
        // Whoever sits between could have taken the chunks apart and put any document in their place.
        assert_eq!(refusal(&server.send_raw(request).await), (400, "InvalidArgument".into()), "{chunks:?}");
        assert_eq!(refusal(&get(&server, target).await), (404, "NoSuchBucketPolicy".into()));
    }
}

#[tokio::test]
async fn a_presigned_url_does_not_grow_younger_by_another_spelling() {
    let server = start().await;
    put(&server, "/game/k", "hello").await;
    let statement = |key: &str, operator: &str, value: &str| {
        format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::game/*","Condition":{{"{operator}":{{"{key}":"{value}"}}}}}}"#
        )
    };
    let mut headers = HeaderMap::new();
    headers.insert("host", server.authority().parse().unwrap());
    let request = sigv4::Request { method: "GET", path: "/game/k", query: "", headers: &headers };
    let hour = Duration::from_secs(3600);
    let query = signer(&server).presign(&request, hour, &SigningKeys::new(1)).unwrap();
    server.clock.advance(Duration::from_secs(120));
    let spellings = [
        query.clone(),
        query.replace("X-Amz-Date", "X-Amz-Dat%65"),
        query.replace("X-Amz-Signature", "X%2DAmz-Signature"),
        query.replace("X-Amz-Date=2026", "X-Amz-Date=%32026"),
    ];
    for (key, operator, value) in [
        ("s3:signatureAge", "NumericGreaterThan", "60000"),
        ("s3:authType", "StringEquals", "REST-QUERY-STRING"),
        ("s3:x-amz-content-sha256", "StringEquals", "UNSIGNED-PAYLOAD"),
    ] {
        for spelling in &spellings {
            let url = format!("http://{}/game/k?{spelling}", server.authority());
            let get = || Request::get(&url).body(Full::new(Bytes::new())).unwrap();
            assert_eq!(server.send_raw(get()).await.text(), "hello", "{spelling}");
            let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statement(key, operator, value));
            assert_eq!(put(&server, "/game?policy", &policy).await.status, 204);
            assert_eq!(refusal(&server.send_raw(get()).await), (403, "AccessDenied".into()), "{key} {spelling}");
            assert_eq!(delete(&server, "/game?policy").await.status, 204);
        }
    }
}
