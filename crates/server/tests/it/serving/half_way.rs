//! Requests that end before their answer: each leaves its line in the audit log.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use http::Method;
use operation::{Access, Answer, Call, Fault, Host, Place, Service};
use serde_json::{Value, json};
use server::settings::AuditSink;
use server::testing::TestServer;
use sigv4::{Payload, Signer, SigningKeys, Style, sha256};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

struct Never(Infallible);

impl Fault for Never {
    fn answer(self) -> Answer {
        match self.0 {}
    }
}

fn access(_: &Value, _: &Place) -> Access {
    Access::on_any("test:Act")
}

async fn hang(_: Call<()>, _: Value) -> Result<(), Never> {
    std::future::pending().await
}

#[expect(clippy::panic, reason = "this is what is tested")]
async fn panic(_: Call<()>, _: Value) -> Result<(), Never> {
    panic!("an operation that is wrong")
}

fn services(_: &Arc<Host>) -> Vec<Service> {
    let service = Service::of("test", wire::Protocol::Json11 { target: "Test" }, Arc::new(()));
    vec![service.add("Hang", access, hang).add("Panic", access, panic).build()]
}

async fn audited(folder: &Path) -> TestServer {
    let path = folder.join("audit.log");
    TestServer::start_with(services, move |settings| {
        settings.audit.sink = AuditSink::File { path, rotate_at: u64::MAX, kept: 1 };
    })
    .await
}

/// The first audit line; it is written by a thread of its own.
async fn line(folder: &Path) -> Value {
    loop {
        let text = std::fs::read_to_string(folder.join("audit.log")).unwrap();
        match text.lines().next() {
            Some(line) if text.ends_with('\n') => return serde_json::from_str(line).unwrap(),
            _ => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_while_an_operation_runs() {
    let folder = tempfile::tempdir().unwrap();
    let server = audited(folder.path()).await;
    let mut headers = http::HeaderMap::new();
    headers.insert("host", server.authority().parse().unwrap());
    headers.insert("x-amz-target", "Test.Hang".parse().unwrap());
    let signer = Signer {
        access_key_id: &server.root.id,
        secret: &server.root.secret,
        session_token: None,
        region: "us-east-1",
        service: "test",
        style: Style::Standard,
        time: server.host.now(),
    };
    let hash = Payload::Hash(sha256(b"{}"));
    signer.sign(Method::POST.as_str(), ("/", ""), &mut headers, hash, &SigningKeys::new(1)).unwrap();
    let mut text = "POST / HTTP/1.1\r\n".to_owned();
    for (name, value) in &headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    text.push_str("content-length: 2\r\n\r\n{}");
    let mut client = TcpStream::connect(server.authority()).await.unwrap();
    client.write_all(text.as_bytes()).await.unwrap();
    drop(client);

    let line = line(folder.path()).await;
    assert_eq!(
        (&line["operation"], &line["status"], &line["code"]),
        (&json!("Hang"), &json!(499), &json!("ClientLeft"))
    );
    assert_eq!(line["principal"], "arn:aws:iam::000000000000:root");
    assert_eq!(line["decisions"][0]["allowed"], true);
}

#[tokio::test]
async fn an_operation_that_panics() {
    let folder = tempfile::tempdir().unwrap();
    let server = audited(folder.path()).await;
    let answer = server.json("test", "Test.Panic", json!({}), Some(&server.root)).await;
    assert_eq!(answer.status, 500);
    let line = line(folder.path()).await;
    assert_eq!(
        (&line["operation"], &line["status"], &line["code"]),
        (&json!("Panic"), &json!(500), &json!("Panicked"))
    );
    assert_eq!(line["decisions"][0]["allowed"], true);
}
