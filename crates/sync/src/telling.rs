//! What happens after a change: the identity's other devices hear of it, and the stream of the pool gets it.
//!
//! The change is committed together with what is to be told of it ([`notice`]). Devices that are connected to this
//! process hear at once, those of other processes by letter ([`store::mail`]), within a fraction of a second; both by
//! their event streams ([`streams`]). Web hooks and files are served from the outbox ([`deliver`]), each partition of
//! it by one process at a time. Nothing here is needed for a change to be durable, and no change waits for it.

pub mod notice;
pub mod streams;

mod deliver;
mod files;
mod hook;
mod letters;
mod paused;
mod post;
mod publish;
mod shapes;

use std::sync::Arc;
use std::time::Duration;

use operation::Host;
use store::devices::Devices;
use store::mail::Mail;
use store::nodes::{self, Nodes};
use store::outbox::{Kind, Outbox};
use tokio::sync::Notify;

use crate::Settings;
use streams::Streams;

/// What tells of changes.
pub struct Telling {
    /// The devices of all identities.
    pub devices: Devices,
    pub(crate) host: Arc<Host>,
    pub(crate) streams: Arc<Streams>,
    pub(crate) nodes: Nodes,
    outbox: Outbox,
    mail: Mail,
    settings: Settings,
    /// Something was put into the outbox: announcements, records of streams.
    news: (Notify, Notify),
    /// Whoever writes dead letters.
    letters: tokio::sync::Mutex<()>,
}

impl Telling {
    /// What tells of the changes of this host.
    pub fn new(host: &Arc<Host>, settings: Settings) -> Arc<Self> {
        let (rows, random) = (&host.rows, &host.random);
        Arc::new(Self {
            devices: Devices::new(rows.clone(), random.clone()),
            host: host.clone(),
            streams: Streams::new(settings.event_streams),
            nodes: Nodes::new(rows.clone(), random.clone(), settings.is_alone),
            outbox: Outbox::new(rows.clone(), random.clone()),
            mail: Mail::new(rows.clone(), random.clone()),
            settings,
            news: (Notify::new(), Notify::new()),
            letters: tokio::sync::Mutex::default(),
        })
    }

    /// Whether streams of pools end anywhere.
    pub fn has_stream_sink(&self) -> bool {
        self.settings.streams.is_some()
    }

    /// Something is to be delivered.
    pub fn wake(&self) {
        self.news.0.notify_one();
        self.news.1.notify_one();
    }

    /// What wakes the deliverer of a kind.
    fn news(&self, kind: Kind) -> &Notify {
        match kind {
            Kind::Push => &self.news.0,
            Kind::Stream => &self.news.1,
        }
    }

    /// Tells, as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        tokio::join!(self.live(), letters::read(&self), deliver::run(&self));
    }

    /// Lets the other processes know that this one is gone.
    pub async fn leave(&self) {
        if let Err(error) = self.nodes.leave().await {
            tracing::warn!(%error, "the other processes are not told that this one stops");
        }
    }

    /// Says that this process lives, and looks at the others.
    async fn live(&self) {
        if self.nodes.is_alone() {
            return;
        }
        let mut rounds = tokio::time::interval(nodes::RENEWAL);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            let has_lived = self.nodes.renew().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the other processes are not told that this one lives");
                self.nodes.is_member()
            });
            if !has_lived {
                // Nobody sends letters to it any more: its devices come back, and ask how things stand.
                self.streams.end_all();
            }
            if let Err(error) = self.nodes.look().await {
                tracing::warn!(%error, "the other processes are not looked at");
            }
        }
    }

    /// Waits until every other process knows this one: what is changed from now on reaches it.
    pub(crate) async fn known(&self) -> bool {
        for _ in 0..PATIENCE {
            if self.nodes.is_known() {
                return true;
            }
            tokio::time::sleep(MOMENT).await;
        }
        self.nodes.is_known()
    }
}

const MOMENT: Duration = Duration::from_millis(100);
/// Moments.
const PATIENCE: usize = 80;
