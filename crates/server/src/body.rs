//! Bodies: read whole within a bound, or streamed and verified while they are read.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use operation::BodyFault;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, Sleep, timeout_at};

use crate::coming::Coming;
use crate::room::Share;

/// Why a body was not read to its end.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// It is longer than the bound.
    #[error("body is longer than {0} bytes")]
    TooLong(usize),
    /// The client stopped sending, or sends too slowly.
    #[error("body did not arrive in time")]
    TooSlow,
    /// All bodies that are being read take as much memory as they may.
    #[error("too many bodies are being read")]
    Full,
    /// The connection broke.
    #[error("body broke off")]
    Broken,
    /// It is not the one that was signed.
    #[error("body is not the one that was signed")]
    Changed,
    /// It is no `aws-chunked` body, or not the one that was signed.
    #[error(transparent)]
    Chunked(#[from] sigv4::chunked::Error),
}

impl From<Error> for BodyFault {
    /// The answer to a streamed body, in the words of S3.
    fn from(error: Error) -> Self {
        use sigv4::chunked::Error as Chunked;
        let (code, status) = match &error {
            Error::TooLong(_) => ("EntityTooLarge", 400),
            Error::TooSlow => ("RequestTimeout", 400),
            Error::Full => ("SlowDown", 503),
            Error::Changed => ("XAmzContentSHA256Mismatch", 400),
            Error::Chunked(Chunked::ChunkSignature | Chunked::TrailerSignature) => ("SignatureDoesNotMatch", 403),
            Error::Chunked(Chunked::Malformed { .. } | Chunked::TooLong { .. }) => ("InvalidChunkSizeError", 400),
            Error::Chunked(Chunked::ChunkSize { .. }) => ("InvalidChunkSizeError", 403),
            Error::Chunked(Chunked::TrailerMalformed | Chunked::TrailerDiffers) => ("MalformedTrailerError", 400),
            Error::Chunked(Chunked::NotChunked) => ("InvalidRequest", 400),
            Error::Chunked(
                Chunked::LengthMissing | Chunked::LengthMalformed | Chunked::LengthDiffers { .. } | Chunked::Truncated,
            )
            | Error::Broken => ("IncompleteBody", 400),
        };
        Self { code, status, message: error.to_string() }
    }
}

/// A whole body, and its share of the room for all.
pub struct Whole<'a> {
    /// The body.
    pub bytes: Bytes,
    _share: Share<'a>,
}

/// The whole body, if it is at most `longest` bytes, its share fits into the room that is left, and it comes neither
/// with pauses longer than `patience` nor drop by drop.
pub(crate) async fn whole(
    mut body: Coming,
    longest: usize,
    patience: Duration,
    mut share: Share<'_>,
) -> Result<Whole<'_>, Error> {
    if body.size_hint().lower() > u64::try_from(longest).unwrap_or(u64::MAX) {
        return Err(Error::TooLong(longest));
    }
    let started = Instant::now();
    let mut all = BytesMut::new();
    let mut first: Option<Bytes> = None;
    let mut length = 0;
    loop {
        let until = (started + time_for(length, patience)).min(Instant::now() + patience);
        let Ok(frame) = timeout_at(until, body.frame()).await else {
            body.cut();
            return Err(Error::TooSlow);
        };
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| Error::Broken)?.into_data() else { continue };
        length += data.len();
        if length > longest {
            return Err(Error::TooLong(longest));
        }
        if !share.grow(data.len()) {
            return Err(Error::Full);
        }
        // Most bodies come in one piece: that piece is the body.
        match (first.take(), all.is_empty()) {
            (None, true) => first = Some(data),
            (None, false) => all.extend_from_slice(&data),
            (Some(piece), _) => {
                all.extend_from_slice(&piece);
                all.extend_from_slice(&data);
            }
        }
    }
    Ok(Whole { bytes: first.unwrap_or_else(|| all.freeze()), _share: share })
}

/// How long a body may be under way of which so much has come.
pub(crate) fn time_for(length: usize, patience: Duration) -> Duration {
    patience + Duration::from_secs(u64::try_from(length / SLOWEST).unwrap_or(u64::MAX))
}

/// A body as the operation reads it: it ends well only if it is the one that was signed.
pub(crate) fn streamed(
    body: Coming,
    verified: &sigv4::Verified,
    headers: &http::HeaderMap,
    patience: Duration,
) -> Result<wire::Stream, Error> {
    let check = match verified.body {
        sigv4::Body::Checked | sigv4::Body::Unsigned => Check::Nothing,
        sigv4::Body::Hash(hash) => Check::Hash(Sha256::new(), hash),
        sigv4::Body::Chunked(_) => {
            let decoder = sigv4::chunked::Decoder::new(verified, headers)?;
            Check::Chunks(Box::new(decoder.with_smallest(SMALLEST_CHUNK)))
        }
    };
    Ok(Box::pin(Streamed::new(body, check, patience)))
}

/// An unsigned body, as it comes.
pub(crate) fn unsigned(body: Coming, patience: Duration) -> wire::Stream {
    Box::pin(Streamed::new(body, Check::Nothing, patience))
}

struct Streamed {
    body: Coming,
    check: Check,
    /// What has come and is not decoded yet.
    input: Bytes,
    patience: Duration,
    /// How much has come, and how long it was waited for: the time that we take ourselves does not count.
    received: usize,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    ended: bool,
}

enum Check {
    Nothing,
    Hash(Sha256, [u8; 32]),
    Chunks(Box<sigv4::chunked::Decoder>),
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Body for Streamed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        loop {
            if let Check::Chunks(decoder) = &mut this.check {
                let fed = decoder.feed(&mut this.input).inspect_err(|_| this.ended = true);
                if let Some(piece) = fed.map_err(|error| BodyFault::from(Error::from(error)))? {
                    return Poll::Ready(Some(Ok(Frame::data(piece))));
                }
            }
            if this.ended {
                return Poll::Ready(None);
            }
            let frame = match Pin::new(&mut this.body).poll_frame(context) {
                Poll::Ready(frame) => frame,
                Poll::Pending => return this.poll_patience(context),
            };
            if let Some((since, _)) = this.waiting.take() {
                this.waited += since.elapsed();
            }
            let Some(frame) = frame else {
                this.ended = true;
                match this.finish() {
                    Ok(None) => continue,
                    Ok(Some(trailers)) => return Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
                    Err(error) => return Poll::Ready(Some(Err(BodyFault::from(error).into()))),
                }
            };
            let Ok(data) = frame.map_err(|_| BodyFault::from(Error::Broken))?.into_data() else { continue };
            this.received += data.len();
            match &mut this.check {
                Check::Nothing => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Check::Hash(digest, _) => {
                    digest.update(&data);
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Check::Chunks(_) => this.input = data,
            }
        }
    }

    /// Whether there is no body at all: nothing to read, and nothing to check.
    fn is_end_stream(&self) -> bool {
        let nothing_to_check = match &self.check {
            Check::Nothing => true,
            // A body that was cut off to nothing is not the one that was signed.
            Check::Hash(_, wanted) => *wanted == sigv4::sha256(b""),
            Check::Chunks(_) => false,
        };
        nothing_to_check && self.body.is_end_stream()
    }
}

impl Streamed {
    fn new(body: Coming, check: Check, patience: Duration) -> Self {
        let (received, waited) = (0, Duration::ZERO);
        Self { body, check, input: Bytes::new(), patience, received, waited, waiting: None, ended: false }
    }

    /// What is left to check at the end; trailers that were signed.
    fn finish(&mut self) -> Result<Option<http::HeaderMap>, Error> {
        match std::mem::replace(&mut self.check, Check::Nothing) {
            Check::Nothing => Ok(None),
            Check::Hash(digest, wanted) => {
                let seen: [u8; 32] = digest.finalize().into();
                if seen == wanted { Ok(None) } else { Err(Error::Changed) }
            }
            Check::Chunks(decoder) => trailers(decoder.finish()?),
        }
    }

    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let left = time_for(self.received, self.patience).saturating_sub(self.waited).min(self.patience);
        let (_, sleep) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(left))));
        ready!(sleep.as_mut().poll(context));
        self.ended = true;
        self.body.cut();
        Poll::Ready(Some(Err(BodyFault::from(Error::TooSlow).into())))
    }
}

/// The headers behind a chunked body, if there are any.
fn trailers(found: Vec<sigv4::chunked::Trailer>) -> Result<Option<http::HeaderMap>, Error> {
    let mut headers = http::HeaderMap::new();
    for sigv4::chunked::Trailer { name, value } in found {
        let malformed = sigv4::chunked::Error::TrailerMalformed;
        let name = http::HeaderName::try_from(name).map_err(|_| malformed.clone())?;
        headers.insert(name, http::HeaderValue::try_from(value).map_err(|_| malformed)?);
    }
    Ok((!headers.is_empty()).then_some(headers))
}

/// The slowest pace of a body, in bytes a second: who sends more slowly would hold memory and a
/// connection for hours.
const SLOWEST: usize = 4 * 1024;

/// The least that a chunk may have that is not the last, as S3 has it: smaller ones cost more than they bring.
const SMALLEST_CHUNK: u64 = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_comes_drop_by_drop_runs_out_of_time() {
        let patience = Duration::from_secs(30);
        assert_eq!(time_for(0, patience), patience);
        assert_eq!(time_for(1000, patience), patience);
        assert_eq!(time_for(1024 * 1024, patience), patience + Duration::from_secs(256));
    }
}
