//! Bodies on their way in. A client that is refused is often still sending: were the connection closed under it, it would
//! hear of that and never read its answer. So what nobody wants any more is read all the same and thrown away, for a
//! while and within a bound.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Version;
use http::header::EXPECT;
use http::request::Parts;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::runtime::Handle;

/// A body that is read to its end even where it is dropped before.
pub(crate) struct Coming {
    /// `None`: nobody reads on.
    body: Option<Incoming>,
    /// Whether the client sends what it was not asked for.
    sends: bool,
    patience: Duration,
}

impl Coming {
    /// The body of a request. What is left of it is waited for as long as `patience`, all in all.
    pub(crate) fn new(body: Incoming, parts: &Parts, patience: Duration) -> Self {
        // A stream of HTTP/2 ends for itself alone, and whoever waits to be told to send waits in vain.
        let sends = parts.version <= Version::HTTP_11 && !parts.headers.contains_key(EXPECT);
        Self { body: Some(body), sends, patience }
    }

    /// Reads nothing more: the client had its time.
    pub(crate) fn cut(&mut self) {
        self.body = None;
    }
}

impl Body for Coming {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        // Now it was told.
        this.sends |= !body.is_end_stream();
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            this.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| self.sends && !body.is_end_stream()) else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(tokio::time::timeout(self.patience, thrown_away(body)));
        }
    }
}

async fn thrown_away(mut body: Incoming) {
    let mut left = MOST;
    while let Some(Ok(frame)) = body.frame().await {
        let Some(fewer) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else { return };
        left = fewer;
    }
}

/// So much is thrown away of one body: what people send from browsers, and no more.
const MOST: usize = 64 * 1024 * 1024;
