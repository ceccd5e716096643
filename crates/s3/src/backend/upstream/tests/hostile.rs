//! A server that answers whatever the test says, and notes what it was sent.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use ::upstream::{BoxError, Credentials, Server, Settings, Signing, Style};
use bytes::Bytes;
use http_body::{Body, Frame};
use operation::Fault as _;
use store::records::buckets::{Bucket, Versioning};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use vocab::{AccountId, SystemClock, Timestamp};

use crate::Error;
use crate::backend::upstream::{Names, Traits, Upstream};
use crate::backend::{At, Backend, Doomed, Headers, Query, Setting, Sought, Wish};
use crate::conditions::Precondition;
use crate::incoming::{Incoming, Promise};

pub(super) struct Bench {
    pub(super) backend: Arc<Upstream>,
    bucket: Bucket,
    seen: Arc<Mutex<Vec<String>>>,
}

/// An engine that gives these answers, one to each request, over connections that close after each.
pub(super) async fn engine(answers: &[&str]) -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let answers: Arc<Mutex<VecDeque<String>>> =
        Arc::new(Mutex::new(answers.iter().map(|answer| (*answer).to_owned()).collect()));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, answers.clone(), noted.clone()));
        }
    });
    let mut settings = Settings::new("hostile", endpoint.parse().unwrap());
    settings.limits.answer = Duration::from_millis(300);
    settings.limits.idle = Duration::from_millis(300);
    settings.limits.held = 64 * 1024;
    settings.signing = Some(Signing {
        credentials: Credentials {
            access_key_id: "AKIDHIDDEN".into(),
            secret: "hidden".to_owned().into(),
            session_token: None,
        },
        region: "us-east-1".into(),
        service: "s3".into(),
        style: Style::S3,
    });
    let server = Server::new(settings, Arc::new(SystemClock)).unwrap();
    let names = Names::new("", "theirs-{bucket}").unwrap();
    let traits = Traits { names, access_key_id: "AKIDHIDDEN".into(), ..Traits::default() };
    let bucket =
        Bucket::new("ours".into(), [1; 16], AccountId::ZERO, "us-east-1".parse().unwrap(), Timestamp::from_seconds(0));
    Bench { backend: Upstream::new(server, traits), bucket, seen }
}

async fn serve(mut stream: TcpStream, answers: Arc<Mutex<VecDeque<String>>>, seen: Arc<Mutex<Vec<String>>>) {
    let (mut bytes, mut wanted) = (Vec::new(), None);
    loop {
        let mut piece = vec![0; 64 * 1024];
        let read = stream.read(&mut piece).await.unwrap_or(0);
        bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
        if wanted.is_none()
            && let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let text = String::from_utf8_lossy(bytes.get(..head).unwrap_or_default()).into_owned();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            wanted = Some(head + 4 + length);
        }
        if read == 0 || wanted.is_some_and(|wanted| bytes.len() >= wanted) {
            seen.lock().unwrap().push(String::from_utf8_lossy(&bytes).into_owned());
            break;
        }
    }
    let answer = answers.lock().unwrap().pop_front();
    if let Some(answer) = answer {
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

pub(super) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

pub(super) fn refusal(status: &str, code: &str, message: &str) -> String {
    answer(status, "", &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

pub(super) const OBJECT: &str = "etag: \"abc\"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

impl Bench {
    fn at<'a>(&'a self, key: &'a str) -> At<'a> {
        At { bucket: &self.bucket, key }
    }

    async fn find(&self, key: &str) -> Result<Option<Sought>, Error> {
        self.backend.find(self.at(key), &Wish { bytes: true, ..Wish::default() }).await
    }

    pub(super) async fn put(&self, headers: Headers, body: Incoming) -> Result<(), Error> {
        self.backend.put(self.at("k"), headers, &Precondition::None, body).await.map(drop)
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

struct Pieces(VecDeque<Result<&'static str, &'static str>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(self.0.pop_front().map(|piece| piece.map(|text| Frame::data(text.into())).map_err(Into::into)))
    }
}

fn body(length: u64, md5: Option<&str>, pieces: &[Result<&'static str, &'static str>]) -> Incoming {
    let promise = Promise { length: Some(length), md5, ..Promise::default() };
    Incoming::new(Some(Box::pin(Pieces(pieces.iter().copied().collect()))), &promise).unwrap()
}

#[tokio::test]
async fn a_body_that_is_not_good_never_gets_there_whole() {
    let other = Some("1B2M2Y8AsgTpgAmY7PhCfg==");
    for (length, md5, pieces) in [
        (6, other, &[Ok("abc"), Ok("def")][..]),
        (6, other, &[Ok("abcdef")]),
        (6, None, &[Ok("abc"), Err("the client hung up")]),
        (6, None, &[Ok("abc")]),
        (3, None, &[Ok("abc"), Ok("def")]),
        (1, other, &[Ok("a")]),
        (0, None, &[Ok("a")]),
    ] {
        let bench = engine(&[&answer("200 OK", "etag: \"abc\"\r\n", "")]).await;
        assert!(bench.put(Headers::default(), body(length, md5, pieces)).await.is_err(), "{pieces:?}");
        for request in bench.seen() {
            let sent = request.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len() as u64);
            assert!(sent < length, "{request}");
        }
    }
}

#[tokio::test]
async fn a_bucket_that_is_another_at_the_bodys_end_gets_nothing() {
    let done = answer("200 OK", "etag: \"abc\"\r\n", "");
    for (length, pieces) in [(6, &[Ok("abc"), Ok("def")][..]), (1, &[Ok("a")]), (0, &[])] {
        let bench = engine(&[&done]).await;
        let gone = async || Err(Error::NoSuchBucket("ours".into()));
        let refused = bench.put(Headers::default(), body(length, None, pieces).provided(gone())).await;
        assert!(matches!(refused, Err(Error::NoSuchBucket(_))), "{refused:?}");
        let refused = bench.put(Headers::default(), unannounced(pieces).provided(gone())).await;
        assert!(matches!(refused, Err(Error::NoSuchBucket(_))), "{refused:?}");
        for request in bench.seen() {
            let sent = request.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len() as u64);
            assert!(sent < length, "{request}");
        }
        let bench = engine(&[&done]).await;
        bench.put(Headers::default(), body(length, None, pieces).provided(async { Ok(()) })).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_leaves_its_place_in_the_request() {
    let bench = engine(&[&answer("200 OK", OBJECT, "")]).await;
    bench.find("a b?acl&x=%2e%2e#/é+/c\r\nx-amz-acl: public-read").await.unwrap();
    let seen = bench.seen();
    let target =
        "GET /theirs-ours/a%20b%3Facl%26x%3D%252e%252e%23/%C3%A9%2B/c%0D%0Ax-amz-acl%3A%20public-read HTTP/1.1\r\n";
    assert!(seen[0].starts_with(target), "{}", seen[0]);
    assert!(!seen[0].contains("\r\nx-amz-acl"), "{}", seen[0]);
    for (member, value) in [("ContentType", "a\r\nx-amz-acl: public-read"), ("CacheControl", "a\0")] {
        let headers = Headers { content: BTreeMap::from([(member.into(), value.into())]), ..Headers::default() };
        let outcome = bench.put(headers, body(1, None, &[Ok("a")])).await;
        assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{value}");
        let headers = Headers { metadata: BTreeMap::from([("m".into(), value.into())]), ..Headers::default() };
        assert!(bench.put(headers, body(1, None, &[Ok("a")])).await.is_err());
    }
    let headers = Headers { metadata: BTreeMap::from([("m: x\r\ny".into(), "v".into())]), ..Headers::default() };
    assert!(bench.put(headers, body(1, None, &[Ok("a")])).await.is_err());
    assert_eq!(bench.seen().len(), 1);
}

#[tokio::test]
async fn dot_segments_and_empty_ones_stay_at_home() {
    let bench = engine(&[]).await;
    for key in ["..", ".", "a/../b", "a/./b", "../x", "x/..", "/", "/a", "//a", "a//b", "a//", ""] {
        assert!(bench.find(key).await.unwrap().is_none(), "{key}");
        let put = bench.backend.put(bench.at(key), Headers::default(), &Precondition::None, body(1, None, &[Ok("a")]));
        assert!(matches!(put.await, Err(Error::InvalidArgument(_))), "{key}");
        let delete = bench.backend.delete(bench.at(key), None, &Precondition::None).await;
        assert!(matches!(delete, Err(Error::InvalidArgument(_))), "{key}");
    }
    assert!(bench.seen().is_empty());
}

#[tokio::test]
async fn segments_that_the_engine_keeps_are_sent_as_they_are() {
    let refused = answer("404 Not Found", "", "");
    let bench = engine(&[&refused; 4].map(String::as_str)).await;
    let backend = |takes_dots, takes_empty| {
        let traits = Traits { takes_dots, takes_empty, ..bench.backend.traits.clone() };
        Upstream::new(bench.backend.server.clone(), traits)
    };
    for (takes_dots, takes_empty, keys) in [(true, false, ["a/../b", "./a"]), (false, true, ["/a//b", "a//"])] {
        for key in keys {
            let _ = backend(takes_dots, takes_empty).find(bench.at(key), &Wish::default()).await;
            let sent = bench.seen().pop().unwrap_or_default();
            assert!(sent.starts_with(&format!("HEAD /theirs-ours/{key} HTTP/1.1\r\n")), "{key}: {sent}");
            let sought = backend(takes_empty, takes_dots).find(bench.at(key), &Wish::default()).await;
            assert!(sought.unwrap().is_none(), "{key}");
        }
    }
    // A folder as the console makes it.
    let _ = bench.find("a/").await;
    assert!(bench.seen().pop().unwrap().starts_with("GET /theirs-ours/a/ HTTP/1.1\r\n"));
}

#[tokio::test]
async fn refusals_are_told_without_what_is_not_for_callers() {
    for (answered, code, status, hides) in [
        (refusal("403 Forbidden", "QuotaExceeded", "full"), "QuotaExceeded", 403, ""),
        (
            refusal("400 Bad", "InvalidStorageClass", "bucket theirs-ours of AKIDHIDDEN"),
            "InvalidStorageClass",
            400,
            "theirs",
        ),
        (refusal("400 Bad", "Odd", "at http://127.0.0.1:9"), "Odd", 400, "127.0.0.1"),
        (refusal("403 Forbidden", "AccessDenied", "for AKIDHIDDEN"), "InternalError", 500, "AKIDHIDDEN"),
        (refusal("403 Forbidden", "SignatureDoesNotMatch", "secret"), "InternalError", 500, "secret"),
        (refusal("400 Bad", "a b\r\nx: y", "m"), "InternalError", 500, "x: y"),
        (refusal("503 Slow", "SlowDown", "m"), "SlowDown", 503, ""),
        (refusal("500 Oh", "InternalError", "m"), "ServiceUnavailable", 503, ""),
        (answer("502 Bad Gateway", "", "<html>"), "ServiceUnavailable", 503, "html"),
        (answer("301 Moved", "location: http://169.254.169.254/\r\n", ""), "InternalError", 500, "169"),
        (
            answer("404 Not Found", "", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
            "NoSuchKey",
            404,
            "root",
        ),
        (answer("204 No Content", "", ""), "InternalError", 500, ""),
        (String::new(), "ServiceUnavailable", 503, ""),
    ] {
        let bench = engine(&[&answered]).await;
        let outcome = bench.put(Headers::default(), body(1, None, &[Ok("a")])).await;
        let Err(error) = outcome else { panic!("{answered}") };
        let told = error.answer();
        // A success without an entity tag is no success.
        let code = if answered.contains("204") { "ServiceUnavailable" } else { code };
        let status = if answered.contains("204") { 503 } else { status };
        assert_eq!((&*told.code, told.status), (code, status), "{answered}");
        assert!(hides.is_empty() || !told.message.contains(hides), "{}", told.message);
    }
}

#[tokio::test]
async fn nonsense_is_no_object() {
    for headers in [
        OBJECT.replace("etag", "x-etag"),
        OBJECT.replace("Thu", "Some"),
        format!("{OBJECT}transfer-encoding: gzip\r\n"),
    ] {
        let bench = engine(&[&answer("200 OK", &headers, "abc")]).await;
        assert!(bench.find("k").await.is_err(), "{headers}");
    }
    for range in ["bytes 0-1/3", "bytes 1-0/3", "bytes 0-2/2", "0-2/3", "bytes 0-2/*"] {
        let bench = engine(&[&answer("206 Partial", &format!("{OBJECT}content-range: {range}\r\n"), "abc")]).await;
        assert!(bench.find("k").await.is_err(), "{range}");
    }
    let chunked = format!("HTTP/1.1 200 OK\r\n{OBJECT}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    assert!(engine(&[&chunked]).await.find("k").await.is_err(), "no length");
    let tags = format!("{OBJECT}x-amz-tagging-count: 1\r\n");
    for document in ["", "<Tagging/>", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", "<x/>", "no xml"]
    {
        let bench = engine(&[&answer("200 OK", &tags, ""), &answer("200 OK", "", document)]).await;
        // Only an empty answer means that there are none.
        assert_eq!(bench.find("k").await.is_ok(), document.is_empty(), "{document}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_ends_in_an_error() {
    // A few bytes are read before the answer to the client begins.
    let short = format!("HTTP/1.1 200 OK\r\n{OBJECT}content-length: 10\r\n\r\nabc");
    let bench = engine(&[&short]).await;
    let Some(Sought::Object(found)) = bench.find("k").await.unwrap() else { panic!() };
    assert!(bench.backend.read(bench.at("k"), &found, 0..10).await.is_err());
    let long = format!("HTTP/1.1 200 OK\r\n{OBJECT}content-length: 100000\r\n\r\nabc");
    let bench = engine(&[&long]).await;
    let Some(Sought::Object(found)) = bench.find("k").await.unwrap() else { panic!() };
    let mut stream = bench.backend.read(bench.at("k"), &found, 0..100_000).await.unwrap();
    let mut last = None;
    while let Some(frame) = std::future::poll_fn(|context| stream.as_mut().poll_frame(context)).await {
        last = Some(frame.is_ok());
    }
    assert_eq!(last, Some(false));
}

#[tokio::test]
async fn bytes_that_wait_for_a_client_take_no_room_from_the_engines_answers() {
    let object = format!("HTTP/1.1 200 OK\r\n{OBJECT}content-length: 60000\r\n\r\n{}", "x".repeat(60_000));
    let bench = engine(&[object.as_str(); 3]).await;
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let Some(Sought::Object(found)) = bench.find("k").await.unwrap() else { panic!() };
        waiting.push(bench.backend.read(bench.at("k"), &found, 0..60_000).await.unwrap());
    }
}

#[tokio::test]
async fn listings_that_lie_are_refused() {
    let page = |inner: &str| {
        let list = format!("<ListBucketResult><IsTruncated>true</IsTruncated>{inner}</ListBucketResult>");
        answer("200 OK", "content-type: application/xml\r\n", &list)
    };
    let entry = "<Contents><Key>k</Key><Size>1</Size><ETag>a</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>";
    for inner in [
        "",
        "<NextMarker>k</NextMarker>",
        "<Contents><Key>k</Key></Contents>",
        &entry.replace(">1<", ">-1<"),
        &entry.repeat(2),
        &format!("<EncodingType>url</EncodingType>{}", entry.replace(">k<", ">%FF<")),
    ] {
        let bench = engine(&vec![page(inner); 3].iter().map(String::as_str).collect::<Vec<_>>()).await;
        let query = Query { prefix: "", delimiter: None, after: Some("a"), limit: 1 };
        let listed = bench.backend.list(&bench.bucket, &query).await;
        assert!(listed.is_err(), "{inner}: {listed:?}");
    }
    let bench = engine(&[&page(entry)]).await;
    let query = Query { prefix: "a&b=c", delimiter: Some("/"), after: None, limit: 1 };
    assert_eq!(bench.backend.list(&bench.bucket, &query).await.unwrap().entries.len(), 1);
    assert!(bench.seen()[0].contains("prefix=a%26b%3Dc&delimiter=%2F&max-keys=1 "), "{}", bench.seen()[0]);
}

#[tokio::test]
async fn only_empty_or_named_buckets_are_taken_over() {
    let listed = answer(
        "200 OK",
        "",
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>1</Size><ETag>a</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>",
    );
    let (there, off) = (answer("200 OK", "", ""), answer("200 OK", "", "<VersioningConfiguration/>"));
    let mut bench = engine(&[&there, &off, &listed]).await;
    let taken = bench.backend.create(&mut bench.bucket).await;
    assert!(matches!(taken, Err(Error::BucketAlreadyExists)), "{taken:?}");
    let mut foreign = engine(&[&answer("403 Forbidden", "", "")]).await;
    assert!(matches!(foreign.backend.create(&mut foreign.bucket).await, Err(Error::BucketAlreadyExists)));
    let on = answer("200 OK", "", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    let bench = engine(&[&there, &on]).await;
    let traits = Traits { adopts: vec!["ours".into()], ..bench.backend.traits.clone() };
    let backend = Upstream::new(bench.backend.server.clone(), traits);
    let mut bucket = bench.bucket.clone();
    backend.create(&mut bucket).await.unwrap();
    assert_eq!((bucket.versioning, bucket.engine.as_deref()), (Versioning::Enabled, Some("hostile")));
}

#[tokio::test]
async fn a_setting_is_told_whatever_the_record_had_before() {
    // A crash may have left the engine another one than the record's.
    let done = answer("200 OK", "", "");
    let bench = engine(&[&done, &done]).await;
    let bucket = Bucket { versioning: Versioning::Enabled, ..bench.bucket.clone() };
    bench.backend.configure(&bucket, Setting::Versioning).await.unwrap();
    bench.backend.configure(&bucket, Setting::Lifecycle).await.unwrap();
    let lines: Vec<_> = told(&bench).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, ["PUT /theirs-ours?versioning", "DELETE /theirs-ours?lifecycle"]);
}

#[tokio::test]
async fn a_copy_whose_tags_cannot_be_set_is_taken_back() {
    let there = answer("200 OK", OBJECT, "");
    let copied = answer("200 OK", "", "<CopyObjectResult><ETag>abc</ETag></CopyObjectResult>");
    let failed = refusal("500 Oh", "InternalError", "m");
    let bench = engine(&[&there, &copied, &failed, &there, &answer("204 No Content", "", "")]).await;
    let Some(Sought::Object(found)) = bench.find("k").await.unwrap() else { panic!() };
    let headers = Headers { tags: BTreeMap::from([("secret".into(), "yes".into())]), ..Headers::default() };
    let copy = bench.backend.copy((bench.at("k"), &found), bench.at("copy"), headers, &Precondition::None).await;
    assert!(matches!(copy, Err(Error::Unavailable(_))), "{copy:?}");
    let lines: Vec<_> = told(&bench).into_iter().map(|(line, _)| line).collect();
    let (set, last) = (&lines[1..3], lines.last().unwrap());
    assert_eq!(set, ["PUT /theirs-ours/copy", "GET /theirs-ours/copy?tagging"]);
    assert_eq!(last, "DELETE /theirs-ours/copy");
    assert!(bench.seen().last().unwrap().contains("if-match: \"abc\""));
}

#[tokio::test]
async fn many_are_deleted_by_one_request_that_says_what_became_of_each() {
    let said = |inner: &str| answer("200 OK", "", &format!("<DeleteResult>{inner}</DeleteResult>"));
    let (done, gone) = ("<Deleted><Key>a&amp;b</Key></Deleted>", answer("204 No Content", "", ""));
    let refused = |code| format!("<Error><Key>c</Key><Code>{code}</Code><Message>at AKIDHIDDEN</Message></Error>");
    for (inner, code) in [
        (refused("AccessDenied"), "InternalError"),
        (refused("SlowDown"), "SlowDown"),
        (refused("InternalError"), "ServiceUnavailable"),
        (refused("Odd"), "Odd"),
        (refused("NoSuchKey"), ""),
        ("<Deleted><Key>other</Key></Deleted>".to_owned(), "ServiceUnavailable"),
        (String::new(), "ServiceUnavailable"),
        ("<Deleted><Key>c</Key><VersionId>v</VersionId></Deleted>".to_owned(), ""),
    ] {
        let bench = engine(&[&said(&format!("{done}{inner}")), &gone]).await;
        let doom = |key| Doomed { key, version: None, precondition: Precondition::None };
        let all = ["a&b", "c", "../d", "e\u{1}"].map(doom);
        let outcomes = bench.backend.delete_all(&bench.bucket, &all).await.unwrap();
        let [Ok(_), outcome, Err(Error::InvalidArgument(_)), Ok(_)] = <[_; 4]>::try_from(outcomes).unwrap() else {
            panic!()
        };
        let told_code = outcome.err().map(Error::answer).map(|told| (told.code.into_owned(), told.message));
        assert_eq!(told_code.as_ref().map_or("", |(code, _)| code), code, "{inner}");
        assert!(!told_code.is_some_and(|(_, message)| message.contains("AKIDHIDDEN")));
        let lines: Vec<_> = told(&bench).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, ["POST /theirs-ours?delete", "DELETE /theirs-ours/e%01"]);
        assert!(bench.seen()[0].contains("<Object><Key>a&amp;b</Key></Object><Object><Key>c</Key></Object></Delete>"));
    }
    let bench = engine(&[&refusal("501 Not", "NotImplemented", "m"), &gone, &gone]).await;
    let all = ["a", "b"].map(|key| Doomed { key, version: None, precondition: Precondition::None });
    assert_eq!(bench.backend.delete_all(&bench.bucket, &all).await.unwrap().len(), 2);
    assert_eq!(told(&bench).len(), 3, "an engine that does not know it is asked for each");
}

/// A body without a length, as the file of a form is.
pub(super) fn unannounced(pieces: &[Result<&'static str, &'static str>]) -> Incoming {
    Incoming::new(Some(Box::pin(Pieces(pieces.iter().copied().collect()))), &Promise::default()).unwrap()
}

/// The method and target of each request, and how long its body was.
pub(super) fn told(bench: &Bench) -> Vec<(String, usize)> {
    let parts = |request: &String| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned(), body.len())
    };
    bench.seen().iter().map(parts).collect()
}
