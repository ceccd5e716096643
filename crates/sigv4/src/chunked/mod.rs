//! `aws-chunked` bodies: taking them apart and making them. No I/O: bytes in, bytes out.

mod decode;
mod encode;

pub use decode::{Decoder, Trailer};
pub use encode::Encoder;

use crate::hex;
use crate::keys::SigningKey;
use crate::sink::Sink;
use crate::verify::sha256;

/// Why an `aws-chunked` body is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request was not signed as one with a chunked body.
    #[error("the request was not signed as chunked")]
    NotChunked,
    /// `x-amz-decoded-content-length` is missing.
    #[error("`x-amz-decoded-content-length` is missing")]
    LengthMissing,
    /// `x-amz-decoded-content-length` is given twice or is not a number.
    #[error("`x-amz-decoded-content-length` is malformed")]
    LengthMalformed,
    /// `x-amz-trailer` is no list of header names, or has no place in this kind of body.
    #[error("`x-amz-trailer` is malformed")]
    TrailerMalformed,
    /// The chunks hold more or less than `x-amz-decoded-content-length`.
    #[error("the chunks do not hold the {wanted} bytes that were declared")]
    LengthDiffers {
        /// The declared length.
        wanted: u64,
    },
    /// The framing is not that of a chunked body.
    #[error("malformed {what}")]
    Malformed {
        /// The part that is wrong.
        what: &'static str,
    },
    /// A part is longer than is accepted.
    #[error("the {what} exceeds {limit} bytes")]
    TooLong {
        /// The part.
        what: &'static str,
        /// The most that is accepted.
        limit: usize,
    },
    /// A chunk other than the last is smaller than it may be.
    #[error("only the last chunk is allowed to have a size less than {smallest} bytes")]
    ChunkSize {
        /// The least that is accepted.
        smallest: u64,
    },
    /// The body ended before its last chunk or trailer was whole.
    #[error("the body ended early")]
    Truncated,
    /// A chunk does not have the content that was signed.
    #[error("the signature of a chunk does not match")]
    ChunkSignature,
    /// The trailer does not have the content that was signed.
    #[error("the signature of the trailer does not match")]
    TrailerSignature,
    /// The headers in the trailer are not those that `x-amz-trailer` declares.
    #[error("the trailer does not have the headers that were declared")]
    TrailerDiffers,
}

/// What the signatures of chunks go on from.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    pub(crate) key: SigningKey,
    /// The time as it was signed.
    pub(crate) time: String,
    pub(crate) scope: String,
    /// The signature before the next one.
    pub(crate) signature: [u8; 32],
}

impl Seed {
    /// Goes on by a chunk whose content has this hash; gives its signature.
    fn chunk(&mut self, content: &[u8; 32]) -> [u8; 32] {
        self.next("AWS4-HMAC-SHA256-PAYLOAD", &[EMPTY_HASH.as_bytes(), b"\n", &hex::encode(content)])
    }

    /// Goes on by the trailer; gives its signature.
    fn trailer(&mut self, trailers: &[Trailer]) -> [u8; 32] {
        let mut lines = Vec::new();
        for Trailer { name, value } in trailers {
            lines.extend_from_slice([name, ":", value, "\n"].concat().as_bytes());
        }
        self.next("AWS4-HMAC-SHA256-TRAILER", &[&hex::encode(&sha256(&lines))])
    }

    fn next(&mut self, algorithm: &str, end: &[&[u8]]) -> [u8; 32] {
        self.signature = self.key.sign(|text| {
            for line in [algorithm, &self.time, &self.scope] {
                text.put(line.as_bytes());
                text.byte(b'\n');
            }
            text.put(&hex::encode(&self.signature));
            text.byte(b'\n');
            end.iter().for_each(|piece| text.put(piece));
        });
        self.signature
    }
}

const EMPTY_HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const CHUNK_SIGNATURE: &str = ";chunk-signature=";
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";
