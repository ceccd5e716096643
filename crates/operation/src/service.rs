//! A service: its protocol, its name in signatures, and the table of its operations.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use policy::Decision;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::rest::Route;
use wire::{Input, Protocol, Reply, Stream};

use crate::access::Access;
use crate::call::{Call, Gathering, Place, Visit};
use crate::fault::{Answer, Fault};
use crate::host::Host;
use crate::pending::{Pending, Stage};
use crate::table::Row;

/// A service with its operations.
pub struct Service {
    /// The name in credential scopes.
    pub signing_name: &'static str,
    /// How its requests and replies are written.
    pub protocol: Protocol,
    /// Whether unsigned requests are decided by resource policies instead of being refused.
    pub serves_anonymous: bool,
    /// Operations that anybody may call and that ignore a signature, should one be there.
    pub ignores_signatures: &'static [&'static str],
    /// Operations whose streamed answers last: they end with what allowed them.
    pub lasting: &'static [&'static str],
    /// Answers a browser's preflight, where the service has rules of its own.
    pub preflight: Option<Preflight>,
    /// Where REST operations live, in the order in which they are tried.
    pub routes: Vec<Arc<Route>>,
    operations: HashMap<&'static str, Entry>,
    /// What the operations may ask the policies for, where a table says it.
    rows: Option<&'static [Row]>,
}

/// An output with a streamed body beside it.
pub struct Streamed<O> {
    /// The output.
    pub output: O,
    /// The body.
    pub body: Stream,
}

/// A service that is being put together, with the state its operations share.
pub struct Builder<S> {
    service: Service,
    state: Arc<S>,
}

/// The headers that allow a browser's request, from its preflight (or the request itself): host, method,
/// bucket path, and headers. `None`: it is not allowed.
pub type Preflight = fn(&Host, &http::Method, &str, &http::HeaderMap) -> Option<http::HeaderMap>;

type Entry = Box<dyn Fn(&Input, Visit<()>) -> Result<Box<dyn Stage>, Answer> + Send + Sync>;

impl Service {
    /// Starts a service that speaks `protocol` and whose operations share `state`.
    pub fn of<S: Send + Sync + 'static>(signing_name: &'static str, protocol: Protocol, state: Arc<S>) -> Builder<S> {
        let operations = HashMap::new();
        let service = Self {
            signing_name,
            protocol,
            serves_anonymous: false,
            ignores_signatures: &[],
            lasting: &[],
            preflight: None,
            routes: Vec::new(),
            operations,
            rows: None,
        };
        Builder { service, state }
    }

    /// The names of the operations, sorted.
    pub fn operations(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.operations.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// The operation of this name, as the table spells it.
    pub fn operation(&self, name: &str) -> Option<&'static str> {
        self.operations.get_key_value(name).map(|(name, _)| *name)
    }

    /// Reads an operation's typed input. `None`: there is no such operation.
    pub fn begin(&self, operation: &str, input: &Input, visit: Visit<()>) -> Option<Result<Pending, Answer>> {
        let (operation, entry) = self.operations.get_key_value(operation)?;
        let caller = visit.caller.clone();
        let account = visit.place.account;
        let context = visit.context.clone();
        let serves_anonymous = self.serves_anonymous;
        // An operation without a row may ask for nothing.
        let row = self.rows.map(|rows| rows.iter().find(|row| row.operation == *operation).unwrap_or(&NOTHING));
        let pending = |stage| Pending { operation, caller, account, context, serves_anonymous, row, stage };
        Some(entry(input, visit).map(pending))
    }
}

impl<S: Send + Sync + 'static> Builder<S> {
    /// Unsigned requests are decided by resource policies.
    pub fn serving_anonymous(mut self) -> Self {
        self.service.serves_anonymous = true;
        self
    }

    /// These operations are open to anybody, and ignore a signature, should one be there.
    pub fn ignoring_signatures(mut self, operations: &'static [&'static str]) -> Self {
        self.service.ignores_signatures = operations;
        self
    }

    /// The streamed answers of these operations end when the caller's session ends or no policy allows them any more.
    pub fn lasting(mut self, operations: &'static [&'static str]) -> Self {
        self.service.lasting = operations;
        self
    }

    /// The operations ask the policies for what this table says, and for nothing else.
    pub fn deciding_by(mut self, rows: &'static [Row]) -> Self {
        self.service.rows = Some(rows);
        self
    }

    /// Browsers' preflights are answered by rules of the service's own.
    pub fn answering_preflights(mut self, preflight: Preflight) -> Self {
        self.service.preflight = Some(preflight);
        self
    }

    /// Adds an operation.
    pub fn add<I, O, E, Fut>(
        self,
        name: &'static str,
        access: fn(&I, &Place) -> Access,
        run: fn(Call<S>, I) -> Fut,
    ) -> Self
    where
        I: DeserializeOwned + Send + Sync + 'static,
        O: Serialize + Send + 'static,
        E: Fault + 'static,
        Fut: Future<Output = Result<O, E>> + Send + 'static,
    {
        self.insert(
            name,
            None,
            no_facts::<S, I, E>,
            move |input, place, ()| access(input, place),
            move |call, input, ()| run(call, input),
        )
    }

    /// Adds an operation whose access depends on facts that are read first.
    pub fn add_with<I, F, O, E, Fut>(
        self,
        name: &'static str,
        facts: for<'a> fn(&'a Visit<S>, &'a I) -> Gathering<'a, F, E>,
        access: fn(&I, &Place, &F) -> Access,
        run: fn(Call<S>, I, F) -> Fut,
    ) -> Self
    where
        I: DeserializeOwned + Send + Sync + 'static,
        F: Send + Sync + 'static,
        O: Serialize + Send + 'static,
        E: Fault + 'static,
        Fut: Future<Output = Result<O, E>> + Send + 'static,
    {
        self.insert(name, None, facts, access, run)
    }

    /// Adds a REST operation at its route.
    pub fn add_at<I, F, O, E, Fut>(
        self,
        route: Route,
        facts: for<'a> fn(&'a Visit<S>, &'a I) -> Gathering<'a, F, E>,
        access: fn(&I, &Place, &F) -> Access,
        run: fn(Call<S>, I, F) -> Fut,
    ) -> Self
    where
        I: DeserializeOwned + Send + Sync + 'static,
        F: Send + Sync + 'static,
        O: Serialize + Send + 'static,
        E: Fault + 'static,
        Fut: Future<Output = Result<O, E>> + Send + 'static,
    {
        self.insert(route.operation, Some(route), facts, access, run)
    }

    /// Adds a REST operation whose reply has a streamed body.
    pub fn add_streaming_at<I, F, O, E, Fut>(
        mut self,
        route: Route,
        facts: for<'a> fn(&'a Visit<S>, &'a I) -> Gathering<'a, F, E>,
        access: fn(&I, &Place, &F) -> Access,
        run: fn(Call<S>, I, F) -> Fut,
    ) -> Self
    where
        I: DeserializeOwned + Send + Sync + 'static,
        F: Send + Sync + 'static,
        O: Serialize + Send + 'static,
        E: Fault + 'static,
        Fut: Future<Output = Result<Streamed<O>, E>> + Send + 'static,
    {
        let name = route.operation;
        let write = |writer: &Writer, streamed: Streamed<O>| {
            let mut reply = writer.write(&streamed.output)?;
            reply.body = wire::Body::Stream(streamed.body);
            Ok(reply)
        };
        self.put((name, Some(route)), facts, access, run, write);
        self
    }

    /// The service.
    pub fn build(self) -> Service {
        self.service
    }

    fn insert<I, F, O, E, Fut>(
        mut self,
        name: &'static str,
        route: Option<Route>,
        facts: for<'a> fn(&'a Visit<S>, &'a I) -> Gathering<'a, F, E>,
        access: impl Fn(&I, &Place, &F) -> Access + Copy + Send + Sync + 'static,
        run: impl Fn(Call<S>, I, F) -> Fut + Copy + Send + Sync + 'static,
    ) -> Self
    where
        I: DeserializeOwned + Send + Sync + 'static,
        F: Send + Sync + 'static,
        O: Serialize + Send + 'static,
        E: Fault + 'static,
        Fut: Future<Output = Result<O, E>> + Send + 'static,
    {
        self.put((name, route), facts, access, run, |writer: &Writer, output: O| writer.write(&output));
        self
    }

    fn put<I, F, O, E, Fut>(
        &mut self,
        (name, route): (&'static str, Option<Route>),
        facts: for<'a> fn(&'a Visit<S>, &'a I) -> Gathering<'a, F, E>,
        access: impl Fn(&I, &Place, &F) -> Access + Copy + Send + Sync + 'static,
        run: impl Fn(Call<S>, I, F) -> Fut + Copy + Send + Sync + 'static,
        write: impl Fn(&Writer, O) -> Result<Reply, Answer> + Copy + Send + Sync + 'static,
    ) where
        I: DeserializeOwned + Send + Sync + 'static,
        F: Send + Sync + 'static,
        O: Send + 'static,
        E: Fault + 'static,
        Fut: Future<Output = Result<O, E>> + Send + 'static,
    {
        let route = route.map(Arc::new);
        self.service.routes.extend(route.clone());
        let protocol = self.service.protocol.clone();
        let state = self.state.clone();
        let entry: Entry = Box::new(move |input, visit| {
            let parsed: Result<I, _> = input.parse();
            let input = parsed.map_err(|malformed| {
                let fault = malformed.fault(&protocol);
                Answer::new(fault.code, fault.status, fault.message)
            })?;
            let writer = Writer {
                protocol: protocol.clone(),
                operation: name,
                request_id: visit.request_id.clone(),
                route: route.clone(),
            };
            let visit = visit.with_state(state.clone());
            Ok(Box::new(Typed { input, visit, facts: None, gather: facts, access, run, write, writer }))
        });
        self.service.operations.insert(name, entry);
    }
}

/// The way from an output to its reply.
struct Writer {
    protocol: Protocol,
    operation: &'static str,
    request_id: Arc<str>,
    route: Option<Arc<Route>>,
}

impl Writer {
    fn write<O: Serialize>(&self, output: &O) -> Result<Reply, Answer> {
        let written = self.protocol.write(self.operation, &self.request_id, output, self.route.as_deref());
        written.map_err(|error| Answer::internal("InternalError", error))
    }
}

/// One request in its types.
struct Typed<S, I, F, E, A, R, W> {
    input: I,
    visit: Visit<S>,
    facts: Option<F>,
    gather: for<'a> fn(&'a Visit<S>, &'a I) -> Gathering<'a, F, E>,
    access: A,
    run: R,
    write: W,
    writer: Writer,
}

#[async_trait]
impl<S, I, F, O, E, A, R, W, Fut> Stage for Typed<S, I, F, E, A, R, W>
where
    S: Send + Sync + 'static,
    I: Send + Sync + 'static,
    F: Send + Sync + 'static,
    O: Send + 'static,
    E: Fault + 'static,
    A: Fn(&I, &Place, &F) -> Access + Send + Sync,
    R: Fn(Call<S>, I, F) -> Fut + Send + Sync,
    W: Fn(&Writer, O) -> Result<Reply, Answer> + Send + Sync,
    Fut: Future<Output = Result<O, E>> + Send + 'static,
{
    async fn gather(&mut self) -> Result<Access, Answer> {
        let facts = (self.gather)(&self.visit, &self.input).await.map_err(Fault::answer)?;
        let access = (self.access)(&self.input, &self.visit.place, &facts);
        self.facts = Some(facts);
        Ok(access)
    }

    async fn run(self: Box<Self>, decisions: Vec<Decision>, body: Option<Stream>) -> Result<Reply, Answer> {
        let Some(facts) = self.facts else {
            return Err(Answer::internal("InternalError", "an operation ran before its facts were gathered"));
        };
        let call = Call::new(self.visit, decisions, body);
        let output = (self.run)(call, self.input, facts).await.map_err(Fault::answer)?;
        (self.write)(&self.writer, output)
    }
}

fn no_facts<'a, S, I, E: Send + 'static>(_: &'a Visit<S>, _: &'a I) -> Gathering<'a, (), E> {
    Box::pin(std::future::ready(Ok(())))
}

const NOTHING: Row = Row { operation: "", asks: &[] };
