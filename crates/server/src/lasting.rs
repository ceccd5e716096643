//! Answers that last, such as event streams: they end with the session of the caller, when it is revoked, when the
//! policies do not allow any more what they allowed when it began, and when the server stops.

use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::unfold;
use http_body_util::StreamBody;
use operation::pending::Question;
use operation::{Caller, Host};
use tokio::sync::watch;
use tokio::time::Instant;
use wire::Stream;

use crate::admission::Place;
use crate::authenticate::again;
use crate::context::{Circumstances, context};
use crate::standing::Standings;

/// What an answer rests on.
pub(crate) struct Ground {
    pub(crate) host: Arc<Host>,
    pub(crate) standings: Arc<Standings>,
    pub(crate) caller: Caller,
    pub(crate) question: Question,
    pub(crate) address: IpAddr,
    pub(crate) secure: bool,
    pub(crate) user_agent: String,
    pub(crate) referer: Option<String>,
    pub(crate) region: String,
}

impl Ground {
    /// The answer, as long as it stands on this ground.
    pub(crate) fn under(self, body: Stream, closing: watch::Receiver<bool>, place: Place) -> Stream {
        let changes = self.host.configuration.watch();
        // What changed since the decision is seen at the first look.
        let due = Instant::now() + BURST;
        let watched = Watched { due, changes, closing, ground: self, body, _place: place };
        Box::pin(StreamBody::new(unfold(watched, |mut watched| async move {
            let frame = watched.next().await?;
            Some((frame, watched))
        })))
    }

    /// Whether it would be allowed to begin now.
    async fn holds(&self) -> bool {
        // Before the caller is read: see `Standings`.
        let revision = self.host.configuration.revision();
        let Ok(caller) = again(&self.host, &self.caller).await else { return false };
        let Ok(standing) = self.standings.of(&self.host, &caller, revision).await else { return false };
        let circumstances = Circumstances {
            time: self.host.now(),
            address: self.address,
            secure: self.secure,
            user_agent: &self.user_agent,
            referer: self.referer.as_deref(),
            region: &self.region,
        };
        self.question.is_allowed(&standing, &Arc::new(context(&circumstances, &standing.context)))
    }

    /// How long nobody need look, unless something changes: policies may ask for the time.
    fn rest(&self) -> Duration {
        let left = self.caller.session().map(|session| session.expires.millis() - self.host.now().millis());
        let left = left.map_or(LONGEST_REST, |millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
        left.min(LONGEST_REST)
    }
}

struct Watched {
    ground: Ground,
    changes: watch::Receiver<u64>,
    /// The server stops.
    closing: watch::Receiver<bool>,
    /// When to look again.
    due: Instant,
    body: Stream,
    /// Its place among those of its address.
    _place: Place,
}

type Framed = Result<http_body::Frame<bytes::Bytes>, Box<dyn std::error::Error + Send + Sync>>;

impl Watched {
    async fn next(&mut self) -> Option<Framed> {
        loop {
            tokio::select! {
                biased;
                () = closed(&mut self.closing) => return None,
                () = tokio::time::sleep_until(self.due) => {
                    self.changes.mark_unchanged();
                    if !self.ground.holds().await {
                        return None;
                    }
                    self.due = Instant::now() + self.ground.rest();
                }
                // Changes come in bursts.
                changed = self.changes.changed() => match changed {
                    Ok(()) => self.due = self.due.min(Instant::now() + BURST),
                    Err(_) => return None,
                },
                frame = poll_fn(|context| self.body.as_mut().poll_frame(context)) => return frame,
            }
        }
    }
}

async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ = closing.wait_for(|closing| *closing).await;
}

const LONGEST_REST: Duration = Duration::from_secs(60);
const BURST: Duration = Duration::from_millis(200);
