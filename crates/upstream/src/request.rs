//! What is asked.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::{BoxError, Error};

/// A body in pieces. An error of it ends the call with [`crate::Error::Source`]. Where
/// that comes before its last byte, the server never sees a complete request: a body that is only
/// good if its end is keeps a piece back until it knows.
pub type Stream = Pin<Box<dyn hyper::body::Body<Data = Bytes, Error = BoxError> + Send>>;

/// A request to a server.
#[derive(Debug)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) repeats: bool,
}

/// A request's body.
pub enum Body {
    /// All of it. Signatures cover its hash.
    Whole(Bytes),
    /// In pieces, exactly so many bytes. Signatures leave it out, which S3 alone accepts.
    Stream(u64, Stream),
}

impl Request {
    /// A request without headers and body. The path begins with a slash and is already encoded: the
    /// functions of [`target`](crate::target) do that.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let (headers, body) = (HeaderMap::new(), Body::Whole(Bytes::new()));
        Self { method, path: path.into(), query: String::new(), headers, body, repeats: false }
    }

    /// With a query, already encoded, without its question mark.
    #[must_use]
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }

    /// With a header. `host`, `content-length` and what a signature adds are not for the caller.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// May be carried out twice without harm: it is sent again where the connection breaks before an
    /// answer. Bodies in pieces are not sent again in any case.
    #[must_use]
    pub fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }
}

impl Body {
    /// Errs where a body of no bytes is not good: nobody else would read it to its end.
    pub(crate) async fn checked(self) -> Result<Self, Error> {
        let Self::Stream(0, mut stream) = self else { return Ok(self) };
        while let Some(frame) = poll_fn(|context| stream.as_mut().poll_frame(context)).await {
            if frame.map_err(Error::Source)?.into_data().is_ok_and(|data| !data.is_empty()) {
                return Err(Error::Source("the body is longer than it was announced".into()));
            }
        }
        Ok(Self::Stream(0, stream))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Stream(length, _) => write!(f, "Stream({length} bytes)"),
        }
    }
}
