//! From a request to its answer, whatever happens: routing, CORS, the pipeline, the audit line.

use std::borrow::Cow;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::VARY;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use hyper::body::{Body, Incoming};
use operation::{Answer, Service};
use vocab::Timestamp;

use crate::client::Client;
use crate::coming::Coming;
use crate::listen::{Peer, Reply};
use crate::pipeline::{self, Trail};
use crate::refusals::Manner;
use crate::route::{Route, host_of, is_reserved, version};
use crate::server::Server;
use crate::taken::taken;
use crate::tls::Encryption;
use crate::{audit, body, client, cors, site};

/// Who sent a request, on the network, and when.
pub(crate) struct Visitor {
    pub(crate) address: IpAddr,
    pub(crate) secure: bool,
    /// How the client's own connection is encrypted, where that is known.
    pub(crate) encryption: Option<Encryption>,
    pub(crate) is_admin: bool,
    pub(crate) time: Timestamp,
    pub(crate) request_id: Arc<str>,
}

/// Answers one request. A panic answers an internal error and harms no other request.
pub(crate) async fn respond(server: Arc<Server>, request: Request<Incoming>, peer: Peer) -> Reply {
    let (parts, body) = request.into_parts();
    let Client { address, secure, encryption } =
        client::client(&peer, &parts.headers, &server.settings.trusted_proxies);
    let request_id = request_id(&server);
    let visitor = Visitor { address, secure, encryption, is_admin: peer.is_admin, time: server.host.now(), request_id };
    let is_head = parts.method == Method::HEAD;
    let body = Coming::new(body, &parts, server.settings.bounds.body_timeout);
    let (waits_to_send, is_empty) = (waits_to_send(&parts), body.is_end_stream());
    let answered = AssertUnwindSafe(route(&server, parts, body, &visitor)).catch_unwind().await;
    let mut reply = answered.unwrap_or_else(|_| {
        tracing::error!(request_id = %visitor.request_id, "request panicked");
        plain(StatusCode::INTERNAL_SERVER_ERROR, "internal failure\n")
    });
    if is_head {
        *reply.body_mut() = wire::Body::Whole(Bytes::new());
    }
    if waits_to_send && (is_empty || !reply.status().is_success()) {
        reply.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    }
    let patience = server.settings.bounds.body_timeout * TAKING;
    reply.map(|body| match body {
        wire::Body::Stream(stream) => taken(stream, patience),
        whole @ wire::Body::Whole(_) => Box::pin(whole) as wire::Stream,
    })
}

/// Whether the client waits to be told to send its body. One that gets its answer instead may send another request with
/// no body before it, whose beginning would be read as the body; and one whose body has no bytes, as the AWS CLI's, reads
/// the next answer as if it were this one. So the connection ends with the answer.
fn waits_to_send(parts: &Parts) -> bool {
    parts.version <= Version::HTTP_11 && parts.headers.contains_key(http::header::EXPECT)
}

async fn route(server: &Server, parts: Parts, incoming: Coming, visitor: &Visitor) -> Response<wire::Body> {
    let host = host_of(&parts).into_owned();
    if site::is_for_operators(server, &parts, visitor)
        || is_reserved(parts.uri.path()) && !is_bucket_host(server, &parts, &host)
    {
        return reserved(server, &parts, incoming, visitor).await;
    }
    let path = parts.uri.path();
    if cors::is_preflight(&parts) && cors::is_open(path) && !is_bucket_host(server, &parts, &host) {
        return with_headers(cors::open_preflight());
    }
    match server.services.route(&parts, &host, &server.settings) {
        None => {
            let text = "the request is for a service that is not served here\n";
            plain(StatusCode::NOT_FOUND, text)
        }
        Some(Route::Reserved) => reserved(server, &parts, incoming, visitor).await,
        Some(Route::Form) => form(server, parts, incoming, visitor).await,
        Some(Route::Service { service, path }) if cors::is_preflight(&parts) => {
            let rules = service.preflight;
            match rules.and_then(|rules| rules(&server.host, &parts.method, &path, &parts.headers)) {
                Some(headers) => {
                    let mut response = with_headers((StatusCode::OK, headers));
                    response.headers_mut().append(VARY, cors::varying());
                    response
                }
                None => fault(&service, Answer::new("AccessForbidden", 403, cors::FORBIDDEN), &path, visitor).into(),
            }
        }
        Some(Route::Service { service, path }) => {
            let body = pipeline::Incoming::Stream(incoming);
            serve(server, &service, path, &parts, body, visitor).await
        }
    }
}

/// `POST /` with a form: the `Version` says which service.
async fn form(server: &Server, parts: Parts, incoming: Coming, visitor: &Visitor) -> Response<wire::Body> {
    let bounds = &server.settings.bounds;
    let body = match body::whole(incoming, bounds.form, bounds.body_timeout, server.room.share(visitor.address)).await {
        Ok(body) => body,
        Err(error) => return unread(&error),
    };
    let version = std::str::from_utf8(&body.bytes).ok().and_then(version);
    match version.and_then(|version| server.services.of_version(version)) {
        Some(service) => serve(server, &service, "/".into(), &parts, pipeline::Incoming::Whole(body), visitor).await,
        None => plain(StatusCode::NOT_FOUND, "the form names no service that is served here (`Action`, `Version`)\n"),
    }
}

async fn serve(
    server: &Server,
    service: &Arc<Service>,
    path: String,
    parts: &Parts,
    body: pipeline::Incoming<'_>,
    visitor: &Visitor,
) -> Response<wire::Body> {
    let manner = Manner::of(service);
    let mut entry =
        Entry { server, service, visitor, started: Instant::now(), trail: Trail::default(), status: None, code: None };
    let answer = if server.audit.refuses() {
        Err(manner.unavailable())
    } else {
        pipeline::run(server, service, &path, parts, body, visitor, &mut entry.trail).await
    };
    entry.code = answer.as_ref().err().map(|answer| answer.code.clone());
    let mut reply = answer.unwrap_or_else(|answer| fault(service, answer, &path, visitor));
    if let wire::Body::Whole(body) = &mut reply.body {
        match server.unsent.hold(visitor.address, std::mem::take(body)) {
            Some(held) => reply.body = held,
            None => reply = fault(service, manner.unavailable(), &path, visitor),
        }
    }
    let mut response: Response<wire::Body> = reply.into();
    finish(server, service, &path, parts, &mut response);
    if let Some(message) = entry.trail.message.take().and_then(|message| HeaderValue::try_from(message).ok()) {
        response.headers_mut().insert(AUTHORIZATION_MESSAGE, message);
    }
    entry.status = Some(response.status().as_u16());
    response
}

/// What metrics and audit learn of a request when it ends, however it ends: whoever hangs up while an operation
/// runs, or makes it panic, leaves a line all the same.
struct Entry<'a> {
    server: &'a Server,
    service: &'a Service,
    visitor: &'a Visitor,
    started: Instant,
    trail: Trail,
    /// The status of the answer, once there is one.
    status: Option<u16>,
    code: Option<Cow<'static, str>>,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let Self { server, service, visitor, started, trail, status, code } = self;
        let (status, code) = match *status {
            Some(status) => (status, code.as_deref()),
            None if std::thread::panicking() => (PANICKED, Some("Panicked")),
            None => (LEFT, Some("ClientLeft")),
        };
        server.meters.request(service.signing_name, trail.operation, status, started.elapsed());
        server.audit.write(&audit::Record {
            time: visitor.time,
            request_id: &visitor.request_id,
            service: service.signing_name,
            operation: trail.operation,
            principal: trail.caller.arn().map(|arn| arn.to_string()),
            identity: trail.caller.session().map(|session| session.origin.who.clone()),
            key: trail.caller.key().map(|key| key.to_string()),
            address: visitor.address,
            decided: &trail.decided,
            notes: &trail.notes(),
            status,
            code,
            reason: trail.reason.take(),
        });
    }
}

/// An answer that is a failure; what is our fault is logged here, once.
fn fault(service: &Service, answer: Answer, path: &str, visitor: &Visitor) -> wire::Reply {
    let Answer { code, status, message, members, headers, source } = answer;
    if let Some(source) = source {
        tracing::error!(request_id = %visitor.request_id, service = service.signing_name, error = %chain(&*source), "request failed");
    }
    let mut fault = wire::Fault::new(code, status, message);
    fault.resource = matches!(service.protocol, wire::Protocol::RestXml { .. }).then(|| path.to_owned());
    fault.members = members.map(|members| *members).unwrap_or_default();
    let mut reply = service.protocol.fault(&fault, &visitor.request_id);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            reply.headers.insert(name, value);
        }
    }
    reply
}

/// What every answer of a service carries.
fn finish(server: &Server, service: &Service, path: &str, parts: &Parts, response: &mut Response<wire::Body>) {
    if parts.headers.contains_key(http::header::ORIGIN) {
        match service.preflight {
            None => cors::open(response.headers_mut()),
            Some(rules) => {
                let allowed = rules(&server.host, &parts.method, path, &parts.headers).unwrap_or_default();
                cors::by_rules(response.headers_mut(), allowed);
            }
        }
    }
    if server.settings.tls.is_some() {
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        response.headers_mut().insert(http::header::STRICT_TRANSPORT_SECURITY, value);
    }
}

async fn reserved(server: &Server, parts: &Parts, incoming: Coming, visitor: &Visitor) -> Response<wire::Body> {
    let bounds = &server.settings.bounds;
    match body::whole(incoming, site::LONGEST_BODY, bounds.body_timeout, server.room.share(visitor.address)).await {
        Ok(body) => site::answer(server, parts, body.bytes.clone(), visitor).await.map(wire::Body::Whole),
        Err(error) => unread(&error),
    }
}

fn unread(error: &body::Error) -> Response<wire::Body> {
    let status = match error {
        body::Error::Full => StatusCode::SERVICE_UNAVAILABLE,
        body::Error::TooSlow => StatusCode::REQUEST_TIMEOUT,
        body::Error::Broken | body::Error::Changed | body::Error::Chunked(_) => StatusCode::BAD_REQUEST,
        body::Error::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
    };
    plain(status, &format!("{error}\n"))
}

fn is_bucket_host(server: &Server, parts: &Parts, host: &str) -> bool {
    matches!(server.services.route(parts, host, &server.settings), Some(Route::Service { path, .. }) if path != parts.uri.path())
}

fn with_headers((status, headers): (StatusCode, http::HeaderMap)) -> Response<wire::Body> {
    let mut response = Response::new(wire::Body::Whole(Bytes::new()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn plain(status: StatusCode, text: &str) -> Response<wire::Body> {
    site::text(status, text).map(wire::Body::Whole)
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A random id in the form of a UUID.
fn request_id(server: &Server) -> Arc<str> {
    let bytes: [u8; 16] = server.host.random.bytes();
    let mut number = u128::from_be_bytes(bytes);
    let id = b"00000000-0000-0000-0000-000000000000".map(|place| {
        if place != b'0' {
            return place;
        }
        number = number.rotate_left(4);
        b"0123456789abcdef".get((number & 15) as usize).copied().unwrap_or(place)
    });
    str::from_utf8(&id).unwrap_or_default().into()
}

/// Carries the encoded message of a denial; AWS's services put it into the text of the error, where any.
const AUTHORIZATION_MESSAGE: &str = "x-daypass-authorization-message";
/// A client may be slower to take an answer than to send a body: much of it waits on the way already.
const TAKING: u32 = 4;
/// The status in the audit line of a request whose operation panicked.
const PANICKED: u16 = 500;
/// The status in the audit line of a request whose client hung up before its answer.
const LEFT: u16 = 499;
