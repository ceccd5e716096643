//! Bodies: read whole within a bound, or streamed and verified while they are read.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use operation::BodyFault;
use sha2::{Digest, Sha256};
use tokio::time::{Sleep, timeout};

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is longer than the bound.
    #[error("body is longer than {0} bytes")]
    TooLong(usize),
    /// The client stopped sending.
    #[error("body did not arrive in time")]
    TooSlow,
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
            Error::Changed => ("XAmzContentSHA256Mismatch", 400),
            Error::Chunked(Chunked::ChunkSignature | Chunked::TrailerSignature) => ("SignatureDoesNotMatch", 403),
            Error::Chunked(Chunked::Malformed { .. } | Chunked::TooLong { .. }) => ("InvalidChunkSizeError", 400),
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

/// The whole body, if it is at most `longest` bytes and never pauses longer than `patience`.
pub async fn whole(mut body: Incoming, longest: usize, patience: Duration) -> Result<Bytes, Error> {
    if body.size_hint().lower() > u64::try_from(longest).unwrap_or(u64::MAX) {
        return Err(Error::TooLong(longest));
    }
    let mut all = BytesMut::new();
    let mut first: Option<Bytes> = None;
    while let Some(frame) = timeout(patience, body.frame()).await.map_err(|_| Error::TooSlow)? {
        let Ok(data) = frame.map_err(|_| Error::Broken)?.into_data() else { continue };
        if all.len() + first.as_ref().map_or(0, Bytes::len) + data.len() > longest {
            return Err(Error::TooLong(longest));
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
    Ok(first.unwrap_or_else(|| all.freeze()))
}

/// A body as the operation reads it: it ends well only if it is the one that was signed.
pub fn streamed(
    body: Incoming,
    verified: &sigv4::Verified,
    headers: &http::HeaderMap,
    patience: Duration,
) -> Result<wire::Stream, Error> {
    let check = match verified.body {
        sigv4::Body::Checked | sigv4::Body::Unsigned => Check::Nothing,
        sigv4::Body::Hash(hash) => Check::Hash(Sha256::new(), hash),
        sigv4::Body::Chunked(_) => Check::Chunks(Box::new(sigv4::chunked::Decoder::new(verified, headers)?)),
    };
    Ok(Box::pin(Streamed { body, check, input: Bytes::new(), patience, waiting: None, ended: false }))
}

/// An unsigned body, as it comes.
pub fn unsigned(body: Incoming, patience: Duration) -> wire::Stream {
    Box::pin(Streamed { body, check: Check::Nothing, input: Bytes::new(), patience, waiting: None, ended: false })
}

struct Streamed {
    body: Incoming,
    check: Check,
    /// What has come and is not decoded yet.
    input: Bytes,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
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
            this.waiting = None;
            let Some(frame) = frame else {
                this.ended = true;
                match this.finish() {
                    Ok(None) => continue,
                    Ok(Some(trailers)) => return Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
                    Err(error) => return Poll::Ready(Some(Err(BodyFault::from(error).into()))),
                }
            };
            let Ok(data) = frame.map_err(|_| BodyFault::from(Error::Broken))?.into_data() else { continue };
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
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.patience)));
        ready!(waiting.as_mut().poll(context));
        self.ended = true;
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
