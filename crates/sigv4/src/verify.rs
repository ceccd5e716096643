//! Deciding whether a claimed signature is one.

use std::time::Duration;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use vocab::{Secret, Timestamp};

use crate::canonical::{self, Inputs};
use crate::chunked::Seed;
use crate::claim::{SECURITY_TOKEN, SIGNED_CHUNKS, SIGNED_TRAILER, UNSIGNED, UNSIGNED_TRAILER};
use crate::headers::SignedHeaders;
use crate::{Chunks, Claim, Error, Form, Part, Payload, Place, Request, SigningKeys, Style, hex};

/// What the server wants of a signature.
#[derive(Debug, Clone, Copy)]
pub struct Expect<'a> {
    /// The signing name of the service that the request is for.
    pub service: &'a str,
    /// The region that is served.
    pub region: &'a str,
    /// How that service treats path and body.
    pub style: Style,
    /// The time.
    pub now: Timestamp,
    /// How far the client's clock may be off, either way.
    pub skew: Duration,
}

/// A request whose signature is right.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What is still to be checked about the body.
    pub body: Body,
    /// What the signatures of chunks go on from, where the body has such.
    pub(crate) seed: Option<Seed>,
}

/// How far the body is covered by the verified signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// The caller's hash of the body is the signed one.
    Checked,
    /// Whoever reads the body must find this SHA-256, and let nothing take effect before.
    Hash([u8; 32]),
    /// The signature says nothing about the body.
    Unsigned,
    /// The body is `aws-chunked`: read it through [`crate::chunked::Decoder`].
    Chunked(Chunks),
}

/// What was signed, for error answers that show it. It holds nothing but what the caller sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The canonical request.
    pub request: Vec<u8>,
    /// The string to sign.
    pub string_to_sign: Vec<u8>,
}

/// The SHA-256 hash of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Claim<'_> {
    /// Decides whether this claim, read from this very request, was made with `secret`.
    ///
    /// `body_hash` is the SHA-256 of the whole body where the caller has it; without it a signed
    /// hash is handed on in [`Verified::body`]. `Ok` promises: scope, time and signature are
    /// right, `host` and every `x-amz-` header are signed (the session token need not be, outside
    /// S3 headers: no other token fits the secret).
    pub fn verify(
        &self,
        request: &Request<'_>,
        secret: &Secret,
        body_hash: Option<[u8; 32]>,
        expect: &Expect<'_>,
        keys: &SigningKeys,
    ) -> Result<Verified, Error> {
        self.check_scope(expect)?;
        self.check_time(expect)?;
        let signed_headers = SignedHeaders::of(&self.signed_headers, request.headers)?;
        check_headers(&signed_headers, expect.style)?;
        let (payload, body) = self.payload_line(expect.style, body_hash)?;
        let key = keys.key(secret, self.scope());
        let signs = |token: Token| -> Result<bool, Error> {
            let inputs = self.inputs(&signed_headers, expect.style, payload.as_bytes(), token);
            let canonical = canonical::hash(request, &inputs)?;
            let right = canonical::signature(&key, &self.stamp, self.scope_text(), &canonical);
            Ok(words(&right).ct_eq(&words(&self.signature.0)).into())
        };
        // Some services add the token to a presigned URL after signing it.
        if !(signs(Token::Signed)? || self.token_may_be_unsigned(request) && signs(Token::LeftOut)?) {
            return Err(Error::Mismatch);
        }
        if let (Payload::Hash(signed), Some(seen)) = (self.payload, body_hash)
            && signed != seen
        {
            return Err(Error::BodyChanged);
        }
        let seed = || Seed {
            key,
            time: self.stamp.clone().into_owned(),
            scope: self.scope_text().to_owned(),
            signature: self.signature.0,
        };
        Ok(Verified { body, seed: matches!(body, Body::Chunked(_)).then(seed) })
    }

    /// What this claim's signature must cover, for answers that show it. Errs as `verify` does
    /// where the request has no canonical form.
    pub fn canonical(
        &self,
        request: &Request<'_>,
        style: Style,
        body_hash: Option<[u8; 32]>,
    ) -> Result<Canonical, Error> {
        let (payload, _) = self.payload_line(style, body_hash)?;
        let signed_headers = SignedHeaders::of(&self.signed_headers, request.headers)?;
        let inputs = self.inputs(&signed_headers, style, payload.as_bytes(), Token::Signed);
        let (mut canonical, mut string_to_sign) = (Vec::new(), Vec::new());
        canonical::request(&mut canonical, request, &inputs)?;
        canonical::string_to_sign(&mut string_to_sign, &self.stamp, self.scope_text(), &sha256(&canonical));
        Ok(Canonical { request: canonical, string_to_sign })
    }

    pub(crate) fn check_scope(&self, expect: &Expect<'_>) -> Result<(), Error> {
        let scope = self.scope();
        if scope.date.len() != 8 || !self.stamp.starts_with(scope.date) {
            return Err(Error::ScopeDate { scope: scope.date.to_owned(), signed: self.time });
        }
        if scope.region != expect.region {
            return Err(Error::Region { seen: scope.region.to_owned(), wanted: expect.region.to_owned() });
        }
        if scope.service != expect.service {
            return Err(Error::Service { seen: scope.service.to_owned(), wanted: expect.service.to_owned() });
        }
        Ok(())
    }

    fn check_time(&self, expect: &Expect<'_>) -> Result<(), Error> {
        let Expect { now, skew, .. } = *expect;
        let signed = self.time;
        if signed > now + skew {
            return Err(Error::NotYetCurrent { signed, now, skew });
        }
        match self.place {
            Place::Query { expires: Some(expires) } if now > signed + expires => {
                Err(Error::PresignedExpired { signed, expires, now })
            }
            Place::Query { expires: Some(_) } => Ok(()),
            Place::Query { expires: None } if expect.style == Style::S3 => {
                Err(Error::Incomplete { form: Form::Query, missing: vec![Part::Expires] })
            }
            Place::Header | Place::Query { expires: None } if signed < now - skew => {
                Err(Error::Expired { signed, now, skew })
            }
            Place::Header | Place::Query { expires: None } => Ok(()),
        }
    }

    fn payload_line(&self, style: Style, body_hash: Option<[u8; 32]>) -> Result<(Line, Body), Error> {
        let known = body_hash.map(|hash| (Line::Hash(hex::encode(&hash)), Body::Checked));
        match (self.payload, style) {
            (Payload::Hash(hash), _) => {
                Ok((Line::Hash(hex::encode(&hash)), if known.is_some() { Body::Checked } else { Body::Hash(hash) }))
            }
            (Payload::Unsigned | Payload::Chunked(_), Style::Standard) => Err(Error::PayloadKind),
            (Payload::Unsigned, Style::S3) => Ok((Line::Word(UNSIGNED), Body::Unsigned)),
            (Payload::Chunked(chunks), Style::S3) => Ok((Line::Word(word(chunks)), Body::Chunked(chunks))),
            (Payload::Absent, Style::S3) if matches!(self.place, Place::Query { .. }) => {
                Ok((Line::Word(UNSIGNED), Body::Unsigned))
            }
            (Payload::Absent, _) => known.ok_or(Error::PayloadMissing),
        }
    }

    fn inputs<'i>(
        &self,
        signed_headers: &'i SignedHeaders<'i>,
        style: Style,
        payload: &'i [u8],
        token: Token,
    ) -> Inputs<'i> {
        let leave_out: &[&str] = match (self.place, token) {
            (Place::Header, _) => &[],
            (Place::Query { .. }, Token::Signed) => &["X-Amz-Signature"],
            (Place::Query { .. }, Token::LeftOut) => &["X-Amz-Signature", "X-Amz-Security-Token"],
        };
        Inputs { style, signed_headers, payload, leave_out }
    }

    fn token_may_be_unsigned(&self, request: &Request<'_>) -> bool {
        let in_query = !request.headers.contains_key(SECURITY_TOKEN);
        self.session_token.is_some() && in_query && self.place != Place::Header
    }
}

/// A header that could change what the request does must not be somebody else's addition.
fn check_headers(signed: &SignedHeaders<'_>, style: Style) -> Result<(), Error> {
    if signed.single("host")?.is_none() {
        return Err(Error::HostNotSigned);
    }
    let free = |name: &str| name == SECURITY_TOKEN && style == Style::Standard;
    let mut added = signed.unsigned().filter(|name| !free(name)).map(str::to_owned).peekable();
    if added.peek().is_none() { Ok(()) } else { Err(Error::NotSigned { headers: added.collect() }) }
}

impl Verified {
    /// Holds the body's hash against the signed one, where that is still to be done.
    pub fn check_body(&self, hash: [u8; 32]) -> Result<(), Error> {
        match self.body {
            Body::Hash(signed) if signed != hash => Err(Error::BodyChanged),
            Body::Hash(_) | Body::Checked | Body::Unsigned | Body::Chunked(_) => Ok(()),
        }
    }
}

/// Whether the session token in a query takes part.
#[derive(Clone, Copy)]
enum Token {
    Signed,
    LeftOut,
}

/// The last line of a canonical request.
enum Line {
    Hash([u8; 64]),
    Word(&'static str),
}

impl Line {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Hash(digits) => digits,
            Self::Word(word) => word.as_bytes(),
        }
    }
}

/// A signature for comparing: eight bytes at a time, since byte by byte takes several times as long.
pub(crate) fn words(signature: &[u8; 32]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(signature.as_chunks::<8>().0) {
        *word = u64::from_ne_bytes(*bytes);
    }
    words
}

pub(crate) fn word(chunks: Chunks) -> &'static str {
    match chunks {
        Chunks::Signed => SIGNED_CHUNKS,
        Chunks::SignedTrailer => SIGNED_TRAILER,
        Chunks::UnsignedTrailer => UNSIGNED_TRAILER,
    }
}
