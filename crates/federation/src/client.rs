//! The one way out to providers: a small question and a small answer over a connection whose other end was looked at.
//!
//! It follows no redirect, reads no proxy variable, keeps no connection, and does not trust what an
//! answer says about its own type or size.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::rustls::pki_types::ServerName;
use vocab::{Clock, Secret};

use crate::address::{self, Kind};
use crate::error::Reason;
use crate::observer::{Fetch, Observer, What};
use crate::settings::{Doubtful, Settings};
use crate::social::{AMAZON, FACEBOOK, TWITTER};
use crate::tls::{self, Trust};
use crate::url::Url;

/// Asks providers.
pub(crate) struct Client {
    trust: Trust,
    allowed: HashSet<String>,
    max_answer: usize,
    /// For one of a host's addresses, so that a dead one leaves time for the next.
    connect_timeout: Duration,
    /// Room for questions by provider: one that hangs takes the room of no other.
    inspections: HashMap<String, Semaphore>,
    observer: Option<Arc<dyn Observer>>,
}

impl Client {
    pub(crate) fn new(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Self, Doubtful> {
        let allowed = settings.allowed_hosts.iter().map(|place| allowed(place)).collect::<Result<_, _>>()?;
        Ok(Self {
            trust: Trust::new(settings, clock)?,
            allowed,
            max_answer: settings.max_answer,
            connect_timeout: settings.timeout / 3,
            inspections: inspections(settings),
            observer,
        })
    }

    /// The document at an address: [`Client::send`] with nothing beside it.
    pub(crate) async fn get(
        &self,
        provider: &str,
        what: What,
        url: &Url,
        thumbprints: &[[u8; 20]],
    ) -> Result<Bytes, Reason> {
        self.send(provider, what, url, thumbprints, &Beside::default()).await
    }

    /// The body of an answer with status 200. The caller bounds the time.
    pub(crate) async fn send(
        &self,
        provider: &str,
        what: What,
        url: &Url,
        thumbprints: &[[u8; 20]],
        beside: &Beside<'_>,
    ) -> Result<Bytes, Reason> {
        let mut report =
            Report { client: self, provider, what, failure: Some(Reason::Timeout), started: Instant::now() };
        let outcome = self.ask(provider, what, url, thumbprints, beside).await;
        report.failure = outcome.as_ref().err().cloned();
        outcome
    }

    async fn ask(
        &self,
        provider: &str,
        what: What,
        url: &Url,
        thumbprints: &[[u8; 20]],
        beside: &Beside<'_>,
    ) -> Result<Bytes, Reason> {
        // Anybody can cause an inspection; keys are asked for once at a time per registered issuer.
        let _inspection = match what {
            What::Inspection => {
                let room = self.inspections.get(provider).ok_or(Reason::NotConfigured)?;
                Some(room.try_acquire().map_err(|_| Reason::Busy)?)
            }
            What::Discovery | What::Keys => None,
        };
        let is_allowed = self.allowed.contains(&url.place());
        if !url.is_encrypted() && !is_allowed {
            return Err(Reason::Url);
        }
        let stream = connect(url, is_allowed, self.connect_timeout).await?;
        if !url.is_encrypted() {
            return self.exchange(stream, url, beside).await;
        }
        let name = ServerName::try_from(url.host().to_owned()).map_err(|_| Reason::Url)?;
        let connector = self.trust.connector(thumbprints).await?;
        let stream = connector.connect(name, stream).await.map_err(|error| tls::reason(&error))?;
        self.exchange(stream, url, beside).await
    }

    async fn exchange<S>(&self, stream: S, url: &Url, beside: &Beside<'_>) -> Result<Bytes, Reason>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Reason::Connection)?;
        // Aborted when this call ends, however it ends.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let request = beside.request(url).map_err(|_| Reason::Url)?;
        let answer = sender.send_request(request).await.map_err(|_| Reason::Connection)?;
        match answer.status() {
            StatusCode::OK => {}
            status if status.is_redirection() => return Err(Reason::Redirect),
            status => return Err(Reason::Status(status.as_u16())),
        }
        match Limited::new(answer.into_body(), self.max_answer).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Reason::TooLarge),
            Err(_) => Err(Reason::Connection),
        }
    }
}

/// What is sent beside the address.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    /// The `Authorization` header.
    pub(crate) authorization: Option<&'a Secret>,
    /// A form, which makes it a POST.
    pub(crate) form: Option<&'a str>,
}

impl Beside<'_> {
    fn request(&self, url: &Url) -> hyper::http::Result<Request<Full<Bytes>>> {
        let mut request = Request::get(url.target())
            .header(HOST, url.authority())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, "daypass")
            .header(CONNECTION, "close");
        if let Some(authorization) = self.authorization {
            let mut value = HeaderValue::from_str(authorization.expose())?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let Some(form) = self.form else { return request.body(Full::default()) };
        let request = request.method(Method::POST).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(Full::new(Bytes::copy_from_slice(form.as_bytes())))
    }
}

/// Tells the observer, also of a call that was given up.
struct Report<'a> {
    client: &'a Client,
    provider: &'a str,
    what: What,
    failure: Option<Reason>,
    started: Instant,
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        let Some(observer) = &self.client.observer else { return };
        observer.fetched(&Fetch {
            provider: self.provider,
            what: self.what,
            failure: self.failure.as_ref(),
            took: self.started.elapsed(),
        });
    }
}

/// Connects to the first address that may be asked and answers. The check is made before connecting, so that
/// nothing inside sees so much as a handshake, and again on the socket, which is what counts.
async fn connect(url: &Url, is_allowed: bool, timeout: Duration) -> Result<TcpStream, Reason> {
    let addresses: Vec<SocketAddr> =
        lookup_host((url.host(), url.port())).await.map_err(|_| Reason::Resolve)?.take(MAX_ADDRESSES).collect();
    let mut failure = Reason::Resolve;
    for address in addresses {
        if !is_acceptable(address, is_allowed) {
            failure = Reason::Address;
            continue;
        }
        let Ok(Ok(stream)) = tokio::time::timeout(timeout, TcpStream::connect(address)).await else {
            failure = Reason::Connection;
            continue;
        };
        let peer = stream.peer_addr().map_err(|_| Reason::Connection)?;
        if !is_acceptable(peer, is_allowed) {
            return Err(Reason::Address);
        }
        // The request is one small write; failing to say so only costs time.
        let _ = stream.set_nodelay(true);
        return Ok(stream);
    }
    Err(failure)
}

fn is_acceptable(address: SocketAddr, is_allowed: bool) -> bool {
    match address::kind(address.ip()) {
        Kind::Public => true,
        Kind::Inner => is_allowed,
        Kind::Forbidden => false,
    }
}

/// Room for each provider that can be asked about a token: the built-in ones, and those that the settings name.
fn inspections(settings: &Settings) -> HashMap<String, Semaphore> {
    let configured = settings.endpoints.keys().map(String::as_str);
    let names = [AMAZON, FACEBOOK, TWITTER].into_iter().chain(configured);
    let room = settings.max_inspections.min(Semaphore::MAX_PERMITS);
    names.map(|name| (name.to_owned(), Semaphore::new(room))).collect()
}

/// An entry of the allowed hosts as URLs spell it.
fn allowed(place: &str) -> Result<String, Doubtful> {
    let doubtful = || Doubtful::AllowedHost(place.to_owned());
    let url = Url::parse(&format!("http://{place}")).map_err(|_| doubtful())?;
    // A port must be written, and nothing behind it.
    if url.place() != place.to_ascii_lowercase() {
        return Err(doubtful());
    }
    Ok(url.place())
}

const MAX_ADDRESSES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_host_names_its_port() {
        assert_eq!(allowed("Localhost:4566").as_deref(), Ok("localhost:4566"));
        assert_eq!(allowed("[::1]:80").as_deref(), Ok("[::1]:80"));
        for bad in ["", "localhost", "localhost:", "localhost:80/x", "http://localhost:80", "*:80", "localhost:080"] {
            assert_eq!(allowed(bad), Err(Doubtful::AllowedHost(bad.to_owned())), "{bad}");
        }
    }
}
