//! An issuer's public keys. A key says which algorithms it verifies; a token's header only chooses among them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use vocab::Invalid;

use crate::certificate::{self, Material};
use crate::error::{Error, Reason};
use crate::json;

/// A signature algorithm of tokens. There is no `none` and no HMAC to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
}

impl Algorithm {
    /// The algorithm with this name in a JWT header.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "RS384" => Some(Self::Rs384),
            "RS512" => Some(Self::Rs512),
            "ES256" => Some(Self::Es256),
            "ES384" => Some(Self::Es384),
            "ES512" => Some(Self::Es512),
            _ => None,
        }
    }
}

/// One public key with its id.
pub struct PublicKey {
    id: Option<String>,
    usable: Usable,
}

impl PublicKey {
    /// An RSA key from modulus and exponent (big endian) that verifies one algorithm.
    /// Errs on fewer than 2,048 or more than 8,192 bits, an even or tiny exponent, and on algorithms of other keys.
    pub fn rsa(id: &str, modulus: &[u8], exponent: &[u8], algorithm: Algorithm) -> Result<Self, Invalid> {
        match rsa(modulus, exponent, Some(algorithm)) {
            usable @ Usable::For(_) => Ok(Self { id: Some(id.to_owned()), usable }),
            Usable::Weak | Usable::Never => Err(Invalid { what: "RSA public key" }),
        }
    }

    /// The key of a DER certificate, for every algorithm that it can be used with. Errs where the certificate cannot
    /// be read, or its key is of another kind or too weak.
    pub(crate) fn of_certificate(certificate: &[u8]) -> Result<Self, Error> {
        let usable = match certificate::material(certificate) {
            Some(Material::Rsa(modulus, exponent)) => rsa(modulus, exponent, None),
            Some(Material::Ec(curve, point)) => {
                let (x, y) = point.split_at(point.len() / 2);
                ec(curve, x, y, None).unwrap_or(Usable::Never)
            }
            None => Usable::Never,
        };
        match usable {
            usable @ Usable::For(_) => Ok(Self { id: None, usable }),
            Usable::Weak => Err(Error::WeakKey),
            Usable::Never => Err(Error::UnsupportedAlgorithm),
        }
    }

    /// Whether this is the key's signature of `signed`; never so for an algorithm that is not the key's.
    pub(crate) fn signed(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        self.verifier(algorithm).is_ok_and(|key| key.verify_sig(signed, signature).is_ok())
    }

    fn from_jwk(jwk: &Map<String, Value>) -> Self {
        let id = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
        let usable = if is_for_signatures(jwk) { material(jwk).unwrap_or(Usable::Never) } else { Usable::Never };
        Self { id, usable }
    }

    fn verifier(&self, algorithm: Algorithm) -> Result<&ParsedPublicKey, Error> {
        match &self.usable {
            Usable::For(all) => {
                all.iter().find_map(|(of, key)| (*of == algorithm).then_some(key)).ok_or(Error::UnsupportedAlgorithm)
            }
            Usable::Weak => Err(Error::WeakKey),
            Usable::Never => Err(Error::UnsupportedAlgorithm),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keys of one issuer at one time.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<PublicKey>,
    generation: u64,
}

impl KeySet {
    /// A set of keys. Each set is a generation of its own: what was verified under one is not remembered
    /// under another, so a caller keeps one set until its keys change.
    pub fn new(keys: Vec<PublicKey>) -> Self {
        static GENERATIONS: AtomicU64 = AtomicU64::new(0);
        Self { keys, generation: GENERATIONS.fetch_add(1, Ordering::Relaxed) }
    }

    /// Reads a JWK set document. Keys that verify no token (secrets, keys for encryption, unknown kinds) stay
    /// in it by name alone. Errs where it is no such document, has more than `limit` keys, or none of use.
    pub fn parse(document: &[u8], limit: usize) -> Result<Self, Reason> {
        let document = json::object(document).ok_or(Reason::Document)?;
        let Some(Value::Array(list)) = document.get("keys") else { return Err(Reason::Document) };
        if list.len() > limit {
            return Err(Reason::TooLarge);
        }
        let keys: Vec<_> = list.iter().filter_map(Value::as_object).map(PublicKey::from_jwk).collect();
        if !keys.iter().any(|key| matches!(key.usable, Usable::For(_))) {
            return Err(Reason::Document);
        }
        Ok(Self::new(keys))
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Verifies a signature by the key with this id; a token without key id needs exactly one key that fits.
    pub(crate) fn verify(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.choose(id, algorithm)?.verify_sig(signed, signature).map_err(|_| Error::BadSignature)
    }

    fn choose(&self, id: Option<&str>, algorithm: Algorithm) -> Result<&ParsedPublicKey, Error> {
        let Some(id) = id else {
            let mut fitting = self.keys.iter().filter_map(|key| key.verifier(algorithm).ok());
            return match (fitting.next(), fitting.next()) {
                (Some(key), None) => Ok(key),
                _ => Err(Error::UnknownKey),
            };
        };
        // Some issuers give an RSA and an EC key one id.
        let mut outcome = Err(Error::UnknownKey);
        for key in self.keys.iter().filter(|key| key.id.as_deref() == Some(id)) {
            outcome = key.verifier(algorithm);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

/// Where the keys of an issuer come from that we do not ask: our own.
pub trait Keys: Send + Sync {
    /// The keys as they are now: the same set until they change.
    fn keys(&self) -> Arc<KeySet>;
}

impl Keys for Arc<KeySet> {
    fn keys(&self) -> Arc<KeySet> {
        Self::clone(self)
    }
}

enum Usable {
    For(Vec<(Algorithm, ParsedPublicKey)>),
    Weak,
    Never,
}

fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let used = jwk.get("use").is_none_or(|purpose| purpose == "sig");
    let operations =
        jwk.get("key_ops").is_none_or(|all| all.as_array().is_some_and(|all| all.iter().any(|one| one == "verify")));
    used && operations
}

fn material(jwk: &Map<String, Value>) -> Option<Usable> {
    let algorithm = match jwk.get("alg") {
        None => None,
        Some(name) => Some(Algorithm::named(name.as_str()?)?),
    };
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?.trim_end_matches('=')).ok();
    match jwk.get("kty")?.as_str()? {
        "RSA" => Some(rsa(&bytes("n")?, &bytes("e")?, algorithm)),
        "EC" => ec(jwk.get("crv")?.as_str()?, &bytes("x")?, &bytes("y")?, algorithm),
        _ => None,
    }
}

fn rsa(modulus: &[u8], exponent: &[u8], algorithm: Option<Algorithm>) -> Usable {
    let modulus = without_leading_zeros(modulus);
    let exponent = without_leading_zeros(exponent);
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    if bits < MIN_RSA_BITS || exponent == [1] {
        return Usable::Weak;
    }
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    if bits > MAX_RSA_BITS || exponent.len() > MAX_EXPONENT || !is_odd(exponent) || !is_odd(modulus) {
        return Usable::Never;
    }
    let components = RsaPublicKeyComponents { n: modulus, e: exponent };
    let all = [
        (Algorithm::Rs256, &RSA_PKCS1_2048_8192_SHA256),
        (Algorithm::Rs384, &RSA_PKCS1_2048_8192_SHA384),
        (Algorithm::Rs512, &RSA_PKCS1_2048_8192_SHA512),
    ];
    let parsed: Vec<_> = all
        .into_iter()
        .filter(|(of, _)| algorithm.is_none_or(|only| only == *of))
        .filter_map(|(of, parameters)| Some((of, components.to_parsed_public_key(parameters).ok()?)))
        .collect();
    if parsed.is_empty() { Usable::Never } else { Usable::For(parsed) }
}

fn ec(curve: &str, x: &[u8], y: &[u8], algorithm: Option<Algorithm>) -> Option<Usable> {
    let (of, verification, width) = match curve {
        "P-256" => (Algorithm::Es256, &ECDSA_P256_SHA256_FIXED, 32),
        "P-384" => (Algorithm::Es384, &ECDSA_P384_SHA384_FIXED, 48),
        "P-521" => (Algorithm::Es512, &ECDSA_P521_SHA512_FIXED, 66),
        _ => return None,
    };
    if algorithm.is_some_and(|only| only != of) || x.len() != width || y.len() != width {
        return None;
    }
    // The uncompressed form; a point that is not on the curve does not parse.
    let point = [&[4], x, y].concat();
    Some(Usable::For(vec![(of, ParsedPublicKey::new(verification, point).ok()?)]))
}

/// Cognito's own key set has a modulus with a zero byte in front.
fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

const MIN_RSA_BITS: usize = 2048;
const MAX_RSA_BITS: usize = 8192;
/// Bytes; larger exponents only serve to make verification slow.
const MAX_EXPONENT: usize = 4;
