//! Who vouches for a server.

use std::sync::Arc;

use http::Method;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use upstream::{Doubtful, Error, Request, Roots, Server, Settings};
use vocab::SystemClock;

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server with a certificate for `name`, that answers every request; yields its port.
async fn server(authority: &CertifiedIssuer<'_, KeyPair>, name: &str) -> u16 {
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            let _ = stream.shutdown().await;
        }
    });
    port
}

async fn call(endpoint: &str, roots: Roots) -> Result<String, Error> {
    let mut settings = Settings::new("tls", endpoint.parse().unwrap());
    settings.roots = roots;
    let server = Server::new(settings, Arc::new(SystemClock)).unwrap();
    let answer = server.call(Request::new(Method::GET, "/")).await?.whole(10).await?;
    Ok(String::from_utf8(answer.to_vec()).unwrap())
}

#[tokio::test]
async fn a_server_is_believed_if_a_configured_authority_vouches_for_its_name() {
    let (ours, other) = (authority(), authority());
    let only = |authority: &CertifiedIssuer<'_, KeyPair>| Roots { system: false, extra: vec![authority.pem()] };
    let port = server(&ours, "localhost").await;
    assert_eq!(call(&format!("https://localhost:{port}"), only(&ours)).await.unwrap(), "ok");
    let untrusted = call(&format!("https://localhost:{port}"), only(&other)).await;
    assert!(matches!(untrusted, Err(Error::Unreachable { .. })), "{untrusted:?}");
    let untrusted = call(&format!("https://localhost:{port}"), Roots::default()).await;
    assert!(matches!(untrusted, Err(Error::Unreachable { .. })), "{untrusted:?}");
    let misnamed = call(&format!("https://127.0.0.1:{port}"), only(&ours)).await;
    assert!(matches!(misnamed, Err(Error::Unreachable { .. })), "{misnamed:?}");
}

#[test]
fn authorities_are_certificates() {
    let doubt = |roots| {
        let mut settings = Settings::new("tls", "https://localhost".parse().unwrap());
        settings.roots = roots;
        Server::new(settings, Arc::new(SystemClock)).err()
    };
    let wrong = Roots { system: false, extra: vec![authority().pem(), "no certificate".to_owned()] };
    assert_eq!(doubt(wrong), Some(Doubtful::Root(1)));
    assert_eq!(doubt(Roots { system: false, extra: Vec::new() }), Some(Doubtful::NoRoots));
}
