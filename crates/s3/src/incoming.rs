//! A body on its way in: digested while it is read, and good only if it ends as it should.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use md5::{Digest, Md5};
use operation::BodyFault;

use crate::Error;
use crate::checksum::{Algorithm, Checksum, Hasher};

/// A body with what was promised about it.
pub struct Incoming {
    stream: Option<wire::Stream>,
    /// The length that was announced.
    length: Option<u64>,
    md5: Md5,
    size: u64,
    wanted_md5: Option<[u8; 16]>,
    checksum: Option<(Algorithm, Hasher)>,
    wanted_checksum: Option<String>,
    /// The checksum comes behind the body.
    awaits_trailer: bool,
    trailers: HeaderMap,
    /// What must hold once all bytes are here.
    condition: Option<Condition>,
}

type Condition = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// What a body turned out to be.
pub struct Received {
    /// Its length.
    pub size: u64,
    /// Its MD5 digest.
    pub md5: [u8; 16],
    /// Its checksum, where one was asked for.
    pub checksum: Option<Checksum>,
}

/// What a request promises about its body.
#[derive(Debug, Default)]
pub struct Promise<'a> {
    /// Its length, without the chunks it may travel in.
    pub length: Option<u64>,
    /// `Content-MD5`.
    pub md5: Option<&'a str>,
    /// The headers that begin with `x-amz-checksum-`, by what follows.
    pub checksums: Option<&'a BTreeMap<String, String>>,
    /// `x-amz-sdk-checksum-algorithm`: an algorithm without a value.
    pub algorithm: Option<&'a str>,
    /// `x-amz-trailer`: the headers that come behind the body.
    pub trailer: Option<&'a str>,
}

impl Incoming {
    /// A body as it was promised. Errs where the promise is malformed.
    pub fn new(stream: Option<wire::Stream>, promise: &Promise<'_>) -> Result<Self, Error> {
        let wanted_md5 = promise.md5.map(md5_of).transpose()?;
        let given = promise.checksums.map(given_checksum).transpose()?.flatten();
        let trailing = promise.trailer.and_then(trailing_algorithm);
        let named = promise.algorithm.and_then(Algorithm::named);
        let algorithm = given.as_ref().map(|(algorithm, _)| *algorithm).or(trailing).or(named);
        Ok(Self {
            stream,
            length: promise.length,
            md5: Md5::new(),
            size: 0,
            wanted_md5,
            checksum: algorithm.map(|algorithm| (algorithm, algorithm.hasher())),
            awaits_trailer: given.is_none() && trailing.is_some(),
            wanted_checksum: given.map(|(_, value)| value),
            trailers: HeaderMap::new(),
            condition: None,
        })
    }

    /// A body of our own: an object that is copied.
    pub fn own(stream: wire::Stream, algorithm: Option<Algorithm>) -> Self {
        Self {
            length: http_body::Body::size_hint(&stream).exact(),
            stream: Some(stream),
            md5: Md5::new(),
            size: 0,
            wanted_md5: None,
            checksum: algorithm.map(|algorithm| (algorithm, algorithm.hasher())),
            wanted_checksum: None,
            awaits_trailer: false,
            trailers: HeaderMap::new(),
            condition: None,
        }
    }

    /// The same, on a condition that is looked at once all bytes are here: a body may take hours to come. Where it fails,
    /// the body is not good, and that is why.
    #[must_use]
    pub fn provided(self, condition: impl Future<Output = Result<(), Error>> + Send + 'static) -> Self {
        Self { condition: Some(Box::pin(condition)), ..self }
    }

    /// Its length, where it is known beforehand. A body that ends elsewhere is not good.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The algorithm of its checksum.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.checksum.as_ref().map(|(algorithm, _)| *algorithm)
    }

    /// What the client said beforehand that it is: its MD5 digest in base64, and its checksum.
    pub fn promised(&self) -> (Option<String>, Option<(Algorithm, &str)>) {
        let checksum = self.algorithm().zip(self.wanted_checksum.as_deref());
        (self.wanted_md5.map(|md5| BASE64_STANDARD.encode(md5)), checksum)
    }

    /// The next piece; `None` at the end. Errs where the body is broken or too long.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// As [`Incoming::next`].
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        while let Some(stream) = &mut self.stream {
            let Some(frame) = std::task::ready!(stream.as_mut().poll_frame(context)) else {
                self.stream = None;
                break;
            };
            let frame = frame.map_err(broken)?;
            match frame.into_data() {
                Ok(data) => {
                    self.size = self.size.saturating_add(data.len() as u64);
                    if self.size > LARGEST {
                        return Poll::Ready(Err(Error::EntityTooLarge));
                    }
                    // Told at once: whoever passes the body on would have passed a whole one by its end.
                    if self.length.is_some_and(|length| self.size > length) {
                        return Poll::Ready(Err(Error::IncompleteBody));
                    }
                    self.md5.update(&data);
                    if let Some((_, hasher)) = &mut self.checksum {
                        hasher.update(&data);
                    }
                    return Poll::Ready(Ok(Some(data)));
                }
                Err(frame) => self.trailers.extend(frame.into_trailers().unwrap_or_default()),
            }
        }
        if let Some(condition) = &mut self.condition {
            std::task::ready!(condition.as_mut().poll(context))?;
            self.condition = None;
        }
        Poll::Ready(Ok(None))
    }

    /// What it was, once its end was seen. Errs where it is not what was promised.
    pub fn finish(self) -> Result<Received, Error> {
        if self.stream.is_some() || self.condition.is_some() {
            return Err(Error::internal("a body was not read to its end"));
        }
        if self.length.is_some_and(|length| length != self.size) {
            return Err(Error::IncompleteBody);
        }
        let md5: [u8; 16] = self.md5.finalize().into();
        if self.wanted_md5.is_some_and(|wanted| wanted != md5) {
            return Err(Error::BadDigest);
        }
        let Some((algorithm, hasher)) = self.checksum else {
            return Ok(Received { size: self.size, md5, checksum: None });
        };
        let mut wanted = self.wanted_checksum;
        if self.awaits_trailer {
            let value = self.trailers.get(format!("x-amz-checksum-{}", algorithm.label()));
            let value = value.and_then(|value| value.to_str().ok());
            let value =
                value.ok_or(Error::InvalidRequest("The checksum that was announced as a trailer is missing."))?;
            algorithm.check(value)?;
            wanted = Some(value.to_owned());
        }
        let value = algorithm.finish(hasher);
        if wanted.is_some_and(|wanted| wanted != value) {
            return Err(Error::BadChecksum(algorithm));
        }
        Ok(Received { size: self.size, md5, checksum: Some(Checksum { algorithm, value }) })
    }
}

/// Checks a document against what was promised about it.
pub fn check_document(document: &[u8], promise: &Promise<'_>) -> Result<(), Error> {
    let mut body = Incoming::new(None, promise)?;
    body.size = document.len() as u64;
    body.md5.update(document);
    if let Some((_, hasher)) = &mut body.checksum {
        hasher.update(document);
    }
    // A document that came in one piece has no trailers left: its pieces were verified.
    body.awaits_trailer = false;
    body.finish().map(drop)
}

/// The checksum that a request gives; it may give one only.
pub fn given_checksum(headers: &BTreeMap<String, String>) -> Result<Option<(Algorithm, String)>, Error> {
    let mut given = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        let value = headers.get(algorithm.label())?;
        Some((algorithm, value.clone()))
    });
    let first = given.next();
    if given.next().is_some() {
        return Err(Error::InvalidRequest(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ));
    }
    if let Some((algorithm, value)) = &first {
        algorithm.check(value)?;
    }
    Ok(first)
}

fn trailing_algorithm(names: &str) -> Option<Algorithm> {
    names
        .split(',')
        .find_map(|name| Algorithm::named(name.trim().to_ascii_lowercase().strip_prefix("x-amz-checksum-")?))
}

fn md5_of(text: &str) -> Result<[u8; 16], Error> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| Error::InvalidDigest)?;
    bytes.try_into().map_err(|_| Error::InvalidDigest)
}

fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    match error.downcast::<BodyFault>() {
        Ok(fault) => Error::Body(*fault),
        Err(error) => Error::internal(error),
    }
}

/// The largest body of one request: 5 GiB.
pub const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use http_body::{Body, Frame};

    use super::*;

    /// A body that never ends.
    struct Endless;

    impl Body for Endless {
        type Data = Bytes;
        type Error = Box<dyn std::error::Error + Send + Sync>;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"ab")))))
        }
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_told_before_its_end() {
        let promise = Promise { length: Some(4), ..Promise::default() };
        let mut body = Incoming::new(Some(Box::pin(Endless)), &promise).unwrap();
        for _ in 0..2 {
            assert_eq!(body.next().await.unwrap().unwrap(), "ab");
        }
        assert!(matches!(body.next().await, Err(Error::IncompleteBody)));
    }
}
