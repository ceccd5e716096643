//! Event streams: devices that are connected to this process and wait for changes, as server-sent events.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::stream::unfold;
use http_body::Frame;
use http_body_util::StreamBody;
use store::datasets::Found;
use store::devices::Device;
use store::outbox::{Entry, Happened};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use vocab::IdentityId;

use super::Telling;
use super::shapes::announcement;
use crate::Error;
use crate::reach::Reached;
use crate::settings::EventStreams;

/// The streams that are open.
pub struct Streams {
    bounds: EventStreams,
    open: Mutex<Opens>,
}

#[derive(Default)]
struct Opens {
    by_identity: HashMap<[u8; 16], Vec<Open>>,
    count: usize,
    next: u64,
}

struct Open {
    number: u64,
    device: String,
    sender: Sender<Arc<Event>>,
}

/// One event, written once for all streams that get it.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    dataset: String,
    /// Later events of a dataset are greater.
    place: (u64, u8),
    text: Bytes,
}

/// A stream of one device.
pub struct Opened {
    streams: Arc<Streams>,
    identity: [u8; 16],
    number: u64,
    receiver: Receiver<Arc<Event>>,
}

impl Streams {
    /// None yet.
    pub fn new(bounds: EventStreams) -> Arc<Self> {
        Arc::new(Self { bounds, open: Mutex::default() })
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.lock().count
    }

    /// Tells the devices of an entry that are connected here. One that does not take its events as fast as they come
    /// loses its connection: when it comes back it hears how things stand.
    pub fn announce(&self, entry: &Entry) {
        let mut opens = self.lock();
        let Opens { by_identity, count, .. } = &mut *opens;
        let Some(streams) = by_identity.get_mut(&entry.identity.guid()) else { return };
        let event = Arc::new(Event::of(entry));
        let before = streams.len();
        streams.retain(|open| !entry.devices.contains(&open.device) || open.sender.try_send(event.clone()).is_ok());
        *count -= before - streams.len();
        if streams.is_empty() {
            by_identity.remove(&entry.identity.guid());
        }
    }

    /// Ends all of them.
    pub fn end_all(&self) {
        let mut opens = self.lock();
        opens.by_identity.clear();
        opens.count = 0;
    }

    fn open(self: &Arc<Self>, identity: &IdentityId, device: &str) -> Option<Opened> {
        let identity = identity.guid();
        let mut opens = self.lock();
        let own = opens.by_identity.get(&identity).map_or(0, Vec::len);
        if opens.count >= self.bounds.total || own >= self.bounds.per_identity {
            return None;
        }
        let number = opens.next;
        let (sender, receiver) = channel(QUEUE);
        opens.next += 1;
        opens.count += 1;
        opens.by_identity.entry(identity).or_default().push(Open { number, device: device.to_owned(), sender });
        metrics::gauge!("daypass_event_streams").increment(1.0);
        Some(Opened { streams: self.clone(), identity, number, receiver })
    }

    fn lock(&self) -> MutexGuard<'_, Opens> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a stream. Whatever is changed from now on will be in it.
pub async fn open(telling: &Telling, identity: &IdentityId, device: &str) -> Result<Opened, Error> {
    let opened = telling.streams.open(identity, device).ok_or(Error::TooManyRequests)?;
    if telling.known().await { Ok(opened) } else { Err(Error::TooManyRequests) }
}

/// How the datasets stand that a device is subscribed to: what it may have missed. Who changed one last may have missed
/// what others changed before. Of one it has seen the event already.
pub fn standing(reached: &Reached, found: &Found, device: &Device, last: Option<&str>) -> Vec<Event> {
    let Found::Shelf(shelf) = found else { return Vec::new() };
    let seen = last.and_then(Event::read_id);
    let mut events = Vec::new();
    for name in &device.subscriptions {
        let (sync_count, happened) = match shelf.find(name) {
            Some(dataset) => (dataset.sync_count, Happened::Changed),
            None => match shelf.deleted.iter().find(|deleted| deleted.name == *name) {
                Some(deleted) => (deleted.sync_count, Happened::Deleted),
                None => continue,
            },
        };
        let entry = Entry {
            kind: store::outbox::Kind::Push,
            pool: reached.pool.id.clone(),
            identity: reached.identity.clone(),
            dataset: name.clone(),
            sync_count,
            happened,
            at: vocab::Timestamp::from_millis(0),
            devices: Vec::new(),
            records: Vec::new(),
        };
        let event = Event::of(&entry);
        if !seen.as_ref().is_some_and(|(dataset, place)| dataset == name && *place >= event.place) {
            events.push(event);
        }
    }
    events
}

impl Event {
    fn of(entry: &Entry) -> Self {
        let id = format!("{}-{}:{}", entry.sync_count, entry.happened.order(), entry.dataset);
        let text = format!("id: {id}\ndata: {}\n\n", announcement(entry));
        Self {
            dataset: entry.dataset.clone(),
            place: (entry.sync_count, entry.happened.order()),
            text: Bytes::from(text),
        }
    }

    /// What the id of an event says.
    fn read_id(id: &str) -> Option<(String, (u64, u8))> {
        let (place, dataset) = id.split_once(':')?;
        let (count, order) = place.split_once('-')?;
        Some((dataset.to_owned(), (count.parse().ok()?, order.parse().ok()?)))
    }
}

impl Opened {
    /// The stream: first these events, then those to come. It ends where the device is too slow, or all streams end.
    pub fn body(self, first: Vec<Event>) -> wire::Stream {
        let heartbeat = self.streams.bounds.heartbeat;
        let mut start = b"retry: 1000\n\n".to_vec();
        let mut told = HashMap::new();
        for event in first {
            start.extend_from_slice(&event.text);
            told.insert(event.dataset, event.place);
        }
        let body = unfold((self, told, Some(Bytes::from(start))), move |(mut opened, mut told, start)| async move {
            if let Some(start) = start {
                return Some((frame(start), (opened, told, None)));
            }
            loop {
                let event = match tokio::time::timeout(heartbeat, opened.receiver.recv()).await {
                    Err(_) => return Some((frame(Bytes::from_static(b":\n\n")), (opened, told, None))),
                    Ok(None) => return None,
                    Ok(Some(event)) => event,
                };
                // It was among the first, or two came at the same time.
                if told.get(&event.dataset).is_some_and(|place| *place >= event.place) {
                    continue;
                }
                told.insert(event.dataset.clone(), event.place);
                return Some((frame(event.text.clone()), (opened, told, None)));
            }
        });
        Box::pin(StreamBody::new(body)) as Pin<Box<_>>
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        metrics::gauge!("daypass_event_streams").decrement(1.0);
        let mut opens = self.streams.lock();
        let Opens { by_identity, count, .. } = &mut *opens;
        let Some(streams) = by_identity.get_mut(&self.identity) else { return };
        let before = streams.len();
        streams.retain(|open| open.number != self.number);
        *count -= before - streams.len();
        if streams.is_empty() {
            by_identity.remove(&self.identity);
        }
    }
}

fn frame(bytes: Bytes) -> Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Frame::data(bytes))
}

/// Events that wait for a device to take them.
const QUEUE: usize = 32;
