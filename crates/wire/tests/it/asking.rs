//! Requests in one line, and replies as text.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::de::DeserializeOwned;
use wire::rest::Route;
use wire::{Body, Malformed, Protocol, Reply, Request};

/// A request that owns its parts.
pub(crate) struct Asked {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

/// `METHOD /path?query`.
pub(crate) fn ask(line: &str) -> Asked {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Asked {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    }
}

impl Asked {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request { method: &self.method, path: &self.path, query: &self.query, headers: &self.headers, body: &self.body }
    }

    /// The operation's name and its typed input.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        protocol: &Protocol,
        routes: &[Route],
    ) -> Result<(String, T), Malformed> {
        let invocation = protocol.read(&self.request(), routes)?;
        Ok((invocation.operation, invocation.input.parse()?))
    }

    /// The operation's name alone.
    pub(crate) fn operation(&self, protocol: &Protocol, routes: &[Route]) -> Result<String, Malformed> {
        Ok(protocol.read(&self.request(), routes)?.operation)
    }
}

/// Status, headers in order of their names, a blank line, body.
pub(crate) fn shown(reply: Reply) -> String {
    let mut lines = vec![reply.status.as_u16().to_string()];
    let mut headers: Vec<_> =
        reply.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    lines.extend(headers);
    let Body::Whole(body) = reply.body else { panic!("a streamed body") };
    format!("{}\n\n{}", lines.join("\n"), String::from_utf8(body.to_vec()).unwrap())
}
