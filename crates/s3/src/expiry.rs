//! Carries out the lifecycle rules of buckets: looks through every bucket that has some, a page at a time, and deletes
//! what has ended. One request after the other, so that clients have the engine to themselves.

use std::sync::{Arc, Weak};
use std::time::Duration;

use operation::Host;
use store::Stored;
use store::records::buckets::Bucket;
use vocab::Timestamp;

use crate::backend::{At, Entry, Query, Upload, Versioned};
use crate::conditions::Precondition;
use crate::lifecycle::{self, Rule};
use crate::{Error, S3};

/// Looks through the buckets every hour, as long as there is somebody whom it serves.
pub fn keep(state: &Arc<S3>, host: &Arc<Host>) {
    let (state, host) = (Arc::downgrade(state), Arc::downgrade(host));
    tokio::spawn(async move {
        tokio::time::sleep(FIRST).await;
        while let Some((state, host)) = both(&state, &host) {
            let ended = pass(&state, &host).await;
            drop((state, host));
            match ended {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "lifecycle rules ended objects and uploads"),
                Err(error) => tracing::error!(?error, "lifecycle rules are not carried out"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
}

fn both(state: &Weak<S3>, host: &Weak<Host>) -> Option<(Arc<S3>, Arc<Host>)> {
    Some((state.upgrade()?, host.upgrade()?))
}

/// Looks through every bucket once. Answers how much was ended. What fails for one key is logged, and tried again in
/// the next pass.
pub async fn pass(state: &S3, host: &Host) -> Result<usize, Error> {
    let mut ended = 0;
    for bucket in host.configuration.list::<Bucket>("").await? {
        let Some(document) = &bucket.lifecycle else { continue };
        if state.backend.carries_out_lifecycle(&bucket) {
            continue;
        }
        let rules = match lifecycle::stored(document) {
            Ok(rules) => rules,
            Err(error) => {
                tracing::error!(bucket = bucket.name, %error, "lifecycle rules cannot be read");
                continue;
            }
        };
        let pass = Pass { state, host, bucket: &bucket, rules: &rules, now: host.now() };
        // What fails in one bucket must not keep the objects of the others.
        for outcome in [pass.versions().await, pass.uploads().await] {
            match outcome {
                Ok(count) => ended += count,
                Err(error) => tracing::error!(bucket = bucket.name, ?error, "lifecycle rules are not carried out"),
            }
        }
    }
    Ok(ended)
}

/// One look through one bucket.
struct Pass<'a> {
    state: &'a S3,
    host: &'a Host,
    bucket: &'a Stored<Bucket>,
    rules: &'a [Rule],
    now: Timestamp,
}

/// What was seen of the key whose versions come by, the newest first.
#[derive(Default)]
struct Seen {
    key: String,
    /// When the version was made that came last: then the next one was replaced.
    newer: Option<Timestamp>,
    /// How many were replaced.
    replaced: u64,
    /// The delete marker that is current, as long as nothing is behind it.
    marker: Option<Versioned>,
}

impl Pass<'_> {
    /// Whether the rules are those that this look began with.
    fn goes_on(&self) -> Result<bool, Error> {
        let now = self.host.configuration.peek::<Bucket>(&self.bucket.name)?;
        Ok(now.is_some_and(|now| now.id == self.bucket.id && now.lifecycle == self.bucket.lifecycle))
    }

    async fn versions(&self) -> Result<usize, Error> {
        let (mut ended, mut seen) = (0, Seen::default());
        let mut after: Option<(String, String)> = None;
        while self.goes_on()? {
            let (key, version) = after.as_ref().map(|(key, version)| (key.as_str(), version.as_str())).unzip();
            let query = Query { prefix: "", delimiter: None, after: key, limit: PAGE };
            let page = self.state.backend.versions(self.bucket, &query, version).await?;
            for entry in page.entries {
                let Entry::Key(key, versioned) = entry else { continue };
                if key != seen.key {
                    ended += self.lone_marker(&mut seen).await;
                    seen = Seen { key: key.clone(), ..Seen::default() };
                }
                after = Some((key, versioned.version.clone()));
                ended += self.version(&mut seen, versioned).await;
            }
            if !page.truncated {
                ended += self.lone_marker(&mut seen).await;
                break;
            }
        }
        Ok(ended)
    }

    /// A version of a key, behind those that are newer.
    async fn version(&self, seen: &mut Seen, versioned: Versioned) -> usize {
        seen.marker = None;
        let newer = seen.newer.replace(versioned.modified);
        let covering = || self.rules.iter().filter(|rule| rule.covers(&seen.key, versioned.object.as_ref()));
        let ends = match newer {
            None if versioned.object.is_none() => {
                seen.marker = Some(versioned);
                return 0;
            }
            None => covering().filter_map(|rule| rule.ends(versioned.modified)).min(),
            Some(replaced) => {
                let younger = seen.replaced;
                seen.replaced += 1;
                covering().filter_map(|rule| rule.noncurrent_ends(replaced, younger)).min()
            }
        };
        if ends.is_none_or(|ends| ends > self.now) {
            return 0;
        }
        // What was put there meanwhile has not ended.
        let unchanged = versioned.object.map(|object| Precondition::Unchanged(object.e_tag, object.modified));
        let version = newer.is_some().then_some(versioned.version.as_str());
        self.delete(&seen.key, version, &unchanged.unwrap_or(Precondition::None)).await
    }

    /// The delete marker behind which nothing came.
    async fn lone_marker(&self, seen: &mut Seen) -> usize {
        let Some(marker) = seen.marker.take() else { return 0 };
        let covering = self.rules.iter().filter(|rule| rule.covers(&seen.key, None));
        let ends = covering.filter_map(|rule| rule.marker_ends(marker.modified)).min();
        if ends.is_none_or(|ends| ends > self.now) {
            return 0;
        }
        self.delete(&seen.key, Some(&marker.version), &Precondition::None).await
    }

    async fn delete(&self, key: &str, version: Option<&str>, precondition: &Precondition) -> usize {
        let at = At { bucket: self.bucket, key };
        match self.state.backend.delete(at, version, precondition).await {
            Ok(_) => 1,
            Err(Error::PreconditionFailed(_) | Error::NoSuchKey(_) | Error::ConditionalRequestConflict) => 0,
            Err(error) => {
                tracing::warn!(bucket = self.bucket.name, ?error, "an object that has ended is not deleted");
                0
            }
        }
    }

    async fn uploads(&self) -> Result<usize, Error> {
        let mut ended = 0;
        let mut after: Option<(String, String)> = None;
        while self.goes_on()? {
            let (key, id) = after.as_ref().map(|(key, id)| (key.as_str(), id.as_str())).unzip();
            let query = Query { prefix: "", delimiter: None, after: key, limit: PAGE };
            let page = self.state.backend.uploads(self.bucket, &query, id).await?;
            for entry in page.entries {
                let Entry::Key(key, upload) = entry else { continue };
                ended += self.upload(&key, &upload).await;
                after = Some((key, upload.id));
            }
            if !page.truncated {
                break;
            }
        }
        Ok(ended)
    }

    async fn upload(&self, key: &str, upload: &Upload) -> usize {
        let covering = self.rules.iter().filter(|rule| rule.covers(key, None));
        let ends = covering.filter_map(|rule| rule.upload_ends(upload.begun)).min();
        if ends.is_none_or(|ends| ends > self.now) {
            return 0;
        }
        match self.state.backend.abort(At { bucket: self.bucket, key }, &upload.id).await {
            Ok(()) => 1,
            Err(Error::NoSuchUpload(_)) => 0,
            Err(error) => {
                tracing::warn!(bucket = self.bucket.name, ?error, "an upload that has ended is not aborted");
                0
            }
        }
    }
}

/// After the start, so that a server that starts answers first.
const FIRST: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(3600);
const PAGE: usize = 1000;
