//! SAML responses: any document is read or refused without a panic, and nothing is accepted that the provider did not
//! sign, whatever is done to what it signed. The same text is tried as metadata.

#![no_main]

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use federation::saml::{Assertion, Error, Expected, Metadata};
use federation::{Settings, Verifier};
use libfuzzer_sys::fuzz_target;
use vocab::{Clock, Timestamp};

fuzz_target!(|document: &[u8]| {
    if let Ok(text) = std::str::from_utf8(document) {
        if let Ok(metadata) = Metadata::parse(text) {
            assert!(!metadata.entity_id().is_empty());
        }
    }
    if let Ok(assertion) = WORLD.read(document) {
        assert!(WORLD.signed.contains(&assertion), "the provider never said {assertion:?}");
    }
});

struct World {
    verifier: Verifier,
    metadata: Metadata,
    recipients: Vec<String>,
    audiences: Vec<String>,
    /// All that the provider ever said.
    signed: Vec<Assertion>,
}

impl World {
    fn read(&self, document: &[u8]) -> Result<Assertion, Error> {
        let expected = Expected { recipients: &self.recipients, audiences: &self.audiences, max_age: None };
        self.verifier.saml(&self.metadata, &expected, &BASE64_STANDARD.encode(document))
    }
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let recipient = "https://signin.aws.amazon.com/saml";
    let mut world = World {
        verifier: Verifier::new(Settings { system_roots: false, ..Settings::default() }, Arc::new(Standing))
            .expect("settings"),
        metadata: Metadata::parse(include_str!("../../crates/federation/tests/saml/metadata.xml")).expect("metadata"),
        recipients: vec![recipient.to_owned()],
        audiences: vec!["urn:amazon:webservices".to_owned(), recipient.to_owned()],
        signed: Vec::new(),
    };
    for file in GENUINE {
        let (_, document) = file.split_once("\n\n").expect("a head and a document");
        let said = world.read(document.as_bytes()).expect("a genuine document");
        world.signed.push(said);
    }
    world
});

const GENUINE: [&str; 5] = [
    include_str!("../../crates/federation/tests/saml/genuine/assertion_signed.saml"),
    include_str!("../../crates/federation/tests/saml/genuine/response_signed.saml"),
    include_str!("../../crates/federation/tests/saml/genuine/elliptic.saml"),
    include_str!("../../crates/federation/tests/saml/genuine/escapes.saml"),
    include_str!("../../crates/federation/tests/saml/genuine/several_restrictions.saml"),
];

/// The time that the documents were made for.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000)
    }
}
