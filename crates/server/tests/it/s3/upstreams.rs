//! Two upstreams, of which a second server is the engine.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use operation::Host;
use s3::S3;
use s3::backend::engines::Engine;
use s3::backend::upstream::{Names, Traits, Upstream};
use server::testing::{Keys, TestServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use upstream::{Credentials, Server, Settings, Signing, Style};

use super::{get, put, refusal, services, user};

/// A server whose buckets `one-…` and `two-…` are kept by upstreams of so many calls each, and their engine.
async fn start(calls: usize, queue: Duration) -> (TestServer, TestServer) {
    let far = TestServer::start(services).await;
    let (endpoint, keys) = (format!("http://{}", far.authority()), far.root.clone());
    let engine = |host: &Arc<Host>, name: &str| {
        let mut settings = Settings::new(name, endpoint.parse().unwrap());
        (settings.limits.calls, settings.limits.queue) = (calls, queue);
        settings.signing = Some(Signing {
            credentials: Credentials {
                access_key_id: keys.id.clone(),
                secret: keys.secret.clone(),
                session_token: None,
            },
            region: "us-east-1".into(),
            service: "s3".into(),
            style: Style::S3,
        });
        let prefix = format!("{name}-");
        let traits = Traits { names: Names::new(&prefix, "kept-{bucket}").unwrap(), ..Traits::default() };
        let backend = Upstream::new(Server::new(settings, host.clock.clone()).unwrap(), traits);
        Engine { name: name.to_owned(), prefix, backend }
    };
    let services = |host: &Arc<Host>| {
        let engines = vec![engine(host, "one"), engine(host, "two")];
        let s3 = S3::with_engines(None, host, engines).unwrap();
        vec![iam::service(Arc::new(iam::Iam::default())), s3::service(s3)]
    };
    let near = TestServer::start_on(services, |_| ()).await;
    for bucket in ["/one-game", "/two-game"] {
        assert_eq!(put(&near, bucket, "").await.status, 200);
    }
    (near, far)
}

/// An upload that is under way at the engine, until it is dropped.
async fn begun(server: &TestServer, target: &str, keys: &Keys) -> TcpStream {
    let request = server.request("s3", Method::PUT, target, &[], Bytes::from_static(b"0123456789"), Some(keys));
    let mut head = format!("PUT {target} HTTP/1.1\r\ncontent-length: 10\r\nexpect: 100-continue\r\n");
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let mut stream = TcpStream::connect(server.authority()).await.unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[tokio::test]
async fn a_caller_who_takes_their_time_leaves_calls_for_others() {
    let (server, _far) = start(2, Duration::from_millis(50)).await;
    let ann = user(&server, "ann", r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#).await;
    let mut slow = begun(&server, "/one-game/slow", &server.root).await;
    assert_eq!(refusal(&get(&server, "/one-game/slow").await), (503, "SlowDown".into()), "it has its half");
    let other = server.s3(Method::GET, "/one-game/slow", &[], "", Some(&ann)).await;
    assert_eq!(refusal(&other), (404, "NoSuchKey".into()));
    slow.write_all(b"0123456789").await.unwrap();
    let mut answer = [0; 15];
    slow.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    assert_eq!(get(&server, "/one-game/slow").await.text(), "0123456789");
}

#[tokio::test]
async fn copies_in_both_directions_do_not_wait_for_each_other() {
    let (server, _far) = start(1, Duration::from_secs(20)).await;
    // Longer than what is read at once.
    let body = "x".repeat(200_000);
    for bucket in ["one-game", "two-game"] {
        assert_eq!(put(&server, &format!("/{bucket}/source"), &body).await.status, 200);
    }
    let copy = async |from: &str, to: String| {
        let headers = [("x-amz-copy-source", format!("{from}/source")), ("if-none-match", "*".to_owned())];
        server.s3(Method::PUT, &to, &headers, "", Some(&server.root)).await
    };
    let copies = (0..8).map(|number| match number % 2 {
        0 => copy("one-game", format!("/two-game/{number}")),
        _ => copy("two-game", format!("/one-game/{number}")),
    });
    let done = tokio::time::timeout(Duration::from_secs(15), futures_util::future::join_all(copies)).await;
    for answer in done.expect("nobody waits for ever") {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    // Read and written at the same engine.
    let headers =
        [("x-amz-copy-source", "one-game/source".to_owned()), ("x-amz-checksum-algorithm", "SHA1".to_owned())];
    let same = server.s3(Method::PUT, "/one-game/again", &headers, "", Some(&server.root)).await;
    assert_eq!(same.status, 200, "{}", same.text());
    assert_eq!(get(&server, "/one-game/again").await.text(), body);
}
