//! TLS, and a certificate that changes while the server runs.

use std::path::Path;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde_json::{Value, json};
use server::settings::Tls;
use server::testing::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::admin::services;

/// A certificate for `name`, written to `folder`; the root that trusts it.
fn issue(folder: &Path, name: &str) -> RootCertStore {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    std::fs::write(folder.join("tls.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    roots
}

async fn health(server: &TestServer, roots: &RootCertStore, name: &str) -> std::io::Result<String> {
    let request = "GET /_daypass/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    exchange(server, roots, name, rustls::DEFAULT_VERSIONS, request).await
}

/// What the server answers to a request as it is, over TLS of these versions.
async fn exchange(
    server: &TestServer,
    roots: &RootCertStore,
    name: &str,
    versions: &[&'static SupportedProtocolVersion],
    request: &str,
) -> std::io::Result<String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let config = config.with_root_certificates(roots.clone()).with_no_client_auth();
    let stream = TcpStream::connect(server.authority()).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_changed_certificate_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = issue(folder.path(), "first.example");
    let files = Tls { certificate: folder.path().join("tls.pem"), key: folder.path().join("tls.key") };
    let server = TestServer::start_with(services, move |settings| settings.tls = Some(files.clone())).await;
    assert!(health(&server, &first, "first.example").await.unwrap().starts_with("HTTP/1.1 200"));

    let second = issue(folder.path(), "second.example");
    server.reload_certificate();
    assert!(health(&server, &second, "second.example").await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(health(&server, &first, "first.example").await.is_err());

    // A certificate that is none leaves the last good one in place.
    std::fs::write(folder.path().join("tls.pem"), "nonsense").unwrap();
    server.reload_certificate();
    assert!(health(&server, &second, "second.example").await.unwrap().starts_with("HTTP/1.1 200"));
}

/// A server with S3 over TLS, its root, and the bucket `probe`, where everybody may read what `conditions` hold for:
/// the object `0` the first, and so on.
async fn probed(conditions: &[Value], trusted: &[&str]) -> (TestServer, RootCertStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let roots = issue(folder.path(), NAME);
    let files = Tls { certificate: folder.path().join("tls.pem"), key: folder.path().join("tls.key") };
    let server = TestServer::start_with(crate::s3::services, |settings| {
        settings.tls = Some(files);
        settings.trusted_proxies = trusted.iter().map(|net| net.parse().unwrap()).collect();
    })
    .await;
    let open =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::probe" });
    let one = |(at, condition): (usize, &Value)| {
        json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::probe/{at}"), "Condition": condition })
    };
    let statements: Vec<Value> = std::iter::once(open).chain(conditions.iter().enumerate().map(one)).collect();
    let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let unblocked = "<PublicAccessBlockConfiguration/>";
    for (target, body) in [("/probe", ""), ("/probe?publicAccessBlock", unblocked), ("/probe?policy", policy.as_str())]
    {
        let answer = exchange(&server, &roots, NAME, rustls::DEFAULT_VERSIONS, &put(&server, target, body)).await;
        assert!(answer.as_ref().unwrap().starts_with("HTTP/1.1 20"), "{answer:?}");
    }
    (server, roots, folder)
}

/// A signed request by the root.
fn put(server: &TestServer, target: &str, body: &str) -> String {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static(NAME));
    let signer = sigv4::Signer {
        access_key_id: &server.root.id,
        secret: &server.root.secret,
        session_token: None,
        region: "us-east-1",
        service: "s3",
        style: sigv4::Style::S3,
        time: server.host.now(),
    };
    let hash = sigv4::Payload::Hash(sigv4::sha256(body.as_bytes()));
    let split = target.split_once('?').unwrap_or((target, ""));
    signer.sign("PUT", split, &mut headers, hash, &sigv4::SigningKeys::new(1)).unwrap();
    let mut request = format!("PUT {target} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in &headers {
        request.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    format!("{request}\r\n{body}")
}

const NAME: &str = "probe.example";

/// Which of the first `count` objects a stranger may ask for: they are not there.
async fn readable(
    (server, roots): (&TestServer, &RootCertStore),
    versions: &[&'static SupportedProtocolVersion],
    header: &str,
    count: usize,
) -> Vec<usize> {
    let mut readable = Vec::new();
    for at in 0..count {
        let request = format!("GET /probe/{at} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n{header}\r\n");
        let answer = exchange(server, roots, NAME, versions, &request).await.unwrap();
        match answer.get(..12) {
            Some("HTTP/1.1 404") => readable.push(at),
            status => assert_eq!(status, Some("HTTP/1.1 403"), "{answer}"),
        }
    }
    readable
}

#[tokio::test]
async fn a_policy_can_ask_for_tls_and_its_version() {
    let conditions = [
        json!({ "Bool": { "aws:SecureTransport": "true" } }),
        json!({ "Bool": { "aws:SecureTransport": "false" } }),
        json!({ "NumericEquals": { "s3:TlsVersion": "1.2" } }),
        json!({ "NumericGreaterThanEquals": { "s3:TlsVersion": "1.3" } }),
        json!({ "Null": { "s3:TlsVersion": "true" } }),
    ];
    let (server, roots, _folder) = probed(&conditions, &[]).await;
    let over = async |version, header: &str| readable((&server, &roots), &[version], header, conditions.len()).await;
    assert_eq!(over(&rustls::version::TLS12, "").await, [0, 2]);
    assert_eq!(over(&rustls::version::TLS13, "").await, [0, 3]);
    // What a stranger says of proxies counts for nothing.
    assert_eq!(over(&rustls::version::TLS13, "X-Forwarded-Proto: http\r\n").await, [0, 3]);
}

#[tokio::test]
async fn behind_a_proxy_the_version_of_tls_is_not_known() {
    let conditions = [
        json!({ "Bool": { "aws:SecureTransport": "true" } }),
        json!({ "Bool": { "aws:SecureTransport": "false" } }),
        json!({ "NumericGreaterThan": { "s3:TlsVersion": "1" } }),
        json!({ "Null": { "s3:TlsVersion": "true" } }),
    ];
    let (server, roots, _folder) = probed(&conditions, &["127.0.0.0/8"]).await;
    let by = async |header: &str| readable((&server, &roots), rustls::DEFAULT_VERSIONS, header, conditions.len()).await;
    assert_eq!(by("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n").await, [0, 3]);
    assert_eq!(by("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: http\r\n").await, [1, 3]);
}
