//! TLS by rustls, with a certificate that is read again when its files change.

use std::io;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ProtocolVersion, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::settings::Tls;

/// Accepts TLS connections with the newest certificate.
#[derive(Clone)]
pub struct Acceptor {
    files: Tls,
    current: Arc<RwLock<(TlsAcceptor, Stamp)>>,
}

/// The version of TLS that client and server agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
    /// A version without a number here.
    Other,
}

impl Encryption {
    /// The version, as `s3:TlsVersion` has it.
    pub fn number(self) -> Option<&'static str> {
        match self {
            Self::Tls12 => Some("1.2"),
            Self::Tls13 => Some("1.3"),
            Self::Other => None,
        }
    }
}

/// How a connection is encrypted after its handshake.
pub fn encryption(stream: &TlsStream<TcpStream>) -> Encryption {
    match stream.get_ref().1.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => Encryption::Tls12,
        Some(ProtocolVersion::TLSv1_3) => Encryption::Tls13,
        _ => Encryption::Other,
    }
}

/// When the files were last changed.
type Stamp = (Option<SystemTime>, Option<SystemTime>);

impl Acceptor {
    /// Reads the certificate and its key.
    pub fn open(files: &Tls) -> io::Result<Self> {
        let current = Arc::new(RwLock::new((load(files)?, stamp(files))));
        Ok(Self { files: files.clone(), current })
    }

    /// The handshake with one client.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let acceptor = self.current.read().unwrap_or_else(|poisoned| poisoned.into_inner()).0.clone();
        acceptor.accept(stream).await
    }

    /// Reads the files again if they changed; call it every few seconds. A certificate that cannot
    /// be read is logged, and the last good one stays.
    pub fn reload(&self) {
        let now = stamp(&self.files);
        if self.current.read().unwrap_or_else(|poisoned| poisoned.into_inner()).1 == now {
            return;
        }
        match load(&self.files) {
            Ok(acceptor) => {
                *self.current.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = (acceptor, now);
                tracing::info!(certificate = %self.files.certificate.display(), "certificate was read again");
            }
            Err(error) => tracing::error!(%error, "changed certificate is not usable, the last one stays"),
        }
    }
}

fn load(files: &Tls) -> io::Result<TlsAcceptor> {
    let named = |path: &Path, error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&files.certificate).map_err(|error| named(&files.certificate, &error))?.collect();
    let chain = chain.map_err(|error| named(&files.certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| named(&files.key, &error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| named(&files.certificate, &error))?
        .with_no_client_auth()
        .with_single_cert(chain, key);
    let mut config = config.map_err(|error| named(&files.certificate, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn stamp(files: &Tls) -> Stamp {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    (changed(&files.certificate), changed(&files.key))
}
