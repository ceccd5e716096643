//! Taking `aws-chunked` bodies apart.

use bytes::Bytes;
use http::HeaderMap;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{CHUNK_SIGNATURE, Error, Seed, TRAILER_SIGNATURE};
use crate::claim::text;
use crate::{Body, Chunks, Verified, hex};

/// Takes a chunked body apart and checks its signatures and its length as it goes.
///
/// Content comes out before its chunk's signature is known to be right, so that nothing is held
/// back. INVARIANT: nothing that came out may take effect before [`Decoder::finish`] gave `Ok`.
#[derive(Debug)]
pub struct Decoder {
    chunks: Chunks,
    seed: Seed,
    state: State,
    /// A chunk's head, or the trailer, as far as it has come.
    held: Vec<u8>,
    /// The content of the current chunk so far, and the signature it must have.
    hash: Sha256,
    claimed: [u8; 32],
    length: u64,
    seen: u64,
    declared: Vec<String>,
    /// The least that a chunk may have that is not the last.
    smallest: u64,
    /// Whether there was a chunk with less: it must be the last.
    was_small: bool,
}

/// A header behind the last chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// The name, in lower case.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Content { left: u64 },
    ContentEnd,
    Trailer,
    Failed,
}

impl Decoder {
    /// A decoder for the body of a verified request with these headers. Errs where the request was
    /// not signed as chunked, or its length or trailer declaration is missing or malformed.
    pub fn new(verified: &Verified, headers: &HeaderMap) -> Result<Self, Error> {
        let Body::Chunked(chunks) = verified.body else { return Err(Error::NotChunked) };
        let length = text(headers, "x-amz-decoded-content-length").map_err(|_| Error::LengthMalformed)?;
        Ok(Self {
            chunks,
            seed: verified.seed.clone().ok_or(Error::NotChunked)?,
            state: State::Head,
            held: Vec::new(),
            hash: Sha256::new(),
            claimed: [0; 32],
            length: number(length.ok_or(Error::LengthMissing)?)?,
            seen: 0,
            declared: declared(headers, chunks)?,
            smallest: 0,
            was_small: false,
        })
    }

    /// Errs at chunks with fewer bytes, but for the last.
    pub fn with_smallest(mut self, smallest: u64) -> Self {
        self.smallest = smallest;
        self
    }

    /// The length that the content will have. Hold it against the service's limit first.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Takes from `input` and gives the next piece of content; `None` once `input` is used up.
    /// After an error every call errs.
    pub fn feed(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Error> {
        let found = self.advance(input);
        if found.is_err() {
            self.state = State::Failed;
        }
        found
    }

    /// Ends the body and gives its trailer. Errs where the body is not whole, its length is not
    /// the declared one, or the trailer is not the declared or signed one.
    pub fn finish(mut self) -> Result<Vec<Trailer>, Error> {
        if self.state != State::Trailer {
            return Err(if self.state == State::Failed { FAILED } else { Error::Truncated });
        }
        let held = std::mem::take(&mut self.held);
        // The line of the last chunk has its own end; with it, a whole trailer ends in two.
        if held != b"\r\n" && !held.ends_with(b"\r\n\r\n") {
            return Err(Error::Truncated);
        }
        if self.chunks == Chunks::Signed && held != b"\r\n" {
            return Err(Error::Malformed { what: "end of the body" });
        }
        let (trailers, signature) = read_trailer(&held)?;
        let names = trailers.iter().map(|trailer| &trailer.name);
        if !names.eq(&self.declared) {
            return Err(Error::TrailerDiffers);
        }
        match (self.chunks, signature) {
            (Chunks::SignedTrailer, Some(claimed)) => {
                let right = self.seed.trailer(&trailers).ct_eq(&claimed);
                if bool::from(right) { Ok(trailers) } else { Err(Error::TrailerSignature) }
            }
            (Chunks::SignedTrailer, None) => Err(Error::Truncated),
            (Chunks::Signed | Chunks::UnsignedTrailer, Some(_)) => Err(Error::TrailerDiffers),
            (Chunks::Signed | Chunks::UnsignedTrailer, None) => Ok(trailers),
        }
    }

    fn advance(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Error> {
        while !input.is_empty() {
            match self.state {
                State::Head => {
                    if self.hold_line(input, MAX_HEAD, "chunk header")? {
                        self.begin_chunk()?;
                    }
                }
                State::Content { left } => return Ok(Some(self.content(input, left)?)),
                State::ContentEnd => {
                    if self.hold_line(input, 2, "end of a chunk")? {
                        self.held.clear();
                        self.state = State::Head;
                    }
                }
                State::Trailer => {
                    if self.held.len() + input.len() > MAX_TRAILER {
                        return Err(Error::TooLong { what: "trailer", limit: MAX_TRAILER });
                    }
                    self.held.extend_from_slice(input);
                    input.clear();
                }
                State::Failed => return Err(FAILED),
            }
        }
        Ok(None)
    }

    /// Moves input into `held` up to a line's end; true once the line is whole.
    fn hold_line(&mut self, input: &mut Bytes, limit: usize, what: &'static str) -> Result<bool, Error> {
        let end = input.iter().take(limit).position(|byte| *byte == b'\n');
        let taken = end.map_or(input.len().min(limit), |end| end + 1);
        if self.held.len() + taken > limit || (end.is_none() && self.held.len() + taken == limit) {
            return Err(Error::TooLong { what, limit });
        }
        self.held.extend_from_slice(&input.split_to(taken));
        if end.is_some() && !self.held.ends_with(b"\r\n") {
            return Err(Error::Malformed { what });
        }
        Ok(end.is_some())
    }

    fn begin_chunk(&mut self) -> Result<(), Error> {
        let wrong = Error::Malformed { what: "chunk header" };
        let held = std::mem::take(&mut self.held);
        let line = str::from_utf8(&held).map_err(|_| wrong.clone())?.trim_end_matches("\r\n");
        let size = match self.chunks {
            Chunks::UnsignedTrailer => line,
            Chunks::Signed | Chunks::SignedTrailer => {
                let (size, signature) = line.split_once(CHUNK_SIGNATURE).ok_or_else(|| wrong.clone())?;
                self.claimed = hex::decode(signature.as_bytes()).ok_or(Error::ChunkSignature)?;
                size
            }
        };
        if size.is_empty() || !size.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong);
        }
        let size = u64::from_str_radix(size, 16).map_err(|_| wrong)?;
        if size > self.length - self.seen || (size == 0 && self.seen != self.length) {
            return Err(Error::LengthDiffers { wanted: self.length });
        }
        self.hash = Sha256::new();
        if size > 0 {
            if self.was_small {
                return Err(Error::ChunkSize { smallest: self.smallest });
            }
            self.was_small = size < self.smallest;
            self.state = State::Content { left: size };
            return Ok(());
        }
        self.check_chunk()?;
        self.state = State::Trailer;
        Ok(())
    }

    fn content(&mut self, input: &mut Bytes, left: u64) -> Result<Bytes, Error> {
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        let piece = input.split_to(taken);
        let left = left - taken as u64;
        self.seen += taken as u64;
        if self.chunks != Chunks::UnsignedTrailer {
            self.hash.update(&piece);
        }
        self.state = State::Content { left };
        if left == 0 {
            self.check_chunk()?;
            self.state = State::ContentEnd;
        }
        Ok(piece)
    }

    fn check_chunk(&mut self) -> Result<(), Error> {
        if self.chunks == Chunks::UnsignedTrailer {
            return Ok(());
        }
        let hash = std::mem::take(&mut self.hash).finalize().into();
        let right = self.seed.chunk(&hash).ct_eq(&self.claimed);
        if right.into() { Ok(()) } else { Err(Error::ChunkSignature) }
    }
}

/// Reads a whole trailer: its headers by name, and the signature behind them. Lines may end in a
/// bare line feed, and an empty line may stand before the signature, as AWS's examples have it.
fn read_trailer(held: &[u8]) -> Result<(Vec<Trailer>, Option<[u8; 32]>), Error> {
    let wrong = Error::Malformed { what: "trailer" };
    let whole = str::from_utf8(held).map_err(|_| wrong.clone())?;
    let mut trailers: Vec<Trailer> = Vec::new();
    let mut signature = None;
    for line in whole.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| wrong.clone())?;
        let (name, value) = (name.trim_end(), value.trim_start());
        if signature.is_some() || !is_name(name) || !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(wrong);
        }
        if name.eq_ignore_ascii_case(TRAILER_SIGNATURE) {
            signature = Some(hex::decode(value.as_bytes()).ok_or(Error::TrailerSignature)?);
            continue;
        }
        trailers.push(Trailer { name: name.to_ascii_lowercase(), value: value.to_owned() });
    }
    trailers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((trailers, signature))
}

/// The names in `x-amz-trailer`, in order.
fn declared(headers: &HeaderMap, chunks: Chunks) -> Result<Vec<String>, Error> {
    let Some(list) = text(headers, "x-amz-trailer").map_err(|_| Error::TrailerMalformed)? else {
        return Ok(Vec::new());
    };
    let mut names: Vec<String> = list.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    names.sort_unstable();
    let twice = names.windows(2).any(|pair| matches!(pair, [first, second] if first == second));
    let signature = names.iter().any(|name| name == TRAILER_SIGNATURE);
    if chunks == Chunks::Signed || twice || signature || names.len() > MAX_TRAILERS || !names.iter().all(|n| is_name(n))
    {
        return Err(Error::TrailerMalformed);
    }
    Ok(names)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn number(text: &str) -> Result<u64, Error> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(Error::LengthMalformed)
}

const FAILED: Error = Error::Malformed { what: "body" };
/// Sixteen digits of size, `;chunk-signature=`, 64 digits, and the line's end.
const MAX_HEAD: usize = 99;
const MAX_TRAILER: usize = 4096;
const MAX_TRAILERS: usize = 16;
