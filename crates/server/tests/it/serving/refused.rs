//! Refusals of requests whose bodies are still on their way: the client reads its answer, and nobody can hold on to the
//! connection by sending more.

use std::time::{Duration, Instant};

use server::testing::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::s3::services;

const PATIENCE: Duration = Duration::from_millis(500);

async fn start() -> TestServer {
    TestServer::start_with(services, |settings| settings.bounds.body_timeout = PATIENCE).await
}

/// A connection on which a request was begun, which is refused whatever its body is.
async fn begin(server: &TestServer, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.authority()).await.unwrap();
    let head = format!("{head} HTTP/1.1\r\nhost: {}\r\n", server.authority());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"</Error>") {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap();
        assert_ne!(read, 0, "it ends within its answer: {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&piece[..read]);
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn who_sends_a_body_to_its_end_reads_the_answer() {
    let server = start().await;
    let body = vec![b'x'; 16 * 1024 * 1024];
    let form = "content-type: multipart/form-data; boundary=edge\r\n";
    for (line, more, status, code) in [
        ("PUT /absent/key", "", 404, "NoSuchBucket"),
        ("POST /absent", "", 412, "PreconditionFailed"),
        ("POST /absent", form, 400, "MalformedPOSTRequest"),
        ("PUT /absent?policy", "", 400, "EntityTooLarge"),
        ("PUT /absent/key", "authorization: nonsense\r\n", 400, "AuthorizationHeaderMalformed"),
    ] {
        let mut stream = begin(&server, line).await;
        // Twice: the connection is good for another request.
        for again in [false, true] {
            if again {
                stream.write_all(format!("{line} HTTP/1.1\r\nhost: x\r\n").as_bytes()).await.unwrap();
            }
            stream.write_all(format!("{more}content-length: {}\r\n\r\n", body.len()).as_bytes()).await.unwrap();
            stream.write_all(&body).await.unwrap();
            let text = answer(&mut stream).await;
            let begins = format!("HTTP/1.1 {status} ");
            assert!(text.starts_with(&begins) && text.contains(&format!("<Code>{code}<")), "{line}: {text}");
        }
    }
}

#[tokio::test]
async fn a_body_without_an_end_is_cut() {
    let server = TestServer::start(services).await;
    let mut stream = begin(&server, "PUT /absent/key").await;
    stream.write_all(b"content-length: 5000000000\r\n\r\n").await.unwrap();
    let (piece, mut sent) = (vec![b'x'; 1024 * 1024], 0);
    while stream.write_all(&piece).await.is_ok() {
        sent += piece.len();
        assert!(sent < 100 * 1024 * 1024, "it is read for ever");
    }
}

#[tokio::test]
async fn who_sends_slowly_or_nothing_more_is_let_go() {
    let server = start().await;
    for pace in [PATIENCE / 10, PATIENCE * 100] {
        let mut stream = begin(&server, "PUT /absent/key").await;
        stream.write_all(b"content-length: 1000000\r\n\r\nx").await.unwrap();
        answer(&mut stream).await;
        let (mut reads, mut writes) = stream.into_split();
        let drops = tokio::spawn(async move {
            let mut pace = tokio::time::interval(pace);
            while writes.write_all(b".").await.is_ok() {
                pace.tick().await;
            }
        });
        let started = Instant::now();
        let mut rest = Vec::new();
        let _ = reads.read_to_end(&mut rest).await;
        assert!(rest.is_empty() && started.elapsed() < PATIENCE * 20, "{:?}", started.elapsed());
        drops.abort();
    }
}

#[tokio::test]
async fn who_waits_to_be_told_is_told_no_and_let_go() {
    let server = TestServer::start(services).await;
    let mut stream = begin(&server, "PUT /absent/key").await;
    stream.write_all(b"expect: 100-continue\r\ncontent-length: 1000000\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 404 ") && text.ends_with("</Error>"), "{text}");
}
