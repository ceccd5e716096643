//! The protocols, and the three things each of them does: read, write, fail.

use std::fmt::{Debug, Formatter};

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::Serialize;

use crate::input::Input;
use crate::rest::Route;
use crate::{Fault, Malformed, Reply, Unwritable, json, query, rest, rest_json, rest_xml};

/// A protocol, with what it needs to know of the service that speaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.0, as DynamoDB speaks it: bodies are documents that pass unchanged, replies carry
    /// their CRC32.
    Json10 {
        /// What stands before the operation in `X-Amz-Target`, such as `DynamoDB_20120810`.
        target: &'static str,
        /// What stands before `#` in the code of the service's own errors.
        errors: &'static str,
    },
    /// AWS JSON 1.1, as Cognito speaks it.
    Json11 {
        /// What stands before the operation in `X-Amz-Target`, such as `AWSCognitoIdentityService`.
        target: &'static str,
    },
    /// Query: forms in, XML out.
    Query {
        /// The only `Version` that is served.
        version: &'static str,
        /// The namespace of the answers.
        namespace: &'static str,
    },
    /// REST with JSON documents.
    RestJson,
    /// REST with XML documents, as S3 speaks it.
    RestXml {
        /// The namespace of the answers.
        namespace: &'static str,
    },
}

/// One HTTP request.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path as it came, not decoded; for S3 in path style.
    pub path: &'a str,
    /// The query string as it came, without the question mark.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The whole body; empty where the body is streamed.
    pub body: &'a Bytes,
}

/// Which operation a request names, and with what.
#[derive(Debug, Clone)]
pub struct Invocation<'r> {
    /// The operation's name as the request gives it: at most 128 letters and digits, known or not.
    pub operation: String,
    /// Its members, not typed yet.
    pub input: Input,
    /// The route that led here, where the protocol has routes.
    pub route: Option<&'r Route>,
}

impl Protocol {
    /// Whether the request says by itself that it is for this service: by its target header, or by
    /// the version of its form. REST requests never say so.
    pub fn claims(&self, request: &Request<'_>) -> bool {
        match self {
            Self::Json10 { target, .. } | Self::Json11 { target } => json::read::is_of_service(target, request),
            Self::Query { version, .. } => query::read::is_of_version(version, request),
            Self::RestJson | Self::RestXml { .. } => false,
        }
    }

    /// Finds the operation and its members. REST protocols try the routes in order; the others
    /// ignore them.
    ///
    /// Documents are read later, by [`Input::parse`]. Errs where no operation is named, where a
    /// path, query, form or bound header cannot be read, and where no route serves the request.
    pub fn read<'r, R: AsRef<Route>>(
        &self,
        request: &Request<'_>,
        routes: &'r [R],
    ) -> Result<Invocation<'r>, Malformed> {
        match self {
            Self::Json10 { target, .. } => json::read::invocation(target, request, Input::document),
            Self::Json11 { target } => json::read::invocation(target, request, Input::json),
            Self::Query { version, .. } => query::read::invocation(version, request),
            Self::RestJson => rest::read::invocation(request, routes, rest_json::read::document),
            Self::RestXml { .. } => rest::read::invocation(request, routes, rest_xml::read::document),
        }
    }

    /// Writes an output. `()` is an operation without output; an `Option` that is `None` leaves no
    /// trace. REST protocols need the route.
    ///
    /// Errs where a value has no spelling in the protocol, which is a mistake of the output's type.
    pub fn write<T: Serialize + ?Sized>(
        &self,
        operation: &str,
        request_id: &str,
        output: &T,
        route: Option<&Route>,
    ) -> Result<Reply, Unwritable> {
        match self {
            Self::Json10 { .. } => json::write::document(request_id, output),
            Self::Json11 { .. } => json::write::members(request_id, output),
            Self::Query { namespace, .. } => query::write::reply(namespace, operation, request_id, output),
            Self::RestJson => rest_json::write::reply(request_id, output, route),
            Self::RestXml { namespace } => rest_xml::write::reply(namespace, request_id, output, route),
        }
    }

    /// Writes a fault. The answer to a HEAD request is this without its body
    /// ([`Reply::without_body`]).
    pub fn fault(&self, fault: &Fault, request_id: &str) -> Reply {
        match self {
            Self::Json10 { errors, .. } => json::fault::reply10(errors, fault, request_id),
            Self::Json11 { .. } => json::fault::reply11(fault, request_id),
            Self::Query { namespace, .. } => query::fault::reply(namespace, fault, request_id),
            Self::RestJson => rest_json::fault::reply(fault, request_id),
            Self::RestXml { .. } => rest_xml::fault::reply(fault, request_id),
        }
    }
}

/// Path, query, headers and body may hold secrets.
impl Debug for Request<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Request").field("method", self.method).finish_non_exhaustive()
    }
}
