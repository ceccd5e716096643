//! A call: one authorized run of an operation.

use std::future::Future;
use std::net::IpAddr;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use policy::{Context, Decision};
use vocab::{AccountId, Region, Timestamp};

use crate::caller::Caller;
use crate::host::Host;

/// The place that ARNs are made for.
#[derive(Debug, Clone)]
pub struct Place {
    /// The caller's account; for anonymous callers the server's first.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

/// One request to a service: who asks, where, when. Nothing is decided yet.
pub struct Visit<S> {
    /// The service's own state.
    pub state: Arc<S>,
    /// The server.
    pub host: Arc<Host>,
    /// Who calls.
    pub caller: Caller,
    /// Where.
    pub place: Place,
    /// The address the request came from, behind trusted proxies.
    pub address: IpAddr,
    /// When the request arrived.
    pub time: Timestamp,
    /// The request's id.
    pub request_id: Arc<str>,
    /// The condition keys of every request: time, address, principal, federation.
    pub context: Arc<Context>,
    /// Lines for the audit record, beside the decision itself.
    pub notes: Arc<Mutex<Vec<String>>>,
}

impl<S> Visit<S> {
    /// Adds a line to the audit record: a decision that the operation had to ask for itself. Never a
    /// token, a secret or a body.
    pub fn note(&self, line: String) {
        self.notes.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(line);
    }

    /// The same visit to another service's shared steps.
    pub fn with_state<T>(&self, state: Arc<T>) -> Visit<T> {
        Visit {
            state,
            host: self.host.clone(),
            caller: self.caller.clone(),
            place: self.place.clone(),
            address: self.address,
            time: self.time,
            request_id: self.request_id.clone(),
            context: self.context.clone(),
            notes: self.notes.clone(),
        }
    }
}

/// An authorized run. Only [`Ready::run`](crate::Ready::run) makes one.
pub struct Call<S> {
    visit: Visit<S>,
    /// The decisions of the needs that were [asked](crate::Mode::Asked), in order.
    pub decisions: Vec<Decision>,
    /// In a lock only so that a call may be shared between threads.
    body: Mutex<Option<wire::Stream>>,
    _private: (),
}

impl<S> Call<S> {
    pub(crate) fn new(visit: Visit<S>, decisions: Vec<Decision>, body: Option<wire::Stream>) -> Self {
        Self { visit, decisions, body: Mutex::new(body), _private: () }
    }

    /// The streamed body, for the operation that takes one; once.
    pub fn take_body(&self) -> Option<wire::Stream> {
        self.body.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take()
    }

    /// The visit, for shared steps that need no authorized call.
    pub fn visit(&self) -> &Visit<S> {
        &self.visit
    }
}

impl<S> Deref for Call<S> {
    type Target = Visit<S>;

    fn deref(&self) -> &Visit<S> {
        &self.visit
    }
}

/// What an operation's `facts` returns.
pub type Gathering<'a, F, E> = Pin<Box<dyn Future<Output = Result<F, E>> + Send + 'a>>;
