//! XML signatures, as narrow as SAML lets them be: one reference, to the element that the signature stands in.
//!
//! What a signature proves is a string of bytes. [`verified`] gives back exactly those bytes, and nothing of an
//! assertion is ever read from anywhere else. Keys come from the registered metadata; a `KeyInfo` is not looked at.

use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::canonical;
use super::error::{Error, Malformed};
use super::metadata::Metadata;
use super::names::{ENVELOPED, EXCLUSIVE, SIGNATURE};
use super::xml::{Bounds, Document, Node};
use crate::keys::Algorithm;

/// The signature directly in an element, where it has one. Errs where it has several.
pub(crate) fn of(element: Node<'_>) -> Result<Option<Node<'_>>, Error> {
    let mut found = element.children_named(SIGNATURE, "Signature");
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Error::MisplacedSignature),
        (first, None) => Ok(first),
    }
}

/// The bytes of `element` that one of the provider's keys signed: its canonical form without `signature`, which stands
/// directly in it.
pub(crate) fn verified(element: Node<'_>, signature: Node<'_>, metadata: &Metadata) -> Result<Vec<u8>, Error> {
    let parts: Vec<_> = signature.children().map(Node::name).collect();
    if !matches!(parts.as_slice(), ["SignedInfo", "SignatureValue"] | ["SignedInfo", "SignatureValue", "KeyInfo"]) {
        return Err(Error::SignatureForm("other parts than SignedInfo, SignatureValue and KeyInfo"));
    }
    let info = only(signature, "SignedInfo")?;
    let value = base64(only(signature, "SignatureValue")?)?;
    // From here on what the signature says is read from the bytes that were signed.
    let method = canonicalization(only(info, "CanonicalizationMethod")?)?;
    let signed = canonical::exclusive(info, None, &method);
    let info = Document::parse(&signed, BOUNDS)?;
    let info = info.root().ok_or(Error::SignatureForm("no SignedInfo"))?;
    let algorithm = algorithm(only(info, "SignatureMethod")?)?;
    if !metadata.keys().iter().any(|key| key.signed(algorithm, &signed, &value)) {
        return Err(Error::BadSignature);
    }
    let reference = reference(info)?;
    if element.attribute("ID").is_none_or(|id| id.is_empty() || reference.id != id) {
        return Err(Error::ForeignReference);
    }
    let inclusive: Vec<&str> = reference.inclusive.iter().map(String::as_str).collect();
    let bytes = canonical::exclusive(element, Some(signature), &inclusive);
    match digest::digest(reference.digest, &bytes).as_ref() == reference.wanted {
        true => Ok(bytes),
        false => Err(Error::BadDigest),
    }
}

struct Reference {
    id: String,
    inclusive: Vec<String>,
    digest: &'static digest::Algorithm,
    wanted: Vec<u8>,
}

fn reference(info: Node<'_>) -> Result<Reference, Error> {
    let parts: Vec<_> = info.children().map(Node::name).collect();
    match parts.as_slice() {
        ["CanonicalizationMethod", "SignatureMethod", "Reference"] => {}
        ["CanonicalizationMethod", "SignatureMethod", "Reference", ..] => return Err(Error::ForeignReference),
        _ => return Err(Error::SignatureForm("other parts of SignedInfo than method, method and reference")),
    }
    let reference = only(info, "Reference")?;
    let id = reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')).ok_or(Error::ForeignReference)?;
    let transforms: Vec<_> = only(reference, "Transforms")?.children().collect();
    for transform in &transforms {
        let seen = transform.attribute("Algorithm").unwrap_or_default();
        if !transform.is(SIGNATURE, "Transform") || ![ENVELOPED, EXCLUSIVE].contains(&seen) {
            return Err(unsupported("transform", seen));
        }
    }
    let [enveloped, exclusive] = transforms.as_slice() else {
        return Err(Error::SignatureForm("other transforms than the two that SAML has"));
    };
    if enveloped.attribute("Algorithm") != Some(ENVELOPED) || exclusive.attribute("Algorithm") != Some(EXCLUSIVE) {
        return Err(Error::SignatureForm("other transforms than the two that SAML has"));
    }
    let method = only(reference, "DigestMethod")?.attribute("Algorithm").unwrap_or_default();
    let digest = match method {
        "http://www.w3.org/2001/04/xmlenc#sha256" => &SHA256,
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => &SHA384,
        "http://www.w3.org/2001/04/xmlenc#sha512" => &SHA512,
        other => return Err(unsupported("digest", other)),
    };
    let wanted = base64(only(reference, "DigestValue")?)?;
    let inclusive = inclusive(*exclusive)?.into_iter().map(str::to_owned).collect();
    Ok(Reference { id: id.to_owned(), inclusive, digest, wanted })
}

fn canonicalization(method: Node<'_>) -> Result<Vec<&str>, Error> {
    match method.attribute("Algorithm").unwrap_or_default() {
        EXCLUSIVE => inclusive(method),
        other => Err(unsupported("canonicalization", other)),
    }
}

/// The prefixes of `InclusiveNamespaces`.
fn inclusive(method: Node<'_>) -> Result<Vec<&str>, Error> {
    let mut children = method.children();
    let Some(child) = children.next() else { return Ok(Vec::new()) };
    if !child.is(EXCLUSIVE, "InclusiveNamespaces") || children.next().is_some() {
        return Err(Error::SignatureForm("parameters of a canonicalization"));
    }
    let prefixes: Vec<_> = child.attribute("PrefixList").unwrap_or_default().split_ascii_whitespace().collect();
    match prefixes.len() <= MAX_PREFIXES {
        true => Ok(prefixes),
        false => Err(Error::Malformed(Malformed::TooLarge("prefixes"))),
    }
}

fn algorithm(method: Node<'_>) -> Result<Algorithm, Error> {
    let seen = method.attribute("Algorithm").unwrap_or_default();
    let found = match seen.strip_prefix("http://www.w3.org/2001/04/xmldsig-more#") {
        Some("rsa-sha256") => Some(Algorithm::Rs256),
        Some("rsa-sha384") => Some(Algorithm::Rs384),
        Some("rsa-sha512") => Some(Algorithm::Rs512),
        Some("ecdsa-sha256") => Some(Algorithm::Es256),
        Some("ecdsa-sha384") => Some(Algorithm::Es384),
        Some("ecdsa-sha512") => Some(Algorithm::Es512),
        _ => None,
    };
    match found {
        // A length in bits is how HMAC signatures were once cut to nothing.
        Some(_) if method.children().next().is_some() => Err(Error::SignatureForm("parameters of a signature method")),
        Some(algorithm) => Ok(algorithm),
        None => Err(unsupported("method", seen)),
    }
}

fn unsupported(what: &'static str, seen: &str) -> Error {
    Error::UnsupportedAlgorithm { what, seen: seen.chars().take(MAX_SHOWN).collect() }
}

/// The one part of this name.
fn only<'a>(node: Node<'a>, name: &'static str) -> Result<Node<'a>, Error> {
    let mut found = node.children_named(SIGNATURE, name);
    match (found.next(), found.next()) {
        (Some(part), None) => Ok(part),
        _ => Err(Error::SignatureForm("a part is missing or stands twice")),
    }
}

fn base64(node: Node<'_>) -> Result<Vec<u8>, Error> {
    let text: String = node.text().chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(text).map_err(|_| Error::SignatureForm("a value is not base64"))
}

const BOUNDS: Bounds = Bounds { bytes: 16 * 1024, elements: 100 };
const MAX_PREFIXES: usize = 32;
const MAX_SHOWN: usize = 100;
