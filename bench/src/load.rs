//! Load: one request after the other on each of some connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::Result;
use crate::child::Target;
use crate::wire::Connection;

/// The requests to send, in turn.
#[derive(Clone)]
pub struct Requests {
    /// The requests, as bytes.
    pub bytes: Arc<Vec<Vec<u8>>>,
    /// Whether each is sent once only: then the load ends with them.
    pub once: bool,
}

/// What a point of load gave.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Requests a second.
    pub rate: f64,
    /// CPU time of the server's process per request, in microseconds.
    pub cpu: f64,
    /// The median latency, in microseconds.
    pub p50: f64,
    /// The latency that one request in a hundred exceeds, in microseconds.
    pub p99: f64,
}

/// Drives `target` over so many connections for so long. Errs at the first answer that is no 200.
pub async fn drive(target: &Target, requests: &Requests, connections: usize, lasting: Duration) -> Result<Sample> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(target.port).await?);
    }
    let next = Arc::new(AtomicUsize::new(0));
    let (cpu, start) = (target.cpu()?, Instant::now());
    let tasks: Vec<_> = open
        .into_iter()
        .map(|connection| tokio::spawn(repeat(connection, requests.clone(), Arc::clone(&next), start + lasting)))
        .collect();
    let mut times = Vec::new();
    let mut failure = None;
    for task in tasks {
        match task.await? {
            Ok(more) => times.extend(more),
            Err(error) => failure = Some(error),
        }
    }
    if let Some(error) = failure {
        return Err(error);
    }
    let (elapsed, cpu) = (start.elapsed(), target.cpu()?.saturating_sub(cpu));
    times.sort_unstable();
    let count = times.len().max(1) as f64;
    let at = |share: usize| times.get(times.len() * share / 100).map_or(0.0, |time| *time as f64 / 1000.0);
    Ok(Sample { rate: count / elapsed.as_secs_f64(), cpu: cpu.as_secs_f64() * 1e6 / count, p50: at(50), p99: at(99) })
}

/// Nanoseconds that each answer took.
async fn repeat(
    mut connection: Connection,
    requests: Requests,
    next: Arc<AtomicUsize>,
    end: Instant,
) -> Result<Vec<u32>> {
    let mut times = Vec::with_capacity(64 * 1024);
    while times.len() < MOST {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        let place = if requests.once { turn } else { turn % requests.bytes.len().max(1) };
        let Some(request) = requests.bytes.get(place) else { break };
        let start = Instant::now();
        if start >= end {
            break;
        }
        let answer = connection.call(request).await?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(answer.body).into_owned();
            return Err(format!("an answer under load is {}: {body}", answer.status).into());
        }
        times.push(u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX));
    }
    Ok(times)
}

const MOST: usize = 5_000_000;
