//! The provider's own key: made once, kept in a file, RS256.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Signs ID tokens.
pub(super) struct Signer {
    pair: KeyPair,
    kid: String,
}

impl Signer {
    /// The key in `file`, made now if there is none.
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        let unusable = |what: &str| io::Error::other(format!("{}: {what}", file.display()));
        let pair = match std::fs::read_to_string(file) {
            Ok(text) => {
                let der = BASE64_STANDARD.decode(text.trim()).map_err(|_| unusable("not a key in base64"))?;
                KeyPair::from_pkcs8(&der).map_err(|_| unusable("not an RSA key"))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| unusable("no key can be made"))?;
                let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| unusable("the key has no encoding"))?;
                let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
                file.write_all(BASE64_STANDARD.encode(der.as_ref()).as_bytes())?;
                file.sync_all()?;
                pair
            }
            Err(error) => return Err(unusable(&error.to_string())),
        };
        let modulus = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        let kid = hex::encode(Sha256::digest(modulus).get(..8).unwrap_or_default());
        Ok(Self { pair, kid })
    }

    /// A signed token over `claims`.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, &'static str> {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": "RS256", "kid": self.kid, "typ": "JWT" });
        let message = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature);
        signed.map_err(|_| "the key does not sign")?;
        Ok(format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The key set.
    pub(super) fn jwks(&self) -> Value {
        let public = self.pair.public_key();
        let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        }] })
    }
}
