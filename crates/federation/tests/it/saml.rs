//! SAML responses: a corpus of documents, each a file that says what it is (`tests/saml/make.py` made them).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use federation::saml::{Assertion, Error, Expected, InvalidMetadata, Metadata};
use federation::{Settings, Verifier};
use vocab::Timestamp;

use crate::support::{NOW, Set};

const ACS: &str = "https://signin.aws.amazon.com/saml";

struct Case {
    name: String,
    facts: BTreeMap<String, String>,
    document: String,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let (head, document) = text.split_once("\n\n").unwrap();
        let facts = head.lines().map(|line| line.split_once(": ").unwrap());
        let facts: BTreeMap<_, _> = facts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let blanks = facts.get("fill").map_or(0, |count| count.parse().unwrap());
        let document = document.replace("FILL", &" ".repeat(blanks));
        Self { name: path.file_stem().unwrap().to_str().unwrap().to_owned(), facts, document }
    }

    fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    fn sent(&self) -> String {
        match self.fact("sent") {
            Some(_) => self.document.clone(),
            None => BASE64_STANDARD.encode(&self.document),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/saml")
}

fn cases(kind: &str) -> Vec<Case> {
    let mut paths: Vec<_> = fs::read_dir(folder().join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

fn metadata() -> Metadata {
    Metadata::parse(&fs::read_to_string(folder().join("metadata.xml")).unwrap()).unwrap()
}

fn verified(response: &str, at: i64, max_age: Option<std::time::Duration>) -> Result<Assertion, Error> {
    let clock = Set::new();
    clock.set(at);
    let verifier = Verifier::new(Settings::default(), clock).unwrap();
    let recipients = [ACS.to_owned()];
    let audiences = ["urn:amazon:webservices".to_owned(), ACS.to_owned()];
    verifier.saml(&metadata(), &Expected { recipients: &recipients, audiences: &audiences, max_age }, response)
}

fn answer(case: &Case) -> Result<Assertion, Error> {
    let at = case.fact("at").map_or(NOW, |at| Timestamp::from_iso8601(at).unwrap().seconds());
    verified(&case.sent(), at, None)
}

#[test]
fn genuine_documents_are_accepted() {
    let cases = cases("genuine");
    assert!(cases.len() >= 15);
    for case in cases {
        let what = case.fact("what").unwrap();
        let assertion = answer(&case).unwrap_or_else(|error| panic!("{} ({what}): {error}", case.name));
        assert_eq!(Some(assertion.name_id.as_str()), case.fact("subject"), "{}", case.name);
        assert_eq!(assertion.recipient, ACS);
        assert_eq!(assertion.values("https://aws.amazon.com/SAML/Attributes/RoleSessionName"), ["ada"]);
    }
}

#[test]
fn hostile_documents_are_refused_each_for_its_own_reason() {
    let cases = cases("hostile");
    assert!(cases.len() >= 80);
    let mut wrong = Vec::new();
    for case in &cases {
        let seen = answer(case).map_or_else(|error| error.to_string(), |_| "accepted".to_owned());
        if Some(seen.as_str()) != case.fact("reason") {
            wrong.push(format!("{}: {seen}\n    and not: {}", case.name, case.fact("reason").unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let reasons: BTreeSet<_> = cases.iter().map(|case| case.fact("reason").unwrap()).collect();
    assert!(reasons.len() >= 40, "{}", reasons.len());
}

#[test]
fn what_an_assertion_says() {
    let case = &cases("genuine")[0];
    let assertion = answer(case).unwrap();
    assert_eq!(assertion.issuer, "https://idp.example.test/metadata");
    assert_eq!(assertion.name_format, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
    assert_eq!(assertion.id, "_assertion");
    assert_eq!(assertion.issued_at, Timestamp::from_seconds(NOW - 30));
    assert_eq!(assertion.expires_at, Timestamp::from_seconds(NOW + 300));
    assert_eq!(assertion.session_ends, Some(Timestamp::from_seconds(NOW + 8 * 3600)));
    assert!(!assertion.one_time_use);
    let role = "arn:aws:iam::000000000000:role/player,arn:aws:iam::000000000000:saml-provider/idp";
    assert_eq!(assertion.values("https://aws.amazon.com/SAML/Attributes/Role"), [role]);
    assert!(assertion.values("absent").is_empty());
}

#[test]
fn an_assertion_can_be_too_old_before_it_ends() {
    let response = cases("genuine")[0].sent();
    let limit = Some(std::time::Duration::from_secs(60));
    assert!(verified(&response, NOW + 29, limit).is_ok());
    assert_eq!(verified(&response, NOW + 30, limit), Err(Error::TooOld { age: 60 }));
}

#[test]
fn a_genuine_document_with_any_byte_changed_says_the_same_or_is_refused() {
    for case in cases("genuine").into_iter().filter(|case| case.fact("sent").is_none()) {
        let said = answer(&case).unwrap();
        let step = 1 + case.document.len() / 150;
        for at in (0..case.document.len()).step_by(step) {
            let mut bytes = case.document.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(assertion) = verified(&BASE64_STANDARD.encode(&bytes), NOW, None) {
                assert_eq!(assertion, said, "{} at {at}", case.name);
            }
        }
    }
}

/// A long namespace that is used often would cost a thousand times the memory of the document.
#[test]
fn a_namespace_is_not_long() {
    const LARGEST: usize = 75_000;
    let namespace = format!("urn:{}", "n".repeat(LARGEST / 2));
    let response = |inner: &str| {
        format!(
            r#"<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:x="{namespace}" Version="2.0">{inner}</p:Response>"#
        )
    };
    let elements = "<x:a/>".repeat(1900);
    let attributes: String = (10..74).map(|number| format!(" x:a{number}=''")).collect();
    let attributes = format!("<a{attributes}/>").repeat(40);
    for document in [response(&elements), response(&attributes)] {
        let refused = verified(&BASE64_STANDARD.encode(&document), NOW, None).unwrap_err();
        assert_eq!(refused.to_string(), "the response cannot be read: it has too many bytes of a namespace");
    }
}

fn certificate(parameters: rcgen::CertificateParams, algorithm: &'static rcgen::SignatureAlgorithm) -> String {
    let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
    BASE64_STANDARD.encode(parameters.self_signed(&key).unwrap().der())
}

fn plain_certificate() -> String {
    certificate(
        rcgen::CertificateParams::new(vec!["idp.example.test".to_owned()]).unwrap(),
        &rcgen::PKCS_ECDSA_P256_SHA256,
    )
}

fn descriptor(attributes: &str, keys: &str) -> String {
    format!(
        r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" {attributes}><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}</md:IDPSSODescriptor></md:EntityDescriptor>"#
    )
}

fn key(usage: &str, certificate: &str) -> String {
    format!(
        "<md:KeyDescriptor {usage}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n{certificate}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
}

const ENTITY: &str = r#"entityID="https://idp.example.test""#;

#[test]
fn metadata_names_one_provider_and_its_keys() {
    let (first, second) = (plain_certificate(), plain_certificate());
    let keys = key("", &first) + &key(r#"use="signing""#, &second) + &key(r#"use="encryption""#, "not looked at");
    let alone = descriptor(&format!(r#"{ENTITY} validUntil="2027-01-16T00:00:00Z""#), &keys);
    let read = Metadata::parse(&format!("<?xml version='1.0'?><!-- x -->{alone}")).unwrap();
    assert_eq!(read.entity_id(), "https://idp.example.test");
    assert_eq!(read.valid_until(), Timestamp::from_iso8601("2027-01-16T00:00:00Z"));
    assert!(read.is_current(Timestamp::from_seconds(NOW)).is_ok());
    assert_eq!(read.is_current(Timestamp::from_seconds(NOW + 86_400)), Err(InvalidMetadata::Expired));
    let list = |inner: &str| {
        format!(
            r#"<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="2027-01-15T09:00:00Z">{inner}</md:EntitiesDescriptor>"#
        )
    };
    let service = r#"<md:EntityDescriptor entityID="sp"><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></md:EntityDescriptor>"#;
    let listed = Metadata::parse(&list(&format!("{service}{alone}"))).unwrap();
    assert_eq!(listed.valid_until(), Timestamp::from_iso8601("2027-01-15T09:00:00Z"));
    assert_eq!(Metadata::parse(&list(&format!("{alone}{alone}"))).unwrap_err(), InvalidMetadata::NotOneProvider(2));
    assert_eq!(Metadata::parse(&list(service)).unwrap_err(), InvalidMetadata::NotOneProvider(0));
}

#[test]
fn metadata_that_nobody_can_be_verified_by_is_refused() {
    let good = key(r#"use="signing""#, &plain_certificate());
    let mut repeating = rcgen::CertificateParams::new(vec!["a.b".to_owned()]).unwrap();
    let extension = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 99], vec![5, 0]);
    repeating.custom_extensions = vec![extension.clone(), extension];
    let repeating = certificate(repeating, &rcgen::PKCS_ECDSA_P256_SHA256);
    let edwards = certificate(rcgen::CertificateParams::new(vec!["a.b".to_owned()]).unwrap(), &rcgen::PKCS_ED25519);
    let eleven: String = (0..11).map(|_| key("", &plain_certificate())).collect();
    let many_ids = format!(r#"entityID="{}""#, "x".repeat(1025));
    for (document, wanted) in [
        (descriptor(ENTITY, ""), InvalidMetadata::NoSigningKey),
        (descriptor(ENTITY, &key(r#"use="encryption""#, &plain_certificate())), InvalidMetadata::NoSigningKey),
        (descriptor(ENTITY, &key("", "AAAA")), InvalidMetadata::UnusableCertificate),
        (descriptor(ENTITY, &key("", "!")), InvalidMetadata::UnusableCertificate),
        (descriptor(ENTITY, &(good.clone() + &key("", &repeating))), InvalidMetadata::UnusableCertificate),
        (descriptor(ENTITY, &key("", &edwards)), InvalidMetadata::UnusableCertificate),
        (descriptor(ENTITY, &key("", WEAK)), InvalidMetadata::UnusableCertificate),
        (descriptor(ENTITY, &eleven), InvalidMetadata::TooManyKeys(10)),
        (descriptor("", &good), InvalidMetadata::EntityId),
        (descriptor(&many_ids, &good), InvalidMetadata::EntityId),
        (descriptor(&format!(r#"{ENTITY} validUntil="tomorrow""#), &good), InvalidMetadata::ValidUntil),
        (
            descriptor(ENTITY, &good).replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
            InvalidMetadata::NotOneProvider(0),
        ),
        ("<a/>".to_owned(), InvalidMetadata::NotMetadata),
    ] {
        assert_eq!(Metadata::parse(&document).unwrap_err(), wanted, "{document:.300}");
    }
    for unread in ["", "metadata", "<!DOCTYPE a><a/>"] {
        assert!(matches!(Metadata::parse(unread), Err(InvalidMetadata::Malformed(_))), "{unread}");
    }
}

#[test]
fn metadata_is_read_once_for_each_version_of_its_record() {
    let verifier = Verifier::new(Settings::default(), Set::new()).unwrap();
    let document = descriptor(ENTITY, &key("", &plain_certificate()));
    let first = verifier.saml_metadata([1; 16], &document).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &verifier.saml_metadata([1; 16], "not read").unwrap()));
    assert!(verifier.saml_metadata([2; 16], "not metadata").is_err());
    assert!(verifier.saml_metadata([2; 16], &document).is_ok());
}

/// A certificate with an RSA key of 1,024 bits.
const WEAK: &str = "MIIB9DCCAV2gAwIBAgIUbKI2uWJAxnTxz16n7IBTDMgLkX0wDQYJKoZIhvcNAQELBQAwDDEKMAgGA1UEAwwBdzAeFw0yNjExMjQxMjIwNTdaFw0zNjExMjExMjIwNTdaMAwxCjAIBgNVBAMMAXcwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAMyH8muZYdJ4CrRZCGn8PNbarb4+ZujpPoz3gHlnrat7PAHX9FAAuuGebWi3fT5M6/OqOdalztzsfIuP7BsRBNhKRCu6uRDzhzxuKWAM3FD3kXhLo8huVMTBhMCnYTpgbHweDNXTK2YfjgxlxUMbALT9+G/xQaZou+7S7aTzvpo5AgMBAAGjUzBRMB0GA1UdDgQWBBR+rkMvupDThOJeGwe0NkwiX8tPVjAfBgNVHSMEGDAWgBR+rkMvupDThOJeGwe0NkwiX8tPVjAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAAz/aHlojQhTW7bRiJ6up2LswwfiWoSTOcl4ug88JhZ9niF+6RauAZ3jdyweakHsZ+wFKs1vvtRnMqYMb8nRmrhjvM8Z2lRef6isIr0JDHD1eLWGkQvA6u/hix9Bg8dPjUyjfDiCSdzukDImQLpBVSpWzoVdmTBkk5tOCeCdQj8u";
