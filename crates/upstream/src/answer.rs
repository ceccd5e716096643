//! What a server answers.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

use crate::meter::UnderWay;
use crate::{BoxError, Error};

/// The answer of a server: any status, with a body that still comes.
#[derive(Debug)]
pub struct Answer {
    /// The status. A redirect is an answer like others.
    pub status: StatusCode,
    /// The headers: at most 64 KiB of them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Incoming,
}

/// An answer's body, in pieces. While it is held, its call is under way. It errs where the server
/// breaks off, leaves it waiting for too long, or sends less than it announced.
pub struct Incoming {
    body: hyper::body::Incoming,
    server: Arc<str>,
    idle: Duration,
    /// Room for bodies that are read whole.
    held: Arc<Semaphore>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Given up at the body's end, or when it is dropped.
    under_way: Option<UnderWay>,
}

impl Answer {
    /// The whole body. Errs where it is longer than `limit`, or where there is no room for it: no more of it is read.
    /// It takes that room until its last copy is dropped.
    pub async fn whole(self, limit: usize) -> Result<Bytes, Error> {
        let mut body = self.body;
        let too_long = |server: &Arc<str>| Error::TooLong { server: server.to_string(), limit };
        if body.size_hint().lower() > limit as u64 {
            return Err(too_long(&body.server));
        }
        let mut whole = Held { bytes: BytesMut::new(), room: None };
        let announced = body.size_hint().lower();
        whole.reserve(&mut body, announced)?;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => return Err(body.failure(error)),
            };
            let Ok(data) = frame.into_data() else { continue };
            let length = whole.bytes.len() + data.len();
            if length > limit {
                return Err(too_long(&body.server));
            }
            whole.reserve(&mut body, length as u64)?;
            whole.bytes.extend_from_slice(&data);
        }
        Ok(Bytes::from_owner(whole))
    }

    /// What the server calls this request in its own log, if it says so in words that can stand in ours.
    pub fn request_id(&self) -> Option<&str> {
        let ids = ["x-amz-request-id", "x-amzn-requestid"];
        let id = ids.iter().find_map(|name| self.headers.get(*name))?.to_str().ok()?;
        let readable = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./+=".contains(&byte);
        ((1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(readable)).then_some(id)
    }
}

/// A body that is read whole, and the room that it takes. Short ones are bounded by the calls.
struct Held {
    bytes: BytesMut,
    room: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// Room for so many bytes in all.
    fn reserve(&mut self, body: &mut Incoming, length: u64) -> Result<(), Error> {
        let has = self.room.as_ref().map_or(SHORT, |room| SHORT + room.num_permits() as u64);
        let Some(more) = length.checked_sub(has).filter(|more| *more > 0) else { return Ok(()) };
        let more = u32::try_from(more).ok().and_then(|more| body.held.clone().try_acquire_many_owned(more).ok());
        match (&mut self.room, more) {
            (_, None) => return Err(body.crowded()),
            (Some(room), Some(more)) => room.merge(more),
            (none, Some(more)) => *none = Some(more),
        }
        Ok(())
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Incoming {
    pub(crate) fn new(
        body: hyper::body::Incoming,
        server: Arc<str>,
        idle: Duration,
        held: Arc<Semaphore>,
        under_way: UnderWay,
    ) -> Self {
        let under_way = Some(under_way).filter(|_| !body.is_end_stream());
        Self { body, server, idle, held, timer: None, under_way }
    }

    fn crowded(&mut self) -> Error {
        let error = Error::Crowded { server: self.server.to_string() };
        if let Some(under_way) = &mut self.under_way {
            under_way.failed(error.outcome());
        }
        error
    }

    fn failure(&self, source: BoxError) -> Error {
        match source.downcast::<Late>() {
            Ok(_) => Error::Late { server: self.server.to_string(), seconds: self.idle.as_secs() },
            Err(source) => Error::Broken { server: self.server.to_string(), source },
        }
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.timer = None;
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(end) => {
                this.timer = None;
                if let (Some(under_way), Some(Err(_))) = (&mut this.under_way, &end) {
                    under_way.failed("broken");
                }
                this.under_way = None;
                Poll::Ready(end.map(|end| end.map_err(Into::into)))
            }
            Poll::Pending => {
                let idle = this.idle;
                let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + idle)));
                if timer.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                if let Some(under_way) = &mut this.under_way {
                    under_way.failed("late");
                }
                this.under_way = None;
                Poll::Ready(Some(Err(Box::new(Late))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Incoming(..)")
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the server stopped sending")]
struct Late;

const LONGEST_ID: usize = 128;
/// So many bytes of each answer take no room.
const SHORT: u64 = 16 * 1024;
