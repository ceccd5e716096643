//! Long answers that nobody takes. A client that stops reading holds what the answer comes from: files, a call to an
//! engine of which there are so many at a time. It is let go after a while, and the answer breaks off.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use wire::Stream;

use crate::body::time_for;

/// The answer, as long as the client takes it: one more piece within `patience`, and on the whole at the pace that is
/// wanted of bodies that come in. The time that the answer itself takes does not count.
pub(crate) fn taken(body: Stream, patience: Duration) -> Stream {
    // It goes onto the connection at once, or is held in memory anyway.
    if body.size_hint().upper().is_some_and(|size| size <= SHORT) {
        return body;
    }
    let held = Held { body: Some(body), given: 0, waited: Duration::ZERO, offered: Some(Instant::now()) };
    let held = Arc::new(Mutex::new(held));
    let watch = tokio::spawn(watch(Arc::downgrade(&held), patience)).abort_handle();
    Box::pin(Taken { held, watch })
}

struct Taken {
    held: Arc<Mutex<Held>>,
    watch: AbortHandle,
}

struct Held {
    /// `None`: it was let go.
    body: Option<Stream>,
    /// How much the client was given, and how long it was waited for.
    given: usize,
    waited: Duration,
    /// Since when the client may ask for the next piece. `None`: it asked, and the piece is on its way.
    offered: Option<Instant>,
}

impl Held {
    fn is_left(&self, patience: Duration) -> bool {
        let Some(offered) = self.offered else { return false };
        let now = offered.elapsed();
        now > patience || self.waited + now > time_for(self.given, patience)
    }
}

async fn watch(held: Weak<Mutex<Held>>, patience: Duration) {
    loop {
        tokio::time::sleep(patience / 4).await;
        let Some(held) = held.upgrade() else { return };
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_left(patience) {
            held.body = None;
            return;
        }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Body for Taken {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(offered) = held.offered.take() {
            held.waited += offered.elapsed();
        }
        let Some(body) = &mut held.body else { return Poll::Ready(Some(Err("the client did not take it".into()))) };
        let frame = ready!(body.as_mut().poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            held.given += frame.data_ref().map_or(0, Bytes::len);
            held.offered = Some(Instant::now());
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.body.as_ref().is_some_and(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.body.as_ref().map_or_else(SizeHint::default, |body| body.size_hint())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

const SHORT: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use futures_util::stream::unfold;
    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(40);

    /// Pieces without an end; each comes after `pause`, and holds on to `source`.
    fn endless(source: Arc<()>, pause: Duration) -> Stream {
        Box::pin(StreamBody::new(unfold(source, move |source| async move {
            tokio::time::sleep(pause).await;
            Some((Ok(Frame::data(Bytes::from_static(&[7; 16 * 1024]))), source))
        })))
    }

    #[tokio::test]
    async fn what_is_not_taken_is_let_go() {
        let source = Arc::new(());
        let mut body = taken(endless(source.clone(), Duration::ZERO), PATIENCE);
        assert!(body.frame().await.unwrap().is_ok());
        assert_eq!(Arc::strong_count(&source), 2);
        tokio::time::sleep(PATIENCE * 5).await;
        assert_eq!(Arc::strong_count(&source), 1, "nothing is held for a client that went to sleep");
        assert!(body.frame().await.unwrap().is_err(), "and it is not told that this was all");
    }

    #[tokio::test]
    async fn an_answer_may_take_its_own_time() {
        let mut body = taken(endless(Arc::new(()), PATIENCE * 3), PATIENCE);
        for _ in 0..2 {
            assert!(body.frame().await.unwrap().is_ok());
        }
    }
}
