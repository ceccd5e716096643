//! Calls to servers that behave, and to servers that do not.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use hyper::body::Frame;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use upstream::{Body, BoxError, Credentials, Error, Request, Server, Settings, Signing, Style, target};
use vocab::SystemClock;

/// What one connection does with one request.
#[derive(Clone)]
enum Act {
    /// Reads a request and answers.
    Answer(String),
    /// Reads a request, answers, and closes.
    Last(String),
    /// Reads a request and closes without an answer.
    Close,
    /// Reads a request and stays silent.
    Hang,
}

/// A server that acts as it is told, and what it saw: the requests, and how many connections.
struct Scripted {
    settings: Settings,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

async fn scripted(acts: Vec<Act>) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let (seen, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
    let acts = Arc::new(Mutex::new(VecDeque::from(acts)));
    let (noted, counted) = (seen.clone(), connections.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *counted.lock().unwrap() += 1;
            tokio::spawn(serve(stream, acts.clone(), noted.clone()));
        }
    });
    Scripted { settings: Settings::new("scripted", endpoint), seen, connections }
}

async fn serve(mut stream: TcpStream, acts: Arc<Mutex<VecDeque<Act>>>, seen: Arc<Mutex<Vec<String>>>) {
    let mut hung = Vec::new();
    loop {
        let request = read_request(&mut stream).await;
        if request.is_empty() {
            return;
        }
        seen.lock().unwrap().push(request);
        let act = acts.lock().unwrap().pop_front().expect("an act for every request");
        match act {
            Act::Answer(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Act::Last(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
                return;
            }
            Act::Close => return,
            Act::Hang => hung.push(stream.read_u8().await),
        }
    }
}

/// Head and body, as far as they come.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap_or(0);
        text.extend_from_slice(&piece[..read]);
        let all = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = all.split_once("\r\n\r\n") else {
            if read == 0 {
                return all;
            }
            continue;
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        if read == 0 || body.len() >= length {
            return all;
        }
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

impl Scripted {
    fn server(&self) -> Arc<Server> {
        Server::new(self.settings.clone(), Arc::new(SystemClock)).unwrap()
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn get() -> Request {
    Request::new(Method::GET, "/x")
}

/// A body in pieces that may fail.
struct Pieces(VecDeque<Result<&'static str, &'static str>>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(self.0.pop_front().map(|piece| piece.map(|text| Frame::data(text.into())).map_err(Into::into)))
    }
}

fn pieces(length: u64, pieces: impl IntoIterator<Item = Result<&'static str, &'static str>>) -> Body {
    Body::Stream(length, Box::pin(Pieces(pieces.into_iter().collect())))
}

#[tokio::test]
async fn the_target_goes_out_as_it_was_written_and_connections_are_kept() {
    let scripted = scripted(vec![Act::Answer(ok("one")), Act::Answer(ok("two"))]).await;
    let server = scripted.server();
    let path = format!("/bucket/{}", target::path("a/../b//./c?d"));
    let query = target::query([("uploads", None), ("prefix", Some("a&b"))]);
    let answer = server.call(Request::new(Method::GET, path).query(query)).await.unwrap();
    assert_eq!((answer.status, answer.whole(3).await.unwrap()), (StatusCode::OK, Bytes::from("one")));
    let header = (HeaderName::from_static("x-it"), HeaderValue::from_static("y"));
    let request = Request::new(Method::PUT, "/x").header(header.0, header.1).body(Bytes::from("body").into());
    assert_eq!(server.call(request).await.unwrap().whole(3).await.unwrap(), "two");
    let seen = scripted.seen();
    assert!(seen[0].starts_with("GET /bucket/a/../b//./c%3Fd?uploads&prefix=a%26b HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(seen[1].contains("\r\nx-it: y\r\n") && seen[1].ends_with("\r\n\r\nbody"), "{}", seen[1]);
    assert_eq!(*scripted.connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn what_would_be_another_request_is_never_sent() {
    let scripted = scripted(vec![]).await;
    let server = scripted.server();
    for target in ["/a b", "/a\r\nHost: x", "x", "", "http://elsewhere/", "/a\0"] {
        let outcome = server.call(Request::new(Method::GET, target)).await;
        assert!(matches!(outcome, Err(Error::Unsendable(_))), "{target:?}");
    }
    let query = Request::new(Method::GET, "/").query("a b\r\n");
    assert!(matches!(server.call(query).await, Err(Error::Unsendable(_))));
    assert_eq!(*scripted.connections.lock().unwrap(), 0);
}

#[tokio::test]
async fn only_what_repeats_is_sent_again() {
    let script = scripted(vec![Act::Close, Act::Close, Act::Answer(ok("third"))]).await;
    let answer = script.server().call(get().repeats()).await.unwrap();
    assert_eq!(answer.whole(10).await.unwrap(), "third");
    let script = scripted(vec![Act::Close]).await;
    assert!(matches!(script.server().call(get()).await, Err(Error::Broken { .. })));
    let script = scripted(vec![Act::Close]).await;
    let streamed = Request::new(Method::PUT, "/x").body(pieces(2, [Ok("ab")])).repeats();
    assert!(matches!(script.server().call(streamed).await, Err(Error::Broken { .. })));
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_harms_nobody() {
    let script = scripted(vec![Act::Last(ok("one")), Act::Last(ok("two"))]).await;
    let server = script.server();
    for wanted in ["one", "two"] {
        let answer = server.call(get().repeats()).await.unwrap();
        assert_eq!(answer.whole(10).await.unwrap(), wanted);
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let text = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let script = scripted(vec![Act::Answer(text.into())]).await;
    assert_eq!(script.server().call(get()).await.unwrap().status, 307);
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn calls_under_way_are_bounded_until_their_bodies_end() {
    let mut script = scripted(vec![Act::Answer(ok("held")), Act::Answer(ok("free"))]).await;
    script.settings.limits.calls = 1;
    script.settings.limits.queue = Duration::from_millis(20);
    let server = script.server();
    let held = server.call(get()).await.unwrap();
    let refused = server.call(get()).await.unwrap_err();
    assert!(matches!(refused, Error::Busy { .. }) && refused.is_before_sending());
    drop(held);
    assert_eq!(server.call(get()).await.unwrap().whole(10).await.unwrap(), "free");
}

#[tokio::test]
async fn answers_that_are_held_are_bounded_until_nobody_has_them() {
    let (long, short) = ("x".repeat(60_000), "x".repeat(16 * 1024));
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nea60\r\n{long}\r\n0\r\n\r\n");
    let acts = [ok(&long), ok(&long), chunked.clone(), ok(&short), ok(&long), chunked].map(Act::Last);
    let mut script = scripted(acts.to_vec()).await;
    script.settings.limits.held = 60_000;
    let server = script.server();
    let answer = async || server.call(get()).await.unwrap().whole(100_000).await;
    let held = answer().await.unwrap();
    for _ in 0..2 {
        let refused = answer().await.unwrap_err();
        assert!(matches!(refused, Error::Crowded { .. }) && !refused.is_before_sending(), "{refused}");
    }
    assert_eq!(answer().await.unwrap().len(), 16 * 1024, "what is short needs no room");
    let part = held.slice(10..20);
    drop(held);
    assert!(matches!(answer().await, Err(Error::Crowded { .. })), "a part keeps the whole");
    drop(part);
    assert_eq!(answer().await.unwrap(), long);
}

#[tokio::test]
async fn a_server_that_takes_its_time_is_left() {
    let mut script =
        scripted(vec![Act::Hang, Act::Answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".into())]).await;
    script.settings.limits.answer = Duration::from_millis(30);
    script.settings.limits.idle = Duration::from_millis(30);
    let server = script.server();
    assert!(matches!(server.call(get().repeats()).await, Err(Error::Late { .. })));
    let answer = server.call(get()).await.unwrap();
    assert!(matches!(answer.whole(100).await, Err(Error::Late { .. })));
}

#[tokio::test]
async fn nonsense_is_no_answer() {
    let endless: String = (0..20_000).map(|n| format!("x-{n}: aaaaaaaa\r\n")).collect();
    for text in [
        "nonsense\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef".to_owned(),
        "HTTP/1.1 200 OK\r\nbroken header\r\n\r\n".to_owned(),
        "HTTP/0.9 200\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{endless}\r\n"),
        format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1 << 20)),
    ] {
        let script = scripted(vec![Act::Last(text.clone())]).await;
        let outcome = script.server().call(get()).await;
        assert!(matches!(outcome, Err(Error::Broken { .. })), "{outcome:?}: {}", &text[..40.min(text.len())]);
    }
}

#[tokio::test]
async fn a_body_that_ends_early_or_never_is_no_body() {
    let early = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_owned();
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n".to_owned();
    for text in [early, chunks] {
        let script = scripted(vec![Act::Last(text)]).await;
        let outcome = script.server().call(get()).await.unwrap().whole(100).await;
        assert!(matches!(outcome, Err(Error::Broken { .. })), "{outcome:?}");
    }
    let announced = scripted(vec![Act::Last("HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n".into())]).await;
    assert!(matches!(announced.server().call(get()).await.unwrap().whole(10).await, Err(Error::TooLong { .. })));
    let more: String = "5\r\nabcde\r\n".repeat(100);
    let text = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{more}0\r\n\r\n");
    let unannounced = scripted(vec![Act::Last(text)]).await;
    assert!(matches!(unannounced.server().call(get()).await.unwrap().whole(10).await, Err(Error::TooLong { .. })));
}

#[tokio::test]
async fn a_body_that_fails_is_never_complete_at_the_server() {
    let script = scripted(vec![Act::Close, Act::Close, Act::Close]).await;
    let server = script.server();
    let put = |body| Request::new(Method::PUT, "/x").body(body);
    for (body, complaint) in [
        (pieces(6, [Ok("abc"), Err("bad digest")]), "bad digest"),
        (pieces(6, [Ok("abc")]), "the body is shorter than it was announced"),
        (pieces(4, [Ok("abc"), Ok("def")]), "the body is longer than it was announced"),
        (pieces(0, [Err("bad digest")]), "bad digest"),
        (pieces(0, [Ok("abc")]), "the body is longer than it was announced"),
    ] {
        match server.call(put(body)).await {
            Err(Error::Source(error)) => assert_eq!(error.to_string(), complaint),
            other => panic!("{complaint}: {other:?}"),
        }
    }
    for request in script.seen() {
        let (head, body) = request.split_once("\r\n\r\n").unwrap_or((&request, ""));
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        assert!(body.len() < length.unwrap_or(0), "{request}");
    }
}

#[tokio::test]
async fn requests_are_signed_with_the_servers_own_credentials() {
    let mut script = scripted(vec![Act::Answer(ok("")), Act::Answer(ok("")), Act::Answer(ok(""))]).await;
    let credentials = Credentials {
        access_key_id: "AKIAUPSTREAM".into(),
        secret: "hidden".to_owned().into(),
        session_token: Some("token".to_owned().into()),
    };
    let signing = |style, service: &str| Signing {
        credentials: credentials.clone(),
        region: "eu-west-1".into(),
        service: service.into(),
        style,
    };
    script.settings.signing = Some(signing(Style::S3, "s3"));
    let server = script.server();
    server.call(Request::new(Method::PUT, "/x").body(pieces(2, [Ok("ab")]))).await.unwrap();
    server.call(get()).await.unwrap();
    script.settings.signing = Some(signing(Style::Standard, "dynamodb"));
    let server = script.server();
    server.call(Request::new(Method::POST, "/").body(Bytes::from("{}").into())).await.unwrap();
    let streamed = server.call(Request::new(Method::POST, "/").body(pieces(2, [Ok("{}")]))).await;
    assert!(matches!(streamed, Err(Error::Unsendable(_))), "the service wants a hash");
    let seen = script.seen();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for (request, payload, scope) in [
        (&seen[0], "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n", "/eu-west-1/s3/aws4_request"),
        (&seen[1], &*format!("x-amz-content-sha256: {empty}\r\n"), "/eu-west-1/s3/aws4_request"),
        (&seen[2], "content-length: 2\r\n", "/eu-west-1/dynamodb/aws4_request"),
    ] {
        for part in [payload, scope, "Credential=AKIAUPSTREAM/", "x-amz-security-token: token\r\n", "host: 127.0.0.1"] {
            assert!(request.contains(part), "{part}: {request}");
        }
        assert!(!request.contains("hidden"));
    }
    assert!(!format!("{:?}", script.settings).contains("hidden"));
}

#[tokio::test]
async fn nobody_at_home_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let server = Server::new(Settings::new("gone", endpoint), Arc::new(SystemClock)).unwrap();
    let error = server.call(get()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }) && error.is_before_sending() && error.is_passing(), "{error}");
}
