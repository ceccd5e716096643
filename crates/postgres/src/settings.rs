//! The URL of a database: where it is, and how the connection is kept from others.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use vocab::Secret;

use crate::OpenError;

/// What a URL says.
pub(crate) struct Settings {
    pub(crate) config: Config,
    /// How to verify the server; `None`: the connection is not encrypted.
    pub(crate) tls: Option<ClientConfig>,
}

/// Reads a URL. Encryption without verification protects from nobody who can change what is sent,
/// so each mode that encrypts also verifies certificate and host name; and what crosses a network
/// in the clear must have been asked for.
pub(crate) fn read(url: &Secret) -> Result<Settings, OpenError> {
    let url = url.expose();
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(OpenError::Url("must begin with `postgres://`"));
    }
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut mode, mut authorities, mut others) = (None, None, Vec::new());
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value),
            Some(("sslrootcert", value)) => authorities = Some(value),
            _ => others.push(parameter),
        }
    }
    let address = Secret::new(format!("{address}?{}", others.join("&")));
    // The parser's own words may quote the URL, which holds the password.
    let mut config: Config = address.expose().parse().map_err(|_| OpenError::Url("cannot be read"))?;
    let encrypted = match mode {
        Some("require" | "verify-ca" | "verify-full") => true,
        Some("disable") => false,
        None if is_local(&config) => false,
        None => return Err(OpenError::Url("names another machine: add `sslmode=verify-full` or `sslmode=disable`")),
        Some(_) => return Err(OpenError::Url("has an `sslmode` other than `verify-full` and `disable`")),
    };
    config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
    if config.get_application_name().is_none() {
        config.application_name("daypass");
    }
    let tls = if encrypted { Some(verify(authorities.map(Path::new))?) } else { None };
    Ok(Settings { config, tls })
}

/// Whether all hosts are this machine.
fn is_local(config: &Config) -> bool {
    let local = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(local) && config.get_hostaddrs().iter().all(|address| address.is_loopback())
}

/// Verification against the authorities of a file, else those of the system.
fn verify(authorities: Option<&Path>) -> Result<ClientConfig, OpenError> {
    let place = authorities.map_or_else(|| "the system's store".into(), |path| format!("`{}`", path.display()));
    let failed = |why: String| OpenError::Authorities { place: place.clone(), why };
    let certificates: Vec<CertificateDer<'static>> = match authorities {
        Some(path) => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error| failed(error.to_string()))?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(certificates);
    if usable == 0 {
        return Err(failed("it holds no certificate".into()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|error| failed(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        read(&Secret::new(url)).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn this_machine_needs_no_encryption() {
        for url in
            ["postgres://localhost/db", "postgres://u:p@127.0.0.1:5432/db", "postgres:///db?host=/run/postgresql"]
        {
            assert!(read(&Secret::new(url)).unwrap().tls.is_none(), "{url}");
        }
    }

    #[test]
    fn another_machine_is_verified_or_the_operator_says_otherwise() {
        assert!(refusal("postgres://u:p@db.example.com/db").contains("sslmode=verify-full"));
        assert!(refusal("postgres://u:p@localhost,db.example.com/db").contains("sslmode=verify-full"));
        assert!(refusal("postgres://u:p@localhost/db?hostaddr=192.0.2.1").contains("sslmode=verify-full"));
        assert!(read(&Secret::new("postgres://db.example.com/db?sslmode=disable")).unwrap().tls.is_none());
        assert!(refusal("postgres://db.example.com/db?sslmode=prefer").contains("other than"));
    }

    #[test]
    fn every_mode_that_encrypts_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let key = rcgen::generate_simple_self_signed(["db.example.com".into()]).unwrap();
        std::fs::write(&path, key.cert.pem()).unwrap();
        for mode in ["require", "verify-ca", "verify-full"] {
            let url = format!("postgres://db.example.com/db?sslmode={mode}&sslrootcert={}", path.display());
            let settings = read(&Secret::new(url)).unwrap();
            assert!(settings.tls.is_some());
            assert_eq!(settings.config.get_ssl_mode(), SslMode::Require);
        }
    }

    #[test]
    fn a_refusal_never_shows_the_password() {
        for url in
            ["postgres://u:hunter2@db:notaport/x", "mysql://u:hunter2@db/x", "postgres://u:hunter2@db/x?nosuch=1"]
        {
            let refusal = refusal(url);
            assert!(refusal.contains("URL") && !refusal.contains("hunter2"), "{refusal}");
        }
    }

    #[test]
    fn authorities_that_cannot_be_read_are_named() {
        let refusal = refusal("postgres://db/x?sslmode=require&sslrootcert=/nonexistent.pem");
        assert!(refusal.contains("/nonexistent.pem"), "{refusal}");
    }
}
