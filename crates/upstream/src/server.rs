//! One configured server, and calls to it.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use sigv4::{Payload, Signer, SigningKeys};
use tokio::sync::Semaphore;
use tokio_rustls::rustls::pki_types::ServerName;
use vocab::Clock;

use crate::answer::{Answer, Incoming};
use crate::connect::Connector;
use crate::meter::{Meter, UnderWay};
use crate::outgoing::Outgoing;
use crate::places::Places;
use crate::request::{Body, Request};
use crate::settings::{Doubtful, Endpoint, Settings, Signing};
use crate::{Error, tls};

/// A configured server. It keeps its connections as long as it lives.
pub struct Server {
    name: Arc<str>,
    settings: Settings,
    client: Client<Connector, Outgoing>,
    keys: SigningKeys,
    clock: Arc<dyn Clock>,
    places: Places,
    /// Room for answers that are read whole, in bytes.
    held: Arc<Semaphore>,
    meter: Arc<Meter>,
}

/// A request without its body: what a repetition begins from.
struct Head<'a> {
    method: &'a Method,
    path: String,
    query: &'a str,
    headers: &'a HeaderMap,
}

impl Server {
    /// Reads certificates, and connects to nothing yet.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Arc<Self>, Doubtful> {
        if settings.limits.calls == 0 {
            return Err(Doubtful::NoCalls);
        }
        let Settings { endpoint, limits, roots, .. } = &settings;
        let tls = match endpoint.is_encrypted() {
            false => None,
            true => {
                let doubtful = |_| Doubtful::Endpoint(endpoint.to_string());
                let name = ServerName::try_from(endpoint.host().to_owned()).map_err(doubtful)?;
                Some((name, tls::config(roots)?))
            }
        };
        let connector = Connector { host: endpoint.host().into(), port: endpoint.port(), tls, timeout: limits.connect };
        // A request that never got onto its connection is put on another one by the client itself.
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(limits.keep)
            .pool_max_idle_per_host(limits.calls)
            .http1_max_buf_size(MOST_HEADER_BYTES)
            .http1_max_headers(MOST_HEADERS)
            .set_host(false)
            .build(connector);
        let name: Arc<str> = settings.name.as_str().into();
        let places = Places::new(limits.calls);
        let held = Arc::new(Semaphore::new(limits.held.min(Semaphore::MAX_PERMITS)));
        let meter = Meter::new(name.clone());
        Ok(Arc::new(Self { name, settings, client, keys: SigningKeys::new(SIGNING_KEYS), clock, places, held, meter }))
    }

    /// What logs and metrics call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.settings.endpoint
    }

    /// Asks the server. Any status is an answer; the call is under way until the answer's body was
    /// read to its end or dropped. Dropping the future gives the call up, and its connection.
    pub async fn call(&self, request: Request) -> Result<Answer, Error> {
        let limits = &self.settings.limits;
        let Ok(place) = tokio::time::timeout(limits.queue, self.places.take()).await else {
            self.meter.count("busy");
            return Err(Error::Busy { server: self.name.to_string() });
        };
        let mut under_way = UnderWay::new(self.meter.clone(), place);
        match self.carry(request).await {
            Ok(answer) => {
                under_way.answered(answer.status());
                let (parts, body) = answer.into_parts();
                let body = Incoming::new(body, self.name.clone(), limits.idle, self.held.clone(), under_way);
                let answer = Answer { status: parts.status, headers: parts.headers, body };
                self.log(&answer);
                Ok(answer)
            }
            Err(error) => {
                under_way.failed(error.outcome());
                Err(error)
            }
        }
    }

    /// By its own id a request is found in the server's log.
    fn log(&self, answer: &Answer) {
        let (status, id) = (answer.status.as_u16(), answer.request_id());
        match status {
            ..500 => tracing::debug!(upstream = &*self.name, status, upstream.request_id = id, "an upstream answered"),
            500.. => tracing::warn!(upstream = &*self.name, status, upstream.request_id = id, "an upstream failed"),
        }
    }

    /// Sends a request, and where that does no harm sends it again.
    async fn carry(&self, request: Request) -> Result<http::Response<hyper::body::Incoming>, Error> {
        let Request { method, path, query, headers, body, repeats } = request;
        let path = format!("{}{path}", self.settings.endpoint.base);
        let head = Head { method: &method, path, query: &query, headers: &headers };
        let whole = match body.checked().await? {
            Body::Whole(bytes) => bytes,
            stream @ Body::Stream(..) => return self.send(&head, stream).await,
        };
        for pause in PAUSES {
            match self.send(&head, Body::Whole(whole.clone())).await {
                Err(Error::Unreachable { .. }) => {}
                Err(Error::Broken { .. }) if repeats => {}
                other => return other,
            }
            tokio::time::sleep(pause).await;
        }
        self.send(&head, Body::Whole(whole)).await
    }

    async fn send(&self, head: &Head<'_>, body: Body) -> Result<http::Response<hyper::body::Incoming>, Error> {
        let (request, progress) = self.prepared(head, body).map_err(Error::Unsendable)?;
        let server = || self.name.to_string();
        let patience = self.settings.limits.answer;
        let answer = tokio::select! {
            biased;
            answer = self.client.request(request) => answer,
            () = progress.stalled(patience) => {
                return Err(Error::Late { server: server(), seconds: patience.as_secs() });
            }
        };
        answer.map_err(|error| match progress.failure() {
            Some(failure) => Error::Source(failure),
            None if error.is_connect() => Error::Unreachable { server: server(), source: root(&error) },
            None => Error::Broken { server: server(), source: root(&error) },
        })
    }

    fn prepared(
        &self,
        head: &Head<'_>,
        body: Body,
    ) -> Result<(http::Request<Outgoing>, Arc<crate::outgoing::Progress>), crate::BoxError> {
        let endpoint = &self.settings.endpoint;
        let target = if head.query.is_empty() { head.path.clone() } else { format!("{}?{}", head.path, head.query) };
        if !head.path.starts_with('/') {
            return Err("its path does not begin with a slash".into());
        }
        let uri = Uri::builder()
            .scheme(endpoint.scheme.clone())
            .authority(endpoint.authority.clone())
            .path_and_query(PathAndQuery::try_from(target)?)
            .build()?;
        let (length, payload) = match &body {
            Body::Whole(bytes) => (bytes.len() as u64, Payload::Hash(sigv4::sha256(bytes))),
            Body::Stream(length, _) => (*length, Payload::Unsigned),
        };
        let mut headers = head.headers.clone();
        headers.insert(HOST, HeaderValue::from_str(endpoint.authority())?);
        let has_body = length > 0 || !(head.method == Method::GET || head.method == Method::HEAD);
        headers.remove(CONTENT_LENGTH);
        if has_body {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        if let Some(signing) = &self.settings.signing {
            self.sign(signing, head, &mut headers, payload)?;
        }
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static("daypass"));
        let (body, progress) = Outgoing::new(body);
        let mut request = http::Request::new(body);
        *request.method_mut() = head.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok((request, progress))
    }

    fn sign(
        &self,
        signing: &Signing,
        head: &Head<'_>,
        headers: &mut HeaderMap,
        payload: Payload,
    ) -> Result<(), crate::BoxError> {
        if signing.style == sigv4::Style::Standard && payload == Payload::Unsigned {
            return Err("a body in pieces cannot be signed for this service".into());
        }
        let signer = Signer {
            access_key_id: &signing.credentials.access_key_id,
            secret: &signing.credentials.secret,
            session_token: signing.credentials.session_token.as_ref(),
            region: &signing.region,
            service: &signing.service,
            style: signing.style,
            time: self.clock.now(),
        };
        signer.sign(head.method.as_str(), (&head.path, head.query), headers, payload, &self.keys)?;
        Ok(())
    }
}

/// The innermost words of an error: the client's own say little.
fn root(error: &dyn std::error::Error) -> crate::BoxError {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().into()
}

/// Before a request is sent again.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];
const MOST_HEADER_BYTES: usize = 64 * 1024;
const MOST_HEADERS: usize = 128;
const SIGNING_KEYS: usize = 4;
