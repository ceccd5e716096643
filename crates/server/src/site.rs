//! Pages of the server itself, below the reserved paths `/_daypass/` and `/.well-known/`.
//!
//! They answer only to the server's own host names, never with CORS headers, and a write must come
//! from a page of the same origin: content of users never shares their origin.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};

use crate::meters;
use crate::respond::Visitor;
use crate::route::host_of;
use crate::server::Server;

/// A page's answer.
pub type Page = Response<Bytes>;

/// Some pages.
pub trait Site: Send + Sync {
    /// Whether the path is one of these pages.
    fn owns(&self, path: &str) -> bool;

    /// Whether any host name may be used, and pages of other origins may read the answer: documents
    /// that are public by nature, such as key sets.
    fn is_public(&self, path: &str) -> bool;

    /// Answers. The body is at most [`LONGEST_BODY`] bytes.
    fn answer<'a>(&'a self, request: &'a Parts, body: Bytes) -> Pin<Box<dyn Future<Output = Page> + Send + 'a>>;
}

/// The longest body of a page's request.
pub const LONGEST_BODY: usize = 64 * 1024;

/// Answers a request below the reserved paths.
pub(crate) async fn answer(server: &Server, parts: &Parts, body: Bytes, visitor: &Visitor) -> Page {
    let path = parts.uri.path();
    if path == "/_daypass/health" {
        return text(StatusCode::OK, "ok\n");
    }
    if path == "/_daypass/ready" {
        return ready(server);
    }
    if let Some(page) = well_known(server, path) {
        return page;
    }
    let site = server.sites.iter().find(|site| site.owns(path));
    let is_public = site.is_some_and(|site| site.is_public(path));
    if !is_public && !is_own_host(server, parts, visitor) {
        return text(StatusCode::MISDIRECTED_REQUEST, "this host name is not one of this server's (`hosts`)\n");
    }
    if !is_public && parts.method != Method::GET && parts.method != Method::HEAD && !is_same_origin(parts) {
        return text(StatusCode::FORBIDDEN, "requests from pages of other origins are refused\n");
    }
    if path == "/_daypass/metrics" && is_for_operators(server, parts, visitor) {
        return text(StatusCode::OK, &meters::render());
    }
    match site {
        Some(site) => site.answer(parts, body).await,
        None => text(StatusCode::NOT_FOUND, "there is no such page\n"),
    }
}

/// Whether the request came in where operators' pages are answered.
pub(crate) fn is_for_operators(server: &Server, parts: &Parts, visitor: &Visitor) -> bool {
    visitor.is_admin || server.settings.console_host.as_deref() == Some(&*host_of(parts))
}

/// A page of plain text.
pub fn text(status: StatusCode, body: &str) -> Page {
    page(status, "text/plain; charset=utf-8", Bytes::copy_from_slice(body.as_bytes()))
}

/// A page.
pub fn page(status: StatusCode, content_type: &'static str, body: Bytes) -> Page {
    let mut page = Response::new(body);
    *page.status_mut() = status;
    page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    page.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    page
}

/// A node is ready while its configuration is fresh.
fn ready(server: &Server) -> Page {
    let staleness = server.host.configuration.staleness();
    if staleness <= server.settings.max_staleness {
        return text(StatusCode::OK, "ready\n");
    }
    let seconds = staleness.as_secs();
    text(StatusCode::SERVICE_UNAVAILABLE, &format!("configuration was last read {seconds} s ago\n"))
}

/// The discovery documents of our own issuer.
fn well_known(server: &Server, path: &str) -> Option<Page> {
    let document = match path {
        "/.well-known/openid-configuration" => Ok(server.host.issuer.discovery(&server.settings.public_url)),
        "/.well-known/jwks_uri" => server.host.issuer.jwks(),
        _ => return None,
    };
    Some(match document {
        Ok(document) => {
            let mut page = page(StatusCode::OK, "application/json", Bytes::from(document.to_string()));
            page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
            page.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("*"));
            page
        }
        Err(error) => {
            tracing::error!(%error, "key set cannot be shown");
            text(StatusCode::INTERNAL_SERVER_ERROR, "internal failure\n")
        }
    })
}

/// Names that cannot be rebound by a stranger's DNS: loopback, and what the configuration lists.
fn is_own_host(server: &Server, parts: &Parts, visitor: &Visitor) -> bool {
    let host = host_of(parts);
    let settings = &server.settings;
    let listed = settings.hosts.iter().any(|own| own.eq_ignore_ascii_case(&host));
    let listens = host == host_text(settings.listen.ip()) && !settings.listen.ip().is_unspecified();
    let listens_to_admins = visitor.is_admin
        && settings.admin_listen.is_some_and(|own| {
            // Any address of the machine may be named; a name could be a stranger's.
            if own.ip().is_unspecified() { is_address(&host) } else { host == host_text(own.ip()) }
        });
    listens_to_admins
        || listed
        || listens
        || settings.console_host.as_deref() == Some(&*host)
        || matches!(&*host, "localhost" | "127.0.0.1" | "[::1]")
}

/// An address as a `Host` header has it.
fn host_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

fn is_address(host: &str) -> bool {
    host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
}

/// Browsers send `Origin` on every write; other clients send none.
fn is_same_origin(parts: &Parts) -> bool {
    let Some(origin) = parts.headers.get(ORIGIN) else { return true };
    let own = parts.headers.get(http::header::HOST).map(HeaderValue::as_bytes);
    let own = own.or(parts.uri.authority().map(|authority| authority.as_str().as_bytes()));
    let named = origin.as_bytes().splitn(2, |byte| *byte == b'/').nth(1).and_then(|rest| rest.strip_prefix(b"/"));
    named.is_some() && named == own
}
