//! A request's body on its way: who is waited for, and what went wrong with it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;

use crate::BoxError;
use crate::request::{Body, Stream};

/// The body that the connection sends.
pub(crate) struct Outgoing {
    source: Source,
    progress: Arc<Progress>,
}

enum Source {
    Whole(Bytes),
    Stream { left: u64, stream: Stream },
}

/// How far a body has come, for the one who waits for the answer.
#[derive(Default)]
pub(crate) struct Progress {
    state: Mutex<State>,
    moved: Notify,
}

#[derive(Default)]
struct State {
    /// The body's own next piece is waited for, not the server.
    is_source_awaited: bool,
    pieces: u64,
    failure: Option<BoxError>,
}

impl Outgoing {
    pub(crate) fn new(body: Body) -> (Self, Arc<Progress>) {
        let progress = Arc::new(Progress::default());
        let source = match body {
            Body::Whole(bytes) => Source::Whole(bytes),
            Body::Stream(left, stream) => Source::Stream { left, stream },
        };
        (Self { source, progress: progress.clone() }, progress)
    }
}

impl Progress {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.moved.notify_one();
    }

    /// What ended the body before its end.
    pub(crate) fn failure(&self) -> Option<BoxError> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failure.take()
    }

    /// Ends when the server was waited for that long without a sign of life. The body's own time does
    /// not count.
    pub(crate) async fn stalled(&self, patience: std::time::Duration) {
        let look = || {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            (state.is_source_awaited, state.pieces)
        };
        loop {
            let before = look();
            if before.0 {
                self.moved.notified().await;
                continue;
            }
            // The next piece may be taken at any time: what counts is whether it was.
            if tokio::time::timeout(patience, self.moved.notified()).await.is_err() && look() == before {
                return;
            }
        }
    }
}

impl hyper::body::Body for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Self { source, progress } = self.get_mut();
        let (left, stream) = match source {
            Source::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                return Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))));
            }
            Source::Stream { left, stream } => (left, stream),
        };
        let outcome = loop {
            break match stream.as_mut().poll_frame(context) {
                Poll::Pending => {
                    progress.change(|state| state.is_source_awaited = true);
                    return Poll::Pending;
                }
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => match left.checked_sub(data.len() as u64) {
                        Some(rest) => {
                            *left = rest;
                            Ok(Some(data))
                        }
                        None => Err(LONGER.into()),
                    },
                    // The length was announced, so there is no place for trailers.
                    Err(_) => continue,
                },
                Poll::Ready(Some(Err(error))) => Err(error),
                Poll::Ready(None) if *left > 0 => Err(SHORTER.into()),
                Poll::Ready(None) => Ok(None),
            };
        };
        progress.change(|state| {
            state.is_source_awaited = false;
            state.pieces += 1;
        });
        match outcome {
            Ok(Some(data)) => Poll::Ready(Some(Ok(Frame::data(data)))),
            Ok(None) => Poll::Ready(None),
            Err(error) => {
                progress.change(|state| state.failure = Some(error));
                Poll::Ready(Some(Err("the body failed".into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Whole(bytes) => bytes.is_empty(),
            Source::Stream { left: 0, stream } => stream.is_end_stream(),
            Source::Stream { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::Stream { left, .. } => SizeHint::with_exact(*left),
        }
    }
}

const LONGER: &str = "the body is longer than it was announced";
const SHORTER: &str = "the body is shorter than it was announced";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_time_of_the_bodys_own_pieces_does_not_count() {
        let progress = Progress::default();
        progress.change(|state| state.is_source_awaited = true);
        let patience = Duration::from_millis(1);
        let stalled = tokio::time::timeout(Duration::from_millis(40), progress.stalled(patience)).await;
        assert!(stalled.is_err(), "the source is waited for");
        progress.change(|state| state.is_source_awaited = false);
        progress.stalled(patience).await;
    }
}
