//! Metadata of an identity provider: who it is, and by which keys it signs.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use vocab::Timestamp;

use super::error::InvalidMetadata;
use super::names::{METADATA, PROTOCOL, SIGNATURE};
use super::xml::{Bounds, Document, Node};
use crate::certificate;
use crate::keys::PublicKey;

/// What metadata says of the one identity provider in it.
#[derive(Debug)]
pub struct Metadata {
    entity_id: String,
    keys: Vec<PublicKey>,
    valid_until: Option<Timestamp>,
}

impl Metadata {
    /// Reads metadata: one entity, or a list of which one is an identity provider of SAML 2.0. Its signing keys are
    /// those of its certificates; the dates of the certificates do not matter, since the metadata vouches for the keys.
    /// Whether it is still valid is for [`Metadata::is_current`] to say.
    pub fn parse(document: &str) -> Result<Self, InvalidMetadata> {
        let document = Document::parse(document.as_bytes(), BOUNDS)?;
        let root = document.root().ok_or(InvalidMetadata::NotMetadata)?;
        let entities: Vec<Node<'_>> =
            match (root.is(METADATA, "EntityDescriptor"), root.is(METADATA, "EntitiesDescriptor")) {
                (true, _) => vec![root],
                (_, true) => document.all().filter(|node| node.is(METADATA, "EntityDescriptor")).collect(),
                _ => return Err(InvalidMetadata::NotMetadata),
            };
        let providers: Vec<_> =
            entities.into_iter().flat_map(|entity| descriptors(entity).map(move |of| (entity, of))).collect();
        let [(entity, descriptor)] = providers.as_slice() else {
            return Err(InvalidMetadata::NotOneProvider(providers.len()));
        };
        let entity_id = entity.attribute("entityID").unwrap_or_default();
        if entity_id.is_empty() || entity_id.len() > MAX_ENTITY_ID {
            return Err(InvalidMetadata::EntityId);
        }
        let keys = keys(*descriptor)?;
        Ok(Self { entity_id: entity_id.to_owned(), keys, valid_until: valid_until(*descriptor)? })
    }

    /// The provider's name: what assertions name as their issuer.
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Until when the metadata counts, where it says so.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// Errs where the metadata's own validity has ended.
    pub fn is_current(&self, now: Timestamp) -> Result<(), InvalidMetadata> {
        match self.valid_until {
            Some(until) if now >= until => Err(InvalidMetadata::Expired),
            _ => Ok(()),
        }
    }

    pub(crate) fn keys(&self) -> &[PublicKey] {
        &self.keys
    }
}

/// The roles of an entity in which it is an identity provider of SAML 2.0.
fn descriptors(entity: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    entity.children_named(METADATA, "IDPSSODescriptor").filter(|descriptor| {
        let protocols = descriptor.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols.split_ascii_whitespace().any(|protocol| protocol == PROTOCOL)
    })
}

/// The earliest end that the provider or anything around it has.
fn valid_until(descriptor: Node<'_>) -> Result<Option<Timestamp>, InvalidMetadata> {
    let mut earliest: Option<Timestamp> = None;
    let mut node = Some(descriptor);
    while let Some(current) = node {
        if let Some(text) = current.attribute("validUntil") {
            let until = Timestamp::from_iso8601(text).ok_or(InvalidMetadata::ValidUntil)?;
            earliest = Some(earliest.map_or(until, |known| known.min(until)));
        }
        node = current.parent();
    }
    Ok(earliest)
}

fn keys(descriptor: Node<'_>) -> Result<Vec<PublicKey>, InvalidMetadata> {
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for key in descriptor.children_named(METADATA, "KeyDescriptor") {
        if key.attribute("use").is_some_and(|usage| usage != "signing") {
            continue;
        }
        let infos = key.children_named(SIGNATURE, "KeyInfo");
        let data = infos.flat_map(|info| info.children_named(SIGNATURE, "X509Data"));
        for certificate in data.flat_map(|data| data.children_named(SIGNATURE, "X509Certificate")) {
            let text: String = certificate.text().chars().filter(|c| !c.is_ascii_whitespace()).collect();
            let der = BASE64_STANDARD.decode(text).map_err(|_| InvalidMetadata::UnusableCertificate)?;
            if !seen.contains(&der) {
                seen.push(der);
            }
            if seen.len() > MAX_KEYS {
                return Err(InvalidMetadata::TooManyKeys(MAX_KEYS));
            }
        }
    }
    if seen.is_empty() {
        return Err(InvalidMetadata::NoSigningKey);
    }
    let key = |der: &Vec<u8>| match certificate::repeats_extension(der) {
        true => Err(InvalidMetadata::UnusableCertificate),
        false => PublicKey::of_certificate(der).map_err(|_| InvalidMetadata::UnusableCertificate),
    };
    seen.iter().map(key).collect()
}

/// What IAM takes.
const BOUNDS: Bounds = Bounds { bytes: 10_000_000, elements: 100_000 };
/// Keys that a provider may sign by at a time.
const MAX_KEYS: usize = 10;
/// What SAML allows for an entity id.
const MAX_ENTITY_ID: usize = 1024;
