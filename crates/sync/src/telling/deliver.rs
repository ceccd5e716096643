//! Delivery: what waits in the outbox goes to web hooks and files, at least once, that of a dataset in order.
//!
//! Announcements and streams are delivered side by side: a receiver of the one that hangs is none of the other's. What
//! cannot be delivered is tried again after a [pause](super::paused), and holds up nothing but its own dataset. What was
//! tried for too long goes to the dead letters.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use store::nodes::Held;
use store::outbox::{Kind, Waiting};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::files::Files;
use super::paused::{FIRST_PAUSE, Paused};
use super::{Telling, post, publish};
use crate::Error;
use crate::settings::{Hook, Sink};

/// Delivers, as long as it is polled.
pub(super) async fn run(telling: &Telling) {
    let streams = async {
        match (Files::of(&telling.settings, &telling.host), &telling.settings.streams) {
            (Some(files), _) => write(telling, files).await,
            (None, Some(Sink::Hook(hook))) => Courier::new(telling, Kind::Stream, Some(hook)).run().await,
            (None, _) => Courier::new(telling, Kind::Stream, None).run().await,
        }
    };
    tokio::join!(share(telling), Courier::new(telling, Kind::Push, telling.settings.push.as_ref()).run(), streams);
}

/// Sees to it that every partition has one process that delivers it.
async fn share(telling: &Telling) {
    let mut rounds = tokio::time::interval(SHARED);
    while !telling.nodes.is_alone() {
        rounds.tick().await;
        if let Err(error) = telling.nodes.share().await {
            tracing::warn!(%error, "partitions of the outbox are not shared yet");
        }
    }
}

/// Who brings what is of one kind to its web hook.
struct Courier<'a> {
    telling: &'a Telling,
    kind: Kind,
    hook: Option<&'a Hook>,
    paused: Paused,
    running: FuturesUnordered<BoxFuture<'a, Ended>>,
    under_way: HashMap<Vec<u8>, Load>,
    /// Something was left that could be delivered when a delivery ends.
    is_left: bool,
}

/// What a delivery takes.
#[derive(Clone, Copy)]
struct Load {
    is_again: bool,
    bytes: usize,
}

/// A delivery that ended, and its dataset.
type Ended = (Vec<u8>, Result<(), Error>);

impl<'a> Courier<'a> {
    fn new(telling: &'a Telling, kind: Kind, hook: Option<&'a Hook>) -> Self {
        let (paused, under_way) = (Paused::default(), HashMap::new());
        Self { telling, kind, hook, paused, running: FuturesUnordered::new(), under_way, is_left: false }
    }

    async fn run(mut self) {
        loop {
            let began = Instant::now();
            self.is_left = false;
            let went_on = match self.round().await {
                Ok(went_on) => went_on,
                Err(error) => {
                    tracing::warn!(%error, "the outbox is not delivered yet");
                    sleep(FIRST_PAUSE).await;
                    true
                }
            };
            self.wait(began, went_on).await;
        }
    }

    /// Looks through the outbox. Whether there is more to do at once.
    async fn round(&mut self) -> Result<bool, Error> {
        if !self.telling.nodes.is_member() {
            return Ok(false);
        }
        let count = self.walk().await?;
        if self.kind == Kind::Push || self.paused.rest().is_some() {
            return Ok(false);
        }
        publish::go_on(self.telling, count >= PAGE).await
    }

    /// Looks at every entry, and begins what can be begun. Answers how many there were.
    async fn walk(&mut self) -> Result<usize, Error> {
        self.paused.forget();
        let (mut count, mut after) = (0, None);
        loop {
            let page = self.telling.outbox.page(None, after.as_deref(), PAGE).await?;
            let mut skipped = None;
            for lane in lanes(page.entries) {
                count += if lane.first().is_some_and(|first| first.entry.kind == self.kind) { lane.len() } else { 0 };
                skipped = self.take_up(lane).await;
            }
            let Some(next) = page.next else { return Ok(count) };
            after = Some(skipped.map_or(next.clone(), |skipped| skipped.max(next)));
        }
    }

    /// Begins to deliver the entries of one dataset. Where that cannot be, what comes next need not be looked at, up to
    /// the key that is answered.
    async fn take_up(&mut self, lane: Vec<Waiting>) -> Option<Vec<u8>> {
        let first = lane.first()?;
        if first.entry.kind != self.kind {
            return Some(first.after_kind());
        }
        let Some(held) = self.telling.nodes.hold(first.partition()) else { return Some(first.after_partition()) };
        let (name, skipped) = (first.lane().to_vec(), Some(first.after_lane()));
        if self.under_way.contains_key(&name) {
            self.is_left = true;
            return skipped;
        }
        if self.paused.holds(&name) {
            return skipped;
        }
        let lane = match post::without_old(self.telling, self.hook, lane).await {
            Ok(lane) => lane,
            Err(error) => {
                tracing::error!(%error, "changes that were tried for too long are not given up yet");
                self.paused.pause(&name);
                return skipped;
            }
        };
        let (Some(hook), false) = (self.hook, lane.is_empty()) else { return None };
        let load = Load { is_again: self.paused.has_failed(&name), bytes: lane.iter().map(post::weight_of).sum() };
        if !self.has_room(load).await {
            return skipped;
        }
        self.under_way.insert(name.clone(), load);
        self.running.push(Box::pin(deliver(self.telling, hook, held, (name, lane))));
        None
    }

    /// Whether there is room for a delivery, for which is waited: but not for one that has failed before. Those have
    /// places of their own, so that datasets whose deliveries hang hold up no others.
    async fn has_room(&mut self, load: Load) -> bool {
        loop {
            if self.paused.rest().is_some() {
                return false;
            }
            let beside = self.under_way.values().filter(|other| other.is_again == load.is_again).count();
            let bytes: usize = self.under_way.values().map(|other| other.bytes).sum();
            if beside < AT_A_TIME && (bytes == 0 || bytes + load.bytes <= HELD) {
                return true;
            }
            if load.is_again {
                self.is_left = true;
                return false;
            }
            let Some(ended) = self.running.next().await else { return false };
            self.ended(ended);
        }
    }

    fn ended(&mut self, (lane, delivered): Ended) {
        self.under_way.remove(&lane);
        match delivered {
            Ok(()) => self.paused.succeeded(&lane),
            Err(error) => {
                tracing::warn!(%error, "a change of a dataset is not delivered yet");
                self.paused.failed(&lane);
            }
        }
    }

    /// Waits until there may be something to begin. To look takes a fifth of the time at most.
    async fn wait(&mut self, began: Instant, mut has_news: bool) {
        let earliest = Instant::now() + began.elapsed() * 4;
        let idle = if self.telling.nodes.is_alone() || self.hook.is_none() { IDLE } else { POLL };
        loop {
            let next = self.paused.next(began).into_iter().chain([Instant::now() + idle]).min();
            let until = match (self.paused.rest(), has_news) {
                (Some(rest), _) => rest,
                (None, true) => earliest,
                (None, false) => next.unwrap_or(earliest).max(earliest),
            };
            tokio::select! {
                Some(ended) = self.running.next() => {
                    self.ended(ended);
                    has_news |= self.is_left;
                }
                // News wake the process that wrote them; others look now and then.
                () = self.telling.news(self.kind).notified(), if !has_news => has_news = true,
                () = sleep_until(until) => return,
            }
        }
    }
}

/// The entries of a page by dataset.
fn lanes(waiting: Vec<Waiting>) -> Vec<Vec<Waiting>> {
    let mut lanes: Vec<Vec<Waiting>> = Vec::new();
    for waiting in waiting {
        match lanes.last_mut().filter(|lane| lane.first().is_some_and(|first| first.lane() == waiting.lane())) {
            Some(lane) => lane.push(waiting),
            None => lanes.push(vec![waiting]),
        }
    }
    lanes
}

async fn deliver(telling: &Telling, hook: &Hook, _held: Held<'_>, (name, lane): (Vec<u8>, Vec<Waiting>)) -> Ended {
    (name, post::deliver(telling, hook, lane).await)
}

/// Writes records of streams to files: all of them, in order. Such a process is alone.
async fn write(telling: &Telling, mut files: Files) {
    let mut failures = 0;
    loop {
        match written(telling, &mut files).await {
            Ok(went_on) => {
                failures = 0;
                if !went_on {
                    let _ = timeout(IDLE, telling.news(Kind::Stream).notified()).await;
                }
            }
            Err(error) => {
                tracing::error!(%error, "records of streams are not written to files yet");
                sleep(super::paused::pause(failures)).await;
                failures += 1;
            }
        }
    }
}

/// Writes all there is. Whether there is more to do at once.
async fn written(telling: &Telling, files: &mut Files) -> Result<bool, Error> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = telling.outbox.page(None, after.as_deref(), PAGE).await?;
        let skipped = page.entries.last().filter(|last| last.entry.kind == Kind::Push).map(Waiting::after_kind);
        let mut ready = Vec::new();
        for waiting in page.entries.into_iter().filter(|waiting| waiting.entry.kind == Kind::Stream) {
            match post::stream_name(telling, &waiting.entry.pool).await? {
                Some(name) => ready.push((waiting, name)),
                None => post::give_up(telling, &[waiting], post::NO_STREAM).await?,
            }
        }
        count += ready.len();
        files.append(&telling.outbox, ready).await?;
        let Some(next) = page.next else { break };
        after = Some(skipped.map_or(next.clone(), |skipped| skipped.max(next)));
    }
    publish::go_on(telling, count >= PAGE).await
}

/// How often partitions are shared anew.
const SHARED: Duration = Duration::from_secs(2);
/// How often the outbox of many processes is looked at.
const POLL: Duration = Duration::from_millis(500);
/// How often that of a single one is, should news have been lost.
const IDLE: Duration = Duration::from_secs(30);
const PAGE: usize = 32;
/// Datasets that are posted side by side for the first time, and as many again.
const AT_A_TIME: usize = 8;
/// What is under way takes so many bytes at most, or one page.
const HELD: usize = 32 * 1024 * 1024;
