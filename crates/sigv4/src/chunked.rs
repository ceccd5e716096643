//! `aws-chunked` bodies: decoded and verified piece by piece, without I/O.
//!
//! Decoded bytes may be handed on before their chunk is verified: whoever reads them must let nothing
//! take effect before [`Decoder::finish`] said that the whole body was right.

use std::collections::VecDeque;

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::canonical::{hex_of, unhex};
use crate::claim::Chunks;
use crate::keys::SigningKey;
use crate::verify::{Body, Verified, sha256};

/// Why a chunked body is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `x-amz-decoded-content-length` is missing or no number.
    #[error("`x-amz-decoded-content-length` is missing or malformed")]
    DecodedLength,
    /// The body is longer or shorter than `x-amz-decoded-content-length`.
    #[error("the decoded body is not as long as announced")]
    WrongLength,
    /// A chunk's header, its end or a trailer does not have its form.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// A header or the trailers exceed their bound.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// The signature of a chunk or of the trailers is wrong.
    #[error("the signature of {0} does not match")]
    Mismatch(&'static str),
    /// The body ended early.
    #[error("the body is truncated")]
    Truncated,
    /// A trailer that was announced did not come, or one came that was not.
    #[error("the trailers are not the announced ones")]
    Trailers,
}

/// What chunk signatures start from.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    pub(crate) key: SigningKey,
    pub(crate) time: String,
    pub(crate) scope: String,
    pub(crate) signature: [u8; 32],
}

/// Decodes one body.
pub struct Decoder {
    chunks: Chunks,
    seed: Seed,
    /// Bytes that are still to come, by the announcement.
    expected: u64,
    /// The trailers that were announced.
    announced: Vec<HeaderName>,
    state: State,
    /// A header line or the trailers, until they are complete.
    line: Vec<u8>,
    decoded: VecDeque<Bytes>,
    trailers: HeaderMap,
    /// The trailers as their signature covers them.
    signed_trailers: Vec<u8>,
    trailers_verified: bool,
}

enum State {
    Header,
    Data { left: u64, is_last: bool, hash: Option<Box<Sha256>>, signature: Option<[u8; 32]> },
    DataEnd,
    Trailers,
    Done,
}

impl Decoder {
    /// For the body of a verified request with these headers.
    pub fn new(verified: &Verified, headers: &HeaderMap) -> Result<Self, Error> {
        let Body::Chunked(chunks) = verified.body else { return Err(Error::Malformed("the kind of body")) };
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let expected = text("x-amz-decoded-content-length").and_then(|text| text.parse().ok());
        let names = text("x-amz-trailer").unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let announced: Result<Vec<HeaderName>, _> = names.map(|name| name.to_ascii_lowercase().parse()).collect();
        let announced = announced.map_err(|_| Error::Malformed("`x-amz-trailer`"))?;
        if announced.len() > MAX_TRAILERS {
            return Err(Error::TooLong("`x-amz-trailer`"));
        }
        Ok(Self {
            chunks,
            seed: verified.seed.clone(),
            expected: expected.ok_or(Error::DecodedLength)?,
            announced,
            state: State::Header,
            line: Vec::new(),
            decoded: VecDeque::new(),
            trailers: HeaderMap::new(),
            signed_trailers: Vec::new(),
            trailers_verified: false,
        })
    }

    /// Takes in the next bytes of the body.
    pub fn feed(&mut self, mut bytes: Bytes) -> Result<(), Error> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Header => {
                    if self.take_line(&mut bytes, MAX_HEADER, "a chunk header")? {
                        self.start_chunk()?;
                    }
                }
                State::Data { left, hash, .. } => {
                    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    let piece = bytes.split_to(length);
                    if let Some(hash) = hash {
                        hash.update(&piece);
                    }
                    *left -= length as u64;
                    let ended = *left == 0;
                    self.decoded.push_back(piece);
                    if ended {
                        self.end_chunk()?;
                    }
                }
                State::DataEnd => {
                    if self.take_line(&mut bytes, 0, "the end of a chunk")? {
                        self.state = State::Header;
                    }
                }
                State::Trailers => {
                    if self.take_line(&mut bytes, MAX_TRAILER, "a trailer")? {
                        self.trailer()?;
                    }
                }
                State::Done => return Err(Error::Malformed("what follows the last chunk")),
            }
        }
        Ok(())
    }

    /// Ends the body: every chunk, the length and the trailers were right. The trailers, without
    /// their signature.
    pub fn finish(self) -> Result<HeaderMap, Error> {
        let State::Done = self.state else { return Err(Error::Truncated) };
        if self.expected != 0 {
            return Err(Error::WrongLength);
        }
        let came = |name: &HeaderName| self.trailers.contains_key(name);
        if self.trailers.len() != self.announced.len() || !self.announced.iter().all(came) {
            return Err(Error::Trailers);
        }
        Ok(self.trailers)
    }

    /// Moves bytes up to the next line end into `line`; whether it is complete.
    fn take_line(&mut self, bytes: &mut Bytes, longest: usize, what: &'static str) -> Result<bool, Error> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(bytes.len(), |end| end + 1);
        if self.line.len() + taken > longest + 2 {
            return Err(Error::TooLong(what));
        }
        self.line.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        bytes.advance(taken);
        if end.is_none() {
            return Ok(false);
        }
        let length = self.line.strip_suffix(b"\r\n").ok_or(Error::Malformed(what))?.len();
        self.line.truncate(length);
        if longest == 0 {
            self.line.clear();
        }
        Ok(true)
    }

    fn start_chunk(&mut self) -> Result<(), Error> {
        let line = std::mem::take(&mut self.line);
        let malformed = Error::Malformed("a chunk header");
        let text = std::str::from_utf8(&line).map_err(|_| malformed.clone())?;
        let (size, extension) = text.split_once(';').map_or((text, None), |(size, rest)| (size, Some(rest)));
        let digits = (1..=16).contains(&size.len()) && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = u64::from_str_radix(size, 16).ok().filter(|_| digits).ok_or(malformed.clone())?;
        let signature = match (self.is_signed(), extension) {
            (true, Some(extension)) => {
                let hex = extension.strip_prefix("chunk-signature=").ok_or(malformed.clone())?;
                Some(unhex(hex.as_bytes()).ok_or(malformed)?)
            }
            (false, None) => None,
            (true, None) | (false, Some(_)) => return Err(malformed),
        };
        self.expected = self.expected.checked_sub(size).ok_or(Error::WrongLength)?;
        let hash = signature.map(|_| Box::new(Sha256::new()));
        self.state = State::Data { left: size, is_last: size == 0, hash, signature };
        if size == 0 { self.end_chunk() } else { Ok(()) }
    }

    /// The chunk is complete: holds its signature against its bytes. The empty chunk is the last.
    fn end_chunk(&mut self) -> Result<(), Error> {
        let State::Data { hash, signature, is_last, .. } = std::mem::replace(&mut self.state, State::DataEnd) else {
            return Ok(());
        };
        if let (Some(hash), Some(seen)) = (hash, signature) {
            let hash: [u8; 32] = hash.finalize().into();
            let right = self.sign(b"AWS4-HMAC-SHA256-PAYLOAD", &[&hex_of(&sha256(b"")), b"\n", &hex_of(&hash)]);
            if !bool::from(right.ct_eq(&seen)) {
                return Err(Error::Mismatch("a chunk"));
            }
            self.seed.signature = right;
        }
        if is_last {
            self.state = State::Trailers;
        }
        Ok(())
    }

    /// One line after the last chunk; an empty one ends the body.
    fn trailer(&mut self) -> Result<(), Error> {
        let line = std::mem::take(&mut self.line);
        let malformed = || Error::Malformed("a trailer");
        if line.is_empty() {
            if self.chunks == Chunks::SignedTrailer && !self.trailers_verified {
                return Err(Error::Mismatch("the trailers"));
            }
            self.state = State::Done;
            return Ok(());
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or_else(malformed)?;
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let name = HeaderName::from_bytes(&name.to_ascii_lowercase()).map_err(|_| malformed())?;
        if self.trailers_verified || self.chunks == Chunks::Signed {
            return Err(malformed());
        }
        if name == SIGNATURE && self.is_signed() {
            let seen = unhex(value).ok_or_else(malformed)?;
            let right = self.sign(b"AWS4-HMAC-SHA256-TRAILER", &[&hex_of(&sha256(&self.signed_trailers))]);
            self.trailers_verified = bool::from(right.ct_eq(&seen));
            return if self.trailers_verified { Ok(()) } else { Err(Error::Mismatch("the trailers")) };
        }
        if !self.announced.contains(&name) || self.trailers.contains_key(&name) {
            return Err(Error::Trailers);
        }
        for part in [name.as_str().as_bytes(), b":", value, b"\n"] {
            self.signed_trailers.extend_from_slice(part);
        }
        self.trailers.insert(name, HeaderValue::from_bytes(value).map_err(|_| malformed())?);
        Ok(())
    }

    fn is_signed(&self) -> bool {
        matches!(self.chunks, Chunks::Signed | Chunks::SignedTrailer)
    }

    /// The signature of what follows the last one.
    fn sign(&self, algorithm: &[u8], rest: &[&[u8]]) -> [u8; 32] {
        let Seed { key, time, scope, signature } = &self.seed;
        let last = hex_of(signature);
        let start: [&[u8]; 8] = [algorithm, b"\n", time.as_bytes(), b"\n", scope.as_bytes(), b"\n", &last, b"\n"];
        key.sign(&[start.as_slice(), rest].concat())
    }
}

/// Decoded pieces, as far as they are there.
impl Iterator for Decoder {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        self.decoded.pop_front()
    }
}

const SIGNATURE: &str = "x-amz-trailer-signature";
/// A size, and the signature of the chunk.
const MAX_HEADER: usize = 128;
const MAX_TRAILER: usize = 1024;
const MAX_TRAILERS: usize = 8;
