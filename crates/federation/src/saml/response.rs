//! From the text that was sent to the bytes that were signed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::Expected;
use super::assertion::{self, Assertion, Times};
use super::error::{Error, Malformed};
use super::metadata::Metadata;
use super::names::{ASSERTION, ENCRYPTION, PROTOCOL, SIGNATURE, SUCCESS};
use super::signature;
use super::xml::{Bounds, Document, Node};

/// Verifies a response; [`Verifier::saml`](crate::Verifier::saml) says how.
pub(crate) fn verify(
    metadata: &Metadata,
    expected: &Expected<'_>,
    response: &str,
    times: Times,
) -> Result<Assertion, Error> {
    let document = Document::parse(&decoded(response)?, BOUNDS)?;
    let (root, assertion) = shape(&document)?;
    let signed_response = signature::of(root)?.map(|signature| signature::verified(root, signature, metadata));
    let signed_assertion =
        signature::of(assertion)?.map(|signature| signature::verified(assertion, signature, metadata));
    // Where both are signed, both must hold.
    let read = |signed: Result<Vec<u8>, Error>| Ok::<_, Error>(Document::parse(&signed?, BOUNDS)?);
    let signed_response = signed_response.map(read).transpose()?;
    let signed_assertion = signed_assertion.map(read).transpose()?;
    match (&signed_response, &signed_assertion) {
        // Around a signed assertion stands what anybody may have written: it can only make the answer no.
        (envelope, Some(assertion)) => {
            accepted(envelope.as_ref().and_then(Document::root).unwrap_or(root), metadata, expected)?;
            assertion::read(assertion.root().ok_or(Error::NotOneAssertion(0))?, metadata, expected, times)
        }
        (Some(signed), None) => {
            let (root, assertion) = shape(signed)?;
            accepted(root, metadata, expected)?;
            assertion::read(assertion, metadata, expected, times)
        }
        (None, None) => Err(Error::Unsigned),
    }
}

/// Base64, in one line or in many.
fn decoded(response: &str) -> Result<Vec<u8>, Error> {
    if response.len() > MAX_RESPONSE {
        return Err(Error::Malformed(Malformed::TooLarge("bytes")));
    }
    let text: String = response.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(text).map_err(|_| Error::NotBase64)
}

/// The response and its one assertion, of a document in which a signature can mean nothing else than it seems to.
fn shape(document: &Document) -> Result<(Node<'_>, Node<'_>), Error> {
    let root = document.root().filter(|root| root.is(PROTOCOL, "Response")).ok_or(Error::NotAResponse)?;
    if root.attribute("Version") != Some("2.0") {
        return Err(Error::NotAResponse);
    }
    ids_are_unique(document)?;
    if document.all().any(is_encrypted) {
        return Err(Error::Encrypted);
    }
    let mut assertions = document.all().filter(|node| node.is(ASSERTION, "Assertion"));
    let (Some(assertion), None) = (assertions.next(), assertions.next()) else {
        return Err(Error::NotOneAssertion(document.all().filter(|node| node.is(ASSERTION, "Assertion")).count()));
    };
    if !assertion.parent().is_some_and(|parent| parent.is_same(root)) {
        return Err(Error::MisplacedAssertion);
    }
    let belongs = |signature: Node<'_>| {
        signature.parent().is_some_and(|parent| parent.is_same(root) || parent.is_same(assertion))
    };
    match document.all().filter(|node| node.is(SIGNATURE, "Signature")).all(belongs) {
        true => Ok((root, assertion)),
        false => Err(Error::MisplacedSignature),
    }
}

/// Without a DOCTYPE no attribute is an id by definition: whatever is called one counts.
fn ids_are_unique(document: &Document) -> Result<(), Error> {
    let ids = document.all().flat_map(Node::attributes);
    let ids = ids.filter(|attribute| attribute.name.eq_ignore_ascii_case("id")).map(|attribute| &attribute.value);
    let mut seen: Vec<&String> = ids.collect();
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    if seen.len() == all { Ok(()) } else { Err(Error::RepeatedId) }
}

fn is_encrypted(node: Node<'_>) -> bool {
    const NAMES: [&str; 3] = ["EncryptedAssertion", "EncryptedID", "EncryptedAttribute"];
    node.is(ENCRYPTION, "EncryptedData") || NAMES.iter().any(|name| node.is(ASSERTION, name))
}

/// Whether the response itself says that it is a success of this provider, meant for us.
fn accepted(root: Node<'_>, metadata: &Metadata, expected: &Expected<'_>) -> Result<(), Error> {
    let mut status = root.children_named(PROTOCOL, "Status");
    let (Some(status), None) = (status.next(), status.next()) else { return Err(Error::Missing("Status")) };
    let code = status.children_named(PROTOCOL, "StatusCode").next().ok_or(Error::Missing("StatusCode"))?;
    let value = code.attribute("Value").unwrap_or_default();
    if value != SUCCESS {
        return Err(Error::NoSuccess(assertion::shown(value)));
    }
    for issuer in root.children_named(ASSERTION, "Issuer") {
        assertion::check_issuer(issuer, metadata)?;
    }
    match root.attribute("Destination").filter(|destination| !destination.is_empty()) {
        Some(destination) if !expected.recipients.iter().any(|accepted| accepted == destination) => {
            Err(Error::WrongDestination(assertion::shown(destination)))
        }
        _ => Ok(()),
    }
}

/// What the widest of our APIs takes.
const MAX_RESPONSE: usize = 100_000;
const BOUNDS: Bounds = Bounds { bytes: 128 * 1024, elements: 2000 };
