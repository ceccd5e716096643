//! TLS, and a certificate that changes while the server runs.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
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
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots.clone()).with_no_client_auth();
    let stream = TcpStream::connect(server.authority()).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(b"GET /_daypass/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
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
