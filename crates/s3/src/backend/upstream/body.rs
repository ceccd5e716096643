//! A client's body on its way to the engine. Its last piece is kept back until the whole was found
//! good: what is not good never becomes an object there.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::Error;
use crate::incoming::{Incoming, Received};

/// How a body ended.
#[derive(Clone, Default)]
pub(super) struct End(Arc<Mutex<Option<Result<Received, Error>>>>);

impl End {
    /// What it was. `None`: its end was not seen.
    pub(super) fn take(&self) -> Option<Result<Received, Error>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, end: Result<Received, Error>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    }
}

/// The body as it is sent.
pub(super) struct Checked {
    body: Option<Incoming>,
    kept_back: Option<Bytes>,
    /// How many of the announced bytes were not given yet.
    left: u64,
    end: End,
}

impl Checked {
    /// A body of this length, as it was announced to the engine.
    pub(super) fn new(body: Incoming, length: u64) -> (Self, End) {
        let end = End::default();
        (Self { body: Some(body), kept_back: None, left: length, end: end.clone() }, end)
    }

    /// INVARIANT: the engine gets the last of the announced bytes only when all of them are good.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        loop {
            let Some(body) = &mut self.body else { return Poll::Ready(Ok(None)) };
            match ready!(body.poll_next(context))? {
                Some(piece) if piece.is_empty() => {}
                Some(piece) => {
                    if let Some(before) = self.kept_back.replace(piece) {
                        // More follows, so these are not the last: else the body is too long.
                        self.left = self.left.saturating_sub(before.len() as u64);
                        let outcome = if self.left == 0 { Err(Error::IncompleteBody) } else { Ok(Some(before)) };
                        return Poll::Ready(outcome);
                    }
                }
                None => {
                    let received = self.body.take().map(Incoming::finish).transpose()?;
                    if let Some(received) = received {
                        self.end.set(Ok(received));
                    }
                    return Poll::Ready(Ok(self.kept_back.take()));
                }
            }
        }
    }
}

impl Body for Checked {
    type Data = Bytes;
    type Error = upstream::BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, upstream::BoxError>>> {
        let this = self.get_mut();
        match ready!(this.poll_piece(context)) {
            Ok(piece) => Poll::Ready(piece.map(|piece| Ok(Frame::data(piece)))),
            Err(error) => {
                (this.body, this.kept_back) = (None, None);
                this.end.set(Err(error));
                Poll::Ready(Some(Err("the client's body is not good".into())))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
