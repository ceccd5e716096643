//! Making `aws-chunked` bodies.

use super::{CHUNK_SIGNATURE, Error, Seed, TRAILER_SIGNATURE, Trailer};
use crate::verify::sha256;
use crate::{Chunks, Signed, hex};

/// Makes a chunked body, chunk by chunk, for a request that was signed as one.
#[derive(Debug)]
pub struct Encoder {
    chunks: Chunks,
    seed: Seed,
}

impl Encoder {
    /// An encoder for a signed request. Errs where that was not signed as chunked.
    pub fn new(signed: Signed) -> Result<Self, Error> {
        let chunks = signed.chunks.ok_or(Error::NotChunked)?;
        Ok(Self { chunks, seed: signed.seed })
    }

    /// Appends a chunk to `out`. An empty one is left out, since it would end the body.
    pub fn chunk(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if data.is_empty() {
            return;
        }
        self.head(data, out);
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }

    /// Appends the end of the body, with its trailer where this kind of body has one. The names
    /// must be lower-case and declared in `x-amz-trailer`.
    pub fn finish(mut self, mut trailers: Vec<Trailer>, out: &mut Vec<u8>) {
        self.head(&[], out);
        trailers.sort_by(|a, b| a.name.cmp(&b.name));
        if self.chunks != Chunks::Signed {
            for Trailer { name, value } in &trailers {
                out.extend_from_slice([name, ":", value, "\r\n"].concat().as_bytes());
            }
        }
        if self.chunks == Chunks::SignedTrailer {
            let signature = hex::encode(&self.seed.trailer(&trailers));
            out.extend_from_slice(TRAILER_SIGNATURE.as_bytes());
            out.push(b':');
            out.extend_from_slice(&signature);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }

    fn head(&mut self, data: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{:x}", data.len()).as_bytes());
        if self.chunks != Chunks::UnsignedTrailer {
            out.extend_from_slice(CHUNK_SIGNATURE.as_bytes());
            out.extend_from_slice(&hex::encode(&self.seed.chunk(&sha256(data))));
        }
        out.extend_from_slice(b"\r\n");
    }
}
