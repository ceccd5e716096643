//! Bodies on their way out: pieces of files, read as fast as the client takes them.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin as Pinned;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

use super::blobs::{Blobs, Pin};
use super::records::{BlobId, Content};
use crate::Error;
use crate::outgoing::whole;

/// The bytes of a range.
pub(super) async fn stream(blobs: &Arc<Blobs>, content: &Content, range: Range<u64>) -> Result<wire::Stream, Error> {
    let segments = match content {
        Content::Inline(bytes) => {
            let within = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            let piece = bytes.slice(within(range.start)..within(range.end.max(range.start)));
            return Ok(whole(piece));
        }
        Content::Segments { segments, .. } => segments,
    };
    let mut left = VecDeque::new();
    let mut start = 0;
    for segment in segments {
        let end = start + segment.size;
        let (from, to) = (range.start.max(start), range.end.min(end));
        if from < to {
            let pin = blobs.pin(segment.blob);
            left.push_back(Piece { blob: segment.blob, range: from - start..to - start, _pin: pin });
        }
        start = end;
    }
    let size = left.iter().map(|piece| piece.range.end - piece.range.start).sum();
    // A file that is not there must be told before the answer has begun.
    let open = match left.front() {
        Some(piece) => Some(Arc::new(blobs.open_file(piece.blob).await?)),
        None => None,
    };
    Ok(Box::pin(Files { blobs: blobs.clone(), left, open, reading: None, size }))
}

struct Files {
    blobs: Arc<Blobs>,
    /// What is still to be read; the first is open.
    left: VecDeque<Piece>,
    open: Option<Arc<File>>,
    reading: Option<Reading>,
    size: u64,
}

struct Piece {
    blob: BlobId,
    range: Range<u64>,
    _pin: Pin,
}

/// A read on a thread that may wait: the file comes back with the bytes.
type Reading = JoinHandle<io::Result<(Arc<File>, Bytes)>>;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Body for Files {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pinned<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let mut reading = match this.reading.take() {
            Some(reading) => reading,
            None => match this.next() {
                Some(reading) => reading,
                None => return Poll::Ready(None),
            },
        };
        let read = match Pinned::new(&mut reading).poll(context) {
            Poll::Pending => {
                this.reading = Some(reading);
                return Poll::Pending;
            }
            ready => ready,
        };
        let (file, bytes) = ready!(read).map_err(io::Error::other)??;
        let count = bytes.len() as u64;
        this.size = this.size.saturating_sub(count);
        this.open = Some(file);
        if let Some(piece) = this.left.front_mut() {
            piece.range.start += count;
            if piece.range.is_empty() {
                this.left.pop_front();
                this.open = None;
            }
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.size)
    }
}

impl Files {
    /// Starts to read the next piece, one at a time: a client that is slow holds no more than that.
    fn next(&mut self) -> Option<Reading> {
        let piece = self.left.front()?;
        let (at, count) = (piece.range.start, (piece.range.end - piece.range.start).min(PIECE));
        let open = self.open.take();
        let path = self.blobs.path(piece.blob);
        Some(spawn_blocking(move || {
            let file = match open {
                Some(file) => file,
                None => Arc::new(File::open(path)?),
            };
            let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
            file.read_exact_at(&mut bytes, at)?;
            Ok((file, bytes.into()))
        }))
    }
}

const PIECE: u64 = 256 * 1024;
