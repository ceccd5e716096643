//! The room for answers that are not sent yet: so much in all, and so much to one address, that nobody fills the memory
//! by asking for long answers and not reading them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Frame, SizeHint};
use operation::limits::network;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room, in bytes.
pub struct Unsent {
    all: Arc<Semaphore>,
    most_of_one: usize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// An answer that takes room until it was sent, or will not be.
struct Held {
    unsent: Arc<Unsent>,
    address: IpAddr,
    size: usize,
    left: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl Unsent {
    /// Room for so many bytes in all. One address has a part of it, and in any case the `longest` answer.
    pub fn new(bytes: usize, longest: usize) -> Arc<Self> {
        Arc::new(Self {
            all: Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))),
            most_of_one: (bytes / PARTS).max(longest),
            by_address: Mutex::default(),
        })
    }

    /// The body of an answer to this address. `None`: there is no room for it. Short ones need none.
    pub fn hold(self: &Arc<Self>, address: IpAddr, body: Bytes) -> Option<wire::Body> {
        let (size, address) = (body.len(), network(address));
        if size <= SHORT {
            return Some(wire::Body::Whole(body));
        }
        let permit = self.all.clone().try_acquire_many_owned(u32::try_from(size).ok()?).ok()?;
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let held = by_address.get(&address).copied().unwrap_or_default().saturating_add(size);
        if held > self.most_of_one {
            return None;
        }
        by_address.insert(address, held);
        drop(by_address);
        Some(wire::Body::Stream(Box::pin(Held { unsent: self.clone(), address, size, left: body, _permit: permit })))
    }
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        let length = this.left.len().min(PIECE);
        let Some(piece) = this.left.get(..length).filter(|piece| !piece.is_empty()) else { return Poll::Ready(None) };
        // A copy: a slice that waits in a connection would keep the whole alive after its room was given back.
        let piece = Bytes::copy_from_slice(piece);
        this.left.advance(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut by_address = self.unsent.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let left = by_address.get(&self.address).copied().unwrap_or_default().saturating_sub(self.size);
        if left == 0 {
            by_address.remove(&self.address);
        } else {
            by_address.insert(self.address, left);
        }
    }
}

/// One address may take this part of the room.
const PARTS: usize = 8;
/// Answers up to this length are bounded by the number of connections.
const SHORT: usize = 16 * 1024;
/// What a connection holds of an answer at a time.
const PIECE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_answers_that_nobody_reads_leave_room_for_others() {
        let unsent = Unsent::new(8 * 1024 * 1024, 1024 * 1024);
        let [greedy, other] = ["192.0.2.1", "198.51.100.1"].map(|text| text.parse().unwrap());
        let answer = Bytes::from(vec![b'x'; 400 * 1024]);
        let held: Vec<_> = (0..5).filter_map(|_| unsent.hold(greedy, answer.clone())).collect();
        assert_eq!(held.len(), 2);
        assert!(unsent.hold(greedy, Bytes::from_static(b"short")).is_some());
        assert!(unsent.hold(other, answer.clone()).is_some());
        drop(held);
        assert!(unsent.by_address.lock().unwrap().is_empty(), "nothing is kept of who left");
        assert_eq!(unsent.all.available_permits(), 8 * 1024 * 1024);
    }

    #[tokio::test]
    async fn what_is_held_is_what_is_sent() {
        use http_body_util::BodyExt;
        let unsent = Unsent::new(8 * 1024 * 1024, 1024 * 1024);
        let answer: Bytes = (0..200_000u32).map(|at| at as u8).collect();
        let held = unsent.hold("192.0.2.1".parse().unwrap(), answer.clone()).unwrap();
        assert_eq!(http_body::Body::size_hint(&held).exact(), Some(200_000));
        assert_eq!(held.collect().await.unwrap().to_bytes(), answer);
        assert!(unsent.by_address.lock().unwrap().is_empty());
    }
}
