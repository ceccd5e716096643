//! Whom we believe to be the configured server.

use std::sync::Arc;

use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::settings::{Doubtful, Roots};

/// The settings of encrypted connections.
pub(crate) fn config(roots: &Roots) -> Result<Arc<ClientConfig>, Doubtful> {
    let mut store = RootCertStore::empty();
    for (at, bundle) in roots.extra.iter().enumerate() {
        let before = store.len();
        for certificate in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
            let certificate = certificate.map_err(|_| Doubtful::Root(at))?;
            store.add(certificate).map_err(|_| Doubtful::Root(at))?;
        }
        if store.len() == before {
            return Err(Doubtful::Root(at));
        }
    }
    if roots.system {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if store.is_empty() {
        return Err(Doubtful::NoRoots);
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Doubtful::NoRoots)?
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(RESUMED);
    Ok(Arc::new(config))
}

const RESUMED: usize = 16;
