//! What every backend promises, as tests that run on any of them. A behaviour that is not here is not
//! promised.
//!
//! Each case makes a bucket of its own. A backend may leave cases out, by name, where its engine does
//! not have what they ask for.

mod history;
mod listings;
mod objects;
mod uploads;
mod versions;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use store::records::buckets::{Bucket, Versioning};
use vocab::{AccountId, Random, Timestamp};

use super::{At, Backend, Deleted, Found, Headers, Made, Setting, Sought, Wish};
use crate::Error;
use crate::conditions::Precondition;
use crate::incoming::{Incoming, Promise};

/// Why a case failed.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

type Outcome = Result<(), Failure>;
type Case = (&'static str, fn(Bench) -> Pin<Box<dyn Future<Output = Outcome> + Send>>);

/// A backend under test, and a bucket of it.
#[derive(Clone)]
pub(crate) struct Bench {
    backend: Arc<dyn Backend>,
    bucket: Bucket,
}

/// Runs every case but those that are left out, and says what ran. Bucket names begin with `prefix`.
pub async fn run(
    backend: Arc<dyn Backend>,
    prefix: &str,
    random: &dyn Random,
    left_out: &[&str],
) -> Result<Vec<&'static str>, Failure> {
    let mut ran = Vec::new();
    let cases = [objects::CASES, versions::CASES, listings::CASES, uploads::CASES, history::CASES];
    for (name, case) in cases.into_iter().flatten().filter(|(name, _)| !left_out.contains(name)) {
        let bench = Bench::new(backend.clone(), prefix, random).await?;
        case(bench).await.map_err(|failure| format!("{name}: {failure}"))?;
        ran.push(*name);
    }
    Ok(ran)
}

/// The cases by name, in their order.
pub fn names() -> impl Iterator<Item = &'static str> {
    let cases = [objects::CASES, versions::CASES, listings::CASES, uploads::CASES, history::CASES];
    cases.into_iter().flatten().map(|(name, _)| *name)
}

impl Bench {
    async fn new(backend: Arc<dyn Backend>, prefix: &str, random: &dyn Random) -> Result<Self, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let id: [u8; 16] = random.bytes();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{prefix}{number}-{:016x}", u128::from_be_bytes(id) as u64);
        let mut bucket = Bucket::new(name, id, AccountId::ZERO, "us-east-1".parse()?, Timestamp::from_seconds(0));
        backend.create(&mut bucket).await.map_err(failed)?;
        Ok(Self { backend, bucket })
    }

    /// The same bucket in another state.
    async fn set(&mut self, versioning: Versioning) -> Outcome {
        let new = Bucket { versioning, ..self.bucket.clone() };
        self.backend.configure(&new, Setting::Versioning).await.map_err(failed)?;
        self.bucket = new;
        Ok(())
    }

    fn at<'a>(&'a self, key: &'a str) -> At<'a> {
        At { bucket: &self.bucket, key }
    }

    async fn put(&self, key: &str, body: &[u8]) -> Result<Made, Failure> {
        self.put_if(key, body, &Precondition::None).await.map_err(failed)
    }

    async fn put_if(&self, key: &str, body: &[u8], precondition: &Precondition) -> Result<Made, Error> {
        self.backend.put(self.at(key), Headers::default(), precondition, whole(body)).await
    }

    async fn sought(&self, key: &str, version: Option<&str>) -> Result<Option<Sought>, Failure> {
        let wish = Wish { version, bytes: true, ..Wish::default() };
        self.backend.find(self.at(key), &wish).await.map_err(failed)
    }

    async fn found(&self, key: &str, version: Option<&str>) -> Result<Found, Failure> {
        match self.sought(key, version).await? {
            Some(Sought::Object(found)) => Ok(found),
            other => Err(format!("{key} is {other:?}, not an object").into()),
        }
    }

    /// The bytes of an object; `None`: there is none.
    async fn get(&self, key: &str, version: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
        let Some(Sought::Object(found)) = self.sought(key, version).await? else { return Ok(None) };
        self.read(key, &found, 0..found.object.size).await.map(Some)
    }

    async fn read(&self, key: &str, found: &Found, range: std::ops::Range<u64>) -> Result<Vec<u8>, Failure> {
        let mut stream = self.backend.read(self.at(key), found, range).await.map_err(failed)?;
        let mut all = Vec::new();
        while let Some(frame) = poll_fn(|context| stream.as_mut().poll_frame(context)).await {
            all.extend_from_slice(&frame?.into_data().unwrap_or_default());
        }
        Ok(all)
    }

    async fn delete(&self, key: &str, version: Option<&str>) -> Result<Deleted, Failure> {
        self.backend.delete(self.at(key), version, &Precondition::None).await.map_err(failed)
    }
}

/// An error of a backend, as a failure.
fn failed(error: Error) -> Failure {
    format!("{error:?}").into()
}

/// Errs where two things are not the same.
fn same<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(what: &str, seen: T, wanted: U) -> Outcome {
    if seen == wanted { Ok(()) } else { Err(format!("{what}: {seen:?} instead of {wanted:?}").into()) }
}

/// A body of one piece.
fn whole(body: &[u8]) -> Incoming {
    pieces(vec![Ok(Bytes::copy_from_slice(body))], &Promise::default())
}

fn pieces(pieces: Vec<Result<Bytes, &'static str>>, promise: &Promise<'_>) -> Incoming {
    let length: usize = pieces.iter().flatten().map(Bytes::len).sum();
    let length = promise.length.or(Some(length as u64));
    let body = Box::pin(Pieces(pieces.into()));
    Incoming::new(Some(body), &Promise { length, ..*promise }).unwrap_or_else(|error| panic!("{error:?}"))
}

struct Pieces(VecDeque<Result<Bytes, &'static str>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        Poll::Ready(self.0.pop_front().map(|piece| piece.map(Frame::data).map_err(Into::into)))
    }
}

/// Bytes that tell where they are from.
fn bytes(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8 ^ seed).collect()
}
