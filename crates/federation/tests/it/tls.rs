//! Whose certificates are believed.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use federation::{Error, Issuer, Provider, Reason, Verifier};
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use serde_json::json;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs as algorithms;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use crate::support::{Set, Signer, Site, claims, publish, settings};

/// What the issuer's host serves.
struct Served {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

const UNTRUSTED: Result<(), Error> = Err(Error::ThumbprintMismatch);
const NO_TLS: Result<(), Error> = Err(Error::CannotFetchKeys(Reason::Tls));

#[tokio::test]
async fn a_configured_authority_is_believed() {
    let authority = authority(2020, 2050);
    let pem = authority.pem();
    assert_eq!(ask(signed(&authority, "localhost", 2050), &[], Some(pem)).await, Ok(()));
    // A listed digest that is not served does not matter then.
    let authority = self::authority(2020, 2050);
    let pem = authority.pem();
    assert_eq!(ask(signed(&authority, "localhost", 2050), &[[7; 20]], Some(pem)).await, Ok(()));
}

#[tokio::test]
async fn an_unknown_authority_is_believed_by_its_thumbprint() {
    let authority = authority(2020, 2050);
    let right = thumbprint(authority.der());
    assert_eq!(ask(signed(&authority, "localhost", 2050), &[[7; 20], right], None).await, Ok(()));
    assert_eq!(ask(signed(&authority, "localhost", 2050), &[[7; 20]], None).await, UNTRUSTED);
    assert_eq!(ask(signed(&authority, "localhost", 2050), &[], None).await, UNTRUSTED);
}

#[tokio::test]
async fn a_thumbprint_replaces_neither_host_name_nor_dates() {
    let current = authority(2020, 2050);
    let listed = [thumbprint(current.der())];
    assert_eq!(ask(signed(&current, "evil.example.com", 2050), &listed, None).await, NO_TLS);
    assert_eq!(ask(signed(&current, "localhost", 2025), &listed, None).await, NO_TLS);
    let expired = authority(2020, 2025);
    assert_eq!(ask(signed(&expired, "localhost", 2050), &[thumbprint(expired.der())], None).await, NO_TLS);
}

#[tokio::test]
async fn a_listed_certificate_in_an_unrelated_chain_vouches_for_nothing() {
    let listed = authority(2020, 2050);
    // Of the same name, so that only the signature tells them apart, and of another.
    for (other, refused) in [(authority(2020, 2050), NO_TLS), (authority_named("another", 2020, 2050), UNTRUSTED)] {
        let mut served = signed(&other, "localhost", 2050);
        served.chain.push(listed.der().clone());
        assert_eq!(ask(served, &[thumbprint(listed.der())], None).await, refused);
    }
}

#[tokio::test]
async fn a_self_signed_certificate_needs_its_thumbprint() {
    let served = self_signed("localhost", 2050);
    let right = thumbprint(&served.chain[0]);
    assert_eq!(ask(served, &[right], None).await, Ok(()));
    assert_eq!(ask(self_signed("localhost", 2050), &[], None).await, UNTRUSTED);
    assert_eq!(ask(self_signed("localhost", 2050), &[right], None).await, UNTRUSTED);
    for (host, until) in [("evil.example.com", 2050), ("localhost", 2025)] {
        let served = self_signed(host, until);
        let right = thumbprint(&served.chain[0]);
        assert_eq!(ask(served, &[right], None).await, NO_TLS, "{host} {until}");
    }
}

#[tokio::test]
async fn a_listed_certificate_without_its_key_is_refused() {
    let mut served = self_signed("localhost", 2050);
    let right = thumbprint(&served.chain[0]);
    served.key = KeyPair::generate().unwrap();
    assert_eq!(ask(served, &[right], None).await, NO_TLS);
}

/// The outcome of a good token whose issuer serves this certificate.
async fn ask(served: Served, thumbprints: &[[u8; 20]], root: Option<String>) -> Result<(), Error> {
    let signer = Signer::ec("one", "ES256");
    let site = Site::start(Some(config(served))).await;
    let issuer = format!("https://{}", site.place);
    let (named, keys) = (issuer.clone(), json!({"keys": [signer.jwk()]}));
    site.answers(move |path| publish(path, &named, &keys));
    let mut settings = settings(&site);
    settings.extra_roots.extend(root);
    let verifier = Verifier::new(settings, Set::new()).unwrap();
    let provider = Provider::new(Issuer::parse(&issuer).unwrap(), thumbprints.to_vec(), 1);
    verifier.oidc(&provider, &signer.token(&claims(&issuer, json!({})))).await.map(|_| ())
}

/// The tests' time is in 2027.
fn authority(from: i32, until: i32) -> CertifiedIssuer<'static, KeyPair> {
    authority_named("authority", from, until)
}

fn authority_named(name: &str, from: i32, until: i32) -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.not_before = date_time_ymd(from, 1, 1);
    parameters.not_after = date_time_ymd(until, 1, 1);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

fn leaf(host: &str, until: i32) -> CertificateParams {
    let mut parameters = CertificateParams::new(vec![host.to_owned()]).unwrap();
    parameters.not_before = date_time_ymd(2020, 1, 1);
    parameters.not_after = date_time_ymd(until, 1, 1);
    parameters
}

fn signed(authority: &CertifiedIssuer<'static, KeyPair>, host: &str, until: i32) -> Served {
    let key = KeyPair::generate().unwrap();
    let certificate = leaf(host, until).signed_by(&key, authority).unwrap();
    Served { chain: vec![certificate.der().clone(), authority.der().clone()], key }
}

fn self_signed(host: &str, until: i32) -> Served {
    let key = KeyPair::generate().unwrap();
    let certificate: Certificate = leaf(host, until).self_signed(&key).unwrap();
    Served { chain: vec![certificate.der().clone()], key }
}

fn thumbprint(certificate: &CertificateDer<'_>) -> [u8; 20] {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate).as_ref().try_into().unwrap()
}

/// Serves the chain whether or not the key belongs to it.
fn config(served: Served) -> ServerConfig {
    #[derive(Debug)]
    struct Always(Arc<CertifiedKey>);
    impl ResolvesServerCert for Always {
        fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            Some(Arc::clone(&self.0))
        }
    }
    let provider = Arc::new(algorithms::default_provider());
    let der = PrivateKeyDer::try_from(served.key.serialize_der()).unwrap();
    let key = provider.key_provider.load_private_key(der).unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(Arc::new(CertifiedKey::new(served.chain, key)))))
}
