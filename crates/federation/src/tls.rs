//! Whom we believe to be a provider's host: what trusted authorities signed, or else one certificate
//! whose digest was registered.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{Resumption, WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, aws_lc_rs as algorithms, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::time_provider::TimeProvider;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use vocab::{Clock, Timestamp};

use crate::certificate;
use crate::error::Reason;
use crate::settings::{Doubtful, Settings};

/// The authorities that are trusted, and the time at which certificates are judged.
pub(crate) struct Trust {
    extra: RootCertStore,
    system: bool,
    authorities: OnceCell<Option<Arc<WebPkiServerVerifier>>>,
    provider: Arc<CryptoProvider>,
    clock: Arc<dyn Clock>,
}

impl Trust {
    /// Reads the configured authorities. The system's are read at first use.
    pub(crate) fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, Doubtful> {
        let mut extra = RootCertStore::empty();
        for (at, bundle) in settings.extra_roots.iter().enumerate() {
            let before = extra.len();
            for certificate in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
                let certificate = certificate.map_err(|_| Doubtful::ExtraRoot(at))?;
                extra.add(certificate).map_err(|_| Doubtful::ExtraRoot(at))?;
            }
            if extra.len() == before {
                return Err(Doubtful::ExtraRoot(at));
            }
        }
        let provider = Arc::new(algorithms::default_provider());
        Ok(Self { extra, system: settings.system_roots, authorities: OnceCell::new(), provider, clock })
    }

    /// A connector that also believes a chain with a certificate of one of these digests.
    pub(crate) async fn connector(&self, thumbprints: &[[u8; 20]]) -> Result<TlsConnector, Reason> {
        let authorities = self.authorities.get_or_init(|| self.load()).await.clone();
        let verifier = Pinned { authorities, thumbprints: thumbprints.to_vec(), provider: Arc::clone(&self.provider) };
        let time = Arc::new(Time(Arc::clone(&self.clock)));
        let mut config = ClientConfig::builder_with_details(Arc::clone(&self.provider), time)
            .with_safe_default_protocol_versions()
            .map_err(|_| Reason::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Every connection proves itself anew.
        config.resumption = Resumption::disabled();
        Ok(TlsConnector::from(Arc::new(config)))
    }

    async fn load(&self) -> Option<Arc<WebPkiServerVerifier>> {
        let mut roots = self.extra.clone();
        if self.system {
            // Files are read, some hundred of them on some systems.
            let native = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
            roots.add_parsable_certificates(native.map(|native| native.certs).unwrap_or_default());
        }
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider)).build().ok()
    }
}

/// Why a handshake failed.
pub(crate) fn reason(error: &std::io::Error) -> Reason {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => Reason::Untrusted,
        Some(_) => Reason::Tls,
        None => Reason::Connection,
    }
}

#[derive(Debug)]
struct Pinned {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    thumbprints: Vec<[u8; 20]>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by_authorities = match &self.authorities {
            Some(all) => all.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        if by_authorities.is_ok() || self.thumbprints.is_empty() {
            return by_authorities;
        }
        if self.is_listed(end_entity) {
            check_dates(end_entity, now)?;
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            // The handshake's signature proves the possession of this very certificate's key.
            return Ok(ServerCertVerified::assertion());
        }
        let Some(anchor) = intermediates.iter().find(|one| self.is_listed(one)) else { return by_authorities };
        check_dates(anchor, now)?;
        let mut roots = RootCertStore::empty();
        roots.add(anchor.clone())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|_| Error::from(CertificateError::UnknownIssuer))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl Pinned {
    fn is_listed(&self, certificate: &CertificateDer<'_>) -> bool {
        let thumbprint = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate);
        self.thumbprints.iter().any(|listed| listed == thumbprint.as_ref())
    }
}

fn check_dates(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let now = Timestamp::from_seconds(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    if certificate::is_current(certificate, now) { Ok(()) } else { Err(CertificateError::Expired.into()) }
}

/// Certificates are judged by the same clock as tokens.
struct Time(Arc<dyn Clock>);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Time")
    }
}
